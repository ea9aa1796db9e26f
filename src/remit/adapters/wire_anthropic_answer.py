"""Answers of servers that speak Anthropic's Messages format: from their bytes to events."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from remit.adapters.remote import OutputEstimate, broken, refusal, tier_of, words_of
from remit.enforce.answer import Delta, Finish, ModelEvent, StopReason, Thought, ToolDelta, ToolStart
from remit.enforce.request import ModelRequest
from remit.kernel.errors import ProviderError
from remit.kernel.usage import Usage

# A count outside these bounds is none: a negative one would give money back, a vast one fits no column.
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]

_STOP: dict[str, StopReason] = {
    "end_turn": "stop",
    "max_tokens": "length",
    "stop_sequence": "stop_sequence",
    "tool_use": "tool_use",
    "refusal": "refusal",
    "pause_turn": "pause",
    "model_context_window_exceeded": "context_full",
}

_STATUS_OF = {"overloaded_error": 529, "rate_limit_error": 429}
"""What an error that comes in the middle of a stream would have been as a status, where it means a wait."""


class _ByLifetime(msgspec.Struct, frozen=True):
    ephemeral_1h_input_tokens: Count | None = None


class _OutputDetails(msgspec.Struct, frozen=True):
    thinking_tokens: Count | None = None


class _Tokens(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was counted so far; figures that are not given are those that were given before."""

    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    cache_creation: _ByLifetime | None = None
    output_tokens_details: _OutputDetails | None = None
    service_tier: Any = None


class _Block(msgspec.Struct, frozen=True):
    type: str
    text: str = ""
    thinking: str = ""
    signature: str = ""
    data: str = ""
    id: str = ""
    name: str = ""
    input: msgspec.Raw = msgspec.Raw(b"{}")


class _Change(msgspec.Struct, frozen=True):
    type: str = ""
    text: str = ""
    thinking: str = ""
    signature: str = ""
    partial_json: str = ""
    stop_reason: str | None = None
    stop_sequence: str | None = None


class _Message(msgspec.Struct, frozen=True):
    model: str = ""
    content: tuple[_Block, ...] = ()
    stop_reason: str | None = None
    stop_sequence: str | None = None
    usage: _Tokens | None = None


class _Event(msgspec.Struct, frozen=True):
    type: str
    message: _Message | None = None
    content_block: _Block | None = None
    delta: _Change | None = None
    usage: _Tokens | None = None
    error: Any = None


class _Counted(msgspec.Struct, frozen=True):
    input_tokens: Count


_EVENTS = msgspec.json.Decoder(_Event)
_MESSAGES = msgspec.json.Decoder(_Message)
_COUNTS = msgspec.json.Decoder(_Counted)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)


