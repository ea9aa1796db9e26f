"""Controls: what ships can be checked and is mapped to ids that exist, and each stands as evidence says."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest

from remit.decide.control_question import ANSWERS
from remit.decide.controls import (
    _CONCERNS,
    APPLICABLE,
    CONCERN_SAID,
    Assessed,
    ControlStanding,
    assessed,
    catalogue,
    standings,
)
from remit.decide.dossier import Attested, Dossier, Fact
from remit.decide.framework import framework_of, panorama, survey
from remit.declare.control import QUESTIONS, Concern, Control
from remit.declare.gate import ROLES_OF_A_USE_CASE
from remit.declare.load import load
from remit.declare.measure import MEASURES
from remit.declare.operating_model import OperatingModel
from remit.record.projection import StageFact
from remit.report.controls import control_summary, framework_controls, use_case_controls
from shipped_data import shipped_controls, shipped_frameworks

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
TODAY = NOW.date()
IDS = json.loads((Path(__file__).parents[1] / "data/standards/ids.json").read_text("utf-8"))

MODEL = """
organisation:
  name: Example
  contact: centre@example.com
  currency: EUR
  remit:
    models: [model/small]
    data_class_max: confidential
    regions: [eu]
    spend: [{limit: 100.00 EUR, per: month}]
    input_tokens_max: 1000
    requests_per_minute: 60
    guardrails: {guardrail/baseline@1: {}}
units:
  desk: {name: Desk, lead: desk-lead@example.com}
providers:
  local: {technology: local}
stages:
  experiment: {description: A pilot., remit: {calls: true}}
  launch: {description: For a few., remit: {calls: true}}
blocks:
  model/small:
    name: Small
    owner: platform@example.com
    provider: local
    context_tokens: 4096
    output_tokens_max: 1024
    data_class_max: confidential
    regions: [eu]
    private_connection: true
    prices: [{starts: 2026-01-01, input: 0.20, output: 4.00}]
  guardrail/baseline@1:
    name: Baseline
    content: {PROMPT_ATTACK: high}
    sensitive: {EMAIL: anonymize, SECRET: block}
  tool/mail: {name: Mail, effect: writes}
"""


def model_of(case: str = "", more: str = "") -> OperatingModel:
    text = f"""{MODEL}{more}
