"""A model is found by whatever name a log or a bill has for it, and by no other."""

from __future__ import annotations

from remit.decide.name_at_provider import NamesAtProvider, words_of
from strategies import model_block, operating_model

CASE = {"name": "A case", "unit": "motor", "purpose": "P."}
MODEL = operating_model(
    providers={"echo": {"technology": "echo"}, "cloud": {"technology": "echo"}},
    blocks={
        "model/large@1": model_block(options={"model": "maker.large", "billed_as": "Old Large"}),
        "model/large@2": model_block(
            provider="cloud", options={"model": "eu.maker.large", "billed_as": "Large4,,"}
        ),
        "model/plain@1": model_block(),
    },
    use_cases={
        "triage": {**CASE, "labels": {"role": "Shared", "project": "P-1"}},
        "letters": {**CASE, "labels": {"role": "shared"}},
    },
)
NAMES = NamesAtProvider(MODEL, ("eu.", "us."))


def test_one_name_stands_for_all_that_a_model_is_called() -> None:
    for said in ("maker.large", "us.maker.large", "arn:x:1:profile/eu.maker.large", "Large4", "Old Large"):
        assert NAMES.name(said) == "maker.large"
        assert NAMES.block(said) is MODEL.blocks["model/large@2"]
        assert NAMES.providers(said) == {"echo", "cloud"}
    assert NAMES.block("plain") is MODEL.blocks["model/plain@1"]
    assert NAMES.block("large4") is None
    assert (NAMES.name("unknown"), NAMES.providers("unknown")) == ("unknown", frozenset())


def test_a_call_is_named_by_its_block_and_by_what_served_it_once_that_is_gone() -> None:
    assert NAMES.of_call("model/large@1", "something") == "maker.large"
    assert NAMES.of_call("model/plain@1", "") == "plain"
    assert NAMES.of_call("model/gone@3", "us.maker.large") == "maker.large"
    assert NAMES.of_call("model/gone@3", "") == "gone"


def test_words_name_a_use_case_or_a_key_and_what_two_share_names_nobody() -> None:
    found = words_of(MODEL, {"Key-1": "triage"}, ("role", "project"))
    assert found == {
        "triage": ("triage", ""),
        "letters": ("letters", ""),
        "key-1": ("triage", "Key-1"),
        "p-1": ("triage", ""),
        "shared": ("", ""),
    }
