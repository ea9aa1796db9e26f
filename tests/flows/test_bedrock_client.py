"""Amazon's own clients, and frameworks on them, against a running gateway: what they send is served, and what
they raise is meant."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import boto3  # type: ignore[import-untyped]  # boto3 states no types
import httpx2 as httpx
import pytest
from botocore.config import Config  # type: ignore[import-untyped]  # as above
from botocore.exceptions import ClientError, EventStreamError  # type: ignore[import-untyped]  # as above
from langchain_aws import ChatBedrockConverse
from langchain_core.tools import tool as langchain_tool
from openai import OpenAI
from strands import Agent, tool
from strands.models import BedrockModel
from strands.models.openai import OpenAIModel

from bedrock_upstream import Upstream, serving
from remit.operations.issue_key import access_key, issue_key, revoke_key
from tls_front import tls_before

CASE = """
  {name}:
    name: {name}
    unit: desk
    owner: {name}-owner@example.com
    purpose: Try the format.
    adoption: {{stage: experiment, basis: It runs in this test.}}
    remit: {remit}
    blocks: [prompt/reply@3]
"""
PROMPT = """
  prompt/reply@3:
    name: Reply
    messages: [{role: user, text: "{{letter}}"}]
    variables: {letter: {description: The letter as it came.}}
    model: model/echo
"""
MODEL = """
organisation:
  name: Test house
  contact: administrator@example.com
  currency: EUR
  remit: {{models: any, data_class_max: confidential}}
units:
  desk: {{name: Desk, lead: desk-lead@example.com, remit: {{spend: [{{limit: 50.00 EUR, per: month}}]}}}}
providers:
  echo: {{technology: echo}}
  aws: {{technology: bedrock, region: eu-central-1, base_url: "{bedrock}"}}
  other: {{technology: openai, base_url: "{openai}/v1"}}
stages:
  experiment: {{description: A pilot., remit: {{calls: true}}}}
use_cases: {cases}
blocks: {blocks}
"""
BLOCK = """
  model/{name}:
    name: {name}
    provider: {provider}
    options: {options}
    context_tokens: 100000
    output_tokens_max: 20000
    prices: [{{starts: 2020-01-01, input: 1.00, output: 2.00}}]
"""
CASES = {
    "pilot": "{}",
    "poor": "{spend: [{limit: 0.000100 EUR, per: day}]}",
    "narrow": "{models: [model/echo]}",
    "kept": "{}\n    prompt_cache: {model/text: {at: [tools, system, end]}}",
}
BLOCKS = {
    "echo": ("echo", "{}"),
    "broken": ("echo", "{words: '9', fail_after: '3'}"),
    "busy": ("echo", "{busy: 'true'}"),
    "other": ("other", "{}"),
    **{name: ("aws", f"{{model: eu.anthropic.{name}}}") for name in ("text", "tools", "thoughts", "agent")},
    "cut": ("aws", "{model: a.cut}"),
}
QUESTION: Any = [{"role": "user", "content": [{"text": "two words"}]}]
TOOLS: Any = {
    "tools": [
        {
            "toolSpec": {
                "name": "look_up",
                "description": "Look a claim up.",
                "inputSchema": {"json": {"type": "object", "properties": {"claim": {"type": "integer"}}}},
            }
        }
    ]
}


class OtherModel(BaseHTTPRequestHandler):
    """A server of OpenAI's format: it asks for a tool if there is one, and once it has the result says so."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        fields = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said: dict[str, Any] = {"content": "done", "role": "assistant"}
        asks = "tools" in fields and fields["messages"][-1]["role"] != "tool"
        if asks:
            function = {"name": "look_up", "arguments": '{"claim":7}'}
            call = {"index": 0, "id": "call_1", "type": "function", "function": function}
            said = {"content": None, "role": "assistant", "tool_calls": [call]}
        reason = "tool_calls" if asks else "stop"
        usage = {
            "prompt_tokens": 20,
            "completion_tokens": 5,
            "prompt_tokens_details": {"cached_tokens": 8},
        }
        if not fields.get("stream"):
            answer = {"choices": [{"message": said, "finish_reason": reason}], "usage": usage, "model": "o-1"}
            self._send("application/json", json.dumps(answer).encode())
            return
        events: list[dict[str, Any]] = [
            {"choices": [{"delta": said}], "model": "o-1"},
            {"choices": [{"delta": {}, "finish_reason": reason}]},
            {"choices": [], "usage": usage},
        ]
        data = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in events)
        self._send("text/event-stream", data + b"data: [DONE]\n\n")

    def _send(self, kind: str, data: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        return


@contextmanager
def other_model() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), OtherModel)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def declared(*, bedrock: str, openai: str) -> str:
    cases = "".join(CASE.format(name=name, remit=remit) for name, remit in CASES.items())
    blocks = "".join(
        BLOCK.format(name=name, provider=provider, options=options)
        for name, (provider, options) in BLOCKS.items()
    )
    return MODEL.format(bedrock=bedrock, openai=openai, cases=cases, blocks=blocks + PROMPT)


