"""What OpenAI's formats have in common: sources of media, cache points, schemas."""

from __future__ import annotations

from typing import Literal

import msgspec

from remit.enforce.request import CacheTtl, Media, OutputFormat

NOTHING = msgspec.Raw(b"null")
NO_PARAMETERS = b'{"type":"object","properties":{}}'


class Breakpoint(msgspec.Struct, forbid_unknown_fields=True):
    """That what stands before shall be cached, for at least so long; 12 hours is more than providers keep."""

    mode: Literal["explicit"]
    ttl: Literal["30m"] | None = None

    @property
    def cache(self) -> CacheTtl:
        return "5m" if self.ttl is None else "1h"


class NotWritten(ValueError):
    """What is wrong with one value, as a sentence without the value."""


def cache_of(point: Breakpoint | None) -> CacheTtl | None:
    return None if point is None else point.cache


def source(address: str, media: Media) -> Media:
    """Read an address, or the data that stands in it; raises NotWritten."""
    if not address.startswith("data:"):
        if not address.startswith(("https://", "http://")):
            raise NotWritten("write `https://…` or `data:<type>;base64,…`")
        return msgspec.structs.replace(media, url=address)
    head, comma, data = address[5:].partition(",")
    if not comma or not head.endswith(";base64"):
        raise NotWritten("write data as `data:<type>;base64,…`")
    return msgspec.structs.replace(media, media_type=head.removesuffix(";base64")[:100], data=data)


def schema(given: msgspec.Raw, *, otherwise: bytes) -> bytes:
    """Take a JSON Schema as its text; raises NotWritten where it is not an object."""
    text = bytes(given).strip()
    if text == b"null":
        return otherwise
    if not text.startswith(b"{"):
        raise NotWritten("write a JSON Schema as an object")
    return text


def schema_format(
    given: msgspec.Raw, *, name: str, description: str | None, strict: bool | None
) -> OutputFormat:
    """Read what an answer shall look like; raises NotWritten."""
    return OutputFormat(schema(given, otherwise=b"{}"), name[:200], description or "", strict)
