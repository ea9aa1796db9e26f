"""Filters on what documents say of themselves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.knowledge.filter import Unreadable, matches, read_filter, sound_attributes
from remit.enforce.knowledge.rank import fused, snippet, terms_of


def compare(type: str, key: str, value: Any) -> dict[str, Any]:
    return {"type": type, "key": key, "value": value}


@pytest.mark.parametrize(
    ("filter", "holds"),
    [
        (compare("eq", "line", "motor"), True),
        (compare("eq", "line", "Motor"), False),
        (compare("ne", "line", "home"), True),
        (compare("ne", "absent", "home"), True),
        (compare("eq", "absent", "home"), False),
        (compare("gt", "year", 2025), True),
        (compare("gt", "year", 2026), False),
        (compare("gte", "year", 2026), True),
        (compare("lt", "year", 2026), False),
        (compare("lte", "year", 2026.5), True),
        (compare("gt", "line", "a"), True),
        (compare("gt", "line", 1), False),
        (compare("lt", "open", True), False),
        (compare("eq", "open", 1), False),
        (compare("eq", "open", True), True),
        (compare("in", "line", ["home", "motor"]), True),
        (compare("nin", "line", ["home", "motor"]), False),
        (compare("nin", "absent", ["home"]), True),
        ({"type": "and", "filters": [compare("eq", "line", "motor"), compare("lt", "year", 2000)]}, False),
        ({"type": "or", "filters": [compare("eq", "line", "motor"), compare("lt", "year", 2000)]}, True),
    ],
)
def test_a_filter_means_what_its_words_say(filter: Any, *, holds: bool) -> None:
    assert matches(read_filter(filter), {"line": "motor", "year": 2026, "open": True}) is holds


def nested(depth: int) -> Any:
    return compare("eq", "a", 1) if depth == 0 else {"type": "and", "filters": [nested(depth - 1)]}


@pytest.mark.parametrize(
    "filter",
    [
        None,
        [],
        {"type": "like", "key": "a", "value": "b"},
        {"type": "eq", "key": "a"},
        compare("eq", "", 1),
        compare("eq", "a", None),
        compare("eq", "a", ["b"]),
        compare("in", "a", "b"),
        compare("eq", "a", "x" * 600),
        {"type": "and", "filters": []},
        {"type": "and", "filters": [compare("eq", "a", 1)] * 65},
        nested(4),
    ],
)
def test_what_cannot_be_read_as_a_filter_is_refused_and_not_left_out(filter: Any) -> None:
    with pytest.raises(Unreadable):
        read_filter(filter)


def test_attributes_are_few_short_and_plain() -> None:
    assert sound_attributes({"a": "b", "n": 1.5, "t": True})
    assert not sound_attributes({str(number): 1 for number in range(17)})
    assert not sound_attributes({"a": ["b"]})
    assert not sound_attributes({"a": "x" * 600})


@given(st.lists(st.lists(st.integers(0, 30), unique=True, max_size=20), min_size=1, max_size=3))
def test_ranks_are_put_together_in_one_order_with_scores_from_nought_to_one(
    rankings: list[list[int]],
) -> None:
    found = fused(*rankings)
    assert {id for id, _ in found} == {id for ranking in rankings for id in ranking}
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1.000001 for score in scores)
    if rankings[0] and all(ranking == rankings[0] for ranking in rankings):
        assert [id for id, _ in found] == rankings[0]


@given(st.text(max_size=600), st.text(max_size=40))
def test_a_snippet_is_one_short_line_of_the_text(text: str, words: str) -> None:
    shown = snippet(text, words, characters=60)
    assert len(shown) <= 64
    assert "\n" not in shown
    assert shown.removeprefix("… ").removesuffix(" …") in " ".join(text.split())
    assert len(terms_of(words)) <= 32
