"""A small real server that speaks Bedrock's Converse format, and STS's AssumeRole."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote

import msgspec

from bedrock_bodies import body, count_faults, request_faults, streamed
from remit.gateway.aws_event_stream import exception
from threaded import threaded

ASSUMED = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/remit/x</Arn></AssumedRoleUser>
<Credentials><AccessKeyId>ASIA{number}</AccessKeyId><SecretAccessKey>secret-{number}</SecretAccessKey>
<SessionToken>token+{number}/==</SessionToken><Expiration>{until}</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>"""

REFUSED = b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"

REFUSALS: dict[str, tuple[int, str]] = {
    "busy": (429, "ThrottlingException"),
    "slow": (408, "ModelTimeoutException"),
    "broken": (424, "ModelErrorException"),
    "uncounted": (400, "ValidationException"),
    "denied": (403, "AccessDeniedException"),
}


@dataclass(frozen=True)
class Asked:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass
class Upstream:
    """What was asked of it, and how it answers: the model's last word names a constructed answer."""

    address: str = ""
    asked: list[Asked] = field(default_factory=list)
    assumed: list[Asked] = field(default_factory=list)
    until: str = "2100-01-01T00:00:00Z"
    refuse_roles: bool = False
    held: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.held.set()


EVENTS = {"content-type": "application/vnd.amazon.eventstream"}


def _answer(asked: Asked) -> tuple[int, dict[str, str], bytes]:
    """Choose what to say: a status, headers and a body, which is a stream where the type says so."""
    _, _, model, verb = asked.path.split("/")
    check = count_faults if verb == "count-tokens" else request_faults
    assert check(asked.fields) == ""
    name = unquote(model).rpartition(".")[2]
    if name == "agent":
        name = "text" if b'"toolResult"' in asked.body else "tools"
    if name in REFUSALS:
        status, kind = REFUSALS[name]
        return status, {"x-amzn-errortype": kind}, b'{"message":"said by the service"}'
    if verb == "count-tokens":
        return 200, {}, b'{"inputTokens":12}'
    if verb == "converse":
        return 200, {}, msgspec.json.encode(body(f"answer-{name}")["whole"])
    if name == "cut":
        begun = streamed(body("answer-text")["events"][:3])
        return 200, EVENTS, begun + exception("modelStreamErrorException", b'{"message":"x"}')
    return 200, EVENTS, streamed(body(f"answer-{name}")["events"])


def _handler(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.path, headers, data)
            if self.path == "/":
                upstream.assumed.append(asked)
                upstream.reached.set()
                upstream.held.wait(10)
                answer = ASSUMED.format(number=len(upstream.assumed), until=upstream.until).encode()
                self._send(*((403, {}, REFUSED) if upstream.refuse_roles else (200, {}, answer)))
                return
            upstream.asked.append(asked)
            self._send(*_answer(asked))

        def _send(self, status: int, headers: dict[str, str], data: bytes) -> None:
            self.send_response(status)
            size = (
                {"transfer-encoding": "chunked"} if headers is EVENTS else {"content-length": str(len(data))}
            )
            for name, value in {**headers, **size}.items():
                self.send_header(name, value)
            self.end_headers()
            if headers is not EVENTS:
                self.wfile.write(data)
                return
            for at in range(0, len(data), 50):
                piece = data[at : at + 50]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, format: str, *args: Any) -> None:
            return

    return Handler


def tags_of(asked: Asked) -> dict[str, str]:
    """Read the session tags of a role that was assumed."""
    fields = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
    return {fields[f"Tags.member.{n}.Key"]: fields[f"Tags.member.{n}.Value"] for n in (1, 2)}


@contextmanager
def serving() -> Iterator[Upstream]:
    """Serve in threads of this process until left."""
    upstream = Upstream()
    with threaded(ThreadingHTTPServer(("127.0.0.1", 0), _handler(upstream))) as upstream.address:
        yield upstream
