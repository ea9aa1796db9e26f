"""A provider that does wrong in every way, over a raw socket: what it does is the name of the model."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

COUNTED = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
USAGES: dict[str, Any] = {
    "usage-absent": None,
    "usage-negative": {"prompt_tokens": -5, "completion_tokens": 2},
    "usage-text": {"prompt_tokens": "5", "completion_tokens": 2},
    "usage-vast": {"prompt_tokens": 10**30, "completion_tokens": 2},
    "usage-above": {"prompt_tokens": 5, "completion_tokens": 40_000},
}
STATUSES = {"429": "Retry-After: 3\r\n", "500": "", "502": "", "503": ""}
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def _chunk(text: str = "", *, ends: bool = False, usage: Any = None) -> bytes:
    choice = {"delta": {"content": text} if text else {}, "finish_reason": "stop" if ends else None}
    data = {"model": "served", "choices": [choice]} | ({"usage": usage} if usage else {})
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def _end(usage: Any) -> bytes:
    return _chunk(ends=True, usage=usage) + b"data: [DONE]\n\n"


def _whole(usage: Any) -> bytes:
    message = {"role": "assistant", "content": "so it is"}
    return json.dumps({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}).encode()


def _answer(body: bytes, *, status: str = "200", more: str = "", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status} X\r\n{more}Content-Length: {size}\r\n\r\n".encode() + body


def _piece(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


_STREAM = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Upstream:
    """Serves on a loop of its own. `asked` and `sent` count by model; `go` lets those go on that wait."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._go = asyncio.Event()
        self._never = asyncio.Event()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def go(self, go: bool = True) -> None:
        self._loop.call_soon_threadsafe(self._go.set if go else self._go.clear)

    def wait_asked(self, model: str, times: int) -> None:
        """Wait until a model was asked so often."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.asked[model] >= times, timeout=30)

    def close(self) -> None:
        async def end() -> None:
            self._server.close()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(timeout=30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = _LENGTH.search(head)
                assert found
                body = json.loads(await reader.readexactly(int(found[1])))
                with self.changed:
                    self.asked[body["model"]] += 1
                    self.changed.notify_all()
                if not await self._say(body["model"], bool(body.get("stream")), writer):
                    break
        writer.transport.abort()

    async def _say(self, model: str, streamed: bool, writer: asyncio.StreamWriter) -> bool:
        """Answer; says whether the connection stays."""
        usage = USAGES.get(model, COUNTED)
        whole = _chunk("so") + _end(usage) if streamed else _whole(usage)
        if model == "hang":
            await self._never.wait()
        if model in ("slow", "late"):
            await self._go.wait()
        if model in STATUSES:
            writer.write(_answer(b"{}", status=model, more=STATUSES[model]))
        elif model == "truncated":
            writer.write(_answer(whole[:40], length=500))
            await writer.drain()
            writer.close()
            return False
        elif model == "not-json":
            writer.write(_answer(b"data: {no\n\n" if streamed else b"{no"))
        elif model == "broken":
            # The end of what was said comes before the end of the connection.
            writer.write(_STREAM + _piece(_chunk("so") + _chunk(" far")))
            await writer.drain()
            writer.close()
            return False
        elif model == "begun":
            writer.write(_STREAM + _piece(_chunk("so")))
            await self._go.wait()
            writer.write(_piece(_end(usage)) + _piece(b""))
        elif model == "endless":
            writer.write(_STREAM)
            text = _piece(_chunk("word " * 200))
            while True:
                writer.write(text)
                self.sent[model] += len(text)
                await writer.drain()
        else:
            writer.write(_answer(whole))
        await writer.drain()
        return True


@contextmanager
def upstream() -> Iterator[Upstream]:
    """Run it until the end of the block."""
    made = Upstream()
    try:
        yield made
    finally:
        made.close()
