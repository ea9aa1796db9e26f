"""Anthropic's Messages format towards a provider: what is sent to it, and what its bytes mean."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.adapters.sse import ServerSentEvents
from remit.adapters.wire_anthropic import body, count_body, refuses
from remit.adapters.wire_anthropic_answer import AnthropicAnswer, counted
from remit.declare.prompt_cache import CachePoints
from remit.enforce.answer import Finish, ModelEvent, Piece, gathered
from remit.enforce.cache_points import with_points
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
from remit.gateway.anthropic_messages import FORMAT
from remit.gateway.wire import Ask
from remit.kernel.errors import ProviderBusy, ProviderError, ProviderFailed
from remit.kernel.usage import Usage

GOLDEN = Path(__file__).parent / "golden/anthropic"
STREAM = (GOLDEN / "tools.sse").read_bytes()
WHOLE = (GOLDEN / "tools.json").read_bytes()
STOPS: dict[str, str] = json.loads((GOLDEN / "stops.json").read_text("utf-8"))


def asks(*parts: Part, **fields: Any) -> ModelRequest:
    return ModelRequest(
        "model/any", (Message("user", parts or (Text("hi"),)),), output_tokens_max=900, **fields
    )


def sent(request: ModelRequest, **options: str) -> dict[str, Any]:
    assert refuses(request, options) == ""
    written: dict[str, Any] = json.loads(body(request, model="claude-4", options=options, whole=False))
    return written


FULL = ModelRequest(
    "model/any",
    (
        Message("system", (Text("Be brief.", "1h"),)),
        Message.of("system", "Be kind."),
        Message(
            "user",
            (
                Text("What is this?", "5m"),
                Media("image", "image/png", "aGk="),
                Media("image", url="https://example.com/a.png", cache="5m", detail="auto"),
                Media("document", "application/pdf", "aGk=", name="Terms"),
                Media("document", "text/plain", "bsOpZQ=="),
                Media("document", url="https://example.com/a.pdf"),
            ),
        ),
        Message(
            "assistant",
            (
                Reasoning("I look it up.", "c2ln"),
                Reasoning(sealed="ZGFyaw=="),
                Text(""),
                ToolUse("toolu_1", "look_up", '{"claim": 7}'),
                ToolUse("toolu_2", "today", "", cache="5m"),
            ),
        ),
        Message(
            "user",
            (
                ToolResult("toolu_1", (Text("none"),)),
                ToolResult(
                    "toolu_2",
                    (Text("here"), Media("image", "image/webp", "aGk=")),
                    failed=True,
                    cache="1h",
                ),
            ),
        ),
    ),
    output_tokens_max=900,
    temperature=0.5,
    top_p=0.9,
    top_k=40,
    stop=("END",),
    tools=(
        Tool(
            "look_up",
            "Looks up a claim.",
            b'{"type": "object", "properties": {"claim": {"type": "integer"}}}',
            strict=True,
        ),
        Tool("today", parameters=b'{"type": "object"}', cache="5m"),
    ),
    tool_choice=ToolChoice("tool", "look_up"),
    parallel_tools=False,
    output_format=OutputFormat(b'{"type": "object"}', "claim", "A claim.", strict=False),
    think=Think("high", 1024, "auto"),
    service_tier="default",
    frequency_penalty=0.0,
    cache_key="k",
    end_user="u",
)


def test_a_request_is_written_as_the_format_has_it() -> None:
    assert sent(FULL) == json.loads((GOLDEN / "request.json").read_text("utf-8"))


def test_a_count_asks_for_the_same_input_and_nothing_of_the_answer() -> None:
    asked = json.loads(count_body(FULL, model="claude-4", options={}))
    call = sent(FULL)
    assert asked == {name: call[name] for name in asked}
    assert call.keys() - asked.keys() == {
        "max_tokens",
        "stream",
        "temperature",
        "top_p",
        "top_k",
        "service_tier",
        "stop_sequences",
    }


def test_a_small_request_is_written_small() -> None:
    assert sent(asks()) == {
        "model": "claude-4",
        "max_tokens": 900,
        "stream": True,
        "messages": [{"role": "user", "content": "hi"}],
    }


@pytest.mark.parametrize(
    ("think", "thinking", "effort"),
    [
        (Think(), {"type": "adaptive"}, None),
        (Think("low"), {"type": "adaptive"}, "low"),
        (Think("max", by_default=True), None, "max"),
        (Think("none"), {"type": "disabled"}, None),
        (Think("high", 0), {"type": "disabled"}, "high"),
        (Think(tokens_max=2048), {"type": "enabled", "budget_tokens": 2048}, None),
        (Think(summary="omitted"), {"type": "adaptive", "display": "omitted"}, None),
    ],
)
def test_thinking_and_effort_are_written_apart(
    think: Think, thinking: dict[str, Any] | None, effort: str | None
) -> None:
    written = sent(asks(think=think))
    assert written.get("thinking") == thinking
    assert written.get("output_config") == (effort and {"effort": effort})


@pytest.mark.parametrize(
    ("choice", "parallel", "written"),
    [
        (None, None, None),
        (None, True, None),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        (ToolChoice("required"), None, {"type": "any"}),
        (ToolChoice("none"), False, {"type": "none"}),
        (ToolChoice("auto"), True, {"type": "auto"}),
    ],
)
def test_the_choice_of_tools_is_written(
    choice: ToolChoice | None, parallel: bool | None, written: dict[str, Any] | None
) -> None:
    request = asks(tools=(Tool("f"),), tool_choice=choice, parallel_tools=parallel)
    assert sent(request).get("tool_choice") == written
    assert "tool_choice" not in sent(asks(parallel_tools=False))


def test_a_schemas_own_description_stays() -> None:
    wanted = OutputFormat(b'{"description":"Its own."}', description="Another.")
    schema = sent(asks(output_format=wanted))["output_config"]["format"]["schema"]
    assert schema == {"description": "Its own."}


def test_arguments_that_are_no_object_go_back_whole_in_one() -> None:
    for arguments in ('{"n": cut', "[1]"):
        block = sent(asks(ToolUse("t", "f", arguments), Text("?")))["messages"][0]["content"][0]
        assert block["input"] == {"INVALID_JSON": arguments}


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        (asks(seed=0), "`seed`"),
        (asks(frequency_penalty=0.1), "`frequency_penalty`"),
        (asks(presence_penalty=-0.1), "`presence_penalty`"),
        (asks(verbosity="low"), "`verbosity`"),
        (asks(temperature=1.1), "`temperature`"),
        (asks(service_tier="flex"), "`service_tier`"),
        (asks(output_format=OutputFormat()), "JSON without a schema"),
        (asks(think=Think("minimal")), "`minimal`"),
        (asks(think=Think("low", summary="detailed")), "summary"),
        (asks(Reasoning("hm")), "reasoning"),
        (asks(Media("image", "image/png", "aGk=", detail="low")), "`detail`"),
        (asks(Media("image", "image/tiff", "aGk=")), "image"),
        (asks(Media("document", "text/csv", "aGk=")), "document"),
        (asks(Media("document", "text/plain", "aGk")), "document"),
        (asks(Media("document", "text/plain", "/w==")), "document"),
        (asks(ToolResult("t", (Media("image", "image/tiff", "aGk="),))), "image"),
        (ModelRequest("m", (Message("user", (Text("a"),), "ann"),)), "author"),
        (ModelRequest("m", (Message.of("user", "a"), Message.of("system", "b"))), "system message"),
    ],
)
def test_what_the_format_has_no_words_for_is_named(request_: ModelRequest, named: str) -> None:
    assert named in refuses(request_, {})


def test_options_allow_what_only_some_models_take() -> None:
    middle = ModelRequest("m", (Message.of("user", "a"), Message.of("system", "b")), output_tokens_max=1)
    written = sent(middle, system="anywhere")["messages"]
    assert written == [{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]
    assert sent(asks(Reasoning("hm"), Text("hi")), reasoning="drop")["messages"][0]["content"] == "hi"


names = st.text("abc", min_size=1, max_size=4)
ttls = st.sampled_from([None, "5m", "1h"])
spoken = st.builds(Text, st.text(min_size=1, max_size=9), ttls)
shown = st.builds(Media, st.just("image"), st.just("image/png"), st.just("aGk="), cache=ttls)
papers = st.builds(
    Media, st.just("document"), st.just("application/pdf"), st.just("aGk="), name=names, cache=ttls
)
results = st.builds(
    ToolResult, names, st.lists(st.one_of(spoken, shown), max_size=3).map(tuple), st.booleans(), ttls
)
user_turns = st.lists(st.one_of(spoken, shown, papers, results), min_size=1, max_size=3)
assistant_turns = st.lists(
    st.one_of(
        spoken,
        st.builds(ToolUse, names, names, st.just('{"n":1.50}'), ttls),
        st.builds(Reasoning, names, names),
        st.builds(Reasoning, sealed=names),
    ),
    min_size=1,
    max_size=3,
)
conversations = st.tuples(
    st.lists(spoken, max_size=2).map(lambda parts: [Message("system", tuple(parts))] if parts else []),
    st.lists(
        st.one_of(
            user_turns.map(lambda parts: Message("user", tuple(parts))),
            assistant_turns.map(lambda parts: Message("assistant", tuple(parts))),
        ),
        min_size=1,
        max_size=4,
    ),
).map(lambda both: tuple(both[0] + both[1]))
thinking = st.sampled_from(
    [
        None,
        Think(),
        Think("none"),
        Think("low"),
        Think("high", 0),
        Think("max", by_default=True),
        Think(None, 2048, "auto"),
        Think("low", 4096, "omitted"),
    ]
)
requests = st.builds(
    ModelRequest,
    st.just("model/any"),
    conversations,
    st.integers(1, 1000),
    temperature=st.sampled_from([None, 0.0, 0.7]),
    top_k=st.sampled_from([None, 5]),
    stop=st.lists(names, max_size=2).map(tuple),
    tools=st.lists(st.builds(Tool, names, names, st.just(b"{}"), st.booleans(), ttls), max_size=2).map(tuple),
    tool_choice=st.sampled_from([None, ToolChoice("auto"), ToolChoice("required"), ToolChoice("tool", "f")]),
    output_format=st.sampled_from([None, OutputFormat(b"{}", strict=True)]),
    think=thinking,
    service_tier=st.sampled_from([None, "auto", "default"]),
)


def plain(request: ModelRequest) -> Any:
    """Give a request as plain values; an empty result of a tool is a result without parts."""
    return msgspec.to_builtins(request)


@given(requests)
def test_what_is_written_to_a_provider_reads_as_what_a_caller_would_have_said(request: ModelRequest) -> None:
    assert refuses(request, {}) == ""
    ask = FORMAT.decode(body(request, model="any", options={}, whole=True), "")
    assert isinstance(ask, Ask), ask
    assert isinstance(ask.request, ModelRequest)
    assert plain(ask.request) == plain(request)


def stream(pieces: Sequence[bytes], request: ModelRequest | None = None) -> list[ModelEvent]:
    """Read a stream as the adapter does."""
    answer, events = AnthropicAnswer(request or asks(), served_model="claude-4"), ServerSentEvents()
    found = [each for piece in pieces for event in events.feed(piece) for each in answer.add(event)]
    return [*found, answer.finish()]


def take(whole: bytes) -> list[ModelEvent]:
    return AnthropicAnswer(asks(), served_model="claude-4").take(whole)


def parts_of(events: list[ModelEvent]) -> tuple[Any, ...]:
    pieces: list[Piece] = [event for event in events if not isinstance(event, Finish)]
    return gathered(pieces)


def finish_of(events: list[ModelEvent]) -> Finish:
    assert isinstance(events[-1], Finish)
    return events[-1]


def test_a_stream_is_read_into_parts_and_usage() -> None:
    events = stream([STREAM])
    assert parts_of(events) == (
        Reasoning("They ask for claim 7.", "c2lnbmF0dXJl"),
        Reasoning(sealed="ZGFyaw=="),
        Text("I look it up – né."),
        ToolUse("toolu_01", "look_up", '{"claim": 7}'),
        ToolUse("toolu_02", "today", "{}"),
    )
    usage = Usage(12, 61, 300, cache_write_tokens=20, reasoning_tokens=22, cache_write_1h_tokens=30)
    assert finish_of(events) == Finish("tool_use", usage, "claude-4-20260101", tier="standard")
    assert usage.input_total == 12 + 50 + 300


def test_a_whole_answer_says_the_same_as_its_stream() -> None:
    assert parts_of(take(WHOLE)) == parts_of(stream([STREAM]))
    assert finish_of(take(WHOLE)) == finish_of(stream([STREAM]))


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_wherever_the_network_cuts_a_stream_it_means_the_same(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[start:end] for start, end in pairwise(edges)]
    assert stream(pieces) == stream([STREAM])


def test_what_a_model_thought_goes_back_as_it_came() -> None:
    came = parts_of(stream([STREAM]))
    request = ModelRequest(
        "m", (Message.of("user", "claim 7?"), Message("assistant", came)), output_tokens_max=1
    )
    assert sent(request)["messages"][1]["content"][:2] == json.loads(WHOLE)["content"][:2]


@pytest.mark.parametrize(("said", "reason"), STOPS.items())
def test_every_way_to_end_is_told_apart(said: str, reason: str) -> None:
    message = {"model": "m", "content": [], "usage": {"input_tokens": 1, "output_tokens": 1}}
    finish = finish_of(take(json.dumps(message | {"stop_reason": said, "stop_sequence": "END"}).encode()))
    assert (finish.stop_reason, finish.stop_sequence) == (reason, "END")


@pytest.mark.parametrize(
    ("usage", "read"),
    [
        ({"input_tokens": 3, "output_tokens": 2}, Usage(3, 2)),
        ({"output_tokens": 2, "cache_creation_input_tokens": 9}, Usage(0, 2, cache_write_tokens=9)),
        (
            {
                "output_tokens": 2,
                "cache_creation_input_tokens": 9,
                "cache_creation": {"ephemeral_1h_input_tokens": 10, "ephemeral_5m_input_tokens": 0},
            },
            Usage(0, 2, cache_write_1h_tokens=9),
        ),
        (
            {"output_tokens": 2, "output_tokens_details": {"thinking_tokens": 5}},
            Usage(0, 2, reasoning_tokens=2),
        ),
        ({"output_tokens": 2, "cache_creation": None, "cache_read_input_tokens": None}, Usage(0, 2)),
    ],
)
def test_kinds_of_tokens_add_up_to_the_servers_totals(usage: dict[str, Any], read: Usage) -> None:
    message = {"model": "m", "content": [], "stop_reason": "end_turn", "usage": usage}
    assert finish_of(take(json.dumps(message).encode())).usage == read


def test_what_the_last_figures_leave_out_stands_as_it_was_said_first() -> None:
    head = {"type": "message_start", "message": {"usage": {"input_tokens": 5, "output_tokens": 1}}}
    last = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}}
    data = [b"data: " + json.dumps(each).encode() + b"\n\n" for each in (head, last)]
    assert finish_of(stream(data)).usage == Usage(5, 4)


def test_a_tools_input_that_comes_with_its_name_is_read_once() -> None:
    block = {"type": "tool_use", "id": "t", "name": "f", "input": {"n": 1}}
    begun = b"data: " + json.dumps({"type": "content_block_start", "content_block": block}).encode() + b"\n\n"
    ended = b'data: {"type": "content_block_stop"}\n\n'
    change = {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 1}}
    last = b"data: " + json.dumps(change).encode() + b"\n\n"
    assert parts_of(stream([begun, ended, last])) == (ToolUse("t", "f", '{"n": 1}'),)


def test_pieces_are_counted_up_to_the_output_limit() -> None:
    events = stream([STREAM], msgspec.structs.replace(asks(), output_tokens_max=7))
    assert sum(event.tokens for event in events if not isinstance(event, Finish)) == 7


def event_(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


BROKEN = {"type": "error", "error": {"type": "api_error", "message": "zanzibar"}}


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (b"{", ProviderFailed),
        (b'{"type": "content_block_delta", "delta": {"text": "\xff"}}', ProviderFailed),
        (b"[]", ProviderFailed),
        (event_(type="message_delta", usage={"output_tokens": -1}), ProviderFailed),
        (event_(type="content_block_start", content_block={"type": "server_tool_use"}), ProviderFailed),
        (
            event_(type="content_block_delta", delta={"type": "input_json_delta", "partial_json": "{"}),
            ProviderFailed,
        ),
        (event_(**BROKEN), ProviderFailed),
        (event_(type="error", error={"type": "not a word"}), ProviderFailed),
        (event_(type="error", error={"type": "overloaded_error"}), ProviderBusy),
        (event_(type="error", error={"type": "rate_limit_error"}), ProviderBusy),
    ],
)
def test_an_event_that_breaks_the_answer_is_a_fault_that_quotes_nothing(
    event: bytes, kind: type[ProviderError]
) -> None:
    with pytest.raises(ProviderError) as caught:
        AnthropicAnswer(asks(), served_model="m").add(event)
    assert isinstance(caught.value, kind)
    assert "zanzibar" not in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"{", b'{"content": 7}', b'{"content": [{"type": "x"}]}'])
def test_a_whole_answer_that_cannot_be_read_is_a_fault(data: bytes) -> None:
    with pytest.raises(ProviderFailed):
        take(data)


def test_an_answer_without_its_end_is_a_fault() -> None:
    for events in (STREAM[:0], STREAM[: STREAM.index(b"event: message_delta")]):
        with pytest.raises(ProviderFailed):
            stream([events])


def test_what_is_new_in_the_format_and_says_nothing_is_passed_over() -> None:
    answer = AnthropicAnswer(asks(), served_model="m")
    assert answer.add(b'{"type": "ping"}') == answer.add(b'{"type": "news", "more": [1]}') == []


def test_a_count_is_read() -> None:
    assert counted(b'{"input_tokens": 7}') == 7
    for data in (b"", b"{}", b'{"input_tokens": -1}'):
        with pytest.raises(ProviderFailed):
            counted(data)


def test_points_that_are_declared_are_sent_and_a_callers_own_alone() -> None:
    declared = {"model/any": CachePoints(at=("tools", "system", "end"), keep="1h")}
    system = Message("system", (Text("Be brief."), Text("Be kind.")))
    request = ModelRequest(
        "model/any", (system, Message.of("user", "hi")), output_tokens_max=900, tools=(Tool("f"), Tool("g"))
    )
    written = json.loads(body(with_points(request, declared), model="claude-4", options={}, whole=False))  # type: ignore[arg-type]  # it stays what it is
    hour = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    assert written["tools"] == [{"name": "f", "input_schema": {}}, {"name": "g", "input_schema": {}, **hour}]
    assert written["system"] == [
        {"type": "text", "text": "Be brief."},
        {"type": "text", "text": "Be kind.", **hour},
    ]
    assert written["messages"] == [{"role": "user", "content": [{"type": "text", "text": "hi", **hour}]}]
    own = msgspec.structs.replace(request, messages=(system, Message("user", (Text("hi", "5m"),))))
    written = json.loads(body(with_points(own, declared), model="claude-4", options={}, whole=False))  # type: ignore[arg-type]  # as above
    assert json.dumps(written).count("cache_control") == 1
    assert written["messages"][0]["content"][0]["cache_control"] == {"type": "ephemeral"}