class Clients:
    """A served house, and clients of Bedrock that ask it."""

    def __init__(self, house: Any, bedrock: Upstream, openai: str) -> None:
        self.house = house
        self.upstream = bedrock
        house.apply(declared(bedrock=bedrock.address, openai=openai))
        self.server = house.serve(REMIT_PROVIDER_AWS_API_KEY="a-key-of-bedrock")
        self.issued = {name: self.issue(name) for name in CASES}
        self._made: list[Any] = []

    def issue(self, use_case: str) -> dict[str, str]:
        with self.house.system() as system:
            issued = issue_key(system, use_case, author="tester@example.com")
            return {"id": issued.id, "secret": issued.secret} | asdict(access_key(system, issued.id))

    def credentials(self, use_case: str) -> dict[str, str]:
        issued = self.issued[use_case]
        return {
            "aws_access_key_id": issued["access_key_id"],
            "aws_secret_access_key": issued["secret_access_key"],
        }

    def client(self, use_case: str = "pilot", **changed: str) -> Any:
        more = {"endpoint_url": self.server.address} | self.credentials(use_case) | changed
        config = Config(retries={"total_max_attempts": 1})
        made = boto3.client("bedrock-runtime", region_name="eu-central-1", config=config, **more)
        self._made.append(made)
        return made

    def close(self) -> None:
        for client in self._made:
            client.close()


@pytest.fixture(scope="module")
def clients(shared_house: Any) -> Iterator[Clients]:
    with serving() as upstream, other_model() as openai:
        made = Clients(shared_house, upstream, openai)
        yield made
        made.close()


@pytest.fixture(scope="module")
def bedrock(clients: Clients) -> Any:
    return clients.client()


def streamed(bedrock: Any, model: str, **more: Any) -> list[tuple[str, Any]]:
    answer = bedrock.converse_stream(modelId=model, messages=more.pop("messages", QUESTION), **more)
    with closing(answer["stream"]) as events:
        return [(name, event) for each in events for name, event in each.items()]


def test_a_signed_call_is_answered_and_recorded(clients: Clients, bedrock: Any) -> None:
    answer = bedrock.converse(modelId="echo", messages=QUESTION, system=[{"text": "Be brief."}])
    assert answer["output"]["message"]["content"] == [{"text": "Simulated: two words"}]
    assert answer["stopReason"] == "end_turn"
    assert answer["usage"]["totalTokens"] == answer["usage"]["inputTokens"] + answer["usage"]["outputTokens"]
    remit = answer["additionalModelResponseFields"]["remit"]
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-remit-call"] == remit["call"]
    assert headers["x-remit-cost"] == remit["cost"]
    [call] = [each for each in clients.house.entries("call") if each["id"] == remit["call"]]
    assert call["purpose"]["key"] == clients.issued["pilot"]["id"]
    assert call["latency_ms"] == answer["metrics"]["latencyMs"]


def test_a_streamed_answer_says_what_the_whole_one_says(bedrock: Any) -> None:
    whole = bedrock.converse(modelId="echo", messages=QUESTION)
    events = streamed(bedrock, "echo")
    assert events[0] == ("messageStart", {"role": "assistant"})
    text = "".join(event["delta"]["text"] for name, event in events if name == "contentBlockDelta")
    assert [{"text": text}] == whole["output"]["message"]["content"]
    (stop, ended), (metadata, counted) = events[-2:]
    assert (stop, metadata) == ("messageStop", "metadata")
    assert ended["stopReason"] == whole["stopReason"]
    assert counted["usage"] == whole["usage"]
    assert ended["additionalModelResponseFields"]["remit"]["currency"] == "EUR"


