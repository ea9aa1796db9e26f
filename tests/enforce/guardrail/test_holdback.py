"""A stream comes out as if it had been masked whole, however it was cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrail_texts import every_type, texts
from remit.enforce.guardrail.finding import Found
from remit.enforce.guardrail.holdback import Detector, Holdback, find_all, mask_all
from remit.enforce.guardrail.rule import LENGTH_MAX
from remit.enforce.guardrail.sensitive import compile_sensitive
from remit.enforce.guardrail.weigh import Source
from remit.enforce.guardrail.word_filter import compile_words

WORDS = compile_words(dict.fromkeys(("the cat", "cat sat on", "now", "not now"), "WORD"), ["shouting all"])


def mask(kind: str, said: str) -> str:
    return f"{{{kind}}}"


def stream(detectors: list[Detector], pieces: list[str]) -> tuple[str, list[Found], int]:
    holdback = Holdback(detectors, mask)
    out, found, held = "", list[Found](), 0
    for piece in pieces:
        released = holdback.feed(piece)
        out += released.text
        found += released.found
        held = max(held, holdback.held)
    released = holdback.close()
    return out + released.text, [*found, *released.found], held


def cut(text: str, sizes: list[int]) -> list[str]:
    pieces, at = list[str](), 0
    while at < len(text):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(text[at : at + size])
        at += size
    return pieces


@settings(max_examples=300, deadline=None)
@given(texts, st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_a_stream_comes_out_as_the_whole_does(text: str, sizes: list[int]) -> None:
    detectors: list[Detector] = [every_type(), WORDS]
    whole = find_all(detectors, text)
    out, found, _ = stream(detectors, cut(text, sizes))
    assert out == mask_all(text, whole, mask)
    assert found == whole


TRICKY = (
    r"\bab+\b",
    r"(?:ab|abc|b) ?c",
    r"a.{0,4}?b",
    r"(?i)[^a ]{2,}A",
    r"(?s)c.*b",
    r"^a|c$",
    r"a(?:bc)?(?:\s\d{1,3}){2}",
    r"\p{Lu}b",
    r"é+1",
    r"(?m)^b.c$",
    r"[[:digit:]]a",
)


@settings(max_examples=400, deadline=None)
@given(
    st.sets(st.sampled_from(TRICKY), min_size=1, max_size=4),
    st.text("aabbccAé1 \n日", max_size=60),
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
)
def test_customers_patterns_stream_as_the_whole_does(patterns: set[str], text: str, sizes: list[int]) -> None:
    ours = compile_sensitive([], {f"P{place}": one for place, one in enumerate(sorted(patterns))}, {})
    whole = find_all([ours], text)
    out, found, _ = stream([ours], cut(text, sizes))
    assert (out, found) == (mask_all(text, whole, mask), whole)


def test_no_more_is_held_than_how_a_match_may_begin() -> None:
    holdback = Holdback([compile_sensitive([], {"P": r"EMP-\d{6}[a-z]*"}, {})], mask)
    assert (
        holdback.feed("a long text, then E, then EMP, then EMP-12").text
        == "a long text, then E, then EMP, then "
    )
    assert holdback.feed("3456 and").text == "{P} and"


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_a_private_key_over_many_lines_never_shows(size: int) -> None:
    key = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkq\n" * 40 + "-----END PRIVATE KEY-----"
    out, _, _ = stream([every_type()], cut(f"here it is: {key}\nthat was it", [size]))
    assert out == "here it is: {SECRET}\nthat was it"


@pytest.mark.parametrize("size", [1, 5, 64])
def test_a_key_that_another_begins_in_streams_as_the_whole_does(size: int) -> None:
    begun = "-----BEGIN PRIVATE KEY-----\nMIIB and anna.larsen@example.org\n"
    text = begun + "-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END RSA PRIVATE KEY-----"
    out, _, _ = stream([every_type()], cut(text, [size]))
    assert out == "{SECRET}\nMIIB and {EMAIL}\n{SECRET}"


def test_a_key_that_never_ends_is_not_waited_for_for_ever() -> None:
    text = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkq\n" * 2000
    out, _, held = stream([every_type()], cut(text, [500]))
    assert out == mask_all(text, find_all([every_type()], text), mask)
    assert held < 20_000


def test_plain_words_are_not_held() -> None:
    holdback = Holdback([WORDS], mask)
    assert holdback.feed("words that mean no harm and ").text == "words that mean no harm and "


def test_what_is_held_has_a_bound() -> None:
    _, _, held = stream([every_type()], cut("A1 " * 4000, [50]))
    assert held < LENGTH_MAX * 8 / 7 + 100


def test_what_is_held_is_not_read_again_for_every_character() -> None:
    read = list[int]()

    class Counted:
        def sources(self, text: str) -> list[Source]:
            read.append(len(text))
            return []

        def open_from(self, text: str, start: int) -> int:
            return max(start, len(text) - LENGTH_MAX)

    text = "A" * 20_000
    assert stream([Counted()], list(text))[0] == text
    assert sum(read) < 20 * len(text)
