"""Adjustments: how much of one falls in which days, and which would make the ledger agree with a bill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Literal

from remit.decide.bill_sum import OwnSum, Span
from remit.decide.reconcile import QUANTUM, Cause, Line, Own
from remit.kernel.money import EXACT, ZERO, plain
from remit.record.decided import Adjustment

Reason = Literal["discount", "price", "usage", "purchase", "credit", "tax", "rounding", "other"]
Cost = Literal["billed", "effective", "both"]

_WIDE = Context(prec=80, rounding=ROUND_HALF_EVEN)

ADJUSTED: Mapping[Cause, Reason] = {
    "discount": "discount",
    "price": "price",
    "rounding": "rounding",
    "purchase": "purchase",
}
"""The causes that an adjustment can settle: what was used is known, and what it costs is said by the bill."""

SAID: Mapping[Reason, Cause] = {
    "discount": "discount",
    "price": "price",
    "rounding": "rounding",
    "purchase": "purchase",
    "usage": "unattributed",
    "credit": "credit",
    "tax": "tax",
    "other": "other",
}
"""Which cause of a gap an earlier adjustment has settled already."""


@dataclass(frozen=True, slots=True, order=True)
class About:
    """What an adjustment is about."""

    reason: Reason
    cost: Cost
    provider: str
    model: str
    unit: str
    use_case: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """An adjustment that would make the ledger agree with a bill; below zero it lowers what was charged.

    It is for the days of the lines that it comes from, so that a bill of other days finds it or does not.
    """

    about: About
    amount: Decimal
    days: Span


def portion(each: Adjustment, days: Span) -> Decimal:
    """Say how much of an adjustment falls in some days.

    It is spread evenly over its own days. Spans that follow one another get parts that sum to the whole,
    to the last digit.
    """
    return accrued(each.amount, Span(each.since, each.until), days)


def accrued(amount: Decimal, whole: Span, days: Span) -> Decimal:
    """Say how much of an amount falls in some days, when it is spread evenly over the days of the `whole`.

    Spans that follow one another get parts that sum to the amount, to the last digit.
    """
    after = days.last + timedelta(days=1)
    return EXACT.subtract(_before(amount, whole, after), _before(amount, whole, days.first))


def _before(amount: Decimal, whole: Span, day: date) -> Decimal:
    """Say how much of an amount falls before a day."""
    length = max(1, (whole.last - whole.first).days + 1)
    return _upto(amount, Decimal((day - whole.first).days), Decimal(length))


def _upto(amount: Decimal, of: Decimal, whole: Decimal) -> Decimal:
    if of <= 0:
        return ZERO
    if of >= whole:
        return amount
    return _WIDE.quantize(_WIDE.divide(_WIDE.multiply(amount, of), whole), QUANTUM)


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Share an amount out by weights, none of them below zero; the shares sum to it, to the last digit.

    >>> split(Decimal("0.10"), [Decimal(1), Decimal(2)])
    [Decimal('0.033333333333'), Decimal('0.066666666667')]
    """
    weighed = list(weights) if any(weights) else [Decimal(1)] * len(weights)
    whole = ZERO
    for each in weighed:
        whole = EXACT.add(whole, each)
    shares: list[Decimal] = []
    reached = given = ZERO
    for each in weighed:
        reached = EXACT.add(reached, each)
        upto = _upto(amount, reached, whole)
        shares.append(EXACT.subtract(upto, given))
        given = upto
    return shares


def proposals(
    lines: Iterable[Line],
    earlier: Iterable[tuple[Adjustment, Decimal]],
    providers: frozenset[str],
    *,
    period: Span,
) -> tuple[Proposal, ...]:
    """List the adjustments that are missing, with what earlier ones have said of the period taken off.

    What an earlier one says for one of these causes and the bill does not is taken back.
    """
    missing: dict[About, Proposal] = {}
    for line in lines:
        for cause, reason in ADJUSTED.items():
            for about, amount in _shares(line, cause, reason, providers):
                _put(missing, Proposal(about, amount, _within(line.span, period)))
    for each, amount in earlier:
        if each.reason in ADJUSTED.values():
            about = About(each.reason, each.cost, each.provider, each.model, each.unit, each.use_case)
            days = _within(Span(each.since, each.until), period)
            _put(missing, Proposal(about, EXACT.minus(amount), days))
    return tuple(
        Proposal(about, plain(each.amount), each.days)
        for about, each in sorted(missing.items())
        if each.amount
    )


def _put(missing: dict[About, Proposal], each: Proposal) -> None:
    """Add one to what there is about the same, for the days of both and those between."""
    known = missing.get(each.about)
    if known is not None:
        amount = EXACT.add(known.amount, each.amount)
        first, last = min(known.days.first, each.days.first), max(known.days.last, each.days.last)
        each = Proposal(each.about, amount, Span(first, last))
    missing[each.about] = each


def _within(days: Span, period: Span) -> Span:
    return Span(max(days.first, period.first), min(days.last, period.last))


def _shares(
    line: Line, cause: Cause, reason: Reason, providers: frozenset[str]
) -> Iterator[tuple[About, Decimal]]:
    """Share what a cause makes of a line out to whom its calls are of, by what they were charged."""
    amount = line.causes.get(cause, ZERO)
    if reason == "purchase":
        # Of what calls drew from a commitment, the ledger says by itself that no bill has it.
        for each in line.own:
            amount = EXACT.add(amount, each.sum.committed)
    if not amount:
        return
    cost: Cost = "billed" if reason == "purchase" else "both"
    only = next(iter(providers)) if len(providers) == 1 else ""
    if not line.own:
        yield About(reason, cost, only, "", "", line.use_case), amount
        return
    weights = [max(each.sum.charge, ZERO) for each in line.own]
    for each, share in zip(line.own, split(amount, weights), strict=True):
        yield _about(each, each.sum, reason, cost), share


def _about(each: Own, sums: OwnSum, reason: Reason, cost: Cost) -> About:
    return About(reason, cost, sums.provider, sums.block, sums.unit, each.use_case)


def concerns(each: Adjustment, providers: frozenset[str], block_providers: Mapping[str, str]) -> bool:
    """Say whether an adjustment is of these providers: by its own word, or by its model's.

    One that names neither is of them if it was read from a bill, and else of none.
    """
    if each.provider:
        return each.provider in providers
    if each.model:
        return block_providers.get(each.model, "") in providers
    return bool(each.source)
