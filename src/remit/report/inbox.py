"""The inbox in words: what waits for the reader, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from remit.report.approvals import RequestView

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
_FROM = 2
"""From two of a unit on it is used: what is due in 90 minutes is not due in one hour."""


def inbox_order(views: Sequence[RequestView]) -> list[RequestView]:
    """Put what the reader may answer before what waits for others, and what is due first before the rest."""
    return sorted(views, key=lambda each: (not each.mine, each.deadline, each.id))


def inbox_title(views: Sequence[RequestView], now: datetime) -> str:
    """Say how many open requests wait for the reader, and until when the first of them does."""
    mine = [each for each in views if each.mine]
    others = len(views) - len(mine)
    elsewhere = f"{_count(others)} for others" if others else ""
    if not mine:
        return f"nothing waits for you; {elsewhere}" if others else "nothing waits for anybody's consent"
    first = "the first" if len(mine) > 1 else "it"
    due = min(each.deadline for each in mine)
    said = f"{first} was due {since(due, now)}" if due <= now else f"{first} is due {since(due, now)}"
    return f"{_count(len(mine))} for you; {said}"


def _count(requests: int) -> str:
    return "1 request waits" if requests == 1 else f"{requests:,} requests wait"


def since(at: datetime, now: datetime) -> str:
    """Say how far an instant is away, as coarsely as one speaks of it.

    >>> from datetime import UTC
    >>> then = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> [since(then, then + timedelta(minutes=m)) for m in (-4000, -150, -1, 90, 3000)]
    ['in 2 days', 'in 2 hours', 'in a moment', '90 minutes ago', '2 days ago']
    """
    away = abs(at - now) // timedelta(seconds=1)
    for seconds, unit in _UNITS:
        if away >= _FROM * seconds:
            said = f"{away // seconds:,} {unit}s"
            break
    else:
        return "in a moment" if at > now else "just now"
    return f"in {said}" if at > now else f"{said} ago"


def lasted(seconds: int) -> str:
    """Write how long something took, as coarsely as one reads it.

    >>> [lasted(each) for each in (42, 600, 7200, 200_000)]
    ['42 s', '10 min', '2.0 h', '2.3 d']
    """
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7_200:
        return f"{seconds // 60} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.1f} d"
