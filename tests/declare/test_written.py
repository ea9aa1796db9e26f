"""What is written is read back unchanged, and the same everywhere."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.declare.text import read
from remit.declare.written import WIDTH, written

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
PIECES = ["word", " ", "  ", "\n", "\n\n", "- x", ": ", " #", "\t", "'", '"', "\u2028", "\u3000", "long" * 12]
PROSE = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
TEXT = ANY_TEXT | PROSE
TREE: st.SearchStrategy[Any] = st.recursive(
    TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT.filter(bool), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(TEXT, TREE, min_size=1, max_size=3))
def test_any_text_is_read_back_unchanged_by_our_reader_and_by_another(tree: dict[str, Any]) -> None:
    text = written(tree, comment="any")
    got, faults = read(text, "any.yaml")
    assert (got, faults) == (tree, [])
    assert yaml.load(text, Loader=yaml.BaseLoader) == tree


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text("abc", min_size=1), TEXT, min_size=1, max_size=3))
def test_what_is_text_is_text_for_every_reader(tree: dict[str, str]) -> None:
    assert yaml.safe_load(written(tree, comment="any")) == tree


@pytest.mark.parametrize(
    "word", ["NO", "yes", "null", "1.10", "2024-01-01", "0x1F", "12:30", "~", "a: b", "- a"]
)
def test_a_word_that_a_reader_may_guess_at_is_quoted(word: str) -> None:
    assert written({"field": word}, comment="any") == f'# any\nfield: "{word}"\n'


def test_values_other_than_text_are_plain_and_none_is_left_out() -> None:
    tree = {"day": date(2024, 7, 1), "row": 2, "truth": True, "gone": None, "empty": {}, "none": []}
    assert written(tree, comment="two\nlines") == (
        "# two lines\nday: 2024-07-01\nrow: 2\ntruth: true\nempty: {}\nnone: []\n"
    )


def test_long_prose_is_folded_and_its_line_breaks_stay() -> None:
    long = "many words " * 12 + "end"
    text = written({"prose": f"{long}\n\n{long}", "lines": "a\n  b"}, comment="any")
    assert "prose: >-\n" in text
    assert "lines: |-\n  a\n    b\n" in text
    assert max(len(line) for line in text.splitlines()) <= WIDTH
