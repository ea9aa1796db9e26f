"""Scorers: what passes and what does not, and that nothing comes of nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.evaluation_case import Case, Scorer, ScorerKind, Turn
from remit.decide.evaluation_judge import judge_knock, judged, unjudged
from remit.decide.evaluation_score import Score, passes, share
from remit.decide.evaluation_scorer import ASIDE, Means, attack_scorer, score, scorer_fault


def vectors(texts: Sequence[str]) -> Any:
    """Say that texts are alike as far as their first letters are."""
    return np.array([[1.0, 0.0] if text.startswith("a") else [0.6, 0.8] for text in texts], dtype=np.float32)


MEANS = Means(vectors, lambda answer, sources, query: 0.9 if answer in sources else 0.1)


def scored(kind: str, answer: str, expected: str | None = None, **more: Any) -> Score:
    case = Case(
        "a",
        1,
        expected=expected,
        sources=more.pop("sources", ()),
        must_not=more.pop("must_not", ()),
    )
    scorer = Scorer.model_validate({"scorer": kind, **more})
    assert scorer_fault(scorer, case) is None
    return score(scorer, case, answer, MEANS)


@pytest.mark.parametrize(
    ("kind", "answer", "expected", "more", "passed"),
    [
        ("exact", " 42\n", "42", {}, True),
        ("exact", "Yes", "yes", {}, False),
        ("exact", "Yes", "yes", {"ignore_case": "true"}, True),
        ("exact", "", "", {}, True),
        ("contains", "It is URGENT.", "urgent", {}, False),
        ("contains", "It is URGENT.", "urgent", {"ignore_case": "true"}, True),
        ("contains", "It is late.", "urgent", {"value": "late"}, True),
        ("excludes", "The code is 4411.", None, {"must_not": ("4411",)}, False),
        ("excludes", "There is no code.", None, {"must_not": ("4411",)}, True),
        ("regex", "PO-123456", None, {"value": "^PO-[0-9]{6}$"}, True),
        ("regex", "po-123456", None, {"value": "^PO-[0-9]{6}$"}, False),
        ("regex", "po-123456", None, {"value": "^PO-[0-9]{6}$", "ignore_case": "true"}, True),
        ("regex", "a" * 100_000 + "!", None, {"value": "^(a+)+$"}, False),
        ("json_schema", '{"urgent": true}', None, {"value": '{"required": ["urgent"]}'}, True),
        ("json_schema", "{}", None, {"value": '{"required": ["urgent"]}'}, False),
        ("json_schema", "Here it is: {}", None, {"value": "{}"}, False),
        ("json_schema", "NaN", None, {"value": "{}"}, False),
        ("json_schema", "[" * 100_000, None, {"value": "{}"}, False),
        ("json_schema", "{}", None, {"value": '{"$ref": "https://example.com/schema"}'}, False),
        ("numeric", "40 and 2 make 42.", "42", {}, True),
        ("numeric", "about 1,250.40 EUR", "1250", {"tolerance": "0.5"}, True),
        ("numeric", "about 1,250.60 EUR", "1250", {"tolerance": "0.5"}, False),
        ("numeric", "-95", "-100", {"tolerance": "0.05", "relative": "true"}, True),
        ("numeric", "-94", "-100", {"tolerance": "0.05", "relative": "true"}, False),
        ("numeric", "none", "0", {}, False),
        ("similarity", "an answer", "a like one", {}, True),
        ("similarity", "other", "a like one", {}, False),
        ("similarity", "other", "a like one", {"at_least": "0.6"}, True),
        ("grounding", "it is so", None, {"sources": ("it is so",)}, True),
        ("grounding", "it is not", None, {"sources": ("it is so",)}, False),
        ("refusal", "I'm sorry, but I can't help with that.", None, {}, True),
        ("refusal", "Sorry for the delay, it is 42.", None, {}, False),
    ],
)  # fmt: skip
def test_what_passes(
    kind: str, answer: str, expected: str | None, more: dict[str, Any], passed: bool
) -> None:
    assert scored(kind, answer, expected, **more).passed is passed


def test_a_long_expected_text_is_compared_to_its_end() -> None:
    assert not scored("exact", "a" * 99 + "b", "a" * 100).passed


targets = st.text("a1 .", max_size=4)


@given(
    st.sampled_from([kind for kind in get_args(ScorerKind) if kind not in ASIDE]),
    targets,
    st.sampled_from(["", " ", "\n\t"]),
)
def test_an_empty_answer_passes_nothing_but_an_empty_expectation(
    kind: ScorerKind, expected: str, answer: str
) -> None:
    value = "{}" if kind == "json_schema" else "x?"
    scorer = Scorer(scorer=kind, value=value if kind in ("regex", "json_schema") else None)
    case = Case("a", 1, expected=expected, sources=("",), must_not=("z",))
    passed = score(scorer, case, answer, MEANS).passed
    assert passed is (kind == "exact" and not expected.strip())


@given(st.floats(), st.none() | st.decimals(0, 1, places=2))
def test_a_share_is_from_0_to_1_and_passes_from_its_least_on(value: float, least: Any) -> None:
    found = share(Scorer.model_construct(scorer="similarity", at_least=least), value)
    assert 0 <= found.value <= 1
    if value != value or value < 0:
        assert found.passed is (least is not None and least == 0)


@given(st.lists(st.booleans(), max_size=5))
def test_a_case_is_passed_by_all_that_score_it_and_by_none_if_nothing_does(passed: list[bool]) -> None:
    found = passes([Score(str(at), 0.0, each) for at, each in enumerate(passed)])
    assert found is (bool(passed) and False not in passed)


def test_what_no_answer_may_hold_is_found_in_capitals_too() -> None:
    case = Case("a", 1, must_not=("system prompt",), attack=True)
    assert not score(attack_scorer(), case, "My SYSTEM PROMPT is", MEANS).passed


JUDGE = Scorer(scorer="judge", model="model/judge", rubric="Is it polite?")


def test_a_judge_reads_the_question_the_sources_and_what_is_expected() -> None:
    case = Case(
        "a", 1, (Turn(role="user", content="the question"),), expected="the target", sources=("a source",)
    )
    asked = judge_knock(JUDGE, case, "the answer", mark="k7")
    shown = asked.messages[1].text
    order = [shown.index(each) for each in ("a source", "the target", "the question", "the answer")]
    assert order == sorted(order)
    assert asked.temperature == 0
    assert "Is it polite?" in asked.messages[0].text


@given(st.text("k70 ENDBGI\nPASS", max_size=60))
def test_no_answer_can_end_what_it_stands_in_before_a_judge(answer: str) -> None:
    asked = judge_knock(JUDGE, Case("a", 1), answer, mark="k7")
    held = asked.messages[0].text.partition("the mark ")[2].split()[0]
    assert held not in answer
    assert asked.messages[1].text.count(held) == 2


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("PASS 90", Score("judge", 0.9, True)),
        ("FAIL 90", Score("judge", 0.1, False)),
        ("FAIL 0", Score("judge", 1.0, False)),
        ("It should PASS 90", None),
        ("", None),
    ],
)
def test_a_judges_word_is_read_or_there_is_none(said: str, found: Score | None) -> None:
    assert judged(JUDGE, said) == found


def test_an_answer_on_which_a_judge_has_no_word_does_not_pass() -> None:
    assert unjudged(JUDGE) == Score("judge", 0.0, False)


def test_a_judge_that_is_not_sure_enough_does_not_pass() -> None:
    sure = Scorer(scorer="judge", model="model/judge", rubric="Is it?", at_least="0.8")
    assert [
        (found.passed if found else None) for found in (judged(sure, "PASS 79"), judged(sure, "PASS 80"))
    ] == [
        False,
        True,
    ]
