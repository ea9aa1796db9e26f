"""Customers' own patterns are run by RE2 alone, and what cannot be used is said."""

from __future__ import annotations

import pytest

from remit.enforce.guardrail.custom_pattern import MATCH_MAX
from remit.enforce.guardrail.sensitive import compile_sensitive


def said(pattern: str, text: str) -> list[str]:
    return [text[one.start : one.end] for one in compile_sensitive([], {"OURS": pattern}, {}).find(text)]


def test_places_are_characters_whatever_their_bytes() -> None:
    assert said(r"E-\d+", "äöü 日本 E-12 é E-345") == ["E-12", "E-345"]


def test_a_match_is_no_longer_than_it_may_be() -> None:
    assert [len(one) for one in said("a+", "a" * (MATCH_MAX + 10))] == [MATCH_MAX, 10]


def test_a_match_that_would_need_more_text_is_none() -> None:
    assert said("a.*b", "a" + "x" * MATCH_MAX + "b a1b") == ["a1b"]


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(?=x)y", "pattern `OURS` cannot be used"),
        (r"(a)\1", "pattern `OURS` cannot be used"),
        ("a*", "pattern `OURS` matches no characters at all"),
        ("a" * 501, "pattern `OURS` has 501 characters, and may have 500"),
        ("(a{1000}){1000}", "pattern `OURS` cannot be used"),
        ("\ud800", "pattern `OURS` cannot be used"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        said(pattern, "")


def test_there_may_be_thirty() -> None:
    with pytest.raises(ValueError, match="there are 31 patterns, and there may be 30"):
        compile_sensitive([], {f"P{place}": "a" for place in range(31)}, {})


def test_a_pattern_that_others_would_hang_on_comes_to_an_end() -> None:
    assert said("(a+)+b", "a" * 100_000) == []
