"""Cache points that are declared: set where a call has none, and nothing else about it changes."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.prompt_cache import CachePlace, CachePoints
from remit.enforce.cache_points import has_points, with_points
from remit.enforce.prefix import prompt_of
from remit.enforce.request import (
    EmbedRequest,
    Media,
    Message,
    ModelRequest,
    Part,
    Reasoning,
    Request,
    Text,
    Tool,
    ToolResult,
    ToolUse,
)

PLACES: tuple[CachePlace, ...] = get_args(CachePlace)
ASKED = ModelRequest(
    "model/claude@2",
    (
        Message("system", (Text("Be brief."), Text("Be kind."))),
        Message("system", (Text("Sort claims."),)),
        Message.of("user", "Which?"),
        Message("assistant", (ToolUse("t1", "look_up", "{}"),)),
        Message("user", (ToolResult("t1", (Text("open"),)), Text("So?"))),
    ),
    tools=(Tool("look_up"), Tool("add_up")),
)


def points(*at: str, keep: str = "5m") -> dict[str, CachePoints]:
    return {"model/claude@2": CachePoints.model_validate({"at": at or PLACES, "keep": keep})}


def pointed(request: Request = ASKED, **declared: Any) -> ModelRequest:
    found = with_points(request, declared.get("declared", points()))
    assert isinstance(found, ModelRequest)
    return found


def where(request: ModelRequest) -> list[tuple[object, ...]]:
    """Say where points stand: a tool's name, or a message and a part of it, each with its lifetime."""
    tools = [(tool.name, tool.cache) for tool in request.tools if tool.cache]
    parts = [
        (turn, place, cache)
        for turn, message in enumerate(request.messages)
        for place, part in enumerate(message.parts)
        if (cache := getattr(part, "cache", None))
    ]
    return [*tools, *parts]


def without(request: ModelRequest) -> ModelRequest:
    """Take every point out."""

    def plain(part: Any) -> Any:
        if isinstance(part, ToolResult):
            part = msgspec.structs.replace(part, parts=tuple(map(plain, part.parts)))
        return part if isinstance(part, Reasoning) else msgspec.structs.replace(part, cache=None)

    return msgspec.structs.replace(
        request,
        tools=tuple(msgspec.structs.replace(tool, cache=None) for tool in request.tools),
        messages=tuple(
            msgspec.structs.replace(message, parts=tuple(map(plain, message.parts)))
            for message in request.messages
        ),
    )


def test_points_stand_after_the_tools_after_the_system_message_and_at_the_end() -> None:
    assert where(pointed()) == [("add_up", "5m"), (1, 0, "5m"), (4, 1, "5m")]
    assert where(pointed(declared=points("system", keep="1h"))) == [(1, 0, "1h")]
    assert where(pointed(declared=points("end"))) == [(4, 1, "5m")]
    asked = ModelRequest("model/claude@2", (Message.of("user", "hi"),))
    assert where(pointed(asked)) == [(0, 0, "5m")]
    assert pointed(asked, declared=points("tools", "system")) == asked


def test_a_callers_own_points_stand_alone_wherever_they_are() -> None:
    own: tuple[Part, ...] = (
        Text("a", "1h"),
        Media("image", url="https://example.com/a.png", cache="5m"),
        ToolUse("t", "f", "{}", "5m"),
        ToolResult("t", (Text("r"),), cache="5m"),
        ToolResult("t", (Text("r", "5m"),)),
    )
    for part in own:
        request = msgspec.structs.replace(ASKED, messages=(*ASKED.messages, Message("user", (part,))))
        assert with_points(request, points()) is request
    tooled = msgspec.structs.replace(ASKED, tools=(Tool("f", cache="5m"),))
    assert with_points(tooled, points()) is tooled


def test_what_can_have_no_point_is_passed_over() -> None:
    thought = Message("assistant", (Text("so"), Reasoning("hm", "s"), Text(" ")))
    request = msgspec.structs.replace(ASKED, messages=(thought,))
    assert where(pointed(request, declared=points("end"))) == [(0, 0, "5m")]
    empty = msgspec.structs.replace(ASKED, messages=(Message("user", (Reasoning("hm"), Text(""))),))
    assert pointed(empty, declared=points("end")) == empty


def test_a_version_goes_before_its_name_and_other_models_get_none() -> None:
    either = {"model/claude": points("end")["model/claude@2"], **points("system")}
    assert where(pointed(declared=either)) == [(1, 0, "5m")]
    del either["model/claude@2"]
    assert where(pointed(declared=either)) == [(4, 1, "5m")]
    other = msgspec.structs.replace(ASKED, model="model/other")
    assert with_points(other, either) is other
    embed = EmbedRequest("model/claude@2", ("a",))
    assert with_points(embed, either) is embed


_TTLS = st.sampled_from([None, None, None, "5m"])
_TEXTS = st.builds(Text, st.sampled_from(["", " ", "word"]), _TTLS)
_PARTS = st.one_of(
    _TEXTS,
    st.builds(Media, st.just("image"), url=st.just("https://example.com/a.png"), cache=_TTLS),
    st.builds(Reasoning, st.just("hm")),
    st.builds(ToolUse, st.just("t"), st.just("f"), st.just("{}"), _TTLS),
    st.builds(ToolResult, st.just("t"), st.tuples(_TEXTS), cache=_TTLS),
)
_MESSAGES = st.builds(
    Message, st.sampled_from(["system", "user", "assistant"]), st.lists(_PARTS, max_size=3).map(tuple)
)
_REQUESTS = st.builds(
    ModelRequest,
    st.just("model/claude@2"),
    st.lists(_MESSAGES, max_size=4).map(tuple),
    tools=st.lists(st.builds(Tool, st.just("f"), cache=_TTLS), max_size=2).map(tuple),
)


@given(_REQUESTS, st.lists(st.sampled_from(PLACES), min_size=1, unique=True))
def test_nothing_but_points_is_added_and_no_more_than_are_declared(
    request: ModelRequest, at: list[str]
) -> None:
    found = pointed(request, declared=points(*at))
    if has_points(request):
        assert found is request
    assert without(found) == without(request)
    assert prompt_of(found) == prompt_of(request)
    assert found.input_tokens_bound == request.input_tokens_bound
    assert has_points(request) or len(where(found)) <= len(at)
    assert with_points(found, points(*at)) == found
