"""The real `anthropic` client, and LangChain on it, against a running gateway; and formats in pairs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
from anthropic import Anthropic
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import AIMessageChunk, HumanMessage
from openai import OpenAI
from pydantic import BaseModel, SecretStr

from conftest import House
from upstream import Answer, Upstream, as_json, serving

GOLDEN = Path(__file__).parents[1] / "adapters/golden/anthropic"
PNG = "iVBORw0KGgo="
SCHEMA = {"type": "object", "properties": {"claim": {"type": "integer"}}, "required": ["claim"]}
TOOLS: Any = [{"name": "look_up", "description": "Looks up a claim.", "input_schema": SCHEMA}]
HELLO: Any = [{"role": "user", "content": "two words"}]

MODEL = """
organisation:
  name: Test house
  contact: administrator@example.com
  currency: EUR
  remit:
    models: [model/echo, model/slow, model/broken, model/busy, model/claude, model/overloaded, model/strict,
      model/long, model/compat]
    data_class_max: confidential
    input_tokens_max: 20000
    spend: [{{limit: 100.00 EUR, per: month}}]
units:
  desk: {{name: Desk, lead: desk-lead@example.com}}
providers:
  echo: {{technology: echo}}
  claude: {{technology: anthropic, base_url: "{address}"}}
  compat: {{technology: openai, base_url: "{address}/v1"}}
stages:
  experiment:
    description: A pilot.
    remit: {{calls: true}}
blocks:
"""
CASE = """
use_cases:
  {name}:
    name: {name}
    unit: desk
    owner: pilot-owner@example.com
    purpose: Try the path of a call.
    adoption: {{stage: experiment, basis: It runs in this test.}}
    remit: {remit}
"""
CACHED = "{model/claude: {at: [tools, system, end], keep: 1h}}"
BLOCK = """
  model/{name}:
    name: {name}
    provider: {provider}
    options: {options}
    context_tokens: 100000
    output_tokens_max: 12000
    prices:
      - {{starts: 2020-01-01, input: 1, output: 2, cache_read: 0.1, cache_write: 1.25, cache_write_1h: 2}}