use_cases:
  pilot:
    name: Pilot
    unit: desk
    owner: pilot-owner@example.com
    purpose: Try it.
{case}"""
    loaded = load({"model.yaml": text})
    assert loaded.operating_model is not None, [each.render() for each in loaded.diagnostics]
    return loaded.operating_model


def one(
    model: OperatingModel,
    stage: Any = "launch",
    facts: tuple[Fact, ...] = (),
    attested: tuple[Attested, ...] = (),
) -> Assessed:
    dossier = Dossier(
        "pilot",
        NOW,
        TODAY,
        StageFact(stage, date(2026, 1, 1), "adopted"),
        facts={each.measure: (each,) for each in facts},
        attested={each.about: each for each in attested},
    )
    [found] = assessed(model, [dossier])
    return found


def standing(case: Assessed, id: str) -> ControlStanding:
    return case.standing(id, shipped_controls()[id])


def word(id: str, shown: date, expires: date | None = None) -> Attested:
    return Attested(f"control/{id}", shown, expires, "01WORD", "desk-lead@example.com")


def rate(passed: int, total: int, **more: Any) -> Fact:
    value = Decimal(passed) / total
    return Fact("pass_rate", value, NOW, "evaluation", "cases", passed=passed, total=total, **more)


# ── what ships ──


def test_every_question_has_an_answer_and_every_concern_a_meaning() -> None:
    assert ANSWERS.keys() == QUESTIONS.keys()
    assert set(_CONCERNS) == set(CONCERN_SAID) == set(get_args(Concern))


@pytest.mark.parametrize("id", sorted(shipped_controls()))
def test_every_control_that_ships_can_be_checked_and_has_a_role_that_every_use_case_has(id: str) -> None:
    control = shipped_controls()[id]
    assert control.whose in ROLES_OF_A_USE_CASE
    assert control.maps
    if control.check == "remit":
        assert control.question in ANSWERS
    elif control.check == "attestation":
        assert control.measure is None
    else:
        assert MEASURES[str(control.measure)].evidence == control.check
        assert (control.at_least is None) != (control.at_most is None)


def test_every_mapped_id_exists_in_its_standard() -> None:
    for id, control in shipped_controls().items():
        for framework, ids in control.maps.items():
            assert set(ids) <= set(IDS[framework]["ids"]), (id, framework)


def test_the_ids_of_the_frameworks_that_ship_are_those_of_the_standards() -> None:
    assert shipped_frameworks().keys() == IDS.keys()
    for name, framework in shipped_frameworks().items():
        assert list(framework.ids) == IDS[name]["ids"]
        assert len(set(framework.ids)) == len(framework.ids)


@pytest.mark.parametrize("name", sorted(IDS))
def test_an_id_is_covered_or_it_is_said_why_it_is_not(name: str) -> None:
    framework = shipped_frameworks()[name]
    covered = {id for each in shipped_controls().values() for id in each.maps.get(name, ())}
    assert set(framework.ids) - covered == set(framework.not_here)


def test_all_51_practices_of_the_generative_ai_lens_are_listed() -> None:
    assert len(shipped_frameworks()["aws-genai-lens"].ids) == 51
    assert set(shipped_frameworks()["aws-genai-lens"].not_here) == {"GENREL02-BP01", "GENREL06-BP01"}


# ── how they stand ──


def test_a_control_of_the_remit_holds_by_the_layer_that_decided_it() -> None:
    case = one(model_of())
    found = standing(case, "guardrail-named")
    assert found.status == "holds"
    assert found.says == "`guardrails` at launch: guardrail/baseline@1, by organisation (centre@example.com)"
    assert (found.role, found.owner, found.help) == ("centre", "centre@example.com", "")
    for id in ("prompt-attacks-stopped", "secrets-masked", "personal-data-masked", "guardrail-pinned"):
        assert standing(case, id).status == "holds", id
    for id in ("harm-stopped", "answers-short", "end-in-sight", "second-model"):
        assert standing(case, id).status != "holds", id


def test_a_guardrail_that_only_notes_enforces_nothing() -> None:
    text = MODEL.replace("    content: {PROMPT_ATTACK", "    mode: shadow\n    content: {PROMPT_ATTACK")
    loaded = load({"model.yaml": text + "use_cases: {pilot: {name: P, unit: desk, purpose: Try it.}}\n"})
    assert loaded.operating_model is not None
    case = one(loaded.operating_model)
    assert standing(case, "guardrail-named").status == "holds"
    assert standing(case, "guardrail-enforced").status == "does_not_hold"
    assert standing(case, "prompt-attacks-stopped").status == "does_not_hold"


def test_an_attestation_shows_a_control_until_it_is_too_old_or_runs_out() -> None:
    model = model_of()
    assert standing(one(model), "run-book").status == "not_shown"
    fresh = standing(one(model, attested=(word("run-book", date(2026, 11, 1)),)), "run-book")
    assert fresh.status == "holds"
    assert fresh.entries == ("01WORD",)
    assert fresh.says == "attested by desk-lead@example.com on 2026-11-01, counts until 2027-04-30"
    old = one(model, attested=(word("run-book", date(2026, 1, 1)),))
    assert standing(old, "run-book").status == "stale"
    ended = one(model, attested=(word("run-book", date(2026, 11, 1), date(2026, 11, 29)),))
    assert standing(ended, "run-book").status == "stale"


def test_a_measured_control_needs_the_confidence_that_it_asks_for() -> None:
    model = model_of()
    assert standing(one(model), "quality-shown").status == "not_shown"
    few = standing(one(model, facts=(rate(28, 28),)), "quality-shown")
    assert few.status == "does_not_hold"
    enough = standing(one(model, facts=(rate(29, 29),)), "quality-shown")
    assert enough.status == "holds"
    assert enough.says == "pass_rate is 1 (29 of 29), 95.3 % sure; pass_rate ≥ 0.9, 95 % sure; cases"
    assert standing(one(model, facts=(rate(29, 29, simulated=True),)), "quality-shown").simulated


def test_a_control_is_not_asked_for_before_its_stage_below_its_tier_or_without_its_concern() -> None:
    low = one(model_of("    personal_data: false\n"), "experiment")
    assert standing(low, "run-book").status == "not_yet"
    assert standing(low, "impact-assessed").status == "not_asked"
    assert standing(low, "tools-listed").status == "not_asked"
    assert standing(low, "personal-data-masked").status == "not_asked"
    assert "risk tier high" in standing(low, "impact-assessed").says
    unsaid = one(model_of(), "experiment")
    assert standing(unsaid, "personal-data-masked").status == "holds"
    high = one(model_of("    impact: rights\n"))
    assert standing(high, "impact-assessed").status == "not_shown"


def test_controls_of_agents_look_at_their_tools() -> None:
    agent = """
    agency: write
    autonomy: act_with_approval
    remit:
      tools: {tool/mail: {calls_per_run: 5}}
      approvals: [tool_writes]
