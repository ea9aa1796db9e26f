"""Accrual: how much of what is declared to be paid falls in some days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from remit.decide.adjusting import accrued
from remit.decide.bill_sum import Span
from remit.decide.worth.cost import total
from remit.declare.cost import Cost, Every
from remit.kernel.money import ZERO

_MONTHS: dict[Every, int] = {"month": 1, "quarter": 3, "year": 12}


def accrual(cost: Cost, days: Span, *, horizon_months: int, year_starts: int) -> Decimal | None:
    """Say how much of a cost falls in some days.

    What is paid each month, quarter or year is spread evenly over the days of each; quarters and years are
    fiscal ones. What is paid once is spread from its first day over the horizon, and where it has no day
    nothing can be said: None. Days that follow one another get parts that sum to the whole.
    """
    if cost.every == "once":
        return None if cost.since is None else once(cost.amount.amount, cost.since, days, horizon_months)
    paid = _overlap(days, Span(cost.since or date.min, cost.until or date.max))
    if paid is None:
        return ZERO
    return monthly(cost.amount.amount, paid, months=_MONTHS[cost.every], year_starts=year_starts)


def monthly(amount: Decimal, days: Span, *, months: int = 1, year_starts: int = 1) -> Decimal:
    """Say how much of an amount for each so many months falls in some days."""
    return total(
        accrued(amount, each, both)
        for each in _turns(days, months, year_starts)
        if (both := _overlap(days, each))
    )


def once(amount: Decimal, since: date, days: Span, horizon_months: int) -> Decimal:
    """Say how much of what is paid once falls in some days of so many months from its first day on."""
    whole = Span(since, _later(since, horizon_months) - timedelta(days=1))
    both = _overlap(days, whole)
    return accrued(amount, whole, both) if both else ZERO


def _overlap(one: Span, other: Span) -> Span | None:
    first, last = max(one.first, other.first), min(one.last, other.last)
    return Span(first, last) if first <= last else None


def _turns(days: Span, months: int, year_starts: int) -> Iterator[Span]:
    """List the months, quarters or years that some days lie in."""
    behind = (days.first.month - year_starts) % months
    at = _later(days.first.replace(day=1), -behind)
    while at <= days.last:
        after = _later(at, months)
        yield Span(at, after - timedelta(days=1))
        at = after


def _later(day: date, months: int) -> date:
    """Go so many months on, to the last day of a month that is too short.

    >>> _later(date(2026, 11, 30), 3)
    datetime.date(2027, 2, 28)
    """
    number = day.year * 12 + day.month - 1 + months
    first = date(number // 12, number % 12 + 1, 1)
    length = ((first + timedelta(days=32)).replace(day=1) - first).days
    return first.replace(day=min(day.day, length))
