"""How a request is answered over HTTP/1.1: whole, or piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Protocol

from remit.gateway.http_request import Request

_REASONS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


class Line(Protocol):
    """What a reply needs of the connection that it is written to."""

    lost: bool
    peer: str
    stays_open: bool

    def write(self, data: bytes) -> None: ...

    async def drain(self) -> None: ...

    def abort(self, *, reset: bool = False) -> None: ...


class Reply:
    """How one request is answered: at once with `send`, or piece by piece.

    Writing to a client who has left does nothing. `on_gone` is called once if the client leaves before the
    answer has ended, with what ends the work on it after so many seconds.
    """

    __slots__ = ("_bodiless", "_chunked", "_line", "begun", "ended", "on_gone")

    def __init__(self, line: Line, request: Request | None) -> None:
        self._line = line
        self._bodiless = request is not None and request.bodiless
        self._chunked = request is None or request.version == "1.1"
        self.begun = False
        self.ended = False
        self.on_gone: Callable[[Callable[[float], None]], None] | None = None

    @property
    def gone(self) -> bool:
        return self._line.lost

    @property
    def peer(self) -> str:
        return self._line.peer

    @property
    def tls_subject(self) -> str:
        return ""

    def send(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """Answer whole."""
        data = self._head(status, headers, b"content-length: %d\r\n\r\n" % len(body))
        self.begun = self.ended = True
        self._line.write(data if self._bodiless else data + body)

    def start(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """Begin an answer whose length is not known.

        HTTP/1.0 has no chunks; there the answer ends with the connection.
        """
        last = b"transfer-encoding: chunked\r\n\r\n" if self._chunked else b"\r\n"
        data = self._head(status, headers, last)
        self.begun = True
        self._line.write(data)

    def write(self, data: bytes) -> None:
        if data and not self._bodiless:
            self._line.write(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)

    def end(self) -> None:
        if not self.ended:
            self.ended = True
            if self._chunked and not self._bodiless:
                self._line.write(b"0\r\n\r\n")

    async def drain(self) -> None:
        """Wait until the client has taken enough of what was written, or has left."""
        await self._line.drain()

    def cut(self) -> None:
        """Close the connection in the middle of an answer, so that nobody takes it for whole."""
        self._line.abort(reset=not self._chunked)

    def _head(self, status: int, headers: Iterable[tuple[str, str]], last: bytes) -> bytes:
        lines = [f"{name}: {value}\r\n" for name, value in headers]
        text = "".join(lines)
        if text.count("\n") != len(lines) or text.count("\r") != len(lines):
            raise ValueError("a header of an answer holds a line break")
        first = _REASONS.get(status) or b"HTTP/1.1 %d \r\n" % status
        connection = b"" if self._line.stays_open else b"connection: close\r\n"
        return first + text.encode("latin-1", "replace") + connection + last
