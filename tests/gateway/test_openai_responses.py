"""The Responses format: what is read, what is refused by name, and that a stream adds up to the whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from answers import ACCOUNT, HEAD, batches, events, finishes, pieces, read, refused, streamed
from remit.enforce.answer import Delta, Finish, Piece, Thought, ToolDelta, ToolStart, gathered
from remit.enforce.prompt import PromptCall
from remit.enforce.request import (
    Media,
    Message,
    ModelRequest,
    OutputFormat,
    Reasoning,
    Text,
    Think,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from remit.gateway.openai_responses import FORMAT
from remit.gateway.wire import Failure
from remit.kernel.usage import Usage

LEAST: dict[str, Any] = {"model": "small", "input": "Hello"}
KEPT: dict[str, Any] = {**LEAST, "include": ["reasoning.encrypted_content"]}
EVENTS: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
DONE = Finish("stop", Usage(input_tokens=7, output_tokens=2, cache_read_tokens=3, reasoning_tokens=1), "s")


def asked(**more: Any) -> ModelRequest:
    request = read(FORMAT, LEAST | more).request
    assert isinstance(request, ModelRequest)
    return request


def whole(answer: list[Piece], finish: Finish = DONE, body: dict[str, Any] = KEPT) -> dict[str, Any]:
    written = FORMAT.writer(read(FORMAT, body), HEAD).whole(answer, finish, ACCOUNT)
    return json.loads(written)  # type: ignore[no-any-return]  # an object


# ── what is asked ──


def test_a_text_is_the_user_s_and_instructions_stand_before_it() -> None:
    assert asked().messages == (Message.of("user", "Hello"),)
    assert asked(instructions="Be brief.").messages == (
        Message.of("system", "Be brief."),
        Message.of("user", "Hello"),
    )


def test_parts_of_messages_are_read_by_their_kinds() -> None:
    content = [
        {"type": "input_text", "text": "Look:", "prompt_cache_breakpoint": {"mode": "explicit"}},
        {"type": "input_image", "image_url": "data:image/png;base64,QUJD", "detail": "high"},
        {"type": "input_image", "image_url": "https://example.com/a.png"},
        {"type": "input_file", "file_data": "data:application/pdf;base64,QUJD", "filename": "a.pdf"},
        {"type": "input_file", "file_url": "https://example.com/a.pdf"},
    ]
    said = {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}
    request = asked(
        input=[{"role": "developer", "content": "Be kind."}, {"role": "user", "content": content}, said]
    )
    system, user, assistant = request.messages
    assert system == Message.of("system", "Be kind.")
    assert user.parts == (
        Text("Look:", cache="5m"),
        Media("image", "image/png", "QUJD", detail="high"),
        Media("image", url="https://example.com/a.png", detail="auto"),
        Media("document", "application/pdf", "QUJD", name="a.pdf"),
        Media("document", url="https://example.com/a.pdf"),
    )
    assert assistant.parts == (Text("No.", refusal=True),)


def test_what_a_model_said_in_a_row_is_one_turn_and_so_are_results() -> None:
    request = asked(
        input=[
            {"role": "user", "content": "How warm?"},
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "sealed=="},
            {
                "type": "message",
                "id": "m",
                "status": "completed",
                "role": "assistant",
                "content": "Let me see.",
            },
            {"type": "function_call", "call_id": "a", "name": "weather", "arguments": "{}", "id": "fc"},
            {"type": "function_call", "call_id": "b", "name": "weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "a", "output": "7"},
            {"type": "function_call_output", "call_id": "b", "output": [{"type": "input_text", "text": "9"}]},
            {"role": "user", "content": "And now?"},
        ]
    )
    assert [message.role for message in request.messages] == ["user", "assistant", "user", "user"]
    assert request.messages[1].parts == (
        Reasoning(sealed="sealed==", id="rs_1"),
        Text("Let me see."),
        ToolUse("a", "weather", "{}"),
        ToolUse("b", "weather", "{}"),
    )
    assert request.messages[2].parts == (ToolResult("a", (Text("7"),)), ToolResult("b", (Text("9"),)))


def test_settings_are_read_into_their_canonical_places() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    request = asked(
        max_output_tokens=50,
        temperature=0.5,
        top_p=0.9,
        tools=[{"type": "function", "name": "f", "parameters": schema, "strict": True, "description": "F."}],
        tool_choice={"type": "function", "name": "f"},
        parallel_tool_calls=False,
        text={
            "format": {"type": "json_schema", "name": "a", "schema": schema, "strict": True},
            "verbosity": "low",
        },
        reasoning={"effort": "high", "summary": "concise"},
        service_tier="default",
        prompt_cache_key="k",
        safety_identifier="u1",
    )
    assert (request.output_tokens_max, request.temperature, request.top_p) == (50, 0.5, 0.9)
    [tool] = request.tools
    assert (tool.name, json.loads(tool.parameters), tool.strict, tool.description) == (
        "f",
        schema,
        True,
        "F.",
    )
    assert (request.tool_choice, request.parallel_tools) == (ToolChoice("tool", "f"), False)
    assert request.output_format is not None
    assert json.loads(request.output_format.schema) == schema
    assert (request.verbosity, request.think) == ("low", Think("high", summary="concise"))
    assert (request.service_tier, request.cache_key, request.end_user) == ("default", "k", "u1")


def test_what_says_nothing_is_taken() -> None:
    request = asked(
        store=False,
        background=False,
        metadata={},
        previous_response_id=None,
        conversation=None,
        truncation="disabled",
        tools=[],
        include=[],
        max_tool_calls=None,
        text={"format": {"type": "text"}},
        reasoning={},
        tool_choice="auto",
        stream_options={"include_obfuscation": False},
    )
    assert request == ModelRequest(
        "model/small", (Message.of("user", "Hello"),), tool_choice=ToolChoice("auto")
    )
    assert asked(text={"format": {"type": "json_object"}}).output_format == OutputFormat()
    assert asked(tools=[{"type": "function", "name": "f", "parameters": None}]).tools == (
        Tool("f", parameters=b'{"type":"object","properties":{}}'),
    )


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a response that shall be kept": ({"store": True}, "store"),
    "a response to go on from": ({"previous_response_id": "resp_1"}, "previous_response_id"),
    "a conversation": ({"conversation": {"id": "c"}}, "conversation"),
    "work in the background": ({"background": True}, "background"),
    "labels": ({"metadata": {"a": "b"}}, "metadata"),
    "truncation": ({"truncation": "auto"}, "truncation"),
    "log probabilities": ({"top_logprobs": 2}, "top_logprobs"),
    "a field from nowhere": ({"tempratur": 1}, "tempratur"),
    "what cannot be included": ({"include": ["message.output_text.logprobs"]}, "include[0]"),
    "a search by the provider": ({"tools": [{"type": "web_search", "filters": {}}]}, "tools[0].type"),
    "a server of tools": (
        {"tools": [{"type": "function", "name": "f"}, {"type": "mcp", "server_label": "s"}]},
        "tools[1].type",
    ),
    "a choice among the provider's tools": ({"tool_choice": {"type": "file_search"}}, "tool_choice"),
    "an item of the provider's own": (
        {"input": [{"type": "computer_call", "action": {"type": "click"}, "call_id": "c"}]},
        "input[0].type",
    ),
    "an item by its id": ({"input": [{"type": "item_reference", "id": "i"}]}, "input[0].type"),
    "a role from nowhere": ({"input": [{"role": "critic", "content": "x"}]}, "input[0].role"),
    "a picture in a system message": (
        {"input": [{"role": "system", "content": [{"type": "input_image", "image_url": "https://a.b"}]}]},
        "input[0]",
    ),
    "a file by its id": (
        {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]},
        "input[0].content[0]",
    ),
    "a file without anything": (
        {"input": [{"role": "user", "content": [{"type": "input_file"}]}]},
        "input[0].content[0]",
    ),
    "a message without content": ({"input": [{"role": "user"}]}, "input[0]"),
    "a call without arguments": (
        {"input": [{"type": "function_call", "call_id": "c", "name": "n"}]},
        "input[0]",
    ),
    "an output of nothing": ({"input": [{"type": "function_call_output", "output": "x"}]}, "input[0]"),
    "a phase": ({"input": [{"role": "assistant", "content": "x", "phase": "commentary"}]}, "input[0].phase"),
    "a schema that is none": (
        {"text": {"format": {"type": "json_schema", "name": "a", "schema": [1]}}},
        "text.format.schema",
    ),
    "a schema that is missing": ({"text": {"format": {"type": "json_schema", "name": "a"}}}, "text.format"),
    "parameters that are no schema": (
        {"tools": [{"type": "function", "name": "f", "parameters": "x"}]},
        "tools[0].parameters",
    ),
    "too much warmth": ({"temperature": 2.1}, "temperature"),
    "no output": ({"max_output_tokens": 0}, "max_output_tokens"),
    "too many items": ({"input": [{"role": "user", "content": "x"}] * 2001}, "input"),
    "a prompt's name that is none": ({"prompt": {"id": "A b"}}, "prompt"),
    "a picture for a prompt": (
        {"prompt": {"id": "a", "variables": {"v": {"type": "input_image", "image_url": "https://a.b"}}}},
        "prompt.variables[...]",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_served_is_refused_by_the_name_of_its_field(what: str) -> None:
    more, param = REFUSED[what]
    failure = refused(FORMAT, LEAST | more)
    assert failure.status == 400
    assert failure.param is not None
    assert failure.param.startswith(param)


def test_a_refusal_quotes_no_words_of_the_caller() -> None:
    for body in (
        LEAST | {"include": ["SECRET"]},
        LEAST | {"input": [{"role": "SECRET", "content": "x"}]},
        LEAST | {"input": [{"type": "SECRET", "content": "x"}]},
        LEAST | {"text": {"verbosity": "SECRET"}},
        LEAST | {"prompt": {"id": "SECRET !"}},
    ):
        assert "SECRET" not in repr(refused(FORMAT, body))


def test_a_prompt_is_named_by_id_version_and_variables() -> None:
    named = {"id": "reply", "version": "4", "variables": {"a": "x", "b": {"type": "input_text", "text": "y"}}}
    ask = read(FORMAT, {"prompt": named})
    assert ask.prompt == PromptCall("prompt/reply@4", {"a": "x", "b": "y"})
    assert (ask.request.model, ask.request.messages) == ("", ())  # type: ignore[union-attr]  # it writes
    assert read(FORMAT, {"prompt": {"id": "prompt/reply"}}).prompt == PromptCall("prompt/reply", {})


# ── what is answered ──


@given(batches(), finishes)
def test_a_stream_adds_up_to_the_whole_response_and_is_what_the_client_declares(
    answer: list[list[Piece]], finish: Finish
) -> None:
    ask = read(FORMAT, KEPT | {"stream": True})
    found = list(events(streamed(FORMAT.writer(ask, HEAD), answer, finish)))
    for event in found:
        EVENTS.validate_python(event)
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    assert [event["type"] for event in found[:2]] == ["response.created", "response.in_progress"]
    last = found[-1]["response"]
    assert found[-1]["type"] == f"response.{last['status']}"
    assert last == whole([piece for batch in answer for piece in batch], finish)
    assert _built(found) == last["output"]


TEXTS = ("output_text", "refusal", "reasoning_text", "reasoning_summary_text", "function_call_arguments")


def _built(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Build the output up from the events, as clients do that show an answer while it comes."""
    output: list[dict[str, Any]] = []
    texts: dict[tuple[object, ...], str] = {}
    for event in found:
        name, _, end = event["type"].removeprefix("response.").rpartition(".")
        place = (name, event.get("output_index"), event.get("content_index"), event.get("summary_index"))
        if end == "delta":
            texts[place] = texts.get(place, "") + event["delta"]
        elif end == "done" and name in TEXTS:
            said = event.get("text", event.get("refusal", event.get("arguments")))
            assert said == texts.pop(place, "")
        elif event["type"] == "response.output_item.added":
            assert event["output_index"] == len(output)
            output.append(event["item"])
        elif event["type"] == "response.output_item.done":
            assert output[event["output_index"]]["id"] == event["item"]["id"]
            output[event["output_index"]] = event["item"]
    assert not texts, "every text that was begun is ended"
    return output


