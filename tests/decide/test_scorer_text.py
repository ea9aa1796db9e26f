"""Scorers that stand in a file of their own."""

from __future__ import annotations

import pytest

from remit.decide.evaluation_case import SCORERS_MAX, Scorer
from remit.decide.scorer_text import read_scorers


def test_scorers_are_read_whole_or_by_their_names_alone() -> None:
    text = "scorers:\n  - refusal\n  - {scorer: judge, name: kind, model: model/a, rubric: Is it kind?}\n"
    found, faults = read_scorers(text, "s.yaml")
    judge = Scorer(scorer="judge", name="kind", model="model/a", rubric="Is it kind?")
    assert (found, faults) == ((Scorer(scorer="refusal"), judge), ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("scorers: [", "yaml-syntax"),
        ("scorers: [{scorer: taste}]", "s.yaml:1:20: error[invalid-value]"),
        ("cases: []", "unknown-field"),
        ("scorers: []", "error[scorer-unsound]: `scorers` has 0 items"),
        (f"scorers: [{', '.join(['refusal'] * (SCORERS_MAX + 1))}]", "`scorers` has 21 items"),
        ("just words", "error["),
    ],
)
def test_what_is_wrong_with_the_text_is_said_by_its_place(text: str, said: str) -> None:
    found, faults = read_scorers(text, "s.yaml")
    assert found == ()
    assert any(said in fault.render() for fault in faults)
