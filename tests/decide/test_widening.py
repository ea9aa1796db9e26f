"""What of a change waits for consent: where, for whom, and what makes rules weaker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from remit.cli.directory import shipped_files
from remit.decide.roles import holder
from remit.decide.weaker import weaker_rules
from remit.decide.widening import BARRED_MAX, ROLES_MAX, Widened, widened
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel
from remit.declare.plan import plan
from remit.enforce.effect import effects
from remit.enforce.standing import Standing
from remit.record.projection import StageFact
from remit.settings import read_settings

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
HOUSE = """
organisation:
  name: House
  contact: centre@example.com
  currency: EUR
  remit: {models: any, data_class_max: restricted, spend: [{limit: 100.00 EUR, per: month}]}
units:
  desk: {name: Desk, lead: lead@example.com}
"""
CASES = """
use_cases:
  letters:
    name: Letters
    unit: desk
    owner: letters@example.com
    risk_owner: risk@example.com
    data_class: restricted
    purpose: Answer letters.
    remit: {output_tokens_max: 500, spend: [{limit: 5.00 EUR, per: month}]}
  mail:
    name: Mail
    unit: desk
    owner: mail@example.com
    risk_owner: mail-risk@example.com
    purpose: Sort mail.
    remit: {output_tokens_max: 500, spend: [{limit: 5.00 EUR, per: month}]}
"""


def model(text: str = HOUSE + CASES, *more: str) -> OperatingModel:
    files = {f"{number}.yaml": each for number, each in enumerate((text, *more))}
    loaded = load(shipped_files() | files)
    assert loaded.operating_model is not None, [each.render() for each in loaded.diagnostics]
    return loaded.operating_model


def change(
    after: OperatingModel, *, before: OperatingModel | None = None, stages: Mapping[str, str] | None = None
) -> Widened | None:
    before = before or model()
    where: Any = stages or {"letters": "launch", "mail": "launch"}
    found = effects(
        before,
        after,
        plan(before, after),
        standings={name: Standing(stage, date(2026, 1, 1)) for name, stage in where.items()},
        posted={},
        now=NOW,
    )
    facts = {name: StageFact(stage, date(2026, 1, 1), "adopted") for name, stage in where.items()}
    return widened(before, after, found, stages=facts)


def edited(*edits: tuple[str, str], text: str = HOUSE + CASES) -> OperatingModel:
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return model(text)


LONGER = ("output_tokens_max: 500", "output_tokens_max: 900")
RICHER = ("limit: 5.00", "limit: 9.00")


def test_a_use_case_of_high_risk_that_runs_for_real_waits_for_its_own_people() -> None:
    found = change(edited(LONGER))
    assert found is not None
    assert (found.about, found.tier, found.use_case) == ("apply", "high", "letters")
    assert found.rule.roles == ("risk-owner", "unit-lead")
    assert found.barred == ("letters@example.com",)
    assert [each.field for each in found.found] == ["output_tokens_max"]


@pytest.mark.parametrize("stage", ["envision", "experiment"])
def test_a_pilot_waits_for_nobody(stage: str) -> None:
    assert change(edited(LONGER, RICHER), stages={"letters": stage, "mail": "launch"}) is None


def test_what_is_of_low_risk_and_what_narrows_wait_for_nobody() -> None:
    text = (
        (HOUSE + CASES).replace("output_tokens_max: 500", "output_tokens_max: 501").replace("501", "500", 1)
    )
    assert change(model(text)) is None
    assert change(edited(("output_tokens_max: 500", "output_tokens_max: 100"))) is None
    assert change(model(), stages={"letters": "scale"}) is None


def test_more_money_alone_is_a_budget_and_with_anything_else_an_apply() -> None:
    assert (found := change(edited(RICHER))) is not None
    assert (found.about, found.rule.roles, found.rule.people) == ("budget", ("unit-lead",), 1)
    assert (found := change(edited(RICHER, LONGER))) is not None
    assert found.about == "apply"


def test_no_change_takes_its_use_case_out_of_its_own_tier() -> None:
    found = change(edited(("data_class: restricted", "data_class: internal"), LONGER))
    assert found is not None
    assert {each.field for each in found.found} >= {"tier", "output_tokens_max"}
    raised = edited(
        (
            "purpose: Sort mail.\n    remit: {output_tokens_max: 500",
            "purpose: Sort mail.\n    data_class: restricted\n    remit: {output_tokens_max: 900",
        )
    )
    assert (other := change(raised)) is not None
    assert other.use_case == "mail"


def test_what_was_taken_out_and_what_is_adopted_comes_in_with_consent() -> None:
    without = model(HOUSE + CASES.partition("  mail:")[0])
    assert change(without) is None
    assert (again := change(model(), before=without)) is not None
    assert again.use_cases == ("mail",)
    assert again.rule.roles == ("centre", "unit-lead/desk")
    assert [holder(without, role) for role in again.rule.roles] == ["centre@example.com", "lead@example.com"]
    assert change(model(), before=without, stages={"letters": "launch"}) is None
    adopted = model(
        HOUSE + CASES.partition("  mail:")[0],
        CASES.partition("  mail:")[2]
        .join(["use_cases:\n  post:", ""])
        .replace(
            "purpose", "data_class: restricted\n    adoption: {stage: launch, basis: It ran.}\n    purpose", 1
        ),
    )
    assert (new := change(adopted, before=without, stages={"letters": "launch"})) is not None
    assert new.use_cases == ("post",)


@pytest.mark.parametrize("stage", ["experiment", "launch", "scale"])
def test_no_new_use_case_comes_in_past_a_gate_alone_whatever_risk_it_states(stage: str) -> None:
    post = f"""
