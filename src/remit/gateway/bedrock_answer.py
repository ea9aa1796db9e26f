"""Answers in Bedrock's Converse format: whole, or as the events of an AWS event stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from remit.enforce.answer import Delta, Finish, Piece, StopReason, Thought, ToolDelta, ToolStart, gathered
from remit.enforce.request import Reasoning, Text, ToolUse
from remit.gateway.aws_event_stream import event_headers, exception, message
from remit.gateway.bedrock_assessment import Trace, trace
from remit.gateway.bedrock_error import error, in_stream
from remit.gateway.wire import Account, Ask, Failure, Head
from remit.kernel.usage import Usage

_ENCODE = msgspec.json.Encoder().encode

STOP_REASONS: dict[StopReason, str] = {
    "stop": "end_turn",
    "stop_sequence": "stop_sequence",
    "length": "max_tokens",
    "tool_use": "tool_use",
    "content_filter": "content_filtered",
    "guardrail": "guardrail_intervened",
    "refusal": "content_filtered",
    "context_full": "model_context_window_exceeded",
    "pause": "end_turn",
}

STOP_SEQUENCE_PATH = "/stop_sequence"

_MESSAGE_START = message(event_headers("messageStart"), b'{"role":"assistant"}')
_BLOCK_START = event_headers("contentBlockStart")
_BLOCK_DELTA = event_headers("contentBlockDelta")
_BLOCK_STOP = event_headers("contentBlockStop")
_MESSAGE_STOP = event_headers("messageStop")
_METADATA = event_headers("metadata")


def usage_fields(usage: Usage) -> dict[str, Any]:
    """Write usage as the format counts it: cached tokens stand beside the input, and the total holds all."""
    written = usage.cache_write_tokens + usage.cache_write_1h_tokens
    details = [
        {"ttl": ttl, "inputTokens": tokens}
        for ttl, tokens in (("1h", usage.cache_write_1h_tokens), ("5m", usage.cache_write_tokens))
        if tokens
    ]
    return {
        "inputTokens": usage.input_tokens,
        "outputTokens": usage.output_tokens,
        "totalTokens": usage.total,
        "cacheReadInputTokens": usage.cache_read_tokens,
        "cacheWriteInputTokens": written,
        "cacheDetails": details,
    }


def is_object(text: str | bytes) -> bool:
    """Say whether a tool's arguments are the text of a JSON object; none at all stand for an empty one."""
    try:
        return isinstance(msgspec.json.decode(text or "{}"), dict)
    except (msgspec.DecodeError, RecursionError):
        return False


class Wanted(msgspec.Struct, frozen=True):
    """What an answer is to say beyond what all of them do: fields of the model's own, and a trace."""

    paths: tuple[str, ...] = ()
    trace: Trace = "disabled"


_PLAIN = Wanted()


