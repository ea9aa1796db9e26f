"""Prefix: digests of how what is asked begins, so that one can tell later what a prompt cache would serve.

A provider's cache serves the beginning that a prompt has in common with an earlier one. No text is needed to
see how long that is: two prompts whose digest of the first so many bytes is the same begin with these bytes.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any

import msgspec

from remit.enforce.request import Media, ModelRequest, Part, Reasoning, Text, ToolResult, ToolUse

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
    """The digests of a prompt's beginnings, the shortest first, in base64url; and how long the prompt is."""

    digests: str = ""
    prompt_bytes: int = 0


_NONE = Prefix()


def prefix_of(request: ModelRequest, begun: blake2b) -> Prefix:
    """Digest the beginnings of what is asked, whole blocks of it, going on from a keyed hash."""
    said = prompt_of(request)
    if len(said) < PREFIX_BYTES:
        return _NONE
    view, at, digests = memoryview(said), 0, bytearray()
    for blocks in BLOCKS:
        end = blocks * PREFIX_BYTES
        if end > len(said):
            break
        begun.update(view[at:end])
        digests += begun.digest()
        at = end
    return Prefix(urlsafe_b64encode(digests).rstrip(b"=").decode(), len(said))


def prompt_of(request: ModelRequest) -> bytes:
    """Write what is asked in the order in which providers read it: tools, then messages.

    Of an image or a document that comes along there is a digest alone: its bytes say little of its tokens.
    """
    texts: list[str] = []
    for tool in request.tools:
        texts += "\x01", tool.name, "\0", tool.description, "\0", tool.parameters.decode("utf-8", "replace")
    for message in request.messages:
        texts += "\x02", message.role, "\0", message.name, "\0"
        for part in message.parts:
            texts += _WRITTEN[type(part)](part)
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
