"""Patterns of one's own are read by RE2, or it is said why they cannot be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remit.declare.pattern import pattern_fault


@given(st.text(st.characters(), max_size=60))
def test_any_pattern_is_usable_or_has_a_reason_why_not(pattern: str) -> None:
    assert isinstance(pattern_fault(pattern), str)


def test_half_a_character_is_in_no_text() -> None:
    assert pattern_fault("a\ud800") == "it holds half a character"


def test_a_pattern_that_would_take_too_much_memory_is_not_compiled() -> None:
    assert pattern_fault(r"(\pL{1,300}){1,3}") == "pattern too large - compile failed"
