"""The gateway's HTTP/1.1 server: what it takes from a connection, and how answers are written to it.

The parser is httptools' (llhttp). What stands here is the least around it: limits, deadlines, back-pressure
and one request at a time on each connection. A framework costs several times of what a whole governed call
may cost, see `docs/concepts/speed.md`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

import httptools

_REASONS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
_SWEEP_S = 1.0

STATUS: dict[str, int] = {
    "body-too-large": 413,
    "header-too-large": 431,
    "invalid-request": 400,
    "request-too-slow": 408,
    "too-many-bodies": 503,
    "too-many-connections": 503,
}
"""What is turned away before anybody looks at it, by its code."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server takes; whatever goes beyond is refused or closed, and costs nobody else anything."""

    header_bytes: int = 32 << 10
    headers: int = 100
    body_bytes: int = 24 << 20
    bodies_bytes: int = 512 << 20
    """Of all bodies that are being received at one time."""
    connections: int = 16_000
    waiting_bytes: int = 256 << 10
    """Of requests that a client sends before it has the answer to the last."""
    head_s: float = 10.0
    """From a request's first byte to the end of its head."""
    body_s: float = 60.0
    idle_s: float = 75.0
    stalled_s: float = 60.0
    """How long a client may take nothing of what is written to it."""
    unread_bytes: int = 256 << 10
    """What is written ahead of a client; beyond, the answer waits for it."""


class Request:
    """A request, whole. Names of headers are in lower case; of a repeated one the last stands."""

    __slots__ = ("body", "head_bytes", "headers", "keep_alive", "method", "path", "query", "size")

    def __init__(self) -> None:
        self.method = ""
        self.path = ""
        self.query = ""
        self.headers: dict[str, str] = {}
        self.body = b""
        self.keep_alive = True
        self.head_bytes = 0
        self.size = 0


Handle = Callable[[Request, "Reply"], Awaitable[None]]
Reject = Callable[[int, str, str, str], bytes]
"""Writes the body of a refusal: status, code, summary, help."""


