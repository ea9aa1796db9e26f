"""Words that are not to be said are found where they are words, in any case."""

from __future__ import annotations

from hypothesis import given, settings

from guardrail_texts import texts
from remit.enforce.guardrail.finding import Found
from remit.enforce.guardrail.word_filter import compile_words

FILTER = compile_words(dict.fromkeys(("Blue Harbour", "harbour", "Straße", "C++", "禁止"), "WORD"), ["darn"])


def said(text: str) -> list[tuple[str, str]]:
    return [(one.type, text[one.start : one.end]) for one in FILTER.find(text)]


def test_of_two_words_that_overlap_the_longer_stands() -> None:
    assert said("the BLUE HARBOUR, a harbour") == [("WORD", "BLUE HARBOUR"), ("WORD", "harbour")]


def test_a_word_within_another_is_none() -> None:
    assert said("harbours darned _darn unharboured") == []


def test_profanity_says_that_it_is() -> None:
    assert said("Darn!") == [("PROFANITY", "Darn")]


def test_other_languages_have_words_too() -> None:
    assert said("in der STRAßE: 这里禁止吸烟, c++") == [("WORD", "STRAßE"), ("WORD", "禁止"), ("WORD", "c++")]


def test_a_mark_may_stand_for_itself_on_either_side() -> None:
    assert compile_words({"B\u00e4r": "WORD"}).find("ein Ba\u0308r!") == [Found("WORD", 4, 8, "high")]
    assert compile_words({"Ba\u0308r": "WORD"}).find("ein B\u00e4r!") == [Found("WORD", 4, 7, "high")]


def test_a_break_of_a_line_divides_words_as_a_blank_does() -> None:
    assert said("blue\nharbour") == [("WORD", "blue\nharbour")]


@settings(max_examples=50, deadline=None)
@given(texts)
def test_places_stay_within_the_text(text: str) -> None:
    assert all(0 <= one.start < one.end <= len(text) for one in FILTER.find(text))


def test_a_word_on_both_lists_is_found_for_both() -> None:
    (found,) = compile_words({"darn": "WORD/3"}, ["darn"]).find("Darn!")
    assert found.type == "WORD/3 PROFANITY"


def test_no_words_find_nothing() -> None:
    assert compile_words({}).find("anything") == []
