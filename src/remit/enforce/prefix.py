"""Prefix: digests of how what is asked begins, so that one can tell later what a prompt cache would serve.

A provider's cache serves the beginning that a prompt has in common with an earlier one. No text is needed to
see how long that is: two prompts whose digest of the first so many bytes is the same begin with these bytes.
There is one after whole blocks, and one at each place where a cache point may stand.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import accumulate
from typing import Any

import msgspec

from remit.enforce.cache_points import system_messages
from remit.enforce.request import Media, Message, ModelRequest, Part, Reasoning, Text, ToolResult, ToolUse

PREFIX_BYTES = 2_048
"""How long a block is, some 512 tokens."""

DIGEST_BYTES = 8

_EACH_MAX = 64
_OCTAVES = 9
_IN_OCTAVE = 8


def _blocks() -> Iterable[int]:
    yield from range(1, _EACH_MAX + 1)
    for octave in range(_OCTAVES):
        first = _EACH_MAX << octave
        yield from range(first + first // _IN_OCTAVE, 2 * first + 1, first // _IN_OCTAVE)


BLOCKS = tuple(_blocks())
"""After how many blocks there is a digest: each of the first 64, then eight each time that it doubles.

So of a beginning in common, less than a block goes unseen up to 128 KiB, and less than an eighth beyond.
"""


class Prefix(msgspec.Struct, frozen=True):
    """How a prompt begins, as the origin of its call says it: its digests are in base64url.

    `prefix` has those of whole blocks, the shortest first, and `prompt_bytes` is how long the prompt is.
    `place_digests` has one for each place up to which a cache may keep the prompt: the end of its tools, that
    of the system message that it begins with, where the call before ended if this one goes on from it, and
    its own end. How long it is up to there is said beside it, 0 where it has no such place or is shorter than
    a block; then there is no digest either.
    """

    prefix: str = ""
    prompt_bytes: int = 0
    tools_bytes: int = 0
    system_bytes: int = 0
    before_bytes: int = 0
    place_digests: str = ""


_NONE = Prefix()


def prefix_of(request: ModelRequest, begun: blake2b) -> Prefix:
    """Digest the beginnings of what is asked, going on from a keyed hash."""
    sections = _sections(request)
    said = b"".join(sections)
    if len(said) < PREFIX_BYTES:
        return _NONE
    parts, ends = sections[:3], accumulate(len(each) for each in sections[:3])
    tools, system, before = (_place(*each) for each in zip(parts, ends, strict=True))
    blocks = [blocks * PREFIX_BYTES for blocks in BLOCKS if blocks * PREFIX_BYTES <= len(said)]
    places = [end for end in (tools, system, before) if end]
    places.append(len(said))
    view, at, found = memoryview(said), 0, dict[int, bytes]()
    for end in sorted({*blocks, *places}):
        begun.update(view[at:end])
        found[end] = begun.digest()
        at = end
    return Prefix(_written(found, blocks), len(said), tools, system, before, _written(found, places))


def _place(section: bytes, end: int) -> int:
    """Say where a section ends, if there is one and it is long enough for a cache."""
    return end if section and end >= PREFIX_BYTES else 0


def _written(found: Mapping[int, bytes], ends: Iterable[int]) -> str:
    return urlsafe_b64encode(b"".join(found[end] for end in ends)).rstrip(b"=").decode()


def prompt_of(request: ModelRequest) -> bytes:
    """Write what is asked in the order in which providers read it: tools, then messages.

    Of an image or a document that comes along there is a digest alone: its bytes say little of its tokens.
    """
    return b"".join(_sections(request))


def _sections(request: ModelRequest) -> tuple[bytes, ...]:
    """Write a prompt in four: its tools, its system message, what was said before the last answer, the rest.

    A call that goes on from another repeats it, its answer, and says more.
    """
    tools: list[str] = []
    for tool in request.tools:
        tools += "\x01", tool.name, "\0", tool.description, "\0", tool.parameters.decode("utf-8", "replace")
    first, messages = system_messages(request), request.messages
    last = _last_answer(messages)
    system, before, rest = messages[:first], messages[first:last], messages[max(first, last) :]
    return _bytes(tools), *(_bytes(_said(each)) for each in (system, before, rest))


def _last_answer(messages: Sequence[Message]) -> int:
    """Say with which message the last answer in a prompt begins; 0 where there is none."""
    place = len(messages)
    while place and messages[place - 1].role != "assistant":
        place -= 1
    while place and messages[place - 1].role == "assistant":
        place -= 1
    return place


def _said(messages: Iterable[Message]) -> list[str]:
    texts: list[str] = []
    for message in messages:
        texts += "\x02", message.role, "\0", message.name, "\0"
        for part in message.parts:
            texts += _WRITTEN[type(part)](part)
    return texts


def _bytes(texts: Iterable[str]) -> bytes:
    return "".join(texts).encode("utf-8", "surrogatepass")


def _media(part: Media) -> Iterable[str]:
    data = blake2b(part.data.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return "\x04", part.what, "\0", part.media_type, "\0", part.name, "\0", part.url, "\0", data


def _result(part: ToolResult) -> Iterable[str]:
    return "\x05", part.id, "\0", *(text for each in part.parts for text in _WRITTEN[type(each)](each))


_WRITTEN: dict[type[Part], Callable[[Any], Iterable[str]]] = {
    Text: lambda part: ("\x03", part.text),
    Media: _media,
    ToolResult: _result,
    ToolUse: lambda part: ("\x06", part.id, "\0", part.name, "\0", part.arguments),
    Reasoning: lambda part: ("\x07", part.text, "\0", part.signature, "\0", part.sealed),
}
