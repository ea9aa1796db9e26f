"""Answers in the Bedrock Converse format: from a body or the messages of a stream to canonical events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from remit.adapters.aws_event_stream import EventMessage
from remit.adapters.remote import OutputEstimate, broken, refusal, tier_of, words_of
from remit.adapters.wire_openai_answer import Count
from remit.enforce.answer import Delta, Finish, ModelEvent, StopReason, Thought, ToolDelta, ToolStart
from remit.enforce.request import ModelRequest
from remit.kernel.errors import ProviderError
from remit.kernel.usage import Usage

_STOP: dict[str, StopReason] = {
    "end_turn": "stop",
    "tool_use": "tool_use",
    "max_tokens": "length",
    "stop_sequence": "stop_sequence",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "model_context_window_exceeded": "context_full",
}

_STATUS_IN_STREAM = {"throttlingException": 429, "validationException": 400, "modelTimeoutException": 408}
_NO_TIME = frozenset({"ModelTimeoutException", "modelTimeoutException"})
_QUOTA = frozenset({"ServiceQuotaExceededException"})


class _Shape(msgspec.Struct, frozen=True, rename="camel"):
    pass


class _Detail(_Shape, frozen=True):
    ttl: str
    input_tokens: Count


class _Tokens(_Shape, frozen=True):
    input_tokens: Count
    output_tokens: Count
    total_tokens: Count = 0
    cache_read_input_tokens: Count | None = None
    cache_write_input_tokens: Count | None = None
    cache_details: tuple[_Detail, ...] | None = None


class _Use(_Shape, frozen=True):
    tool_use_id: str
    name: str
    input: msgspec.Raw = msgspec.Raw(b"{}")


class _ReasoningText(_Shape, frozen=True):
    text: str
    signature: str | None = None


class _Reasoning(_Shape, frozen=True):
    reasoning_text: _ReasoningText | None = None
    redacted_content: str | None = None


class _Block(_Shape, frozen=True):
    text: str | None = None
    tool_use: _Use | None = None
    reasoning_content: _Reasoning | None = None


class _Message(_Shape, frozen=True):
    content: tuple[_Block, ...] = ()


class _Output(_Shape, frozen=True):
    message: _Message = _Message()


class _More(_Shape, frozen=True, rename=None):
    stop_sequence: Any = None


class _Stop(_Shape, frozen=True):
    stop_reason: str
    additional_model_response_fields: _More | None = None


class _Tier(_Shape, frozen=True):
    type: Any = None


class _Whole(_Stop, frozen=True):
    output: _Output = _Output()
    usage: _Tokens | None = None
    service_tier: _Tier | None = None


class _ToolPiece(_Shape, frozen=True):
    input: str = ""


class _ReasoningPiece(_Shape, frozen=True):
    text: str | None = None
    signature: str | None = None
    redacted_content: str | None = None


class _Piece(_Shape, frozen=True):
    text: str | None = None
    tool_use: _ToolPiece | None = None
    reasoning_content: _ReasoningPiece | None = None


class _Delta(_Shape, frozen=True):
    delta: _Piece
    content_block_index: int = 0


class _StartOf(_Shape, frozen=True):
    tool_use: _Use | None = None


class _Start(_Shape, frozen=True):
    start: _StartOf
    content_block_index: int = 0


class _End(_Shape, frozen=True):
    content_block_index: int = 0


class _Metadata(_Shape, frozen=True):
    usage: _Tokens | None = None
    service_tier: _Tier | None = None


_T = TypeVar("_T")


def _read(body: bytes, shape: type[_T]) -> _T:
    try:
        found: _T = _DECODERS[shape].decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise broken("sent an answer that cannot be read") from None
    return found


_DECODERS: dict[type[Any], Any] = {
    shape: msgspec.json.Decoder(shape) for shape in (_Whole, _Delta, _Start, _End, _Stop, _Metadata)
}


class BedrockAnswer:
    """What one answer adds up to."""

    def __init__(self, request: ModelRequest, *, served_model: str) -> None:
        assert request.output_tokens_max is not None, "the remit sets the output limit before a provider"
        self._request = request
        self._served_model = served_model
        self._tier: _Tier | None = None
        self._estimate = OutputEstimate(request.output_tokens_max)
        self._stop: _Stop | None = None
        self._tokens: _Tokens | None = None
        self._tool: int | None = None
        self._arguments = False
        self.done = False

    def add(self, message: EventMessage) -> list[ModelEvent]:
        """Read one message of a stream."""
        if message.headers.get(":message-type") != "event":
            raise _of_exception(message)
        kind = message.headers.get(":event-type", "")
        if kind == "contentBlockDelta":
            return self._delta(_read(message.payload, _Delta))
        if kind == "contentBlockStart":
            return self._start(_read(message.payload, _Start))
        if kind == "contentBlockStop":
            return self._end(_read(message.payload, _End))
        if kind == "messageStop":
            self._stop = _read(message.payload, _Stop)
        elif kind == "metadata":
            metadata = _read(message.payload, _Metadata)
            self._tokens, self._tier = metadata.usage, metadata.service_tier
            self.done = self._stop is not None
        return []

    def _start(self, event: _Start) -> list[ModelEvent]:
        use = event.start.tool_use
        if use is None:
            return []
        self._tool, self._arguments = event.content_block_index, False
        return [self._began(use)]

    def _began(self, use: _Use) -> ToolStart:
        return ToolStart(use.tool_use_id[:256], use.name[:256], tokens=self._estimate.add(use.name))

    def _delta(self, event: _Delta) -> list[ModelEvent]:
        delta = event.delta
        if delta.text:
            return [Delta(delta.text, tokens=self._estimate.add(delta.text))]
        if delta.tool_use is not None and delta.tool_use.input:
            if event.content_block_index != self._tool:
                raise broken("mixed the pieces of two tool calls")
            self._arguments = True
            return [ToolDelta(delta.tool_use.input, tokens=self._estimate.add(delta.tool_use.input))]
        if delta.reasoning_content is not None:
            piece = delta.reasoning_content
            return self._thought(piece.text, piece.signature, piece.redacted_content)
        return []

    def _thought(self, text: str | None, signature: str | None, sealed: str | None) -> list[ModelEvent]:
        if not (text or signature or sealed):
            return []
        tokens = self._estimate.add(text or sealed or "") if text or sealed else 0
        return [Thought(text or "", tokens=tokens, signature=signature or "", sealed=sealed or "")]

    def _end(self, event: _End) -> list[ModelEvent]:
        """End a block; a tool that takes nothing may be streamed without its empty arguments."""
        empty = event.content_block_index == self._tool and not self._arguments
        self._tool = None if event.content_block_index == self._tool else self._tool
        return [ToolDelta("{}", tokens=self._estimate.add("{}"))] if empty else []

    def take(self, body: bytes) -> list[ModelEvent]:
        """Read an answer that came whole, and finish."""
        whole = _read(body, _Whole)
        events: list[ModelEvent] = []
        for block in whole.output.message.content:
            if block.text:
                events.append(Delta(block.text, tokens=self._estimate.add(block.text)))
            elif block.tool_use is not None:
                text = bytes(block.tool_use.input).decode()
                events += [self._began(block.tool_use), ToolDelta(text, tokens=self._estimate.add(text))]
            elif block.reasoning_content is not None:
                said = block.reasoning_content.reasoning_text or _ReasoningText("")
                events += self._thought(said.text, said.signature, block.reasoning_content.redacted_content)
        self._stop, self._tokens, self.done = whole, whole.usage, True
        self._tier = whole.service_tier
        return [*events, self.finish()]

    def finish(self) -> Finish:
        if self._stop is None or not self.done:
            raise broken("ended the answer before its last event")
        more = self._stop.additional_model_response_fields
        stop = more.stop_sequence if more is not None else None
        return Finish(
            _STOP.get(self._stop.stop_reason, "stop"),
            usage=self._usage(),
            served_model=self._served_model[:200],
            stop_sequence=stop[:200] if isinstance(stop, str) else "",
            estimated=self._tokens is None,
            tier=tier_of(self._tier.type) if self._tier else "",
        )

    def _usage(self) -> Usage:
        """Read the count. Cached tokens stand beside the input here; what the total holds beyond is input."""
        tokens = self._tokens
        if tokens is None:
            return Usage(
                input_tokens=self._request.input_tokens_estimate, output_tokens=self._estimate.tokens
            )
        read, written = tokens.cache_read_input_tokens or 0, tokens.cache_write_input_tokens or 0
        long = sum(detail.input_tokens for detail in tokens.cache_details or () if detail.ttl == "1h")
        long = min(long, written)
        rest = tokens.total_tokens - tokens.output_tokens - read - written
        return Usage(
            input_tokens=max(tokens.input_tokens, rest),
            output_tokens=tokens.output_tokens,
            cache_read_tokens=read,
            cache_write_tokens=written - long,
            cache_write_1h_tokens=long,
        )


class _Counted(_Shape, frozen=True):
    input_tokens: Count


_COUNTED = msgspec.json.Decoder(_Counted)


def count_in(body: bytes) -> int:
    """Read how many tokens an input is."""
    try:
        return _COUNTED.decode(body).input_tokens
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise broken("sent a count that cannot be read") from None


def _of_exception(message: EventMessage) -> ProviderError:
    name = message.headers.get(":exception-type") or message.headers.get(":error-code", "")
    return refusal_of(_STATUS_IN_STREAM.get(name, 500), {}, message.payload, name=name)


def refusal_of(status: int, headers: Mapping[str, str], body: bytes, *, name: str = "") -> ProviderError:
    """Say what an error of AWS means. Its message is looked at, and never passed on."""
    try:
        fields = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        fields = None
    said = fields if isinstance(fields, dict) else {}
    kind = name or headers.get("x-amzn-errortype", "").partition(":")[0] or str(said.get("__type", ""))
    words = words_of({"type": kind.rpartition("#")[2]})
    if _NO_TIME.intersection(words):
        return broken("did not answer in time", code="provider-timeout")
    if status == 424:
        return broken(f"answered with status {status}{f' (`{words[0]}`)' if words else ''}")
    if _QUOTA.intersection(words):
        return refusal(429, headers, words)
    if status == 400 and "too long" in str(said.get("message", said.get("Message", "")))[:500].lower():
        # The format has no word for it, so it is known by AWS's own sentence alone.
        return refusal(413, headers, words)
    return refusal(status, headers, words)
