"""What everything that keeps answers promises, and what its memory gives away."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from remit.adapters.answers_memory import ANSWER_BYTES_MAX, MemoryAnswers
from remit.adapters.cipher import OVERHEAD, Cipher
from strategies import MOMENT

PEPPER = bytes(range(32))
HOUR = timedelta(hours=1)
ONE, OTHER = b"1" * 32, b"2" * 32


def keep(answers: MemoryAnswers, key: bytes, answer: bytes = b"words", case: str = "pilot") -> None:
    answers.keep(case, key, answer, now=MOMENT, until=MOMENT + HOUR)


def stored(answers: Any) -> list[bytes]:
    return [kept.sealed for kept in answers._kept.values()]


def test_what_was_kept_last_comes_back_until_its_time_is_over() -> None:
    answers = MemoryAnswers(PEPPER)
    assert answers.find("pilot", ONE, now=MOMENT) is None
    keep(answers, ONE, b"first")
    keep(answers, ONE, b"second")
    keep(answers, OTHER, b"other")
    assert answers.find("pilot", ONE, now=MOMENT) == b"second"
    assert answers.find("pilot", ONE, now=MOMENT + HOUR - timedelta.resolution) == b"second"
    assert answers.find("pilot", ONE, now=MOMENT + HOUR) is None
    assert len(stored(answers)) == 1
    assert answers.find("pilot", OTHER, now=MOMENT) == b"other"


def test_another_use_case_cannot_open_it_whatever_it_asks_for() -> None:
    answers = MemoryAnswers(PEPPER)
    keep(answers, ONE)
    assert answers.find("other", ONE, now=MOMENT) is None
    assert answers.find("pilot", ONE, now=MOMENT) == b"words"


def test_memory_holds_nothing_to_read_and_the_same_answer_never_looks_the_same() -> None:
    answers = MemoryAnswers(PEPPER)
    keep(answers, ONE, b"a claim about hail")
    keep(answers, OTHER, b"a claim about hail")
    one, other = stored(answers)
    assert b"hail" not in one + other
    assert one != other
    assert len(one) == len(b"a claim about hail") + OVERHEAD


def test_what_stands_in_anothers_place_or_was_changed_is_not_given() -> None:
    answers: Any = MemoryAnswers(PEPPER)
    keep(answers, ONE, b"for one")
    keep(answers, OTHER, b"for other")
    answers._kept[OTHER] = answers._kept[ONE]
    assert answers.find("pilot", OTHER, now=MOMENT) is None
    kept = answers._kept[ONE]
    answers._kept[ONE] = kept._replace(sealed=kept.sealed[:-1] + bytes([kept.sealed[-1] ^ 1]))
    assert answers.find("pilot", ONE, now=MOMENT) is None


def test_an_answer_that_is_too_large_is_not_kept_and_leaves_none_of_before() -> None:
    answers = MemoryAnswers(PEPPER)
    keep(answers, ONE, b"x" * ANSWER_BYTES_MAX)
    assert answers.find("pilot", ONE, now=MOMENT) == b"x" * ANSWER_BYTES_MAX
    keep(answers, ONE, b"x" * (ANSWER_BYTES_MAX + 1))
    assert answers.find("pilot", ONE, now=MOMENT) is None


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    answers = MemoryAnswers(PEPPER, entries_max=2)
    keep(answers, b"a")
    keep(answers, b"b")
    assert answers.find("pilot", b"a", now=MOMENT)
    keep(answers, b"c")
    assert [answers.find("pilot", key, now=MOMENT) is not None for key in (b"a", b"b", b"c")] == [
        True,
        False,
        True,
    ]


@given(st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c", b"d"]), st.integers(0, 900)), max_size=30))
def test_it_never_takes_more_room_than_it_has(asked: list[tuple[bytes, int]]) -> None:
    answers: Any = MemoryAnswers(PEPPER, bytes_max=2500, entries_max=3)
    for key, size in asked:
        keep(answers, key, b"x" * size)
        assert answers._bytes == sum(len(each) + 512 for each in stored(answers)) <= 2500
        assert len(stored(answers)) <= 3
        assert answers.find("pilot", key, now=MOMENT) == b"x" * size


def test_what_nobody_may_be_given_any_more_is_let_go_of() -> None:
    answers = MemoryAnswers(PEPPER)
    keep(answers, ONE)
    answers.keep("pilot", OTHER, b"later", now=MOMENT + HOUR, until=MOMENT + 2 * HOUR)
    assert len(stored(answers)) == 1


@pytest.mark.parametrize(("purpose", "name"), [(b"remit-files", "file-1"), (b"remit-credential", "")])
def test_what_earlier_versions_sealed_can_still_be_opened(purpose: bytes, name: str) -> None:
    key = hashlib.blake2b(name.encode(), key=PEPPER, digest_size=32, person=purpose).digest()
    sealed = b"n" * 12 + AESGCM(key).encrypt(b"n" * 12, b"words", b"place")
    cipher = Cipher(PEPPER, purpose=purpose, name=name)
    assert cipher.open(sealed, b"place") == b"words"
    assert cipher.open(sealed, b"another") is None
    assert cipher.open(b"short", b"place") is None
    assert Cipher(PEPPER, purpose=purpose, name="x").open(sealed, b"place") is None
