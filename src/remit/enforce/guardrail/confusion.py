"""Confusion: how often what should be found is found, and what should not, with how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054
"""How many standard deviations 95 % of a normal distribution lie within."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share, and the bounds that it lies within with a confidence of 95 %."""

    value: float
    low: float
    high: float


def share(part: int, whole: int) -> Share | None:
    """Say what share a part is, with its interval after Wilson; None of nothing.

    >>> share(8, 10)
    Share(value=0.8, low=0.4902, high=0.9433)
    """
    if not whole:
        return None
    rate, squared = part / whole, Z_95 * Z_95
    middle = (rate + squared / (2 * whole)) / (1 + squared / whole)
    spread = Z_95 / (1 + squared / whole) * sqrt(rate * (1 - rate) / whole + squared / (4 * whole * whole))
    # At its ends the interval is exact, whatever rounding makes of it.
    low, high = (0.0 if not part else middle - spread), (1.0 if part == whole else middle + spread)
    return Share(round(rate, 4), round(max(0.0, low), 4), round(min(1.0, high), 4))


def f1(found: int, missed: int, false: int) -> Share | None:
    """Say the harmonic mean of precision and recall, with an interval.

    It rises with the share of what was rightly found in all that was found or should have been, which is a
    share like any other; the bounds are those of that one.
    """
    inner = share(found, found + missed + false)
    if inner is None:
        return None
    value = 2 * found / (2 * found + missed + false)
    low, high = (2 * each / (1 + each) for each in (inner.low, inner.high))
    return Share(round(value, 4), round(low, 4), round(high, 4))


@dataclass(frozen=True, slots=True)
class Measure:
    """What was found of what should be, and of what should not."""

    found: int
    missed: int
    false_alarms: int
    passed: int
    precision: Share | None
    recall: Share | None
    f1: Share | None
    false_alarm_rate: Share | None


def measure(found: int, missed: int, false_alarms: int, passed: int = 0) -> Measure:
    """Work out the figures of a confusion matrix."""
    return Measure(
        found,
        missed,
        false_alarms,
        passed,
        precision=share(found, found + false_alarms),
        recall=share(found, found + missed),
        f1=f1(found, missed, false_alarms),
        false_alarm_rate=share(false_alarms, false_alarms + passed) if passed or false_alarms else None,
    )


def auc(below: Sequence[float], above: Sequence[float]) -> float:
    """Say how often one of `above` is above one of `below`; where they are the same it is half of a time.

    >>> auc([0.1, 0.5], [0.5, 0.9])
    0.875
    """
    ordered = sorted([(score, 0) for score in below] + [(score, 1) for score in above])
    passed, total, at = 0, 0.0, 0
    while at < len(ordered):
        ends = at
        while ends < len(ordered) and ordered[ends][0] == ordered[at][0]:
            ends += 1
        ups = sum(which for _, which in ordered[at:ends])
        downs = ends - at - ups
        total += ups * (passed + downs / 2)
        passed += downs
        at = ends
    return total / (len(below) * len(above))


def quantile(ordered: Sequence[float], at: float) -> float:
    """Give the value that a share of all is at most.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5), quantile([1.0, 2.0, 3.0, 4.0], 0.95)
    (2.0, 4.0)
    """
    # The least whole number of values that makes up the share.
    position = -int(-at * len(ordered) // 1)
    return ordered[max(0, position - 1)]
