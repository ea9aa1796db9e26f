import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.guardrail import ngrams


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=60), st.integers(1, 5))
def test_there_is_a_bucket_for_each_run_of_characters(text: str, size: int) -> None:
    found = ngrams.of_characters(text, (size,), bits=13)
    assert len(found) == max(0, len(text) - size + 1)
    assert all(0 <= one < 1 << 13 for one in found)


@given(st.text(alphabet="ab", min_size=3, max_size=8), st.text(alphabet="ab", max_size=4))
def test_a_run_has_the_same_bucket_wherever_it_stands(run: str, before: str) -> None:
    alone = ngrams.of_characters(run, (3,), bits=20)
    within = ngrams.of_characters(before + run, (3,), bits=20)
    assert np.array_equal(within[len(within) - len(alone) :], alone)


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=60))
def test_a_folded_text_can_be_encoded_and_has_a_space_at_each_end(text: str) -> None:
    once = ngrams.folded(text)
    once.encode("utf-8")
    assert once == f" {once.strip()} " or once == "  "
