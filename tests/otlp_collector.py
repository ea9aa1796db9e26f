"""A collector of telemetry in the tests' own process: it answers as it is told and keeps what it is sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from otlp_bodies import read_metrics, read_traces
from threaded import threaded

Answer = tuple[int, dict[str, str], bytes]
TAKEN: Answer = (200, {}, b"{}")


@dataclass
class Received:
    address: str = ""
    answers: list[Answer] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    bytes_max: int = 1 << 30
    away: bool = False
    asked: threading.Event = field(default_factory=threading.Event)

    def spans(self) -> list[Any]:
        bodies = [body for path, _, body in self.requests if path == "/v1/traces"]
        return [
            span
            for body in bodies
            for resource in read_traces(body).resource_spans
            for span in resource.scope_spans[0].spans
        ]

    def metrics(self) -> list[Any]:
        bodies = [body for path, _, body in self.requests if path == "/v1/metrics"]
        return [
            metric
            for body in bodies
            for resource in read_metrics(body).resource_metrics
            for metric in resource.scope_metrics[0].metrics
        ]


@contextmanager
def collecting() -> Iterator[Received]:
    """Collect until the block is left; what is not answered as told is taken."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers, answer = received.answers.pop(0) if received.answers else TAKEN
            if received.away:
                status, headers, answer = 503, {}, b""
            received.asked.set()
            if len(body) > received.bytes_max:
                status, headers, answer = 413, {}, b""
            if status < 300:
                sent = {name.lower(): value for name, value in self.headers.items()}
                received.requests.append((self.path, sent, body))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with threaded(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as address:
        received.address = address
        yield received