def test_cache_points_are_set_as_they_are_declared_unless_a_caller_sets_some(clients: Clients) -> None:
    point, client = {"cachePoint": {"type": "default"}}, clients.client("kept")
    system = [{"text": "Be brief."}]
    client.converse(modelId="text", messages=QUESTION, system=system)
    sent = clients.upstream.asked[-1].fields
    assert sent["system"] == [*system, point]
    assert sent["messages"] == [{"role": "user", "content": [{"text": "two words"}, point]}]
    own = [{"role": "user", "content": [{"text": "two words"}, point, {"text": "more"}]}]
    client.converse(modelId="text", messages=own, system=system)
    sent = clients.upstream.asked[-1].fields
    assert (sent["system"], sent["messages"]) == (system, own)


def test_an_api_key_of_bedrock_is_a_key(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", clients.issued["pilot"]["secret"])
    certificate = tmp_path / "front.pem"
    with tls_before(clients.server.address, certificate) as address:
        client = clients.client(endpoint_url=address, verify=str(certificate))
        assert client.converse(modelId="echo", messages=QUESTION)["stopReason"] == "end_turn"
        assert streamed(client, "echo")[-1][0] == "metadata"


def test_a_key_issued_a_moment_ago_signs_at_once(clients: Clients) -> None:
    fresh = json.loads(clients.house.run("key", "issue", "pilot", "--aws", "--json"))
    client = clients.client(
        aws_access_key_id=fresh["access_key_id"], aws_secret_access_key=fresh["secret_access_key"]
    )
    assert client.converse(modelId="echo", messages=QUESTION)["stopReason"] == "end_turn"
    with clients.house.system() as system:
        revoke_key(system, fresh["id"], author="tester@example.com")
    with pytest.raises(ClientError, match="revoked") as raised:
        ask_until_refused(client)
    assert raised.value.response["Error"]["Code"] == "UnrecognizedClientException"


def ask_until_refused(client: Any) -> None:
    """Ask on: a revoked key is refused within a second, which is far fewer calls than these."""
    for _ in range(10_000):
        client.converse(modelId="echo", messages=QUESTION)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"aws_secret_access_key": "guessed"}, "InvalidSignatureException"),
        ({"aws_session_token": "a-token"}, "InvalidSignatureException"),
        ({"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE"}, "UnrecognizedClientException"),
    ],
)
def test_who_cannot_sign_is_refused(clients: Clients, changed: dict[str, str], code: str) -> None:
    with pytest.raises(ClientError) as raised:
        clients.client(**changed).converse(modelId="echo", messages=QUESTION)
    assert raised.value.response["Error"]["Code"] == code
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_refusal_is_raised_as_what_it_is(clients: Clients, bedrock: Any) -> None:
    for asked, use_case, model, more in (
        ("AccessDeniedException", "narrow", "busy", {}),
        ("ThrottlingException", "pilot", "busy", {}),
        ("ServiceQuotaExceededException", "poor", "echo", {}),
        ("ValidationException", "pilot", "echo", {"inferenceConfig": {"maxTokens": 20_000_000}}),
        ("ModelErrorException", "pilot", "broken", {}),
        ("ValidationException", "pilot", "echo", {"guardrailConfig": {"guardrailIdentifier": "a"}}),
    ):
        client = clients.client(use_case)
        with pytest.raises(getattr(client.exceptions, asked)) as raised:
            client.converse(modelId=model, messages=QUESTION, **more)
        assert raised.value.response["Error"]["Message"]


def test_a_refusal_names_its_entry(clients: Clients) -> None:
    client = clients.client("narrow")
    with pytest.raises(client.exceptions.AccessDeniedException) as raised:
        client.converse(modelId="other", messages=QUESTION)
    id = raised.value.response["ResponseMetadata"]["RequestId"]
    [refusal] = [each for each in clients.house.entries("refusal") if each["id"] == id]
    assert refusal["decision"]["rule"] == "model-outside-remit"


