"""Select from the portfolio: what is worth most together, why the rest is not chosen, and what if."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

from remit.decide.candidate import Candidate, candidates, room
from remit.decide.score import Rated
from remit.decide.selection import Effort, Selection, select
from remit.decide.what_if import Comparison, compare, in_short, under
from remit.declare.operating_model import OperatingModel
from remit.declare.portfolio import Portfolio
from remit.declare.ranking import Objective
from remit.declare.scenario import Scenario
from remit.kernel.errors import NotFound, RemitError
from remit.kernel.money import Money
from remit.kernel.suggest import did_you_mean
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.rank_portfolio import rated_portfolio, stages_now
from remit.operations.system import System
from remit.report.selection import (
    Apart,
    SelectionView,
    chosen_lines,
    clashing,
    in_unit,
    rejected_lines,
)

_T = TypeVar("_T")

CANDIDATES_MAX = 20_000
"""More than anybody has, and as many as the memory of one machine bears."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for otherwise than declared; empty fields leave it as declared.

    One budget, or one capacity of a skill, stands for every one of `periods`.
    """

    budgets: tuple[Money, ...] = ()
    capacity: Mapping[str, tuple[Decimal, ...]] = field(default_factory=dict)
    periods: int | None = None
    objective: Objective | None = None
    scenarios: tuple[Scenario, ...] = ()
    effort: Effort = field(default_factory=Effort)


def select_portfolio(system: System, asked: Asked) -> SelectionView:
    """Choose within what is declared, or asked for, and compare that with scenarios. Nothing is applied."""
    _, declared = model_in_force(system)
    model = declared.model_copy(update={"portfolio": _as_asked(declared, asked)})
    for scenario in asked.scenarios:
        for name in (*scenario.mandatory, *scenario.without):
            require_use_case(declared, name)
    rated, found, chosen = _choose(system, model, asked, asked.effort)
    view = _view(model, rated, found, chosen, asked)
    # Reasons and firmness are of what is declared; a scenario says only what changes.
    quick = replace(asked.effort, exact=0, firm_seconds=0)
    compared: list[Comparison] = []
    for scenario in asked.scenarios:
        other = under(model, scenario)
        _, others, selection = _choose(system, other, asked, quick)
        summed = in_short(selection, others, other.portfolio.shared)
        line = compare(scenario.name, chosen, selection, chosen=summed)
        compared.append(replace(line, clash=clashing(selection.clash)))
    return replace(view, scenarios=tuple(compared))


def _choose(
    system: System, model: OperatingModel, asked: Asked, effort: Effort
) -> tuple[tuple[Rated, ...], tuple[Candidate, ...], Selection]:
    rated = rated_portfolio(system, model)
    found = candidates(model, rated)
    if len(found) > CANDIDATES_MAX:
        raise RemitError(
            f"{len(found):,} use cases are too many to choose from at once",
            help=f"state `needs:` only of those that are up for choice, at most {CANDIDATES_MAX:,}",
            code="too-many-candidates",
        )
    within = replace(room(model, stages_now(system), found), periods=asked.periods)
    return rated, found, select(found, within, model.portfolio, effort=effort)


def _as_asked(model: OperatingModel, asked: Asked) -> Portfolio:
    declared = model.portfolio
    budgets = asked.budgets or declared.budgets
    currency = model.organisation.currency
    if wrong := next((each for each in budgets if each.currency != currency), None):
        raise RemitError(
            f"`{wrong}` is not in the organisation's currency {currency}",
            help=f"write the budget in {currency}",
            code="mixed-currency",
        )
    for skill in asked.capacity:
        _require_skill(model, skill)
    capacity = {**declared.capacity, **asked.capacity}
    if asked.periods is not None:
        budgets = _over(budgets, asked.periods, given=bool(asked.budgets))
        capacity = {
            skill: _over(each, asked.periods, given=skill in asked.capacity)
            for skill, each in capacity.items()
        }
    update = {"budgets": budgets, "capacity": capacity, "objective": asked.objective or declared.objective}
    return declared.model_copy(update=update)


def _require_skill(model: OperatingModel, skill: str) -> None:
    """Raise NotFound for a skill that nothing takes: to limit it by mistake would limit nothing."""
    cases = (case.needs for case in model.use_cases.values() if case.needs is not None)
    taken = (each.capacity for each in (*cases, *model.portfolio.shared.values()))
    known = {*model.portfolio.capacity, *(name for each in taken for name in each)}
    if skill not in known:
        raise NotFound(
            f"nothing takes the skill `{skill}`",
            help=did_you_mean(skill, known, otherwise="name one that `needs: capacity:` names"),
            code="undeclared-skill",
        )


def _over(listed: tuple[_T, ...], periods: int, *, given: bool) -> tuple[_T, ...]:
    """Bring a list to a number of periods: what is given once holds for each of them."""
    return listed * periods if given and len(listed) == 1 else listed[:periods]


def _view(
    model: OperatingModel,
    rated: Iterable[Rated],
    found: tuple[Candidate, ...],
    chosen: Selection,
    asked: Asked,
) -> SelectionView:
    currency = model.organisation.currency
    unit, meaning = in_unit(model.portfolio, currency)
    asked_about = {each.id for each in found}
    firmness = chosen.firmness
    return SelectionView(
        status=chosen.status,
        objective=model.portfolio.objective,
        unit=unit,
        unit_meaning=meaning,
        worth=chosen.worth,
        bound=chosen.bound,
        gap=chosen.gap,
        currency=currency,
        total=in_short(chosen, found, model.portfolio.shared),
        chosen=chosen_lines(found, chosen, currency),
        rejected=rejected_lines(found, chosen, unit=unit, currency=currency),
        apart=tuple(
            Apart(each.id, each.judged.name, each.judged.stage)
            for each in sorted(rated, key=lambda each: each.id)
            if each.id not in asked_about
        ),
        blocks=chosen.blocks,
        uses=chosen.uses,
        clash=clashing(chosen.clash),
        draws=firmness.draws if firmness else 0,
        drawn_relaxed=bool(firmness and firmness.relaxed),
        seed=asked.effort.seed,
        unlimited_money=not model.portfolio.budgets,
        later_cost=_later(found, chosen, periods=len(model.portfolio.budgets), currency=currency),
    )


def _later(found: Iterable[Candidate], chosen: Selection, *, periods: int, currency: str) -> Money | None:
    """Sum up what falls into periods that no budget is given for."""
    taken = [each.needs for each in found if each.id in set(chosen.chosen)]
    later = sum((amount.amount for each in taken for amount in each.cost[periods:]), Decimal(0))
    return Money(later, currency) if later and periods else None
