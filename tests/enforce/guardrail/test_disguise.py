"""What is disguised is found as it would be if it were not, whole and in pieces."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrail_texts import disguised_texts, every_type, texts
from remit.enforce.guardrail.disguise import NEAR, Undisguised, undisguised
from remit.enforce.guardrail.holdback import Detector, Holdback, find_all, mask_all
from remit.enforce.guardrail.word_filter import compile_words

WORDS = compile_words(dict.fromkeys(("the cat", "cat sat on", "harbour", "not now"), "WORD"), ["darn"])
SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=6)


def detectors() -> list[Detector]:
    return [every_type(), WORDS]


def mask(kind: str, said: str) -> str:
    return f"{{{kind}}}"


def cut(text: str, sizes: list[int]) -> list[str]:
    pieces, at = list[str](), 0
    while at < len(text):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(text[at : at + size])
        at += size
    return pieces


def streamed(text: str, sizes: list[int]) -> tuple[str, list[tuple[str, int, int]]]:
    holdback = Holdback(detectors(), mask)
    released = [*map(holdback.feed, cut(text, sizes)), holdback.close()]
    found = [(one.type, one.start, one.end) for each in released for one in each.found]
    return "".join(each.text for each in released), found


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("to ann\u200ba@exam\u00adple.org now", "to {EMAIL} now"),
        ("to \u202eanna@\u2066example.org", "to \u202e{EMAIL}"),
        ("to ａｎｎａ＠ｅｘａｍｐｌｅ．ｏｒｇ", "to {EMAIL}"),
        ("to \U0001d41a\U0001d427\U0001d427\U0001d41a@\U0001d41ex.org", "to {EMAIL}"),
        ("to a\u0335n\u0335n\u0335a@example.org", "to {EMAIL}"),
        ("to \u0430nna@ex\u0430mple.org", "to {EMAIL}"),
        ("to an\x00na@example.org", "to {EMAIL}"),
        ("paid by 5555-5555-5555-4444\u200b12", "paid by {CREDIT_DEBIT_CARD_NUMBER}\u200b12"),
        ("card 𝟜𝟙𝟙𝟙 1111 1111 1111", "card {CREDIT_DEBIT_CARD_NUMBER}"),
        ("card ٤١١١ ١١١١ ١١١١ ١١١١", "card {CREDIT_DEBIT_CARD_NUMBER}"),
        ("card 4111\u200b11111111\u200d1111", "card {CREDIT_DEBIT_CARD_NUMBER}"),
        ("DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000", "{INTERNATIONAL_BANK_ACCOUNT_NUMBER}"),
        ("her SSN is 536\u201122\u20111478.", "her SSN is {US_SOCIAL_SECURITY_NUMBER}."),
        ("key AKIA\u2060IOSFODNN7EXAMPLQ here", "key {AWS_ACCESS_KEY} here"),
        ("-----BEGIN PRI\u200bVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----", "{SECRET}"),
        (
            "well, d\u0430rn and h\u0435ad to the ha\u200brbour",
            "well, {PROFANITY} and h\u0435ad to the {WORD}",
        ),
    ],
)
def test_what_is_disguised_is_masked_in_one_piece_and_in_many(given: str, shown: str) -> None:
    assert mask_all(given, find_all(detectors(), given), mask) == shown
    for size in (1, 3, 1000):
        assert streamed(given, [size])[0] == shown


@pytest.mark.parametrize(
    "text",
    [
        "Bitte schreiben Sie über die Änderung.",
        "Мы живём в Москве, у реки.",
        "请写信告诉我，谢谢。",
        "αβγ και άλλα",
    ],
)
def test_other_languages_are_no_disguise(text: str) -> None:
    assert undisguised(text) is None


@settings(max_examples=400, deadline=None)
@given(disguised_texts, SIZES)
def test_a_disguised_stream_comes_out_as_the_whole_does(text: str, sizes: list[int]) -> None:
    whole = find_all(detectors(), text)
    out, found = streamed(text, sizes)
    assert found == [(one.type, one.start, one.end) for one in whole]
    assert out == mask_all(text, whole, mask)


@settings(max_examples=300, deadline=None)
@given(st.text("aеоx\u200b\u0301１ﬁ. Я", max_size=90), SIZES)
def test_a_text_in_pieces_is_undisguised_as_the_whole(text: str, sizes: list[int]) -> None:
    whole, parts = Undisguised(), Undisguised()
    whole.feed(text, last=True)
    for piece in cut(text, sizes):
        parts.feed(piece)
    parts.feed("", last=True)
    assert (parts.text, parts.starts) == (whole.text, whole.starts)
    assert len(whole.text) == len(whole.starts)
    assert whole.starts == sorted(whole.starts)


def test_a_letter_far_from_any_latin_one_is_of_its_own_script() -> None:
    found = undisguised("a" + "о" * (NEAR + 1))
    assert found is not None
    assert found.text == "a" + "o" * NEAR + "о"


@settings(max_examples=100, deadline=None)
@given(texts)
def test_a_disguise_takes_nothing_from_what_is_found_without_it(text: str) -> None:
    """Something unseen at the end has the text read twice, and what stands in it is the same."""
    plain = [(one.type, one.start, one.end) for one in find_all(detectors(), text + " .")]
    twice = [(one.type, one.start, one.end) for one in find_all(detectors(), text + " .\u200b")]
    assert twice == plain


def test_a_stream_that_is_plain_again_is_read_once_again() -> None:
    holdback = Holdback(detectors(), mask)
    holdback.feed("ha\u200brbour and ")
    holdback.feed("words that mean no harm at all " * 40)
    assert holdback._seen is None


def test_a_flood_of_what_nobody_sees_comes_to_an_end() -> None:
    text = "anna@exam" + "\u200b" * 100_000 + "ple.org"
    assert streamed(text, [5_000])[0] == "{EMAIL}"
