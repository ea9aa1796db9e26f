"""Pace: what 30 days would save at the pace of the days that were replayed, and how far that may be off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from statistics import fmean, stdev

from scipy.special import stdtrit

from remit.decide.finops.tariff import ROUNDED, near, total
from remit.kernel.money import EXACT

MONTH_DAYS = 30

DAYS_LEAST = 7
"""Fewer days than a week say nothing of how a week goes, and have no interval but what was seen."""

SURE = 0.95


@dataclass(frozen=True, slots=True)
class Pace:
    """What 30 days save, within `low` to `high`, and in words what that rests on."""

    a_month: Decimal
    low: Decimal
    high: Decimal
    basis: str


def a_month_of(amount: Decimal, days: int) -> Decimal:
    """Carry an amount of so many days over to 30."""
    return near(ROUNDED.divide(ROUNDED.multiply(amount, Decimal(MONTH_DAYS)), Decimal(days)))


def pace(charged: Sequence[Decimal], would: Sequence[Decimal]) -> Pace:
    """Carry what each day would have saved over to 30 days.

    Days are taken as blocks, since calls of one day go together. The interval is the one in which the sum of
    30 further days like these lies with a probability of 95 %, by Student's t:
    30·mean ± t·s·√(30²/n + 30), with the mean and the standard deviation s of n days.
    """
    saved = [EXACT.subtract(was, now) for was, now in zip(charged, would, strict=True)]
    days = len(saved)
    a_month = a_month_of(total(saved), days)
    if days < DAYS_LEAST:
        low, high = (near(EXACT.multiply(each, Decimal(MONTH_DAYS))) for each in (min(saved), max(saved)))
        seen = "one day" if days == 1 else f"{days} days"
        return Pace(
            a_month, low, high, f"{seen}, too few for an interval: the lowest and the highest day, times 30"
        )
    plainly = [float(each) for each in saved]
    spread = stdev(plainly, fmean(plainly))
    off = float(stdtrit(days - 1, 0.5 + SURE / 2)) * spread * sqrt(MONTH_DAYS**2 / days + MONTH_DAYS)
    half = Decimal(repr(off))
    return Pace(
        a_month,
        near(ROUNDED.subtract(a_month, half)),
        near(ROUNDED.add(a_month, half)),
        f"{days} days as blocks; 95 % of months like them lie within the interval",
    )
