"""Spans: who speaks in which text of a request."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.guardrail.spans import (
    DEPTH_MAX,
    arguments_of,
    grounding_of,
    spans_of,
    strings_of,
    with_strings,
    with_texts,
    written,
)
from remit.enforce.request import (
    EmbedRequest,
    Media,
    Message,
    ModelRequest,
    OutputFormat,
    Reasoning,
    Text,
    Tool,
    ToolResult,
    ToolUse,
)

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


def document(text: bytes, media_type: str = "text/plain", name: str = "") -> Media:
    return Media("document", media_type=media_type, data=b64encode(text).decode(), name=name)


BESIDE = ModelRequest(
    model="model/x",
    messages=(
        Message("user", (document("Grüße an Bo".encode(), name="letter"), Media("image", data="aGk=")), "Cy"),
        Message("assistant", (Reasoning("Unsigned."), ToolUse("1", "t", '{"bo@x.org": 4111111111111111}'))),
        Message("user", (ToolResult("1", (document(b"{}", "application/json"),)),)),
    ),
    tools=(Tool("t", "Writes to Di.", b'{"type":"object","properties":{"a":{"description":"Ed"}}}'),),
    output_format=OutputFormat(b'{"type":"object","title":"Flo"}', description="For Gil."),
)


def test_texts_beside_the_words_of_a_conversation_are_listed_as_well() -> None:
    assert [(span.trust, span.text) for span in spans_of(BESIDE) if span.text] == [
        ("person", "Cy"),
        ("person", "letter"),
        ("person", "Grüße an Bo"),
        ("assistant", "Unsigned."),
        ("assistant", "bo@x.org"),
        ("assistant", "4111111111111111"),
        ("tool", "{}"),
        ("system", "Writes to Di."),
        ("system", "Ed"),
        ("system", "For Gil."),
        ("system", "Flo"),
    ]
    assert with_texts(BESIDE, [span.text for span in spans_of(BESIDE)]) == BESIDE


def test_other_texts_stand_in_the_places_of_those_as_well() -> None:
    texts = [f"-{number}" for number in range(len(spans_of(BESIDE)))]
    assert [span.text for span in spans_of(with_texts(BESIDE, texts))] == texts


@pytest.mark.parametrize(
    "given", [document(b"%PDF \xff\xfe", "application/pdf"), Media("document", url="https://example.com/a")]
)
def test_a_document_that_is_no_text_is_left_to_its_provider(given: Media) -> None:
    asked = ModelRequest("model/x", (Message("user", (given,)),))
    assert [span.text for span in spans_of(asked)] == [""]
    assert with_texts(asked, [""]) == asked


def test_a_document_of_text_in_an_old_encoding_is_read_all_the_same() -> None:
    asked = ModelRequest("model/x", (Message("user", (document(b"Gr\xfc\xdfe"),)),))
    assert [span.text for span in spans_of(asked)] == ["", "Grüße"]


def test_arguments_that_say_a_field_twice_are_read_as_they_stand() -> None:
    said = '{"to":"bo@example.com","to":"ok"}'
    asked = ModelRequest("model/x", (Message("assistant", (ToolUse("1", "look", said),)),))
    assert [span.text for span in spans_of(asked)] == [said]


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


@pytest.mark.parametrize("depth", [DEPTH_MAX - 1, DEPTH_MAX + 1, 300, 900, 100_000])
@pytest.mark.parametrize(("opens", "closes"), [('{"a":', "}"), ("[", "]")])
def test_arguments_of_any_depth_are_read(depth: int, opens: str, closes: str) -> None:
    said = '{"b":' + opens * depth + '"ada@example.com"' + closes * depth + "}"
    value = arguments_of(said)
    assert "ada@example.com" in "".join(strings_of(value))
    assert "{EMAIL}" in written(with_strings(value, lambda text: text.replace("ada@example.com", "{EMAIL}")))


@pytest.mark.parametrize(
    "said", ["\ud800", '{"a": "\ud800"}', '{"a": "\\ud800"}', '{"a": 1e999}', '{"a": NaN}', ""]
)
def test_what_cannot_be_read_as_an_object_is_written_as_it_was(said: str) -> None:
    assert written(arguments_of(said)) == (said or "{}")


def test_a_document_is_not_the_question_that_an_answer_has_to_answer() -> None:
    said = Message("user", (Text("Why?"), document(b"Many words.", name="letter")), "Cy")
    assert grounding_of(ModelRequest("model/x", (said,))) == ((), "Why?")