"""
BLOCKS = (
    ("echo", "echo", "{}"),
    ("slow", "echo", "{words: '40'}"),
    ("broken", "echo", "{fail_after: '2'}"),
    ("busy", "echo", "{busy: 'true'}"),
    ("claude", "claude", "{model: claude-4}"),
    # Asking again would wait as long as the provider says.
    ("overloaded", "claude", "{model: overloaded}\n    retries: 0"),
    ("strict", "claude", "{model: strict}"),
    ("long", "claude", "{model: long}"),
    ("compat", "compat", "{model: gpt-9, reasoning: reasoning_content}"),
    ("away", "echo", "{}"),
)


def refusal_of(status: int, kind: str, said: str = "zanzibar", **headers: str) -> Answer:
    return as_json({"type": "error", "error": {"type": kind, "message": said}}, status, **headers)


REFUSALS = {
    "overloaded": refusal_of(529, "overloaded_error", **{"Retry-After": "7"}),
    "strict": refusal_of(400, "invalid_request_error"),
    "long": refusal_of(400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"),
}
SPOKEN = {
    "id": "msg_02",
    "type": "message",
    "role": "assistant",
    "model": "claude-4-20260101",
    "content": [{"type": "text", "text": '{"claim": 7}'}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 20, "output_tokens": 5},
}


def spoken_stream(message: dict[str, Any]) -> list[bytes]:
    """Write a message of one text as a stream."""
    text = message["content"][0]["text"]
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": message | {"content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": message["usage"]},
        {"type": "message_stop"},
    ]
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events]


def messages(body: dict[str, Any]) -> Answer:
    """Answer as a Messages server: with a tool when there are tools and no result yet, else with a text."""
    if body["model"] in REFUSALS:
        return REFUSALS[body["model"]]
    last = body["messages"][-1]["content"]
    has_result = isinstance(last, list) and last[0]["type"] == "tool_result"
    streamed = {"Content-Type": "text/event-stream"}
    if body.get("tools") and not has_result:
        if body["stream"]:
            return Answer([(GOLDEN / "tools.sse").read_bytes()], headers=streamed)
        return Answer((GOLDEN / "tools.json").read_bytes())
    return Answer(spoken_stream(SPOKEN), headers=streamed) if body["stream"] else as_json(SPOKEN)


def count(body: dict[str, Any]) -> Answer:
    return REFUSALS.get(body["model"], as_json({"input_tokens": 42}))


CALL = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": '{"claim": 7}'}}
CHAT_USAGE = {
    "prompt_tokens": 30,
    "completion_tokens": 9,
    "prompt_tokens_details": {"cached_tokens": 10},
    "completion_tokens_details": {"reasoning_tokens": 4},
}


def chat(body: dict[str, Any]) -> Answer:
    """Answer as an OpenAI-compatible server: with reasoning, then a tool or a text."""
    calls = body.get("tools") and body["messages"][-1]["role"] != "tool"
    said: dict[str, Any] = {"role": "assistant", "reasoning_content": "They ask.", "content": None}
    said |= {"tool_calls": [CALL]} if calls else {"content": '{"claim": 7}'}
    finish = "tool_calls" if calls else "stop"
    if not body["stream"]:
        choice = {"index": 0, "message": said, "finish_reason": finish}
        return as_json({"model": "gpt-9", "choices": [choice], "usage": CHAT_USAGE})
    if calls:
        said["tool_calls"] = [{"index": 0, **CALL}]
    chunks = [
        {"model": "gpt-9", "choices": [{"index": 0, "delta": said, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]},
        {"choices": [], "usage": CHAT_USAGE},
    ]
    written = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks]
    return Answer([*written, b"data: [DONE]\n\n"], headers={"Content-Type": "text/event-stream"})


@dataclass
class Doors:
    """A gateway with its clients, and the server behind it."""

    house: House
    upstream: Upstream
    client: Anthropic
    poor: Anthropic
    openai: OpenAI
    chat: Callable[..., ChatAnthropic]

    def last_call(self) -> dict[str, Any]:
        return self.house.entries("call")[-1]


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    paths = {
        "/v1/messages": messages,
        "/v1/messages/count_tokens": count,
        "/v1/chat/completions": chat,
    }
    with serving(paths) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def doors(shared_house: House, upstream: Upstream) -> Iterator[Doors]:
    house = shared_house
    blocks = [
        BLOCK.format(name=name, provider=provider, options=options) for name, provider, options in BLOCKS
    ]
    model = MODEL.format(address=upstream.address)
    cases = (
        CASE.format(name="pilot", remit="{}"),
        CASE.format(name="poor", remit="{spend: [{limit: 0.0001 EUR, per: day}]}").replace(
            "use_cases:\n", ""
        ),
    )
    more = CASE.replace("use_cases:\n", "").format(name="kept", remit=f"{{}}\n    prompt_cache: {CACHED}")
    house.apply(model + "".join(blocks), "".join((*cases, more)))
    server = house.serve(REMIT_PROVIDER_CLAUDE_API_KEY="secret-1", REMIT_PROVIDER_COMPAT_API_KEY="secret-2")
    key = house.key()

    def made(secret: str) -> Anthropic:
        return Anthropic(base_url=server.address, api_key=secret, max_retries=0)

    def langchain(model: str, **fields: Any) -> ChatAnthropic:
        return ChatAnthropic(
            model_name=model,
            base_url=server.address,
            api_key=SecretStr(key),
            max_retries=0,
            max_tokens_to_sample=200,
            **fields,
        )

    with made(key) as client, made(house.key("poor")) as poor:
        yield Doors(house, upstream, client, poor, server.client(key), langchain)


def test_an_answer_comes_whole_with_its_usage_and_its_account(doors: Doors) -> None:
    message = doors.client.messages.create(model="echo", max_tokens=50, system="be brief", messages=HELLO)
    assert message.content[0].type == "text"
    assert message.content[0].text == "Simulated: two words"
    assert (message.stop_reason, message.stop_sequence, message.model) == ("end_turn", None, "echo")
    assert (message.usage.input_tokens, message.usage.output_tokens) == (4, 3)
    assert message.model_extra is not None
    account = message.model_extra["remit"]
    assert Decimal(account["cost"]) == Decimal("0.00001")
    assert message.id == f"msg_{account['call']}"
    call = doors.last_call()
    assert (call["id"], call["status"], call["stop_reason"]) == (account["call"], "completed", "stop")


def test_an_answer_streams_in_the_events_of_the_format(doors: Doors) -> None:
    with doors.client.messages.stream(model="slow", max_tokens=5, messages=HELLO) as stream:
        said = list(stream.text_stream)
        message = stream.get_final_message()
    assert "".join(said) == "Simulated: two words two words"
    assert len(said) == 5
    assert message.stop_reason == "max_tokens"
    assert (message.usage.input_tokens, message.usage.output_tokens) == (2, 5)
    raw = doors.client.messages.create(model="echo", max_tokens=50, messages=HELLO, stream=True)
    events = list(raw)
    assert events[0].type == "message_start"
    assert events[0].message.usage.input_tokens >= 2
    assert events[-2].type == "message_delta"
    assert events[-2].model_extra is not None
    assert events[-2].model_extra["remit"]["call"] == doors.last_call()["id"]


def same(call: dict[str, Any]) -> dict[str, Any]:
    """What must not depend on how the answer was wanted."""
    return {name: call.get(name) for name in ("usage", "charge", "stop_reason", "served_model", "provider")}


def test_whole_and_streamed_answers_have_the_same_parts_and_the_same_entry(doors: Doors) -> None:
    asked: Any = {"model": "claude", "max_tokens": 200, "messages": HELLO, "tools": TOOLS}
    whole = doors.client.messages.create(**asked)
    entry = doors.last_call()
    with doors.client.messages.stream(**asked) as stream:
        streamed = stream.get_final_message()
    assert [block.to_dict() for block in streamed.content] == [block.to_dict() for block in whole.content]
    assert same(doors.last_call()) == same(entry)
    assert entry["usage"] == {
        "input_tokens": 12,
        "output_tokens": 61,
        "cache_read_tokens": 300,
        "cache_write_tokens": 20,
        "cache_write_1h_tokens": 30,
        "reasoning_tokens": 22,
    }
    # 12 + 61 * 2 + 300 * 0.1 + 20 * 1.25 + 30 * 2 millionths
    assert Decimal(entry["charge"]) == Decimal("0.000249")
    assert whole.usage.cache_creation is not None
    assert whole.usage.cache_creation.ephemeral_1h_input_tokens == 30


def test_tools_and_what_was_thought_go_round_and_come_back_as_they_were(doors: Doors) -> None:
    asked: Any = {
        "model": "claude",
        "max_tokens": 4000,
        "tools": TOOLS,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "system": [
            {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}
        ],
    }
    first = doors.client.messages.create(messages=HELLO, **asked)
    assert first.stop_reason == "tool_use"
    sent = doors.upstream.last
    assert sent["system"] == asked["system"]
    assert (sent["tools"], sent["thinking"]) == (TOOLS, asked["thinking"])
    assert doors.upstream.headers[-1]["x-api-key"] == "secret-1"
    assert doors.upstream.headers[-1]["anthropic-version"] == "2023-06-01"
    results: Any = [
        {"type": "tool_result", "tool_use_id": "toolu_01", "content": [{"type": "text", "text": "open"}]},
        {"type": "tool_result", "tool_use_id": "toolu_02", "content": "failed", "is_error": True},
    ]
    turns: Any = [*HELLO, first.to_param(), {"role": "user", "content": results}]
    second = doors.client.messages.create(messages=turns, **asked)
    assert second.content[0].type == "text"
    golden = json.loads((GOLDEN / "tools.json").read_text("utf-8"))["content"]
    came = [
        {name: value for name, value in block.items() if name not in ("citations", "caller")}
        for block in golden
    ]
    assert doors.upstream.last["messages"][1]["content"] == came
    results[0]["content"] = "open"
    assert doors.upstream.last["messages"][2]["content"] == results


class Claim(BaseModel):
    claim: int


def test_a_schema_is_passed_on_and_its_answer_parsed(doors: Doors) -> None:
    parsed = doors.client.messages.parse(
        model="claude", max_tokens=50, messages=HELLO, output_format=Claim
    ).parsed_output
    assert parsed == Claim(claim=7)
    format = doors.upstream.last["output_config"]["format"]
    assert format["type"] == "json_schema"
    assert format["schema"]["properties"]["claim"]["type"] == "integer"


def test_cache_points_are_set_as_they_are_declared_unless_a_caller_sets_some(doors: Doors) -> None:
    hour = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    hello = {"type": "text", "text": "two words"}
    key = doors.house.key("kept")
    client = doors.client.with_options(api_key=key)
    asked: Any = {"model": "claude", "max_tokens": 200, "tools": TOOLS, "system": "Be brief."}
    client.messages.create(messages=HELLO, **asked)
    sent = doors.upstream.last
    assert sent["tools"] == [TOOLS[0] | hour]
    assert sent["system"] == [{"type": "text", "text": "Be brief."} | hour]
    assert sent["messages"] == [{"role": "user", "content": [hello | hour]}]
    entry = doors.last_call()
    # What is written for an hour is the dearest input, and so much is held before.
    assert entry["usage"]["cache_write_1h_tokens"] == 30
    assert Decimal(entry["held"]) > Decimal(entry["charge"]) == Decimal("0.000249")
    own: Any = [{"role": "user", "content": [hello | {"cache_control": {"type": "ephemeral"}}]}]
    client.messages.create(messages=own, **asked)
    assert doors.upstream.last["messages"] == own
    assert (doors.upstream.last["tools"], doors.upstream.last["system"]) == (TOOLS, "Be brief.")
    doors.openai.with_options(api_key=key).chat.completions.create(model="claude", messages=HELLO)
    assert doors.upstream.last["messages"] == [{"role": "user", "content": [hello | hour]}]
    doors.client.messages.create(messages=HELLO, **asked)
    assert "cache_control" not in json.dumps(doors.upstream.last)


def test_tokens_are_counted_by_whoever_can_and_never_cost_anything(doors: Doors) -> None:
    before = len(doors.house.entries("call"))
    asked: Any = {"messages": HELLO, "system": "be brief", "tools": TOOLS}
    counts = {
        model: doors.client.messages.count_tokens(model=model, **asked)
        for model in ("echo", "claude", "compat")
    }
    assert (counts["echo"].input_tokens, counts["claude"].input_tokens) == (4, 42)
    assert doors.upstream.last.keys() == {"model", "messages", "system", "tools"}
    estimated = {model: (found.model_extra or {})["remit"]["estimated"] for model, found in counts.items()}
    assert estimated == {"echo": False, "claude": False, "compat": True}
    assert counts["compat"].input_tokens > 4
    with pytest.raises(anthropic.PermissionDeniedError) as outside:
        doors.client.messages.count_tokens(model="away", messages=HELLO)
    assert outside.value.error_code == "model-outside-remit"
    with pytest.raises(anthropic.RateLimitError):
        doors.client.messages.count_tokens(model="overloaded", messages=HELLO)
    assert doors.poor.messages.count_tokens(model="echo", messages=HELLO).input_tokens == 2
    assert len(doors.house.entries("call")) == before


@pytest.mark.parametrize(
    ("fields", "kind", "code"),
    [
        ({"model": "away"}, anthropic.PermissionDeniedError, "model-outside-remit"),
        ({"model": "nowhere"}, anthropic.PermissionDeniedError, "model-outside-remit"),
        ({"max_tokens": 20000}, anthropic.PermissionDeniedError, "output-too-large"),
        (
            {"messages": [{"role": "user", "content": "x" * 30000}]},
            anthropic.ContentTooLargeError,
            "input-too-large",
        ),
        ({"extra_body": {"max_token": 3}}, anthropic.BadRequestError, "unknown-field"),
        ({"container": "c"}, anthropic.BadRequestError, "unsupported-field"),
        ({"model": "busy"}, anthropic.RateLimitError, "provider-busy"),
        ({"model": "broken"}, anthropic.InternalServerError, "provider-failed"),
        ({"model": "overloaded"}, anthropic.RateLimitError, "provider-busy"),
        ({"model": "strict"}, anthropic.BadRequestError, "provider-refused"),
        ({"model": "long"}, anthropic.ContentTooLargeError, "input-too-large"),
        (
            {"model": "claude", "messages": [*HELLO, {"role": "system", "content": "more"}]},
            anthropic.BadRequestError,
            "cannot-be-expressed",
        ),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_errors_are_raised_as_the_exceptions_that_clients_expect(
    doors: Doors, fields: dict[str, Any], kind: type[anthropic.APIStatusError], code: str, stream: bool
) -> None:
    asked: Any = {"model": "echo", "max_tokens": 50, "messages": HELLO, "stream": stream} | fields
    with pytest.raises(anthropic.APIStatusError) as caught:
        # A stream that has begun tells its fault when it is read.
        list(doors.client.messages.create(**asked))
    fault = caught.value
    if fields == {"model": "broken"} and stream:
        assert fault.status_code == 200
    else:
        assert type(fault) is kind or isinstance(fault, kind)
    assert fault.error_code == code
    assert "zanzibar" not in str(fault)
    if isinstance(fault, anthropic.PermissionDeniedError):
        assert fault.request_id == doors.house.entries("refusal")[-1]["id"]
    if code == "provider-busy":
        assert fault.response.headers["retry-after"] == ("7" if fields["model"] == "overloaded" else "1")


def test_a_key_that_is_not_known_and_a_budget_that_is_spent_are_told_apart(doors: Doors) -> None:
    stranger = doors.client.with_options(api_key="remit-unknown")
    with pytest.raises(anthropic.AuthenticationError) as unknown:
        stranger.messages.create(model="echo", max_tokens=5, messages=HELLO)
    assert (unknown.value.type, unknown.value.error_code) == ("authentication_error", "unknown-key")
    with pytest.raises(anthropic.PaymentRequiredError) as spent:
        doors.poor.messages.create(model="echo", max_tokens=5000, messages=HELLO)
    assert (spent.value.type, spent.value.error_code) == ("billing_error", "budget-exhausted")


def test_langchain_talks_with_a_governed_model(doors: Doors) -> None:
    model = doors.chat("echo")
    answer = model.invoke([("system", "be brief"), ("human", "two words")])
    assert answer.text == "Simulated: two words"
    assert answer.usage_metadata is not None
    assert (answer.usage_metadata["input_tokens"], answer.usage_metadata["output_tokens"]) == (4, 3)
    gathered: AIMessageChunk | None = None
    for chunk in doors.chat("slow").stream("two words"):
        assert isinstance(chunk, AIMessageChunk)
        gathered = chunk if gathered is None else gathered + chunk
    assert gathered is not None
    assert len(gathered.text.split()) == 40
    assert gathered.usage_metadata is not None
    assert (gathered.usage_metadata["input_tokens"], gathered.usage_metadata["output_tokens"]) == (2, 40)
    assert model.get_num_tokens_from_messages([HumanMessage("two words")]) == 2


def test_langchain_calls_tools_and_sends_their_results(doors: Doors) -> None:
    model = doors.chat("claude", thinking={"type": "adaptive"}).bind_tools(TOOLS)
    first = model.invoke("claim 7?")
    assert [(call["name"], call["args"]) for call in first.tool_calls] == [
        ("look_up", {"claim": 7}),
        ("today", {}),
    ]
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "open"} for call in first.tool_calls]
    second = model.invoke([("human", "claim 7?"), first, *results])
    assert second.text == '{"claim": 7}'
    sent = doors.upstream.last["messages"][1]["content"]
    assert sent[0] == {"type": "thinking", "thinking": "They ask for claim 7.", "signature": "c2lnbmF0dXJl"}
    assert sent[1] == {"type": "redacted_thinking", "data": "ZGFyaw=="}


IMAGE_TURN: Any = {
    "role": "user",
    "content": [
        {"type": "text", "text": "What is this?"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
    ],
}


@pytest.mark.parametrize("streamed", [False, True])
def test_a_call_in_anthropics_format_loses_nothing_at_an_openai_compatible_server(
    doors: Doors, streamed: bool
) -> None:
    def ask(**fields: Any) -> Any:
        asked: Any = {"model": "compat", "max_tokens": 200, "system": "Be brief."} | fields
        if not streamed:
            return doors.client.messages.create(**asked)
        with doors.client.messages.stream(**asked) as stream:
            return stream.get_final_message()

    tool_choice = {"type": "any", "disable_parallel_tool_use": True}
    first = ask(
        messages=[IMAGE_TURN],
        tools=TOOLS,
        tool_choice=tool_choice,
        stop_sequences=["END"],
        extra_body={"temperature": 0.5},
        output_config={"effort": "low", "format": {"type": "json_schema", "schema": SCHEMA}},
    )
    assert [block.to_dict() for block in first.content] == [
        {"type": "thinking", "thinking": "They ask.", "signature": ""},
        {"type": "tool_use", "id": "call_1", "name": "look_up", "input": {"claim": 7}},
    ]
    assert first.stop_reason == "tool_use"
    assert (first.usage.input_tokens, first.usage.cache_read_input_tokens) == (20, 10)
    assert (first.usage.output_tokens, first.usage.output_tokens_details.thinking_tokens) == (9, 4)
    sent = doors.upstream.last
    assert sent["messages"] == [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "auto"}},
            ],
        },
    ]
    assert sent["tools"][0]["function"] == {
        "name": "look_up",
        "description": "Looks up a claim.",
        "parameters": SCHEMA,
    }
    assert (sent["tool_choice"], sent["parallel_tool_calls"], sent["stop"]) == ("required", False, ["END"])
    assert (sent["reasoning_effort"], sent["temperature"]) == ("low", 0.5)
    assert sent["response_format"]["json_schema"]["schema"] == SCHEMA
    result = {"type": "tool_result", "tool_use_id": "call_1", "content": "open"}
    turns = [IMAGE_TURN, first.to_param(), {"role": "user", "content": [result]}]
    second = ask(messages=turns, tools=TOOLS)
    assert second.content[-1].text == '{"claim": 7}'
    back = doors.upstream.last["messages"][2:]
    [call] = back[0]["tool_calls"]
    assert json.loads(call["function"].pop("arguments")) == {"claim": 7}
    assert call == {"id": "call_1", "type": "function", "function": {"name": "look_up"}}
    assert back[0]["reasoning_content"] == "They ask."
    assert back[1] == {"role": "tool", "tool_call_id": "call_1", "content": "open"}


def chunks_of(stream: Any) -> tuple[str, list[dict[str, str]], str]:
    """Add a stream of chat chunks up: what was said, which tools, and why it ended."""
    said, calls, finish = "", [], ""
    for chunk in stream:
        for choice in chunk.choices:
            said += choice.delta.content or ""
            finish = choice.finish_reason or finish
            for call in choice.delta.tool_calls or ():
                if call.id:
                    calls.append({"id": call.id, "name": call.function.name, "arguments": ""})
                calls[-1]["arguments"] += call.function.arguments or ""
    return said, calls, finish


@pytest.mark.parametrize("streamed", [False, True])
def test_a_call_in_openais_format_loses_nothing_at_an_anthropic_server(doors: Doors, streamed: bool) -> None:
    function = {"name": "look_up", "description": "Looks up a claim.", "parameters": SCHEMA, "strict": True}
    turn = {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
        ],
    }

    def ask(messages: list[Any]) -> tuple[str, list[dict[str, str]], str]:
        asked: Any = {
            "model": "claude",
            "messages": messages,
            "tools": [{"type": "function", "function": function}],
            "tool_choice": "required",
            "parallel_tool_calls": False,
            "reasoning_effort": "high",
            "response_format": {"type": "json_schema", "json_schema": {"name": "claim", "schema": SCHEMA}},
            "max_completion_tokens": 300,
            "stop": "END",
            "stream": streamed,
        }
        answer: Any = doors.openai.chat.completions.create(**asked)
        if streamed:
            return chunks_of(answer)
        choice = answer.choices[0]
        calls = [
            {"id": call.id, "name": call.function.name, "arguments": call.function.arguments}
            for call in choice.message.tool_calls or ()
        ]
        return choice.message.content or "", calls, choice.finish_reason

    said, calls, finish = ask([{"role": "developer", "content": "Be brief."}, turn])
    assert (said, finish) == ("I look it up – né.", "tool_calls")
    assert calls == [
        {"id": "toolu_01", "name": "look_up", "arguments": '{"claim": 7}'},
        {"id": "toolu_02", "name": "today", "arguments": "{}"},
    ]
    sent = doors.upstream.last
    assert sent == {
        "model": "claude-4",
        "max_tokens": 300,
        "stream": streamed,
        "system": "Be brief.",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
                ],
            }
        ],
        "tools": [
            {"name": "look_up", "description": "Looks up a claim.", "input_schema": SCHEMA, "strict": True}
        ],
        "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
        "thinking": {"type": "adaptive"},
        "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": SCHEMA}},
        "stop_sequences": ["END"],
    }
    made = [
        {
            "id": call["id"],
            "type": "function",
            "function": {"name": call["name"], "arguments": call["arguments"]},
        }
        for call in calls
    ]
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "open"} for call in calls]
    said, calls, finish = ask([turn, {"role": "assistant", "content": said, "tool_calls": made}, *results])
    assert (said, calls, finish) == ('{"claim": 7}', [], "stop")
    assert [block["type"] for block in doors.upstream.last["messages"][1]["content"]] == [
        "text",
        "tool_use",
        "tool_use",
    ]
    assert doors.upstream.last["messages"][2]["content"] == [
        {"type": "tool_result", "tool_use_id": "toolu_01", "content": "open"},
        {"type": "tool_result", "tool_use_id": "toolu_02", "content": "open"},
    ]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"seed": 7}, "seed"),
        ({"presence_penalty": 0.5}, "presence_penalty"),
        ({"response_format": {"type": "json_object"}}, "schema"),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]}, "system"),
    ],
)
def test_what_an_anthropic_server_cannot_be_told_is_refused_by_name_and_costs_nothing(
    doors: Doors, fields: dict[str, Any], named: str
) -> None:
    asked: Any = {"model": "claude", "messages": HELLO, "max_tokens": 20} | fields
    before = len(doors.upstream.bodies)
    with pytest.raises(openai.BadRequestError) as caught:
        doors.openai.chat.completions.create(**asked)
    assert caught.value.code == "cannot-be-expressed"
    assert named in str(caught.value)
    assert len(doors.upstream.bodies) == before
    assert doors.house.entries()[-1]["kind"] == "refusal"
