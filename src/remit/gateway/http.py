"""The gateway's HTTP/1.1 server: what it does with a connection, and how answers are written to it.

It is the least around a parser: limits, deadlines, back-pressure and one request at a time on each
connection. A framework costs several times of what a whole governed call may cost, see
`docs/concepts/speed.md`.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast

from remit.gateway.http_reply import Reply as Reply  # as below
from remit.gateway.http_request import Limits, Refusal, Requests, Room, Stage
from remit.gateway.http_request import Request as Request  # a handler's two arguments come from one module

_SWEEP_S = 1.0
_NEVER = float("inf")
_RESET = struct.pack("ii", 1, 0)

STATUS: dict[str, int] = {
    "body-too-large": 413,
    "header-too-large": 431,
    "invalid-request": 400,
    "request-too-slow": 408,
    "too-many-bodies": 503,
    "too-many-connections": 503,
}
"""What is turned away before anybody looks at it, by its code."""

Handle = Callable[[Request, Reply], Awaitable[None]]
Reject = Callable[[int, str, str, str], bytes]
"""Writes the body of a refusal: status, code, summary, help."""


class Server:
    """What all connections of one listener share. `now` is the time of the last sweep: exact enough here."""

    def __init__(self, handle: Handle, *, reject: Reject, limits: Limits | None = None) -> None:
        self.handle = handle
        self.reject = reject
        self.limits = limits or Limits()
        self.connections: set[Connection] = set()
        self.room = Room()
        self.now = 0.0
        self.closing = False
        self._sweeper: asyncio.TimerHandle | None = None
        self._emptied: asyncio.Future[None] | None = None

    def connect(self) -> Connection:
        """Make the protocol of a new connection; asyncio calls this."""
        return Connection(self, asyncio.get_running_loop())

    def start(self) -> None:
        """Begin to look for connections that wait too long."""
        loop = asyncio.get_running_loop()
        self.sweep(loop.time())
        self._sweeper = loop.call_later(_SWEEP_S, self.start)

    def sweep(self, now: float) -> None:
        """Close what waits too long. One timer for all connections is cheaper than one for each."""
        self.now = now
        for connection in [each for each in self.connections if now > each.deadline]:
            connection.expire()

    def forget(self, connection: Connection) -> None:
        self.connections.discard(connection)
        if self._emptied is not None and not self.connections and not self._emptied.done():
            self._emptied.set_result(None)

    async def close(self, *, drain_s: float) -> None:
        """Take no more requests, let those under way end, and close what is left after some seconds."""
        self.closing = True
        for connection in list(self.connections):
            connection.retire()
        if self.connections:
            self._emptied = asyncio.get_running_loop().create_future()
            with suppress(TimeoutError):
                async with asyncio.timeout(drain_s):
                    await self._emptied
        left = [each.task for each in self.connections if each.task is not None]
        for connection in list(self.connections):
            connection.abort()
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if self._sweeper is not None:
            self._sweeper.cancel()


class Connection(asyncio.Protocol):
    """One client's connection. Requests are answered in order, one at a time."""

    __slots__ = (
        "_ending",
        "_limits",
        "_loop",
        "_paused",
        "_reply",
        "_request",
        "_requests",
        "_server",
        "_stage",
        "_transport",
        "_unsent",
        "_unsent_bytes",
        "_waiting",
        "_waiting_bytes",
        "_woken",
        "deadline",
        "lost",
        "peer",
        "stays_open",
        "task",
    )

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._loop = loop
        self._limits = server.limits
        self._requests = Requests(server.limits, server.room)
        self._stage = Stage.IDLE
        self._transport: asyncio.Transport | None = None
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._ending = False
        self._paused: asyncio.Future[None] | None = None
        # What is under way; both or neither.
        self._request: Request | None = None
        self._reply: Reply | None = None
        self._woken: asyncio.Future[None] | None = None
        self.task: asyncio.Task[None] | None = None
        self.stays_open = True
        self.lost = False
        self.peer = ""
        # INVARIANT: it is finite whenever the connection waits for its client, to send or to take something.
        self.deadline = server.now + server.limits.head_s

    @property
    def busy(self) -> bool:
        """Whether a request is under way."""
        return self._reply is not None

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=self._limits.unread_bytes)
        address = transport.get_extra_info("peername")
        self.peer = address[0] if isinstance(address, tuple) else ""
        self._server.connections.add(self)
        if len(self._server.connections) > self._limits.connections or self._server.closing:
            self._turn_away(
                "too-many-connections",
                "the gateway has no room for another connection",
                "try again in a moment",
            )
            # In a flood nobody's place is kept for reading why.
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self.deadline = _NEVER
        self._requests.drop()
        self._server.room.used -= self._waiting_bytes
        self._waiting, self._waiting_bytes = [], 0
        self._unsent, self._unsent_bytes = [], 0
        if self._paused is not None and not self._paused.done():
            self._paused.set_result(None)
        reply = self._reply
        if reply is not None and not reply.ended and reply.on_gone is not None:
            reply.on_gone(self.end_in)
        if reply is None:
            self._wake()
            self._server.forget(self)

    def data_received(self, data: bytes) -> None:
        if self._ending:
            return
        if self._reply is not None or self._paused is not None:
            self._keep_for_later(data)
            return
        requests = self._requests
        requests.feed(data)
        if requests.whole or requests.refusal is not None:
            self._next()
        elif requests.stage is not self._stage:
            self._wait()

    def eof_received(self) -> bool:
        # A client that shuts down its side is taken to have left: no client of these formats does otherwise.
        return False

    def pause_writing(self) -> None:
        self._paused = self._loop.create_future()
        self.deadline = self._server.now + self._limits.stalled_s

    def resume_writing(self) -> None:
        paused, self._paused = self._paused, None
        if paused is not None and not paused.done():
            paused.set_result(None)
        if self._reply is not None:
            self.deadline = _NEVER
        elif not self._ending:
            self._next()

    # What follows from it.

    def _keep_for_later(self, data: bytes) -> None:
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        self._server.room.used += len(data)
        if self._waiting_bytes > self._limits.waiting_bytes and self._transport is not None:
            self._transport.pause_reading()

    def _next(self) -> None:
        """Begin the next request that is whole, if none is under way; else wait for one."""
        if self._reply is not None or self.lost or self._ending:
            return
        requests = self._requests
        if self._paused is not None:
            # Who takes no answers gets no more of them.
            self.deadline = self._server.now + self._limits.stalled_s
        elif requests.whole:
            self._request = request = requests.whole.pop(0)
            self._reply = Reply(self, request)
            self.deadline = _NEVER
            self.stays_open = request.keep_alive and not self._server.closing
            self._wake()
        elif requests.refusal is not None:
            self._end_refused(requests.refusal)
        elif self._waiting:
            self._read_waiting()
        else:
            self._wait()

    def _read_waiting(self) -> None:
        data = b"".join(self._waiting)
        if self._waiting_bytes > self._limits.waiting_bytes and self._transport is not None:
            self._transport.resume_reading()
        self._server.room.used -= self._waiting_bytes
        self._waiting, self._waiting_bytes = [], 0
        self._requests.feed(data)
        self._next()

    def _wait(self) -> None:
        """Wait for the client to send more, for as long as the stage allows from now."""
        limits, stage = self._limits, self._requests.stage
        self._stage = stage
        if stage is Stage.IDLE:
            if self._server.closing:
                self.close()
                return
            wait_s = limits.idle_s
        else:
            wait_s = limits.head_s if stage is Stage.HEAD else limits.body_s
        self.deadline = self._server.now + wait_s
        if self._requests.awaits_continue:
            self._requests.awaits_continue = False
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _wake(self) -> None:
        """Let the task see what has come, or that nothing more will; it looks by itself after each answer."""
        if self.task is None:
            self.task = None if self._reply is None else self._loop.create_task(self._answer_all())
        elif self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    async def _answer_all(self) -> None:
        """Answer one request after another while the connection is open: a task for each would cost more."""
        try:
            while True:
                if self._request is not None and self._reply is not None:
                    try:
                        await self._server.handle(self._request, self._reply)
                    finally:
                        self._answered(self._request, self._reply)
                elif self.lost or self._ending:
                    return
                else:
                    self._woken = self._loop.create_future()
                    await self._woken
        finally:
            # What was cancelled, or failed, is one answer; the next one gets a task of its own.
            self.task = None
            self._wake()

    def _answered(self, request: Request, reply: Reply) -> None:
        self._server.room.used -= request.size
        self._request = self._reply = None
        if self.lost:
            self._server.forget(self)
        elif not reply.ended:
            # INVARIANT: an answer that was not ended is never followed by another on its connection.
            reply.cut()
        elif self.stays_open:
            self._next()
        else:
            self.close()

    def _turn_away(self, code: str, summary: str, help: str) -> None:
        self._requests.turn_away(code, summary, help)
        self._next()

    def _end_refused(self, refusal: Refusal) -> None:
        """Say why it is over, and read on for a moment: who is reset while sending never sees an answer."""
        self.stays_open = False
        status = STATUS[refusal.code]
        body = self._server.reject(status, refusal.code, refusal.summary, refusal.help)
        Reply(self, None).send(status, [("content-type", "application/json")], body)
        self._ending = True
        self.deadline = self._server.now + self._limits.linger_s
        self._send()
        if self._transport is not None and self._transport.can_write_eof() and not self._server.closing:
            self._transport.write_eof()
        else:
            self.close()

    def write(self, data: bytes) -> None:
        """Send, together with all that is written while the loop does what it found ready.

        What is ready at once then leaves at once: to wake those who wait for it one by one costs each call
        as much as a sixth of it. Nothing waits longer than that.
        """
        if self.lost or self._transport is None:
            return
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(data)
        self._unsent_bytes += len(data)
        if self._unsent_bytes > self._limits.unread_bytes:
            self._send()

    def _send(self) -> None:
        unsent = self._unsent
        if unsent and not self.lost and self._transport is not None:
            self._unsent, self._unsent_bytes = [], 0
            self._transport.write(unsent[0] if len(unsent) == 1 else b"".join(unsent))

    async def drain(self) -> None:
        if self._paused is not None and not self.lost:
            await self._paused

    def end_in(self, seconds: float) -> None:
        if self.task is not None:
            self._loop.call_later(seconds, self.task.cancel)

    def expire(self) -> None:
        """Give up on a client that keeps the server waiting."""
        if self._ending or self._paused is not None:
            self.abort()
        elif self._requests.stage is Stage.IDLE:
            self.close()
        else:
            self._turn_away("request-too-slow", "the request did not arrive in time", "send it faster")

    def retire(self) -> None:
        """Answer what is under way or on its way, and nothing after it."""
        self.stays_open = False
        if self._reply is None and self._paused is None and self._requests.stage is Stage.IDLE:
            self.close()

    def close(self) -> None:
        """Close after what was written has been sent."""
        self._ending = True
        self.deadline = self._server.now + self._limits.stalled_s
        self._requests.drop()
        self._send()
        if self._transport is not None:
            self._transport.close()

    def abort(self, *, reset: bool = False) -> None:
        """Close at once; with `reset`, in a way that no client takes for the end of an answer."""
        self._ending = True
        self.deadline = _NEVER
        self._send()
        if self._transport is not None:
            if reset and (raw := self._transport.get_extra_info("socket")) is not None:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._transport.abort()
