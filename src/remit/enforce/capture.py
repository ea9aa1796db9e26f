"""Capture: whether a call's prompt and answer may be kept, how, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from remit.enforce.remit import Remit

Mode = Literal["masked", "raw"]

HOURLY_DAYS_MAX = 7
"""Up to so many days of retention a data key serves an hour, and above a day."""


class Capture(msgspec.Struct, frozen=True):
    """How a call is kept: without personal data or as it is, and for how many days; None is without end."""

    mode: Mode
    days: int | None


class Bucket(msgspec.Struct, frozen=True):
    """The stretch of time whose calls lie under one data key; it begins then, and has ended by `end`."""

    start: datetime
    end: datetime


def capture_of(remit: Remit) -> Capture | None:
    """Say how calls of a use case are kept; None where they are not.

    What a remit does not say is not allowed: it has to state how much is kept and for how long.
    """
    mode = remit.capture_max
    if mode is None or mode == "off":
        return None
    days = remit.retention_days
    if days is None or days == 0:
        return None
    return Capture(mode, days if isinstance(days, int) else None)


def bucket_of(at: datetime, days: int | None) -> Bucket:
    """Name the hour or day, in UTC, in which a call is kept.

    Keys are destroyed whole, when the first of what lies under them has reached its age. So nothing is kept
    longer than its days, and by at most an hour less where they are few, and a day where they are many.

    >>> at = datetime(2026, 11, 30, 16, 40, tzinfo=UTC)
    >>> bucket_of(at, 7).start.hour, bucket_of(at, 8).start.hour, bucket_of(at, None).start.hour
    (16, 0, 0)
    """
    whole = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if days is not None and days <= HOURLY_DAYS_MAX:
        return Bucket(whole, whole + timedelta(hours=1))
    start = whole.replace(hour=0)
    return Bucket(start, start + timedelta(days=1))


def is_over(start: datetime, *, days: int | None, now: datetime) -> bool:
    """Say whether what is kept from a time on has reached its age.

    >>> start = datetime(2026, 11, 1, tzinfo=UTC)
    >>> is_over(start, days=30, now=datetime(2026, 12, 1, tzinfo=UTC)), is_over(start, days=None, now=start)
    (True, False)
    """
    return days is not None and now - start >= timedelta(days=days)


def fewest(one: int | None, other: int | None) -> int | None:
    """Give the shorter of two retentions.

    >>> fewest(None, 30), fewest(30, 7), fewest(None, None)
    (30, 7, None)
    """
    return min((each for each in (one, other) if each is not None), default=None)
