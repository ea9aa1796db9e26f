"""The HTTP/1.1 client that providers and issuers are reached by: pooled connections, limits and deadlines.

It speaks what models are served with: an answer whole or in pieces, no redirects (they would lead to a
server that nobody declared), no cookies, no proxies. TLS is the standard library's.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from functools import cache, lru_cache
from urllib.parse import urlsplit

from remit.adapters.http_connection import HttpConnection, Stale, failed
from remit.enforce.request import Terms
from remit.kernel.errors import ProviderFailed, ProviderRefused, ProviderUnreachable

_CONNECTIONS_MAX = 16_000
_CONNECT_S = 10.0
_HEADS_MAX = 64
# What RFC 9112 and 9110 allow in a target, a name and a value; a line break would end the header early.
_HEAD = re.compile(r"[!-~]+(?:\n[!#$%&'*+.^_`|~0-9A-Za-z-]+: [ -~\x80-\xff\t]*)*")


class Timeouts:
    """How long to wait, in seconds: for a connection, for the answer's head, and for the whole answer."""

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


class Response:
    """An answer whose head has arrived. Leave it with `close`, which is safe to call more than once."""

    __slots__ = ("_connection", "status")

    def __init__(self, connection: HttpConnection) -> None:
        self._connection: HttpConnection | None = connection
        self.status = connection.status

    @property
    def headers(self) -> dict[str, str]:
        """The head's fields while the answer is open; names are in lower case."""
        return {} if self._connection is None else self._connection.headers()

    async def pieces(self, *, bytes_max: int) -> AsyncGenerator[bytes, None]:
        """Give out the body as it arrives: everything that has come since the last piece, as one."""
        received = 0
        while (piece := await self._receive()) is not None:
            received += len(piece)
            if received > bytes_max:
                raise failed("sent more than the output limit allows")
            yield piece

    async def read(self, *, bytes_max: int) -> bytes:
        """Read the whole body."""
        parts: list[bytes] = []
        received = 0
        while (piece := await self._receive()) is not None:
            received += len(piece)
            if received > bytes_max:
                raise failed("sent more than the output limit allows")
            parts.append(piece)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def _receive(self) -> bytes | None:
        # The connection may serve another call by now.
        return None if self._connection is None else await self._connection.receive()

    def close(self, *, ended: bool = False) -> None:
        """Give the connection back if the answer was read to its end, else hang up: that stops the work.

        With `ended`, the format has said its last word: the end of the body may take a moment to arrive, for
        which nobody waits.
        """
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.release(ended=ended)


