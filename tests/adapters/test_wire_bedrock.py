"""The Converse format as a provider speaks it, held against botocore's model of the service."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_bodies import ANSWERS, answer_faults, body, count_faults, event_faults, request_faults, streamed
from remit.adapters import wire_bedrock
from remit.adapters.aws_event_stream import EventStream
from remit.adapters.bedrock_answer import BedrockAnswer, refusal_of
from remit.declare.prompt_cache import CachePoints
from remit.enforce.answer import Finish, ModelEvent, gathered
from remit.enforce.cache_points import with_points
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
from remit.gateway.aws_event_stream import exception, message
from remit.gateway.bedrock_converse import decode
from remit.gateway.wire import Ask
from remit.kernel.errors import ProviderBusy, ProviderError, ProviderFailed, ProviderRefused
from remit.kernel.usage import Usage

CLAUDE = {"model": "eu.anthropic.claude-v1:0"}
PLAIN = ModelRequest("model/claude", (Message.of("user", "hello"),), output_tokens_max=500)


def changed(**fields: Any) -> ModelRequest:
    return msgspec.structs.replace(PLAIN, **fields)


def written(request: ModelRequest, **options: str) -> Any:
    """Write a request, and see that AWS's model of it has no fault to find."""
    options = options or CLAUDE
    assert wire_bedrock.refuses(request, options) == ""
    fields = json.loads(wire_bedrock.body(request, options=options))
    assert request_faults(fields) == ""
    return fields


def answered(events: list[ModelEvent]) -> tuple[Any, Finish]:
    finish = events[-1]
    assert isinstance(finish, Finish)
    return gathered(events[:-1]), finish  # type: ignore[arg-type]  # a finish is the last event


def test_what_a_caller_says_in_the_format_is_said_to_the_provider() -> None:
    given = body("request-everything")
    assert request_faults(given) == ""
    ask = decode(json.dumps(given).encode(), "claude")
    assert isinstance(ask, Ask)
    assert isinstance(ask.request, ModelRequest)
    assert written(ask.request) == given


@pytest.mark.parametrize("name", ANSWERS)
def test_the_constructed_answers_are_as_the_service_gives_them(name: str) -> None:
    found = body(name)
    assert answer_faults(found["whole"]) == ""
    assert event_faults(found["events"]) == ""


def whole(name: str) -> tuple[Any, Finish]:
    return answered(
        BedrockAnswer(PLAIN, served_model="claude").take(msgspec.json.encode(body(name)["whole"]))
    )


@given(st.sampled_from(ANSWERS), st.lists(st.integers(1, 200), min_size=1))
def test_a_stream_however_cut_says_what_the_whole_answer_says(name: str, sizes: list[int]) -> None:
    data, stream = streamed(body(name)["events"]), EventStream()
    answer, events = BedrockAnswer(PLAIN, served_model="claude"), []
    at = turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        events += [each for found in stream.feed(data[at : at + size]) for each in answer.add(found)]
        at, turn = at + size, turn + 1
    assert answer.done
    assert answered([*events, answer.finish()]) == whole(name)


@pytest.mark.parametrize("name", ANSWERS)
def test_usage_adds_up_to_the_total_that_the_provider_counts(name: str) -> None:
    assert whole(name)[1].usage.total == body(name)["whole"]["usage"]["totalTokens"]


def test_writes_to_the_cache_are_counted_by_how_long_they_are_kept() -> None:
    _, finish = whole("answer-thoughts")
    assert finish.usage == Usage(
        input_tokens=10,
        output_tokens=60,
        cache_read_tokens=1200,
        cache_write_tokens=300,
        cache_write_1h_tokens=500,
    )
    assert (finish.stop_reason, finish.stop_sequence) == ("stop_sequence", "END")


def usage_of(**tokens: Any) -> Usage:
    fields = body("answer-text")["whole"] | {"usage": tokens}
    return answered(BedrockAnswer(PLAIN, served_model="claude").take(json.dumps(fields).encode()))[1].usage


def test_what_the_total_holds_beyond_its_parts_is_input() -> None:
    assert usage_of(inputTokens=5, outputTokens=2, totalTokens=20).input_tokens == 18


