"""Unit economics: what one of each thing costs, of what there was, and where that is going."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from allocated import CASES, calls, house, period
from remit.decide.finops.period_cost import allocation_of
from remit.decide.finops.unit_cost import (
    Counted,
    Each,
    PeriodCost,
    Trend,
    metric_of,
    period_cost,
    trend_of,
    unit_cost,
)
from remit.declare.use_case import OutcomeMetric

TEAM = {"name": "Team", "kind": "people", "amount": "90.00 EUR", "every": "month"}


NONE = Counted()


def cost(counted: Counted = NONE, *rows: Any, goes_on: bool = False, team: bool = True) -> PeriodCost:
    cases = CASES | ({"triage": CASES["triage"] | {"costs": {"team": TEAM}}} if team else {})
    found = allocation_of(period(house(use_cases=cases), *rows))
    return period_cost(found, "triage", counted, goes_on=goes_on)


def test_what_one_costs_is_for_its_calls_alone_and_in_full() -> None:
    counted = Counted(calls=20, sessions=4, in_sessions=10, users=3, for_users=20, outcomes=5)
    found = cost(counted, calls("triage", "10", calls=22), calls("letters", "99"))
    assert (found.marginal, found.full) == (Decimal(10), Decimal(100))
    assert found.each == {
        "call": Each(20, Decimal("0.5"), Decimal(5)),
        # Half of the calls name a session, and half of the cost is theirs.
        "session": Each(4, Decimal("1.25"), Decimal("12.5")),
        "outcome": Each(5, Decimal(2), Decimal(20)),
        "user": Each(3, Decimal("3.333333"), Decimal("33.333333")),
    }


def test_nothing_is_divided_by_nothing() -> None:
    assert cost(Counted(outcomes=0)).each == {}
    assert cost(Counted(calls=3)).each == {"call": Each(3, Decimal(0), Decimal(30))}


def test_simulated_calls_stand_apart() -> None:
    found = cost(Counted(calls=1), calls("triage", "2"), calls("triage", "7", calls=40, simulated=True))
    assert (found.marginal, found.simulated, found.simulated_charge) == (Decimal(2), 40, Decimal(7))
    assert found.each["call"] == Each(1, Decimal(2), Decimal(92))


def test_periods_begin_with_the_first_in_which_there_was_anything() -> None:
    nothing, some = cost(team=False), cost(Counted(calls=1), calls("triage", "1"), team=False)
    found = unit_cost("triage", "motor", metric="", currency="EUR", periods=[nothing, some, nothing])
    assert found.periods == (some, nothing)
    assert found.trends == {}


def priced(*amounts: str, goes_on: int = -1) -> list[PeriodCost]:
    return [
        cost(Counted(calls=1), calls("triage", each), goes_on=at == goes_on, team=False)
        for at, each in enumerate(amounts)
    ]


@pytest.mark.parametrize(
    ("amounts", "trend"),
    [
        (("1", "2", "4", "8"), Trend("up", Decimal(1), 4)),
        (("8", "4", "2"), Trend("down", Decimal("-0.5"), 3)),
        (("5", "5.01", "4.99", "5"), Trend("level", Decimal(0), 4)),
        (("1", "1.1", "90", "1.331", "1.4641"), Trend("up", Decimal("0.1"), 5)),
        (("1", "2"), None),
        (("0", "0", "0", "0"), None),
    ],
)
def test_a_trend_is_the_median_change_between_whole_periods(amounts: Any, trend: Trend | None) -> None:
    assert trend_of(priced(*amounts), "call") == trend


def test_a_period_that_goes_on_says_nothing_of_the_trend() -> None:
    assert trend_of(priced("1", "2", "4", "900", goes_on=3), "call") == Trend("up", Decimal(1), 3)
    found = unit_cost("t", "motor", metric="", currency="EUR", periods=priced("1", "2", "4"))
    assert found.trends == {"call": Trend("up", Decimal(1), 3)}


def test_the_metric_of_the_business_counts_else_that_of_the_work_else_the_first() -> None:
    def metric(link: str | None = None) -> OutcomeMetric:
        return OutcomeMetric.model_validate({"name": "M", "unit": "m", "direction": "up", "link": link})

    metrics = {
        "a": metric("technical"),
        "b": metric("operational"),
        "c": metric("business"),
        "d": metric("business"),
    }
    assert metric_of(metrics) == "c"
    assert metric_of({name: metrics[name] for name in ("a", "b")}) == "b"
    assert metric_of({"z": metric(), "a": metrics["a"]}) == "z"
    assert metric_of({}) == ""
