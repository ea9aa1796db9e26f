"""What a plan says of policies: whom they concern, and what may allow more is asked about."""

from __future__ import annotations

from typing import Any

import pytest

from remit.declare.operating_model import OperatingModel
from remit.declare.plan import plan
from remit.enforce.effect import effects
from remit.enforce.standing import Standing
from strategies import MOMENT, operating_model

NIGHTS = 'forbid (principal in Unit::"claims", action, resource) when { context.hour > 20 };'
HELD = "is held to `policy/p`"
LATER = NIGHTS.replace("20", "21")
CASES = {
    "triage": {"name": "Triage", "unit": "motor", "purpose": "Sort claims."},
    "letters": {"name": "Letters", "unit": "desk", "purpose": "Write."},
}
UNITS = {
    "claims": {"name": "Claims", "lead": "claims@example.com"},
    "motor": {"name": "Motor", "parent": "claims"},
    "desk": {"name": "Desk", "lead": "desk@example.com"},
}
STANDINGS = {name: Standing("launch", MOMENT.date(), keys=1) for name in CASES}


def model(**policies: Any) -> OperatingModel:
    return operating_model(units=UNITS, use_cases=CASES, policies=policies)


def found(before: OperatingModel, after: OperatingModel) -> list[tuple[str, str, bool, bool]]:
    changes = effects(before, after, plan(before, after), standings=STANDINGS, posted={}, now=MOMENT)
    return [(each.use_case, each.what, each.widens, each.breaks) for each in changes]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"text": NIGHTS}, [("triage", "is held to `policy/p`", False, False)]),
        ({"text": NIGHTS}, {}, [("triage", "is no longer held to `policy/p`", True, False)]),
        (
            {"text": NIGHTS},
            {"text": LATER},
            [("triage", "is held to `policy/p` as it reads now", True, False)],
        ),
        (
            {"text": NIGHTS},
            {"text": NIGHTS, "mode": "log_only"},
            [("triage", "is no longer held to `policy/p`", True, False)],
        ),
        (
            {"text": NIGHTS, "mode": "log_only"},
            {"text": NIGHTS},
            [("triage", "is held to `policy/p`", False, False)],
        ),
        ({"text": NIGHTS}, {"text": NIGHTS, "summary": "not at night"}, []),
        ({}, {"text": NIGHTS, "mode": "log_only"}, []),
        ({}, {"text": "permit (principal, action, resource);"}, []),
        (
            {},
            {"text": "forbid (principal, action, resource);"},
            [
                ("letters", "is held to `policy/p`", False, True),
                ("triage", "is held to `policy/p`", False, True),
            ],
        ),
    ],
)
def test_what_becomes_of_use_cases(
    before: dict[str, str], after: dict[str, str], expected: list[tuple[str, str, bool, bool]]
) -> None:
    one, other = (model(**({"p": each} if each else {})) for each in (before, after))
    assert found(one, other) == expected


def test_a_policy_is_told_beside_what_else_changes() -> None:
    other = {**CASES, "letters": {**CASES["letters"], "remit": {"output_tokens_max": "5"}}}
    after = operating_model(units=UNITS, use_cases=other, policies={"p": {"text": NIGHTS}})
    assert found(model(), after) == [
        ("letters", "has `output_tokens_max` 5 instead of not stated", False, False),
        ("triage", "is held to `policy/p`", False, False),
    ]


def test_a_gate_widens_nothing_whatever_stands_in_it() -> None:
    gate = {"description": "Free.", "fast_lane": True}
    gated = operating_model(units=UNITS, use_cases=CASES, gates={"scale": gate})
    assert plan(model(), gated).changes
    assert found(model(), gated) == []