use_cases:
  post:
    name: Post
    unit: desk
    purpose: Sort post.
    adoption: {{stage: {stage}, basis: It ran.}}
"""
    found = change(model(HOUSE + CASES, post))
    assert found is not None
    assert (found.use_cases, found.tier) == (("post",), "high")
    assert change(model(HOUSE + CASES, post.replace(stage, "envision"))) is None


def test_whoever_answers_for_a_use_case_is_not_replaced_alone() -> None:
    found = change(edited(("risk@example.com", "friend@example.com")))
    assert found is not None
    assert [each.summary for each in found.found] == [
        "has friend@example.com as `risk-owner` instead of risk@example.com"
    ]
    assert change(edited(("lead: lead@example.com", "lead: friend@example.com"))) is not None
    assert change(edited(("owner: letters@example.com", "owner: friend@example.com"))) is not None
    assert change(edited(("mail-risk@example.com", "friend@example.com"))) is None


PILOT = {"letters": "experiment", "mail": "launch"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("risk@example.com", "friend@example.com"),
        ("lead: lead@example.com", "lead: friend@example.com"),
        ("owner: letters@example.com", "owner: friend@example.com"),
        ("contact: centre@example.com", "contact: friend@example.com"),
        ("security: guard@example.com", "security: friend@example.com"),
    ],
)
def test_nobody_puts_a_friend_in_the_place_of_who_reviews_the_next_gate(old: str, new: str) -> None:
    text = HOUSE.replace("units:", "  roles: {security: guard@example.com}\nunits:") + CASES
    text += GATE.replace("approvals: [risk-owner]", "approvals: [security]")
    found = change(edited((old, new), text=text), before=model(text), stages=PILOT)
    assert found is not None
    assert "letters" in found.use_cases


def test_a_pilot_counts_as_less_risk_only_with_consent() -> None:
    after = edited(("data_class: restricted", "data_class: internal"))
    found = change(after, stages=PILOT)
    assert found is not None
    assert [each.field for each in found.found] == ["tier"]


@pytest.mark.parametrize("stage", ["envision", "experiment"])
def test_a_stage_that_is_declared_to_allow_more_is_no_way_around_its_gate(stage: str) -> None:
    wider = f"stages:\n  {stage}: {{description: All goes., remit: {{calls: true}}}}\n"
    text = HOUSE + CASES.replace("remit: {output_tokens_max: 500, spend", "remit: {spend")
    found = change(model(text, wider), before=model(text), stages={"letters": stage, "mail": "launch"})
    assert found is not None
    assert found.use_cases == ("letters",)
    assert change(model(text, wider), before=model(text), stages={"mail": stage}) is None


def test_several_use_cases_wait_for_the_people_of_each_and_each_person_once() -> None:
    text = HOUSE + CASES.replace("purpose: Sort mail", "data_class: restricted\n    purpose: Sort mail")
    before = model(text)
    found = change(model(text.replace("output_tokens_max: 500", "output_tokens_max: 900")), before=before)
    assert found is not None
    assert found.use_cases == ("letters", "mail")
    assert found.rule.roles == ("risk-owner/letters", "unit-lead/letters", "risk-owner/mail")
    assert found.rule.people == 2


def test_of_very_many_use_cases_the_leads_at_the_top_are_asked() -> None:
    cases = "use_cases:\n" + "".join(
        CASES.partition("use_cases:\n")[2]
        .partition("  mail:")[0]
        .replace("letters:", f"letters-{number}:")
        .replace("risk@example.com", f"risk-{number}@example.com")
        for number in range(ROLES_MAX + 1)
    )
    stages = {f"letters-{number}": "scale" for number in range(ROLES_MAX + 1)}
    after = model(HOUSE + cases.replace("output_tokens_max: 500", "output_tokens_max: 900"))
    found = change(after, before=model(HOUSE + cases), stages=stages)
    assert found is not None
    assert found.rule.roles == ("centre", "unit-lead/letters-0")


def test_of_very_many_owners_only_those_who_are_asked_are_barred_by_name() -> None:
    one = CASES.partition("use_cases:\n")[2].partition("  mail:")[0]
    cases = "use_cases:\n" + "".join(
        one.replace("letters:", f"letters-{number}:").replace("letters@", f"owner-{number}@")
        for number in range(BARRED_MAX)
    )
    cases += one.replace("letters:", "led:").replace("letters@", "lead@")
    stages = dict.fromkeys([*(f"letters-{number}" for number in range(BARRED_MAX)), "led"], "scale")
    after = model(HOUSE + cases.replace("output_tokens_max: 500", "output_tokens_max: 900"))
    found = change(after, before=model(HOUSE + cases), stages=stages)
    assert found is not None
    assert len(found.use_cases) == BARRED_MAX + 1
    assert found.barred == ("lead@example.com",)


def test_two_spellings_of_an_address_are_one_person() -> None:
    spelt = edited(("owner: letters@example.com", "owner: Risk@Example.com"))
    assert spelt.owner_of("letters") == spelt.use_cases["letters"].risk_owner == "risk@example.com"
    assert read_settings({"REMIT_AUTHOR": " Risk@EXAMPLE.com "}).author == "risk@example.com"


# ── rules ──

GATE = """
gates:
  launch:
    description: It is good enough.
    approvals: [risk-owner]
    criteria:
      quality: {name: Q, measure: pass_rate, at_least: 0.9, confidence: 0.9, fresh_days: 30,
        evidence: evaluation, pillar: platform, help: Run it.}
      drill: {name: D, measure: attestation, present: true, evidence: attestation, tiers: [medium, high],
        pillar: people, help: Go.}
    kill:
      worse: {name: W, measure: share_of_target, at_most: 0, evidence: value_study, tiers: [low, high],
        pillar: people, help: X.}
