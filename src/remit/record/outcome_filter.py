"""Which outcomes are asked for: of which metric, of which time, and as they were known when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

_FIRST, _LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OutcomeFilter:
    """Outcomes of a metric that happened from `since` up to, and not including, `until`.

    Of those of one source and key the newest counts that was written before `known`; one that was withdrawn
    by then is not there.
    """

    use_case: str
    metric: str
    since: datetime = _FIRST
    until: datetime = _LAST
    known: datetime = _LAST
