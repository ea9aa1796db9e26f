"""Answers in Anthropic's Messages format: from events to a message, or to a stream of its blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from remit.enforce.answer import Delta, Finish, Piece, StopReason, Thought, ToolDelta, ToolStart, gathered
from remit.enforce.request import Reasoning, Text, ToolUse
from remit.gateway.anthropic_error import error
from remit.gateway.wire import Account, Ask, Failure, Head
from remit.kernel.usage import Usage
from remit.operations.count_tokens import Counted

STOP_REASONS: dict[StopReason, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "stop_sequence": "stop_sequence",
    "tool_use": "tool_use",
    "content_filter": "refusal",
    "guardrail": "refusal",
    "refusal": "refusal",
    "context_full": "model_context_window_exceeded",
    "pause": "pause_turn",
}

_ENCODE = msgspec.json.Encoder().encode
_PING = b'event: ping\ndata: {"type":"ping"}\n\n'
_STOP = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'


def usage_fields(usage: Usage) -> dict[str, Any]:
    """Write usage as the format counts it: its `input_tokens` are those that no cache held."""
    return {
        "input_tokens": usage.input_tokens,
        "cache_creation_input_tokens": usage.cache_write_tokens + usage.cache_write_1h_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_write_tokens,
            "ephemeral_1h_input_tokens": usage.cache_write_1h_tokens,
        },
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"thinking_tokens": usage.reasoning_tokens},
    }


def counted(count: Counted) -> bytes:
    """Write a count; one that is an estimate says so."""
    return _ENCODE({"input_tokens": count.tokens, "remit": {"estimated": count.estimated}})


class AnthropicWriter:
    """Writes one answer, buffered or as server-sent events."""

    __slots__ = ("_at", "_before", "_call", "_input_tokens", "_model", "_open")

    def __init__(self, ask: Ask, head: Head) -> None:
        self._call, self._model = f"msg_{head.call}", head.model
        self._input_tokens = head.input_tokens
        self._at = -1
        self._open = ""
        self._before = b""

    def whole(self, pieces: Sequence[Piece], finish: Finish, account: Account) -> bytes:
        content = [block for part in gathered(list(pieces)) for block in _blocks(part)]
        return _ENCODE(
            {
                **self._message(content),
                **_end(finish),
                "usage": usage_fields(finish.usage),
                "remit": account.fields,
            }
        )

    def _message(self, content: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": self._call,
            "type": "message",
            "role": "assistant",
            "model": self._model,
            "content": content,
            "stop_reason": None,
            "stop_sequence": None,
        }

    def opening(self) -> bytes:
        """Write the head. The format wants usage here, before it is known: it is our estimate of the input.

        What the provider counted stands in `message_delta`, whose figures take the place of these.
        """
        usage = usage_fields(Usage(input_tokens=self._input_tokens))
        return _event("message_start", {"message": {**self._message([]), "usage": usage}}) + _PING

    def pieces(self, pieces: Sequence[Piece]) -> bytes:
        return b"".join([self._piece(piece) for piece in pieces])

    def _piece(self, piece: Piece) -> bytes:
        if isinstance(piece, Delta):
            if not piece.text:
                return b""
            begun = b"" if self._open == "text" else self._begin("text", {"type": "text", "text": ""})
            return b"".join([begun, self._before, _ENCODE(piece.text), b"}}\n\n"])
        if isinstance(piece, ToolDelta):
            return b"".join([self._before, _ENCODE(piece.arguments), b"}}\n\n"])
        if isinstance(piece, ToolStart):
            block = {"type": "tool_use", "id": piece.id, "name": piece.name, "input": {}}
            return self._begin("tool_use", block)
        if isinstance(piece, Thought):
            return self._thought(piece)
        return b""

    def _thought(self, piece: Thought) -> bytes:
        written: list[bytes] = []
        if piece.text or piece.signature:
            if self._open != "thinking":
                written.append(self._begin("thinking", {"type": "thinking", "thinking": "", "signature": ""}))
            if piece.text:
                written += [self._before, _ENCODE(piece.text), b"}}\n\n"]
            if piece.signature:
                delta = {"type": "signature_delta", "signature": piece.signature}
                written.append(_event("content_block_delta", {"index": self._at, "delta": delta}))
                written.append(self._end())
        if piece.sealed:
            written.append(self._begin("sealed", {"type": "redacted_thinking", "data": piece.sealed}))
            written.append(self._end())
        return b"".join(written)

    def _begin(self, kind: str, block: dict[str, Any]) -> bytes:
        """Open a block after the one before it has ended; what its deltas begin with is written once."""
        ended = self._end()
        self._at += 1
        self._open = kind
        if kind in _DELTAS:
            self._before = (
                b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":{%b'
                % (self._at, _DELTAS[kind])
            )
        return ended + _event("content_block_start", {"index": self._at, "content_block": block})

    def _end(self) -> bytes:
        if not self._open:
            return b""
        self._open = ""
        return _event("content_block_stop", {"index": self._at})

    def closing(self, finish: Finish, account: Account) -> bytes:
        last = {"delta": _end(finish), "usage": usage_fields(finish.usage), "remit": account.fields}
        return self._end() + _event("message_delta", last) + _STOP

    def failing(self, fault: Failure) -> bytes:
        """Write an error in the middle of a stream; clients of the format raise it."""
        return b"event: error\ndata: " + error(fault) + b"\n\n"


_DELTAS = {
    "text": b'"type":"text_delta","text":',
    "thinking": b'"type":"thinking_delta","thinking":',
    "tool_use": b'"type":"input_json_delta","partial_json":',
}


def _event(name: str, fields: dict[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), _ENCODE({"type": name, **fields}))


def _end(finish: Finish) -> dict[str, Any]:
    return {
        "stop_reason": STOP_REASONS[finish.stop_reason],
        "stop_sequence": finish.stop_sequence or None,
    }


def _blocks(part: Text | Reasoning | ToolUse) -> list[dict[str, Any]]:
    if isinstance(part, Text):
        return [{"type": "text", "text": part.text}]
    if isinstance(part, ToolUse):
        return [{"type": "tool_use", "id": part.id, "name": part.name, "input": part.input}]
    blocks: list[dict[str, Any]] = []
    if part.text or part.signature:
        blocks.append({"type": "thinking", "thinking": part.text, "signature": part.signature})
    if part.sealed:
        blocks.append({"type": "redacted_thinking", "data": part.sealed})
    return blocks