@given(pieces, finishes)
def test_a_whole_response_is_what_the_client_declares_and_goes_back_as_it_was(
    answer: list[Piece], finish: Finish
) -> None:
    response = whole(answer, finish)
    Response.model_validate(response)
    request = read(FORMAT, LEAST | {"input": response["output"]}).request
    assert isinstance(request, ModelRequest)
    parts = [part for message in request.messages for part in message.parts]
    assert [_without_id(part) for part in parts] == [part for part in gathered(answer) if part != Text("")]


def _without_id(part: Any) -> Any:
    return Reasoning(part.text, part.signature, part.sealed) if isinstance(part, Reasoning) else part


def test_reasoning_is_sealed_for_those_who_ask_for_it_alone() -> None:
    answer: list[Piece] = [Thought("First."), Thought(signature="sig=="), Delta("Then.")]
    assert "encrypted_content" not in whole(answer, body=LEAST)["output"][0]
    thought, message = whole(answer)["output"]
    assert thought["content"] == [{"type": "reasoning_text", "text": "First."}]
    assert thought["encrypted_content"] == "signature:sig=="
    assert message["content"][0]["text"] == "Then."
    summed = whole(answer, body=KEPT | {"reasoning": {"summary": "auto"}})["output"][0]
    assert summed["summary"] == [{"type": "summary_text", "text": "First."}]
    assert "content" not in summed


