"""The gate before a use case, as it is shown."""

from __future__ import annotations

from typing import Any

import pytest

from remit.declare.organisation import StageName
from remit.report.gate import Approver, gate_view
from strategies import operating_model

WORD = {"evidence": "attestation", "pillar": "people", "help": "Say so.", "name": "Said", "measure": "word"}
MEASURED = {
    "name": "Good",
    "measure": "pass_rate",
    "evidence": "evaluation",
    "pillar": "platform",
    "help": "Run.",
}
GATE: dict[str, Any] = {
    "description": "Good enough.",
    "approvals": ["risk-owner", "unit-lead", "use-case-owner", "privacy-office", "nobody"],
    "criteria": {
        "quality": {**MEASURED, "at_least": "0.90", "confidence": "0.975", "fresh_days": "30"},
        "said": {**WORD, "present": "true"},
    },
    "kill": {"bad": {**MEASURED, "at_most": "-1"}},
}


def model(**gates: Any) -> Any:
    organisation = {
        "name": "House",
        "contact": "head@example.com",
        "currency": "EUR",
        "roles": {"privacy-office": "privacy@example.com"},
    }
    return operating_model(organisation=organisation, gates=gates)


def test_a_gate_says_in_words_what_meets_each_criterion() -> None:
    found = gate_view(model(launch=GATE), "triage", "experiment")
    assert [(each.id, each.threshold) for each in found.criteria] == [
        ("quality", "pass_rate ≥ 0.9, 97.5 % sure"),
        ("said", "word is there"),
    ]
    assert [each.threshold for each in found.kill] == ["pass_rate ≤ -1"]
    assert not found.reviewed


def test_who_must_agree_is_named_by_role_and_address() -> None:
    assert gate_view(model(launch=GATE), "triage", "experiment").approvals == (
        Approver("risk-owner", ""),
        Approver("unit-lead", "claims@example.com"),
        Approver("use-case-owner", "claims@example.com"),
        Approver("privacy-office", "privacy@example.com"),
        Approver("nobody", ""),
    )


@pytest.mark.parametrize(
    ("stage", "into"),
    [
        ("envision", "experiment"),
        ("experiment", "launch"),
        ("launch", "scale"),
        ("scale", None),
        ("retired", None),
    ],
)
def test_the_next_gate_leads_into_the_next_stage(stage: StageName, into: StageName | None) -> None:
    found = gate_view(model(), "triage", stage)
    assert (found.into, found.declared) == (into, False)


def test_another_stage_can_be_asked_about() -> None:
    found = gate_view(model(retired=GATE), "triage", "scale", into="retired")
    assert (found.into, found.declared) == ("retired", True)