@pytest.mark.parametrize("model", ["broken", "cut"])
def test_a_stream_that_breaks_off_raises(bedrock: Any, model: str) -> None:
    with pytest.raises(EventStreamError) as raised:
        streamed(bedrock, model)
    assert raised.value.response["Error"]["Code"] == "modelStreamErrorException"


def test_a_prompt_is_called_where_a_model_stands(clients: Clients, bedrock: Any) -> None:
    letter = {"letter": {"text": "two words"}}
    answer = bedrock.converse(modelId="prompt/reply@3", promptVariables=letter)
    assert answer["output"]["message"]["content"] == [{"text": "Simulated: two words"}]
    call = clients.house.entries("call")[-1]
    assert (call["prompt_block"], call["purpose"]["model"]) == ("prompt/reply@3", "model/echo")
    with pytest.raises(bedrock.exceptions.ValidationException, match="`letter` of `prompt/reply@3`"):
        bedrock.converse(modelId="prompt/reply")


def test_tokens_are_counted(bedrock: Any) -> None:
    asked = {"converse": {"messages": QUESTION, "system": [{"text": "Be brief."}], "toolConfig": TOOLS}}
    assert bedrock.count_tokens(modelId="echo", input=asked)["inputTokens"] == 4
    assert bedrock.count_tokens(modelId="text", input=asked)["inputTokens"] == 12
    body = json.dumps(INVOKED).encode()
    assert bedrock.count_tokens(modelId="text", input={"invokeModel": {"body": body}})["inputTokens"] == 12


INVOKED = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "two words"}],
}


def test_a_body_of_anthropics_is_answered_whole_and_streamed(bedrock: Any) -> None:
    body = json.dumps(INVOKED)
    whole = json.loads(bedrock.invoke_model(modelId="tools", body=body)["body"].read())
    assert whole["stop_reason"] == "tool_use"
    answer = bedrock.invoke_model_with_response_stream(modelId="tools", body=body)
    events = [json.loads(each["chunk"]["bytes"]) for each in answer["body"]]
    begun = [each["content_block"] for each in events if each["type"] == "content_block_start"]
    assert [each["type"] for each in begun] == [each["type"] for each in whole["content"]]
    assert [each["name"] for each in begun[1:]] == ["look_up", "list"]
    assert (
        events[-1]["amazon-bedrock-invocationMetrics"]["outputTokenCount"] == whole["usage"]["output_tokens"]
    )
    with pytest.raises(bedrock.exceptions.ValidationException, match="not served"):
        bedrock.invoke_model(modelId="echo", body=json.dumps({"inputText": "hello"}))


@pytest.mark.parametrize(
    "asked",
    [
        {"serviceTier": "priority"},
        {"performanceConfigLatency": "optimized"},
        {"requestMetadata": "{}"},
        {"projectIdentifier": "default"},
    ],
)
def test_what_stands_beside_a_body_is_refused_by_name(bedrock: Any, asked: dict[str, str]) -> None:
    with pytest.raises(bedrock.exceptions.ValidationException, match="the header `x-amzn-bedrock-"):
        bedrock.invoke_model(modelId="echo", body=json.dumps(INVOKED), **asked)


@pytest.mark.parametrize("model", ["text", "tools", "thoughts"])
def test_bedrock_behind_is_given_on_whole_and_streamed(bedrock: Any, model: str) -> None:
    whole = bedrock.converse(modelId=model, messages=QUESTION, toolConfig=TOOLS)
    events = streamed(bedrock, model, toolConfig=TOOLS)
    assert events[-1][1]["usage"] == whole["usage"]
    assert events[-2][1]["stopReason"] == whole["stopReason"]
    blocks = {event["contentBlockIndex"] for name, event in events if name == "contentBlockStop"}
    assert len(blocks) == len(whole["output"]["message"]["content"])


