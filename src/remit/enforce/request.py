"""The canonical request and the events that answer it, whatever the wire format and the provider.

Every wire format is read into these values and every provider is asked from them, so that a rule, a price
or a guardrail is written once. What a format says and these values cannot hold is refused by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from remit.declare import declared
from remit.kernel.usage import Usage

Role = Literal["system", "user", "assistant"]

CacheTtl = Literal["5m", "1h"]
"""How long the provider is asked to keep what stands before and including a part."""

StopReason = Literal[
    "stop", "length", "stop_sequence", "tool_use", "content_filter", "refusal", "context_full", "pause"
]
"""Why an answer ended: by itself, at its limit, at a stop text, for a tool, filtered, refused, because the
model's context was full, or to be gone on with when it is sent back."""

MESSAGE_TOKENS = 16
REQUEST_TOKENS = 64
UNBOUNDED_TOKENS = 1_000_000_000
"""What a document at an address may become; a model's context bounds it."""


class _Part(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind"):
    pass


class Text(_Part, frozen=True, tag="text"):
    """Words; with `refusal`, those in which a model said that it would not answer."""

    text: str
    cache: CacheTtl | None = None
    refusal: bool = False


class Media(_Part, frozen=True, tag="media"):
    """An image or a document: `data` in base64, or a `url` that the provider fetches; one of the two."""

    what: Literal["image", "document"]
    media_type: str = ""
    data: str = ""
    url: str = ""
    name: str = ""
    detail: Literal["", "auto", "low", "high", "original"] = ""
    cache: CacheTtl | None = None


class Reasoning(_Part, frozen=True, tag="reasoning"):
    """What a model thought before it answered. `signature` and `sealed` go back to it as they came.

    `sealed` is reasoning that the provider does not show; then there is no text.
    """

    text: str = ""
    signature: str = ""
    sealed: str = ""
    id: str = ""


class ToolUse(_Part, frozen=True, tag="tool_use"):
    """That the model asks for a tool. `arguments` is the text of a JSON object, as the model wrote it."""

    id: str
    name: str
    arguments: str
    cache: CacheTtl | None = None

    @property
    def input(self) -> msgspec.Raw:
        """The arguments as a JSON object; a text that is none, such as one cut off, stands whole in one."""
        try:
            if isinstance(msgspec.json.decode(self.arguments or "{}"), dict):
                return msgspec.Raw((self.arguments or "{}").encode())
        except (msgspec.DecodeError, RecursionError):
            pass
        return msgspec.Raw(msgspec.json.encode({"INVALID_JSON": self.arguments}))


class ToolResult(_Part, frozen=True, tag="tool_result"):
    """What a tool gave back; it is untrusted text, whoever sends it."""

    id: str
    parts: tuple[Text | Media, ...]
    failed: bool = False
    cache: CacheTtl | None = None


Part = Text | Media | Reasoning | ToolUse | ToolResult


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One turn. System messages hold text alone, tool results stand in the user's."""

    role: Role
    parts: tuple[Part, ...]
    name: str = ""

    @classmethod
    def of(cls, role: Role, text: str) -> Message:
        return cls(role, (Text(text),))

    @property
    def text(self) -> str:
        """The words of a turn, without what stands around them."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


class Tool(msgspec.Struct, frozen=True, omit_defaults=True):
    """A function that the model may ask for. `parameters` is a JSON Schema, as text."""

    name: str
    description: str = ""
    parameters: bytes = b"{}"
    strict: bool | None = None
    cache: CacheTtl | None = None


class ToolChoice(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether a tool must be asked for; `name` with `tool`."""

    mode: Literal["auto", "none", "required", "tool"]
    name: str = ""


class OutputFormat(msgspec.Struct, frozen=True, omit_defaults=True):
    """That the answer is JSON, by a schema if there is one (as text)."""

    schema: bytes = b""
    name: str = ""
    description: str = ""
    strict: bool | None = None


Effort = declared.Effort


class Think(msgspec.Struct, frozen=True, omit_defaults=True):
    """How much the model shall think: in words, in tokens, or as it likes (both unset).

    With `tokens_max` 0 it shall not think, whatever effort its answer takes. With `by_default`, whether it
    thinks at all is left as the model has it.
    """

    effort: Effort | None = None
    tokens_max: int | None = None
    summary: Literal["auto", "concise", "detailed", "omitted"] | None = None
    by_default: bool = False


class ModelRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is asked of a model that writes. `model` is the block's address, such as `model/smollm2`.

    `output_tokens_max` is None until the remit has set it; a provider always receives a number. `end_user`
    is the caller's own opaque reference to who asked; it is never kept as it is. `tags` are for the provider's
    own logs of calls, where it keeps any; they change nothing about the answer.
    """

    model: str
    messages: tuple[Message, ...]
    output_tokens_max: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tools: bool | None = None
    output_format: OutputFormat | None = None
    think: Think | None = None
    verbosity: Literal["low", "medium", "high"] | None = None
    service_tier: str | None = None
    cache_key: str | None = None
    end_user: str | None = None
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def images(self) -> int:
        """How many images are shown; what one counts is the model's own, so it is not in the bound."""
        return sum(_images(part) for message in self.messages for part in message.parts)

    @property
    def input_tokens_bound(self) -> int:
        """The most tokens this input can become, images apart: no tokenizer makes more than one of a byte.

        Chat templates add role marks for each message and some models a default system message; 16 tokens a
        message and 64 a request are more than any template that we serve adds (a test counts them).
        """
        total = REQUEST_TOKENS
        for message in self.messages:
            total += MESSAGE_TOKENS + len(message.name)
            for part in message.parts:
                total += _bound(part)
        for tool in self.tools:
            total += MESSAGE_TOKENS + _bytes(tool.name) + _bytes(tool.description) + len(tool.parameters)
        if self.output_format is not None:
            total += MESSAGE_TOKENS + len(self.output_format.schema) + _bytes(self.output_format.description)
        return total

    @property
    def input_tokens_estimate(self) -> int:
        """What the input probably is, for calls that end before their provider says what it was."""
        return min(self.input_tokens_bound, 4 + -(-self._weight // 3))

    @property
    def _weight(self) -> int:
        texts = sum(12 + _bound(part) for message in self.messages for part in message.parts)
        return texts + sum(len(tool.parameters) + _bytes(tool.description) for tool in self.tools)


class EmbedRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Texts whose meaning is asked for as numbers. Nothing is written, so there is no output to bound."""

    model: str
    inputs: tuple[str, ...]
    dimensions: int | None = None
    end_user: str | None = None

    @property
    def output_tokens_max(self) -> int:
        return 0

    @property
    def images(self) -> int:
        return 0

    @property
    def input_tokens_bound(self) -> int:
        return sum(MESSAGE_TOKENS + _bytes(text) for text in self.inputs)

    @property
    def input_tokens_estimate(self) -> int:
        return sum(estimated_tokens(text) for text in self.inputs)


Request = ModelRequest | EmbedRequest


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a provider is asked: `options` are the model block's own settings for its provider, as declared.

    With `whole`, nobody reads the answer before its end, so the provider may be asked for it in one piece.
    Times are in seconds. Who asks is for providers that split their own bill.
    """

    options: Mapping[str, str] = {}
    whole: bool = False
    first_byte_s: float | None = None
    total_s: float = 600.0
    use_case: str = ""
    unit: str = ""


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _bound(part: Part) -> int:
    """Bound the tokens of a part from above."""
    if isinstance(part, Text):
        return _bytes(part.text)
    if isinstance(part, ToolResult):
        return MESSAGE_TOKENS + len(part.id) + sum(_bound(each) for each in part.parts)
    if isinstance(part, ToolUse):
        return MESSAGE_TOKENS + len(part.id) + _bytes(part.name) + _bytes(part.arguments)
    if isinstance(part, Reasoning):
        return _bytes(part.text) + len(part.signature) + len(part.sealed)
    if part.what == "image":
        return MESSAGE_TOKENS
    return UNBOUNDED_TOKENS if part.url else MESSAGE_TOKENS + len(part.name) + len(part.data)


def _images(part: Part) -> int:
    if isinstance(part, ToolResult):
        return sum(_images(each) for each in part.parts)
    return int(isinstance(part, Media) and part.what == "image")


class Delta(msgspec.Struct, frozen=True, tag="delta"):
    """A piece of the answer. `tokens` is how many output tokens it stands for, exact or estimated.

    With `refusal`, the provider marked the words as the model's refusal to answer.
    """

    text: str
    tokens: int = 1
    refusal: bool = False


class Thought(msgspec.Struct, frozen=True, tag="thought"):
    """A piece of reasoning. `signature` and `sealed` come whole, after the text that they belong to."""

    text: str = ""
    tokens: int = 0
    signature: str = ""
    sealed: str = ""
    id: str = ""


class ToolStart(msgspec.Struct, frozen=True, tag="tool_start"):
    """That the model begins to ask for a tool; the arguments follow until another event than `ToolDelta`."""

    id: str
    name: str
    tokens: int = 0


class ToolDelta(msgspec.Struct, frozen=True, tag="tool_delta"):
    """A piece of the arguments of the tool that was begun last."""

    arguments: str
    tokens: int = 1


class Vectors(msgspec.Struct, frozen=True, tag="vectors"):
    """What embedded texts mean, in the order of the inputs.

    A vector is any sequence of numbers; an `array("f")` holds them in a sixth of the room of a tuple.
    """

    vectors: tuple[Sequence[float], ...]
    tokens: int = 0


class Finish(msgspec.Struct, frozen=True, tag="finish"):
    """The last event of every answer that was not cut off."""

    stop_reason: StopReason
    usage: Usage
    served_model: str
    stop_sequence: str = ""


Piece = Delta | Thought | ToolStart | ToolDelta | Vectors
ModelEvent = Piece | Finish


def estimated_tokens(text: str) -> int:
    """Estimate from above how many tokens a text is, where nobody counted them.

    Three bytes a token: tokenizers average four on English, and bytes rise with the scripts that take more
    tokens a character. It is an estimate; what holds always is one token a byte, see `input_tokens_bound`.

    >>> estimated_tokens("a claim"), estimated_tokens("保険"), estimated_tokens("")
    (3, 2, 1)
    """
    return max(1, -(-_bytes(text) // 3))


class Answer(msgspec.Struct, frozen=True):
    """A whole answer: what the events of one call add up to."""

    parts: tuple[Text | Reasoning | ToolUse, ...]
    finish: Finish


def gathered(pieces: Iterable[Piece]) -> tuple[Text | Reasoning | ToolUse, ...]:
    """Add up the pieces of one answer to its parts, in the order in which they came.

    >>> said, use = gathered([Delta("a "), Delta("b"), ToolStart("1", "look_up"), ToolDelta("{}")])
    >>> said.text, use.name, use.arguments
    ('a b', 'look_up', '{}')
    """
    runs: list[list[Piece]] = []
    for piece in pieces:
        if runs and _continues(runs[-1], piece):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return tuple(part for part in map(_part_of, runs) if part is not None)


def _continues(run: list[Piece], piece: Piece) -> bool:
    """Say whether a piece goes on with the part that a run of pieces began."""
    first, last = run[0], run[-1]
    if isinstance(piece, Delta):
        return isinstance(first, Delta) and (first.refusal == piece.refusal or not piece.text)
    if isinstance(piece, Thought):
        return isinstance(last, Thought) and not (last.signature or last.sealed)
    return isinstance(piece, ToolDelta) and isinstance(first, ToolStart)


def _part_of(run: list[Piece]) -> Text | Reasoning | ToolUse | None:
    first = run[0]
    if isinstance(first, Delta):
        text = "".join([piece.text for piece in run if isinstance(piece, Delta)])
        return Text(text, refusal=first.refusal) if text else None
    if isinstance(first, ToolStart):
        arguments = "".join([piece.arguments for piece in run if isinstance(piece, ToolDelta)])
        return ToolUse(first.id, first.name, arguments)
    thoughts = [piece for piece in run if isinstance(piece, Thought)]
    return _thought(thoughts) if thoughts else None


def _thought(pieces: list[Thought]) -> Reasoning:
    return Reasoning(
        text="".join(piece.text for piece in pieces),
        signature="".join(piece.signature for piece in pieces),
        sealed="".join(piece.sealed for piece in pieces),
        id=next((piece.id for piece in pieces if piece.id), ""),
    )