"""
    case = one(model_of(agent))
    for id in ("tools-listed", "tools-approved", "tool-calls-limited", "writes-approved"):
        assert standing(case, id).status == "holds", id
    assert standing(case, "tool-reach-limited").status == "does_not_hold"
    assert standing(case, "agency-capped").status == "does_not_hold"
    assert standing(one(model_of()), "tools-listed").status == "not_asked"


def test_a_strength_that_the_remit_raises_counts_as_what_the_guardrail_looks_for() -> None:
    raised = MODEL.replace("guardrail/baseline@1: {}", "guardrail/baseline@1: {HATE: low}")
    all_of_them = raised.replace(
        "{HATE: low}", "{HATE: low, INSULTS: low, SEXUAL: low, VIOLENCE: low, MISCONDUCT: low}"
    )
    for text, status in ((raised, "does_not_hold"), (all_of_them, "holds")):
        loaded = load({"model.yaml": text + "use_cases: {pilot: {name: P, unit: desk, purpose: Try it.}}\n"})
        assert loaded.operating_model is not None
        assert standing(one(loaded.operating_model), "harm-stopped").status == status


def test_controls_of_knowledge_look_at_the_knowledge_bases_that_are_named() -> None:
    blocks = """
  knowledge/rules: {name: Rules, owner: rules@example.com, data_class: public}
  knowledge/files: {name: Files, data_class: restricted}
  prompt/letter@2: {name: Letter, text: Write a letter.}
"""
    sound = one(model_of("    blocks: [knowledge/rules, prompt/letter@2]\n", blocks))
    for id in ("knowledge-owned", "knowledge-within-class", "prompt-in-catalogue", "prompt-pinned"):
        assert standing(sound, id).status == "holds", id
    poor = one(model_of("    blocks: [knowledge/rules, knowledge/files, prompt/letter]\n", blocks))
    for id in ("knowledge-owned", "knowledge-within-class", "prompt-pinned"):
        assert standing(poor, id).status == "does_not_hold", id
    assert standing(one(model_of()), "knowledge-owned").status == "not_asked"
    assert "`blocks`: knowledge/rules, prompt/letter@2" in standing(sound, "knowledge-owned").says


def test_what_is_looked_at_is_said_in_words_where_it_is_no_field() -> None:
    case = one(model_of("    ai_act: {role: deployer, area: none}\n"), "launch")
    assert standing(case, "alerts-declared").says == "web hooks: none declared"
    assert standing(case, "key-bound").says == "calls through the gateway, by construction"
    facts = standing(case, "ai-act-facts-stated")
    assert facts.says == (
        "not stated: ai_act.people_interact, ai_act.generates_content, ai_act.safety_component"
    )
    assert standing(case, "aim-declared").says == "`chain` is not stated"


def test_only_what_ends_is_asked_of_a_retired_use_case() -> None:
    case = one(model_of(), "retired")
    asked = [id for id, each in shipped_controls().items() if case.status(id, each) in APPLICABLE]
    assert sorted(asked) == ["keys-ended", "learnings-shared"]


def test_the_status_alone_is_that_of_the_whole_standing() -> None:
    for stage in ("envision", "experiment", "launch", "scale", "retired"):
        case = one(
            model_of("    impact: both\n    agency: write\n"),
            stage,
            facts=(rate(40, 40),),
            attested=(word("run-book", date(2026, 1, 1)), word("policy-kept", TODAY)),
        )
        found = standings(case, shipped_controls())
        assert [each.status for each in found] == [
            case.status(id, each) for id, each in shipped_controls().items()
        ]
        assert all(each.help for each in found if each.status in APPLICABLE and each.status != "holds")


# ── sums ──


def test_a_declared_control_stands_in_the_place_of_one_that_ships() -> None:
    mine = """
