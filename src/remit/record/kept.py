"""Kept: what is known of prompts and answers that are kept, without their words."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec


class Draft(NamedTuple):
    """A call's prompt and answer on their way to be kept; `days` is for how long, None without end."""

    call: str
    use_case: str
    at: datetime
    days: int | None
    body: bytes


class Missed(msgspec.Struct, frozen=True):
    """That a call's prompt and answer should have been kept and were not; without a `call`, several's."""

    call: str
    use_case: str
    at: datetime
    reason: str
    count: int = 1


class DataKey(NamedTuple):
    """A key that captures of one use case and one stretch of time lie under."""

    fingerprint: str
    use_case: str
    start: datetime
    end: datetime
    days: int | None
    captures: int


class Gathered(NamedTuple):
    """How much is kept of one use case, since when and until when, under how many keys; what was missed."""

    use_case: str
    captures: int
    bytes: int
    first: datetime | None
    last: datetime | None
    keys: int
    missed: int


class Remains(NamedTuple):
    """What is here of a key that was destroyed: nothing, or there is something wrong."""

    keys: int
    captures: int
