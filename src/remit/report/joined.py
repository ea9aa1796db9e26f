"""Outcomes beside the calls that carry their references, as a value that people read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from remit.declare.use_case import OutcomeMetric
from remit.kernel.money import EXACT, ZERO, Money
from remit.record.outcome_sum import Carried, JoinedOutcome, JoinSum

_MICRO = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class JoinedRow:
    """One outcome and its calls: how many they are, of which models, and what they cost in all."""

    happened: datetime
    value: Decimal
    reference: str
    source: str
    key: str
    arm: str
    calls: int
    models: tuple[str, ...]
    cost: Money
    simulated: bool


@dataclass(frozen=True, slots=True)
class ModelShare:
    """The calls of one model that stand behind outcomes."""

    model: str
    calls: int
    cost: Money
    simulated: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """How a metric's outcomes and a use case's calls meet.

    `joined` of the `outcomes` have calls with their reference; those without are `unreferenced` or have a
    reference that no call carries. Each reference counts once in `cost`, and only charges in the
    organisation's currency do; `cost_per_outcome` is that of those that are joined. `unanswered` are
    references of calls that no outcome has.
    """

    metric: str
    unit: str
    outcomes: int
    joined: int
    share_joined: Decimal | None
    unreferenced: int
    simulated: int
    references: int
    unanswered: int
    calls: int
    calls_unanswered: int
    cost: Money
    cost_unanswered: Money
    cost_per_outcome: Decimal | None
    simulated_calls: int
    models: tuple[ModelShare, ...]
    rows: tuple[JoinedRow, ...]


def joined_of(
    metric: OutcomeMetric, found: JoinSum, rows: Sequence[JoinedOutcome], *, currency: str
) -> Joined:
    """Put figures and rows together."""
    cost = _cost(found.carried, currency)
    return Joined(
        metric=metric.name,
        unit=metric.unit,
        outcomes=found.outcomes,
        joined=found.joined,
        share_joined=(Decimal(found.joined) / found.outcomes).quantize(_MICRO) if found.outcomes else None,
        unreferenced=found.unreferenced,
        simulated=found.simulated,
        references=found.references,
        unanswered=found.references - found.answered,
        calls=sum(each.calls for each in found.carried),
        calls_unanswered=sum(each.calls for each in found.unanswered),
        cost=cost,
        cost_unanswered=_cost(found.unanswered, currency),
        cost_per_outcome=(cost.amount / found.joined).quantize(_MICRO, ROUND_CEILING)
        if found.joined
        else None,
        simulated_calls=sum(each.calls for each in found.carried if each.simulated),
        models=tuple(
            ModelShare(each.model, each.calls, Money(each.charge, each.currency), each.simulated)
            for each in found.carried
        ),
        rows=tuple(_row(each, currency) for each in rows),
    )


def _row(joined: JoinedOutcome, currency: str) -> JoinedRow:
    outcome = joined.outcome
    return JoinedRow(
        happened=outcome.happened,
        value=outcome.value,
        reference=outcome.reference,
        source=outcome.source,
        key=outcome.key,
        arm=outcome.arm,
        calls=sum(each.calls for each in joined.calls),
        models=tuple(sorted({each.model for each in joined.calls})),
        cost=_cost(joined.calls, currency),
        simulated=outcome.simulated or any(each.simulated for each in joined.calls),
    )


def _cost(carried: Iterable[Carried], currency: str) -> Money:
    total = ZERO
    for each in carried:
        if each.currency == currency:
            total = EXACT.add(total, each.charge)
    return Money(total, currency)