class ConverseWriter:
    """Writes one answer.

    What the call cost stands in `additionalModelResponseFields`, the one member of an answer whose content
    the format leaves open: SDKs give it out as it is, and drop members that they do not know.
    """

    __slots__ = ("_arguments", "_index", "_malformed", "_open", "_refused", "_sealed", "_wanted")

    def __init__(self, ask: Ask, head: Head) -> None:
        self._wanted: Wanted = ask.options or _PLAIN
        self._index = -1
        self._open = ""
        self._sealed = False
        self._arguments: list[str] = []
        self._malformed = False
        self._refused = False

    def whole(self, pieces: Sequence[Piece], finish: Finish, account: Account) -> bytes:
        parts = gathered(list(pieces))
        content = [block for part in parts for block in _blocks(part)]
        self._malformed = any(isinstance(part, ToolUse) and not is_object(part.arguments) for part in parts)
        self._refused = any(isinstance(part, Text) and part.refusal for part in parts)
        return _ENCODE(
            {
                "output": {"message": {"role": "assistant", "content": content}},
                "stopReason": self._reason(finish),
                "usage": usage_fields(finish.usage),
                "metrics": {"latencyMs": account.latency_ms},
                "additionalModelResponseFields": self._more(finish, account),
                **self._trace(account),
            }
        )

    def _trace(self, account: Account) -> dict[str, Any]:
        if self._wanted.trace == "disabled" or not account.guards:
            return {}
        full = self._wanted.trace == "enabled_full"
        return {"trace": {"guardrail": trace(account.guards, account.findings, full=full)}}

    def _reason(self, finish: Finish) -> str:
        if self._malformed and finish.stop_reason == "tool_use":
            return "malformed_tool_use"
        if self._refused and finish.stop_reason == "refusal":
            # A refusal in the model's own words is an answer like any other.
            return "end_turn"
        return STOP_REASONS[finish.stop_reason]

    def _more(self, finish: Finish, account: Account) -> dict[str, Any]:
        more: dict[str, Any] = {"remit": account.fields}
        if STOP_SEQUENCE_PATH in self._wanted.paths:
            more["stop_sequence"] = finish.stop_sequence or None
        return more

    def opening(self) -> bytes:
        return _MESSAGE_START

    def pieces(self, pieces: Sequence[Piece]) -> bytes:
        return b"".join([self._piece(piece) for piece in pieces])

    def _piece(self, piece: Piece) -> bytes:
        if isinstance(piece, Delta):
            if not piece.text:
                return b""
            self._refused = self._refused or piece.refusal
            return self._in("text") + self._delta({"text": piece.text})
        if isinstance(piece, ToolDelta):
            self._arguments.append(piece.arguments)
            return self._delta({"toolUse": {"input": piece.arguments}}) if piece.arguments else b""
        if isinstance(piece, ToolStart):
            before = self._end()
            self._begin("tool")
            start = {"toolUse": {"toolUseId": piece.id, "name": piece.name}}
            payload = _ENCODE({"start": start, "contentBlockIndex": self._index})
            return before + message(_BLOCK_START, payload)
        return self._thought(piece) if isinstance(piece, Thought) else b""

    def _thought(self, piece: Thought) -> bytes:
        """Write a piece of reasoning; what is signed ends its block, what is not shown is one of its own."""
        data = self._end() if self._sealed else b""
        for name, value in (("text", piece.text), ("signature", piece.signature)):
            if value:
                data += self._in("thought") + self._delta({"reasoningContent": {name: value}})
        if piece.sealed:
            data += self._end()
            data += self._in("thought") + self._delta({"reasoningContent": {"redactedContent": piece.sealed}})
        self._sealed = bool(piece.signature or piece.sealed)
        return data

    def _in(self, kind: str) -> bytes:
        """See that a block of a kind is open. Blocks of text and reasoning begin without an event."""
        if self._open == kind:
            return b""
        ended = self._end()
        self._begin(kind)
        return ended

    def _begin(self, kind: str) -> None:
        self._index += 1
        self._open = kind

    def _end(self) -> bytes:
        if not self._open:
            return b""
        if self._open == "tool":
            self._malformed = self._malformed or not is_object("".join(self._arguments))
            self._arguments.clear()
        self._open = ""
        self._sealed = False
        return message(_BLOCK_STOP, b'{"contentBlockIndex":%d}' % self._index)

    def _delta(self, delta: dict[str, Any]) -> bytes:
        return message(_BLOCK_DELTA, _ENCODE({"delta": delta, "contentBlockIndex": self._index}))

    def closing(self, finish: Finish, account: Account) -> bytes:
        ended = self._end()
        stop = {
            "stopReason": self._reason(finish),
            "additionalModelResponseFields": self._more(finish, account),
        }
        last = {
            "usage": usage_fields(finish.usage),
            "metrics": {"latencyMs": account.latency_ms},
            **self._trace(account),
        }
        return ended + message(_MESSAGE_STOP, _ENCODE(stop)) + message(_METADATA, _ENCODE(last))

    def failing(self, fault: Failure) -> bytes:
        return exception(in_stream(fault), error(fault))


def _blocks(part: Text | Reasoning | ToolUse) -> list[dict[str, Any]]:
    if isinstance(part, Text):
        return [{"text": part.text}]
    if isinstance(part, ToolUse):
        return [{"toolUse": {"toolUseId": part.id, "name": part.name, "input": part.input}}]
    blocks: list[dict[str, Any]] = []
    if part.text or part.signature:
        thought = {"text": part.text} | ({"signature": part.signature} if part.signature else {})
        blocks.append({"reasoningContent": {"reasoningText": thought}})
    if part.sealed:
        blocks.append({"reasoningContent": {"redactedContent": part.sealed}})
    return blocks