def test_a_total_below_its_parts_takes_nothing_away() -> None:
    found = usage_of(inputTokens=5, outputTokens=2, totalTokens=7, cacheReadInputTokens=30)
    assert (found.input_tokens, found.cache_read_tokens) == (5, 30)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("end_turn", "stop"),
        ("tool_use", "tool_use"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "context_full"),
        ("stop_sequence", "stop_sequence"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("malformed_tool_use", "stop"),
        ("a_new_reason", "stop"),
    ],
)
def test_stop_reasons_are_told_apart(said: str, meant: str) -> None:
    fields = body("answer-text")["whole"] | {"stopReason": said}
    answer = BedrockAnswer(PLAIN, served_model="claude").take(json.dumps(fields).encode())
    assert answered(answer)[1].stop_reason == meant


@pytest.mark.parametrize(
    ("request_", "options", "what"),
    [
        (changed(seed=1), CLAUDE, "`seed`"),
        (changed(frequency_penalty=0.1), CLAUDE, "`frequency_penalty`"),
        (changed(presence_penalty=0.1), CLAUDE, "`presence_penalty`"),
        (changed(verbosity="low"), CLAUDE, "`verbosity`"),
        (changed(parallel_tools=False), CLAUDE, "one at a time"),
        (changed(temperature=1.5), CLAUDE, "temperature"),
        (changed(top_k=3), {"model": "meta.llama"}, "`top_k`"),
        (changed(service_tier="scale"), CLAUDE, "tier"),
        (changed(output_format=OutputFormat()), CLAUDE, "schema"),
        (changed(tools=(Tool("a b"),)), CLAUDE, "name of a tool"),
        (changed(think=Think(effort="high")), {"model": "meta.llama"}, "how much to think"),
        (changed(think=Think(effort="minimal")), CLAUDE, "`minimal`"),
        (changed(think=Think(summary="concise")), CLAUDE, "summary"),
        (changed(think=Think(effort="low", summary="auto")), {"family": "nova"}, "summary"),
        (changed(think=Think()), {"family": "nova"}, "without an effort"),
        (changed(think=Think(tokens_max=5)), {"family": "nova"}, "tokens of reasoning"),
        (changed(think=Think(effort="low", tokens_max=5)), {"family": "nova"}, "tokens of reasoning"),
        (changed(messages=(Message("user", (Text("a"),), "ann"),)), CLAUDE, "who speaks"),
        (changed(messages=(Message("user", (Text(""),)),)), CLAUDE, "empty"),
        (changed(messages=(Message("user", (Media("image", url="https://x.example"),)),)), CLAUDE, "address"),
        (changed(messages=(Message("user", (Media("image", "image/tiff", "eA=="),)),)), CLAUDE, "type"),
        (
            changed(messages=(Message("user", (Media("image", "image/png", "eA==", detail="low"),)),)),
            CLAUDE,
            "detail",
        ),
        (changed(messages=(Message("user", (ToolResult("a/b", ()),)),)), CLAUDE, "id of a tool"),
        (changed(messages=(Message("assistant", (ToolUse("a", "b c", "{}"),)),)), CLAUDE, "name of a tool"),
        (changed(messages=(Message("assistant", (Reasoning("a"),)),)), CLAUDE, "without its signature"),
        (changed(messages=(*PLAIN.messages, Message.of("system", "a"))), CLAUDE, "in the middle"),
        (changed(messages=(Message("assistant", (Reasoning("a", id="r"),)),)), CLAUDE, "another provider"),
        (changed(messages=(Message("assistant", (Reasoning(),)),)), CLAUDE, "without words"),
        (
            changed(messages=(Message("user", (ToolResult("a", ()),)),), tool_choice=ToolChoice("none")),
            CLAUDE,
            "no tool",
        ),
    ],
)
def test_what_the_format_cannot_say_is_named(
    request_: ModelRequest, options: dict[str, str], what: str
) -> None:
    assert what in wire_bedrock.refuses(request_, options)


def test_each_family_is_told_in_its_own_words_how_to_think() -> None:
    high, budget = changed(think=Think(effort="high")), changed(think=Think(tokens_max=2000))
    assert written(high)["outputConfig"] == {"effort": "high"}
    assert written(budget)["additionalModelRequestFields"]["thinking"]["budget_tokens"] == 2000
    assert written(changed(think=Think()))["additionalModelRequestFields"]["thinking"] == {"type": "adaptive"}
    nova = written(high, model="eu.amazon.nova-2-lite-v1:0")["additionalModelRequestFields"]
    assert nova == {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}}
    off = written(changed(think=Think(effort="none")), family="nova")["additionalModelRequestFields"]
    assert off == {"reasoningConfig": {"type": "disabled"}}
    oss = written(high, model="openai.gpt-oss-120b-1:0")["additionalModelRequestFields"]
    assert oss == {"reasoning_effort": "high"}
    none = written(changed(think=Think(effort="none")))
    assert none["additionalModelRequestFields"]["thinking"] == {"type": "disabled"}
    assert "outputConfig" not in none
    left = written(changed(think=Think(effort="high", by_default=True)))
    assert "additionalModelRequestFields" not in left


