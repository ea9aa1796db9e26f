"""Quantiles of days: a value that occurred, and none between two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

FEWEST = 5
"""How many there must be before a quantile says anything."""

SPAN_DAYS_MAX = 5_000
"""A longer span is a slip of the pen more often than a project, and is left out; it is said how many are."""


@dataclass(frozen=True, slots=True)
class Spans:
    """How many days something took: of how many, the mean, the middle, and what 85 of 100 keep to.

    `left_out` ran backwards, or for longer than 5,000 days. Of too few the quantiles are None.
    """

    count: int
    left_out: int
    mean: float | None
    p50: int | None
    p85: int | None


def at_share(ordered: list[int], percent: int) -> int:
    """Take the value with so many per cent of all before it: the one at place ⌊n × percent ÷ 100⌋ from 0.

    It is the inverse of the empirical distribution, taken from above: it occurred, and where the share falls
    between two values it is the upper one.

    >>> at_share([1, 2, 3, 4], 50), at_share([7], 85)
    (3, 7)
    """
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def spans(days: Iterable[int]) -> Spans:
    """Sum up spans in days; their order makes no difference."""
    every = list(days)
    kept = sorted(each for each in every if 0 <= each <= SPAN_DAYS_MAX)
    left_out = len(every) - len(kept)
    mean = round(sum(kept) / len(kept), 1) if kept else None
    if len(kept) < FEWEST:
        return Spans(len(kept), left_out, mean, None, None)
    return Spans(len(kept), left_out, mean, at_share(kept, 50), at_share(kept, 85))
