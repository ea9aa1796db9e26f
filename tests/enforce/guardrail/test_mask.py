"""Masks: tokens that stand for what was masked, and what becomes of them in a model's hands."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.restore import Restorer


def vault_of(**originals: str) -> Vault:
    vault = Vault()
    for type, text in originals.items():
        vault.token(type, text)
    return vault


def test_the_same_text_has_the_same_token_and_another_another() -> None:
    vault = Vault()
    said = [vault.token("EMAIL", f"{name}@example.com") for name in "aba"]
    assert said == ["{EMAIL_1}", "{EMAIL_2}", "{EMAIL_1}"]


def test_numbers_are_counted_for_each_type() -> None:
    vault = Vault()
    assert [vault.token("EMAIL", "x"), vault.token("PHONE", "x")] == ["{EMAIL_1}", "{PHONE_1}"]


def test_a_keyed_token_is_the_same_in_every_call_and_says_nothing() -> None:
    first, second = (Vault("key", lambda text: f"k{len(text)}") for _ in range(2))
    assert first.token("EMAIL", "a@example.com") == second.token("EMAIL", "a@example.com") == "{EMAIL_K13}"


def test_a_type_alone_cannot_be_restored() -> None:
    vault = Vault("type")
    assert vault.token("EMAIL", "a@example.com") == "{EMAIL}"
    assert not vault
    assert vault.restored("{EMAIL}") == "{EMAIL}"


@pytest.mark.parametrize(
    "said",
    ["{EMAIL_1}", "{email_1}", "<EMAIL_1>", "[Email 1]", "{{EMAIL_1}}", "EMAIL_1", "{ EMAIL-1 }", "email 1"],
)
def test_a_token_is_known_in_whatever_clothes_a_model_puts_it(said: str) -> None:
    vault = vault_of(EMAIL="a@example.com")
    assert vault.restored(f"to {said}, please") == "to a@example.com, please"


@pytest.mark.parametrize("said", ["EMAIL_2", "EMAIL_12", "MYEMAIL_1", "EMAIL", "{EMAIL_}", "EMAIL_1x"])
def test_what_only_looks_like_a_token_stays(said: str) -> None:
    vault = vault_of(EMAIL="a@example.com")
    assert vault.restored(f"to {said}, please") == f"to {said}, please"


def test_what_was_masked_is_put_back_only_into_the_texts_of_json() -> None:
    vault = vault_of(NAME='Bo "B"')
    assert Restorer(vault).in_json('{"NAME_1": "{NAME_1}", "n": 1}') == '{"NAME_1":"Bo \\"B\\"","n":1}'


@pytest.mark.parametrize("said", ["{order-number_1}", "ORDER_NUMBER_1", "<Order number 1>"])
def test_a_token_of_a_pattern_whose_name_has_dashes_is_put_back(said: str) -> None:
    vault = vault_of(**{"order-number": "A-77"})
    assert vault.restored(f"see {said} and {{order-number_2}}") == "see A-77 and {order-number_2}"
    assert vault.places("see {order-number_1}.") == [(4, 20)]


def test_types_whose_names_are_alike_never_share_a_token() -> None:
    vault = vault_of(EMAIL="a@example.com", email="b@example.com")
    assert [vault.token("EMAIL", "a@example.com"), vault.token("email", "b@example.com")] == [
        "{EMAIL_1}",
        "{email_2}",
    ]
    assert vault.restored("EMAIL_1, email_2") == "a@example.com, b@example.com"


def test_what_finds_tokens_stays_small_however_much_is_masked() -> None:
    few, many = vault_of(EMAIL="a@example.com"), Vault()
    for number in range(1000):
        many.token("EMAIL", f"a{number}@example.com")
    assert len(many._pattern().pattern) == len(few._pattern().pattern)
    assert many.restored("email 1000") == "a999@example.com"
    assert many.may_begin("to EMAIL_100") == len("to")


def test_what_is_masked_in_an_answer_is_put_back_for_nobody() -> None:
    vault = vault_of(EMAIL="a@example.com")
    vault.seal()
    assert vault.token("EMAIL", "b@example.com") == "{EMAIL_2}"
    assert vault.token("EMAIL", "a@example.com") == "{EMAIL_1}"
    assert vault.restored("{EMAIL_1}, {EMAIL_2}") == "a@example.com, {EMAIL_2}"
    assert vault.places("{EMAIL_1}, {EMAIL_2}") == [(0, 9), (11, 20)]


def test_a_type_that_is_named_in_words_hides_no_token() -> None:
    vault = vault_of(EMAIL="a@example.com", NAME="Bo")
    assert vault.restored("the name email 1, name 2 name 1") == "the name a@example.com, name 2 Bo"


def test_a_call_with_very_many_masks_restores_them() -> None:
    vault = Vault()
    tokens = [vault.token("EMAIL", f"a{number}@example.com") for number in range(50_000)]
    restorer = Restorer(vault)
    assert restorer.feed(f"{tokens[0]} and {tokens[-1]} and {{EMAIL_50001}}.") == (
        "a0@example.com and a49999@example.com and {EMAIL_50001}."
    )


PIECES = st.sampled_from(
    [
        *"EMAIL _ 1 2 { } < > [ ] email US Social Security number - the".split(),
        *("EMAIL_1", "{EMAIL_1}", "{{", "}}", "{EMAIL_2", " "),
    ]
)


@example("EMAILEMAIL_1", [2, 4])
@given(st.lists(PIECES, max_size=12).map("".join), st.lists(st.integers(1, 4), max_size=60))
def test_however_an_answer_is_cut_the_same_is_restored(text: str, cuts: list[int]) -> None:
    vault = vault_of(EMAIL="a@example.com", US_SOCIAL_SECURITY_NUMBER="078-05-1120")
    for number in range(11):
        vault.token("EMAIL", f"b{number}@example.com")
    restorer, out, at = Restorer(vault), "", 0
    for cut in [*cuts, len(text)]:
        out += restorer.feed(text[at : at + cut])
        at += cut
    assert out + restorer.close() == vault.restored(text)


@given(st.text(max_size=300))
def test_no_more_is_kept_than_a_token_is_long(text: str) -> None:
    vault = vault_of(EMAIL="a@example.com")
    assert len(text) - vault.may_begin(text) <= len("{{{ EMAIL_1 }}}")
