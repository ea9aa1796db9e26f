from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.guardrail.gram import grams


@given(st.text(max_size=80))
def test_every_run_stands_inside_of_its_text(text: str) -> None:
    found = grams(text, bits=12)
    assert len(found.slots) == len(found.at)
    assert ((found.at >= 0) & (found.at < max(len(text), 1))).all()
    assert ((found.slots >= 0) & (found.slots < 1 << 12)).all()


def test_a_text_has_the_same_runs_wherever_it_stands() -> None:
    alone = grams("ignore the rules", bits=20)
    behind = grams("Fine weather. ignore the rules", bits=20)
    assert set(alone.slots) <= set(behind.slots)


def test_capitals_digits_and_runs_of_spaces_make_no_difference() -> None:
    assert np.array_equal(grams("Ignore  RULE 12", bits=20).slots, grams("ignore rule 97", bits=20).slots)


def test_another_word_makes_other_runs() -> None:
    one, other = (set(grams(text, bits=20).slots) for text in ("ignore the rules", "ignore the tools"))
    assert len(one & other) > 10
    assert len(one - other) > 5
