"""The canonical request, whatever the wire format and the provider; `answer` has the events that answer it.

Every wire format is read into these values and every provider is asked from them, so that a rule, a price
or a guardrail is written once. What a format says and these values cannot hold is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from remit.declare import declared

Role = Literal["system", "user", "assistant"]

CacheTtl = Literal["5m", "1h"]
"""How long the provider is asked to keep what stands before and including a part."""

MESSAGE_TOKENS = 16
REQUEST_TOKENS = 64
UNBOUNDED_TOKENS = 1_000_000_000
"""What a document at an address may become; a model's context bounds it."""


Label = Literal["", "source", "query"]


class _Part(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind"):
    pass


class Text(_Part, frozen=True, tag="text"):
    """Words; with `refusal`, those in which a model said that it would not answer.

    `label` says of a person's words that they are a source which was looked up, or the question about it.
    """

    text: str
    cache: CacheTtl | None = None
    refusal: bool = False
    label: Label = ""


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


class ModelRequest(msgspec.Struct, frozen=True, omit_defaults=True, dict=True):
    """What is asked of a model that writes. `model` is the block's address, such as `model/smollm2`.

    `output_tokens_max` is None until the remit has set it; a provider always receives a number. `end_user`
    is the caller's own opaque reference to who asked; it is never kept as it is. `tags` are for the
    provider's own logs of calls, where it keeps any; they change nothing about the answer.
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
        return self._sizes[0]

    @property
    def input_tokens_estimate(self) -> int:
        """What the input probably is, for calls that end before their provider says what it was."""
        return self._sizes[1]

    @property
    def _sizes(self) -> tuple[int, int]:
        """The bound and the estimate, read off the texts once: they can be long, and both are asked often."""
        sizes: tuple[int, int] | None = self.__dict__.get("sizes")
        if sizes is None:
            sizes = self.__dict__["sizes"] = self._measured()
        return sizes

    def _measured(self) -> tuple[int, int]:
        bound, weight = REQUEST_TOKENS, 0
        for message in self.messages:
            bound += MESSAGE_TOKENS + len(message.name)
            for part in message.parts:
                most = _bound(part)
                bound += most
                weight += 12 + most
        for tool in self.tools:
            texts = _bytes(tool.description) + len(tool.parameters)
            bound += MESSAGE_TOKENS + _bytes(tool.name) + texts
            weight += texts
        if self.output_format is not None:
            bound += MESSAGE_TOKENS + len(self.output_format.schema) + _bytes(self.output_format.description)
        return bound, min(bound, 4 + -(-weight // 3))


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
        # A format without a field for a failure says it in a word.
        marks = 2 * MESSAGE_TOKENS if part.failed else MESSAGE_TOKENS
        return marks + len(part.id) + sum(_bound(each) for each in part.parts)
    if isinstance(part, ToolUse):
        return MESSAGE_TOKENS + len(part.id) + _bytes(part.name) + _bytes(part.arguments)
    if isinstance(part, Reasoning):
        return _bytes(part.text) + len(part.signature) + len(part.sealed)
    if part.what == "image":
        return MESSAGE_TOKENS
    return UNBOUNDED_TOKENS if part.url else MESSAGE_TOKENS + _bytes(part.name) + len(part.data)


def _images(part: Part) -> int:
    if isinstance(part, ToolResult):
        return sum(_images(each) for each in part.parts)
    return int(isinstance(part, Media) and part.what == "image")


def estimated_tokens(text: str) -> int:
    """Estimate from above how many tokens a text is, where nobody counted them.

    Three bytes a token: tokenizers average four on English, and bytes rise with the scripts that take more
    tokens a character. It is an estimate; what holds always is one token a byte, see `input_tokens_bound`.

    >>> estimated_tokens("a claim"), estimated_tokens("保険"), estimated_tokens("")
    (3, 2, 1)
    """
    return -(-_bytes(text) // 3) or 1
