"""What if: a portfolio under a scenario, and what that changes of what is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from remit.decide.candidate import Candidate
from remit.decide.grade import Grade
from remit.decide.selection import Selection, Use
from remit.decide.solver import Status
from remit.declare.needs import Needs
from remit.declare.operating_model import OperatingModel
from remit.declare.scenario import Scenario
from remit.declare.use_case import UseCase
from remit.kernel.money import Money

_N = TypeVar("_N", bound=Needs)


def under(model: OperatingModel, scenario: Scenario) -> OperatingModel:
    """Make the operating model as it would be in a scenario; nothing is applied."""
    declared = model.portfolio
    factor = scenario.cost_factor
    portfolio = declared.model_copy(
        update={
            "budgets": declared.budgets if scenario.budgets is None else scenario.budgets,
            "capacity": {**declared.capacity, **scenario.capacity},
            "work_in_progress_max": {**declared.work_in_progress_max, **scenario.work_in_progress_max},
            "risk_appetite": {**declared.risk_appetite, **scenario.risk_appetite},
            "weights": scenario.weights or declared.weights,
            "shared": {name: _costing(each, factor) for name, each in declared.shared.items()},
        }
    )
    cases = {
        name: _in_scenario(name, case, scenario)
        for name, case in model.use_cases.items()
        if name not in scenario.without
    }
    return model.model_copy(update={"portfolio": portfolio, "use_cases": cases})


def _in_scenario(name: str, case: UseCase, scenario: Scenario) -> UseCase:
    if case.needs is None:
        return case
    needs = _costing(case.needs, scenario.cost_factor)
    if name in scenario.mandatory:
        needs = needs.model_copy(update={"mandatory": True})
    return case.model_copy(update={"needs": needs})


def _costing(needs: _N, factor: Decimal | None) -> _N:
    if factor is None:
        return needs
    cost = tuple(Money(each.amount * factor, each.currency) for each in needs.cost)
    return needs.model_copy(update={"cost": cost})


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice in short: what it is worth, what it costs in all periods, and what its outcomes are declared
    to be worth in a year, apart for each evidence grade."""

    status: Status
    worth: Decimal
    bound: Decimal
    cost: Decimal
    money: Mapping[Grade, Decimal]
    count: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """A scenario beside what is declared: who enters, who leaves, and what that changes."""

    name: str
    entering: tuple[str, ...]
    leaving: tuple[str, ...]
    chosen: Chosen
    uses: tuple[Use, ...]
    clash: tuple[str, ...] = ()


def in_short(selection: Selection, found: tuple[Candidate, ...], shared: Mapping[str, Needs]) -> Chosen:
    """Sum up a choice over all periods."""
    taken = {each.id: each for each in found if each.id in selection.chosen}
    needs: list[Needs] = [each.needs for each in taken.values()]
    needs += [shared[address] for address in selection.blocks]
    cost = sum((amount.amount for each in needs for amount in each.cost), Decimal(0))
    money: dict[Grade, Decimal] = {}
    for each in taken.values():
        if each.judged.money is not None:
            grade = each.judged.grade
            money[grade] = money.get(grade, Decimal(0)) + each.judged.money.amount
    return Chosen(selection.status, selection.worth, selection.bound, cost, money, len(taken))


def compare(name: str, before: Selection, after: Selection, *, chosen: Chosen) -> Comparison:
    """Say who enters and who leaves in a scenario; where nothing keeps every limit, nobody does."""
    old, new = set(before.chosen), set(after.chosen)
    if "infeasible" in (before.status, after.status):
        old = new = set()
    return Comparison(name, tuple(sorted(new - old)), tuple(sorted(old - new)), chosen, after.uses)
