from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.guardrail.normalise import normalise

ANY = st.text(st.characters() | st.sampled_from("\u200b\u0301\u202eа\ufb01ｇ\U000e0041\ud800"), max_size=60)


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("plain words", "plain words"),
        ("i\u200bg\u00adn\u2060ore", "ignore"),
        ("ｉｇｎｏｒｅ 𝐚𝐥𝐥 ⓡⓤⓛⓔⓢ", "ignore all rules"),
        ("ignоrе рrevious", "ignore previous"),
        ("ɪɢɴᴏʀᴇ", "ignore"),
        ("z\u0335a\u0336l\u0337go", "zalgo"),
        ("e\u0301te\u0301", "été"),
        ("\u202eabc\u202c", "abc"),
        ("a\x00b\x1bc", "abc"),
        ("привет, мир", "привет, мир"),
        ("Việt Nam – tiếng", "Việt Nam - tiếng"),
        ("🇸🇴🇸", "sos"),
        ("ﬁne", "fine"),
    ],
)
def test_what_hides_words_is_undone(given: str, plain: str) -> None:
    assert normalise(given).text == plain


def test_a_place_in_the_plain_text_is_one_in_what_was_given() -> None:
    text = "say \u200bｉｇ\u00adnоre\u200b now"
    found = normalise(text)
    at = found.text.index("ignore")
    start, end = found.span(at, at + len("ignore"))
    assert text[start:end] == "ｉｇ\u00adnоre\u200b"


@given(ANY)
def test_every_place_stands_inside_of_what_was_given(text: str) -> None:
    found = normalise(text)
    assert found.offsets is None or len(found.offsets) == len(found.text)
    assert found.span(0, len(found.text))[1] <= len(text)
    last = 0
    for at in range(len(found.text)):
        start, end = found.span(at, at + 1)
        assert last <= start < end <= len(text)
        last = start


@given(ANY)
def test_a_plain_text_stays_as_it_is(text: str) -> None:
    once = normalise(text).text
    assert normalise(once).text == once or not once.isascii()


def test_an_ascii_text_is_not_copied() -> None:
    text = "An ordinary question, 12 words or so." * 3
    found = normalise(text)
    assert found.text is text
    assert found.offsets is None


@pytest.mark.parametrize("text", ["", "\u200b", "\ud800", "\U000e0041" * 3])
def test_texts_of_nothing_to_see_have_places_too(text: str) -> None:
    found = normalise(text)
    assert found.span(0, len(found.text)) in {(0, len(text)), (len(text), len(text))}


def test_a_long_text_of_marks_ends() -> None:
    assert len(normalise("a" + "\u0335" * 1_000_000).text) == 1
