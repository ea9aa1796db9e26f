"""The record as protocols, beside what `ports` has of it: its sums."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from remit.record.projection import Called, RefusalKey, UsageKey, UsageSum


class Rollups(Protocol):
    """Sums of entries by the hour; a part of the store."""

    def usage(self, *, since: datetime, until: datetime | None = None) -> list[tuple[UsageKey, UsageSum]]:
        """Return the roll-ups of the hours that begin at or after a time, and before another."""
        ...

    def totals(self, *, since: datetime) -> list[tuple[UsageKey, UsageSum]]:
        """Return what these add up to in each day, whatever the key and the block: far fewer rows."""
        ...

    def called(self, *, since: datetime) -> list[Called]:
        """Sum up whole hours since a time, by use case and model."""
        ...

    def refusals(self, *, since: datetime) -> list[tuple[RefusalKey, int]]:
        """Return how many calls were refused in the hours that begin at or after a time."""
        ...

    def refusal_totals(self, *, since: datetime) -> list[tuple[RefusalKey, int]]:
        """Return what these add up to in each day, whatever the model and the key."""
        ...
