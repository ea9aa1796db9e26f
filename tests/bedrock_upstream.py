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

from bedrock_bodies import body, request_faults, streamed
from remit.gateway.aws_event_stream import exception

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


def _handler(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.path, headers, data)
            if self.path == "/":
                self._assume(asked)
                return
            upstream.asked.append(asked)
            assert request_faults(asked.fields) == ""
            _, _, model, verb = self.path.split("/")
            name = unquote(model).rpartition(".")[2]
            if name in REFUSALS:
                status, kind = REFUSALS[name]
                self._send(status, b'{"message":"said by the service"}', {"x-amzn-errortype": kind})
            elif verb == "converse":
                self._send(200, msgspec.json.encode(body(f"answer-{name}")["whole"]), {})
            else:
                self._stream(name)

        def _stream(self, name: str) -> None:
            cut = name == "cut"
            events = body(f"answer-{'text' if cut else name}")["events"]
            data = streamed(events[:3])
            broken = exception("modelStreamErrorException", b'{"message":"x"}')
            data += broken if cut else streamed(events[3:])
            self.send_response(200)
            self.send_header("content-type", "application/vnd.amazon.eventstream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for at in range(0, len(data), 50):
                piece = data[at : at + 50]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")

        def _assume(self, asked: Asked) -> None:
            upstream.assumed.append(asked)
            upstream.reached.set()
            upstream.held.wait(10)
            if upstream.refuse_roles:
                self._send(403, REFUSED, {})
                return
            answer = ASSUMED.format(number=len(upstream.assumed), until=upstream.until)
            self._send(200, answer.encode(), {})

        def _send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

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
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(upstream))
    server.daemon_threads = True
    upstream.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
