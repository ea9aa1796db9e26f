"""What counts as evidence of maturity, for whom, for how long, and what is only labelled."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from maturity_house import (
    CASE,
    CATALOGUE,
    ITEMS,
    NEXT,
    TODAY,
    answered,
    calls,
    evaluation,
    house,
    past,
    review,
    said,
    statuses,
)
from remit.decide.maturity import profile
from remit.decide.maturity_answer import Answer, scopes
from remit.decide.maturity_known import known
from remit.record.approval_entry import Approval
from remit.record.decided import StageChange
from remit.record.dossier_entry import Evidence
from strategies import MOMENT, model_block


def test_an_attestation_counts_until_its_last_day_and_a_year_where_it_names_none() -> None:
    address = "maturity/l1-c1"
    for given_, expected in (
        ({"expires": TODAY}, "yes"),
        ({"shown": TODAY - timedelta(days=9), "expires": TODAY - timedelta(days=1)}, "no"),
        ({"shown": TODAY - timedelta(days=365)}, "yes"),
        ({"shown": TODAY - timedelta(days=366)}, "no"),
        ({"shown": TODAY + timedelta(days=1)}, "no"),
        ({"at": NEXT}, "no"),
    ):
        word = said(address)
        for name, value in given_.items():
            word = _with(word, name, value)
        assert answered(past(filed=(word,)))["l1-c1"].status == expected, given_


def _with(word: Evidence, name: str, value: Any) -> Evidence:
    return Evidence(**({each: getattr(word, each) for each in word.__struct_fields__} | {name: value}))


def test_what_was_taken_back_counts_for_nothing() -> None:
    word = said("maturity/l1-c1")
    back = said("maturity/l1-c1", id="e2", withdraws="e1")
    found = answered(past(filed=(word, back)))["l1-c1"]
    assert (found.status, found.basis, found.entries) == ("no", "not attested", ())
    another = said("maturity/l1-c1", id="e2", withdraws="e1", unit="desk")
    assert answered(past(filed=(word, another)))["l1-c1"].status == "yes"


def test_a_unit_is_answered_by_what_was_said_of_it_or_of_anything_above_it() -> None:
    of_all, of_claims = (
        past(filed=(said("maturity/l1-c1"),)),
        past(filed=(said("maturity/l1-c1", unit="claims"),)),
    )
    assert answered(of_all, "motor")["l1-c1"] == Answer(
        "yes", "attested of the organisation until 2027-11-23", 1, 1, TODAY, ("e1",), inherited=True
    )
    assert answered(of_claims, "motor")["l1-c1"].basis == "attested of unit `claims` until 2027-11-23"
    assert answered(of_claims, "motor")["l1-c1"].inherited
    assert not answered(of_claims, "claims")["l1-c1"].inherited
    assert answered(of_claims, "desk")["l1-c1"].status == "no"


def test_the_organisation_is_answered_by_what_was_said_of_units_for_those_alone() -> None:
    one = (said("maturity/l1-c1", unit="motor"),)
    found = answered(past(filed=one))["l1-c1"]
    assert (found.status, found.shown, found.of) == ("partly", 1, 2)
    assert found.basis == "attested of 1 of 2 units with use cases"
    assert answered(past(filed=one), "claims")["l1-c1"].status == "yes"
    both = (*one, said("maturity/l1-c1", unit="desk", id="e2"))
    assert answered(past(filed=both))["l1-c1"].status == "yes"


def test_a_unit_s_answer_is_of_the_use_cases_below_it() -> None:
    asked = past()
    assert answered(asked)["l1-c5"].status == "partly"
    assert answered(asked, "claims")["l1-c5"].status == "yes"
    assert answered(asked, "desk")["l1-c5"].status == "no"
    assert {name: len(scope.cases) for name, scope in scopes(known(asked)).items()} == {
        "": 2,
        "claims": 1,
        "motor": 1,
        "desk": 1,
    }


def test_what_is_retired_is_no_use_case_any_more() -> None:
    asked = past(stages={"triage": "retired", "answers": "retired"})
    assert answered(asked)["l1-c4"].status == "no"
    assert profile(CATALOGUE, known(asked)).units == ()


def test_of_nothing_nothing_is_said() -> None:
    found = answered(past())["s3-guardrails"]
    assert (found.status, found.basis) == ("unknown", "no use case in production")


def test_what_rests_on_simulated_calls_alone_is_labelled() -> None:
    stages = {"triage": "experiment"}
    only = answered(past(stages=stages, usage=(calls("triage", "motor", simulated=True),)))["l2-c1"]
    assert (only.status, only.simulated) == ("yes", True)
    both = calls("triage", "motor", simulated=True), calls("triage", "motor")
    assert not answered(past(stages=stages, usage=both))["l2-c1"].simulated
    pilots = {"triage": "experiment", "answers": "experiment"}
    mixed = past(stages=pilots, usage=(calls("triage", "motor"), calls("answers", "desk", simulated=True)))
    assert answered(mixed)["l2-c1"].basis == (
        "made calls in the last 30 days: 2 of 2 use cases at experiment, 1 of them on what is simulated alone"
    )
    assert not answered(mixed)["l2-c1"].simulated
    tried = past(stages=stages, filed=(evaluation("triage", "model/a", simulated=True),))
    assert answered(tried)["o2-evaluation"].simulated


def test_what_is_the_organisation_s_is_said_to_be_so_of_a_unit() -> None:
    asked = past(following=frozenset({"telemetry"}))
    assert not answered(asked)["o3-dashboards"].inherited
    assert answered(asked, "desk")["o3-dashboards"].inherited
    assert statuses(asked, evidence="telemetry_followed") == {"yes"}
    assert statuses(past(following=frozenset()), evidence="telemetry_followed") == {"no"}
    assert statuses(past(), evidence="telemetry_followed") == {"unknown"}


def test_models_that_calls_went_to_are_held_against_evaluations_of_any_unit() -> None:
    used = (calls("triage", "motor"), calls("answers", "desk", model="model/b"))
    asked = past(usage=used, filed=(evaluation("answers", "model/a"),))
    assert answered(asked)["l2-c4"].basis == "1 of 2 models that calls went to were evaluated"
    assert answered(asked, "claims")["l2-c4"].status == "yes"
    assert answered(asked, "desk")["l2-c4"].status == "no"
    assert answered(past())["l2-c4"].status == "unknown"


def test_an_evaluation_counts_for_a_year() -> None:
    old = evaluation("triage", "model/a", at=MOMENT - timedelta(days=366))
    asked = past(stages={"triage": "experiment"}, filed=(old,))
    assert answered(asked)["o2-evaluation"].status == "no"


def test_several_departments_are_two_and_a_unit_is_one_of_them() -> None:
    stages = {"triage": "scale", "answers": "scale"}
    one = past(stages=stages, usage=(calls("triage", "motor"),))
    two = past(stages=stages, usage=(calls("triage", "motor"), calls("answers", "desk")))
    assert answered(one)["l4-c1"].status == "partly"
    assert answered(two)["l4-c1"].status == "yes"
    assert answered(one, "motor")["l4-c1"].status == "yes"
    assert answered(one, "desk")["l4-c1"].status == "no"
    assert answered(one)["l4-c2"].status == "partly"
    assert answered(two)["l4-c2"].status == "yes"
    assert answered(past())["l4-c2"].status == "unknown"


def test_a_library_is_what_two_units_built_on_and_models_are_none() -> None:
    def cases(*blocks: str) -> dict[str, Any]:
        return {
            "triage": {**CASE, "unit": "motor", "blocks": list(blocks)},
            "answers": {**CASE, "unit": "desk", "blocks": list(blocks)},
        }

    shared = past(house(use_cases=cases("tool/a")))
    assert answered(shared)["l4-c4"].basis == "1 of 1 block in use are used by other units too: tool/a"
    assert statuses(shared, evidence="tools_shared") == {"yes"}
    assert answered(past(house(use_cases=cases("model/a"))))["l4-c4"].status == "no"
    owned = {"tool/a": {"name": "A", "effect": "reads", "owner": "a@example.com", "description": "Reads."}}
    good = house(use_cases=cases("tool/a"), blocks={**owned, "model/a": model_block()})
    assert statuses(past(good), evidence="blocks_owned") == {"yes"}
    assert statuses(shared, evidence="blocks_owned") == {"no"}


@pytest.mark.parametrize(
    ("by_policy", "status"),
    [([], "unknown"), ([False], "no"), ([True, False], "yes"), ([True, False, False], "partly")],
)
def test_half_of_the_gates_by_policy_is_automatic(by_policy: list[bool], status: str) -> None:
    filed = [review("triage", id=f"r{number}", by_policy=each) for number, each in enumerate(by_policy)]
    assert answered(past(filed=filed))["l4-c5"].status == status


def moved(stage: str, days: int, basis: Any = "reviewed", use_case: str = "triage") -> StageChange:
    at = MOMENT - timedelta(days=days)
    return StageChange(
        id=f"m{days:05}",
        at=at,
        use_case=use_case,
        stage=stage,
        since=at.date(),
        basis=basis,
        author="a@example.com",
    )


def test_innovation_is_a_move_forward_by_review_in_each_quarter() -> None:
    every = [moved("experiment", 300), moved("launch", 200), moved("scale", 100)]
    assert answered(past(changes=every))["l4-c6"].shown == 3
    again = [*every, moved("launch", 20, "narrowed"), moved("scale", 10)]
    assert answered(past(changes=again))["l4-c6"].status == "yes"
    back = [moved("scale", 400), moved("experiment", 5)]
    assert answered(past(changes=back))["l4-c6"].status == "no"
    adopted = [moved("launch", 5, "adopted"), moved("retired", 4)]
    assert answered(past(changes=adopted))["l4-c6"].status == "no"


def test_what_the_organisation_declares_is_looked_at() -> None:
    roles = {"a-lead": "a@example.com", "b-lead": "b@example.com", "c-lead": "c@example.com"}
    organisation = {
        "name": "Harbour",
        "contact": "head@example.com",
        "currency": "EUR",
        "roles": roles,
        "committees": {
            "board": {"name": "Board", "chair": "a-lead", "members": ["b-lead", "c-lead"], "decides": ["x"]}
        },
        "remit": {"guardrails": {"guardrail/base@1": {}}, "data_class_max": "internal"},
    }
    decides = {"centralized": "centre", "federated": "both", "decentralized": "unit"}
    capability = {"name": "X", "decides": decides}
    model = house(
        organisation=organisation,
        governance={"x": capability, "y": {**capability, "responsible": "a-lead"}, "z": capability},
        blocks={
            "model/a": model_block(),
            "model/b": model_block(),
            "pattern/p": {"name": "P"},
            "knowledge/k": {"name": "K"},
        },
        webhooks={
            "w": {"url": "https://example.com/w", "owner": "a@example.com", "events": ["guardrail.stopped"]}
        },
    )
    found = {ITEMS[id].evidence: each.status for id, each in answered(past(model)).items()}
    assert {
        name: found[name]
        for name in (
            "roles_declared committee_seated responsibilities_held floor_held floor_guarded alerts_declared"
            " quality_alerts models_declared patterns_declared knowledge_declared policies_in_force"
            " blocks_versioned applied_with_history evaluation_criteria unit_budgets"
        ).split()
    } == {
        "roles_declared": "yes",
        "committee_seated": "yes",
        "responsibilities_held": "partly",
        "floor_held": "yes",
        "floor_guarded": "yes",
        "alerts_declared": "partly",
        "quality_alerts": "partly",
        "models_declared": "yes",
        "patterns_declared": "yes",
        "knowledge_declared": "yes",
        "policies_in_force": "no",
        "blocks_versioned": "no",
        "applied_with_history": "yes",
        "evaluation_criteria": "no",
        "unit_budgets": "no",
    }


def test_production_is_looked_at_whole() -> None:
    outcome = {"name": "Minutes", "unit": "minute", "direction": "down", "baseline": "9", "target": "5"}
    blocks = {
        "model/a": model_block(),
        "guardrail/base@1": {"name": "Base", "sensitive": {"EMAIL": "anonymize"}},
    }
    cases = {
        "triage": {
            **CASE,
            "unit": "motor",
            "risk_owner": "risk@example.com",
            "outcomes": {"minutes": outcome},
            "remit": {"guardrails": {"guardrail/base@1": {}}, "spend": [{"limit": "5 EUR", "per": "month"}]},
        },
        "answers": {**CASE, "unit": "desk"},
    }
    filed = (
        said("gate/launch/loop", use_case="triage"),
        said("gate/launch/book", use_case="triage", id="e2"),
        said(
            "", use_case="triage", id="e3", source="value_study", measure="share_of_target", value=Decimal(1)
        ),
        review("triage"),
        evaluation("triage", "model/a", measure="attack_success_rate", live=True),
        evaluation("triage", "model/a", "model/b", id="v2"),
        Approval(
            id="a1",
            at=MOMENT,
            request="q",
            about="gate",
            use_case="triage",
            digest="0",
            said="approved",
            author="l@example.com",
        ),
    )
    asked = past(house(use_cases=cases, blocks=blocks), stages={"triage": "launch"}, filed=filed)
    found = answered(asked, "motor")
    shown = {ITEMS[id].evidence for id, each in found.items() if each.status == "yes" and ITEMS[id].evidence}
    assert shown >= {
        "production_valued",
        "production_guarded",
        "production_guardrails",
        "guardrails_pinned",
        "people_in_loop",
        "run_books",
        "production_owned",
        "production_budgeted",
        "production_reviewed",
        "personal_data_guarded",
        "red_teamed",
        "live_judged",
        "models_compared",
        "evaluated_again",
        "approvals_answered",
        "outcomes_measurable",
        "value_studied",
    }
    assert found["l3-c4"].entries == ("e1",)
    assert found["b4-approvals"].entries == ("a1",)
    assert answered(asked, "desk")["b4-approvals"].status == "no"
