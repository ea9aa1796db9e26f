"""The HTTP/1.1 client that remote providers are reached by: pooled connections, limits and deadlines.

The parser is httptools' (llhttp), TLS is the standard library's. It speaks what models are served with:
POST, an answer whole or in pieces, no redirects (they would lead to a server that nobody declared), no
cookies, no proxies.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from typing import Any, cast
from urllib.parse import urlsplit

import httptools

from remit.enforce.request import Terms
from remit.kernel.errors import ProviderFailed

_CONNECTIONS_MAX = 2048
_IDLE_S = 30.0
_AHEAD_BYTES_MAX = 1 << 20
_HEADERS_MAX = 200
_HEADER_BYTES_MAX = 64 << 10
_CONNECT_S = 10.0
_READ_OUT_S = 0.25


class Timeouts:
    """How long to wait, in seconds: for a connection, for the first byte, and for the whole answer."""

    __slots__ = ("connect", "first_byte", "total")

    def __init__(
        self, *, total: float = 600.0, first_byte: float | None = None, connect: float = _CONNECT_S
    ) -> None:
        self.total = total
        self.first_byte = total if first_byte is None else min(first_byte, total)
        self.connect = min(connect, total)

    @classmethod
    def of(cls, terms: Terms) -> Timeouts:
        return cls(total=terms.total_s, first_byte=terms.first_byte_s)


def unreachable(what: str, *, code: str | None = None) -> ProviderFailed:
    return ProviderFailed(
        f"the provider {what}", help="try again; if it goes on, ask the provider's operator", code=code
    )


class Response:
    """An answer whose head has arrived. Leave it with `close`, which is safe to call more than once."""

    __slots__ = ("_connection", "headers", "status")

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self.status: int = connection.status
        self.headers: dict[str, str] = connection.headers

    async def pieces(self, *, bytes_max: int) -> AsyncGenerator[bytes, None]:
        """Give out the body as it arrives: everything that has come since the last piece, as one."""
        received = 0
        while True:
            piece = await self._connection.receive()
            if piece is None:
                return
            received += len(piece)
            if received > bytes_max:
                raise unreachable("sent more than the output limit allows")
            yield piece

    async def read(self, *, bytes_max: int) -> bytes:
        """Read the whole body."""
        parts: list[bytes] = []
        received = 0
        while (piece := await self._connection.receive()) is not None:
            received += len(piece)
            if received > bytes_max:
                raise unreachable("sent more than the output limit allows")
            parts.append(piece)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self, *, ended: bool = False) -> None:
        """Give the connection back if the answer was read to its end, else hang up: that stops the work.

        With `ended`, the format has said its last word: the end of the body may take a moment to arrive, for
        which nobody waits.
        """
        self._connection.release(ended=ended)


class HttpClient:
    """Connections to one server. `base_url` is `http://host:port/path` or `https://…`."""

    def __init__(self, base_url: str, *, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(base_url.rstrip("/"))
        assert parts.scheme in ("http", "https"), "checked when it was declared"
        assert parts.hostname, "checked when it was declared"
        self.secure = parts.scheme == "https"
        self.host = parts.hostname
        self.port = parts.port or (443 if self.secure else 80)
        self.path = parts.path
        shown = f"[{self.host}]" if ":" in self.host else self.host
        default = self.port == (443 if self.secure else 80)
        self.authority = shown if default else f"{shown}:{self.port}"
        self._tls = tls
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()
        self._closed = False

    async def post(
        self, path: str, headers: Mapping[str, str], body: bytes, *, timeouts: Timeouts
    ) -> Response:
        """Send a request and wait for the answer's head. Raises ProviderFailed; never names the request."""
        head = [f"POST {self.path}{path} HTTP/1.1\r\nHost: {self.authority}\r\n"]
        head += [f"{name}: {value}\r\n" for name, value in headers.items()]
        head.append(f"Content-Length: {len(body)}\r\n\r\n")
        data = "".join(head).encode("latin-1") + body
        while True:
            reused = self._take()
            connection = reused or await self._connect(timeouts.connect)
            try:
                await connection.ask(data, timeouts)
            except _Stale:
                # It was closed before a byte of the answer came: the server had given it up meanwhile.
                connection.abort()
                if reused is None:
                    raise unreachable("could not be reached, or cut the connection") from None
                continue
            except BaseException:
                connection.abort()
                raise
            return Response(connection)

    def _take(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_fresh():
                return connection
            connection.abort()
        return None

    async def _connect(self, timeout_s: float) -> _Connection:
        if self._closed:
            raise ProviderFailed("the provider's connections are closed", help="start the server again")
        if len(self._open) >= _CONNECTIONS_MAX:
            raise unreachable("has no connection left for this call")
        loop = asyncio.get_running_loop()
        tls = (self._tls or _default_tls()) if self.secure else None
        connection = _Connection(self, loop)
        try:
            async with asyncio.timeout(timeout_s):
                await loop.create_connection(
                    lambda: connection,
                    self.host,
                    self.port,
                    ssl=tls,
                    server_hostname=self.host if tls else None,
                )
        except TimeoutError:
            raise unreachable("did not answer in time", code="provider-timeout") from None
        except ssl.SSLError:
            raise unreachable("could not prove who it is (TLS)") from None
        except (OSError, UnicodeError):
            raise unreachable("could not be reached, or cut the connection") from None
        self._open.add(connection)
        return connection

    def forget(self, connection: _Connection) -> None:
        self._open.discard(connection)
        with suppress(ValueError):
            self._idle.remove(connection)

    def keep(self, connection: _Connection) -> None:
        if self._closed:
            connection.abort()
        else:
            self._idle.append(connection)

    def close(self) -> None:
        """Hang up on everything; calls under way fail."""
        self._closed = True
        for connection in list(self._open):
            connection.abort()


_TLS: list[ssl.SSLContext] = []


def _default_tls() -> ssl.SSLContext:
    """Verify the server by the system's authorities; made once, because it takes milliseconds."""
    if not _TLS:
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        _TLS.append(context)
    return _TLS[0]


class _Stale(Exception):
    """The connection ended before a byte of the answer came."""


class _Connection(asyncio.Protocol):
    """One connection to the server, with at most one request on it."""

    def __init__(self, client: HttpClient, loop: asyncio.AbstractEventLoop) -> None:
        self._client = client
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._idle_since = 0.0
        self._lost = False
        self._fresh_answer()

    def _fresh_answer(self) -> None:
        self._parser: Any = httptools.HttpResponseParser(self)
        self.status = 0
        self.headers: dict[str, str] = {}
        self._header_bytes = 0
        self._pieces: list[bytes] = []
        self._ahead = 0
        self._paused = False
        self._whole = False
        self._began = False
        self._fault: ProviderFailed | None = None
        self._busy = False
        self._ending = False
        self._keeps = False

    def is_fresh(self) -> bool:
        return not self._lost and self._loop.time() - self._idle_since < _IDLE_S

    async def ask(self, data: bytes, timeouts: Timeouts) -> None:
        """Send a request and wait until the head of the answer is there."""
        if self._lost or self._transport is None:
            raise _Stale
        self._busy = True
        now = self._loop.time()
        self._deadline = now + timeouts.total
        self._timer = self._loop.call_at(now + timeouts.first_byte, self._expire)
        self._transport.write(data)
        while self.status == 0:
            if self._fault is not None:
                raise self._fault
            if self._is_lost():
                if not self._began:
                    raise _Stale
                raise unreachable("could not be reached, or cut the connection")
            await self._wait()

    def _is_lost(self) -> bool:
        return self._lost

    async def receive(self) -> bytes | None:
        """Wait for more of the body; None at its end."""
        while True:
            if self._pieces:
                piece = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
                self._pieces = []
                self._ahead = 0
                if self._paused and self._transport is not None and not self._lost:
                    self._paused = False
                    self._transport.resume_reading()
                return piece
            if self._whole:
                return None
            if self._fault is not None:
                raise self._fault
            if self._lost:
                raise unreachable("could not be reached, or cut the connection")
            await self._wait()

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _expire(self) -> None:
        self._fail(unreachable("did not answer in time", code="provider-timeout"))

    def _fail(self, fault: ProviderFailed) -> None:
        if self._fault is None:
            self._fault = fault
        self._wake()

    def release(self, *, ended: bool) -> None:
        """End the use of this connection: keep it where the answer was whole, else close it."""
        if not self._busy or self._ending:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if ended and not self._whole and not self._lost and self._fault is None:
            self._ending = True
            self._timer = self._loop.call_later(_READ_OUT_S, self.abort)
        else:
            self._put_back()

    def _put_back(self) -> None:
        self._busy = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._whole and not self._lost and self._fault is None and self._keeps:
            self._fresh_answer()
            self._idle_since = self._loop.time()
            self._client.keep(self)
        else:
            self.abort()

    def abort(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._client.forget(self)
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self._busy:
            # Nothing was asked, so whatever this is answers nothing.
            self.abort()
            return
        if not self._began:
            self._began = True
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._deadline, self._expire)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(unreachable("sent an answer that is not HTTP"))
        if self._ending:
            self._pieces = []
            if self._whole or self._fault is not None:
                self._put_back()
            return
        if self._ahead > _AHEAD_BYTES_MAX and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._client.forget(self)
        if self._busy and self.status and not self._whole and self._ends_with_connection():
            self._whole = True
        self._wake()

    def _ends_with_connection(self) -> bool:
        """Say whether the body has no stated end: then the end of the connection is its end."""
        headers = self.headers
        return "content-length" not in headers and "chunked" not in headers.get("transfer-encoding", "")

    # What the parser calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > _HEADER_BYTES_MAX or len(self.headers) >= _HEADERS_MAX:
            raise httptools.HttpParserError("the head is too large")
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200:
            self.status = status
        else:
            self.headers = {}

    def on_body(self, body: bytes) -> None:
        self._pieces.append(body)
        self._ahead += len(body)

    def on_message_complete(self) -> None:
        if self.status:
            self._whole = True
            self._keeps = bool(self._parser.should_keep_alive())
