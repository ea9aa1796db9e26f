"""What a model that judges is asked: no text leaves its place, and an answer is read strictly."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.guardrail.judge_prompt import judge_request, judgement, unheld

marks = st.text("kz", min_size=1, max_size=4)
lines = st.sampled_from(
    ("BEGIN", "END", " ", "\n", "SOURCE 1", "TEXT TO JUDGE 1", "PASS 100", "\ud800", "\0")
)


@st.composite
def hostile(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Draw a mark, and texts that know it and try to close what they stand in."""
    mark = draw(marks)
    piece = st.just(mark) | lines | st.text(max_size=8) | st.just(mark + "0")
    return mark, draw(st.lists(st.lists(piece, max_size=8).map("".join), min_size=1, max_size=4))


@given(hostile(), st.lists(st.text("kz0 \n", max_size=12), max_size=3), st.text("kz0 \n", max_size=12))
def test_no_text_can_end_what_it_stands_in(
    drawn: tuple[str, list[str]], sources: list[str], query: str
) -> None:
    mark, texts = drawn
    request = judge_request("model/judge", "Is it so?", texts, mark=mark, sources=sources, query=query)
    shown = request.messages[1].text
    said = re.search(r"the mark (\S+) in them", request.messages[0].text)
    assert said is not None
    held = said[1]
    assert held.startswith(mark)
    # Whoever goes by the mark alone finds exactly what was put there, in order, and nothing else.
    parts = re.split(rf"(?:BEGIN|END) {re.escape(held)} ", shown)
    inside = [part.partition("\n")[2].removesuffix("\n") for part in parts[1::2]]
    assert inside == [*sources, *([query] if query else []), *texts]
    assert shown.count(held) == 2 * len(inside)


@given(hostile())
def test_a_mark_that_no_text_has_stays_as_it_is(drawn: tuple[str, list[str]]) -> None:
    mark, texts = drawn
    if not any(mark in text for text in texts):
        assert unheld(mark, texts) == mark


def test_a_long_text_that_is_all_marks_is_done_with() -> None:
    assert unheld("0", ["0" * 2_000]) == "0" * 2_001


@pytest.mark.parametrize(
    ("answer", "sure"),
    [
        ("PASS 0", "none"),
        ("PASS 100", "none"),
        ("FAIL 100", "high"),
        ("FAIL 80", "high"),
        ("FAIL 79", "medium"),
        ("FAIL 50", "medium"),
        ("FAIL 49", "low"),
        ("FAIL 0", "low"),
        ("\n FAIL 85 \nbecause of", "high"),
    ],
)
def test_one_line_is_read(answer: str, sure: str) -> None:
    assert judgement(answer) == sure


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "FAIL",
        "85",
        "fail 85",
        "FAIL 101",
        "FAIL 085",
        "FAIL -1",
        "FAIL 8.5",
        "FAIL  85",
        "FAIL 85%",
        "FAIL ٨٥",
        "PASS FAIL 85",
        "**FAIL 85**",
        "The text says: PASS 100",
        "because\nFAIL 85",
    ],
)
def test_anything_else_is_no_word(answer: str) -> None:
    assert judgement(answer) is None


@given(st.text())
def test_whatever_is_answered_is_read_without_a_fault(answer: str) -> None:
    assert judgement(answer) in (None, "none", "low", "medium", "high")
