"""Controls and risks from their files to what commands show, and back when evidence is gone."""

from __future__ import annotations

import json
from typing import Any

import pytest

RISKS = """
risks:
  wrong-answer:
    title: An answer is wrong and nobody sees it
    owner: risk@example.com
    use_cases: [pilot]
    likelihood: 4
    impact: 3
    treatment: reduce
    residual_likelihood: 1
    controls: [run-book, budget-set]
    review: 2020-01-01
"""


@pytest.fixture(scope="module")
def house(shared_house: Any) -> Any:
    case = shared_house.case.replace("stage: experiment", "stage: launch")
    launch = "stages:\n  launch: {description: For a few., remit: {calls: true}}\n"
    shared_house.apply(shared_house.base, case, launch, RISKS)
    return shared_house


def of(house: Any, *words: str) -> Any:
    return json.loads(house.run(*words, "--json"))


def test_an_attestation_makes_a_control_hold_and_a_risk_small_until_it_is_taken_back(house: Any) -> None:
    def stands() -> tuple[str, int]:
        found = of(house, "controls", "pilot")
        [run_book] = [each for each in found["controls"] if each["id"] == "run-book"]
        [risk] = of(house, "risks", "pilot")
        return run_book["status"], risk["now"]["score"]

    assert stands() == ("not_shown", 12)
    said = ("control/run-book", "--use-case", "pilot", "--statement", "The desk is called.")
    entry = of(house, "attest", *said)
    assert stands() == ("holds", 3)
    house.run("evidence", "withdraw", entry["id"], "--reason", "It was another desk.")
    assert stands() == ("not_shown", 12)


def test_a_word_for_the_whole_organisation_counts_for_every_use_case(house: Any) -> None:
    def holding() -> int:
        [line] = [each for each in of(house, "controls", "--all")["controls"] if each["id"] == "policy-kept"]
        return int(line["holds"])

    assert holding() == 0
    house.run("attest", "control/policy-kept", "--organisation", "--statement", "It is in force.")
    assert holding() == 1


def test_a_framework_is_shown_by_its_ids_with_those_that_nothing_covers(house: Any) -> None:
    found = of(house, "controls", "--framework", "aws-genai-lens")
    assert len(found["ids"]) == 51
    assert found["uncovered"] == ["GENREL02-BP01", "GENREL06-BP01"]
    unknown = house.try_run("controls", "--framework", "nist-ai-rfm")
    assert "did you mean `nist-ai-rmf`?" in unknown.stderr
    assert unknown.returncode == 1
    assert house.run("controls", "pilot", "--all", code=2) == ""


def test_a_use_case_s_risk_names_what_nobody_stated_and_that_it_is_no_legal_conclusion(house: Any) -> None:
    shown = house.try_run("risk", "show", "pilot")
    assert "not stated: impact; stated as both, rights or safety it would be high" in shown.stdout
    assert "not stated: ai_act.area; stated as any but none it would be high-risk by its area" in shown.stdout
    assert "wrong-answer: An answer is wrong and nobody sees it" in shown.stdout
    assert "no legal conclusion" in shown.stderr
    assert "verified on 2026-11-23" in shown.stderr
    listed = house.try_run("risks")
    assert "the review of wrong-answer is" in listed.stderr
    assert "late; ask risk@example.com" in listed.stderr
