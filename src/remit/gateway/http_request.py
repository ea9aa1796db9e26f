"""HTTP/1.1 requests, taken from the bytes of a connection: whole ones, or why there will be no more.

The parser is httptools' (llhttp), which reads strictly. What stands here is what a parser leaves open:
limits, and that a request has one meaning, whatever a proxy in front may have read into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Never

import httptools

from remit.gateway.http_repeat import Repeat, repeat_of


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server takes; whatever goes beyond is refused or closed, and costs nobody else anything."""

    header_bytes: int = 32 << 10
    headers: int = 100
    body_bytes: int = 24 << 20
    bodies_bytes: int = 512 << 20
    """Of everything that is received and not answered yet, over all connections."""
    small_body_bytes: int = 64 << 10
    """A body up to this size is taken even then, so that large ones cannot shut out all others."""
    connections: int = 16_000
    requests_ahead: int = 16
    waiting_bytes: int = 64 << 10
    """Of requests that a client sends before it has the answer to the last."""
    head_s: float = 10.0
    """From a request's first byte to the end of its head."""
    body_s: float = 60.0
    idle_s: float = 75.0
    linger_s: float = 5.0
    """How long a client that was turned away may go on sending, so that it gets to read why."""
    stalled_s: float = 60.0
    """How long a client may take nothing of what is written to it."""
    unread_bytes: int = 256 << 10
    """What is written ahead of a client; beyond, the answer waits for it."""


class Stage(Enum):
    """What a connection is waiting for."""

    IDLE = "a request"
    HEAD = "the rest of a head"
    BODY = "the rest of a body"


# To look a member up costs as much as a header; this is done for each of them.
_IDLE, _HEAD, _BODY = Stage


