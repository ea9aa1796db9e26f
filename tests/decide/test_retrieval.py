"""Scores of retrieval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.retrieval import ndcg, recall, score


def test_grades_and_ranks_count() -> None:
    assert ndcg(["a", "b"], {"a": 2, "b": 1}) == 1
    # (1 + 2 / log2 3) / (2 + 1 / log2 3)
    assert ndcg(["b", "a"], {"a": 2, "b": 1}) == pytest.approx(0.8597, abs=1e-4)
    assert recall(["x"] * 99 + ["a", "b"], {"a": 1, "b": 1, "c": 0}) == 0.5


def test_a_question_without_an_answer_is_left_out() -> None:
    found = score([(["a"], {"a": 1.0}), (["a"], {}), (["b"], {"a": 0.0})])
    assert (found.questions, found.ndcg_at_10, found.recall_at_100) == (1, 1.0, 1.0)
    assert score([]).questions == 0


@given(
    st.lists(st.sampled_from("abcdefghijkl"), unique=True),
    st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(0, 3).map(float)),
)
def test_scores_lie_between_nought_and_one(found: list[str], wanted: dict[str, float]) -> None:
    assert 0 <= ndcg(found, wanted) <= 1.0000001
    assert 0 <= recall(found, wanted) <= 1
