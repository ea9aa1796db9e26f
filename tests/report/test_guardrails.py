"""Guardrails in lists: whose each is, what it looks for, and who must pass it."""

from __future__ import annotations

from datetime import date
from typing import Any

from remit.enforce.remit import resolve
from remit.report.guardrails import GuardrailLine, guardrails_report
from strategies import MODELS, model_block, operating_model

DAY = date(2026, 11, 23)
STRICT = {
    "name": "Strict",
    "owner": "risk@example.com",
    "content": {"HATE": "high", "PROMPT_ATTACK": "medium"},
    "words": {"listed": ["tulip", "rose"], "profanity": "true"},
    "sensitive": {"EMAIL": "anonymize"},
    "grounding": "0.7",
}
BLOCKS: Any = {
    MODELS[0]: model_block(),
    "guardrail/strict@1": STRICT,
    "guardrail/strict@2": {**STRICT, "status": "draft"},
    "guardrail/watching": {"name": "Watching", "mode": "shadow", "topics": {"law": {"definition": "Law"}}},
}


def model(**remit: Any) -> Any:
    organisation = {"name": "Harbour", "contact": "head@example.com", "currency": "EUR", "remit": remit}
    return operating_model(blocks=BLOCKS, organisation=organisation)


def test_a_guardrail_is_listed_with_what_it_looks_for_and_who_must_pass_it() -> None:
    declared = model(guardrails={"guardrail/strict": {}})
    found = guardrails_report(declared, [resolve(declared, "triage", "experiment")], DAY)
    one, two, watching = found.lines
    assert one == GuardrailLine(
        address="guardrail/strict@1",
        name="Strict",
        owner="risk@example.com",
        mode="enforce",
        status="approved",
        usable=True,
        looks_for={"content": 2, "words": 3, "sensitive": 1, "grounding": 1},
        layers=("organisation",),
        use_cases=1,
    )
    assert (two.status, two.usable, two.use_cases, two.layers) == ("draft", False, 0, ())
    assert (watching.mode, watching.owner, watching.looks_for) == (
        "shadow",
        "head@example.com",
        {"topics": 1},
    )
    assert found.unpassable == ()


def test_a_use_case_whose_guardrail_cannot_be_passed_is_named_with_the_reason() -> None:
    declared = model(guardrails={"guardrail/strict": {}})
    (stuck,) = guardrails_report(declared, [resolve(declared, "triage", "launch")], DAY).unpassable
    assert (stuck.use_case, stuck.rule) == ("triage", "guardrail-not-pinned")
    assert "guardrail/strict" in stuck.help
