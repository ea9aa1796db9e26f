"""Anthropic's Messages format: what is read out of a body, and what is written into an answer."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.answer import Delta, Finish, Piece, StopReason, Thought, ToolDelta, ToolStart
from remit.enforce.decision import deny
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
from remit.gateway.anthropic_answer import STOP_REASONS, counted, usage_fields
from remit.gateway.anthropic_error import error, error_headers
from remit.gateway.anthropic_messages import COUNT, FORMAT
from remit.gateway.wire import Account, Ask, Failure, Head, Writer
from remit.kernel.usage import Usage
from remit.operations.count_tokens import Counted

HELLO = [{"role": "user", "content": "hello"}]
ACCOUNT = Account(call="c1", cost="0.1", currency="EUR", budget_left=None)


def body(**fields: Any) -> bytes:
    return json.dumps({"model": "claude", "max_tokens": 9, "messages": HELLO} | fields).encode()


def asked(**fields: Any) -> ModelRequest:
    ask = FORMAT.decode(body(**fields), "")
    assert isinstance(ask, Ask), ask
    assert isinstance(ask.request, ModelRequest)
    return ask.request


def said(*blocks: dict[str, Any], role: str = "user") -> tuple[Any, ...]:
    """Read one turn of blocks."""
    return asked(messages=[{"role": role, "content": list(blocks)}]).messages[-1].parts


def refused(**fields: Any) -> Failure:
    fault = FORMAT.decode(body(**fields), "")
    assert isinstance(fault, Failure), fault
    assert fault.status == 400
    assert fault.help
    return fault


def test_a_plain_body_is_read_into_a_request() -> None:
    request = asked(
        system="be brief",
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        stop_sequences=["END"],
        metadata={"user_id": "u-1"},
        service_tier="standard_only",
    )
    assert request == ModelRequest(
        "model/claude",
        (Message.of("system", "be brief"), Message.of("user", "hello")),
        output_tokens_max=9,
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        stop=("END",),
        service_tier="default",
        end_user="u-1",
    )


def test_every_kind_of_content_is_read() -> None:
    ephemeral, hour = {"type": "ephemeral"}, {"type": "ephemeral", "ttl": "1h"}
    png = {"type": "base64", "media_type": "image/png", "data": "aGk="}
    pdf = {"type": "base64", "media_type": "application/pdf", "data": "aGk="}
    plain = {"type": "text", "media_type": "text/plain", "data": "née"}
    url = {"type": "url", "url": "https://example.com/a"}
    assert said(
        {"type": "text", "text": "a", "cache_control": hour, "citations": None},
        {"type": "image", "source": png, "cache_control": ephemeral},
        {"type": "image", "source": url},
        {"type": "document", "source": pdf, "title": "Terms", "citations": {"enabled": False}},
        {"type": "document", "source": plain, "cache_control": hour},
        {"type": "document", "source": url},
        {"type": "tool_result", "tool_use_id": "t1", "content": "12", "cache_control": ephemeral},
        {"type": "tool_result", "tool_use_id": "t2", "is_error": True},
        {
            "type": "tool_result",
            "tool_use_id": "t3",
            "content": [
                {"type": "text", "text": "b", "cache_control": ephemeral},
                {"type": "image", "source": png},
            ],
        },
    ) == (
        Text("a", "1h"),
        Media("image", "image/png", "aGk=", cache="5m"),
        Media("image", url="https://example.com/a"),
        Media("document", "application/pdf", "aGk=", name="Terms"),
        Media("document", "text/plain", b64encode("née".encode()).decode(), cache="1h"),
        Media("document", url="https://example.com/a"),
        ToolResult("t1", (Text("12"),), cache="5m"),
        ToolResult("t2", (), failed=True),
        ToolResult("t3", (Text("b", "5m"), Media("image", "image/png", "aGk="))),
    )
    assert said(
        {"type": "thinking", "thinking": "hm", "signature": "s=="},
        {"type": "redacted_thinking", "data": "x=="},
        {"type": "text", "text": "I look."},
        {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1.0}, "caller": {"type": "direct"}},
        role="assistant",
    ) == (Reasoning("hm", "s=="), Reasoning(sealed="x=="), Text("I look."), ToolUse("t1", "f", '{"a": 1.0}'))


def test_what_the_model_wrote_as_a_tools_input_is_kept_as_it_was_written() -> None:
    written = b'{"n" : 1.50,\t"big": 12345678901234567890, "s": "\\u00e9"}'
    block = b'{"type":"tool_use","id":"t","name":"f","input":' + written + b"}"
    text = b'{"model":"m","max_tokens":1,"messages":[{"role":"assistant","content":[' + block + b"]}]}"
    ask = FORMAT.decode(text, "")
    assert isinstance(ask, Ask)
    assert isinstance(ask.request, ModelRequest)
    assert ask.request.messages[0].parts == (ToolUse("t", "f", written.decode()),)


def test_system_blocks_and_system_turns_keep_their_places() -> None:
    request = asked(
        system=[
            {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "b"},
        ],
        messages=[*HELLO, {"role": "system", "content": "c"}],
    )
    assert request.messages == (
        Message("system", (Text("a", "5m"), Text("b"))),
        Message.of("user", "hello"),
        Message.of("system", "c"),
    )


def test_a_cache_point_for_the_whole_request_stands_after_its_last_part() -> None:
    hour = {"type": "ephemeral", "ttl": "1h"}
    thought = {"type": "thinking", "thinking": "hm", "signature": "s"}
    turns = [
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": ""}]},
        {"role": "assistant", "content": [thought]},
    ]
    assert asked(cache_control=hour, messages=turns).messages[0].parts == (Text("a", "1h"), Text(""))
    own = [
        {"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]}
    ]
    assert asked(cache_control=hour, messages=own).messages[0].parts == (Text("a", "5m"),)


def test_tools_are_read_as_they_were_declared() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    request = asked(
        tools=[
            {"name": "f", "input_schema": schema, "description": "looks up", "strict": True},
            {
                "type": "custom",
                "name": "g",
                "input_schema": {},
                "cache_control": {"type": "ephemeral", "ttl": "1h"},
                "allowed_callers": ["direct"],
            },
        ]
    )
    assert request.tools == (
        Tool("f", "looks up", json.dumps(schema).encode(), strict=True),
        Tool("g", parameters=b"{}", cache="1h"),
    )


@pytest.mark.parametrize(
    ("given", "choice", "parallel"),
    [
        (None, None, None),
        ({"type": "auto"}, ToolChoice("auto"), None),
        ({"type": "any", "disable_parallel_tool_use": False}, ToolChoice("required"), None),
        ({"type": "tool", "name": "f", "disable_parallel_tool_use": True}, ToolChoice("tool", "f"), False),
        ({"type": "auto", "disable_parallel_tool_use": True}, ToolChoice("auto"), False),
        ({"type": "none"}, ToolChoice("none"), None),
    ],
)
def test_the_choice_of_tools_is_read(
    given: dict[str, Any] | None, choice: ToolChoice | None, parallel: bool | None
) -> None:
    request = asked(tool_choice=given)
    assert (request.tool_choice, request.parallel_tools) == (choice, parallel)


@pytest.mark.parametrize(
    ("thinking", "effort", "think"),
    [
        (None, None, None),
        (None, "low", Think("low", by_default=True)),
        ({"type": "disabled"}, None, Think("none")),
        ({"type": "disabled"}, "high", Think("high", tokens_max=0)),
        ({"type": "adaptive"}, None, Think()),
        ({"type": "adaptive", "display": "omitted"}, "max", Think("max", summary="omitted")),
        ({"type": "enabled", "budget_tokens": 2048}, None, Think(tokens_max=2048)),
        (
            {"type": "enabled", "budget_tokens": 2048, "display": "summarized"},
            "xhigh",
            Think("xhigh", 2048, "auto"),
        ),
    ],
)
def test_thinking_and_effort_are_read_apart(
    thinking: dict[str, Any] | None, effort: str | None, think: Think | None
) -> None:
    assert asked(thinking=thinking, output_config={"effort": effort}).think == think


def test_a_schema_is_read_from_either_of_its_places() -> None:
    format = {"type": "json_schema", "schema": {"type": "object"}}
    wanted = OutputFormat(b'{"type": "object"}', strict=True)
    assert asked(output_config={"format": format}).output_format == wanted
    assert asked(output_format=format).output_format == wanted
    assert asked(output_config={"effort": "low"}).output_format is None


def test_fields_that_clients_send_for_nothing_are_no_fault() -> None:
    assert asked(container=None, speed=None, thinking=None, system="", tools=[], stream=None) == asked()


def in_turn(role: str, *blocks: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": list(blocks)}]}


IMAGE = {"type": "image", "source": {"type": "url", "url": "https://example.com/a"}}
DOCUMENT = {"type": "document", "source": {"type": "url", "url": "https://example.com/a"}}


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"max_tokens": None}, "invalid-field", "max_tokens"),
        ({"max_tokens": 0}, "invalid-field", "max_tokens"),
        ({"messages": HELLO * 2001}, "invalid-field", "messages"),
        ({"temperature": 1.5}, "invalid-field", "temperature"),
        ({"top_p": -1}, "invalid-field", "top_p"),
        ({"top_k": -1}, "invalid-field", "top_k"),
        ({"stop_sequences": ["a"] * 65}, "invalid-field", "stop_sequences"),
        ({"tools": [{}] * 513}, "invalid-field", "tools"),
        ({"thinking": {"type": "enabled", "budget_tokens": 0}}, "invalid-field", "thinking.budget_tokens"),
        ({"thinking": {"type": "between_tools"}}, "unsupported-field", "thinking.type"),
        ({"max_token": 3}, "unknown-field", "max_token"),
        ({"mcp_servers": []}, "unsupported-field", "mcp_servers"),
        ({"container": "c"}, "unsupported-field", "container"),
        ({"inference_geo": "eu"}, "unsupported-field", "inference_geo"),
        (
            {"tools": [{"type": "web_search_20260318", "name": "w", "max_uses": 2}]},
            "unsupported-field",
            "tools[0]",
        ),
        ({"tools": [{"type": "secret words", "name": "w"}]}, "unsupported-field", "tools[0]"),
        ({"tools": [{"name": "w"}]}, "invalid-field", "tools[0]"),
        ({"tools": [7]}, "invalid-field", "tools[0]"),
        ({"tools": [{"name": "w", "input_schema": 3}]}, "invalid-field", "tools[0].input_schema"),
        (
            {"tools": [{"name": "w", "input_schema": {}, "defer_loading": True}]},
            "unsupported-field",
            "tools[0].defer_loading",
        ),
        (in_turn("user"), "invalid-field", "messages[0].content"),
        (
            in_turn("user", {"type": "server_tool_use", "id": "s", "name": "n", "input": {}}),
            "unsupported-field",
            "messages[0].content[0].type",
        ),
        (in_turn("user", {"type": "zanzibar"}), "invalid-field", "messages[0].content[0].type"),
        (
            in_turn("user", {"type": "image", "source": {"type": "file", "file_id": "f"}}),
            "unsupported-field",
            "messages[0].content[0].source.type",
        ),
        (
            in_turn("user", {"type": "image", "source": {"type": "url", "url": "file:///etc"}}),
            "invalid-field",
            "messages[0].content[0].source.url",
        ),
        (
            in_turn("user", DOCUMENT | {"citations": {"enabled": True}}),
            "unsupported-field",
            "messages[0].content[0].citations",
        ),
        (in_turn("user", DOCUMENT | {"context": "c"}), "unsupported-field", "messages[0].content[0].context"),
        (
            in_turn("user", {"type": "text", "text": "t", "citations": [{}]}),
            "unsupported-field",
            "messages[0].content[0].citations",
        ),
        (
            in_turn(
                "user",
                {
                    "type": "tool_result",
                    "tool_use_id": "t",
                    "content": [IMAGE, {"type": "text", "text": "t", "citations": [{}]}],
                },
            ),
            "unsupported-field",
            "messages[0].content[0].content[1].citations",
        ),
        (
            in_turn("assistant", {"type": "tool_use", "id": "t", "name": "f", "input": [1]}),
            "invalid-field",
            "messages[0].content[0].input",
        ),
        (in_turn("assistant", IMAGE), "invalid-field", "messages[0].content[0]"),
        (in_turn("system", IMAGE), "invalid-field", "messages[0].content[0]"),
        (
            in_turn("user", {"type": "thinking", "thinking": "t", "signature": "s"}),
            "invalid-field",
            "messages[0].content[0]",
        ),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(fields: dict[str, Any], code: str, param: str) -> None:
    fault = refused(**fields)
    assert (fault.code, fault.param) == (code, param)
    assert not any(word in fault.message for word in ("zanzibar", "secret", "etc"))


def test_a_tool_that_a_provider_runs_is_named() -> None:
    assert "`bash_20250124`" in refused(tools=[{"type": "bash_20250124", "name": "bash"}]).summary
    assert "`search_result`" in refused(**in_turn("user", {"type": "search_result"})).summary


def test_text_in_another_encoding_is_refused_where_it_would_pass_unread() -> None:
    tool = b'{"name":"f","input_schema":{"description":"\xff"}}'
    for text in (body().replace(b"hello", b"\xff"), body(tools=["here"]).replace(b'"here"', tool)):
        fault = FORMAT.decode(text, "")
        assert isinstance(fault, Failure)
        assert fault.code == "invalid-json"


def test_a_count_needs_no_limit_and_is_read_as_a_call_is() -> None:
    ask = COUNT.decode(json.dumps({"model": "claude", "messages": HELLO}).encode(), "")
    assert isinstance(ask, Ask)
    assert ask.request == ModelRequest("model/claude", (Message.of("user", "hello"),))
    assert isinstance(COUNT.decode(b"[]", ""), Failure)
    assert json.loads(counted(Counted(7, estimated=True))) == {
        "input_tokens": 7,
        "remit": {"estimated": True},
    }


def writer(**fields: Any) -> Writer:
    ask = FORMAT.decode(body(**fields), "")
    assert isinstance(ask, Ask)
    return FORMAT.writer(ask, Head("c1", "claude", 0, 13))


def written(pieces: list[Piece], finish: Finish) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(writer().whole(pieces, finish, ACCOUNT))
    return message


PIECES: list[Piece] = [
    Thought("I "),
    Thought("see", signature="sig"),
    Thought(sealed="dark"),
    Delta("Well"),
    Delta(", no"),
    ToolStart("t1", "f"),
    ToolDelta('{"n"'),
    ToolDelta(":1}"),
    ToolStart("t2", "g"),
    ToolDelta("{}"),
]
USAGE = Usage(5, 40, 30, 20, 8, 10)
BLOCKS = [
    {"type": "thinking", "thinking": "I see", "signature": "sig"},
    {"type": "redacted_thinking", "data": "dark"},
    {"type": "text", "text": "Well, no"},
    {"type": "tool_use", "id": "t1", "name": "f", "input": {"n": 1}},
    {"type": "tool_use", "id": "t2", "name": "g", "input": {}},
]
USED = {
    "input_tokens": 5,
    "output_tokens": 40,
    "cache_read_input_tokens": 30,
    "cache_creation_input_tokens": 30,
    "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 10},
    "output_tokens_details": {"thinking_tokens": 8},
}


def test_a_whole_answer_has_its_blocks_its_usage_and_its_account() -> None:
    assert written(PIECES, Finish("tool_use", USAGE, "served")) == {
        "id": "msg_c1",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": BLOCKS,
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": USED,
        "remit": {"call": "c1", "cost": "0.1", "budget_left": None, "currency": "EUR"},
    }


def read(stream: bytes) -> list[tuple[str, dict[str, Any]]]:
    """Read server-sent events; each has a name, which its data repeat."""
    found = []
    for event in stream.decode().split("\n\n")[:-1]:
        name, data = event.split("\n")
        fields = json.loads(data.removeprefix("data: "))
        assert name == f"event: {fields['type']}"
        found.append((fields.pop("type"), fields))
    return found


def rebuilt(stream: bytes) -> list[dict[str, Any]]:
    """Build blocks from a stream as clients do; every block is closed before the next one opens."""
    blocks: list[dict[str, Any]] = []
    arguments = ""
    is_open = False
    for name, fields in read(stream):
        if name == "content_block_start":
            assert not is_open
            assert fields["index"] == len(blocks)
            blocks.append(fields["content_block"])
            arguments, is_open = "", True
        elif name == "content_block_delta":
            assert is_open
            assert fields["index"] == len(blocks) - 1
            kind = fields["delta"].pop("type")
            assert kind in {"text_delta", "thinking_delta", "signature_delta", "input_json_delta"}
            for field, text in fields["delta"].items():
                if field == "partial_json":
                    arguments += text
                else:
                    blocks[-1][field] += text
        elif name == "content_block_stop":
            assert fields == {"index": len(blocks) - 1}
            is_open = False
            if blocks[-1]["type"] == "tool_use":
                blocks[-1]["input"] = json.loads(arguments or "{}")
    assert not is_open
    return blocks


def test_a_stream_has_the_format_s_events_in_their_order() -> None:
    made = writer(stream=True, messages=[{"role": "user", "content": "one two three"}])
    finish = Finish("stop_sequence", USAGE, "served", stop_sequence="END")
    stream = made.opening() + made.pieces(PIECES) + made.closing(finish, ACCOUNT)
    events = read(stream)
    names = [name for name, _ in events]
    assert names[:3] == ["message_start", "ping", "content_block_start"]
    assert names[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    head = events[0][1]["message"]
    assert (head["content"], head["stop_reason"], head["usage"]["output_tokens"]) == ([], None, 0)
    assert head["usage"]["input_tokens"] == 13
    assert events[-2][1] == {
        "delta": {"stop_reason": "stop_sequence", "stop_sequence": "END"},
        "usage": USED,
        "remit": ACCOUNT.fields,
    }
    assert rebuilt(stream) == BLOCKS


texts = st.text(max_size=5)
tools = st.builds(
    lambda id, cut: [ToolStart(id, "f"), ToolDelta('{"n":1}'[:cut]), ToolDelta('{"n":1}'[cut:])],
    st.text("ab", min_size=1, max_size=3),
    st.integers(0, 7),
)
thoughts = st.builds(
    lambda texts, signature: [*map(Thought, texts), Thought(signature=signature)],
    st.lists(texts, max_size=3),
    st.text("xyz", min_size=1, max_size=3),
)
sealed = st.text("xyz", min_size=1, max_size=3).map(lambda data: [Thought(sealed=data)])
spoken = st.lists(texts.map(Delta), max_size=3)
answers = st.lists(st.one_of(tools, thoughts, sealed, spoken), max_size=5).map(
    lambda groups: [piece for group in groups for piece in group]
)


@given(answers, st.sampled_from(sorted(STOP_REASONS)), st.data())
def test_a_stream_and_a_whole_answer_say_the_same(
    pieces: list[Piece], reason: StopReason, data: st.DataObject
) -> None:
    finish = Finish(reason, USAGE, "served")
    whole = written(pieces, finish)
    made = writer(stream=True)
    cut = data.draw(st.integers(0, len(pieces)))
    stream = made.opening() + made.pieces(pieces[:cut]) + made.pieces(pieces[cut:])
    stream += made.closing(finish, ACCOUNT)
    assert rebuilt(stream) == whole["content"]
    last = read(stream)[-2][1]
    assert last["delta"]["stop_reason"] == whole["stop_reason"] == STOP_REASONS[reason]
    assert (last["usage"], last["remit"]) == (whole["usage"], whole["remit"])


def test_arguments_that_are_no_object_are_given_out_whole_in_one() -> None:
    pieces: list[Piece] = [ToolStart("t", "f"), ToolDelta('{"n": "cut o')]
    block = written(pieces, Finish("length", USAGE, "served"))["content"][0]
    assert block["input"] == {"INVALID_JSON": '{"n": "cut o'}


counts = st.integers(0, 10**9)


@given(st.builds(Usage, counts, counts, counts, counts, counts, counts))
def test_kinds_of_input_add_up_to_all_of_it(usage: Usage) -> None:
    fields = usage_fields(usage)
    assert sum(fields["cache_creation"].values()) == fields["cache_creation_input_tokens"]
    total = fields["input_tokens"] + fields["cache_creation_input_tokens"] + fields["cache_read_input_tokens"]
    assert total == usage.input_total


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (405, "invalid_request_error"),
        (413, "request_too_large"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (502, "api_error"),
        (503, "overloaded_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ],
)
def test_an_error_has_the_kind_that_clients_expect_of_its_status(status: int, kind: str) -> None:
    fault = Failure(status=status, code="some-code", summary="it is so", help="do this")
    assert json.loads(error(fault)) == {
        "type": "error",
        "error": {
            "type": kind,
            "message": "it is so — do this",
            "details": {"error_code": "some-code"},
        },
        "request_id": None,
    }
    assert error_headers(fault) == ()
    assert read(writer().failing(fault))[0][0] == "error"


def test_a_refusal_says_which_rule_refused_and_which_entry_says_so() -> None:
    decision = deny("no-budget", "it is so", help="do this", layer="unit/a", owner="o@example.com")
    fault = Failure(
        status=402,
        code="no-budget",
        summary="it is so",
        help="do this",
        param="p",
        decision=decision,
        entry="01J",
    )
    written = json.loads(error(fault))
    assert written["request_id"] == "01J"
    assert written["error"]["param"] == "p"
    assert written["error"]["remit"] == {
        "decision": "01J",
        "rule": "no-budget",
        "layer": "unit/a",
        "owner": "o@example.com",
        "help": "do this",
    }
    assert error_headers(fault) == (("request-id", "01J"),)
