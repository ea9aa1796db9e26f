"""A prompt becomes messages; whatever its values say, they stay text in the places that are theirs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.decision import Decision
from remit.enforce.prompt import VALUE_CHARACTERS_MAX, Expanded, PromptCall, expand
from remit.enforce.request import Message, ModelRequest, OutputFormat, Think
from strategies import operating_model

TODAY = date(2026, 11, 23)
EARLIER = date(2026, 1, 1)
REPLY: dict[str, Any] = {
    "name": "Reply",
    "owner": "letters@example.com",
    "messages": [
        {"role": "system", "text": "Answer in {{ language }}, {{language}}."},
        {"role": "user", "text": "Letter: {{letter}}"},
    ],
    "variables": {
        "language": {"default": "English"},
        "letter": {},
    },
}
SET: dict[str, Any] = {
    "model": "model/small",
    "parameters": {
        "temperature": "0.2",
        "top_p": "0.9",
        "output_tokens_max": "300",
        "stop": ["\n\n"],
        "effort": "low",
        "output_schema": '{"type": "object"}',
    },
}
ASKED = ModelRequest("model/small", (Message.of("user", "Hello"),))
NO_MODEL = ModelRequest("", ())


def called(
    request: ModelRequest = ASKED,
    *,
    address: str = "prompt/reply",
    blocks: dict[str, Any] | None = None,
    listed: tuple[str, ...] = ("prompt/reply",),
    day: date = TODAY,
    **variables: str,
) -> Expanded | Decision:
    model = operating_model(
        organisation={"name": "H", "contact": "head@example.com", "currency": "EUR"},
        units={"claims": {"name": "Claims", "lead": "claims@example.com"}},
        use_cases={"triage": {"name": "T", "unit": "claims", "purpose": "Sort.", "blocks": list(listed)}},
        blocks=blocks or {"prompt/reply": REPLY},
    )
    return expand(request, PromptCall(address, variables), model=model, use_case="triage", day=day)


def expanded(*arguments: Any, **more: Any) -> Expanded:
    found = called(*arguments, **more)
    assert isinstance(found, Expanded), found
    return found


def refused(*arguments: Any, **more: Any) -> Decision:
    found = called(*arguments, **more)
    assert isinstance(found, Decision)
    assert found.effect == "deny"
    return found


def test_a_prompt_s_messages_stand_before_the_caller_s_own() -> None:
    found = expanded(letter="Dear insurer")
    assert found.prompt == "prompt/reply"
    assert [(message.role, message.text) for message in found.request.messages] == [
        ("system", "Answer in English, English."),
        ("user", "Letter: Dear insurer"),
        ("user", "Hello"),
    ]


def test_the_short_form_is_what_the_model_is_told_first() -> None:
    found = expanded(blocks={"prompt/reply": {"name": "Reply", "text": "Answer politely."}})
    assert [message.role for message in found.request.messages] == ["system", "user"]


def test_the_bound_of_a_call_counts_what_its_prompt_became() -> None:
    assert expanded(letter="x" * 5000).request.input_tokens_bound > ASKED.input_tokens_bound + 5000


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_value_is_text_in_its_own_place_whatever_it_says(language: str, letter: str) -> None:
    request = expanded(language=language, letter=letter).request
    assert [message.text for message in request.messages] == [
        f"Answer in {language}, {language}.",
        f"Letter: {letter}",
        "Hello",
    ]
    assert [(message.role, len(message.parts)) for message in request.messages] == [
        ("system", 1),
        ("user", 1),
        ("user", 1),
    ]


@pytest.mark.parametrize("value", ["{{letter}}", "{{ language }}", "{{", "}}{{", r"\g<0>\1", "{0}{letter}%s"])
def test_a_value_that_looks_like_a_place_is_not_read_again(value: str) -> None:
    request = expanded(language=value, letter="SECRET").request
    assert request.messages[0].text == f"Answer in {value}, {value}."


def test_a_variable_that_need_not_be_given_is_empty_and_one_that_must_is_asked_for_by_name() -> None:
    optional = {**REPLY, "variables": {"language": {"required": "false"}, "letter": {}}}
    assert expanded(blocks={"prompt/reply": optional}, letter="x").request.messages[0].text == "Answer in , ."
    decision = refused()
    assert (decision.rule, decision.layer, decision.owner) == (
        "prompt-incomplete",
        "prompt/reply",
        "letters@example.com",
    )
    assert "`letter`" in decision.summary
    assert expanded(letter="").request.messages[1].text == "Letter: "


def test_a_value_for_nothing_is_refused_without_being_repeated() -> None:
    decision = refused(letter="x", lettre="SECRET")
    assert (decision.rule, decision.help) == ("unknown-variable", "did you mean `letter`?")
    assert "SECRET" not in repr(decision)


def test_a_value_may_be_as_long_as_its_bound_and_no_longer() -> None:
    assert expanded(letter="x" * VALUE_CHARACTERS_MAX)
    assert refused(letter="x" * (VALUE_CHARACTERS_MAX + 1)).rule == "input-too-large"


def test_a_prompt_that_the_use_case_does_not_list_is_refused_by_whose_it_is() -> None:
    for more in ({"listed": ()}, {"address": "prompt/replay"}, {"address": "prompt/reply@7"}):
        decision = refused(letter="x", **more)
        assert (decision.rule, decision.layer, decision.owner) == (
            "prompt-outside-use-case",
            "use-case/triage",
            "claims@example.com",
        )
    assert refused(address="prompt/replay").help == "did you mean `reply`?"


def test_a_block_of_another_kind_is_no_prompt() -> None:
    blocks = {"tool/reply": {"name": "Reply", "effect": "reads"}}
    assert refused(address="tool/reply", listed=("tool/reply",), blocks=blocks).rule == (
        "prompt-outside-use-case"
    )


VERSIONS: dict[str, Any] = {
    "prompt/reply@1": {"name": "Reply", "text": "One."},
    "prompt/reply@2": {"name": "Reply", "text": "Two."},
    "prompt/reply@10": {"name": "Reply", "text": "Ten.", "status": "draft"},
}


@pytest.mark.parametrize(
    ("address", "listed", "meant"),
    [
        ("prompt/reply", "prompt/reply", "prompt/reply@2"),
        ("prompt/reply@1", "prompt/reply", "prompt/reply@1"),
        ("prompt/reply", "prompt/reply@1", "prompt/reply@1"),
    ],
)
def test_a_name_means_the_newest_usable_version_that_the_use_case_lists(
    address: str, listed: str, meant: str
) -> None:
    assert expanded(address=address, listed=(listed,), blocks=VERSIONS).prompt == meant


def test_a_version_outside_of_what_is_listed_or_not_approved_is_refused() -> None:
    assert refused(address="prompt/reply@2", listed=("prompt/reply@1",), blocks=VERSIONS).rule == (
        "prompt-outside-use-case"
    )
    draft = refused(address="prompt/reply@10", blocks=VERSIONS)
    assert (draft.rule, draft.layer, draft.summary) == (
        "block-not-approved",
        "prompt/reply@10",
        "`prompt/reply@10` is draft",
    )


def test_a_deprecated_prompt_is_called_until_its_last_day() -> None:
    old = {**REPLY, "status": "deprecated", "reason": "Old.", "last_day": "2026-06-30"}
    assert expanded(blocks={"prompt/reply": old}, letter="x", day=EARLIER)
    decision = refused(blocks={"prompt/reply": old}, letter="x")
    assert decision.summary == "`prompt/reply` was deprecated, and 2026-06-30 was its last day"


def test_what_a_prompt_sets_is_set() -> None:
    for asked in (NO_MODEL, ASKED):
        request = expanded(asked, blocks={"prompt/reply": REPLY | SET}, letter="x").request
        assert (request.model, request.temperature, request.top_p) == ("model/small", 0.2, 0.9)
        assert (request.output_tokens_max, request.stop) == (300, ("\n\n",))
        assert request.think == Think(effort="low")
        assert request.output_format == OutputFormat(b'{"type": "object"}', "answer")


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("model", {"model": "model/large"}),
        ("temperature", {"temperature": 0.0}),
        ("top_p", {"top_p": 1.0}),
        ("stop", {"stop": ("x",)}),
        ("effort", {"think": Think(effort="high")}),
        ("effort", {"think": Think(tokens_max=1024)}),
        ("output_schema", {"output_format": OutputFormat()}),
    ],
)
def test_what_a_prompt_sets_a_call_cannot_set_otherwise(name: str, changes: dict[str, Any]) -> None:
    request = ModelRequest(**{"model": "", "messages": ()} | changes)
    decision = refused(request, blocks={"prompt/reply": REPLY | SET}, letter="x")
    assert decision.rule == "prompt-contradicted"
    assert f"sets its `{name}`" in decision.summary


def test_a_call_may_say_the_same_and_ask_for_less_output_and_for_a_summary() -> None:
    request = ModelRequest(
        "model/small", (), output_tokens_max=100, temperature=0.2, think=Think(effort="low", summary="auto")
    )
    found = expanded(request, blocks={"prompt/reply": REPLY | SET}, letter="x").request
    assert (found.output_tokens_max, found.think) == (100, Think(effort="low", summary="auto"))


def test_a_summary_alone_contradicts_nothing() -> None:
    request = ModelRequest("", (), think=Think(summary="auto"))
    found = expanded(request, blocks={"prompt/reply": REPLY | SET}, letter="x").request
    assert found.think == Think(effort="low", summary="auto")


def test_a_prompt_without_a_model_leaves_the_choice_to_the_caller_who_must_make_it() -> None:
    assert expanded(letter="x").request.model == "model/small"
    assert refused(NO_MODEL, letter="x").rule == "prompt-incomplete"


def test_a_prompt_that_asks_nothing_needs_a_message() -> None:
    blocks = {"prompt/reply": {"name": "Reply", "text": "Answer politely.", "model": "model/small"}}
    assert refused(NO_MODEL, blocks=blocks).rule == "prompt-incomplete"


def test_braces_of_a_model_that_was_in_force_before_variables_were_stay_as_they_are() -> None:
    blocks = {"prompt/reply": {"name": "Reply", "text": "Write {{name}} here."}}
    assert expanded(blocks=blocks).request.messages[0].text == "Write {{name}} here."
