"""A small HTTP server that stands where a provider would, in the tests' own process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from threaded import threaded


@dataclass(frozen=True)
class Answer:
    """What is sent back. `data` is a body, or the pieces of a stream, each written by itself."""

    data: bytes | list[bytes]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(value: object, status: int = 200, **headers: str) -> Answer:
    return Answer(json.dumps(value).encode(), status, {"Content-Type": "application/json"} | headers)


@dataclass
class Upstream:
    """What was asked of the server, and where it is."""

    address: str
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    @property
    def last(self) -> dict[str, Any]:
        return self.bodies[-1]


@contextmanager
def serving(answers: Mapping[str, Callable[[dict[str, Any]], Answer]]) -> Iterator[Upstream]:
    """Serve until the block is left: each path has a function from the body that was sent to the answer."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            upstream.bodies.append(body)
            upstream.headers.append({name.lower(): value for name, value in self.headers.items()})
            answer = answers[self.path](body)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if isinstance(answer.data, bytes):
                self.send_header("Content-Length", str(len(answer.data)))
                self.end_headers()
                self.wfile.write(answer.data)
                return
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in (*answer.data, b""):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))

        def log_message(self, format: str, *args: object) -> None:
            pass

    with threaded(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as address:
        upstream = Upstream(address)
        yield upstream
