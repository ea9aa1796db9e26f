"""Showback: units with all below them, what is their own, and what reaches no use case."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from allocated import calls, house, period
from remit.decide.finops.allocation import NOT_SHARED, AllocationLine
from remit.decide.finops.period_cost import allocation_of
from remit.report.focus_allocated import allocated_cells
from remit.report.showback import showback
from strategies import model_block

PTU: dict[str, Any] = {
    "name": "Units",
    "kind": "provisioned",
    "model": "model/kept",
    "per_hour": "1.00 EUR",
    "starts": "2026-10-31",
    "input_tokens_per_minute": "1",
    "unit": "claims",
}


def test_each_unit_stands_before_what_is_its_own_and_the_units_below_it() -> None:
    made = house(blocks={"model/kept": model_block(), "model/unused": model_block(cost_per_month="3.00 EUR")})
    rows = (
        calls("letters", "2", unit="claims"),
        calls("triage", "5"),
        calls("photos", "9"),
        calls("gone", "20", unit="old"),
    )
    found = showback(made, allocation_of(period(made, *rows, capacity={"ptu": PTU})))
    assert [("  " * each.depth + each.name, each.kind, each.amount) for each in found.rows] == [
        ("claims", "unit", Decimal(40)),
        ("  letters", "use_case", Decimal(2)),
        ("  ptu", "idle", Decimal(24)),
        ("  motor", "unit", Decimal(14)),
        ("    photos", "use_case", Decimal(9)),
        ("    triage", "use_case", Decimal(5)),
        ("old", "unit", Decimal(20)),
        ("  gone", "use_case", Decimal(20)),
        ("model/unused", "unreached", Decimal(3)),
    ]
    assert [found.total, found.reached, found.idle, found.unreached] == [63, 36, 24, 3]
    assert [found.rows[0].share, found.rows[6].share] == [Decimal("0.6349"), Decimal("0.3175")]
    assert found.rows[2].says == f"0.0 % of 1,440 input tokens were served, {NOT_SHARED}"
    assert (found.before, found.rows[0].before, found.rows[0].own) == (None, None, Decimal(26))


def test_where_nothing_was_spent_nothing_is_divided() -> None:
    made = house()
    rows = calls("letters", "2", unit="claims"), calls("triage", "-2")
    found = showback(made, allocation_of(period(made, *rows)), before=allocation_of(period(made)))
    assert {each.share for each in found.rows} == {Decimal(0)}
    assert (found.total, found.before) == (Decimal(0), Decimal(0))


def test_what_was_not_split_is_not_said_to_be_allocated() -> None:
    line = AllocationLine("people", "t/team", "t", "claims", Decimal(9), Decimal(1), "Team")
    cells = allocated_cells(line, "Triage")
    assert [cells["ResourceId"], cells["x_CostPart"], cells["BilledCost"]] == ["people/t/team", "people", 9]
    assert not any(name.startswith("Allocated") for name in cells)
