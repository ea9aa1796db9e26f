"""Archive days: move old files of the lake to where space costs less."""

from __future__ import annotations

from datetime import UTC, date

from remit.operations.fill_lake import compact_lake
from remit.operations.system import System


def archive_days(system: System, *, before: date, to: str) -> int:
    """Move the files of days that are over to a directory or an object store; returns how many."""
    lake = system.make_lake()
    compact_lake(system, lake)
    today = system.clock.now().astimezone(UTC).date()
    return lake.archive(before=min(before, today), to=to)
