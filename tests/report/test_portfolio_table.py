"""Rows of the portfolio: which are asked for, in which order, and where they lie in the plot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.advice import Advice
from remit.decide.duplicate import Group, Member
from remit.decide.usual_scenarios import USUAL, usual_scenario
from remit.declare.organisation import StageName
from remit.declare.portfolio import Portfolio
from remit.kernel.money import Money
from remit.record.rolled import DayCharge
from remit.report.merge import merges
from remit.report.portfolio_table import (
    ORDERS,
    WEEKS,
    Case,
    Chosen,
    Weeks,
    choose,
    first_day,
    in_order,
    panels,
    weekly,
)

TODAY = date(2026, 11, 24)
BARE = Case(
    id="a", name="A", unit="desk", stage="experiment", owner="a@example.com", age_days=9, age_known=True,
    score=None, value=None, feasibility=None, weeks=Weeks(), cost=Decimal(0), cost_known=False, worth=None,
    into="launch", ready=False, lacks=("quality",), advice=None, waits=(), twin="", urgent=None,
    text="a\nsort claims", lineage=frozenset({"desk", "house"}),
)  # fmt: skip


def row(id: str, **fields: Any) -> Case:
    return replace(BARE, id=id, **fields)


def advised(kind: Any, rule: str = "late") -> Advice:
    return Advice("a", "desk", "experiment", kind, rule, "why", "unless")


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (Chosen(), "abc"),
        (Chosen(text="claims SORT"), "abc"),
        (Chosen(text="other"), ""),
        (Chosen(unit="house"), "abc"),
        (Chosen(unit="elsewhere"), ""),
        (Chosen(stage="launch"), "b"),
        (Chosen(grade="none"), "abc"),
        (Chosen(advised="any"), "b"),
        (Chosen(advised="park"), ""),
        (Chosen(gate="ready"), "c"),
        (Chosen(value="2.5", feasibility="3.0"), "c"),
        (Chosen(value="none"), "ab"),
        (Chosen(value="x", feasibility="y"), "ab"),
    ],
)
def test_rows_are_narrowed_by_every_field(chosen: Chosen, found: str) -> None:
    rows = [
        row("a", advice=advised("go", "in-time")),
        row("b", stage="launch", advice=advised("stop")),
        row("c", ready=True, value=Decimal("2.9"), feasibility=Decimal(3)),
    ]
    assert "".join(each.id for each in choose(rows, chosen)) == found


@given(st.lists(st.none() | st.integers(0, 5), max_size=8), st.sampled_from(["score", "-score"]))
def test_what_has_no_value_comes_last_whichever_way_round(values: list[int | None], by: str) -> None:
    rows = [row(str(at), score=None if each is None else Decimal(each)) for at, each in enumerate(values)]
    scores = [each.score for each in in_order(rows, by)]
    known = [each for each in scores if each is not None]
    assert scores == [*sorted(known, reverse=by.startswith("-")), *[None] * (len(scores) - len(known))]


def test_every_order_orders_and_an_unknown_one_is_that_of_decisions() -> None:
    rows = [row("a", urgent=2), row("b", urgent=None), row("c", urgent=0)]
    for by in ORDERS:
        assert len(in_order(rows, by)) == len(in_order(rows, f"-{by}")) == 3
    assert [each.id for each in in_order(rows, "nothing")] == ["c", "a", "b"]


def test_weeks_end_today_and_simulated_calls_count_only_where_there_are_no_others() -> None:
    def charged(name: str, back: int, *, calls: int = 1, simulated: bool = False) -> DayCharge:
        day = TODAY - timedelta(days=back)
        nothing = Decimal(0)
        return DayCharge(
            day, name, "desk", "m", "EUR", simulated, calls, Decimal(2), nothing, nothing, nothing
        )

    last = (TODAY - first_day(TODAY)).days
    found = weekly(
        [
            charged("a", 0), charged("a", 6), charged("a", 7), charged("a", last), charged("a", last + 1),
            charged("a", 0, calls=9, simulated=True), charged("b", 0, calls=9, simulated=True),
        ],
        today=TODAY, currency="EUR",
    )  # fmt: skip
    assert found["a"] == Weeks((1, *[0] * (WEEKS - 3), 1, 2), Decimal(8))
    assert found["b"] == Weeks((*[0] * (WEEKS - 1), 9), Decimal(0), simulated=True)


def test_the_plot_has_a_panel_for_each_stage_and_everybody_who_is_placed() -> None:
    placed = [row(str(at), value=Decimal(at) / 2, feasibility=Decimal(5)) for at in range(11)]
    found = panels([*placed, row("none"), row("gone", stage="retired", value=Decimal(1))])
    assert [each.stage for each in found] == ["envision", "experiment", "launch", "scale"]
    assert [each.use_cases for each in found] == [0, 11, 0, 0]
    for place in found[1].places:
        assert 0 <= place.up <= 5
        assert 0 <= place.across <= 5
        rows = choose(placed, Chosen(value=str(place.value), feasibility=str(place.feasibility)))
        assert len(rows) == place.use_cases


def test_merging_says_who_stays_who_ends_and_what_that_spares_at_most() -> None:
    stages: dict[str, StageName] = {"a": "launch", "b": "experiment", "c": "experiment", "d": "retired"}
    members = tuple(
        Member(id, id.upper(), "desk", stage, f"{id}@example.com") for id, stage in stages.items()
    )
    cases = {
        "a": row("a", cost=Decimal(9)),
        "b": row("b", cost=Decimal(5), cost_known=True, twin="a"),
        "c": row("c", cost=Decimal(7)),
    }
    [found] = merges([Group("title", members, 0.9, ())], cases)
    assert [(each.member.id, each.fate) for each in found.lines] == [
        ("a", "stays"), ("b", "ends"), ("c", "apart"), ("d", "retired"),
    ]  # fmt: skip
    assert (found.spared, found.ends, found.unknown) == (Decimal(5), 1, 0)
    assert found.owners == ("a@example.com", "b@example.com", "c@example.com")
    assert "house" in found.units


def test_usual_scenarios_change_what_is_declared_and_nothing_where_nothing_is() -> None:
    declared = Portfolio(budgets=(Money(Decimal(100), "EUR"),), capacity={"data": (Decimal(5),)})
    made = {name: usual_scenario(name, declared) for name in USUAL}
    assert made["less"] is not None
    assert made["less"].budgets == (Money(Decimal("75.00"), "EUR"),)
    assert made["fewer"] is not None
    assert made["fewer"].capacity == {"data": (Decimal("4.0"),)}
    assert made["dearer"] is not None
    assert made["dearer"].cost_factor == Decimal("1.2")
    bare = [name for name in USUAL if usual_scenario(name, Portfolio()) is None]
    assert bare == ["less", "more", "fewer"]