class HttpClient:
    """Connections to one server. `base_url` is `http://host:port/path` or `https://…`.

    With `admits`, each connection goes to an address that it admits, and none is made where the host has one
    that it does not: what a name leads to may be another address at any time.
    """

    def __init__(
        self,
        base_url: str,
        *,
        tls: ssl.SSLContext | None = None,
        connections_max: int = _CONNECTIONS_MAX,
        admits: Callable[[str], bool] | None = None,
    ) -> None:
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
        self._connections_max = connections_max
        self._admits = admits
        # In the order of their last use; the latest is taken first, so that those not needed grow old.
        self._idle: dict[HttpConnection, None] = {}
        self._open: set[HttpConnection] = set()
        self._closed = False
        # Most calls of a provider have the same head, but for the body's length.
        self._heads = lru_cache(maxsize=_HEADS_MAX)(self._head)

    async def post(
        self, path: str, headers: Mapping[str, str], body: bytes, *, timeouts: Timeouts, once: bool = False
    ) -> Response:
        """Send a request and wait for the answer's head. Raises ProviderError; never names the request.

        What must not be done twice is sent `once`: on a new connection, of which no doubt is left.
        """
        return await self.send("POST", path, headers, body, timeouts=timeouts, once=once)

    async def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        timeouts: Timeouts,
        once: bool = False,
        again: bool = True,
    ) -> Response:
        """Send a request with a body, as `post` does.

        Without `again`, a kept connection that ends before a byte of the answer came is a fault, and nothing
        is sent a second time.
        """
        head = self._heads(method, path, tuple(headers.items()))
        head = b"%bContent-Length: %d\r\n\r\n" % (head, len(body))
        return await self._exchange(head, body, timeouts, once=once, again=again)

    async def get(self, path: str, headers: Mapping[str, str], *, timeouts: Timeouts) -> Response:
        """Ask for what stands at a path, as `post` does."""
        head = self._heads("GET", path, tuple(headers.items()))
        return await self._exchange(head + b"\r\n", b"", timeouts)

    async def _exchange(
        self, head: bytes, body: bytes, timeouts: Timeouts, *, once: bool = False, again: bool = True
    ) -> Response:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeouts.total
        connection = self._idle.popitem()[0] if self._idle and not once else None
        if connection is not None:
            try:
                await self._ask(connection, head, body, timeouts.first_byte, deadline)
                return Response(connection)
            except Stale:
                # The server gave it up before a byte of the answer came, most likely while this was sent.
                # Once more on a new connection is safe enough (RFC 9110, section 9.2.2, names the doubt).
                if not again:
                    raise failed("cut the connection before it answered") from None
        connection = await self._connect(min(timeouts.connect, deadline - loop.time()))
        try:
            await self._ask(connection, head, body, timeouts.first_byte, deadline)
        except Stale:
            raise failed("cut the connection before it answered") from None
        return Response(connection)

    async def _ask(
        self, connection: HttpConnection, head: bytes, body: bytes, first_byte_s: float, deadline: float
    ) -> None:
        try:
            await connection.ask(head, body, first_byte_s=first_byte_s, deadline=deadline)
        except BaseException:
            # Whatever ended it, half an exchange is on this connection.
            connection.abort()
            raise

    def _head(self, method: str, path: str, headers: tuple[tuple[str, str], ...]) -> bytes:
        """Write a head up to the fields that differ from one call to the next."""
        fields = "".join([f"\n{name}: {value}" for name, value in headers])
        whole = _HEAD.fullmatch(f"{self.path}{path}\nHost: {self.authority}{fields}")
        if not whole or fields.count("\n") != len(headers):
            raise ProviderRefused(
                "the provider's address or options hold a character that cannot be sent",
                help="check the provider's `base_url` and the model block's options",
            )
        lines = fields.replace("\n", "\r\n")
        text = f"{method} {self.path}{path} HTTP/1.1\r\nHost: {self.authority}{lines}\r\n"
        return text.encode("latin-1")

    async def _connect(self, timeout_s: float) -> HttpConnection:
        if self._closed:
            raise ProviderFailed("the provider's connections are closed", help="start the server again")
        if len(self._open) >= self._connections_max:
            raise failed("has no connection left for this call")
        loop = asyncio.get_running_loop()
        tls = (self._tls or _default_tls()) if self.secure else None
        connection = HttpConnection(loop, keep=self._keep, forget=self._forget)
        self._open.add(connection)
        try:
            async with asyncio.timeout(timeout_s):
                await loop.create_connection(
                    lambda: connection,
                    self.host if self._admits is None else await self._admitted(self._admits),
                    self.port,
                    ssl=tls,
                    server_hostname=self.host if tls else None,
                )
        except BaseException as fault:
            connection.abort()
            if isinstance(fault, OSError | UnicodeError):
                raise _of_connecting(fault) from None
            raise
        return connection

    async def _admitted(self, admits: Callable[[str], bool]) -> str:
        """Look up the host's addresses, and choose one; raises ProviderUnreachable."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = [str(sockaddr[0]) for *_, sockaddr in found]
        if not addresses or not all(map(admits, addresses)):
            raise failed("has an address that nothing is sent to", ProviderUnreachable)
        # Of a machine with both, the one that every network here can reach.
        return next((each for each in addresses if ":" not in each), addresses[0])

    def _keep(self, connection: HttpConnection) -> None:
        self._idle[connection] = None

    def _forget(self, connection: HttpConnection) -> None:
        self._open.discard(connection)
        self._idle.pop(connection, None)

    def close(self) -> None:
        """Hang up on everything; calls under way fail."""
        self._closed = True
        for connection in list(self._open):
            connection.abort()


def _of_connecting(fault: OSError | UnicodeError) -> ProviderFailed:
    """Say why there is no connection, in words that hold no address."""
    if isinstance(fault, TimeoutError):
        return failed("could not be reached in time", ProviderUnreachable)
    if isinstance(fault, ssl.SSLError):
        return failed("could not prove who it is (TLS)", ProviderUnreachable)
    return failed("could not be reached", ProviderUnreachable)


@cache
def _default_tls() -> ssl.SSLContext:
    """Verify the server by the system's authorities; made once, because it takes milliseconds."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