def test_usage_counts_cached_tokens_within_the_input_and_the_account_stands_beside() -> None:
    response = whole([Delta("Hi")])
    assert response["usage"] == {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 0},
        "output_tokens": 2,
        "output_tokens_details": {"reasoning_tokens": 1},
        "total_tokens": 12,
    }
    assert response["remit"] == ACCOUNT.fields
    assert (response["id"], response["created_at"], response["model"]) == ("resp_01J", HEAD.created, "small")


@pytest.mark.parametrize(
    ("reason", "refusal", "status", "details"),
    [
        ("stop", False, "completed", None),
        ("tool_use", False, "completed", None),
        ("length", False, "incomplete", {"reason": "max_output_tokens"}),
        ("content_filter", False, "incomplete", {"reason": "content_filter"}),
        ("refusal", False, "incomplete", {"reason": "content_filter"}),
        ("refusal", True, "completed", None),
    ],
)
def test_why_an_answer_ended_is_its_status(reason: Any, refusal: bool, status: str, details: Any) -> None:
    response = whole([Delta("Well", refusal=refusal)], Finish(reason, Usage(), "s"))
    assert (response["status"], response["incomplete_details"]) == (status, details)
    assert response["output"][0]["status"] == status


def test_what_was_asked_is_repeated_without_who_asked() -> None:
    schema = {"type": "object"}
    body = LEAST | {
        "instructions": "Be brief.",
        "tools": [{"type": "function", "name": "f", "parameters": schema, "strict": None}],
        "tool_choice": {"type": "function", "name": "f"},
        "text": {"format": {"type": "json_schema", "name": "a", "schema": schema}},
        "prompt": {"id": "reply", "version": "4", "variables": {"a": "SECRET"}},
        "user": "u1",
    }
    response = whole([Delta("Hi")], body=body)
    assert response["instructions"] == "Be brief."
    assert response["tools"][0]["parameters"] == schema
    assert response["tool_choice"] == {"type": "function", "name": "f"}
    assert response["text"]["format"]["schema"] == schema
    assert response["prompt"] == {"id": "reply", "version": "4", "variables": None}
    assert not {"u1", "SECRET"} & set(json.dumps(response).replace('"', " ").split())
    assert whole([], body=LEAST | {"text": {"format": {"type": "json_object"}}})["text"]["format"] == {
        "type": "json_object"
    }


@pytest.mark.parametrize(("status", "code"), [(502, "server_error"), (429, "rate_limit_exceeded")])
def test_a_stream_that_breaks_off_ends_in_what_came_and_why(status: int, code: str) -> None:
    writer = FORMAT.writer(read(FORMAT, LEAST | {"stream": True}), HEAD)
    data = writer.opening() + writer.pieces([ToolStart("c", "f"), ToolDelta('{"a"')])
    fault = Failure(status=status, code="provider-failed", summary="it broke", help="try again")
    found = list(events(data + writer.failing(fault)))
    for event in found:
        EVENTS.validate_python(event)
    *_, done, error, failed = found
    assert (done["type"], done["item"]["arguments"], done["item"]["status"]) == (
        "response.output_item.done",
        '{"a"',
        "incomplete",
    )
    assert (error["type"], error["code"], error["message"]) == (
        "error",
        "provider-failed",
        "it broke — try again",
    )
    assert (failed["response"]["status"], failed["response"]["error"]["code"]) == ("failed", code)
    assert failed["response"]["output"] == [done["item"]]
