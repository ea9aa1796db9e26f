"""Parts of a text underlined for a terminal, whatever the text holds."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from remit.cli.underline import Part, underlined


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, list[Part]]:
    text = draw(st.text(st.characters() | st.sampled_from("\n\x1b\u202e漢 a"), min_size=1, max_size=300))
    parts = []
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(text) - 1))
        parts.append(Part(start, draw(st.integers(start + 1, len(text))), "EMAIL"))
    return text, parts


@given(marked())
def test_each_part_has_a_line_and_nothing_does_something_to_the_terminal(
    given: tuple[str, list[Part]],
) -> None:
    text, parts = given
    lines = underlined(text, parts).split("\n") if parts else []
    assert sum(line.endswith(" EMAIL") and "^" in line for line in lines) == len(parts)
    assert all(unicodedata.category(each)[0] != "C" for line in lines for each in line)
    assert all(len(line) < 400 for line in lines)


def test_parts_of_one_line_stand_below_it_in_their_order() -> None:
    assert underlined("one two\nthree", [Part(8, 13, "C"), Part(4, 7, "B"), Part(0, 3, "A")]) == (
        "1 | one two\n  | ^^^ A\n  |     ^^^ B\n2 | three\n  | ^^^^^ C"
    )


def test_of_a_long_line_what_stands_around_a_part_is_shown() -> None:
    shown = underlined("a" * 500 + "b" * 6 + "c" * 500, [Part(500, 506, "B")])
    line, mark = shown.split("\n")
    assert line == f"1 | … {'a' * 40}bbbbbb{'c' * 40} …"
    assert mark == f"  |   {' ' * 40}^^^^^^ B"


def test_a_part_that_goes_on_beyond_its_line_says_so() -> None:
    assert underlined("ab\ncd", [Part(1, 5, "X")]) == "1 | ab\n  |  ^ … X"
