import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.guardrail.contrast import opposites, stem
from remit.enforce.guardrail.fact import Token, same_number, sentences, tokens


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,200.50", 1200.5),
        ("1.200,50", 1200.5),
        ("3.5", 3.5),
        ("3,5", 3.5),
        ("1,234,567", 1_234_567),
        ("twenty-five", 25),
        ("twenty five", 25),
        ("3 million", 3e6),
        ("two hundred", 200),
        ("5bn", 5e9),
        ("3rd", 3),
        ("a dozen", 12),
        ("10:30", 10.3),
    ],
)
def test_numbers_are_read_in_digits_and_in_words(text: str, value: float) -> None:
    assert [token.value for token in tokens(text) if token.kind == "number"] == [pytest.approx(value)]


@pytest.mark.parametrize(
    ("said", "source", "same"),
    [
        ("6.4", "6.35", True),
        ("3.1 billion", "3.08 billion", True),
        ("25", "twenty-five", True),
        ("6", "6.35", False),
        ("2020", "2021", False),
        ("2 million", "2.4 million", False),
    ],
)
def test_a_number_is_that_of_the_source_as_it_stands_or_rounded(said: str, source: str, same: bool) -> None:
    assert same_number(tokens(said)[0], tokens(source)[0]) is same


def test_names_and_dates_are_told_from_words() -> None:
    found = {
        token.word: token.kind for token in tokens("On 3 May the bank may call Anna Berg in Oslo on Mon")
    }
    assert found == {
        "on": "word", "3": "number", "may": "word", "the": "word", "bank": "word", "call": "word",
        "anna": "name", "berg": "name", "in": "word", "oslo": "name", "mon": "date",
    }  # fmt: skip


def test_opposites_are_opposites_both_ways_and_never_of_themselves() -> None:
    table = opposites()
    assert all(word in table[other] for word, others in table.items() for other in others)
    assert all(word not in others for word, others in table.items())


@pytest.mark.parametrize("word", ["increased", "increases", "increasing", "increase", "Increase's"])
def test_endings_are_taken_off(word: str) -> None:
    assert stem(word) == "increas"


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=300))
def test_any_text_has_tokens_in_order_within_it(text: str) -> None:
    at = 0
    for start, end in sentences(text):
        assert at <= start < end <= len(text)
        at = end
        place = start
        for token in tokens(text[start:end], start):
            assert place <= token.start < token.end <= end
            place = token.end


@given(st.text(alphabet="0123456789.,:%- onetwhrdkm", max_size=60))
def test_any_digits_are_read(text: str) -> None:
    assert all(isinstance(token, Token) for token in tokens(text))
