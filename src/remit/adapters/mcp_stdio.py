"""One conversation with an MCP server that is a program, started here: a message a line, in and out.

The program is the leader of a group of processes of its own, which ends as a whole. On Linux it also ends if
this process is killed; elsewhere it sees that nobody writes to it any more.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import msgspec

from remit.adapters.mcp_wire import CHANGED, Message, notice, reply_to
from remit.adapters.tool_target import ANSWER_BYTES_MAX, not_reached, unclear

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "SYSTEMROOT")
"""What of this process's environment a program sees: never its credentials."""

_END_S = 2.0

# Runs in the child before the program does: the kernel ends it when its parent is gone.
_BOUND = (
    "import ctypes,os,sys\n"
    "ctypes.CDLL(None).prctl(1,9)\n"
    "if os.getppid()!=int(sys.argv[1]): sys.exit(1)\n"
    "try: os.execvp(sys.argv[2],sys.argv[2:])\n"
    "except OSError: sys.exit(127)\n"
)


class StdioLine:
    """Begin with `started`."""

    def __init__(self, process: Process, changed: Callable[[], None]) -> None:
        self._process = process
        self._changed = changed
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self.is_open = True
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def started(
        cls, command: Sequence[str], variables: Mapping[str, str], changed: Callable[[], None]
    ) -> StdioLine:
        """Start a program; `changed` is called when it says that its tools have changed."""
        bound = (
            (sys.executable, "-I", "-S", "-c", _BOUND, str(os.getpid())) if sys.platform == "linux" else ()
        )
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        try:
            process = await asyncio.create_subprocess_exec(
                *bound,
                *command,
                stdin=PIPE,
                stdout=PIPE,
                # What a program says beside its answers can hold anything.
                stderr=DEVNULL,
                env={**environment, **variables},
                limit=ANSWER_BYTES_MAX,
                start_new_session=True,
            )
        except OSError:
            raise not_reached(
                "cannot be started", help="see that the program of `stdio` is there and may run"
            ) from None
        return cls(process, changed)

    async def ask(self, message: Message, *, timeout_s: float) -> Message:
        if not self.is_open:
            raise not_reached("has ended")
        id = message["id"]
        answer: asyncio.Future[Message]
        answer = self._waiting[id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout_s):
                await self.tell(message)
                return await answer
        except TimeoutError:
            with suppress(Exception):
                await self.tell(notice("notifications/cancelled", {"requestId": id}))
            raise unclear("took too long") from None
        finally:
            self._waiting.pop(id, None)

    async def tell(self, message: Message) -> None:
        writer = self._process.stdin
        assert writer is not None, "it was asked for"
        try:
            writer.write(msgspec.json.encode(message) + b"\n")
            await writer.drain()
        except (OSError, RuntimeError):
            raise unclear("ended while it was asked") from None

    async def _read(self) -> None:
        reader = self._process.stdout
        assert reader is not None, "it was asked for"
        why = "ended before it answered"
        try:
            while line := await reader.readline():
                await self._hear(line)
        except ValueError:
            why = "sent more than is taken from a tool"
        except (OSError, RuntimeError):
            pass
        finally:
            self.is_open = False
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(unclear(why))
            self._kill(signal.SIGKILL)

    async def _hear(self, line: bytes) -> None:
        try:
            message = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # Some programs greet people on the same line.
            return
        if not isinstance(message, dict):
            return
        id = message.get("id")
        if "method" not in message and isinstance(id, int) and (waiting := self._waiting.get(id)):
            if not waiting.done():
                waiting.set_result(message)
        elif message.get("method") == CHANGED:
            self._changed()
        elif (reply := reply_to(message)) is not None:
            with suppress(Exception):
                await self.tell(reply)

    async def close(self) -> None:
        """Let the program end by itself, then make it."""
        self.is_open = False
        if self._process.stdin is not None:
            self._process.stdin.close()
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(TimeoutError):
                async with asyncio.timeout(_END_S):
                    await self._process.wait()
                    break
            self._kill(number)
        self._kill(signal.SIGKILL)
        await self._process.wait()
        self._reading.cancel()
        with suppress(asyncio.CancelledError):
            await self._reading

    def _kill(self, number: signal.Signals) -> None:
        # The group lives on as long as one of its processes does, though its leader has ended.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)
