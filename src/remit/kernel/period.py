"""Periods: the window that a budget counts in, as a pure function of zone, anchor and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Per = Literal["day", "month", "year"]
"""A budget's period."""


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, its end excluded."""

    start: datetime
    end: datetime

    @property
    def label(self) -> str:
        """The local date on which the window starts; it names the window in ledger entries."""
        return self.start.date().isoformat()


def window(per: Per, *, at: datetime, zone: ZoneInfo, year_starts: int = 1) -> Window:
    """Find the window around an instant; nothing is ever reset, so nothing can be reset late.

    `year_starts` is the month (1 to 12) in which a fiscal year begins. Windows start at local midnight, so
    a day may have 23 or 25 hours.

    >>> berlin = ZoneInfo("Europe/Berlin")
    >>> window("month", at=datetime(2026, 10, 31, 23, 30, tzinfo=ZoneInfo("UTC")), zone=berlin).label
    '2026-11-01'
    >>> window("year", at=datetime(2026, 2, 1, tzinfo=berlin), zone=berlin, year_starts=4).label
    '2025-04-01'
    """
    assert at.tzinfo is not None, "an instant without a zone would be read in the machine's own"
    today = at.astimezone(zone).date()
    if per == "day":
        first, last = today, today + timedelta(days=1)
    elif per == "month":
        first = today.replace(day=1)
        last = (first + timedelta(days=32)).replace(day=1)
    else:
        year = today.year if today.month >= year_starts else today.year - 1
        first = today.replace(year=year, month=year_starts, day=1)
        last = first.replace(year=year + 1)
    midnight = time(tzinfo=zone)
    return Window(datetime.combine(first, midnight), datetime.combine(last, midnight))