controls:
  run-book:
    title: The desk knows whom to call
    pillar: operations
    check: remit
    question: lead_named
    help: Name a lead.
    maps: {house-rules: [R1]}
"""
    model = model_of(more=mine)
    assert model.controls.keys() == {"run-book"}
    controls = catalogue(shipped_controls(), model.controls)
    assert len(controls) == len(shipped_controls())
    assert one(model).standing("run-book", controls["run-book"]).status == "holds"
    framework = framework_of("house-rules", shipped_frameworks(), controls)
    assert framework is not None
    assert framework.ids == ("R1",)
    assert framework_of("nobodys", shipped_frameworks(), controls) is None
    assert framework_of("owasp-llm", shipped_frameworks(), controls) == shipped_frameworks()["owasp-llm"]


def test_a_framework_counts_the_use_cases_that_hold_all_that_is_asked_and_names_what_is_uncovered() -> None:
    controls: dict[str, Control] = {
        id: shipped_controls()[id] for id in ("guardrail-named", "run-book", "tools-listed")
    }
    case = one(model_of())
    framework = shipped_frameworks()["aws-genai-lens"]
    surveyed = survey([case, case], controls, "aws-genai-lens", framework.ids)
    found = framework_controls("aws-genai-lens", framework, surveyed, controls)
    by_id = {each.id: each for each in found.ids}
    assert (by_id["GENSEC02-BP01"].asked, by_id["GENSEC02-BP01"].hold) == (2, 2)
    assert (by_id["GENREL03-BP01"].asked, by_id["GENREL03-BP01"].hold) == (2, 0)
    assert by_id["GENREL03-BP01"].checks == ("attestation",)
    assert (by_id["GENSEC05-BP01"].asked, by_id["GENSEC05-BP01"].controls) == (0, ("tools-listed",))
    assert by_id["GENREL02-BP01"].not_here
    assert "GENOPS01-BP01" in found.uncovered
    assert found.by_word_alone == 1


def test_a_summary_counts_every_use_case_that_is_asked_once() -> None:
    cases = [one(model_of(), stage) for stage in ("envision", "experiment", "launch")]
    found = control_summary(survey(cases, shipped_controls()))
    assert found.use_cases == 3
    assert found.whole == 0
    for line in found.controls:
        assert line.asked == line.holds + line.does_not_hold + line.stale + line.not_shown
    [run_book] = [each for each in found.controls if each.id == "run-book"]
    assert (run_book.asked, run_book.not_shown) == (1, 1)


def test_what_is_seen_at_once_is_what_is_seen_one_by_one() -> None:
    cases = [
        one(model_of(), "envision"),
        one(model_of("    personal_data: true"), "launch", attested=(word("run-book", TODAY),)),
        one(model_of(), "retired"),
    ]
    controls = shipped_controls()
    found = panorama(cases, controls, shipped_frameworks())
    alone = survey(cases, controls)
    assert found.surveyed.controls == alone.controls
    assert found.surveyed.whole == alone.whole
    for name, framework in shipped_frameworks().items():
        for whole, single in zip(
            found.covered[name], survey(cases, controls, name, framework.ids).covered, strict=True
        ):
            assert (whole.id, whole.controls, whole.asked, whole.hold) == (
                single.id,
                single.controls,
                single.asked,
                single.hold,
            )


def test_one_use_case_lists_first_what_is_to_be_done() -> None:
    found = use_case_controls(one(model_of()), shipped_controls())
    order = [each.status for each in found.controls]
    assert order[0] == "does_not_hold"
    assert order == sorted(order, key=list(found.counts).index)
    assert found.asked == sum(each in APPLICABLE for each in order)
