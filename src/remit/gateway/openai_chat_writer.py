"""Writes answers in the OpenAI chat completions format: whole, or as chunks that add up to the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from remit.enforce.answer import Delta, Finish, Piece, StopReason, Thought, ToolDelta, ToolStart, gathered
from remit.enforce.request import Reasoning, ToolUse
from remit.gateway.openai_error import error
from remit.gateway.wire import Account, Ask, Failure, Head, events
from remit.kernel.usage import Usage

_ENCODER = msgspec.json.Encoder()


class Wanted(msgspec.Struct, frozen=True):
    """What a caller said of the answer that the canonical request does not hold."""

    include_usage: bool = False


FINISH_REASONS: dict[StopReason, str] = {
    "stop": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "tool_use": "tool_calls",
    "content_filter": "content_filter",
    "guardrail": "content_filter",
    "refusal": "content_filter",
    "context_full": "length",
    "pause": "stop",
}


def _finish_reason(finish: Finish, *, refused: bool) -> str:
    """Say why an answer ended; a refusal in the model's own words is an answer like any other."""
    return "stop" if refused and finish.stop_reason == "refusal" else FINISH_REASONS[finish.stop_reason]


class _Read(msgspec.Struct, frozen=True):
    cached_tokens: int
    cache_write_tokens: int


class _Thought(msgspec.Struct, frozen=True):
    reasoning_tokens: int


class _Usage(msgspec.Struct, frozen=True):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: _Read
    completion_tokens_details: _Thought


class _Message(msgspec.Struct, frozen=True):
    role: str
    content: str | None
    refusal: str | None
    reasoning_content: str | UnsetType
    tool_calls: list[dict[str, Any]] | UnsetType


class _Choice(msgspec.Struct, frozen=True):
    index: int
    message: _Message
    logprobs: None
    finish_reason: str


class _Answer(msgspec.Struct, frozen=True):
    """A whole answer, its fields in the order of the format."""

    id: str
    object: str
    created: int
    model: str
    choices: tuple[_Choice]
    usage: _Usage
    remit: dict[str, Any]


def _usage(usage: Usage) -> _Usage:
    """Write usage as the format counts it: its input total holds cached tokens as well."""
    prompt_tokens = usage.input_total
    return _Usage(
        prompt_tokens,
        usage.output_tokens,
        prompt_tokens + usage.output_tokens,
        _Read(usage.cache_read_tokens, usage.cache_write_tokens + usage.cache_write_1h_tokens),
        _Thought(usage.reasoning_tokens),
    )


class ChatWriter:
    """Writes one answer, buffered or as server-sent events."""

    __slots__ = ("_before", "_call", "_created", "_include_usage", "_model", "_refused", "_tools")

    def __init__(self, ask: Ask, head: Head) -> None:
        self._call, self._model, self._created = f"chatcmpl-{head.call}", head.model, head.created
        self._include_usage = isinstance(ask.options, Wanted) and ask.options.include_usage
        self._tools = -1
        self._refused = False
        self._before = b""

    def _frame(self, kind: str) -> dict[str, Any]:
        return {"id": self._call, "object": kind, "created": self._created, "model": self._model}

    def whole(self, pieces: Sequence[Piece], finish: Finish, account: Account) -> bytes:
        said = refused = thoughts = ""
        calls: list[dict[str, Any]] = []
        for part in gathered(pieces):
            if isinstance(part, ToolUse):
                calls.append(_written(part))
            elif isinstance(part, Reasoning):
                thoughts += part.text
            elif part.refusal:
                refused += part.text
            else:
                said += part.text
        message = _Message(
            "assistant",
            (said or None) if refused or calls else said,
            refused or None,
            thoughts or UNSET,
            calls or UNSET,
        )
        choice = _Choice(0, message, None, _finish_reason(finish, refused=bool(refused)))
        answer = _Answer(
            self._call,
            "chat.completion",
            self._created,
            self._model,
            (choice,),
            _usage(finish.usage),
            account.fields,
        )
        return _ENCODER.encode(answer)

    def opening(self) -> bytes:
        # The start of every chunk is the same; writing it once saves most of a chunk's cost.
        frame = _ENCODER.encode(self._frame("chat.completion.chunk"))
        self._before = b"data: " + frame[:-1] + b',"choices":[{"index":0,"delta":'
        return self._chunk({"role": "assistant", "content": None})

    def pieces(self, pieces: Sequence[Piece]) -> bytes:
        return b"".join([self._piece(piece) for piece in pieces])

    def _piece(self, piece: Piece) -> bytes:
        if isinstance(piece, Delta):
            if not piece.text:
                return b""
            self._refused = self._refused or piece.refusal
            return self._chunk({"refusal" if piece.refusal else "content": piece.text})
        if isinstance(piece, ToolDelta):
            call = {"index": self._tools, "function": {"arguments": piece.arguments}}
            return self._chunk({"tool_calls": [call]})
        if isinstance(piece, ToolStart):
            self._tools += 1
            function = {"name": piece.name, "arguments": ""}
            start = {"index": self._tools, "id": piece.id, "type": "function", "function": function}
            return self._chunk({"tool_calls": [start]})
        if isinstance(piece, Thought) and piece.text:
            return self._chunk({"reasoning_content": piece.text})
        return b""

    def _chunk(self, delta: dict[str, Any]) -> bytes:
        return self._before + _ENCODER.encode(delta) + b',"logprobs":null,"finish_reason":null}]}\n\n'

    def closing(self, finish: Finish, account: Account) -> bytes:
        """Write the last events; what the call cost stands in the one with the finish reason."""
        reason = _finish_reason(finish, refused=self._refused)
        frame = self._frame("chat.completion.chunk")
        choice = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": reason}
        last = [{**frame, "choices": [choice], "remit": account.fields}]
        if self._include_usage:
            last.append({**frame, "choices": [], "usage": _usage(finish.usage)})
        return events(*[_ENCODER.encode(each) for each in last], b"[DONE]")

    def failing(self, fault: Failure) -> bytes:
        """Write an error in the middle of a stream; clients of the format raise it."""
        return events(error(fault))


def _written(call: ToolUse) -> dict[str, Any]:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    }
