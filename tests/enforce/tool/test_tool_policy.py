"""Policies on tools: permits that are written from the remit, and forbids that win, broken ones as well."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cedarpy import Schema, validate_policies

from remit.declare.block import ToolBlock
from remit.declare.load import load
from remit.declare.policy import POLICIES_MAX, Policy
from remit.declare.tool_policy import TOOL_SCHEMA
from remit.enforce.remit import resolve
from remit.enforce.tool.decision import ToolCall
from remit.enforce.tool.given import given
from remit.enforce.tool.policy import ToolEvaluation, about_tools, evaluate, permit, permits
from remit.enforce.tool.reach import Sofar
from remit.enforce.tool.run import begun
from strategies import MOMENT, operating_model

PAY = ToolBlock.model_validate(
    {
        "name": "Pay",
        "effect": "writes",
        "arguments": {"to": "target", "amount": "money"},
        "asked_as": ["pay"],
        "owner": "payments@example.com",
    }
)
LOOK = ToolBlock.model_validate({"name": "Look", "effect": "reads"})
FORBID = 'forbid (principal, action == Action::"call_tool", resource)'
BROKEN = f"{FORBID} when {{ context.targets * 9223372036854775807 > 1 }};"


def call(block: ToolBlock = PAY, *, level: Any = "act_within_limits", tools: Any = None) -> ToolCall:
    remit = {"tools": {"tool/it": {}} if tools is None else tools}
    case = {"name": "Triage", "unit": "motor", "purpose": "Sort claims.", "remit": remit}
    model = operating_model(use_cases={"triage": case})
    return ToolCall(
        remit=resolve(model, "triage", "launch"),
        address="tool/it",
        block=block,
        pin="",
        level=level,
        given=given({"to": ["Anna", "Bert"], "amount": 40}, block),
        run=begun("pay Anna and Bert"),
        sofar=Sofar(),
        day=MOMENT.date(),
        administrator="head@example.com",
    )


def evaluated(asked: ToolCall, *texts: str | Policy, approved: bool = False) -> ToolEvaluation:
    policies = [each if isinstance(each, Policy) else Policy(text=each) for each in texts]
    written = tuple((f"p{number}", each) for number, each in enumerate(policies))
    lineage = ("claims", "motor")
    return evaluate(asked, written, lineage=lineage, key="k1", approved=approved, local=MOMENT)


def test_permits_are_sound_cedar_and_only_for_tools_that_the_remit_lists() -> None:
    tools = {"tool/it": PAY, "tool/look": LOOK}
    written = permits(call().remit, tools)
    assert written == (permit("tool/it", PAY),)
    assert len(permits(call(tools="any").remit, tools)) == 2
    every = "\n".join(permits(call(tools="any").remit, tools))
    assert validate_policies(every, Schema.from_str(TOOL_SCHEMA)).validation_passed


@pytest.mark.parametrize(
    ("block", "level", "approved", "effect"),
    [
        (PAY, "autonomous", False, "allow"),
        (PAY, "act_within_limits", False, "allow"),
        (PAY, "act_with_approval", False, "deny"),
        (PAY, "act_with_approval", True, "allow"),
        (PAY, "suggest", True, "deny"),
        (LOOK, "suggest", False, "allow"),
        (LOOK, "none", True, "deny"),
    ],
)
def test_what_waits_for_a_person_passes_when_it_is_asked_again_with_an_approval(
    block: ToolBlock, level: Any, approved: bool, effect: str
) -> None:
    assert evaluated(call(block, level=level), approved=approved).decision.effect == effect


def test_without_a_permit_nothing_passes() -> None:
    assert evaluated(call(tools={})).decision.rule == "tool-outside-remit"
    assert evaluated(replace(call(), block=None)).decision.rule == "tool-outside-remit"
    wide = 'permit (principal, action == Action::"call_tool", resource);'
    assert evaluated(call(tools={}), wide).decision.effect == "deny"


@pytest.mark.parametrize(
    "condition",
    [
        'context.money.greaterThan(decimal("39.99"))',
        "context.targets > 1",
        "context.asked && context.targets_known && !context.tainted",
        'principal in Unit::"claims"',
        "resource.writes && !resource.reversible",
        "context.weekday < 6",
    ],
)
def test_a_forbid_wins_over_the_permit(condition: str) -> None:
    written = Policy(text=f"{FORBID} when {{ {condition} }};", summary="not so", owner="risk@example.com")
    found = evaluated(call(), written).decision
    assert (found.rule, found.layer, found.owner) == ("forbidden-by-policy", "policy/p0", "risk@example.com")
    assert evaluated(call(), f"{FORBID} when {{ !({condition}) }};").decision.effect == "allow"


def test_a_broken_forbid_still_forbids() -> None:
    found = evaluated(call(), BROKEN).decision
    assert (found.effect, found.rule, found.layer) == ("deny", "policy-failed", "policy/p0")


def test_a_policy_that_only_logs_is_noted_and_lets_nothing_through_that_no_permit_allows() -> None:
    noted = Policy(text=f"{FORBID};", mode="log_only")
    assert evaluated(call(), noted) == ToolEvaluation(evaluated(call()).decision, ("p0",))
    assert evaluated(call(tools={}), noted).decision.effect == "deny"
    assert evaluated(call(), Policy(text=BROKEN, mode="log_only")).noted == ("p0",)


def test_text_that_cannot_be_read_refuses() -> None:
    assert evaluated(call(), "forbid (").decision.rule == "policy-failed"
    unread = operating_model(policies={"p": {"text": "forbid ("}})
    assert [id for id, _ in about_tools(unread)] == ["p"]


def test_a_slice_is_never_larger_than_what_is_evaluated_in_time() -> None:
    assert evaluated(call(), *([f"{FORBID} when {{ false }};"] * POLICIES_MAX)).decision.effect == "deny"
    assert evaluated(call(), *([f"{FORBID} when {{ false }};"] * 99)).decision.effect == "allow"


def test_policies_about_tools_and_about_models_are_held_apart() -> None:
    organisation = "organisation: {name: Example, contact: head@example.com, currency: EUR}"
    written = f"""
@id("no-more-than-two")
{FORBID} when {{ context.targets > 2 }};
@id("long-answers")
forbid (principal, action, resource) when {{ context.output_tokens > 1000 }};
@id("misspelt")
{FORBID} when {{ context.output_tokens > 1000 }};
"""
    found = load({"organisation.yaml": organisation, "tools.cedar": written})
    assert [(each.code, each.span.line) for each in found.diagnostics] == [("policy-invalid", 7)]
    sound = load({"organisation.yaml": organisation, "tools.cedar": written.partition('@id("missp')[0]})
    assert sound.operating_model is not None
    assert [id for id, _ in about_tools(sound.operating_model)] == ["no-more-than-two"]