"""
RULE = """
approvals:
  apply:
    description: More.
    capability: stages-and-gates
    stages: [launch, scale]
    high: {roles: [risk-owner], with_centre: true, people: 2, deadline_hours: 24, escalates_to: centre,
      expires_hours: 48}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("approvals: [risk-owner]", "approvals: []"),
        ("approvals: [risk-owner]", "approvals: [risk-owner]\n    fast_lane: true"),
        ("at_least: 0.9", "at_least: 0.8"),
        ("at_least: 0.9", "at_most: 0.9"),
        ("confidence: 0.9,", ""),
        ("confidence: 0.9", "confidence: 0.8"),
        ("fresh_days: 30", "fresh_days: 60"),
        ("measure: pass_rate", "measure: attack_success_rate"),
        ("      drill:", "      other:"),
        ("      worse:", "      bad:"),
        ("at_most: 0,", "at_most: -1,"),
        ("tiers: [medium, high]", "tiers: [high]"),
        ("tiers: [low, high]", "tiers: [high]"),
        ("capability: stages-and-gates", "capability: budgets"),
        ("stages: [launch, scale]", "stages: [scale]"),
        ("roles: [risk-owner]", "roles: [unit-lead]"),
        ("with_centre: true", "with_centre: false"),
        ("people: 2", "people: 1"),
        ("escalates_to: centre", "escalates_to: unit-lead"),
        ("deadline_hours: 24", "deadline_hours: 1"),
        ("    high:", "    low:"),
        ("currency: EUR", "currency: EUR\n  governance: centralized"),
    ],
)
def test_what_asks_for_less_is_weaker_and_waits_for_consent(old: str, new: str) -> None:
    text = HOUSE + CASES + GATE + RULE
    before, after = model(text), edited((old, new), text=text)
    assert list(weaker_rules(before, after)) != []
    found = change(after, before=before, stages={"letters": "experiment", "mail": "launch"})
    assert found is not None
    assert (found.about, found.tier) == ("apply", "high")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("approvals: [risk-owner]", "approvals: [risk-owner, unit-lead]"),
        ("at_least: 0.9", "at_least: 0.95"),
        ("confidence: 0.9", "confidence: 0.99"),
        ("fresh_days: 30", "fresh_days: 7"),
        ("name: Q", "name: Quality"),
        ("tiers: [medium, high],", ""),
        ("tiers: [low, high]", "tiers: [low, medium, high]"),
        ("people: 2", "people: 3"),
        ("expires_hours: 48", "expires_hours: 96"),
        ("    high:", "    low: {deadline_hours: 1, expires_hours: 2}\n    high:"),
    ],
)
def test_what_asks_for_as_much_or_more_is_not_weaker(old: str, new: str) -> None:
    text = HOUSE + CASES + GATE + RULE
    assert list(weaker_rules(model(text), edited((old, new), text=text))) == []


