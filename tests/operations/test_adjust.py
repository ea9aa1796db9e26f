"""Adjustments by a bill are written once, and not upon what somebody else adjusted meanwhile."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from remit.cli.named_format import format_named
from remit.decide import bill_sum
from remit.kernel.errors import Conflict, RemitError
from remit.kernel.money import Money
from remit.operations.adjust import adjust, adjust_by_bill
from remit.operations.read_export import Export
from remit.operations.reconcile_bill import reconcile_bill
from remit.record.bill_format import read_bill_format

FOCUS = format_named("focus", folder="bill_formats", read=read_bill_format)
BILL = (Path(__file__).parents[2] / "examples/bills/focus-1.4.csv").read_bytes()
AUTHOR = "finance@example.com"


@pytest.fixture
def system(house: Any) -> Any:
    house.apply()
    with house.system() as system:
        yield system


def export(body: bytes = BILL, name: str = "bill.csv") -> Export:
    return Export(name, lambda: io.BytesIO(body))


def found(system: Any, *exports: Export) -> Any:
    return reconcile_bill(system, exports or [export()], format=FOCUS)


def test_what_somebody_else_adjusted_meanwhile_is_a_conflict(system: Any) -> None:
    looked_at = found(system)
    adjust(
        system,
        Money(Decimal(1), "EUR"),
        reason="other",
        note="Meanwhile.",
        since=date(2026, 11, 3),
        until=date(2026, 11, 3),
        author=AUTHOR,
    )
    with pytest.raises(Conflict):
        adjust_by_bill(system, looked_at, author=AUTHOR)
    assert len(adjust_by_bill(system, found(system), author=AUTHOR)) == 1
    assert adjust_by_bill(system, found(system), author=AUTHOR) == ()


def test_a_bill_is_known_again_however_its_parts_are_named_and_in_whatever_order(system: Any) -> None:
    heading, first, *rest = BILL.splitlines(keepends=True)
    one, other = heading + first, heading + b"".join(rest)
    looked_at = found(system, export(one, "a"), export(other, "b"))
    assert looked_at.billed == found(system).billed
    assert adjust_by_bill(system, looked_at, author=AUTHOR)
    again = found(system, export(other, "x"), export(one, "y"))
    assert again.digest == looked_at.digest
    assert adjust_by_bill(system, again, author=AUTHOR) == ()


def test_a_bill_with_too_much_to_keep_apart_is_refused(system: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(bill_sum, "SUMS_MAX", 1)
    with pytest.raises(RemitError) as refused:
        found(system)
    assert refused.value.code == "source-too-large"