def test_each_family_is_told_in_its_own_words_how_to_sample() -> None:
    asked = changed(top_k=9)
    assert written(asked)["additionalModelRequestFields"] == {"top_k": 9}
    assert written(asked, family="nova")["additionalModelRequestFields"] == {"inferenceConfig": {"topK": 9}}


def test_turns_of_one_role_are_joined_and_empty_texts_left_out() -> None:
    turns = (
        Message.of("system", "one"),
        Message.of("system", "two"),
        Message.of("user", "three"),
        Message("user", (Text(""), Text("four"))),
        Message.of("assistant", "five"),
        Message.of("system", "six"),
    )
    fields = written(changed(messages=turns), system="anywhere")
    assert fields["system"] == [{"text": "one"}, {"text": "two"}]
    assert fields["messages"] == [
        {"role": "user", "content": [{"text": "three"}, {"text": "four"}]},
        {"role": "assistant", "content": [{"text": "five"}]},
        {"role": "system", "content": [{"text": "six"}]},
    ]


def test_tools_are_left_out_where_none_may_be_asked_for() -> None:
    tools = (Tool("look_up", "Look up."),)
    assert "toolConfig" not in written(changed(tools=tools, tool_choice=ToolChoice("none")))
    modes: dict[str, Any] = {"auto": {"auto": {}}, "required": {"any": {}}}
    for mode, said in modes.items():
        choice = ToolChoice(mode)  # type: ignore[arg-type]  # both are modes
        assert written(changed(tools=tools, tool_choice=choice))["toolConfig"]["toolChoice"] == said


@pytest.mark.parametrize(
    ("name", "said"),
    [("Claim 7_final.v2.pdf", "Claim 7 final v2"), ("", "document"), ("報告.pdf", "document")],
)
def test_a_document_is_named_as_the_service_takes_it(name: str, said: str) -> None:
    document = Media("document", "application/pdf", "JVBERi0=", name=name)
    [block] = written(changed(messages=(Message("user", (document,)),)))["messages"][0]["content"]
    assert block["document"]["name"] == said


def test_reasoning_without_a_signature_is_left_out_where_the_block_says_so() -> None:
    turn = Message("assistant", (Reasoning("a"), Text("b"), Reasoning("c", "c2ln", "c2VhbA==")))
    fields = written(changed(messages=(*PLAIN.messages, turn)), reasoning="drop", **CLAUDE)
    assert fields["messages"][1]["content"] == [
        {"text": "b"},
        {"reasoningContent": {"reasoningText": {"text": "c", "signature": "c2ln"}}},
        {"reasoningContent": {"redactedContent": "c2VhbA=="}},
    ]
    alone = changed(messages=(Message("assistant", (Reasoning("a"),)),))
    assert wire_bedrock.refuses(alone, {"reasoning": "drop"}) == "an empty message"


def test_what_is_counted_is_the_input_alone() -> None:
    asked = changed(top_k=3, temperature=0.5, tools=(Tool("look_up", "Look up."),))
    fields = json.loads(wire_bedrock.count_body(asked, options=CLAUDE))
    assert count_faults(fields) == ""
    assert fields["input"]["converse"].keys() == {"messages", "toolConfig", "additionalModelRequestFields"}


def test_a_request_without_more_says_no_more() -> None:
    assert written(PLAIN) == {
        "messages": [{"role": "user", "content": [{"text": "hello"}]}],
        "inferenceConfig": {"maxTokens": 500},
        "additionalModelResponseFieldPaths": ["/stop_sequence"],
    }
    assert written(PLAIN, latency="optimized")["performanceConfig"] == {"latency": "optimized"}


SECRET = "zanzibar-9041"