def test_a_criterion_that_may_be_shown_on_another_data_set_asks_for_less() -> None:
    bound = (HOUSE + CASES + GATE).replace("evidence: evaluation,", "evidence: evaluation, dataset: agreed,")
    before = model(bound)
    for other in ("", " dataset: easy,"):
        after = model(bound.replace(" dataset: agreed,", other))
        assert list(weaker_rules(before, after)) == ["the gate into `launch` asks less of `quality`"]
    assert list(weaker_rules(model(HOUSE + CASES + GATE), before)) == []


WAIVER = """
approvals:
  waiver:
    description: It may be missing for a time.
    capability: risk-acceptance
    high: {roles: [risk-owner], people: 2, deadline_hours: 24, escalates_to: centre, expires_hours: 48}
"""


def test_a_tier_that_followed_the_next_higher_one_does_not_get_less_of_its_own_unseen() -> None:
    low = "    low: {deadline_hours: 24, escalates_to: centre, expires_hours: 48}\n    high:"
    text = HOUSE + CASES + WAIVER
    before, after = model(text), edited(("    high:", low), text=text)
    assert list(weaker_rules(before, after)) == ["the rule for approvals of `waiver` asks less at low risk"]


def test_rules_become_weaker_freely_where_nothing_is_of_high_risk() -> None:
    text = (HOUSE + CASES + GATE).replace("data_class: restricted", "data_class: internal")
    after = edited(("at_least: 0.9", "at_least: 0.1"), text=text)
    assert change(after, before=model(text)) is None


def test_a_rule_that_goes_is_weaker_and_one_that_comes_is_not() -> None:
    there = model()
    gone = there.model_copy(update={"gates": {}, "approvals": {}, "governance": {}})
    said = list(weaker_rules(there, gone))
    assert "the gate into `launch` is gone" in said
    assert "the rule for approvals of `apply` is gone" in said
    assert "others decide on `budgets`" in said
    assert list(weaker_rules(gone, there)) == []


def test_a_model_of_before_there_were_rules_asks_nobody() -> None:
    bare = model().model_copy(update={"approvals": {}})
    assert change(edited(LONGER), before=bare) is None
