"""A small OpenAI-compatible server in the test process. What it answers depends on what it is asked."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from threaded import threaded

USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 9,
    "total_tokens": 29,
    "prompt_tokens_details": {"cached_tokens": 8},
    "completion_tokens_details": {"reasoning_tokens": 4},
}
PLACES = ("Delft", "Köln")


def answer_to(body: dict[str, Any]) -> tuple[list[dict[str, Any]], str]:
    """Say in which pieces a question is answered, and why the answer ends."""
    last = body["messages"][-1]
    if body["model"] == "refuser":
        return [{"refusal": "I will "}, {"refusal": "not say."}], "stop"
    if body["model"] == "thinker":
        thoughts = [{"reasoning_content": "First "}, {"reasoning_content": "this."}]
        return [*thoughts, {"content": "Then "}, {"content": "that."}], "stop"
    if body["model"] == "filter":
        return [{"content": "Well"}], "content_filter"
    if "response_format" in body:
        return [{"content": '{"place": "Delft", '}, {"content": '"degrees": 7}'}], "stop"
    if last["role"] == "tool":
        told = [each["content"] for each in body["messages"] if each["role"] == "tool"]
        return [{"content": "It is "}, {"content": " and ".join(told)}], "stop"
    if body.get("tools"):
        pieces: list[dict[str, Any]] = [{"content": "Let me look."}]
        for index, place in enumerate(PLACES if body.get("parallel_tool_calls", True) else PLACES[:1]):
            name = body["tools"][0]["function"]["name"]
            start = {"id": f"call_{index}", "type": "function", "function": {"name": name, "arguments": ""}}
            pieces.append({"tool_calls": [{"index": index, **start}]})
            for piece in ('{"place": ', f'"{place}"' + "}"):
                pieces.append({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
        return pieces, "tool_calls"
    words = last["content"] if isinstance(last["content"], str) else last["content"][0]["text"]
    return [{"content": "You said: "}, {"content": words}], "stop"


def whole_of(pieces: list[dict[str, Any]]) -> dict[str, Any]:
    """Add the pieces of a stream up to one message."""
    message: dict[str, Any] = {"role": "assistant", "content": None}
    calls: dict[int, dict[str, Any]] = {}
    for piece in pieces:
        for call in piece.get("tool_calls", ()):
            if "id" in call:
                calls[call["index"]] = {**call, "function": dict(call["function"])}
            else:
                calls[call["index"]]["function"]["arguments"] += call["function"]["arguments"]
        for field in ("content", "refusal", "reasoning_content"):
            if field in piece:
                message[field] = (message.get(field) or "") + piece[field]
    if calls:
        message["tool_calls"] = list(calls.values())
    return message


def vector(text: str, dimensions: int) -> list[float]:
    return [len(text) / 1024, *([0.25] * (dimensions - 1))]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A small answer waits for nothing: without this, each costs the delay of an acknowledgement.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append(body)  # type: ignore[attr-defined]  # the server below
        if self.path.endswith("/embeddings"):
            self._send(self._embeddings(body))
        elif body.get("stream"):
            self._stream(body)
        else:
            pieces, reason = answer_to(body)
            choice = {"index": 0, "message": whole_of(pieces), "finish_reason": reason}
            self._send({"model": "served-1", "choices": [choice], "usage": USAGE})

    def _send(self, answer: dict[str, Any]) -> None:
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _embeddings(self, body: dict[str, Any]) -> dict[str, Any]:
        data = []
        for index, text in enumerate(body["input"]):
            found: Any = vector(text, body.get("dimensions", 4))
            if body["encoding_format"] == "base64" and body["model"] != "floats":
                found = base64.b64encode(struct.pack(f"<{len(found)}f", *found)).decode()
            data.append({"object": "embedding", "index": index, "embedding": found})
        usage = {"prompt_tokens": 5, "total_tokens": 5}
        return {"data": list(reversed(data)), "model": "served-e", "usage": usage}

    def _stream(self, body: dict[str, Any]) -> None:
        pieces, reason = answer_to(body)
        chunks: list[dict[str, Any]] = [
            {"choices": [{"index": 0, "delta": piece}], "model": "served-1"} for piece in pieces
        ]
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        chunks.append({"choices": [], "usage": USAGE})
        if body["model"] == "breaks":
            chunks = [chunks[0], {"error": {"code": "overloaded"}}]
        data = b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)
        data += b"data: [DONE]\n\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        for start in range(0, len(data), 97):
            self.wfile.write(data[start : start + 97])

    def log_message(self, format: str, *args: object) -> None:
        pass


class Upstream(ThreadingHTTPServer):
    """The server, and the bodies that it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[dict[str, Any]] = []

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@contextmanager
def upstream() -> Iterator[Upstream]:
    """Run the server until the end of the block."""
    server = Upstream()
    with threaded(server):
        yield server
