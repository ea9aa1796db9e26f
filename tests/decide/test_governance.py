"""Governance compared: what each mode would change, from declarations and from the past."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from remit.decide.governance import Change, Mode, OutOfBounds, compare
from remit.declare.operating_model import OperatingModel
from strategies import MOMENT, operating_model

MATRIX = {
    "budgets": {
        "name": "Money",
        "fields": ["spend"],
        "decides": {"centralized": "centre", "federated": "both", "decentralized": "unit"},
    },
    "platform": {
        "name": "Platform",
        "decides": {"centralized": "centre", "federated": "centre", "decentralized": "unit"},
        "consulted": ["architect"],
    },
}
MONEY = [{"limit": "5 EUR", "per": "day"}]
CASES: tuple[tuple[str, str, list[str]], ...] = (
    ("x", "motor", ["model/b"]),
    ("y", "claims", ["model/b"]),
    ("z", "service", []),
)


def model(**organisation: Any) -> OperatingModel:
    return operating_model(
        organisation={
            "name": "H",
            "contact": "head@example.com",
            "currency": "EUR",
            "remit": {"spend": MONEY},
            "roles": {"architect": "architect@example.com"},
            **organisation,
        },
        units={
            "claims": {"name": "Claims", "lead": "claims@example.com", "remit": {"spend": MONEY}},
            "motor": {"name": "Motor", "parent": "claims"},
            "service": {"name": "Service", "lead": "service@example.com"},
        },
        stages={
            "launch": {"description": "Ours.", "remit": {"spend": MONEY}},
            "scale": {"description": "Shipped.", "remit": {"spend": MONEY}},
        },
        use_cases={
            name: {"name": name, "unit": unit, "purpose": "p", "blocks": ["model/a", *more]}
            for name, unit, more in CASES
        },
        governance=MATRIX,
    )


def modes(found: OperatingModel, *changes: Change) -> dict[str, Mode]:
    compared = compare(found, shipped_stages=["scale"], changes=changes, now=MOMENT)
    return {each.mode: each for each in compared}


def test_fields_stand_out_of_bounds_where_the_other_side_decides_alone() -> None:
    found = modes(model())
    assert found["centralized"].out_of_bounds == (OutOfBounds("unit/claims", "spend", "budgets", "centre"),)
    assert found["federated"].out_of_bounds == ()
    assert [each.layer for each in found["decentralized"].out_of_bounds] == ["organisation", "stage/launch"]


def test_the_declared_mode_is_marked() -> None:
    assert [each.mode for each in modes(model()).values() if each.declared] == ["federated"]
    centralized = modes(model(governance="centralized"))
    assert [each.mode for each in centralized.values() if each.declared] == ["centralized"]


def test_blocks_that_units_share_are_built_again_where_each_unit_builds_its_own_platform() -> None:
    found = modes(model())
    [copies] = found["decentralized"].duplicated
    # Motor stands below claims and shares its stack; service would build another.
    assert (copies.block, copies.units, copies.more) == ("model/a", ("claims", "service"), 1)
    assert found["centralized"].duplicated == found["federated"].duplicated == ()


@pytest.mark.parametrize(
    ("side", "centralized", "federated", "decentralized"), [("unit", 1, 1, 0), ("centre", 0, 0, 1)]
)
def test_an_approval_is_counted_where_another_side_decides(
    side: Any, centralized: int, federated: int, decentralized: int
) -> None:
    found = modes(model(), Change(MOMENT - timedelta(days=61), side, "spend"))
    assert [each.approvals for each in found.values()] == [centralized, federated, decentralized]


def test_a_rate_is_said_only_of_a_ledger_that_is_long_enough() -> None:
    old = [Change(MOMENT - timedelta(days=days), "unit", "spend") for days in (61, 30, 2)]
    assert modes(model(), *old)["centralized"].approvals_a_month == Decimal("1.5")
    assert modes(model(), old[-1])["centralized"].approvals_a_month is None
    assert modes(model())["centralized"].approvals_a_month is None


def test_every_capability_has_one_who_is_accountable() -> None:
    board = {"board": {"name": "The board", "chair": "architect", "decides": ["budgets"]}}
    found = modes(model(committees=board))
    money = {mode: each.responsibilities[0] for mode, each in found.items()}
    assert money["centralized"].accountable == "The board"
    assert money["federated"].accountable == "The board"
    assert money["decentralized"].accountable == "the unit's lead"
    assert money["federated"].consulted == ("the unit's lead",)
    assert money["centralized"].informed == ("the unit's lead",)
    platform = found["centralized"].responsibilities[1]
    assert (platform.consulted, platform.accountable) == (("architect",), "head@example.com")


def test_a_matrix_without_a_platform_leaves_it_with_the_centre() -> None:
    bare = model().model_copy(update={"governance": {}})
    assert all(each.duplicated == () for each in modes(bare).values())
