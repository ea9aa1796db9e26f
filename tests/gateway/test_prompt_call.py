"""Where a format has no field for a prompt, two headers name it; what they say is bounded and checked."""

from __future__ import annotations

from typing import Any

import pytest

from remit.enforce.prompt import VARIABLES_MAX, PromptCall
from remit.enforce.request import EmbedRequest, Message, ModelRequest
from remit.gateway.prompt_call import HEADER_CHARACTERS_MAX, NAME, VARIABLES, with_prompt
from remit.gateway.wire import Ask, Failure

ASK = Ask(ModelRequest("model/small", (Message.of("user", "Hello"),)), False)


def named(**headers: str) -> Any:
    found = with_prompt(ASK, {f"x-remit-{name.replace('_', '-')}": value for name, value in headers.items()})
    assert isinstance(found, Ask), found
    return found.prompt


def test_no_header_names_no_prompt() -> None:
    assert with_prompt(ASK, {}) is ASK


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("letter", "prompt/letter"),
        ("prompt/letter", "prompt/letter"),
        ("letter@4", "prompt/letter@4"),
        ("letter-1.2@12", "prompt/letter-1.2@12"),
    ],
)
def test_a_prompt_is_named_with_or_without_its_kind_and_version(name: str, address: str) -> None:
    assert named(prompt=name) == PromptCall(address, {})


def test_variables_are_an_object_of_texts() -> None:
    assert named(prompt="letter", prompt_variables='{"a": "x", "b": "\\u00e9"}') == PromptCall(
        "prompt/letter", {"a": "x", "b": "é"}
    )


@pytest.mark.parametrize(
    "headers",
    [
        {NAME: ""},
        {NAME: "Letter"},
        {NAME: "letter@0"},
        {NAME: "letter@"},
        {NAME: "letter\n"},
        {NAME: "model/small"},
        {NAME: "x" * 200},
        {VARIABLES: "{}"},
        {NAME: "letter", VARIABLES: "["},
        {NAME: "letter", VARIABLES: '{"a": 1}'},
        {NAME: "letter", VARIABLES: "[" * 10_000},
        {NAME: "letter", VARIABLES: '"' + "x" * HEADER_CHARACTERS_MAX + '"'},
        {NAME: "letter", VARIABLES: "{" + ",".join(f'"v{n}":""' for n in range(VARIABLES_MAX + 1)) + "}"},
    ],
)
def test_headers_that_name_no_prompt_are_refused(headers: dict[str, str]) -> None:
    failure = with_prompt(ASK, headers)
    assert isinstance(failure, Failure)
    assert (failure.code, failure.status) == ("invalid-field", 400)
    assert failure.param in (NAME, VARIABLES)


def test_a_prompt_is_named_once() -> None:
    ask = Ask(ASK.request, False, prompt=PromptCall("prompt/a"))
    assert with_prompt(ask, {}) is ask
    assert isinstance(with_prompt(ask, {NAME: "letter"}), Failure)


def test_a_prompt_is_for_models_that_write() -> None:
    failure = with_prompt(Ask(EmbedRequest("model/small", ("x",)), False), {NAME: "letter"})
    assert isinstance(failure, Failure)
    assert failure.code == "unsupported-field"


@pytest.mark.parametrize(
    ("request_", "param"),
    [(ModelRequest("", (Message.of("user", "x"),)), "model"), (ModelRequest("model/a", ()), "messages")],
)
def test_without_a_prompt_a_request_has_a_model_and_a_message(request_: ModelRequest, param: str) -> None:
    failure = with_prompt(Ask(request_, False), {})
    assert isinstance(failure, Failure)
    assert failure.param == param
    assert isinstance(with_prompt(Ask(request_, False), {NAME: "letter"}), Ask)
