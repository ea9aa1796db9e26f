"""Bounds: whose calls count towards which limit, and when a call would pass one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from remit.enforce.tool.bound import Bound, Counting, Layer, bounds, full
from remit.enforce.tool.given import Given
from remit.enforce.tool.reach import Reached

DAY = date(2026, 12, 1)
COUNTING = Counting(("child", "parent"), "pilot", ("desk", "house"), DAY)


def layer(unit: str, tools: dict[str, dict[str, object]]) -> Layer:
    return Layer(unit, tools, f"{unit}-lead@example.com")


def test_a_run_counts_with_those_that_it_was_begun_within() -> None:
    assert COUNTING.root == "run/parent"
    assert COUNTING.scopes == (
        "run/child",
        "run/parent",
        "use-case/pilot/2026-12-01",
        "unit/desk/2026-12-01",
        "unit/house/2026-12-01",
    )


def test_limits_hold_for_each_run_and_for_the_day_of_the_use_case() -> None:
    limits = {"calls_per_run": 2, "money_per_day": 9, "targets_per_call": 1, "records_per_run": "unlimited"}
    found = bounds("tool/pay", limits, COUNTING, ())
    assert found == (
        Bound("run/child", "calls_per_run", "calls", 2),
        Bound("run/parent", "calls_per_run", "calls", 2),
        Bound("use-case/pilot/2026-12-01", "money_per_day", "money", 9),
    )


def test_what_a_units_own_layer_says_of_a_day_holds_for_all_its_use_cases() -> None:
    layers = (
        layer("house", {"tool/pay": {"calls_per_day": 7, "calls_per_run": 1}}),
        layer("desk", {"tool/pay@2": {"money_per_day": 3}, "tool/other": {"calls_per_day": 1}}),
    )
    found = bounds("tool/pay@2", {}, COUNTING, layers)
    assert [(each.scope, each.name, each.limit, each.layer, each.owner) for each in found] == [
        ("unit/house/2026-12-01", "calls_per_day", 7, "unit/house", "house-lead@example.com"),
        ("unit/desk/2026-12-01", "money_per_day", 3, "unit/desk", "desk-lead@example.com"),
    ]


def test_the_first_bound_that_a_call_would_pass_is_named() -> None:
    listed = (Bound("a", "calls_per_run", "calls", 2), Bound("b", "targets_per_day", "targets", 3))
    call = Given(targets=("x", "y"), money=Decimal(5))
    assert full(listed, {}, call) is None
    near = {"b": Reached(1, targets=frozenset({"x"}), other_targets=1)}
    assert full(listed, near, call) is None
    passed = full(listed, {"b": Reached(1, other_targets=2)}, call)
    assert passed is not None
    assert (passed.bound.name, passed.count) == ("targets_per_day", Decimal(4))
    assert passed.said == "`targets_per_day` is 3, and this call would make it 4"
    assert full(listed, {"a": Reached(2)}, Given()) is not None
