"""The chat completions format: what is read, what is refused by name, and that chunks add up to the whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from answers import ACCOUNT, HEAD, batches, events, finishes, pieces, read, refused, streamed
from remit.adapters.wire_openai import body as to_provider
from remit.enforce.answer import Delta, Finish, Piece, Thought, ToolDelta, ToolStart, gathered
from remit.enforce.request import (
    Media,
    Message,
    ModelRequest,
    OutputFormat,
    Part,
    Reasoning,
    Text,
    Think,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from remit.gateway.openai_chat import FORMAT
from remit.gateway.wire import Failure
from remit.kernel.usage import Usage

USER: dict[str, Any] = {"role": "user", "content": "Hello"}
LEAST: dict[str, Any] = {"model": "small", "messages": [USER]}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
DONE = Finish("stop", Usage(input_tokens=7, output_tokens=2, cache_read_tokens=3, reasoning_tokens=1), "s")


def asked(*messages: dict[str, Any], **more: Any) -> ModelRequest:
    request = read(FORMAT, LEAST | {"messages": list(messages) or [USER]} | more).request
    assert isinstance(request, ModelRequest)
    return request


def whole(answer: list[Piece], finish: Finish = DONE) -> dict[str, Any]:
    written = FORMAT.writer(read(FORMAT, LEAST), HEAD).whole(answer, finish, ACCOUNT)
    return json.loads(written)  # type: ignore[no-any-return]  # an object


# ── what is asked ──


def test_messages_are_read_by_their_roles() -> None:
    request = asked(
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": "Hello", "name": "reader"},
        {"role": "assistant", "content": None, "refusal": "No."},
        {
            "role": "assistant",
            "content": [{"type": "text", "text": "Yes."}, {"type": "refusal", "refusal": "No."}],
        },
    )
    assert request.messages == (
        Message.of("system", "Be kind."),
        Message("user", (Text("Hello"),), "reader"),
        Message("assistant", (Text("No.", refusal=True),)),
        Message("assistant", (Text("Yes."), Text("No.", refusal=True))),
    )


def test_pictures_and_files_are_read_with_where_they_come_from() -> None:
    [message] = asked(
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD", "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                {
                    "type": "file",
                    "file": {"file_data": "data:application/pdf;base64,QUJD", "filename": "a.pdf"},
                },
                {"type": "text", "text": "x", "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "30m"}},
            ],
        }
    ).messages
    assert message.parts == (
        Media("image", "image/png", "QUJD", detail="low"),
        Media("image", url="https://example.com/a.png", detail="auto"),
        Media("document", "application/pdf", "QUJD", name="a.pdf"),
        Text("x", cache="1h"),
    )


def test_several_tools_are_asked_for_at_once_and_their_results_are_one_turn() -> None:
    calls = [
        {"id": id, "type": "function", "function": {"name": "weather", "arguments": "{}"}}
        for id in ("a", "b")
    ]
    request = asked(
        USER,
        {"role": "assistant", "content": "Let me see.", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "a", "content": "7"},
        {"role": "tool", "tool_call_id": "b", "content": [{"type": "text", "text": "9"}]},
        USER,
    )
    assert [message.role for message in request.messages] == ["user", "assistant", "user", "user"]
    assert request.messages[1].parts == (
        Text("Let me see."),
        ToolUse("a", "weather", "{}"),
        ToolUse("b", "weather", "{}"),
    )
    assert request.messages[2].parts == (ToolResult("a", (Text("7"),)), ToolResult("b", (Text("9"),)))


def test_reasoning_goes_back_before_what_it_led_to() -> None:
    message = asked(USER, {"role": "assistant", "reasoning_content": "First.", "content": "Then."}).messages[
        1
    ]
    assert message.parts == (Reasoning("First."), Text("Then."))


def test_settings_are_read_into_their_canonical_places() -> None:
    request = asked(
        max_completion_tokens=50,
        temperature=0.5,
        top_p=0.9,
        stop="END",
        seed=7,
        frequency_penalty=-1,
        presence_penalty=1,
        tools=[{"type": "function", "function": {"name": "f", "parameters": SCHEMA, "strict": True}}],
        tool_choice={"type": "function", "function": {"name": "f"}},
        parallel_tool_calls=False,
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "a", "schema": SCHEMA, "strict": True},
        },
        reasoning_effort="high",
        verbosity="low",
        service_tier="default",
        prompt_cache_key="k",
        user="u1",
    )
    assert (request.output_tokens_max, request.temperature, request.top_p) == (50, 0.5, 0.9)
    assert (request.stop, request.seed) == (("END",), 7)
    assert (request.frequency_penalty, request.presence_penalty) == (-1, 1)
    [tool] = request.tools
    assert (tool.name, json.loads(tool.parameters), tool.strict) == ("f", SCHEMA, True)
    assert (request.tool_choice, request.parallel_tools) == (ToolChoice("tool", "f"), False)
    assert request.output_format is not None
    assert (json.loads(request.output_format.schema), request.output_format.strict) == (SCHEMA, True)
    assert (request.think, request.verbosity) == (Think("high"), "low")
    assert (request.service_tier, request.cache_key, request.end_user) == ("default", "k", "u1")


def test_what_says_nothing_is_taken() -> None:
    request = asked(n=1, store=False, metadata={}, logprobs=None, tools=[], stop=None, user=None, stream=None)
    assert request == ModelRequest("model/small", (Message.of("user", "Hello"),))
    assert asked(response_format={"type": "text"}).output_format is None
    assert asked(response_format={"type": "json_object"}).output_format == OutputFormat()
    assert asked(tools=[{"type": "function", "function": {"name": "f", "parameters": None}}]).tools == (
        Tool("f", parameters=b'{"type":"object","properties":{}}'),
    )


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "more than one answer": ({"n": 2}, "n"),
    "an answer that shall be kept": ({"store": True}, "store"),
    "labels": ({"metadata": {"a": "b"}}, "metadata"),
    "log probabilities": ({"logprobs": True}, "logprobs"),
    "sound": ({"modalities": ["audio"]}, "modalities"),
    "functions of old": ({"functions": []}, "functions"),
    "a field from nowhere": ({"tempratur": 1}, "tempratur"),
    "too much warmth": ({"temperature": 2.1}, "temperature"),
    "a penalty out of bounds": ({"presence_penalty": -2.1}, "presence_penalty"),
    "no output": ({"max_tokens": 0}, "max_tokens"),
    "five stops": ({"stop": list("abcde")}, "stop"),
    "too many messages": ({"messages": [USER] * 2001}, "messages"),
    "too many tools": (
        {"tools": [{"type": "function", "function": {"name": "f"}}] * 513},
        "tools",
    ),
    "a role from nowhere": ({"messages": [{"role": "critic", "content": "x"}]}, "messages[0].role"),
    "a message without content": ({"messages": [{"role": "user"}]}, "messages[0]"),
    "a message of no parts": ({"messages": [{"role": "user", "content": []}]}, "messages[0]"),
    "a result of nothing": ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0]"),
    "a picture in a system message": (
        {
            "messages": [
                {"role": "system", "content": [{"type": "image_url", "image_url": {"url": "https://a.b"}}]}
            ]
        },
        "messages[0]",
    ),
    "a picture from a disk": (
        {
            "messages": [
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///a"}}]}
            ]
        },
        "messages[0].content[0]",
    ),
    "a file that is not written in base64": (
        {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_data": "data:x,y"}}]}]},
        "messages[0].content[0]",
    ),
    "a file by its id": (
        {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}]},
        "messages[0].content[0].file",
    ),
    "a part without its own field": (
        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
        "messages[0].content[0]",
    ),
    "a sound": (
        {"messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}]},
        "messages[0].content[0]",
    ),
    "a cache point for longer than providers keep": (
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "text",
                            "text": "x",
                            "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"},
                        }
                    ],
                }
            ]
        },
        "messages[0].content[0].prompt_cache_breakpoint.ttl",
    ),
    "parameters that are no schema": (
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": []}}]},
        "tools[0].function.parameters",
    ),
    "a format without its schema": ({"response_format": {"type": "json_schema"}}, "response_format"),
    "a schema that is none": (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": 1}}},
        "response_format.json_schema.schema",
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
    for more in (
        {"messages": [{"role": "SECRET", "content": "x"}]},
        {"messages": [{"role": "user", "content": [{"type": "SECRET"}]}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "SECRET"}}]}]},
        {"reasoning_effort": "SECRET"},
        {"tool_choice": "SECRET"},
    ):
        assert "SECRET" not in repr(refused(FORMAT, LEAST | more))


# ── what is asked of a provider in the same format ──

words = st.text(min_size=1, max_size=10)
ids = st.text("abc_", min_size=1, max_size=5)
media: st.SearchStrategy[Part] = st.sampled_from(
    (
        Media("image", "image/png", "QUJD", detail="low"),
        Media("image", url="https://example.com/a.png", detail="auto"),
        Media("document", "application/pdf", "QUJD", name="a.pdf"),
    )
)
users = st.lists(st.builds(Text, words) | media, min_size=1, max_size=3)
answers = st.tuples(
    st.lists(st.builds(Text, words), max_size=1),
    st.lists(st.builds(ToolUse, ids, ids, st.just('{"a": 1}')), max_size=2),
).filter(any)
results = st.lists(st.builds(ToolResult, ids, st.tuples(st.builds(Text, words))), min_size=1, max_size=2)


@st.composite
def requests(draw: st.DrawFn) -> ModelRequest:
    """Draw a request that the format can say."""
    messages = [Message.of("system", draw(words))]
    for _ in range(draw(st.integers(1, 3))):
        messages.append(Message("user", tuple(draw(users)), draw(st.sampled_from(("", "reader")))))
        texts, uses = draw(answers)
        messages.append(Message("assistant", (*texts, *uses)))
        messages.append(Message("user", tuple(draw(results))))
    tools = tuple(
        draw(st.lists(st.builds(Tool, ids, st.text(max_size=5), st.just(b'{"type":"object"}')), max_size=2))
    )
    schema = st.builds(OutputFormat, st.just(b'{"type":"object"}'), ids, st.text(max_size=5), st.booleans())
    return ModelRequest(
        "model/small",
        tuple(messages),
        output_tokens_max=draw(st.integers(1, 1000)),
        temperature=draw(st.none() | st.floats(0, 2)),
        top_p=draw(st.none() | st.floats(0, 1)),
        stop=tuple(draw(st.lists(words, max_size=4))),
        seed=draw(st.none() | st.integers(0, 100)),
        tools=tools,
        tool_choice=draw(st.sampled_from((None, ToolChoice("auto"), ToolChoice("tool", "f")))),
        parallel_tools=draw(st.none() | st.booleans()),
        output_format=draw(st.none() | st.just(OutputFormat()) | schema),
        think=draw(st.none() | st.just(Think("low"))),
        verbosity=draw(st.sampled_from((None, "low"))),
        service_tier=draw(st.sampled_from((None, "auto", "default"))),
        cache_key=draw(st.sampled_from((None, "k"))),
    )


@given(requests())
def test_what_a_provider_of_the_format_is_asked_reads_back_as_the_same_request(request: ModelRequest) -> None:
    written = to_provider(request, model="small", limit_field="max_tokens", options={}, whole=True)
    assert read(FORMAT, written).request == request


def test_a_tool_that_failed_is_told_in_words() -> None:
    results = tuple(ToolResult(id, (Text("no such claim"),), failed=id == "b") for id in ("a", "b"))
    asked = ModelRequest("model/small", (Message("user", results),), 9)
    written = json.loads(to_provider(asked, model="small", limit_field="max_tokens", options={}, whole=True))
    assert [each["content"] for each in written["messages"]] == ["no such claim", "Error: no such claim"]


@pytest.mark.parametrize("wanted", [None, "default"])
def test_a_tier_that_a_block_names_is_asked_for_whatever_the_caller_wants(wanted: str | None) -> None:
    asked = ModelRequest("model/small", (Message.of("user", "x"),), 9, service_tier=wanted)
    options = {"service_tier": "flex"}
    written = to_provider(asked, model="small", limit_field="max_tokens", options=options, whole=True)
    assert json.loads(written)["service_tier"] == "flex"


# ── what is answered ──


@given(batches(), finishes)
def test_chunks_add_up_to_the_whole_answer_and_are_what_the_client_declares(
    answer: list[list[Piece]], finish: Finish
) -> None:
    ask = read(FORMAT, LEAST | {"stream": True, "stream_options": {"include_usage": True}})
    chunks = list(events(streamed(FORMAT.writer(ask, HEAD), answer, finish)))
    for chunk in chunks:
        ChatCompletionChunk.model_validate(chunk)
    expected = whole([piece for batch in answer for piece in batch], finish)
    ChatCompletion.model_validate(expected)
    [choice] = expected["choices"]
    *said, last, usage = chunks
    assert last["choices"][0]["finish_reason"] == choice["finish_reason"]
    assert (last["remit"], usage["usage"], usage["choices"]) == (
        expected["remit"],
        expected["usage"],
        [],
    )
    message = choice["message"]
    built = _built(chunk["choices"][0]["delta"] for chunk in said)
    assert built == {field: message[field] for field in message if message[field]}


def _built(deltas: Any) -> dict[str, Any]:
    """Add chunks up to a message, as clients do; fields that are empty are left out."""
    message: dict[str, Any] = {"content": "", "refusal": "", "reasoning_content": "", "tool_calls": []}
    for delta in deltas:
        message |= {"role": delta["role"]} if "role" in delta else {}
        for field in ("content", "refusal", "reasoning_content"):
            message[field] += delta.get(field) or ""
        for call in delta.get("tool_calls", ()):
            if "id" in call:
                assert call["index"] == len(message["tool_calls"])
                message["tool_calls"].append({name: call[name] for name in ("id", "type", "function")})
            else:
                message["tool_calls"][call["index"]]["function"]["arguments"] += call["function"]["arguments"]
    return {field: message[field] for field in message if message[field]}


@given(pieces.filter(lambda answer: not any(isinstance(piece, Thought) for piece in answer)))
def test_an_answer_goes_back_as_the_turn_that_it_was(answer: list[Piece]) -> None:
    message = whole(answer)["choices"][0]["message"]
    parts = gathered(answer)
    if not parts:
        return
    said = "".join(part.text for part in parts if isinstance(part, Text) and not part.refusal)
    refusal = "".join(part.text for part in parts if isinstance(part, Text) and part.refusal)
    expected: list[Part] = [Text(said)] if said else []
    expected += [Text(refusal, refusal=True)] if refusal else []
    expected += [part for part in parts if isinstance(part, ToolUse)]
    assert asked(USER, message).messages[1] == Message("assistant", tuple(expected))


@pytest.mark.parametrize(
    ("reason", "said", "written"),
    [
        ("stop", Delta("x"), "stop"),
        ("stop_sequence", Delta("x"), "stop"),
        ("length", Delta("x"), "length"),
        ("tool_use", ToolStart("c", "f"), "tool_calls"),
        ("content_filter", Delta("x"), "content_filter"),
        ("refusal", Delta("x"), "content_filter"),
        ("refusal", Delta("x", refusal=True), "stop"),
    ],
)
def test_why_an_answer_ended_is_said_in_the_format_s_words(reason: Any, said: Piece, written: str) -> None:
    assert whole([said], Finish(reason, Usage(), "s"))["choices"][0]["finish_reason"] == written


def test_usage_counts_cached_tokens_within_the_input_and_the_account_stands_beside() -> None:
    answer = whole([Thought("First."), Delta("Then.")])
    assert answer["usage"] == {
        "prompt_tokens": 10,
        "completion_tokens": 2,
        "total_tokens": 12,
        "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 1},
    }
    assert answer["remit"] == ACCOUNT.fields
    message = answer["choices"][0]["message"]
    assert (message["reasoning_content"], message["content"]) == ("First.", "Then.")


def test_a_stream_that_breaks_off_ends_in_an_error_that_clients_raise() -> None:
    writer = FORMAT.writer(read(FORMAT, LEAST | {"stream": True}), HEAD)
    fault = Failure(status=502, code="provider-failed", summary="it broke", help="try again")
    data = writer.opening() + writer.pieces([ToolStart("c", "f"), ToolDelta("{")]) + writer.failing(fault)
    assert list(events(data))[-1] == {
        "error": {
            "message": "it broke — try again",
            "type": "server_error",
            "param": None,
            "code": "provider-failed",
        }
    }
