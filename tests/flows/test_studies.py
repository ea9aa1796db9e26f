"""A study from its declaration to a gate: registered, arms assigned on calls, outcomes, what was found."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from conftest import House
from remit.kernel.errors import RemitError
from remit.operations.evaluation_run import run_of
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_dossiers import read_dossier
from remit.operations.read_studies import read_studies, read_study
from remit.operations.run_study import run_study
from remit.record.filed import FiledFilter
from remit.record.outcome_entry import StudyResult
from remit.record.outcome_filter import OutcomeFilter
from studied_house import AFTER, CASE, DURING, STUDY, studied

CLAIMS = [f"claim-{number}" for number in range(240)]


def test_a_study_goes_from_a_line_of_yaml_to_a_gate(house: House) -> None:
    with studied(house) as at:
        [registered] = at.apply(CASE, STUDY).studies
        assert (registered.version, registered.late) == (1, False)
        arms = {}
        at.clock.at = DURING
        with at.gateway() as door:
            status, _, said = door.call()
            assert (status, said["error"]["code"]) == (400, "reference-missing")
            for claim in CLAIMS:
                told = door.remit(claim)["study"]
                status, head, said = door.call(claim)
                arms[claim] = told["arm"]
                assert status == (200 if told["arm"] == "treated" else 403)
                if status == 200:
                    assert said["remit"]["arm"] == "pilot-minutes:treated"
                    assert b"x-remit-arm: pilot-minutes:treated" in head
                else:
                    assert said["error"]["code"] == "held-out"
                    assert "`pilot-minutes`" in said["error"]["message"]
            assert told["until"] == "2026-03-28"
            at.clock.at = AFTER
            assert door.remit(CLAIMS[0])["study"] is None
            assert door.call()[0] == 200
        assert 0.4 < sum(arm == "treated" for arm in arms.values()) / len(arms) < 0.6
        draws = np.random.default_rng(20260301)
        at.measure({claim: draws.normal(32 if arm == "treated" else 40, 3) for claim, arm in arms.items()})
        ran = run_study(at.system, "pilot-minutes", author="tester@example.com")
        assert not ran.result.refused, ran.result.checks
        assert ran.result.grade == "experiment"
        assert ran.result.low is not None
        assert ran.result.high is not None
        assert ran.result.low < -8 < ran.result.high < -2
        assert ran.result.outcomes == len(CLAIMS)
        # What comes later is not in it, and by the instant that it names it can be computed again.
        at.clock.on(hours=1)
        at.measure(dict.fromkeys(CLAIMS[:50], 12.0))
        again = run_study(at.system, "pilot-minutes", author="tester@example.com", as_of=ran.result.known)
        assert again.result.outcomes_digest == ran.result.outcomes_digest
        assert again.result.effect == ran.result.effect
        dossier = read_dossier(at.system, model_in_force(at.system)[1], "pilot")
        [fact] = dossier.facts["share_of_target"]
        assert fact.low is not None
        assert fact.high is not None
        assert Decimal("0.2") < fact.low < fact.value < fact.high < Decimal("1.5")
        assert fact.entries == (ran.result.id,)
    arms_kept = {entry["purpose"]["arm"] for entry in house.entries("call") if "arm" in entry["purpose"]}
    assert arms_kept == {"pilot-minutes:treated"}
    held = [each for each in house.entries("refusal") if each["decision"]["rule"] == "held-out"]
    assert {each["purpose"]["arm"] for each in held} == {"pilot-minutes:control"}
    assert house.verify() == ()
    assert "experiment" in house.run("study", "list")
    shown = house.run("study", "show", "pilot-minutes")
    assert "smallest effect" in shown
    assert '"treated": "0.5"' in shown


def test_a_declared_model_serves_the_control_arm(house: House) -> None:
    plain = """
    blocks:
      model/plain:
        name: Plain
        provider: echo
        context_tokens: 100000
        output_tokens_max: 50000
        prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
    """
    with studied(house) as at:
        at.apply(CASE, plain, STUDY.replace("{treated: 0.5}", "{treated: 0.5, control: model/plain}"))
        at.clock.at = DURING
        with at.gateway() as door:
            served = {}
            for claim in CLAIMS[:20]:
                status, _, said = door.call(claim)
                assert status == 200
                served[said["remit"]["arm"]] = said["model"]
    assert served == {"pilot-minutes:treated": "echo", "pilot-minutes:control": "plain"}


def test_calls_of_an_evaluation_are_in_no_arm_and_nobody_else_can_say_that_theirs_are(house: House) -> None:
    with studied(house) as at:
        at.apply(CASE, STUDY)
        at.clock.at = DURING
        run = run_of(at.system, "pilot", at.system.ids.new(DURING))
        with at.gateway() as door:
            for number in range(8):
                status, _, said = door.call(f"{number}.0", x_remit_run=run)
                assert (status, "arm" in said["remit"]) == (200, False)
            made_up = [door.call(f"{number}.0", x_remit_run="evaluation-01K")[0] for number in range(20)]
            assert set(made_up) == {200, 403}
            assert door.call("", x_remit_run=run_of(at.system, "other", "01K"))[0] == 400
        fold_ledger(at.system)
        counted = at.system.store.join_sum(OutcomeFilter("pilot", "minutes"))
        assert counted.references == 0, "what an evaluation numbers its cases by is nobody's reference"


PROMPTS = """
blocks:
  prompt/new@1: {name: New, text: Be brief., model: model/echo}
  prompt/old@1: {name: Old, text: Be polite., model: model/echo}