class Room:
    """The bytes that all connections hold together of what was received and is not answered."""

    __slots__ = ("used",)

    def __init__(self) -> None:
        self.used = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the server takes no more from a connection."""

    code: str
    summary: str
    help: str


class Request:
    """A request, whole. Names of headers are in lower case; a repeated one is a list with commas.

    HEAD is asked as GET, and the answer's body is left out (`bodiless`).
    """

    __slots__ = ("bodiless", "body", "headers", "keep_alive", "method", "path", "query", "size", "version")

    def __init__(
        self, method: bytes, target: bytes, headers: dict[str, str], version: str, keep_alive: bool
    ) -> None:
        path = target.decode("latin-1")
        if path[:1] != "/":
            path = _origin_form(path)
        self.bodiless = method == b"HEAD"
        self.method = "GET" if self.bodiless else method.decode("latin-1")
        self.path, _, self.query = path.partition("?")
        self.headers = headers
        self.version = version
        self.keep_alive = keep_alive
        self.body = b""
        self.size = 0

    def again(self, body: bytes) -> Request:
        """Make a request with the same head, but for the length of its body."""
        made = Request.__new__(Request)
        made.bodiless, made.method, made.path, made.query = self.bodiless, self.method, self.path, self.query
        made.version, made.keep_alive = self.version, self.keep_alive
        made.headers = {**self.headers, "content-length": str(len(body))}
        made.body, made.size = body, len(body)
        return made


class Requests:
    """Takes requests from what a connection brings.

    `whole` are those that came whole and in order. After a `refusal` nothing more is read. `room` counts what
    is held here; who takes a request out of `whole` takes over its `size`.
    """

    __slots__ = (
        "_body",
        "_came",
        "_first",
        "_headers",
        "_held",
        "_known",
        "_limits",
        "_parser",
        "_repeat",
        "_repeated",
        "_request",
        "_room",
        "_seen",
        "_target",
        "awaits_continue",
        "refusal",
        "stage",
        "whole",
    )

    def __init__(self, limits: Limits, room: Room) -> None:
        self._limits = limits
        self._room = room
        self._parser: Any = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: dict[str, str] = {}
        self._repeated = 0
        self._request: Request | None = None
        self._body: bytearray | None = None
        # The parser puts a header together by itself and calls nobody until it has all of it. So what came
        # since it last called is counted: an endless header, trailer or chunk extension would fill memory.
        self._held = 0
        self._came = 0
        self._first = 0
        # The last request that came in one piece, without its body, and how to tell that it comes again.
        self._seen = 0
        self._repeat: Repeat | None = None
        self._known: Request | None = None
        self.whole: list[Request] = []
        self.refusal: Refusal | None = None
        self.stage = _IDLE
        self.awaits_continue = False

    def feed(self, data: bytes) -> None:
        """Read on. Never raises for what a client sends."""
        if self.stage is _IDLE and not self._held and not self.whole and self.refusal is None:
            if self._repeat is not None and self._again(data):
                return
            self._read(data)
            self._learn(data)
        else:
            self._read(data)

    def _again(self, data: bytes) -> bool:
        """Take a request whose head is known; False if the bytes are anything else."""
        repeat, known, room = self._repeat, self._known, self._room
        assert repeat is not None, "asked before"
        assert known is not None, "kept together"
        body = repeat.body_of(data, bytes_max=self._limits.small_body_bytes)
        if body is None:
            return False
        room.used += len(body)
        self.whole.append(known.again(body))
        return True

    def _learn(self, data: bytes) -> None:
        """Keep the head of a request that came whole and alone, once it has come a second time.

        So a connection that is used once, or never with the same head, keeps nothing.
        """
        if len(self.whole) != 1 or self.stage is not _IDLE or self.refusal is not None:
            return
        request = self.whole[0]
        repeat = None if "expect" in request.headers else repeat_of(data, request.body)
        seen, self._seen = self._seen, hash(repeat)
        if repeat is not None and self._seen == seen:
            self._repeat, self._known = repeat, request.again(b"")

    def _read(self, data: bytes) -> None:
        self._came = len(data)
        self._held += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError:
            if self.refusal is None:
                raise
        except httptools.HttpParserError:
            if self.refusal is None:
                self.turn_away("invalid-request", "the request is not HTTP/1.1", "use an HTTP client")
        else:
            if self._held > self._limits.header_bytes:
                self.turn_away("header-too-large", "the request's head is too large", "send fewer headers")

    def turn_away(self, code: str, summary: str, help: str) -> None:
        """Take no more; what came whole before stays."""
        self.refusal = Refusal(code, summary, help)
        self._forget()

    def drop(self) -> None:
        """Forget everything: nobody waits for an answer."""
        for request in self.whole:
            self._room.used -= request.size
        self.whole = []
        self._forget()

    def _forget(self) -> None:
        if self._request is not None:
            self._room.used -= self._request.size
        self._request = self._body = None
        self.stage = _IDLE
        self.awaits_continue = False

    def _stop(self, code: str, summary: str, help: str) -> Never:
        """Refuse from within the parser, which then reads no further."""
        self.turn_away(code, summary, help)
        raise httptools.HttpParserError(code)

    # What the parser calls.

    def on_message_begin(self) -> None:
        if len(self.whole) >= self._limits.requests_ahead:
            self._stop(
                "invalid-request",
                f"more than {self._limits.requests_ahead} requests were sent ahead of their answers",
                "wait for answers, or use more connections",
            )
        self._held = 0
        self._first = self._came
        self._target = b""
        self._headers = {}
        self._repeated = 0
        self.stage = _HEAD

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text, headers = _key(name), value.decode("latin-1"), self._headers
        if key in headers:
            text = self._listed(key, text)
        headers[key] = text

    def _listed(self, key: str, text: str) -> str:
        """Put a repeated header into one list (RFC 9110, section 5.3), so that none is chosen."""
        if key == "host":
            self._ambiguous("names its host twice")
        self._repeated += 1
        if self._repeated > self._limits.headers:
            self._too_many()
        return f"{self._headers[key]}, {text}"

    def on_headers_complete(self) -> None:
        parser, headers = self._parser, self._headers
        # Trailers come by the same way and say nothing: whoever passed the head on has not seen them.
        self._headers = {}
        if len(headers) + self._repeated > self._limits.headers:
            self._too_many()
        if self._first + self._held > self._limits.header_bytes:
            size = len(self._target) + sum(len(name) + len(value) + 4 for name, value in headers.items())
            if size > self._limits.header_bytes:
                self._stop("header-too-large", "the request's head is too large", "send fewer headers")
        if parser.should_upgrade():
            self._stop(
                "invalid-request",
                "this server speaks HTTP/1.1 alone",
                "do not ask to upgrade; set your client to HTTP/1.1 if it asks for HTTP/2 by itself",
            )
        version = parser.get_http_version()
        self._check(version, headers)
        keep_alive = version == "1.1" and parser.should_keep_alive()
        self._request = Request(parser.get_method(), self._target, headers, version, keep_alive)
        self.stage = _BODY
        if "expect" in headers:
            self.awaits_continue = version == "1.1" and headers["expect"].lower() == "100-continue"

    def on_body(self, body: bytes) -> None:
        request, limits, room = self._request, self._limits, self._room
        assert request is not None, "a body has a head"
        size = len(body)
        request.size += size
        room.used += size
        self._held = 0
        self.awaits_continue = False
        if request.size > limits.body_bytes:
            self._too_large()
        if room.used > limits.bodies_bytes and request.size > limits.small_body_bytes:
            self._stop(
                "too-many-bodies",
                "the gateway receives more than it has room for now",
                "try again in a moment",
            )
        if not request.body:
            request.body = body
        elif self._body is None:
            self._body = bytearray(body)
        else:
            self._body += body

    def on_message_complete(self) -> None:
        request = self._request
        assert request is not None, "an end has a head"
        if self._body is not None:
            request.body += self._body
        self.whole.append(request)
        self._request = self._body = None
        self._held = 0
        self.stage = _IDLE
        self.awaits_continue = False

    # What must hold of a head.

    def _check(self, version: str, headers: dict[str, str]) -> None:
        """Refuse what another server could read differently (RFC 9112, sections 3.2, 6.1 and 11.2)."""
        if version == "1.1":
            if "host" not in headers:
                self._ambiguous("names no host")
            if "transfer-encoding" in headers and headers["transfer-encoding"].lower() != "chunked":
                self._ambiguous("has a transfer coding other than `chunked`")
        elif version != "1.0":
            self._ambiguous("has a version other than 1.1")
        elif "transfer-encoding" in headers:
            self._ambiguous("is of version 1.0, which has no chunks")
        length = headers.get("content-length", "")
        # The parser has seen that it is a number; but Python reads none of some thousand zeros.
        if length and (len(length) > 19 or int(length) > self._limits.body_bytes):
            self._too_large()

    def _ambiguous(self, what: str) -> Never:
        self._stop("invalid-request", f"the request {what}", "use an HTTP client")

    def _too_many(self) -> Never:
        self._stop("header-too-large", "the request has too many headers", "send fewer")

    def _too_large(self) -> Never:
        self._stop(
            "body-too-large",
            f"the body is larger than {self._limits.body_bytes:,} bytes",
            "send a shorter input",
        )


@lru_cache(maxsize=512)
def _key(name: bytes) -> str:
    """Write a header's name in lower case; clients send the same few again and again."""
    return name.decode("latin-1").lower()


def _origin_form(target: str) -> str:
    """Take the path out of an absolute address, which a server must accept; `host` says nothing to us.

    >>> _origin_form("http://gateway.example.com/v1/models?x=1"), _origin_form("https://a"), _origin_form("*")
    ('/v1/models?x=1', '/', '*')
    """
    scheme, found, rest = target.partition("://")
    if not found or scheme.lower() not in ("http", "https"):
        return target
    _, slash, path = rest.partition("/")
    return slash + path or "/"
