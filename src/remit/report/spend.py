"""Spend by whatever one asks: units, use cases, models, keys or prompts, over days, weeks or months."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple, get_args

from remit.kernel.money import EXACT, ZERO, Money

SpendBy = Literal["unit", "use_case", "model", "key", "block"]
SPEND_BY: tuple[SpendBy, ...] = get_args(SpendBy)
Step = Literal["day", "week", "month"]
STEPS: tuple[Step, ...] = get_args(Step)


class Slice(NamedTuple):
    """What one name was charged on one UTC day."""

    day: date
    name: str
    calls: int
    tokens: int
    charge: Decimal
    currency: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class SpendRow:
    """One name. `course` has its charge in every step of the time asked about, the first one first.

    `share` is its part of the whole, in percent, if it `counts` in that; `before` is what the first half of
    the time was charged, to be held against the second, and None where the time is too short for halves.
    """

    name: str
    calls: int
    tokens: int
    charge: Money
    share: Decimal
    course: tuple[Decimal, ...]
    simulated: bool
    counts: bool
    before: Money | None = None


@dataclass(frozen=True, slots=True)
class Spending:
    """What was charged in some days, by name: the most first; other currencies are rows of their own."""

    since: date
    until: date
    step: Step
    starts: tuple[date, ...]
    rows: tuple[SpendRow, ...]
    totals: tuple[Money, ...]
    calls: int
    most: Decimal
    """The highest charge of one name in one step, on whose scale all courses are drawn."""


def step_of(day: date, step: Step) -> date:
    """Return the first day of the step that a day is in; weeks begin on Mondays."""
    if step == "day":
        return day
    return day - timedelta(days=day.weekday()) if step == "week" else day.replace(day=1)


def steps_between(since: date, until: date, step: Step) -> tuple[date, ...]:
    """List the steps of some days, the first one first.

    >>> from datetime import date
    >>> [f"{each:%m-%d}" for each in steps_between(date(2026, 11, 5), date(2026, 11, 17), "week")]
    ['11-02', '11-09', '11-16']
    """
    found: list[date] = []
    day = since
    while day <= until:
        at = step_of(day, step)
        if not found or found[-1] != at:
            found.append(at)
        day += timedelta(days=1)
    return tuple(found)


@dataclass(slots=True)
class _Sum:
    course: list[Decimal]
    calls: int = 0
    tokens: int = 0
    charge: Decimal = ZERO


def spending(
    slices: Iterable[Slice], *, since: date, until: date, step: Step, counted: bool = False
) -> Spending:
    """Sum slices up exactly; simulated charges stand in rows of their own, in totals only if `counted`."""
    starts = steps_between(since, until, step)
    place = {at: number for number, at in enumerate(starts)}
    sums: dict[tuple[str, str, bool], _Sum] = {}
    for each in slices:
        if not since <= each.day <= until:
            continue
        found = sums.setdefault((each.name, each.currency, each.simulated), _Sum([ZERO] * len(starts)))
        found.calls += each.calls
        found.tokens += each.tokens
        found.charge = EXACT.add(found.charge, each.charge)
        at = place[step_of(each.day, step)]
        found.course[at] = EXACT.add(found.course[at], each.charge)
    totals: dict[str, Decimal] = {}
    for (_, currency, simulated), found in sums.items():
        if counted or not simulated:
            totals[currency] = EXACT.add(totals.get(currency, ZERO), found.charge)
    rows = [_row(key, found, totals, counted=counted) for key, found in sums.items()]
    rows.sort(key=lambda row: (not row.counts, -row.charge.amount, -row.calls, row.name))
    return Spending(
        since=since,
        until=until,
        step=step,
        starts=starts,
        rows=tuple(rows),
        totals=tuple(Money(amount, currency) for currency, amount in sorted(totals.items())),
        calls=sum(found.calls for (_, _, simulated), found in sums.items() if counted or not simulated),
        most=max((each for row in rows for each in row.course), default=ZERO),
    )


def _row(key: tuple[str, str, bool], found: _Sum, totals: dict[str, Decimal], *, counted: bool) -> SpendRow:
    name, currency, simulated = key
    whole, counts = totals.get(currency, ZERO), counted or not simulated
    share = ZERO if not counts or not whole else (100 * found.charge / whole).quantize(Decimal("0.1"))
    half = len(found.course) // 2
    before = Money(sum(found.course[:half], ZERO), currency) if half else None
    return SpendRow(
        name=name,
        calls=found.calls,
        tokens=found.tokens,
        charge=Money(found.charge, currency),
        share=share,
        course=tuple(found.course),
        simulated=simulated,
        counts=counts,
        before=before,
    )
