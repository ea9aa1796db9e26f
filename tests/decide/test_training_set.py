"""Which kept calls are examples to learn from, and that no word that is masked is in one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from completed_call import completed
from remit.decide.training_set import (
    LEFT_OUT,
    Choice,
    Example,
    Said,
    asked_digest,
    example_of,
    is_held_back,
    to_mask,
    unfit_call,
    unfit_text,
)
from remit.declare.price import Rates
from remit.enforce.guardrail.noted import Noted
from remit.enforce.request import Media, Message, Reasoning, Text, ToolResult, ToolUse
from remit.kernel.usage import Usage
from remit.record.call_entry import Call, Origin, Purpose
from remit.record.captured import SEALED_REASONING, Captured, Spoken, captured, masking
from remit.report.training_format import FORMATS, FormatName, read_line, unfit_format, write_line

AT = datetime(2026, 11, 30, tzinfo=UTC)
PURPOSE = Purpose(
    key="k1",
    use_case="pilot",
    unit="desk",
    stage="experiment",
    model="model/large@1",
    model_version=1,
    remit="r1",
)
NAME = "Zyxwv"


def call(**more: Any) -> Call:
    rates = Rates(date(2020, 1, 1), Decimal(1), Decimal(2))
    return completed("c1", AT, Usage(10, 5), rates, purpose=PURPOSE, **({"stop_reason": "stop"} | more))


def kept(*messages: Message, **more: Any) -> Captured:
    stated: dict[str, Any] = {"mode": "masked", "answer": (Text("It is."),)}
    asked = messages or (Message.of("user", "Is hail covered?"),)
    return Captured(call="c1", use_case="pilot", at=AT, messages=asked, **(stated | more))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({}, None),
        ({"stop_reason": "stop_sequence"}, None),
        ({"status": "blocked"}, "blocked"),
        ({"stop_reason": "guardrail"}, "blocked"),
        ({"status": "hung_up"}, "not_completed"),
        ({"status": "failed", "stop_reason": None}, "not_completed"),
        ({"judges": "c0"}, "nobodys_work"),
        ({"hedge_of": "c0"}, "nobodys_work"),
        ({"origin": Origin(run="evaluation-01K")}, "nobodys_work"),
        ({"origin": Origin(operation="embeddings")}, "nobodys_work"),
        ({"cached": "c0"}, "given_again"),
        *(({"stop_reason": each}, "cut_short") for each in (None, "length", "content_filter", "tool_use")),
        ({"stop_reason": "refusal"}, "refused"),
        ({"simulated": True}, "simulated"),
    ],
)
def test_a_call_is_an_example_only_if_somebody_asked_and_a_model_ended_by_itself(
    more: dict[str, Any], reason: str | None
) -> None:
    assert unfit_call(call(**more), Choice()) == reason


def test_what_is_chosen_is_a_release_and_what_passed() -> None:
    made = call(prompt_block="prompt/letter@2", simulated=True)
    chosen = Choice(prompt="prompt/letter@2", model="model/large@1", passed=frozenset({"c1"}), simulated=True)
    assert unfit_call(made, chosen) is None
    assert unfit_call(made, replace(chosen, prompt="prompt/letter@1")) == "another_prompt"
    assert unfit_call(made, replace(chosen, model="model/small@1")) == "another_model"
    assert unfit_call(made, replace(chosen, passed=frozenset())) == "not_passed"


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (kept(), None),
        (kept(left_out=(SEALED_REASONING,)), None),
        (kept(cut=True), "not_whole"),
        (kept(left_out=("a part of kind image, which cannot be masked",)), "not_whole"),
        (kept(Message("user", (Media("image", data=""),))), "not_whole"),
        (kept(inputs=("embedded",)), "not_whole"),
        (kept(tools=("look_up",)), "with_tools"),
        (kept(answer=(ToolUse("1", "look_up", "{}"),)), "with_tools"),
        (kept(Message("user", (ToolResult("1", (Text("found"),)),))), "with_tools"),
        (kept(answer=(Text("I will not.", refusal=True),)), "refused"),
    ],
)
def test_a_text_is_an_example_only_if_it_is_whole_and_words_alone(
    found: Captured, reason: str | None
) -> None:
    assert unfit_text(call(), found) == reason


def test_what_a_guardrail_by_others_found_is_not_known_any_more_of_what_is_kept_raw() -> None:
    noticed = Noted(side="input", policy="custom", type="NAME", trust="person", action="anonymize")
    found = call(findings=(noticed,))
    assert unfit_text(found, kept(mode="raw")) == "found_by_others"
    assert unfit_text(found, kept(mode="masked")) is None
    assert unfit_text(call(), kept(mode="raw")) is None


def test_an_example_begins_with_the_system_and_ends_with_the_answer() -> None:
    asked = (
        Message.of("system", "Be brief."),
        Message("user", (Text("source", label="source"), Text(" "), Text("Is hail?")), "ada"),
        Message("assistant", (Reasoning("hm"), Text("It "), Text("is."))),
        Message.of("user", "And snow?"),
    )
    made = example_of("c1", to_mask(kept(*asked, answer=(Reasoning("so"), Text("Yes.")))))
    assert made == Example(
        "c1",
        (
            Said("system", ("Be brief.",)),
            Said("user", ("source", "Is hail?")),
            Said("assistant", ("It is.",)),
            Said("user", ("And snow?",)),
            Said("assistant", ("Yes.",)),
        ),
    )


@pytest.mark.parametrize(
    ("roles", "reason"),
    [
        (("assistant",), "no_words"),
        (("system", "assistant"), "no_words"),
        (("user",), "no_words"),
        (("user", "system", "assistant"), "out_of_order"),
        (("assistant", "user", "assistant"), "out_of_order"),
        (("user", "assistant", "assistant"), "out_of_order"),
    ],
)
def test_turns_in_an_order_that_no_format_takes_are_no_example(roles: tuple[Any, ...], reason: str) -> None:
    assert example_of("c1", [Message.of(role, "words") for role in roles]) == reason


words = st.text(st.sampled_from('abÄ\n"\\ \u2028{}'), max_size=6)
texts = st.tuples(words, st.booleans(), words).map(lambda each: each[0] + NAME * each[1] + each[2])
parts = st.builds(Text, texts) | st.builds(Reasoning, texts)
messages = st.builds(
    Message,
    st.sampled_from(("system", "user", "assistant")),
    st.lists(parts, max_size=3).map(tuple),
    st.sampled_from(("", NAME)),
)


@given(
    st.lists(messages, max_size=4),
    st.lists(st.builds(Text, texts), min_size=1, max_size=2).map(tuple),
    st.sampled_from(sorted(FORMATS)),
)
def test_no_word_that_is_masked_comes_out_and_every_line_reads_as_it_was_meant(
    asked: list[Message], answer: tuple[Text, ...], format: FormatName
) -> None:
    conversation = to_mask(kept(Message.of("user", "Is it?"), *asked, mode="raw", answer=answer))
    said = Spoken(call="c1", use_case="pilot", at=AT, messages=conversation, inputs=(), tools=(), pieces=[])
    masked = captured(said, mode="masked", mask=masking(lambda text: (), {NAME: "NAME"}))
    made = example_of("c1", masked.messages)
    if isinstance(made, str) or unfit_format(format, made) is not None:
        return
    line = write_line(format, made.turns)
    assert NAME not in line.decode()
    assert line.count(b"\n") == 1
    assert [text for turn in read_line(format, line) for text in turn.texts] == [
        text for turn in made.turns for text in turn.texts
    ]


@given(st.binary(min_size=32, max_size=32), st.decimals(0, 1, places=3), st.decimals(0, 1, places=3))
def test_a_larger_share_for_validation_has_all_that_a_smaller_one_has(
    digest: bytes, one: Decimal, other: Decimal
) -> None:
    low, high = sorted((one, other))
    assert is_held_back(digest, high) or not is_held_back(digest, low)
    assert not is_held_back(digest, Decimal(0))
    assert is_held_back(digest, Decimal(1))


def test_what_is_asked_alone_says_on_which_side_an_example_is() -> None:
    one = Example("c1", (Said("user", ("a", "b")), Said("assistant", ("c",))))
    assert asked_digest(one) == asked_digest(Example("c2", (one.turns[0], Said("assistant", ("d",)))))
    assert asked_digest(one) != asked_digest(Example("c1", (Said("user", ("ab",)), one.turns[1])))


def test_every_reason_has_its_words() -> None:
    assert all(says and says[-1] != "." for says in LEFT_OUT.values())
    assert json.loads(msgspec.json.encode(list(LEFT_OUT))) == list(LEFT_OUT)
