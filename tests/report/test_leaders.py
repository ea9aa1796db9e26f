"""Spending from every side comes to the same, and value stands beside it by grade."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from allocated import calls, house, period
from remit.decide.finops.allocation import Allocation
from remit.decide.finops.period_cost import allocation_of
from remit.decide.worth.cost import FullCost
from remit.decide.worth.worth import Worth, worth
from remit.declare.operating_model import OperatingModel
from remit.report.leaders import Basis, spending
from worth_house import MINUTES, result

UNITS = {
    "units": {"name": "Units", "kind": "provisioned", "model": "model/a", "per_hour": "1.00 EUR",
              "starts": "2026-01-01", "input_tokens_per_minute": 100}
}  # fmt: skip
SHARED = {"centre": {"name": "Centre", "kind": "people", "amount": "100.00 EUR", "every": "month"}}
CASES: dict[str, Any] = {
    "triage": {
        "name": "Triage",
        "unit": "motor",
        "purpose": "Sort claims.",
        "outcomes": {"minutes": MINUTES},
    },
    "letters": {"name": "Letters", "unit": "claims", "purpose": "Write.", "outcomes": {"minutes": MINUTES}},
    "photos": {"name": "Photos", "unit": "motor", "purpose": "Look.", "outcomes": {"minutes": MINUTES}},
}
MODEL = house(platform=SHARED, capacity=UNITS, use_cases=CASES)
CALLED = {
    ("triage", "experiment"): Decimal(4),
    ("triage", "launch"): Decimal(6),
    ("letters", "scale"): Decimal(5),
}


def october() -> Allocation:
    rows = (
        calls("triage", "4", stage="experiment"),
        calls("triage", "6", model="model/b"),
        calls("letters", "5", unit="claims", stage="scale"),
    )
    return allocation_of(period(MODEL, *rows, capacity=UNITS))


def weighed(model: OperatingModel = MODEL) -> dict[str, Worth]:
    grades = {"triage": [result(use_case="triage")], "letters": [], "photos": [result(use_case="photos")]}
    return {name: worth(model, name, found, cost=FullCost(), asked={}) for name, found in grades.items()}


def basis(unit: str = "") -> Basis:
    stages: dict[str, Any] = {"triage": "launch", "letters": "scale", "photos": "experiment"}
    return Basis(MODEL, october(), stages, CALLED, weighed(), unit)


@pytest.mark.parametrize("unit", ["", "motor"])
def test_every_side_sums_up_to_the_same_total(unit: str) -> None:
    found = spending(basis(unit))
    sides = (
        [each for each in found.units if not each.depth],
        found.use_cases,
        found.stages,
        found.models,
    )
    assert [sum(each.cost for each in side) for side in sides] == [found.total] * 4
    assert sum(found.parts.values()) == found.total
    if not unit:
        assert found.total == october().total


def test_calls_count_at_the_stage_that_they_were_made_at() -> None:
    stages = {each.name: each.cost for each in spending(basis()).stages if each.kind == "stage"}
    assert stages["experiment"] >= 4
    assert stages["launch"] >= 6
    assert stages["scale"] >= 5


def test_value_is_that_of_as_many_days_by_grade_and_before_launch_it_is_in_no_sum() -> None:
    found = spending(basis())
    triage = next(each for each in found.use_cases if each.name == "triage")
    [value] = triage.value
    # 48,000 in a year of 365 days, of which October has 31.
    assert (value.grade, value.value.point) == ("experiment", Decimal("4076.71"))
    assert {each.name for each in found.stages if each.value} == {"experiment", "launch", "scale"}
    assert [(each.grade, each.figures) for each in found.value] == [("experiment", 1), ("claimed", 1)]


def test_what_is_kept_ready_for_a_model_is_that_model_s_and_the_rest_is_no_model_s() -> None:
    found = {(each.kind, each.name): each.cost for each in spending(basis()).models}
    assert found["model", "model/a"] > 740
    assert found["model", "model/b"] == 6
    assert found["part", "people"] == 100
