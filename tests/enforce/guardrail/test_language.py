import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.guardrail.language import UNKNOWN, Language, language, verified


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("How do I get to the station from here as fast as possible?", "en"),
        ("Wie komme ich von hier am schnellsten zum Bahnhof?", "de"),
        ("Comment aller à la gare le plus vite possible depuis ici ?", "fr"),
        ("¿Cómo llego desde aquí a la estación lo antes posible?", "es"),
        ("ここから駅までどうやって行けばいいですか", "ja"),
        ("Как мне быстрее всего добраться до вокзала отсюда?", "ru"),
    ],
)
def test_a_sentence_has_its_language(text: str, code: str) -> None:
    assert language(text) == Language(code, reliable=True)


@pytest.mark.parametrize("text", ["", " \n", "\x00\x01", "\ufffe\ufdd0"])
def test_what_has_no_words_has_no_language(text: str) -> None:
    assert language(text) == UNKNOWN


def test_a_policy_is_verified_for_its_languages_and_where_none_is_told() -> None:
    assert verified("content", "How do I get to the station from here?")
    assert verified("content", "12345")
    assert not verified("content", "Как мне быстрее всего добраться до вокзала отсюда?")
    assert not verified("no-such-policy", "How do I get to the station from here?")


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=300))
def test_any_text_is_taken(text: str) -> None:
    found = language(text)
    assert found.code == found.code.lower() or "-" in found.code


@given(st.binary(max_size=200))
def test_text_of_any_bytes_is_taken(raw: bytes) -> None:
    assert language(raw.decode("utf-8", "surrogateescape")).code
