"""How far each follower of the ledger is behind it, and what it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from remit.record.chain import Position
from remit.record.following import Following


@dataclass(frozen=True, slots=True)
class FollowerLag:
    """One follower: how much it has still to take, and, if it cannot go on, since when and why."""

    name: str
    entries: int
    bytes: int
    since: datetime | None = None
    code: str = ""
    summary: str = ""


def lags(followers: Mapping[str, Following], ends: Mapping[str, Position]) -> tuple[FollowerLag, ...]:
    """Compare where followers are with where the journals end."""
    return tuple(_lag(name, following, ends) for name, following in sorted(followers.items()))


def _lag(name: str, following: Following, ends: Mapping[str, Position]) -> FollowerLag:
    entries = size = 0
    for journal, end in ends.items():
        at = following.positions.get(journal)
        entries += max(0, end.lines - (at.lines if at else 0))
        size += max(0, end.offset - (at.offset if at else 0))
    fault = following.fault
    if fault is None:
        return FollowerLag(name, entries, size)
    return FollowerLag(name, entries, size, fault.since, fault.code, fault.summary)
