"""A batch service in the test process, in OpenAI's shapes and in Anthropic's.

They are constructed from what the two publish. A batch stays in progress as long as the
service is told to hold it back. What each line is answered depends on its words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition
from typing import Any

from threaded import threaded

MESSAGES = "/v1/messages/batches"


@dataclass
class Kept:
    """One batch as the service has it."""

    id: str
    lines: list[dict[str, Any]]
    metadata: dict[str, str]
    status: str = "in_progress"


@dataclass
class Service:
    """What the service was sent, and how it behaves."""

    address: str = ""
    batches: list[Kept] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    hangs_up_once: bool = False
    """The next batch is taken, and the connection is cut before it is said so."""
    holds_back: bool = False
    """Batches do not end."""
    busy: int = 0
    """How many orders are turned away first."""
    changed: Condition = field(default_factory=Condition)

    def until(self, count: int) -> list[Kept]:
        """Wait until so many batches were sent."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.batches) >= count, 30), "no batch was sent"
        return self.batches

    def take(self, lines: list[dict[str, Any]], metadata: dict[str, str]) -> Kept:
        with self.changed:
            kept = Kept(f"batch_{len(self.batches) + 1}", lines, metadata)
            self.batches.append(kept)
            self.changed.notify_all()
        return kept

    def at(self, id: str) -> Kept:
        return next(each for each in self.batches if each.id == id)

    def status(self, kept: Kept) -> str:
        if kept.status == "in_progress" and not self.holds_back:
            kept.status = "completed"
        return kept.status


def words_of(body: dict[str, Any]) -> str:
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else content[0]["text"]


def _openai_line(line: dict[str, Any], cancelled: bool) -> dict[str, Any]:
    body, name = line["body"], line["custom_id"]
    result: dict[str, Any] = {"id": f"batch_req_{name}", "custom_id": name, "response": None, "error": None}
    said = "" if "input" in body else words_of(body)
    if cancelled or said == "too late":
        how = "batch_cancelled" if cancelled else "batch_expired"
        return result | {"error": {"code": how, "message": "This request was not executed."}}
    if said == "wrong":
        error = {"error": {"message": "no", "type": "invalid_request_error", "code": "invalid_value"}}
        return result | {"response": {"status_code": 400, "request_id": "r", "body": error}}
    answer: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": body["model"],
        "service_tier": "default",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": f"You said: {said}"},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30},
    }
    if "input" in body:
        data = [
            {"object": "embedding", "index": n, "embedding": [0.5, 0.5]} for n in range(len(body["input"]))
        ]
        answer = {"object": "list", "model": body["model"], "data": data, "usage": {"prompt_tokens": 8}}
    return result | {"response": {"status_code": 200, "request_id": "r", "body": answer}}


def _anthropic_line(line: dict[str, Any], cancelled: bool) -> dict[str, Any]:
    body, said = line["params"], words_of(line["params"])
    result: dict[str, Any]
    if cancelled or said == "too late":
        result = {"type": "canceled" if cancelled else "expired"}
    elif said == "wrong":
        error = {"type": "invalid_request_error", "message": "no"}
        result = {"type": "errored", "error": {"type": "error", "error": error}}
    else:
        message = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [{"type": "text", "text": f"You said: {said}"}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 20, "output_tokens": 10, "service_tier": "batch"},
        }
        result = {"type": "succeeded", "message": message}
    return {"custom_id": line["custom_id"], "result": result}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    service: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        path = self.path.partition("?")[0]
        if path == "/v1/files":
            id = f"file-{len(self.service.files) + 1}"
            self.service.files[id] = body.split(b"\r\n\r\n")[2].partition(b"\n\r\n--")[0]
            self.say({"id": id, "object": "file", "purpose": "batch"})
            return
        if path.endswith("/cancel"):
            kept = self.service.at(path.split("/")[-2])
            if kept.status == "in_progress":
                kept.status = "cancelled"
            self.say(self.shown(kept))
            return
        if self.service.busy:
            self.service.busy -= 1
            self.say({"error": {"type": "rate_limit_error", "code": "rate_limit_exceeded"}}, status=429)
            return
        given = json.loads(body)
        if path == MESSAGES:
            kept = self.service.take(given["requests"], {})
        else:
            lines = self.service.files[given["input_file_id"]].splitlines()
            kept = self.service.take([json.loads(line) for line in lines], given["metadata"])
        if self.service.hangs_up_once:
            self.service.hangs_up_once = False
            self.close_connection = True
            self.connection.close()
            return
        self.say(self.shown(kept))

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in (MESSAGES, "/v1/batches"):
            shown = [self.shown(each) for each in reversed(self.service.batches)]
            self.say({"object": "list", "data": shown, "has_more": False, "last_id": None})
            return
        if path.endswith("/results") or path.startswith("/v1/files/"):
            kept = self.service.at(path.split("/")[-2].removeprefix("out_"))
            written = _anthropic_line if path.startswith(MESSAGES) else _openai_line
            cancelled = kept.status == "cancelled"
            found = [written(line, cancelled) for line in reversed(kept.lines)]
            self.send(b"".join(json.dumps(each).encode() + b"\n" for each in found))
            return
        self.say(self.shown(self.service.at(path.split("/")[-1])))

    def shown(self, kept: Kept) -> dict[str, Any]:
        status = self.service.status(kept)
        if self.path.startswith(MESSAGES):
            ended = "in_progress" if status == "in_progress" else "ended"
            return {
                "id": kept.id,
                "type": "message_batch",
                "processing_status": ended,
                "created_at": datetime.now(UTC).isoformat(),
            }
        file = None if status == "in_progress" else f"out_{kept.id}"
        return {
            "id": kept.id,
            "object": "batch",
            "status": status,
            "metadata": kept.metadata,
            "output_file_id": file,
            "error_file_id": None,
        }

    def say(self, value: object, *, status: int = 200) -> None:
        self.send(json.dumps(value).encode(), status=status)

    def send(self, data: bytes, *, status: int = 200) -> None:
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def batch_service() -> Iterator[Service]:
    """Serve until the block is left."""
    service = Service()
    handler = type("Handler", (_Handler,), {"service": service})
    with threaded(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as address:
        service.address = address
        yield service
