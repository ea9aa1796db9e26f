"""Spans: who speaks in which text of a request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.guardrail.spans import grounding_of, spans_of, with_texts
from remit.enforce.request import EmbedRequest, Message, ModelRequest, Reasoning, Text, ToolResult, ToolUse

ASKED = ModelRequest(
    model="model/x",
    messages=(
        Message.of("system", "You help."),
        Message("user", (Text("The source.", label="source"), Text("Why?", label="query"), Text("Hi."))),
        Message(
            "assistant",
            (
                Reasoning("I wonder.", signature="s"),
                Text("I look."),
                ToolUse("1", "look", '{"who": "Bo", "n": 1, "in": ["a", {"b": "c"}]}'),
            ),
        ),
        Message("user", (ToolResult("1", (Text("It says so."),)),)),
    ),
)


def test_each_text_is_labelled_by_who_speaks_in_it() -> None:
    assert [(span.trust, span.text) for span in spans_of(ASKED)] == [
        ("system", "You help."),
        ("retrieved", "The source."),
        ("query", "Why?"),
        ("person", "Hi."),
        ("assistant", "I look."),
        ("assistant", "Bo"),
        ("assistant", "a"),
        ("assistant", "c"),
        ("tool", "It says so."),
    ]


def test_texts_to_embed_are_what_is_looked_up_later() -> None:
    assert [span.trust for span in spans_of(EmbedRequest("model/v", ("a", "b")))] == ["retrieved"] * 2


def test_the_same_texts_give_the_same_request() -> None:
    assert with_texts(ASKED, [span.text for span in spans_of(ASKED)]) == ASKED


@given(st.lists(st.text(max_size=20), min_size=9, max_size=9))
def test_other_texts_stand_in_their_places(texts: list[str]) -> None:
    masked = with_texts(ASKED, texts)
    assert [span.text for span in spans_of(masked)] == texts
    assert [span.trust for span in spans_of(masked)] == [span.trust for span in spans_of(ASKED)]


def test_what_a_model_thought_goes_back_as_it_came() -> None:
    masked = with_texts(ASKED, [str(number) for number in range(9)])
    assert isinstance(masked, ModelRequest)
    assert masked.messages[2].parts[0] == Reasoning("I wonder.", signature="s")


def test_an_answer_rests_on_what_is_marked_as_a_source() -> None:
    assert grounding_of(ASKED) == (("The source.",), "Why?")


def test_without_marks_it_rests_on_what_tools_gave_back() -> None:
    asked = ModelRequest(
        "model/x",
        (Message.of("user", "Who?"), Message("user", (ToolResult("1", (Text("Bo."),)), Text("Well?")))),
    )
    assert grounding_of(asked) == (("Bo.",), "Well?")


@pytest.mark.parametrize("said", ['{"cut o', '"quoted"', "[1]", "plain"])
def test_arguments_that_are_no_object_are_one_text(said: str) -> None:
    asked = ModelRequest("model/x", (Message("assistant", (ToolUse("1", "look", said),)),))
    assert [span.text for span in spans_of(asked)] == [said]
    masked = with_texts(asked, ["{EMAIL_1}"])
    assert isinstance(masked, ModelRequest)
    part = masked.messages[0].parts[0]
    assert isinstance(part, ToolUse)
    assert part.arguments == "{EMAIL_1}"
