"""One connection to a server: a request is written, and its answer read as httptools (llhttp) parses it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import httptools

from remit.kernel.errors import ProviderBrokeOff, ProviderFailed

_IDLE_S = 30.0
_READ_OUT_S = 0.25
# A server that keeps a request for longer has begun to work on it: asked again, it would do so twice.
_STALE_S = 1.0
_AHEAD_BYTES_MAX = 1 << 20
_HEADERS_MAX = 200
_HEAD_BYTES_MAX = 64 << 10
_INTERIM_MAX = 20


def failed(
    what: str, kind: type[ProviderFailed] = ProviderFailed, *, code: str | None = None
) -> ProviderFailed:
    return kind(
        f"the provider {what}", help="try again; if it goes on, ask the provider's operator", code=code
    )


class Stale(Exception):
    """The connection ended before a byte of the answer came."""


class HttpConnection(asyncio.Protocol):
    """At most one exchange at a time. `keep` is called when it can be used again, `forget` when it cannot."""

    __slots__ = (
        "_ahead",
        "_armed",
        "_began",
        "_busy",
        "_cut",
        "_due",
        "_ending",
        "_fault",
        "_forget",
        "_held",
        "_interim",
        "_keep",
        "_keeps",
        "_loop",
        "_lost",
        "_names",
        "_parser",
        "_paused",
        "_pieces",
        "_timer",
        "_total",
        "_transport",
        "_unsent",
        "_values",
        "_waiter",
        "_whole",
        "status",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        keep: Callable[[HttpConnection], None],
        forget: Callable[[HttpConnection], None],
    ) -> None:
        self._loop = loop
        self._keep = keep
        self._forget = forget
        self._parser: Any = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        # One timer serves every exchange and the time between them. It is set when something is due earlier
        # than it would ring, and looks when it rings: most exchanges need no timer of their own.
        self._timer: asyncio.TimerHandle | None = None
        self._armed = float("inf")
        self._due = float("inf")
        self._total = 0.0
        self._busy = False
        self._lost = False
        self._cut = False
        self._begin()

    def _begin(self) -> None:
        self.status = 0
        self._names: list[bytes] = []
        self._values: list[bytes] = []
        self._pieces: list[bytes] = []
        self._ahead = 0
        self._held = 0
        self._interim = 0
        self._began = False
        self._whole = False
        self._unsent = b""
        self._keeps = False
        self._paused = False
        self._ending = False
        self._fault: ProviderFailed | None = None

    def headers(self) -> dict[str, str]:
        """Return the head's fields; of a repeated one the last stands."""
        return {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in zip(self._names, self._values, strict=True)
        }

    async def ask(self, head: bytes, body: bytes, *, first_byte_s: float, deadline: float) -> None:
        """Send a request and wait until the head of the answer is there; `deadline` is for all of it."""
        if self._lost or self._cut or self._transport is None:
            raise Stale
        self._busy = True
        self._total = deadline
        began = self._loop.time()
        self._wait_until(min(began + first_byte_s, deadline))
        # Requests of calls that the loop found ready together leave together: see the server's `write`.
        self._unsent = head + body
        self._loop.call_soon(self._send)
        while not self.status:
            if self._fault is not None:
                raise self._fault
            if self._is_over():
                if self._began or self._loop.time() - began > _STALE_S:
                    fault = failed("cut the connection before it answered")
                    fault.worked = True
                    raise fault
                raise Stale
            await self._wait()

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, b""
        if unsent and self._transport is not None and not self._is_over():
            self._transport.write(unsent)

    async def receive(self) -> bytes | None:
        """Wait for more of the body; None at its end."""
        while True:
            if self._pieces:
                return self._take()
            if self._whole:
                return None
            if self._fault is not None:
                raise self._fault
            if self._is_over():
                raise failed("cut the connection in the middle of its answer", ProviderBrokeOff)
            await self._wait()

    def _is_over(self) -> bool:
        return self._lost or self._cut

    def _take(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        self._ahead = 0
        if self._paused and self._transport is not None and not self._is_over():
            self._paused = False
            self._transport.resume_reading()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def release(self, *, ended: bool) -> None:
        """End the exchange: keep the connection where the answer was whole, else hang up."""
        if not self._busy or self._ending:
            return
        if ended and not self._whole and not self._is_over() and self._fault is None and not self._paused:
            self._ending = True
            self._wait_until(self._loop.time() + _READ_OUT_S)
        else:
            self._put_back()

    def _put_back(self) -> None:
        """Keep the connection, unless something is left on it: of the answer, or of the request itself."""
        waiting = self._unsent or self._transport is None or self._transport.get_write_buffer_size()
        if self._whole and self._keeps and self._fault is None and not waiting and not self._is_over():
            self._busy = False
            self._begin()
            self._wait_until(self._loop.time() + _IDLE_S)
            self._keep(self)
        else:
            self.abort()

    def abort(self) -> None:
        """Hang up now, also while the connection is being made; nothing is kept."""
        self._cut = True
        self._disarm()
        self._forget(self)
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    # Time.

    def _wait_until(self, due: float) -> None:
        self._due = due
        if due < self._armed:
            self._disarm()
            self._armed = due
            self._timer = self._loop.call_at(due, self._ring)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._armed = float("inf")

    def _ring(self) -> None:
        self._timer, self._armed = None, float("inf")
        if self._loop.time() < self._due:
            self._wait_until(self._due)
            return
        if self._busy:
            fault = failed("did not answer in time", code="provider-timeout")
            # The request is on its way since; whoever was only slow has read it.
            fault.worked = True
            self._fail(fault)
        # Also where nobody waits for it any more: a call that forgot its answer holds it no longer than this.
        self.abort()

    def _fail(self, fault: ProviderFailed) -> None:
        if self._fault is None:
            self._fault = fault

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._cut:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._cut:
            return
        if not self._busy:
            # Nothing was asked, so whatever this is answers nothing.
            self.abort()
            return
        self._began = True
        self._held += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(failed("sent an answer that is not HTTP"))
        if self._held > _HEAD_BYTES_MAX:
            # The parser puts a header together by itself, so that an endless one would fill memory.
            self._fail(failed("sent an answer with too large a head"))
        if self._ending:
            self._pieces = []
            if self._whole or self._fault is not None:
                self._put_back()
        elif self._ahead > _AHEAD_BYTES_MAX and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._disarm()
        self._forget(self)
        if exc is None and self.status and not self._cut and self._fault is None and self._has_no_length():
            self._whole = True
        self._wake()

    def _has_no_length(self) -> bool:
        """Say whether the body has no stated end: then the end of the connection is its end."""
        headers = self.headers()
        return (
            "content-length" not in headers and "chunked" not in headers.get("transfer-encoding", "").lower()
        )

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self._whole:
            raise httptools.HttpParserError("there is more than one answer")
        self._held = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.status:
            return  # A trailer; the formats have none.
        self._names.append(name)
        self._values.append(value)
        if len(self._names) > _HEADERS_MAX:
            raise httptools.HttpParserError("the head has too many fields")

    def on_headers_complete(self) -> None:
        status: int = self._parser.get_status_code()
        if sum(map(len, self._names)) + sum(map(len, self._values)) > _HEAD_BYTES_MAX:
            raise httptools.HttpParserError("the head is too large")
        if status >= 200:
            self.status = status
            self._wait_until(self._total)
            return
        self._names, self._values = [], []
        self._interim += 1
        if self._interim > _INTERIM_MAX:
            raise httptools.HttpParserError("there is no answer among the announcements of one")

    def on_body(self, body: bytes) -> None:
        self._pieces.append(body)
        self._ahead += len(body)
        self._held = 0

    def on_message_complete(self) -> None:
        self._held = 0
        if self.status:
            self._whole = True
            self._keeps = bool(self._parser.should_keep_alive())
