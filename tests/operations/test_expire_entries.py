"""For how long entries are kept is declared, for all use cases and for single ones."""

from __future__ import annotations

from typing import Any

import pytest

from remit.cli.directory import load_directory
from remit.operations.expire_entries import retention


def test_a_use_case_has_its_own_number_of_days_beside_the_organisation_s(house: Any) -> None:
    base = house.base.replace(
        "  currency: EUR\n", "  currency: EUR\n  ledger_retention_days: {call: 400, hold: 30}\n"
    )
    case = house.case.rstrip() + "\n    ledger_retention_days: {call: 35}\n"
    model = load_directory(house.declare(base, case)).operating_model
    assert model is not None
    assert retention(model) == {("call", ""): 400, ("hold", ""): 30, ("call", "pilot"): 35}


@pytest.mark.parametrize("wrong", ["{call: 0}", "{call: 40000}", "{apply: 30}", "{call: forever}"])
def test_what_is_no_number_of_days_or_no_such_kind_is_said(house: Any, wrong: str) -> None:
    base = house.base.replace("  currency: EUR\n", f"  currency: EUR\n  ledger_retention_days: {wrong}\n")
    [fault] = load_directory(house.declare(base, house.case)).diagnostics
    assert fault.code in ("invalid-value", "unknown-field")