@pytest.mark.parametrize(
    ("status", "kind", "text", "error", "code"),
    [
        (429, "ThrottlingException", SECRET, ProviderBusy, "provider-busy"),
        (429, "ModelNotReadyException", SECRET, ProviderBusy, "provider-busy"),
        (400, "ServiceQuotaExceededException", SECRET, ProviderBusy, "provider-busy"),
        (400, "ValidationException", SECRET, ProviderRefused, "provider-refused"),
        (400, "ValidationException", f"Input is too long. {SECRET}", ProviderRefused, "input-too-large"),
        (404, "ResourceNotFoundException", SECRET, ProviderRefused, "provider-refused"),
        (403, "AccessDeniedException", SECRET, ProviderRefused, "provider-key-refused"),
        (403, "ExpiredTokenException:http://internal/", SECRET, ProviderRefused, "provider-key-refused"),
        (408, "ModelTimeoutException", SECRET, ProviderFailed, "provider-timeout"),
        (424, "ModelErrorException", SECRET, ProviderFailed, "provider-failed"),
        (500, "InternalServerException", SECRET, ProviderFailed, "provider-failed"),
        (503, "ServiceUnavailableException", SECRET, ProviderFailed, "provider-failed"),
        (400, f"Not a {SECRET}", SECRET, ProviderRefused, "provider-refused"),
    ],
)
def test_errors_of_the_service_become_ours_and_quote_nothing(
    status: int, kind: str, text: str, error: type[ProviderError], code: str
) -> None:
    found = refusal_of(status, {"x-amzn-errortype": kind}, json.dumps({"message": text}).encode())
    assert (type(found), found.code) == (error, code)
    assert SECRET not in str(found) + found.help


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("throttlingException", ProviderBusy),
        ("validationException", ProviderRefused),
        ("modelStreamErrorException", ProviderFailed),
        ("internalServerException", ProviderFailed),
        ("serviceUnavailableException", ProviderFailed),
        ("modelTimeoutException", ProviderFailed),
    ],
)
def test_an_exception_in_a_stream_is_an_error(name: str, error: type[ProviderError]) -> None:
    [found] = EventStream().feed(exception(name, json.dumps({"message": SECRET}).encode()))
    with pytest.raises(error) as raised:
        BedrockAnswer(PLAIN, served_model="claude").add(found)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("left_out", ["messageStop", "metadata"])
def test_a_stream_that_ends_early_is_a_fault(left_out: str) -> None:
    answer = BedrockAnswer(PLAIN, served_model="claude")
    events = [each for each in body("answer-text")["events"] if each[0] != left_out]
    for found in EventStream().feed(streamed(events)):
        answer.add(found)
    assert not answer.done
    with pytest.raises(ProviderFailed, match="last event"):
        answer.finish()


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b'{"stopReason": 7}', b'{"stopReason":"end_turn","usage":{}}']
)
def test_an_answer_that_cannot_be_read_is_a_fault(data: bytes) -> None:
    with pytest.raises(ProviderFailed, match="cannot be read"):
        BedrockAnswer(PLAIN, served_model="claude").take(data)


def test_pieces_of_a_tool_that_was_not_begun_are_a_fault() -> None:
    answer = BedrockAnswer(PLAIN, served_model="claude")
    events = [["contentBlockDelta", {"delta": {"toolUse": {"input": "{}"}}, "contentBlockIndex": 3}]]
    [found] = EventStream().feed(streamed(events))
    with pytest.raises(ProviderFailed, match="two tool calls"):
        answer.add(found)


def test_events_that_are_not_known_are_passed_over() -> None:
    events = [
        ["aNewEvent", {"x": 1}],
        ["contentBlockDelta", {"delta": {"citation": {}}, "contentBlockIndex": 0}],
    ]
    answer = BedrockAnswer(PLAIN, served_model="claude")
    assert [each for found in EventStream().feed(streamed(events)) for each in answer.add(found)] == []
    with pytest.raises(ProviderFailed):
        answer.add(next(EventStream().feed(message(b"", b"{}"))))


def test_points_that_are_declared_are_sent_and_a_callers_own_alone() -> None:
    declared = {"model/claude": CachePoints(at=("tools", "system", "end"))}
    request = changed(
        messages=(Message.of("system", "Be brief."), *PLAIN.messages), tools=(Tool("f"), Tool("g"))
    )
    pointed = with_points(request, declared)
    assert isinstance(pointed, ModelRequest)
    fields, point = written(pointed), {"cachePoint": {"type": "default"}}
    assert [next(iter(each)) for each in fields["toolConfig"]["tools"]] == [
        *("toolSpec", "toolSpec", "cachePoint")
    ]
    assert fields["system"] == [{"text": "Be brief."}, point]
    assert fields["messages"] == [{"role": "user", "content": [{"text": "hello"}, point]}]
    own = msgspec.structs.replace(request, messages=(Message("user", (Text("hello", "1h"),)),))
    again = with_points(own, declared)
    assert isinstance(again, ModelRequest)
    assert json.dumps(written(again)).count("cachePoint") == 1
    assert written(again)["messages"][0]["content"][1] == {"cachePoint": {"type": "default", "ttl": "1h"}}