class Server:
    """What all connections of one listener share."""

    def __init__(self, handle: Handle, *, reject: Reject, limits: Limits | None = None) -> None:
        self.handle = handle
        self.reject = reject
        self.limits = limits or Limits()
        self.connections: set[Connection] = set()
        self.receiving = 0
        self.closing = False
        self._sweeper: asyncio.TimerHandle | None = None

    def connect(self) -> Connection:
        """Make the protocol of a new connection; asyncio calls this."""
        return Connection(self, asyncio.get_running_loop())

    def start(self) -> None:
        self._sweep()

    def _sweep(self) -> None:
        """Close what waits too long. One timer for all connections is cheaper than one for each."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in [each for each in self.connections if now > each.deadline]:
            connection.expire()
        self._sweeper = loop.call_later(_SWEEP_S, self._sweep)

    async def close(self, *, drain_s: float) -> None:
        """Take no more requests, let those under way end, and close what is left after some seconds."""
        self.closing = True
        for connection in list(self.connections):
            connection.retire()
        loop = asyncio.get_running_loop()
        until = loop.time() + drain_s
        while self.connections and loop.time() < until:
            await asyncio.sleep(0.02)
        left = [each.task for each in self.connections if each.task is not None]
        for connection in list(self.connections):
            connection.abort()
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if self._sweeper is not None:
            self._sweeper.cancel()


class Reply:
    """How one request is answered: at once with `send`, or piece by piece.

    Writing to a client who has left does nothing. `on_gone` is called once if the client leaves before the
    answer has ended.
    """

    __slots__ = ("_chunked", "_connection", "begun", "ended", "on_gone")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._chunked = False
        self.begun = False
        self.ended = False
        self.on_gone: Callable[[], None] | None = None

    @property
    def gone(self) -> bool:
        return self._connection.lost

    @property
    def peer(self) -> str:
        return self._connection.peer

    @property
    def tls_subject(self) -> str:
        return ""

    def send(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """Answer whole."""
        self.begun = self.ended = True
        head = self._head(status, headers, b"content-length: %d\r\n\r\n" % len(body))
        self._connection.write(head + body)

    def start(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """Begin an answer whose length is not known."""
        self.begun = self._chunked = True
        self._connection.write(self._head(status, headers, b"transfer-encoding: chunked\r\n\r\n"))

    def write(self, data: bytes) -> None:
        if data:
            self._connection.write(b"%x\r\n%b\r\n" % (len(data), data))

    def end(self) -> None:
        if not self.ended:
            self.ended = True
            self._connection.write(b"0\r\n\r\n")

    async def drain(self) -> None:
        """Wait until the client has taken enough of what was written, or has left."""
        await self._connection.drain()

    def cut(self) -> None:
        """Close the connection in the middle of an answer, so that nobody takes it for whole."""
        self._connection.abort()

    def _head(self, status: int, headers: Iterable[tuple[str, str]], last: bytes) -> bytes:
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
        connection = b"" if self._connection.stays_open else b"connection: close\r\n"
        return _REASONS[status] + lines.encode("latin-1", "replace") + connection + last


class Connection(asyncio.Protocol):
    """One client's connection. Requests are answered in order, one at a time."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._loop = loop
        self._limits = server.limits
        self._parser: Any = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._request = Request()
        self._parts: list[bytes] = []
        self._parsed: deque[Request] = deque()
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._refused: tuple[int, str, str, str] | None = None
        self._retired = False
        self._paused: asyncio.Future[None] | None = None
        self._reply: Reply | None = None
        self.task: asyncio.Task[None] | None = None
        self.stays_open = True
        self.lost = False
        self.peer = ""
        self.deadline = 0.0

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=self._limits.unread_bytes)
        address = transport.get_extra_info("peername")
        self.peer = address[0] if isinstance(address, tuple) else ""
        self._server.connections.add(self)
        self.deadline = self._loop.time() + self._limits.head_s
        if len(self._server.connections) > self._limits.connections or self._server.closing:
            self._turn_away(
                "too-many-connections",
                "the gateway has no room for another connection",
                "try again in a moment",
            )

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self._server.connections.discard(self)
        self._server.receiving -= self._request.size
        self._request.size = 0
        if self._paused is not None and not self._paused.done():
            self._paused.set_result(None)
        reply = self._reply
        if reply is not None and not reply.ended and reply.on_gone is not None:
            reply.on_gone()

    def data_received(self, data: bytes) -> None:
        if self._refused is not None or self._retired:
            return
        if self.task is not None:
            self._keep_for_later(data)
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._turn_away("invalid-request", "this server speaks HTTP/1.1 alone", "do not ask to upgrade")
        except httptools.HttpParserError:
            if self._refused is None:
                self._turn_away("invalid-request", "the request is not HTTP/1.1", "use an HTTP client")
        self._next()

    def eof_received(self) -> bool:
        # A client that shuts down its side is taken to have left: no client of these formats does otherwise.
        return False

    def pause_writing(self) -> None:
        self._paused = self._loop.create_future()
        self.deadline = self._loop.time() + self._limits.stalled_s

    def resume_writing(self) -> None:
        self.deadline = float("inf")
        if self._paused is not None and not self._paused.done():
            self._paused.set_result(None)
        self._paused = None

    # What the parser calls.

    def on_message_begin(self) -> None:
        self._request = Request()
        self._parts = []
        self.deadline = self._loop.time() + self._limits.head_s

    def on_url(self, url: bytes) -> None:
        self._count_head(len(url))
        self._request.path += url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_head(len(name) + len(value) + 4)
        headers = self._request.headers
        headers[name.decode("latin-1").lower()] = value.decode("latin-1")
        if len(headers) > self._limits.headers:
            self._stop("header-too-large", "the request has too many headers", "send fewer")

    def on_headers_complete(self) -> None:
        request, parser = self._request, self._parser
        request.method = parser.get_method().decode("latin-1")
        request.path, _, request.query = request.path.partition("?")
        request.keep_alive = parser.should_keep_alive()
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._limits.body_bytes:
            self._too_large()
        self.deadline = self._loop.time() + self._limits.body_s
        if request.headers.get("expect", "").lower() == "100-continue":
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._parts.append(body)
        self._request.size += len(body)
        self._server.receiving += len(body)
        if self._request.size > self._limits.body_bytes:
            self._too_large()
        if self._server.receiving > self._limits.bodies_bytes:
            self._stop(
                "too-many-bodies", "the gateway receives more than it has room for now", "try again in a moment"
            )

    def on_message_complete(self) -> None:
        request = self._request
        request.body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts = []
        self._parsed.append(request)

    # What follows from it.

    def _count_head(self, size: int) -> None:
        self._request.head_bytes += size
        if self._request.head_bytes > self._limits.header_bytes:
            self._stop("header-too-large", "the request's head is too large", "send fewer headers")

    def _too_large(self) -> None:
        self._stop(
            "body-too-large",
            f"the body is larger than {self._limits.body_bytes:,} bytes",
            "send a shorter input",
        )

    def _stop(self, code: str, summary: str, help: str) -> None:
        """Turn away from within the parser, which then reads no further."""
        if self._refused is None:
            self._turn_away(code, summary, help)
        raise httptools.HttpParserError(code)

    def _turn_away(self, code: str, summary: str, help: str) -> None:
        """Remember why; it is written when what came before is answered, and then it is over."""
        self._refused = (STATUS[code], code, summary, help)
        self._server.receiving -= self._request.size
        self._request.size = 0
        self._parts = []
        if self.task is None and not self._parsed:
            self._end_refused()

    def _end_refused(self) -> None:
        assert self._refused is not None
        self.stays_open = False
        body = self._server.reject(*self._refused)
        Reply(self).send(self._refused[0], [("content-type", "application/json")], body)
        self.close()

    def _keep_for_later(self, data: bytes) -> None:
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes > self._limits.waiting_bytes and self._transport is not None:
            self._transport.pause_reading()

    def _next(self) -> None:
        """Begin the next request that is whole, if none is under way."""
        if self.task is not None or self.lost:
            return
        if self._parsed:
            request = self._parsed.popleft()
            self.deadline = float("inf")
            self.stays_open = request.keep_alive and not self._server.closing
            self._reply = Reply(self)
            self.task = self._loop.create_task(self._answer(request, self._reply))
        elif self._refused is not None:
            self._end_refused()
        elif self._waiting:
            data = b"".join(self._waiting)
            self._waiting = []
            if self._waiting_bytes > self._limits.waiting_bytes and self._transport is not None:
                self._transport.resume_reading()
            self._waiting_bytes = 0
            self.data_received(data)

    async def _answer(self, request: Request, reply: Reply) -> None:
        try:
            await self._server.handle(request, reply)
        finally:
            self._server.receiving -= request.size
            if not reply.ended and not self.lost:
                # INVARIANT: an answer that was not ended is never followed by another on its connection.
                self.abort()
            self._reply = None
            self.task = None
            if not self.stays_open:
                self.close()
            elif not self.lost:
                self.deadline = self._loop.time() + self._limits.idle_s
                self._next()

    def write(self, data: bytes) -> None:
        if not self.lost and self._transport is not None:
            self._transport.write(data)

    async def drain(self) -> None:
        if self._paused is not None and not self.lost:
            await self._paused

    def expire(self) -> None:
        """Give up on a client that keeps the server waiting."""
        if self._paused is not None or self.task is not None or self._request.head_bytes == 0:
            self.abort()
        elif self._refused is None and not self._parsed and self._in_request():
            self._turn_away("request-too-slow", "the request did not arrive in time", "send it faster")
        else:
            self.abort()

    def _in_request(self) -> bool:
        return self._request.head_bytes > 0 and not self._parsed and self._request.body == b""

    def retire(self) -> None:
        """Answer what is under way, and nothing after it."""
        self._retired = True
        self.stays_open = False
        if self.task is None:
            self.close()

    def close(self) -> None:
        """Close after what was written has been sent."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
