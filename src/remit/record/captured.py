"""Captured: what is kept of one call's prompt and answer, masked where that is asked, and how it is cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from remit.enforce.answer import Piece, Vectors, gathered
from remit.enforce.capture import Mode
from remit.enforce.guardrail.finding import Found
from remit.enforce.guardrail.look import shown
from remit.enforce.guardrail.spans import arguments_of, document_text, with_strings, written
from remit.enforce.request import (
    EmbedRequest,
    Media,
    Message,
    Part,
    Reasoning,
    Request,
    Text,
    ToolResult,
    ToolUse,
)

CAPTURE_BYTES_MAX = 1 << 20
"""The most text that is kept of one call; of more, the answer and the latest messages are kept."""

MEDIA_BYTES_MAX = 256 << 10
"""The most that one image or document may be, in base64, to be kept with the text."""

MARGIN = 512
"""What is taken off the end of a masked text that was cut: something longer may have begun there."""

SEALED_REASONING = "reasoning that its provider sealed"
"""What is said to be left out of a call whose model's reasoning only its provider can read."""

_LEFT_OUT_MAX = 50

Mask = Callable[[str], str]


class Captured(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept of one call. With `cut` it is not all; `left_out` says what else is missing, and why.

    `messages` are what the model was asked, or `inputs` the texts that were embedded; `tools` are the names
    of those that it was offered. `answer` is what its guardrails let pass.
    """

    call: str
    use_case: str
    at: datetime
    mode: Mode
    messages: tuple[Message, ...] = ()
    inputs: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    answer: tuple[Text | Reasoning | ToolUse, ...] = ()
    cut: bool = False
    left_out: tuple[str, ...] = ()
    v: int = 1


_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[Captured] = msgspec.msgpack.Decoder(Captured)


def encode(captured: Captured) -> bytes:
    return _ENCODER.encode(captured)


def decode(body: bytes) -> Captured:
    return _DECODER.decode(body)


def in_words(captured: Captured) -> dict[str, Any]:
    """Turn a capture into what JSON has."""
    found: dict[str, Any] = msgspec.to_builtins(captured)
    return found


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked and given in one call, as it is; `inputs` are texts to embed."""

    call: str
    use_case: str
    at: datetime
    messages: tuple[Message, ...]
    inputs: tuple[str, ...]
    tools: tuple[str, ...]
    pieces: list[Piece]
    cut: bool = False


def spoken(
    request: Request, pieces: Iterable[Piece], *, call: str, use_case: str, at: datetime, cut: bool = False
) -> Spoken:
    """Put together what was asked and given; of vectors there is only that there were some."""
    return Spoken(
        call=call,
        use_case=use_case,
        at=at,
        messages=() if isinstance(request, EmbedRequest) else request.messages,
        inputs=request.inputs if isinstance(request, EmbedRequest) else (),
        tools=() if isinstance(request, EmbedRequest) else tuple(tool.name for tool in request.tools),
        pieces=[Vectors(())] if isinstance(request, EmbedRequest) else list(pieces),
        cut=cut,
    )


def captured(said: Spoken, *, mode: Mode, mask: Mask | None, bytes_max: int = CAPTURE_BYTES_MAX) -> Captured:
    """Give what is kept of a call, in at most so many bytes of text.

    INVARIANT: with mode `masked`, every text goes through `mask` before anything is cut off at its end, and
    what cannot be read is left out.
    """
    assert (mask is not None) == (mode == "masked"), "masked texts are masked"
    room = _Room(bytes_max, mask)
    pieces = [each for each in said.pieces if not isinstance(each, Vectors)]
    if len(pieces) < len(said.pieces):
        room.leave_out("the vectors of the answer")
    answer = tuple(room.spoken(part) for part in gathered(pieces))
    inputs = [room.text(each) for each in reversed(said.inputs) if room.has_more()]
    messages = [room.message(each) for each in reversed(said.messages) if room.has_more()]
    return Captured(
        call=said.call,
        use_case=said.use_case,
        at=said.at,
        mode=mode,
        messages=tuple(reversed(messages)),
        inputs=tuple(reversed(inputs)),
        tools=tuple(room.name(name) for name in said.tools),
        answer=answer,
        cut=said.cut or room.cut,
        left_out=tuple(room.left_out),
    )


class _Room:
    """How much may still be kept of one call, and what was not."""

    def __init__(self, bytes_max: int, mask: Mask | None) -> None:
        self._left = bytes_max
        self._mask = mask
        self.cut = False
        self.left_out: list[str] = []

    def leave_out(self, what: str) -> None:
        if len(self.left_out) < _LEFT_OUT_MAX and what not in self.left_out:
            self.left_out.append(what)

    def has_more(self) -> bool:
        if self._left <= 0:
            self.cut = True
        return self._left > 0

    def text(self, text: str) -> str:
        whole = _bytes(text) <= self._left
        if self._mask is not None:
            # No more is read than may be kept, and of what was cut for that, the end is not kept.
            text = self._mask(text if whole else _first(text, self._left + MARGIN))
            text = text if whole else text[:-MARGIN]
        size = _bytes(text)
        if not whole or size > self._left:
            self.cut = True
            text = _first(text, self._left)
            size = self._left
        self._left -= size
        return text

    def name(self, text: str) -> str:
        """Take what is short by its nature, such as an id; it is masked, as anybody may write into it."""
        return self.text(text) if text else ""

    def message(self, message: Message) -> Message:
        parts = tuple(self._part(part) for part in message.parts)
        return Message(message.role, parts, self.name(message.name))

    def spoken(self, part: Text | Reasoning | ToolUse) -> Text | Reasoning | ToolUse:
        if isinstance(part, Text):
            return Text(self.text(part.text), refusal=part.refusal, label=part.label)
        if isinstance(part, ToolUse):
            return ToolUse(self.name(part.id), self.name(part.name), self._arguments(part.arguments))
        if part.sealed:
            self.leave_out(SEALED_REASONING)
        return Reasoning(self.text(part.text))

    def _part(self, part: Part) -> Part:
        if isinstance(part, ToolResult):
            parts = tuple(self._shown(each) for each in part.parts)
            return ToolResult(self.name(part.id), parts, part.failed)
        return self._shown(part) if isinstance(part, Media) else self.spoken(part)

    def _shown(self, part: Text | Media) -> Text | Media:
        if isinstance(part, Text):
            return Text(self.text(part.text), refusal=part.refusal, label=part.label)
        said = None if self._mask is None else document_text(part)
        if said is not None:
            self.leave_out("the form of a document; its text is kept")
            return Text(self.text(said))
        if self._mask is not None:
            return self._without(part, "cannot be masked")
        if len(part.data) > MEDIA_BYTES_MAX:
            return self._without(part, "is too large")
        if len(part.data) > self._left:
            self.cut = True
            return self._without(part, "there was no room for")
        self._left -= len(part.data)
        return Media(part.what, part.media_type, part.data, self.text(part.url), self.text(part.name))

    def _without(self, part: Media, why: str) -> Media:
        size = f", {len(part.data):,} bytes of base64" if part.data else ""
        self.leave_out(f"a part of kind {part.what}{size}, which {why}")
        return Media(part.what, data="")

    def _arguments(self, arguments: str) -> str:
        if self._mask is None or len(arguments) > self._left:
            return self.text(arguments)
        # Text by text, as guardrails read them, and then what only shows in the whole.
        return self.text(written(with_strings(arguments_of(arguments), self._mask)))


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _first(text: str, bytes_max: int) -> str:
    """Give as much of a text's beginning as has so many bytes.

    >>> _first("naïve", 3)
    'na'
    """
    head = text[:bytes_max]
    return head if head.isascii() else head.encode("utf-8", "replace")[:bytes_max].decode("utf-8", "ignore")


def masking(find: Callable[[str], Iterable[Found]], told: Mapping[str, str]) -> Mask:
    """Make what masks texts: what is found in them, and the words that somebody else's guardrail found.

    >>> masking(lambda text: [Found("EMAIL", 3, 7)], {"Ada": "NAME"})("at a@b.c, Ada")
    'at {EMAIL}, {NAME}'
    """
    words = sorted(told.items(), key=lambda each: len(each[0]), reverse=True)

    def mask(text: str) -> str:
        out: list[str] = []
        at = 0
        for each in find(text):
            out += (text[at : each.start], f"{{{shown(each.type)}}}")
            at = each.end
        found = "".join((*out, text[at:])) if out else text
        for said, type in words:
            found = found.replace(said, f"{{{type}}}")
        return found

    return mask
