"""Answers of servers that speak the OpenAI chat format: from their bytes to events."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from remit.adapters.remote import OutputEstimate, broken, tier_of
from remit.adapters.wire_openai_error import broke_off
from remit.enforce.answer import Delta, Finish, ModelEvent, StopReason, Thought, ToolDelta, ToolStart
from remit.enforce.request import ModelRequest
from remit.kernel.usage import Usage

# A count outside these bounds is none: a negative one would give money back, a vast one fits no column.
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]

_STOP: dict[str, StopReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "content_filter",
}

# Ends that servers give to answers which they could not finish.
_SPOILT = frozenset({"error", "abort"})


class _Function(msgspec.Struct, frozen=True):
    name: str | None = None
    arguments: str | None = None


class _ToolCall(msgspec.Struct, frozen=True):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Said(msgspec.Struct, frozen=True):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: Any = None  # a text where it is one; some servers send an object
    refusal: str | None = None
    tool_calls: tuple[_ToolCall, ...] | None = None


class _Choice(msgspec.Struct, frozen=True):
    delta: _Said | None = None
    message: _Said | None = None
    finish_reason: str | None = None
    stop_reason: Any = None  # of vLLM: the stop text, or a token's number


class _InputDetails(msgspec.Struct, frozen=True):
    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None
    audio_tokens: Count | None = None
    image_tokens: Count | None = None


class _OutputDetails(msgspec.Struct, frozen=True):
    reasoning_tokens: Count | None = None
    audio_tokens: Count | None = None


class _Tokens(msgspec.Struct, frozen=True):
    prompt_tokens: Count
    completion_tokens: Count = 0
    prompt_tokens_details: _InputDetails | None = None
    completion_tokens_details: _OutputDetails | None = None


class _Groq(msgspec.Struct, frozen=True):
    """What Groq says beside the format: usage in the last event, and why a stream ended early."""

    usage: _Tokens | None = None
    error: Any = None


class _Chunk(msgspec.Struct, frozen=True):
    choices: tuple[_Choice, ...] | None = None
    usage: _Tokens | None = None
    model: str | None = None
    service_tier: Any = None
    error: Any = None  # its shape differs from server to server
    x_groq: _Groq | None = None


_NOTHING_BESIDE = _Groq()
_CHUNKS = msgspec.json.Decoder(_Chunk)


class OpenAIAnswer:
    """What the chunks of one answer add up to."""

    def __init__(self, request: ModelRequest, *, served_model: str) -> None:
        assert request.output_tokens_max is not None, "the remit sets the output limit before a provider"
        self._request = request
        self._served_model = served_model
        self._tier = ""
        self._estimate = OutputEstimate(request.output_tokens_max)
        self._count = self._estimate.add
        self._finished: str | None = None
        self._refused = False
        self._tokens: _Tokens | None = None
        self._stop_text = ""
        self._tool: int | None = None
        self._tool_id = ""
        self._tools = 0
        self.done = False

    def add(self, event: bytes) -> list[ModelEvent]:
        """Read one event of a stream."""
        if event.strip() == b"[DONE]":
            self.done = True
            return []
        return self._read(event, whole=False)

    def take(self, body: bytes) -> list[ModelEvent]:
        """Read an answer that came whole, and finish."""
        pieces = self._read(body, whole=True)
        self.done = True
        return [*pieces, self.finish()]

    def _read(self, data: bytes, *, whole: bool) -> list[ModelEvent]:
        try:
            chunk = _CHUNKS.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise broken("sent an answer that cannot be read") from None
        beside = chunk.x_groq or _NOTHING_BESIDE
        if chunk.error is not None or beside.error is not None:
            raise broke_off(chunk.error or beside.error)
        self._tokens = chunk.usage or beside.usage or self._tokens
        self._served_model = chunk.model or self._served_model
        self._tier = tier_of(chunk.service_tier) or self._tier
        pieces: list[ModelEvent] = []
        for choice in chunk.choices or ():
            self._end(choice)
            said = choice.message if whole else choice.delta
            if said is not None:
                self._say(said, pieces)
        return pieces

    def _end(self, choice: _Choice) -> None:
        if choice.finish_reason in _SPOILT:
            raise broken(f"ended the answer unusable (`{choice.finish_reason}`)")
        self._finished = choice.finish_reason or self._finished
        if isinstance(choice.stop_reason, str):
            self._stop_text = choice.stop_reason[:200]

    def _say(self, said: _Said, pieces: list[ModelEvent]) -> None:
        thought = said.reasoning_content or (said.reasoning if isinstance(said.reasoning, str) else "")
        if thought:
            pieces.append(Thought(thought, tokens=self._count(thought)))
        if said.content:
            pieces.append(Delta(said.content, tokens=self._count(said.content)))
        if said.refusal:
            self._refused = True
            pieces.append(Delta(said.refusal, tokens=self._count(said.refusal), refusal=True))
        for place, call in enumerate(said.tool_calls or ()):
            self._call(call, place if call.index is None else call.index, pieces)

    def _call(self, call: _ToolCall, index: int, pieces: list[ModelEvent]) -> None:
        """Read a piece of a tool's call; where a server numbers them all alike, the id tells them apart."""
        function = call.function or _Function()
        if index != self._tool or (call.id and function.name and call.id != self._tool_id):
            if not call.id or not function.name:
                raise broken("mixed the pieces of two tool calls")
            self._tool, self._tool_id = index, call.id
            self._tools += 1
            pieces.append(ToolStart(call.id[:256], function.name[:256], tokens=self._count(function.name)))
        if function.arguments:
            pieces.append(ToolDelta(function.arguments, tokens=self._count(function.arguments)))

    def finish(self) -> Finish:
        if self._finished is None or not (self.done or self._tokens):
            raise broken("ended the answer before its last event")
        reason = _STOP.get(self._finished, "stop")
        if self._refused:
            reason = "refusal"
        elif reason == "stop" and self._tools:
            reason = "tool_use"
        elif reason == "stop" and self._stop_text:
            reason = "stop_sequence"
        return Finish(
            reason,
            usage=self._usage(),
            served_model=self._served_model[:200],
            stop_sequence=self._stop_text if reason == "stop_sequence" else "",
            estimated=self._tokens is None,
            tier=self._tier,
        )

    def _usage(self) -> Usage:
        tokens = self._tokens
        if tokens is None:
            return Usage(
                input_tokens=self._request.input_tokens_estimate, output_tokens=self._estimate.tokens
            )
        return usage_of(tokens)


def usage_of(tokens: Any) -> Usage:
    """Take what a cache gave and took out of the input total, in which this format counts it as well."""
    inputs = tokens.prompt_tokens_details or _InputDetails()
    outputs = tokens.completion_tokens_details or _OutputDetails()
    cached = min(inputs.cached_tokens or 0, tokens.prompt_tokens)
    written = min(inputs.cache_write_tokens or 0, tokens.prompt_tokens - cached)
    return Usage(
        input_tokens=tokens.prompt_tokens - cached - written,
        output_tokens=tokens.completion_tokens,
        cache_read_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=min(outputs.reasoning_tokens or 0, tokens.completion_tokens),
        audio_input_tokens=min(inputs.audio_tokens or 0, tokens.prompt_tokens),
        audio_output_tokens=min(outputs.audio_tokens or 0, tokens.completion_tokens),
        image_input_tokens=min(inputs.image_tokens or 0, tokens.prompt_tokens),
    )