def test_a_model_of_openais_format_works_with_tools_for_a_client_of_bedrock(bedrock: Any) -> None:
    asked = bedrock.converse(modelId="other", messages=QUESTION, toolConfig=TOOLS)
    assert asked["stopReason"] == "tool_use"
    [block] = asked["output"]["message"]["content"]
    assert block["toolUse"] == {"toolUseId": "call_1", "name": "look_up", "input": {"claim": 7}}
    assert asked["usage"]["inputTokens"] == 12
    assert asked["usage"]["cacheReadInputTokens"] == 8
    result = {"toolResult": {"toolUseId": "call_1", "content": [{"json": {"state": "open"}}]}}
    turns = [*QUESTION, asked["output"]["message"], {"role": "user", "content": [result]}]
    events = streamed(bedrock, "other", messages=turns, toolConfig=TOOLS)
    assert ("contentBlockDelta", {"delta": {"text": "done"}, "contentBlockIndex": 0}) in events


def test_bedrock_works_with_tools_for_a_client_of_openais(clients: Clients) -> None:
    client: OpenAI = clients.server.client(clients.issued["pilot"]["secret"])
    tools: Any = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}]
    messages: Any = [{"role": "user", "content": "claim 7?"}]
    first = client.chat.completions.create(model="agent", messages=messages, tools=tools)
    message = first.choices[0].message
    assert first.choices[0].finish_reason == "tool_calls"
    assert message.tool_calls is not None
    messages.append(message.model_dump(exclude_none=True))
    messages += [{"role": "tool", "tool_call_id": call.id, "content": "open"} for call in message.tool_calls]
    stream = client.chat.completions.create(model="agent", messages=messages, tools=tools, stream=True)
    said = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
    assert said == "Guten Tag, Grüße."


def test_what_bedrock_cannot_be_told_is_refused_before_it_is_asked(clients: Clients) -> None:
    before = len(clients.upstream.asked)
    client: OpenAI = clients.server.client(clients.issued["pilot"]["secret"])
    with pytest.raises(Exception, match="`seed`"):
        client.chat.completions.create(model="text", messages=[{"role": "user", "content": "a"}], seed=7)
    assert len(clients.upstream.asked) == before


def test_a_path_of_bedrock_is_asked_with_post(clients: Clients) -> None:
    answer = httpx.get(f"{clients.server.address}/model/echo/converse")
    assert answer.status_code == 405
    assert answer.headers["x-amzn-errortype"] == "ValidationException"


def test_langchain_works_as_it_is(clients: Clients) -> None:
    def look_up(claim: int) -> str:
        """Look a claim up."""
        return f"{claim}"

    model = ChatBedrockConverse(
        model_id="tools",
        provider="anthropic",
        region_name="eu-central-1",
        endpoint_url=clients.server.address,
        **clients.credentials("pilot"),
    )
    answer = model.bind_tools([langchain_tool(look_up)]).invoke("claim 7?")
    assert answer.tool_calls[0]["args"] == {"claim": 7}
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["total_tokens"] == 121
    text = ChatBedrockConverse(
        model_id="text", provider="anthropic", client=clients.client(), region_name="eu-central-1"
    )
    assert "".join(str(chunk.text) for chunk in text.stream("hello")) == "Guten Tag, Grüße."


@tool
def look_up(claim: int) -> str:
    """Look a claim up.

    Args:
        claim: its number
    """
    return f"{claim} is open"


@tool(name="list")
def list_claims() -> str:
    """List all claims."""
    return "7"


def bedrock_model(clients: Clients) -> Any:
    session = boto3.Session(region_name="eu-central-1", **clients.credentials("pilot"))
    return BedrockModel(boto_session=session, endpoint_url=clients.server.address, model_id="agent")


def openai_model(clients: Clients) -> Any:
    address, key = f"{clients.server.address}/v1", clients.issued["pilot"]["secret"]
    return OpenAIModel(client_args={"base_url": address, "api_key": key}, model_id="agent")


@pytest.mark.parametrize("make", [bedrock_model, openai_model])
def test_an_agent_of_strands_works_as_it_is(clients: Clients, make: Callable[[Clients], Any]) -> None:
    agent = Agent(model=make(clients), tools=[look_up, list_claims], callback_handler=None)
    answer = agent("What about claim 7?")
    assert str(answer).strip() == "Guten Tag, Grüße."
    assert answer.metrics.accumulated_usage["outputTokens"] == 48
