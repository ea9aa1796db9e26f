"""Unit economics: what one call, session, outcome and user cost, by period, and where it is going."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import combinations
from statistics import median
from typing import Literal, get_args

from remit.decide.finops.allocation import Allocation, Part
from remit.decide.finops.statement import CHARGED
from remit.decide.worth.cost import total
from remit.decide.worth.span import WIDE
from remit.declare.use_case import OutcomeMetric
from remit.kernel.money import ZERO, plain

Of = Literal["call", "session", "outcome", "user"]
"""What a cost is held against."""

OF: tuple[Of, ...] = get_args(Of)

MARGINAL: frozenset[Part] = CHARGED
"""What one call more costs: its tokens, and whatever guards and judges it."""

Direction = Literal["up", "down", "level"]

TREND_MIN = 3
"""Of fewer whole periods nothing is said about where a cost is going."""

LEVEL = Decimal("0.01")
"""A cost that moves by less than this part of itself in a period is level."""

_MICRO, _STEP = Decimal("0.000001"), Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Counted:
    """How much of what calls were for there was in a period.

    `calls` are those that somebody asked for, without those that judge one or ask beside it. Of them
    `in_sessions` name a session and `for_users` a user. `outcomes` are the results that calls' references
    lead to, None where the use case declares no metric.
    """

    calls: int = 0
    sessions: int = 0
    in_sessions: int = 0
    users: int = 0
    for_users: int = 0
    outcomes: int | None = None


@dataclass(frozen=True, slots=True)
class Each:
    """What one of something costs, to a millionth: for the calls with what guards them, and in full."""

    count: int
    marginal: Decimal
    full: Decimal


@dataclass(frozen=True, slots=True)
class PeriodCost:
    """What a use case cost in a period, and what one of each thing did, if there was any."""

    label: str
    since: date
    until: date
    goes_on: bool
    marginal: Decimal
    full: Decimal
    each: Mapping[Of, Each]
    simulated: int = 0
    simulated_charge: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Trend:
    """Where the full cost of one is going: by which part of itself it changes in a period."""

    direction: Direction
    a_period: Decimal
    periods: int


@dataclass(frozen=True, slots=True)
class UnitCost:
    """The unit economics of a use case, the first period first. Outcomes are those of `metric`."""

    use_case: str
    unit: str
    metric: str
    currency: str
    periods: tuple[PeriodCost, ...]
    trends: Mapping[Of, Trend] = field(default_factory=dict)
    counts_simulated: bool = False


def metric_of(metrics: Mapping[str, OutcomeMetric]) -> str:
    """Choose the metric whose outcomes count: of the business, else of the work, else the first; or none."""
    by_link = {metric.link: id for id, metric in reversed([*metrics.items()])}
    first = next(iter(metrics), "")
    return by_link.get("business") or by_link.get("operational") or first


def period_cost(allocation: Allocation, use_case: str, counted: Counted, *, goes_on: bool) -> PeriodCost:
    """Hold what a use case cost in a period against what was counted in it; simulated calls stand apart."""
    lines = [each for each in allocation.lines if each.use_case == use_case]
    marginal = total(each.amount for each in lines if each.part in MARGINAL)
    full = total(each.amount for each in lines)
    # Of calls that name no session or user it is not known what they cost one.
    parts: tuple[tuple[Of, int, int], ...] = (
        ("call", counted.calls, counted.calls),
        ("session", counted.sessions, counted.in_sessions),
        ("user", counted.users, counted.for_users),
    )
    found = {of: _each(marginal, full, count, (part, counted.calls)) for of, count, part in parts if count}
    if counted.outcomes:
        found["outcome"] = _each(marginal, full, counted.outcomes, (1, 1))
    apart = allocation.simulated.get(use_case)
    return PeriodCost(
        label=allocation.label,
        since=allocation.since,
        until=allocation.until,
        goes_on=goes_on,
        marginal=plain(marginal),
        full=plain(full),
        each={of: found[of] for of in OF if of in found},
        simulated=apart.calls if apart else 0,
        simulated_charge=apart.charge if apart else ZERO,
    )


def _each(marginal: Decimal, full: Decimal, count: int, part: tuple[int, int]) -> Each:
    def one(amount: Decimal) -> Decimal:
        whole = WIDE.divide(WIDE.multiply(amount, Decimal(part[0])), Decimal(count * part[1]))
        return plain(whole.quantize(_MICRO, ROUND_HALF_EVEN, WIDE))

    return Each(count, one(marginal), one(full))


def unit_cost(
    use_case: str, unit: str, *, metric: str, currency: str, periods: Iterable[PeriodCost]
) -> UnitCost:
    """Put the periods of a use case together, from the first on in which it cost anything or called."""
    listed = list(periods)
    while listed and not (listed[0].full or listed[0].each or listed[0].simulated):
        listed.pop(0)
    trends = {of: found for of in OF if (found := trend_of(listed, of)) is not None}
    return UnitCost(use_case, unit, metric, currency, tuple(listed), trends)


def trend_of(periods: Sequence[PeriodCost], of: Of) -> Trend | None:
    """Say where the full cost of one is going, from whole periods: the median of all ratios between two.

    Each is the ratio for one period, so that what falls never falls by more than all of itself. One period
    that was out of the ordinary does not turn it (Theil and Sen, on logarithms).
    """
    whole = [
        (at, WIDE.ln(each.each[of].full))
        for at, each in enumerate(periods)
        if not each.goes_on and of in each.each and each.each[of].full > 0
    ]
    if len(whole) < TREND_MIN:
        return None
    slope = median(
        WIDE.divide(WIDE.subtract(last, first), Decimal(j - i))
        for (i, first), (j, last) in combinations(whole, 2)
    )
    change = WIDE.subtract(WIDE.exp(slope), Decimal(1)).quantize(_STEP, ROUND_HALF_EVEN, WIDE)
    direction: Direction = "level" if abs(change) < LEVEL else "up" if change > 0 else "down"
    return Trend(direction, plain(change), len(whole))
