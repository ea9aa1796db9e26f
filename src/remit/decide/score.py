"""Score: how use cases compare, value and feasibility apart, by the organisation's own weights.

What is not stated is missing; it is never counted as nothing. A weighted score is the mean over the criteria
that are stated, and a use case with too few of them is not ranked among the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from types import MappingProxyType
from typing import Any

from remit.decide.grade import Grade
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES, StageName
from remit.declare.portfolio import Portfolio
from remit.declare.ranking import (
    CRITERIA,
    FEASIBILITY_SIDE,
    METHODS,
    SUPPORTED,
    VALUE_SIDE,
    Criterion,
    Factor,
    Objective,
)
from remit.declare.use_case import UseCase
from remit.kernel.money import Money
from remit.record.projection import StageFact

BEST = Decimal(5)
"""The highest judgement."""
_DIGITS = Decimal("0.0001")
_CENTS = Decimal("0.01")

Factors = Mapping[Factor, Decimal | None]
Ratings = Mapping[Criterion, Decimal | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """What is stated of a use case: criteria from 0 to 5, where more is better, and factors; None is missing.

    `money` is what its outcomes are declared to be worth in a year.
    """

    id: str
    name: str
    unit: str
    stage: StageName
    grade: Grade
    money: Money | None
    criteria: Ratings
    factors: Factors


@dataclass(frozen=True, slots=True)
class Rated:
    """A use case with its score. Value and feasibility go from 0 to 5, each by its own criteria alone; of the
    value what evidence does not support counts in part. `stated` is the share of the weights whose criteria
    are stated. Without a score, `missing` says what would have to be stated first.
    """

    judged: Judged
    value: Decimal | None
    feasibility: Decimal | None
    score: Decimal | None
    stated: Decimal
    missing: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.judged.id


_NONE: frozenset[str] = frozenset()


def yearly_money(case: UseCase, currency: str, refused: frozenset[str] = _NONE) -> Money | None:
    """Say what a use case's outcomes are declared to be worth in a year.

    One outcome is worth `value_of_one` × `volume_per_year` × the way from the baseline to the target; what
    does not state all of these says nothing about money, and nor does one whose claim a study `refused`.
    """
    found: Decimal | None = None
    for id, metric in case.outcomes.items():
        if (
            id in refused
            or metric.value_of_one is None
            or metric.volume_per_year is None
            or metric.baseline is None
            or metric.target is None
        ):
            continue
        way = metric.target - metric.baseline
        gain = way if metric.direction == "up" else -way
        found = (found or Decimal(0)) + metric.value_of_one.amount * metric.volume_per_year * gain
    return None if found is None else Money(found, currency)


def effort(case: UseCase) -> Decimal | None:
    """Sum up the capacity that a use case takes; None where it states none."""
    if case.needs is None or not case.needs.capacity:
        return None
    return sum((each for periods in case.needs.capacity.values() for each in periods), Decimal(0)) or None


def judge(
    model: OperatingModel,
    stages: Mapping[str, StageFact],
    *,
    credits: Mapping[str, int],
    grades: Mapping[str, Grade],
    refused: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> tuple[Judged, ...]:
    """Gather what is stated of every use case that is not retired, in the order of ids.

    `credits` counts the other use cases that share a block; a grade that is not there is a bare claim.
    `refused` are outcomes whose claim does not stand, so that their money is no reason for anything.
    """
    at = {name: stages[name].stage if name in stages else STAGES[0] for name in model.use_cases}
    live = {name: case for name, case in sorted(model.use_cases.items()) if at[name] != "retired"}
    currency = model.organisation.currency
    worths = {
        name: yearly_money(case, currency, refused.get(name, frozenset())) for name, case in live.items()
    }
    most = model.portfolio.money_at_five or max(filter(None, worths.values()), default=None)
    return tuple(
        _judged(
            *(name, case, at[name], model.portfolio),
            money=worths[name],
            most=most,
            credit=credits.get(name, 0),
            grade=grades.get(name, "claimed"),
        )
        for name, case in live.items()
    )


def _judged(name: str, case: UseCase, stage: StageName, portfolio: Portfolio, **found: Any) -> Judged:
    money: Money | None = found["money"]
    most: Money | None = found["most"]
    grade: Grade = found["grade"]
    scores = case.scores
    disruption = scores.process_disruption
    criteria: dict[Criterion, Decimal | None] = {
        "value": _decimal(scores.value),
        "money": _scaled(money, most),
        "strategic_fit": _decimal(scores.strategic_fit),
        "reuse": min(BEST, Decimal(found["credit"])),
        "feasibility": _decimal(scores.feasibility),
        "data_maturity": _decimal(scores.data_maturity),
        "readiness": _decimal(scores.readiness),
        "process_disruption": None if disruption is None else BEST - disruption,
    }
    reach = max(
        (each.volume_per_year for each in case.outcomes.values() if each.volume_per_year), default=None
    )
    factors: dict[Factor, Decimal | None] = {
        "reach": _decimal(reach),
        "impact": _decimal(scores.value),
        "confidence": portfolio.confidences.of(grade),
        "cost_of_delay": None if money is None else max(Decimal(0), money.amount) / 12,
        "effort": effort(case),
    }
    return Judged(name, case.name, case.unit, stage, grade, money, criteria, factors)


def _decimal(score: int | None) -> Decimal | None:
    return None if score is None else Decimal(score)


def _scaled(money: Money | None, most: Money | None) -> Decimal | None:
    if money is None or most is None:
        return None
    if most.amount <= 0:
        return Decimal(0)
    return min(BEST, max(Decimal(0), money.amount * BEST / most.amount))


def rate(judged: Iterable[Judged], portfolio: Portfolio) -> tuple[Rated, ...]:
    """Score use cases by the declared method and weights: those with a score first, the best at the top.

    Where two are equal, the order of ids decides, so that a list is always in the same order.
    """
    found = [_rated(each, portfolio) for each in judged]
    return tuple(sorted(found, key=lambda each: (each.score is None, -(each.score or 0), each.id)))


def _rated(judged: Judged, portfolio: Portfolio) -> Rated:
    weights = weights_of(portfolio)
    confidence = portfolio.confidences.of(judged.grade)
    criteria = trusted(judged.criteria, confidence)
    wanted = [name for name in CRITERIA if weights[name]]
    whole = sum(weights.values(), Decimal(0))
    stated = sum((weights[name] for name in wanted if criteria[name] is not None), Decimal(0)) / whole
    value, feasibility = (_mean(criteria, weights, side) for side in (VALUE_SIDE, FEASIBILITY_SIDE))
    formula = METHODS[portfolio.method]
    score: Decimal | None
    missing: tuple[str, ...]
    if formula.factors:
        missing = tuple(name for name in formula.factors if judged.factors[name] is None)
        score = None if missing else _quotient(judged.factors, formula.above, formula.below)
    else:
        missing = tuple(name for name in wanted if criteria[name] is None)
        sides = (VALUE_SIDE, FEASIBILITY_SIDE)
        empty = any(_weighed(weights, side) and _mean(criteria, weights, side) is None for side in sides)
        score = None if empty or stated < portfolio.stated_min else _mean(criteria, weights, CRITERIA)
    return Rated(judged, value, feasibility, score, _rounded(stated), missing)


def weights_of(portfolio: Portfolio) -> dict[Criterion, Decimal]:
    return {name: getattr(portfolio.weights, name) for name in CRITERIA}


def _weighed(weights: Mapping[Criterion, Decimal], names: tuple[Criterion, ...]) -> Decimal:
    return sum((weights[name] for name in names), Decimal(0))


def trusted(criteria: Ratings, confidence: Decimal) -> dict[Criterion, Decimal | None]:
    """Let of the criteria that evidence speaks to count only what it supports."""
    return {
        name: value * confidence if value is not None and name in SUPPORTED else value
        for name, value in criteria.items()
    }


def _mean(
    criteria: Ratings, weights: Mapping[Criterion, Decimal], names: tuple[Criterion, ...]
) -> Decimal | None:
    """Take the weighted mean of the criteria that are stated; None if none is.

    Reuse is counted and not stated: alone it says nothing.
    """
    if all(criteria[name] is None for name in names if name != "reuse"):
        return None
    stated = [(weights[name], value) for name in names if (value := criteria[name]) is not None]
    whole = sum((weight for weight, _ in stated), Decimal(0))
    return _rounded(sum((weight * value for weight, value in stated), Decimal(0)) / whole) if whole else None


def _quotient(factors: Factors, above: Iterable[Factor], below: Iterable[Factor]) -> Decimal:
    found = Decimal(1)
    for name in above:
        found *= factors[name] or 0
    for name in below:
        divisor = factors[name]
        assert divisor, "an effort of nothing is not stated"
        found /= divisor
    return _rounded(found)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_DIGITS, ROUND_HALF_EVEN)


def worth(rated: Rated, portfolio: Portfolio, objective: Objective) -> Decimal | None:
    """Say what choosing a use case adds to a selection; None where that is not stated.

    Worths are summed up, which a quotient by the effort does not bear: so of a quotient only what stands
    above the line counts, while what stands below is what the selection is limited by.
    """
    judged = rated.judged
    if objective == "money":
        confidence = portfolio.confidences.of(judged.grade)
        return None if judged.money is None else (judged.money.amount * confidence).quantize(_CENTS)
    formula = METHODS[portfolio.method]
    if not formula.factors:
        return rated.score
    if any(judged.factors[name] is None for name in formula.above):
        return None
    return _quotient(judged.factors, formula.above, ())