class AnthropicAnswer:
    """What the events of one answer add up to."""

    def __init__(self, request: ModelRequest, *, served_model: str) -> None:
        assert request.output_tokens_max is not None, "the remit sets the output limit before a provider"
        self._served_model = served_model
        self._estimate = OutputEstimate(request.output_tokens_max)
        self._tokens: dict[str, Any] = {}
        self._stopped: str | None = None
        self._stop_sequence = ""
        self._tool = False
        self._tool_said = False
        self.done = False

    def add(self, event: bytes) -> list[ModelEvent]:
        """Read one event of a stream; kinds of events that are not known mean nothing to an answer."""
        try:
            read = _EVENTS.decode(event)
        except _UNREADABLE:
            raise broken("sent an answer that cannot be read") from None
        if read.error is not None:
            raise _broke_off(read.error)
        if read.message is not None:
            self._head(read.message)
        if read.usage is not None:
            self._count(read.usage)
        pieces: list[ModelEvent] = []
        if read.content_block is not None:
            self._begin(read.content_block, pieces)
        elif read.type == "content_block_stop":
            self._end(pieces)
        elif read.type == "message_stop":
            self.done = True
        elif read.delta is not None:
            self._change(read.delta, pieces)
        return pieces

    def take(self, body: bytes) -> list[ModelEvent]:
        """Read an answer that came whole, and finish."""
        try:
            message = _MESSAGES.decode(body)
        except _UNREADABLE:
            raise broken("sent an answer that cannot be read") from None
        self._head(message)
        self._stop(message.stop_reason, message.stop_sequence)
        pieces: list[ModelEvent] = []
        for block in message.content:
            self._begin(block, pieces)
            self._end(pieces)
        self.done = True
        return [*pieces, self.finish()]

    def _head(self, message: _Message) -> None:
        self._served_model = message.model or self._served_model
        if message.usage is not None:
            self._count(message.usage)

    def _count(self, tokens: _Tokens) -> None:
        given = msgspec.structs.asdict(tokens)
        self._tokens |= {name: value for name, value in given.items() if value is not None}

    def _stop(self, reason: str | None, sequence: str | None) -> None:
        self._stopped = reason or self._stopped
        self._stop_sequence = sequence or self._stop_sequence

    def _begin(self, block: _Block, pieces: list[ModelEvent]) -> None:
        self._tool = block.type == "tool_use"
        if self._tool:
            self._tool_said = False
            name = block.name[:256]
            pieces.append(ToolStart(block.id[:256], name, tokens=self._estimate.add(name)))
            self._arguments(_text(block.input), pieces)
        elif block.type == "text":
            self._say(block.text, pieces)
        elif block.type == "thinking":
            self._think(block.thinking, block.signature, pieces)
        elif block.type == "redacted_thinking":
            pieces.append(Thought(sealed=block.data, tokens=self._estimate.add(block.data)))
        else:
            raise broken("answered with a kind of content that nobody asked for")

    def _change(self, change: _Change, pieces: list[ModelEvent]) -> None:
        self._stop(change.stop_reason, change.stop_sequence)
        self._say(change.text, pieces)
        self._think(change.thinking, change.signature, pieces)
        if change.partial_json:
            if not self._tool:
                raise broken("sent the arguments of a tool that it did not name")
            self._arguments(change.partial_json, pieces)

    def _end(self, pieces: list[ModelEvent]) -> None:
        if self._tool and not self._tool_said:
            self._arguments("{}", pieces, all_of_them=True)
        self._tool = False

    def _say(self, text: str, pieces: list[ModelEvent]) -> None:
        if text:
            pieces.append(Delta(text, tokens=self._estimate.add(text)))

    def _think(self, text: str, signature: str, pieces: list[ModelEvent]) -> None:
        if text or signature:
            counted = self._estimate.add(text) if text else 0
            pieces.append(Thought(text, tokens=counted, signature=signature))

    def _arguments(self, text: str, pieces: list[ModelEvent], *, all_of_them: bool = False) -> None:
        # A stream begins every tool with an empty object, which the pieces that follow take the place of.
        if text != "{}" or all_of_them:
            self._tool_said = True
            pieces.append(ToolDelta(text, tokens=self._estimate.add(text)))

    def finish(self) -> Finish:
        if self._stopped is None or "output_tokens" not in self._tokens:
            raise broken("ended the answer before its last event")
        return Finish(
            _STOP.get(self._stopped, "stop"),
            usage=self._usage(),
            served_model=self._served_model[:200],
            stop_sequence=self._stop_sequence,
            tier=tier_of(self._tokens.get("service_tier")),
        )

    def _usage(self) -> Usage:
        """Tell kinds of tokens apart; what is written to the cache adds up to the server's own total."""
        counted = self._tokens
        by_lifetime: _ByLifetime = counted.get("cache_creation") or _ByLifetime()
        details: _OutputDetails = counted.get("output_tokens_details") or _OutputDetails()
        written = counted.get("cache_creation_input_tokens", 0)
        for_an_hour = min(by_lifetime.ephemeral_1h_input_tokens or 0, written)
        return Usage(
            input_tokens=counted.get("input_tokens", 0),
            output_tokens=counted["output_tokens"],
            cache_read_tokens=counted.get("cache_read_input_tokens", 0),
            cache_write_tokens=written - for_an_hour,
            cache_write_1h_tokens=for_an_hour,
            reasoning_tokens=min(details.thinking_tokens or 0, counted["output_tokens"]),
        )


def _text(raw: msgspec.Raw) -> str:
    try:
        return bytes(raw).decode()
    except UnicodeDecodeError:
        raise broken("sent an answer that cannot be read") from None


def _broke_off(error: object) -> ProviderError:
    words = words_of(error, fields=("type",))
    status = _STATUS_OF.get(words[0]) if words else None
    if status is not None:
        return refusal(status, {}, words)
    return broken(f"broke off with an error{f' (`{words[0]}`)' if words else ''}")


def counted(body: bytes) -> int:
    """Read how many tokens an input is."""
    try:
        return _COUNTS.decode(body).input_tokens
    except _UNREADABLE:
        raise broken("sent a count that cannot be read") from None