"""


def test_a_declared_prompt_serves_the_control_arm(house: House) -> None:
    case = CASE.replace("    outcomes:", "    blocks: [prompt/new, prompt/old]\n    outcomes:")
    study = STUDY.replace("{treated: 0.5}", "{treated: 0.5, control: prompt/old@1}")
    with studied(house) as at:
        at.apply(case, PROMPTS, study)
        at.clock.at = DURING
        with at.gateway() as door:
            for claim in CLAIMS[:20]:
                status, _, said = door.call(claim, x_remit_prompt="new")
                assert status == 200, said
            # Who calls no prompt cannot be served by another one; its case is done without.
            plain = {door.call(claim)[0] for claim in CLAIMS[:20]}
        assert plain == {200, 403}
    served = {(each["purpose"]["arm"], each.get("prompt_block")) for each in house.entries("call")}
    assert served == {
        ("pilot-minutes:treated", "prompt/new@1"),
        ("pilot-minutes:control", "prompt/old@1"),
        ("pilot-minutes:treated", None),
    }


def test_what_changes_after_the_start_is_another_version_and_weak(house: House) -> None:
    with studied(house) as at:
        at.apply(CASE, STUDY)
        at.clock.at = DURING
        [second] = at.apply(CASE, STUDY.replace("smallest_effect: -2", "smallest_effect: -1")).studies
        assert (second.version, second.late) == (2, True)
        assert at.apply(CASE, STUDY.replace("smallest_effect: -2", "smallest_effect: -1")).studies == ()
        [view] = read_studies(at.system)
        assert [each.version for each in view.versions] == [1, 2]
        assert b'"-1"' in read_study(at.system, "pilot-minutes")[1]
        arms = {}
        with at.gateway() as door:
            for claim in CLAIMS:
                arms[claim] = door.remit(claim)["study"]["arm"]
        draws = np.random.default_rng(20260302)
        at.clock.on(days=5)
        at.measure({claim: draws.normal(32 if arm == "treated" else 40, 3) for claim, arm in arms.items()})
        ran = run_study(at.system, "pilot-minutes", author="tester@example.com")
        assert (ran.result.version, ran.result.grade, ran.result.refused) == (2, "before_after", False)
        # Whoever asks what was known before the change gets the version and the outcomes of then.
        with pytest.raises(RemitError, match="no day of the study"):
            run_study(
                at.system, "pilot-minutes", author="tester@example.com", as_of=DURING - timedelta(days=1)
            )
        assert len(at.system.store.filed(FiledFilter(kinds=(StudyResult,)))) == 1


def test_a_look_that_was_not_planned_is_refused_and_shows_nothing(house: House) -> None:
    with studied(house) as at:
        at.apply(CASE, STUDY.replace("clusters: 200", "looks: one"))
        at.clock.at = DURING + timedelta(days=10)
        with pytest.raises(RemitError, match="is looked at once, and goes on until 2026-03-28") as refused:
            run_study(at.system, "pilot-minutes", author="tester@example.com")
        assert refused.value.code == "study-not-over"
        assert at.system.store.filed(FiledFilter(kinds=(StudyResult,))) == []
