"""Ids sort by time and hold what they were made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.ids import ulid

times = st.integers(0, (1 << 48) - 1)
entropies = st.integers(0, (1 << 80) - 1)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@given(times, entropies)
def test_an_id_holds_its_time_and_its_entropy(milliseconds: int, entropy: int) -> None:
    number = 0
    for letter in ulid(milliseconds, entropy):
        number = number * 32 + ALPHABET.index(letter)
    assert number == (milliseconds << 80) + entropy


@given(times, entropies, times, entropies)
def test_ids_sort_by_time_then_by_entropy(one: int, some: int, other: int, more: int) -> None:
    assert (ulid(one, some) < ulid(other, more)) is ((one, some) < (other, more))
    assert len(ulid(one, some)) == 26


@pytest.mark.parametrize(("milliseconds", "entropy"), [(-1, 0), (1 << 48, 0), (0, -1), (0, 1 << 80)])
def test_an_id_is_not_made_of_too_much_or_too_little(milliseconds: int, entropy: int) -> None:
    with pytest.raises(AssertionError):
        ulid(milliseconds, entropy)
