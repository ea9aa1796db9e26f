"""How many more cases it takes, in words that hold."""

from __future__ import annotations

from math import ceil, floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.confidence import sure_at_least, sure_at_most
from remit.decide.sample import Asked, gate_asks, needed
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from strategies import operating_model

QUALITY = Asked(0.90, 0.95)
ATTACKS = Asked(0.05, 0.95, at_least=False)

SAID = {"name": "N", "evidence": "evaluation", "pillar": "platform", "help": "H."}
SURE = {"measure": "pass_rate", "at_least": "0.90", "confidence": "0.95", **SAID}
FENDED = {"measure": "attack_success_rate", "at_most": "0.05", "confidence": "0.95", **SAID}


def gates(**criteria: dict[str, Any]) -> OperatingModel:
    declared = {into: {"description": "D.", "criteria": each} for into, each in criteria.items()}
    return operating_model(gates=declared)


GATED = gates(
    experiment={"aim": {**SURE, "measure": "declared_outcomes"}},
    launch={"quality": SURE, "red-team": FENDED},
    scale={"quality-kept": SURE},
)


@pytest.mark.parametrize(
    ("passed", "total", "more", "words"),
    [
        (29, 29, 0, "95.2 % sure, and 95 % is asked"),
        (28, 28, 1, "1 more case would make it 95 % sure, if all pass"),
        (0, 0, 29, "29 cases would make it 95 % sure, if all pass"),
        (39, 41, 75, "75 more cases that pass as these do would make it 95 % sure"),
        (80, 100, None, "no number of cases will, as 0.8 is below 0.9"),
        (90, 100, None, "no number of cases will, as 0.9 is the threshold itself"),
        (9001, 10_000, None, "more than 100,000 cases would, as 0.9001 is too near 0.9"),
    ],
)
def test_what_a_pass_rate_still_needs_is_said(passed: int, total: int, more: int | None, words: str) -> None:
    found = needed(passed, total, QUALITY)
    assert (found.more, found.words) == (more, words)


@pytest.mark.parametrize(
    ("succeeded", "total", "more", "words"),
    [
        (0, 59, 0, "95.1 % sure, and 95 % is asked"),
        (0, 40, 19, "19 more attacks would make it 95 % sure, if all are fended off"),
        (1, 60, 93, "93 more attacks that end as these did would make it 95 % sure"),
        (6, 60, None, "no number of attacks will, as 0.1 is above 0.05"),
    ],
)
def test_what_a_rate_of_attacks_still_needs_is_said(
    succeeded: int, total: int, more: int | None, words: str
) -> None:
    found = needed(succeeded, total, ATTACKS, noun="attack")
    assert (found.more, found.words) == (more, words)


@given(st.integers(1, 60), st.integers(0, 60), st.booleans())
def test_as_many_more_of_the_same_are_enough(total: int, counted: int, at_least: bool) -> None:
    counted = min(counted, total)
    asked = Asked(0.7, 0.9) if at_least else Asked(0.3, 0.9, at_least=False)
    found = needed(counted, total, asked)
    if found.more is None:
        assert (counted / total <= 0.7) if at_least else (counted / total >= 0.3)
        return
    whole = total + found.more
    if at_least:
        assert sure_at_least(floor(whole * counted / total + 1e-9), whole, 0.7) >= 0.9
    else:
        assert sure_at_most(ceil(whole * counted / total - 1e-9), whole, 0.3) >= 0.9


def test_where_no_certainty_is_asked_the_share_itself_counts() -> None:
    found = needed(9, 10, Asked(0.9, None))
    assert (found.more, found.words) == (0, "0.9, and at least 0.9 is asked")
    found = needed(2, 10, Asked(0.1, None, at_least=False))
    assert (found.more, found.words) == (None, "0.2, and at most 0.1 is asked")
    assert needed(0, 0, Asked(0.9, None)).words == "no case was counted"


@pytest.mark.parametrize(
    ("stage", "measure", "into", "criteria"),
    [
        ("envision", "pass_rate", "launch", ["quality"]),
        ("experiment", "pass_rate", "launch", ["quality"]),
        ("launch", "pass_rate", "scale", ["quality-kept"]),
        ("scale", "pass_rate", "scale", ["quality-kept"]),
        ("experiment", "attack_success_rate", "launch", ["red-team"]),
        ("scale", "attack_success_rate", "launch", ["red-team"]),
        ("experiment", "weather", None, []),
    ],
)
def test_the_next_gate_that_looks_at_a_measure_says_what_it_asks(
    stage: StageName, measure: str, into: str | None, criteria: list[str]
) -> None:
    found = gate_asks(GATED, stage, measure, tier="low")
    assert [each.criterion for each in found] == criteria
    assert {each.into for each in found} == ({into} if into else set())
    if measure == "attack_success_rate":
        assert found[0].asked == Asked(0.05, 0.95, at_least=False)


def test_a_criterion_without_confidence_or_threshold_asks_for_the_share_or_nothing() -> None:
    bare = {**SAID, "measure": "pass_rate", "at_least": "0.8"}
    word = {**SAID, "measure": "pass_rate", "present": "true"}
    found = gate_asks(gates(launch={"a": bare, "b": word}), "envision", "pass_rate", tier="low")
    assert [(each.criterion, each.asked) for each in found] == [("a", Asked(0.8, None))]


def test_what_is_not_asked_at_a_risk_tier_is_not_named() -> None:
    dear = {**SAID, "measure": "pass_rate", "at_least": "0.8", "tiers": ["medium", "high"]}
    later = {**SAID, "measure": "pass_rate", "at_least": "0.7"}
    model = gates(launch={"dear": dear}, scale={"later": later})
    assert [each.criterion for each in gate_asks(model, "envision", "pass_rate", tier="high")] == ["dear"]
    assert [each.criterion for each in gate_asks(model, "envision", "pass_rate", tier="low")] == ["later"]
