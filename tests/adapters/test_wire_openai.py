"""What OpenAI's format can be told of caches and of thinking, and what is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from remit.adapters.wire_openai import body, refuses
from remit.adapters.wire_openai_answer import OpenAIAnswer
from remit.enforce.request import Media, Message, ModelRequest, Text, Think, Tool, ToolResult, ToolUse
from remit.kernel.usage import Usage

POINT = {"prompt_cache_breakpoint": {"mode": "explicit"}}
SEND = {"cache_points": "send"}


def asks(*parts: Any, **fields: Any) -> ModelRequest:
    turn = Message("user", parts or (Text("hi"),))
    return ModelRequest("model/a", (turn,), output_tokens_max=9, **fields)


def content(request: ModelRequest, **options: str) -> Any:
    assert refuses(request, options) == ""
    written = body(request, model="m", limit_field="max_tokens", options=options, whole=True)
    return json.loads(written)["messages"][0]["content"]


def test_cache_points_are_written_where_the_server_takes_them() -> None:
    image = Media("image", "image/png", "aGk=", cache="5m")
    assert content(asks(Text("hi", "5m")), **SEND) == [{"type": "text", "text": "hi", **POINT}]
    first, second, third = content(asks(Text("a"), image, Text("b", "5m")), **SEND)
    assert first == {"type": "text", "text": "a"}
    assert second["prompt_cache_breakpoint"] == third["prompt_cache_breakpoint"] == {"mode": "explicit"}
    assert content(asks(Text("hi", "5m")), cache_points="drop") == "hi"
    assert content(asks(Text("hi")), **SEND) == "hi"


@pytest.mark.parametrize(
    ("request_", "sent"),
    [
        (asks(Text("hi", "5m")), True),
        (asks(Text("hi", "1h")), False),
        (asks(ToolUse("t", "look_up", "{}", cache="5m")), False),
        (asks(ToolResult("t", (), cache="5m")), False),
        (asks(ToolResult("t", (Text("hi", "5m"),))), False),
        (asks(tools=(Tool("look_up", cache="5m"),)), False),
    ],
)
def test_a_cache_point_without_a_place_is_refused_unless_the_block_leaves_it_out(
    request_: ModelRequest, sent: bool
) -> None:
    assert "cache point" in refuses(request_, {})
    assert (refuses(request_, SEND) == "") is sent
    assert refuses(request_, {"cache_points": "drop"}) == ""


@pytest.mark.parametrize(
    ("think", "alone", "with_option"),
    [
        (Think("low"), "", ""),
        (Think("none"), "", ""),
        (Think("low", by_default=True), "", ""),
        (Think(), "without an effort", ""),
        (Think("low", summary="auto"), "shown", ""),
        (Think("low", summary="omitted"), "shown", ""),
        (Think("low", summary="detailed"), "how long", "how long"),
        (Think(tokens_max=9), "limit", "limit"),
    ],
)
def test_what_is_asked_of_thinking_beyond_an_effort_is_refused_by_name(
    think: Think, alone: str, with_option: str
) -> None:
    for options, named in (({}, alone), ({"reasoning": "drop"}, with_option)):
        refused = refuses(asks(think=think), options)
        assert named in refused
        assert bool(refused) is bool(named)


@pytest.mark.parametrize(
    ("cached", "written", "usage"),
    [
        (8, 6, Usage(input_tokens=6, output_tokens=9, cache_read_tokens=8, cache_write_tokens=6)),
        (None, 6, Usage(input_tokens=14, output_tokens=9, cache_write_tokens=6)),
        (18, 6, Usage(input_tokens=0, output_tokens=9, cache_read_tokens=18, cache_write_tokens=2)),
    ],
)
def test_what_was_put_into_a_cache_is_counted_apart(cached: Any, written: int, usage: Usage) -> None:
    counted = {
        "prompt_tokens": 20,
        "completion_tokens": 9,
        "prompt_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
    }
    choice = {"message": {"content": "hi"}, "finish_reason": "stop"}
    answer = OpenAIAnswer(asks(), served_model="m")
    [*_, last] = answer.take(json.dumps({"choices": [choice], "usage": counted}).encode())
    assert last.usage == usage  # type: ignore[union-attr]  # the last event is a finish


def test_sound_and_images_are_stated_again_and_counted_once() -> None:
    counted = {
        "prompt_tokens": 20,
        "completion_tokens": 9,
        "prompt_tokens_details": {"audio_tokens": 12, "image_tokens": 30},
        "completion_tokens_details": {"audio_tokens": 4},
    }
    choice = {"message": {"content": "hi"}, "finish_reason": "stop"}
    answer = OpenAIAnswer(asks(), served_model="m")
    [*_, last] = answer.take(json.dumps({"choices": [choice], "usage": counted}).encode())
    usage = Usage(20, 9, audio_input_tokens=12, audio_output_tokens=4, image_input_tokens=20)
    assert last.usage == usage  # type: ignore[union-attr]  # as above
    assert usage.total == 29
