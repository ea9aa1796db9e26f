"""The provider's prompt cache: where the gateway sets cache points by itself, in calls that have none."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from remit.declare.declared import Declared

CachePlace = Literal["tools", "system", "end"]
"""Where a cache point is set: after the last tool, after the system message that a call begins with, or at
the end of its last message."""

CacheKeep = Literal["5m", "1h"]
"""For how long the provider is asked to keep what stands before a cache point."""


def _some(places: tuple[CachePlace, ...]) -> tuple[CachePlace, ...]:
    if not places:
        raise ValueError("write at least one of `tools`, `system` and `end`")
    return places


class CachePoints(Declared):
    """Where cache points are set in the calls of one model. A call with points of its own gets no others."""

    at: tuple[CachePlace, ...]
    """The places. Where a call has no tools or no system message, none is set there."""
    keep: CacheKeep = "5m"
    """For how long the provider is asked to keep what stands before a point, since it was written or read
    last."""

    _places = field_validator("at")(_some)
