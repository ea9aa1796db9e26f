"""The word that was probably meant is offered, and nothing that was not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.suggest import did_you_mean, nearest

KNOWN = ("claims-triage", "claims-letters", "fraud", "launch", "scale")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("claims-triag", "claims-triage"),
        ("lanch", "launch"),
        ("scaled", "scale"),
        ("fruad", "fraud"),
        ("xyz", None),
        ("", None),
    ],
)
def test_a_near_word_is_offered(word: str, meant: str | None) -> None:
    assert nearest(word, KNOWN) == meant


@given(st.sets(st.text(min_size=1, max_size=8), max_size=8), st.data())
def test_a_known_word_is_its_own_nearest(known: set[str], data: st.DataObject) -> None:
    if known:
        word = data.draw(st.sampled_from(sorted(known)))
        assert nearest(word, known) == word


@given(st.text(max_size=200), st.permutations(KNOWN))
def test_the_order_of_the_known_words_does_not_matter(word: str, known: list[str]) -> None:
    assert nearest(word, known) == nearest(word, KNOWN)


def test_where_nothing_is_near_the_other_help_stands() -> None:
    assert did_you_mean("fruad", KNOWN, otherwise="use one") == "did you mean `fraud`?"
    assert did_you_mean("zzz", KNOWN, otherwise="use one") == "use one"
    assert did_you_mean("zzz", (), otherwise="use one") == "use one"


def test_a_huge_word_takes_no_longer_than_a_short_one() -> None:
    assert nearest("x" * 1_000_000, ["x" * 80]) == "x" * 80
