"""Bedrock's formats as callers speak them: what is read, what is refused by name, and what is answered."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_bodies import SERVICE, answer_faults, body, event_faults
from remit.adapters.aws_event_stream import EventStream
from remit.adapters.bedrock_answer import BedrockAnswer
from remit.declare.guardrail import GuardrailPolicies
from remit.enforce.answer import Delta, Finish, ModelEvent, Piece, Thought, ToolDelta, ToolStart, gathered
from remit.enforce.guardrail.noted import Noted
from remit.enforce.guardrail.screen import Guard
from remit.enforce.request import Media, Message, ModelRequest, Text, Think, ToolResult
from remit.gateway.bedrock import FORMATS, route
from remit.gateway.bedrock_answer import ConverseWriter, Wanted
from remit.gateway.bedrock_assessment import Trace
from remit.gateway.bedrock_converse import NOT_SERVED, SERVED
from remit.gateway.bedrock_invoke import HEADERS_SERVED, Invoked, with_headers
from remit.gateway.wire import Account, Ask, Failure, Head, malformed
from remit.kernel.usage import Usage
from remit.operations.count_tokens import Counted

CONVERSE = FORMATS["converse"]
TURN = {"role": "user", "content": [{"text": "hello"}]}
PLAIN = ModelRequest("model/claude", (Message.of("user", "hello"),), output_tokens_max=500)
HEAD = Head("01CALL", "claude", 0)
ACCOUNT = Account(call="01CALL", cost="0.5", currency="EUR", budget_left=None, latency_ms=7)


def read(**fields: Any) -> ModelRequest:
    ask = CONVERSE.decode(json.dumps({"messages": [TURN]} | fields).encode(), "claude")
    assert isinstance(ask, Ask), ask
    assert isinstance(ask.request, ModelRequest)
    return ask.request


def refused(verb: str = "converse", **fields: Any) -> Failure:
    failure = FORMATS[verb].decode(json.dumps({"messages": [TURN]} | fields).encode(), "claude")
    assert isinstance(failure, Failure)
    assert failure.status == 400
    return failure


def block(**member: Any) -> list[Any]:
    return [{"role": "user", "content": [member]}]


def test_every_member_of_the_service_model_is_served_or_refused_by_name() -> None:
    members = set(SERVICE.operation_model("Converse").input_shape.members) - {"modelId"}
    assert members == SERVED | NOT_SERVED
    assert not SERVED & NOT_SERVED


def test_every_header_of_the_service_model_is_refused_where_it_is_not_served() -> None:
    served = {"content-type", "accept", "x-amzn-bedrock-accept", *HEADERS_SERVED}
    for verb, operation in (
        ("invoke", "InvokeModel"),
        ("invoke-with-response-stream", "InvokeModelWithResponseStream"),
    ):
        members = SERVICE.operation_model(operation).input_shape.members.values()
        headers = {
            member.serialization["name"].lower()
            for member in members
            if member.serialization.get("location") == "header"
        }
        assert headers - served == FORMATS[verb].headers_not_served


@pytest.mark.parametrize("name", sorted(NOT_SERVED))
def test_a_member_that_is_not_served_is_refused_by_name(name: str) -> None:
    fields: dict[str, Any] = {name: {"identifier": "g"}}
    failure = refused(**fields)
    assert (failure.code, failure.param) == ("unsupported-field", name)


def test_the_kinds_of_content_of_the_service_model_are_all_known() -> None:
    kinds = set(SERVICE.shape_for("ContentBlock").members)
    for kind in sorted(kinds):
        failure = refused(messages=block(**{kind: 7}))
        assert "unknown field" not in failure.summary.lower()
    assert "unknown field" in refused(messages=block(music=7)).summary


@pytest.mark.parametrize(
    ("member", "what"),
    [
        ({"video": {"format": "mp4"}}, "`video`"),
        ({"audio": {"format": "mp3"}}, "`audio`"),
        ({"citationsContent": {}}, "`citationsContent`"),
        ({"searchResult": {}}, "`searchResult`"),
        ({"toolAddition": {}}, "`toolAddition`"),
        ({"toolRemoval": {}}, "`toolRemoval`"),
        ({}, "empty"),
        ({"image": {"format": "png", "source": {"s3Location": {"uri": "s3://a"}}}}, "`bytes`"),
        ({"document": {"format": "pdf", "name": "a", "source": {"s3Location": {}}}}, "`bytes`"),
        ({"document": {"format": "pdf", "name": "a", "source": {"content": [{"text": "a"}]}}}, "`bytes`"),
        ({"document": {"format": "odt", "name": "a", "source": {"bytes": "eA=="}}}, "`format`"),
        ({"document": {"name": "a", "source": {"text": "a"}, "context": "b"}}, "`context`"),
        ({"document": {"name": "a", "source": {"text": "a"}, "citations": {"enabled": True}}}, "`citations`"),
        ({"guardContent": {}}, "empty"),
        ({"reasoningContent": {}}, "empty"),
        ({"toolUse": {"toolUseId": "1", "name": "a", "input": {}, "type": "server_tool_use"}}, "`type`"),
        ({"toolUse": {"toolUseId": "1", "name": "a", "input": "text"}}, "`input`"),
        ({"toolResult": {"toolUseId": "1", "content": [], "type": "x"}}, "`type`"),
        ({"toolResult": {"toolUseId": "1", "content": [{"video": {}}]}}, "`video`"),
        ({"toolResult": {"toolUseId": "1", "content": [{"searchResult": {}}]}}, "`searchResult`"),
        ({"cachePoint": {"type": "default"}}, "cache point"),
    ],
)
def test_content_that_is_not_served_is_refused_by_name(member: Any, what: str) -> None:
    failure = refused(messages=block(**member))
    assert what in failure.summary
    assert failure.param == "messages[0].content[0]"


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"messages": [{"role": "user", "content": [{"text": "a"}]}] * 2001}, "messages"),
        ({"messages": [{"role": "user", "content": []}]}, "no content"),
        ({"messages": [{"role": "tool", "content": []}]}, "role"),
        ({"inferenceConfig": {"maxTokens": 0}}, "maxTokens"),
        ({"inferenceConfig": {"temperature": 1.1}}, "temperature"),
        ({"inferenceConfig": {"topP": -1}}, "topP"),
        ({"inferenceConfig": {"stopSequences": ["a"] * 2501}}, "stopSequences"),
        ({"inferenceConfig": {"topK": 1}}, "topK"),
        ({"performanceConfig": {"latency": "optimized"}}, "latency"),
        ({"serviceTier": {"type": "gold"}}, "serviceTier"),
        ({"additionalModelRequestFields": {"anthropic_beta": ["x"]}}, "anthropic_beta"),
        ({"additionalModelResponseFieldPaths": ["/secret"]}, "additionalModelResponseFieldPaths"),
        ({"requestMetadata": {str(at): "a" for at in range(17)}}, "requestMetadata"),
        ({"requestMetadata": {"a": "b" * 257}}, "requestMetadata"),
        ({"toolConfig": {"tools": []}}, "tools"),
        ({"toolConfig": {"tools": [{"systemTool": {"name": "a"}}]}}, "`systemTool`"),
        ({"toolConfig": {"tools": [{"cachePoint": {"type": "default"}}]}}, "cache point"),
        ({"toolConfig": {"tools": [{"toolSpec": {"name": "a", "inputSchema": {"json": 7}}}]}}, "inputSchema"),
        ({"system": [{"image": {"format": "png", "source": {"bytes": "eA=="}}}]}, "system"),
        (
            {
                "outputConfig": {
                    "textFormat": {
                        "type": "json_schema",
                        "structure": {"jsonSchema": {"schema": "no schema"}},
                    }
                }
            },
            "outputConfig",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_name(fields: Any, what: str) -> None:
    failure = refused(**fields)
    assert what in f"{failure.summary} {failure.param}"
    assert failure.help


def test_a_text_that_was_sent_stands_in_no_refusal() -> None:
    failure = refused(messages=[{"role": "user", "content": [{"text": "zanzibar", "image": 7}]}])
    assert "zanzibar" not in failure.message


def test_a_system_message_within_the_conversation_holds_text_alone() -> None:
    turns = [TURN, {"role": "system", "content": [{"text": "be brief"}]}]
    assert read(messages=turns).messages[1] == Message.of("system", "be brief")
    image = {"image": {"format": "png", "source": {"bytes": "eA=="}}}
    assert "text alone" in refused(messages=[{"role": "system", "content": [image]}]).summary


def test_content_is_read_as_what_it_is() -> None:
    parts = read(
        messages=[
            {
                "role": "user",
                "content": [
                    {"document": {"name": "note", "source": {"text": "a"}}},
                    {"guardContent": {"text": {"text": "guarded", "qualifiers": ["guard_content"]}}},
                    {"guardContent": {"text": {"text": "a source", "qualifiers": ["grounding_source"]}}},
                    {"guardContent": {"text": {"text": "why?", "qualifiers": ["query", "guard_content"]}}},
                    {"guardContent": {"image": {"format": "png", "source": {"bytes": "eA=="}}}},
                    {"toolResult": {"toolUseId": "1", "content": [{"json": {"a": [1]}}, {"text": "b"}]}},
                ],
            }
        ]
    ).messages[0]
    assert parts.parts == (
        Media("document", "text/plain", "YQ==", name="note"),
        Text("guarded"),
        Text("a source", label="source"),
        Text("why?", label="query"),
        Media("image", "image/png", "eA=="),
        ToolResult("1", (Text('{"a": [1]}'), Text("b"))),
    )


@pytest.mark.parametrize(
    ("fields", "think"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 9}}, Think(tokens_max=9)),
        ({"reasoning_config": {"type": "enabled", "budget_tokens": 9}}, Think(tokens_max=9)),
        ({"thinking": {"type": "disabled"}}, Think(effort="none")),
        ({"thinking": {"type": "disabled"}, "output_config": {"effort": "low"}}, Think("low", tokens_max=0)),
        ({"thinking": {"type": "adaptive"}, "output_config": {"effort": "max"}}, Think(effort="max")),
        ({"output_config": {"effort": "max"}}, Think(effort="max", by_default=True)),
        ({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}}, Think(effort="low")),
        ({"reasoningConfig": {"type": "disabled"}}, Think(effort="none")),
        ({"reasoning_effort": "high"}, Think(effort="high")),
        ({}, None),
    ],
)
def test_how_much_to_think_is_read_in_the_words_of_each_family(fields: Any, think: Think | None) -> None:
    assert read(additionalModelRequestFields=fields).think == think


def test_what_is_not_said_is_not_set() -> None:
    assert read() == msgspec.structs.replace(PLAIN, output_tokens_max=None)
    assert read(additionalModelRequestFields={"inferenceConfig": {"topK": 4}}).top_k == 4
    assert read(outputConfig={"effort": "low"}).think == Think(effort="low", by_default=True)


def test_the_path_names_the_model_and_what_is_asked() -> None:
    found = route("/model/arn%3Aaws%3Abedrock%3Aeu%3A1%3Ainference-profile%2Feu.a/converse-stream")
    assert found is not None
    assert found == (FORMATS["converse-stream"], "arn:aws:bedrock:eu:1:inference-profile/eu.a")
    ask = found[0].decode(json.dumps({"messages": [TURN]}).encode(), found[1])
    assert isinstance(ask, Ask)
    assert ask.streamed


@pytest.mark.parametrize(
    "path", ["/model/a", "/model//converse", "/model/a/b/converse", "/models/a/converse", "/model/a/invoked"]
)
def test_another_path_is_none_of_bedrock(path: str) -> None:
    assert route(path) is None


def test_a_count_is_asked_in_either_format() -> None:
    counted = FORMATS["count-tokens"]
    ask = counted.decode(json.dumps({"input": {"converse": {"messages": [TURN]}}}).encode(), "claude")
    assert isinstance(ask, Ask)
    assert ask.request.input_tokens_estimate == read().input_tokens_estimate
    assert counted.counted is not None
    said = json.loads(counted.counted(Counted(7, estimated=True)))
    assert said == {"inputTokens": 7, "remit": {"estimated": True}}
    for given_, what in (({}, "input"), ({"input": {}}, "empty"), ({"input": 7}, "input")):
        failure = counted.decode(json.dumps(given_).encode(), "claude")
        assert isinstance(failure, Failure)
        assert what in failure.summary


FINISH = Finish("stop", Usage(input_tokens=3, output_tokens=4, cache_write_tokens=5), "served")
TEXT = st.text(min_size=1, max_size=12)
PIECES = st.lists(
    st.one_of(
        st.builds(Delta, TEXT),
        st.builds(lambda text, seal: [Thought(text), Thought(signature=seal)], TEXT, st.just("c2ln")),
        st.just([Thought(sealed="c2VhbGVk")]),
        st.just([Thought("unsigned")]),
        st.builds(
            lambda number: [ToolStart("id", "look_up"), ToolDelta('{"n":'), ToolDelta(f"{number}}}")],
            st.integers(),
        ),
    ),
    max_size=6,
)


def flat(drawn: Sequence[Any]) -> list[Piece]:
    return [piece for each in drawn for piece in (each if isinstance(each, list) else [each])]


def writer(*paths: str) -> ConverseWriter:
    return ConverseWriter(Ask(PLAIN, streamed=True, options=Wanted(paths)), HEAD)


def written_whole(pieces: list[Piece], finish: Finish = FINISH, *paths: str) -> Any:
    return json.loads(writer(*paths).whole(pieces, finish, ACCOUNT))


def written_streamed(pieces: list[Piece], finish: Finish = FINISH, *paths: str) -> list[Any]:
    made = writer(*paths)
    data = made.opening() + b"".join(made.pieces([piece]) for piece in pieces) + made.closing(finish, ACCOUNT)
    return [[each.headers[":event-type"], json.loads(each.payload)] for each in EventStream().feed(data)]


@given(PIECES)
def test_an_answer_reads_back_the_same_whole_and_streamed(drawn: Sequence[Any]) -> None:
    pieces = flat(drawn)
    whole = BedrockAnswer(PLAIN, served_model="served").take(writer().whole(pieces, FINISH, ACCOUNT))
    made, reader = writer(), BedrockAnswer(PLAIN, served_model="served")
    data = made.opening() + made.pieces(pieces) + made.closing(FINISH, ACCOUNT)
    streamed: list[ModelEvent] = [each for found in EventStream().feed(data) for each in reader.add(found)]
    assert gathered(whole[:-1]) == gathered(streamed) == gathered(pieces)  # type: ignore[arg-type]  # pieces
    assert whole[-1] == reader.finish() == FINISH


@given(PIECES)
def test_answers_are_as_the_service_model_has_them(drawn: Sequence[Any]) -> None:
    assert answer_faults(written_whole(flat(drawn))) == ""
    assert event_faults(written_streamed(flat(drawn))) == ""


@pytest.mark.parametrize("name", ["answer-text", "answer-tools", "answer-thoughts"])
def test_an_answer_of_the_service_is_given_on_as_it_came(name: str) -> None:
    found = body(name)["whole"]
    events = BedrockAnswer(PLAIN, served_model="served").take(msgspec.json.encode(found))
    written = written_whole(events[:-1], events[-1], "/stop_sequence")  # type: ignore[arg-type]  # a finish is last
    assert written["output"] == found["output"]
    assert written["stopReason"] == found["stopReason"]
    assert found["usage"].items() <= written["usage"].items()


def test_what_a_call_cost_stands_where_sdks_give_it_out() -> None:
    remit = {"call": "01CALL", "cost": "0.5", "budget_left": None, "currency": "EUR"}
    assert written_whole([])["additionalModelResponseFields"] == {"remit": remit}
    stop = written_streamed([])[-2]
    assert stop[0] == "messageStop"
    assert stop[1]["additionalModelResponseFields"] == {"remit": remit}
    assert written_whole([])["metrics"] == {"latencyMs": 7}


def test_a_refusal_is_filtered_content_unless_the_model_said_it_in_its_own_words() -> None:
    finish = Finish("refusal", Usage(), "served")
    for said, reason in (([], "content_filtered"), ([Delta("I will not.", refusal=True)], "end_turn")):
        pieces: list[Piece] = list(said)
        assert written_whole(pieces, finish)["stopReason"] == reason
        assert written_streamed(pieces, finish)[-2][1]["stopReason"] == reason


def test_the_stop_text_is_said_where_it_is_asked_for() -> None:
    finish = Finish("stop_sequence", Usage(), "served", "END")
    said = written_whole([], finish, "/stop_sequence")["additionalModelResponseFields"]
    assert said["stop_sequence"] == "END"
    assert "stop_sequence" not in written_whole([], finish)["additionalModelResponseFields"]


@pytest.mark.parametrize("text", ["{", "[1]", "no"])
def test_arguments_that_are_no_object_are_said_to_be_malformed(text: str) -> None:
    pieces: list[Piece] = [ToolStart("id", "look_up"), ToolDelta(text)]
    finish = Finish("tool_use", Usage(), "served")
    assert written_whole(pieces, finish)["stopReason"] == "malformed_tool_use"
    assert written_streamed(pieces, finish)[-2][1]["stopReason"] == "malformed_tool_use"


@pytest.mark.parametrize(
    ("status", "kind", "said", "in_stream"),
    [
        (400, "ValidationException", 400, "validationException"),
        (401, "UnrecognizedClientException", 403, "internalServerException"),
        (402, "ServiceQuotaExceededException", 402, "internalServerException"),
        (403, "AccessDeniedException", 403, "internalServerException"),
        (404, "ResourceNotFoundException", 404, "internalServerException"),
        (413, "ValidationException", 413, "validationException"),
        (429, "ThrottlingException", 429, "throttlingException"),
        (500, "InternalServerException", 500, "internalServerException"),
        (502, "ModelErrorException", 424, "modelStreamErrorException"),
        (503, "ServiceUnavailableException", 503, "serviceUnavailableException"),
        (504, "ModelTimeoutException", 408, "modelStreamErrorException"),
    ],
)
def test_faults_have_the_types_that_sdks_raise(status: int, kind: str, said: int, in_stream: str) -> None:
    fault = malformed("a-code", "it is wrong", "do it right", status=status)
    assert dict(CONVERSE.error_headers(fault))["x-amzn-errortype"] == kind
    assert CONVERSE.status(fault) == said
    [found] = EventStream().feed(writer().failing(fault))
    assert found.headers[":exception-type"] == in_stream
    assert json.loads(found.payload) == {
        "message": "it is wrong — do it right",
        "remit": {"code": "a-code"},
    }


INVOKED = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "a"}],
}


def invoked(verb: str = "invoke", **fields: Any) -> Ask | Failure:
    return FORMATS[verb].decode(json.dumps(INVOKED | fields).encode(), "claude")


def test_a_body_of_anthropics_is_read_with_the_model_of_the_path() -> None:
    for verb, is_streamed in (("invoke", False), ("invoke-with-response-stream", True)):
        ask = invoked(verb, top_k=3)
        assert isinstance(ask, Ask)
        assert ask.streamed is is_streamed
        assert ask.request == ModelRequest(
            "model/claude", (Message.of("user", "a"),), output_tokens_max=9, top_k=3
        )


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"anthropic_version": "bedrock-1999-01-01"}, "anthropic_version"),
        ({"anthropic_version": 7}, "anthropic_version"),
        ({"model": "other"}, "model"),
        ({"stream": True}, "stream"),
        ({"anthropic_beta": ["x"]}, "anthropic_beta"),
        ({"max_tokens": 0}, "max_tokens"),
    ],
)
def test_what_is_wrong_in_a_body_of_anthropics_is_named(fields: Any, param: str) -> None:
    failure = invoked(**fields)
    assert isinstance(failure, Failure)
    assert failure.param == param


@pytest.mark.parametrize("verb", ["invoke", "invoke-with-response-stream"])
def test_a_body_of_a_family_that_is_not_served_is_refused(verb: str) -> None:
    failure = refused(verb, inputText="hello")
    assert failure.code == "unsupported-field"
    assert "`anthropic_version`" in failure.help


def test_a_body_of_anthropics_is_counted_without_a_limit() -> None:
    text = json.dumps({name: value for name, value in INVOKED.items() if name != "max_tokens"})
    given_ = {"input": {"invokeModel": {"body": b64encode(text.encode()).decode()}}}
    ask = FORMATS["count-tokens"].decode(json.dumps(given_).encode(), "claude")
    assert isinstance(ask, Ask)
    assert isinstance(ask.request, ModelRequest)
    assert ask.request.messages == (Message.of("user", "a"),)


def test_a_stream_of_anthropics_is_framed_and_ends_with_the_count() -> None:
    ask = invoked("invoke-with-response-stream")
    assert isinstance(ask, Ask)
    made = FORMATS["invoke-with-response-stream"].writer(ask, HEAD)
    data = made.opening() + made.pieces([Delta("line\n\nline")]) + made.closing(FINISH, ACCOUNT)
    found = [json.loads(b64decode(json.loads(each.payload)["bytes"])) for each in EventStream().feed(data)]
    assert [each["type"] for each in found] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert found[2]["delta"]["text"] == "line\n\nline"
    assert found[-1]["amazon-bedrock-invocationMetrics"]["outputTokenCount"] == 4
    [last] = EventStream().feed(made.failing(malformed("a-code", "wrong", "mend", status=502)))
    assert last.headers[":exception-type"] == "modelStreamErrorException"


def named(**config: str) -> Ask | Failure:
    fields = {"messages": [TURN], "guardrailConfig": config}
    return CONVERSE.decode(json.dumps(fields).encode(), "claude")


@pytest.mark.parametrize(
    ("identifier", "version", "address"),
    [
        ("baseline", "2", "guardrail/baseline@2"),
        ("baseline", "DRAFT", "guardrail/baseline"),
        ("guardrail/baseline", "1", "guardrail/baseline@1"),
        ("arn:aws:bedrock:local:000000000000:guardrail/baseline", "1", "guardrail/baseline@1"),
    ],
)
def test_a_guardrail_is_named_as_bedrock_does(identifier: str, version: str, address: str) -> None:
    ask = named(guardrailIdentifier=identifier, guardrailVersion=version)
    assert isinstance(ask, Ask)
    assert ask.guardrails == (address,)


@pytest.mark.parametrize(
    ("config", "param"),
    [
        ({"guardrailIdentifier": "baseline"}, "guardrailConfig.guardrailVersion"),
        ({"guardrailVersion": "1"}, "guardrailConfig.guardrailIdentifier"),
        ({"guardrailIdentifier": "No!", "guardrailVersion": "1"}, "guardrailConfig.guardrailIdentifier"),
        ({"guardrailIdentifier": "baseline", "guardrailVersion": "0"}, "guardrailConfig.guardrailVersion"),
        ({"guardrailIdentifier": "baseline", "guardrailVersion": "new"}, "guardrailConfig.guardrailVersion"),
        ({"trace": "loud"}, "guardrailConfig.trace"),
        ({"streamProcessingMode": "sometimes"}, "guardrailConfig.streamProcessingMode"),
    ],
)
def test_what_is_wrong_in_a_guardrail_s_name_is_said(config: dict[str, str], param: str) -> None:
    failure = named(**config)
    assert isinstance(failure, Failure)
    assert (failure.status, failure.param) == (400, param)


def test_a_caller_may_have_a_stream_looked_at_more_strictly_and_never_less() -> None:
    for mode, streaming in ({"sync": "windowed", "async": "audit"}).items():
        ask = named(streamProcessingMode=mode)
        assert isinstance(ask, Ask)
        assert ask.streaming == streaming


def test_the_headers_of_invoke_name_a_guardrail_and_its_trace() -> None:
    ask = invoked()
    assert isinstance(ask, Ask)
    identifier, version, trace = HEADERS_SERVED
    found = with_headers(ask, {identifier: "baseline", version: "1", trace: "ENABLED_FULL"})
    assert isinstance(found, Ask)
    assert found.guardrails == ("guardrail/baseline@1",)
    assert isinstance(found.options, Invoked)
    assert (found.options.family, found.options.trace) == (ask.options.family, "enabled_full")
    for headers, param in (
        ({identifier: "baseline"}, version),
        ({version: "1"}, identifier),
        ({trace: "yes"}, trace),
    ):
        failure = with_headers(ask, headers)
        assert isinstance(failure, Failure)
        assert failure.param == param


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"streamProcessingMode": "SYNCHRONOUS"}, "windowed"),
        ({"streamProcessingMode": "ASYNCHRONOUS"}, "audit"),
        ({"tagSuffix": "abc"}, "unsupported-field"),
        ({"streamProcessingMode": "sync"}, "invalid-field"),
        ([], "invalid-field"),
    ],
)
def test_a_body_of_invoke_says_how_a_stream_is_looked_at(config: Any, said: str) -> None:
    found = invoked(**{"amazon-bedrock-guardrailConfig": config})
    assert (found.streaming if isinstance(found, Ask) else found.code) == said


GUARD = Guard(
    "guardrail/baseline@2",
    "organisation",
    "risk@example.com",
    GuardrailPolicies.model_validate({"content": {"HATE": "medium"}, "sensitive": {"EMAIL": "anonymize"}}),
)
NOTED = Noted(
    side="input",
    policy="sensitive",
    type="EMAIL",
    trust="person",
    action="anonymize",
    guardrails={"guardrail/baseline@2": "anonymize"},
)
GUARDED = msgspec.structs.replace(ACCOUNT, guards=(GUARD,), findings=(NOTED,))


def traced(trace: Trace, account: Account = GUARDED) -> Any:
    made = ConverseWriter(Ask(PLAIN, streamed=True, options=Wanted(trace=trace)), HEAD)
    return json.loads(made.whole([], FINISH, account))


def test_a_trace_says_what_a_guardrail_found_and_not_the_words() -> None:
    answer = traced("enabled")
    assert answer_faults(answer) == ""
    found = answer["trace"]["guardrail"]
    assert found["actionReason"] == "Guardrail masked."
    assert found["inputAssessment"]["baseline@2"]["sensitiveInformationPolicy"]["piiEntities"] == [
        {"match": "", "type": "EMAIL", "action": "ANONYMIZED", "detected": True}
    ]
    [output] = found["outputAssessments"]["baseline@2"]
    assert output == {
        "appliedGuardrailDetails": {
            "guardrailId": "baseline",
            "guardrailVersion": "2",
            "guardrailArn": "arn:aws:bedrock:local:000000000000:guardrail/baseline",
            "guardrailOrigin": ["ORGANIZATION_ENFORCED"],
            "guardrailOwnership": "SELF",
        }
    }


def test_a_full_trace_says_what_was_not_found_as_well() -> None:
    answer = traced("enabled_full")
    assert answer_faults(answer) == ""
    [output] = answer["trace"]["guardrail"]["outputAssessments"]["baseline@2"]
    [hate] = output["contentPolicy"]["filters"]
    assert hate == {
        "type": "HATE",
        "confidence": "NONE",
        "filterStrength": "MEDIUM",
        "action": "NONE",
        "detected": False,
    }


@pytest.mark.parametrize(("trace", "account"), [("disabled", GUARDED), ("enabled", ACCOUNT)])
def test_who_asks_for_no_trace_or_passes_no_guardrail_gets_none(trace: Trace, account: Account) -> None:
    assert "trace" not in traced(trace, account)


def test_a_stream_is_traced_in_its_last_event() -> None:
    made = ConverseWriter(Ask(PLAIN, streamed=True, options=Wanted(trace="enabled")), HEAD)
    data = made.opening() + made.closing(FINISH, GUARDED)
    events = [[each.headers[":event-type"], json.loads(each.payload)] for each in EventStream().feed(data)]
    assert event_faults(events) == ""
    assert events[-1][0] == "metadata"
    assert events[-1][1]["trace"] == traced("enabled")["trace"]


def test_a_body_of_invoke_says_that_a_guardrail_did_something() -> None:
    ask = invoked()
    assert isinstance(ask, Ask)
    for trace, names in (
        ("disabled", {"amazon-bedrock-guardrailAction"}),
        ("enabled", {"amazon-bedrock-guardrailAction", "amazon-bedrock-trace"}),
    ):
        options = Invoked(ask.options.family, trace)  # type: ignore[arg-type]  # it is one of its words
        made = FORMATS["invoke"].writer(msgspec.structs.replace(ask, options=options), HEAD)
        answer = json.loads(made.whole([], FINISH, GUARDED))
        assert {name for name in answer if name.startswith("amazon-bedrock")} == names
        assert answer["amazon-bedrock-guardrailAction"] == "INTERVENED"
        assert answer["stop_reason"] == "end_turn"
        assert not any(
            name.startswith("amazon-bedrock") for name in json.loads(made.whole([], FINISH, ACCOUNT))
        )
