"""Guardrails at every door, with the real clients: masked, stopped, traced, named, and applied alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from typing import Any

import boto3  # type: ignore[import-untyped]  # boto3 states no types
import httpx2 as httpx
import openai
import pytest
from anthropic import Anthropic
from botocore.config import Config  # type: ignore[import-untyped]  # as above
from langchain_aws import ChatBedrockConverse
from openai import OpenAI
from strands import Agent
from strands.models import BedrockModel

from remit.operations.issue_key import access_key, issue_key
from tls_front import tls_before

MODEL = """
organisation:
  name: Test house
  contact: administrator@example.com
  currency: EUR
  remit:
    models: any
    data_class_max: confidential
    spend: [{limit: 50.00 EUR, per: month}]
    guardrails: {guardrail/house@1: {}}
units:
  desk: {name: Desk, lead: desk-lead@example.com}
  late: {name: Late, lead: late-lead@example.com, remit: {guardrails: {guardrail/answers: {}}}}
providers:
  echo: {technology: echo}
stages:
  envision: {description: An idea., remit: {calls: false}}
  experiment: {description: A pilot., remit: {calls: true}}
  launch: {description: In use., remit: {calls: true}}
blocks:
  model/echo:
    name: Echo
    provider: echo
    context_tokens: 1000000
    output_tokens_max: 200000
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
  guardrail/house@1:
    name: House
    sensitive: {EMAIL: anonymize}
    words: {listed: [darn]}
    patterns: {claim-number: {pattern: "CL-[0-9]{4}"}}
    blocked_input: The house stops this.
    blocked_output: The house stops this answer.
  guardrail/answers:
    name: Answers
    words: {listed: [thunder], input_enabled: false}
    blocked_output: No thunder.
  guardrail/strict:
    name: Strict
    sensitive: {EMAIL: block}
    blocked_input: No addresses.
  guardrail/noting:
    name: Noting
    sensitive: {EMAIL: none}
    topics: {weather: {definition: Forecasts of the weather., input_enabled: false}}
    content: {HATE: medium}
  guardrail/shadow:
    name: Shadow
    mode: shadow
    words: {listed: [lightning]}
  guardrail/grounded:
    name: Grounded
    grounding: {threshold: 0.5}
    blocked_output: Nothing says so.
use_cases:
"""
CASE = """
  {name}:
    name: {name}
    unit: {unit}
    owner: {name}-owner@example.com
    purpose: Try the doors.
    {stage}
    remit: {remit}
"""
ADOPTED = "adoption: {{stage: {}, basis: It runs in this test.}}"
CASES = (
    ("pilot", "desk", ADOPTED.format("experiment"), "{}"),
    ("busy", "desk", ADOPTED.format("experiment"), "{requests_per_minute: 2}"),
    ("idea", "desk", "", "{}"),
    ("launched", "late", ADOPTED.format("launch"), "{}"),
)
ADDRESS = "Write to ada@example.com about CL-1234."
MASKED = "Write to {EMAIL_1} about {claim-number_1}."
THUNDER = "one two thunder three"


class Doors:
    """A served house, and clients of every format that ask it."""

    def __init__(self, house: Any) -> None:
        self.house = house
        cases = "".join(
            CASE.format(name=name, unit=unit, stage=stage, remit=remit) for name, unit, stage, remit in CASES
        )
        house.apply(MODEL + cases)
        self.server = house.serve()
        with house.system() as system:
            self.issued = {name: issue_key(system, name, author="tester@example.com") for name, *_ in CASES}
            self.aws = {name: asdict(access_key(system, issued.id)) for name, issued in self.issued.items()}
        self._close: list[Callable[[], object]] = []

    def bedrock(self, use_case: str = "pilot", **changed: Any) -> Any:
        more = {"endpoint_url": self.server.address, **self.signed(use_case), **changed}
        config = Config(retries={"total_max_attempts": 1})
        made = boto3.client("bedrock-runtime", region_name="eu-central-1", config=config, **more)
        self._close.append(made.close)
        return made

    def signed(self, use_case: str) -> dict[str, str]:
        return {
            "aws_access_key_id": self.aws[use_case]["access_key_id"],
            "aws_secret_access_key": self.aws[use_case]["secret_access_key"],
        }

    def openai(self, use_case: str = "pilot") -> OpenAI:
        made: OpenAI = self.server.client(self.issued[use_case].secret)
        return made

    def anthropic(self, use_case: str = "pilot") -> Anthropic:
        made = Anthropic(base_url=self.server.address, api_key=self.issued[use_case].secret, max_retries=0)
        self._close.append(made.close)
        return made

    def last(self, kind: str) -> Any:
        return self.house.entries(kind)[-1]

    def close(self) -> None:
        for close in self._close:
            close()


@pytest.fixture(scope="module")
def doors(shared_house: Any) -> Iterator[Doors]:
    made = Doors(shared_house)
    yield made
    made.close()


def asked(text: str) -> Any:
    return [{"role": "user", "content": [{"text": text}]}]


def plain(text: str) -> Any:
    return [{"role": "user", "content": text}]


def applied(bedrock: Any, *texts: str, name: str = "house", version: str = "1", **more: Any) -> Any:
    content = [{"text": {"text": text}} for text in texts]
    fields = {"source": "INPUT", "content": content} | more
    return bedrock.apply_guardrail(guardrailIdentifier=name, guardrailVersion=version, **fields)


# ── a guardrail that is applied alone ──


def test_a_text_is_masked_and_the_words_are_given_back_to_who_sent_them(doors: Doors) -> None:
    answer = applied(doors.bedrock(), ADDRESS)
    assert (answer["action"], answer["actionReason"]) == ("GUARDRAIL_INTERVENED", "Guardrail masked.")
    assert answer["outputs"] == [{"text": MASKED}]
    [found] = answer["assessments"]
    assert found["sensitiveInformationPolicy"] == {
        "piiEntities": [
            {"match": "ada@example.com", "type": "EMAIL", "action": "ANONYMIZED", "detected": True}
        ],
        "regexes": [
            {
                "name": "claim-number",
                "match": "CL-1234",
                "regex": "CL-[0-9]{4}",
                "action": "ANONYMIZED",
                "detected": True,
            }
        ],
    }
    details = found["appliedGuardrailDetails"]
    assert (details["guardrailId"], details["guardrailVersion"]) == ("house", "1")
    assert details["guardrailOrigin"] == ["ORGANIZATION_ENFORCED", "REQUEST"]
    assert answer["usage"]["sensitiveInformationPolicyUnits"] == 1
    assert answer["usage"]["wordPolicyUnits"] == 1
    assert answer["usage"]["contentPolicyUnits"] == 0
    text = len(ADDRESS)
    assert answer["guardrailCoverage"]["textCharacters"] == {"guarded": text, "total": text}


def test_a_check_is_in_the_ledger_without_the_words(doors: Doors) -> None:
    answer = applied(doors.bedrock(), ADDRESS, "darn")
    entry = doors.last("guardrail_check")
    assert entry["id"] == answer["ResponseMetadata"]["HTTPHeaders"]["x-remit-call"]
    assert entry["purpose"]["use_case"] == "pilot"
    assert entry["purpose"]["key"] == doors.issued["pilot"].id
    assert (entry["side"], entry["action"]) == ("input", "block")
    assert entry["guardrails"] == {"guardrail/house@1": "organisation"}
    assert {(each["policy"], each["type"], each["action"]) for each in entry["findings"]} == {
        ("sensitive", "EMAIL", "anonymize"),
        ("pattern", "claim-number", "anonymize"),
        ("word", "WORD", "block"),
    }
    assert entry["units"] == {"word": 1, "sensitive": 1, "pattern": 1}
    written = json.dumps(entry)
    assert "ada" not in written
    assert "darn" not in written
    assert doors.house.verify() == ()


def test_a_text_that_is_stopped_is_answered_with_the_guardrail_s_message(doors: Doors) -> None:
    answer = applied(doors.bedrock(), "Well, Darn it.")
    assert answer["outputs"] == [{"text": "The house stops this."}]
    assert answer["assessments"][0]["wordPolicy"]["customWords"] == [
        {"match": "Darn", "action": "BLOCKED", "detected": True}
    ]


def test_a_text_in_which_nothing_is_found_passes(doors: Doors) -> None:
    answer = applied(doors.bedrock(), "A sunny day.")
    assert (answer["action"], answer["outputs"]) == ("NONE", [])
    [found] = answer["assessments"]
    assert found.keys() == {"invocationMetrics", "appliedGuardrailDetails"}


@pytest.mark.parametrize(
    "name", ["guardrail/strict", "arn:aws:bedrock:local:000000000000:guardrail/strict", "strict"]
)
def test_those_of_the_remit_are_applied_beside_the_one_that_is_asked_for(doors: Doors, name: str) -> None:
    answer = applied(doors.bedrock(), ADDRESS, name=name, version="DRAFT")
    assert answer["outputs"] == [{"text": "No addresses."}]
    of_house, of_strict = answer["assessments"]
    assert of_house["appliedGuardrailDetails"]["guardrailOrigin"] == ["ORGANIZATION_ENFORCED"]
    assert of_strict["appliedGuardrailDetails"]["guardrailOrigin"] == ["REQUEST"]
    assert of_strict["appliedGuardrailDetails"]["guardrailVersion"] == "DRAFT"
    entities = [each["sensitiveInformationPolicy"]["piiEntities"] for each in (of_house, of_strict)]
    assert [each["action"] for [each] in entities] == ["ANONYMIZED", "BLOCKED"]


def test_what_is_only_noted_is_told_and_not_touched(doors: Doors) -> None:
    answer = applied(doors.bedrock(), "A bolt of lightning.", name="shadow", version="DRAFT")
    assert (answer["action"], answer["outputs"]) == ("NONE", [])
    assert answer["assessments"][1]["wordPolicy"]["customWords"] == [
        {"match": "lightning", "action": "NONE", "detected": True}
    ]


def test_a_full_answer_tells_what_was_not_found(doors: Doors) -> None:
    bedrock = doors.bedrock()
    for source, topics in (("INPUT", False), ("OUTPUT", True)):
        answer = applied(
            bedrock, "A sunny day.", name="noting", version="DRAFT", source=source, outputScope="FULL"
        )
        found = answer["assessments"][1]
        [hate] = found["contentPolicy"]["filters"]
        assert (hate["type"], hate["filterStrength"], hate["detected"]) == ("HATE", "MEDIUM", False)
        assert found["sensitiveInformationPolicy"]["piiEntities"] == [
            {"match": "", "type": "EMAIL", "action": "NONE", "detected": False}
        ]
        # What is not enabled is not looked for: it is not there, and not counted.
        assert ("topicPolicy" in found) is topics
        assert bool(answer["usage"]["topicPolicyUnits"]) is topics


def test_an_answer_is_weighed_against_its_sources(doors: Doors) -> None:
    bedrock = doors.bedrock()
    source = "The claim was paid on 4 March 2026. The amount was 1,200 euros."
    for answer, action in (
        ("The claim was paid on 4 March 2026.", "NONE"),
        ("Elephants sleep three hours a night in Botswana.", "GUARDRAIL_INTERVENED"),
    ):
        content = [
            {"text": {"text": source, "qualifiers": ["grounding_source"]}},
            {"text": {"text": "When was the claim paid?", "qualifiers": ["query"]}},
            {"text": {"text": answer, "qualifiers": ["guard_content"]}},
        ]
        done = applied(
            bedrock, name="grounded", version="DRAFT", source="OUTPUT", outputScope="FULL", content=content
        )
        assert done["action"] == action
        [score] = done["assessments"][1]["contextualGroundingPolicy"]["filters"]
        assert (score["type"], score["threshold"]) == ("GROUNDING", 0.5)
        assert (score["score"] < 0.5) is score["detected"] is (action != "NONE")
        assert done["usage"]["contextualGroundingPolicyUnits"] == 1


def test_a_long_text_and_an_image_are_counted_for_what_they_are(doors: Doors) -> None:
    long = "A sunny day. " * 20_000 + ADDRESS
    content = [
        {"text": {"text": long}},
        {"image": {"format": "png", "source": {"bytes": b"an image"}}},
    ]
    answer = applied(doors.bedrock(), content=content)
    assert answer["outputs"][0]["text"].endswith(MASKED)
    assert answer["usage"]["sensitiveInformationPolicyUnits"] == -(-len(long) // 1_000)
    assert answer["guardrailCoverage"] == {
        "textCharacters": {"guarded": len(long), "total": len(long)},
        "images": {"guarded": 0, "total": 1},
    }


def test_what_cannot_be_applied_is_raised_as_what_it_is(doors: Doors) -> None:
    bedrock = doors.bedrock()
    for exception, name, version, more in (
        ("ResourceNotFoundException", "nobody", "1", {}),
        ("ResourceNotFoundException", "house", "7", {}),
        ("ValidationException", "house", "new", {}),
        ("ValidationException", "No!", "1", {}),
        ("ValidationException", "house", "1", {"content": []}),
        ("ValidationException", "house", "1", {"content": [{"text": {"text": "a" * (1 << 20)}}]}),
    ):
        with pytest.raises(getattr(bedrock.exceptions, exception)):
            applied(bedrock, "hello", name=name, version=version, **more)
    with pytest.raises(bedrock.exceptions.AccessDeniedException, match="`envision`"):
        applied(doors.bedrock("idea"), "hello")


def test_a_key_and_an_api_key_of_bedrock_open_the_door(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    secret = doors.issued["pilot"].secret
    url = f"{doors.server.address}/guardrail/house/version/1/apply"
    body = {"source": "INPUT", "content": [{"text": {"text": "hello"}}]}
    with httpx.Client() as client:
        assert client.post(url, json=body).status_code == 403
        answer = client.post(url, json=body, headers={"authorization": f"Bearer {secret}"})
        assert answer.json()["action"] == "NONE"
        assert client.get(url).status_code == 405
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", secret)
    certificate = tmp_path / "front.pem"
    with tls_before(doors.server.address, certificate) as address:
        bedrock = doors.bedrock(endpoint_url=address, verify=str(certificate))
        assert applied(bedrock, "hello")["action"] == "NONE"


def test_checks_are_counted_where_calls_are(doors: Doors) -> None:
    bedrock = doors.bedrock("busy")
    applied(bedrock, "hello")
    applied(bedrock, "hello")
    with pytest.raises(bedrock.exceptions.ThrottlingException, match="requests_per_minute"):
        applied(bedrock, "hello")
    with pytest.raises(bedrock.exceptions.ThrottlingException, match="requests_per_minute"):
        bedrock.converse(modelId="echo", messages=asked("hello"))


# ── calls of models ──


def whole_converse(doors: Doors, text: str, **more: Any) -> tuple[str, str]:
    answer = doors.bedrock().converse(modelId="echo", messages=asked(text), **_config(more))
    return answer["output"]["message"]["content"][0]["text"], answer["stopReason"]


def streamed_converse(doors: Doors, text: str, **more: Any) -> tuple[str, str]:
    answer = doors.bedrock().converse_stream(modelId="echo", messages=asked(text), **_config(more))
    with closing(answer["stream"]) as stream:
        events = [(name, event) for each in stream for name, event in each.items()]
    assert [name for name, _ in events[-3:]] == ["contentBlockStop", "messageStop", "metadata"]
    said = "".join(event["delta"]["text"] for name, event in events if name == "contentBlockDelta")
    return said, events[-2][1]["stopReason"]


def _config(more: dict[str, Any]) -> dict[str, Any]:
    if "guardrail" not in more:
        return {}
    name, _, version = more["guardrail"].partition("@")
    return {"guardrailConfig": {"guardrailIdentifier": name, "guardrailVersion": version or "DRAFT"}}


def _invoked(text: str, more: dict[str, Any]) -> dict[str, Any]:
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 1_000, "messages": plain(text)}
    return {"modelId": "echo", "body": json.dumps(body), **_config(more).get("guardrailConfig", {})}


def whole_invoke(doors: Doors, text: str, **more: Any) -> tuple[str, str]:
    answer = json.loads(doors.bedrock().invoke_model(**_invoked(text, more))["body"].read())
    assert answer["amazon-bedrock-guardrailAction"] in ("INTERVENED", "NONE")
    return answer["content"][0]["text"], answer["stop_reason"]


def streamed_invoke(doors: Doors, text: str, **more: Any) -> tuple[str, str]:
    answer = doors.bedrock().invoke_model_with_response_stream(**_invoked(text, more))
    events = [json.loads(each["chunk"]["bytes"]) for each in answer["body"]]
    assert events[-1]["type"] == "message_stop"
    assert events[-1]["amazon-bedrock-guardrailAction"] in ("INTERVENED", "NONE")
    said = "".join(each["delta"]["text"] for each in events if each["type"] == "content_block_delta")
    [reason] = [each["delta"]["stop_reason"] for each in events if each["type"] == "message_delta"]
    return said, reason


def _header(more: dict[str, Any]) -> dict[str, str]:
    return {"x-remit-guardrail": more["guardrail"]} if "guardrail" in more else {}


def whole_chat(doors: Doors, text: str, **more: Any) -> tuple[str, str]:
    answer = doors.openai().chat.completions.create(
        model="echo", messages=plain(text), extra_headers=_header(more)
    )
    return answer.choices[0].message.content or "", answer.choices[0].finish_reason


def streamed_chat(doors: Doors, text: str, **more: Any) -> tuple[str, str]:
    stream = doors.openai().chat.completions.create(
        model="echo", messages=plain(text), extra_headers=_header(more), stream=True
    )
    chunks = [chunk for chunk in stream if chunk.choices]
    reasons = [chunk.choices[0].finish_reason for chunk in chunks]
    assert [bool(reason) for reason in reasons] == [False] * (len(chunks) - 1) + [True]
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks), str(reasons[-1])


def whole_responses(doors: Doors, text: str, **more: Any) -> tuple[str, str]:
    answer = doors.openai().responses.create(model="echo", input=text, extra_headers=_header(more))
    return answer.output_text, _ended(answer)


def streamed_responses(doors: Doors, text: str, **more: Any) -> tuple[str, str]:
    stream = doors.openai().responses.create(
        model="echo", input=text, extra_headers=_header(more), stream=True
    )
    events: list[Any] = list(stream)
    said = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert events[-1].response.output_text == said
    assert events[-1].type in ("response.completed", "response.incomplete")
    return said, _ended(events[-1].response)


def _ended(answer: Any) -> str:
    return str(answer.incomplete_details.reason if answer.incomplete_details else answer.status)


def whole_messages(doors: Doors, text: str, **more: Any) -> tuple[str, str]:
    answer: Any = doors.anthropic().messages.create(
        model="echo", max_tokens=1_000, messages=plain(text), extra_headers=_header(more)
    )
    return answer.content[0].text, answer.stop_reason


def streamed_messages(doors: Doors, text: str, **more: Any) -> tuple[str, str]:
    with doors.anthropic().messages.stream(
        model="echo", max_tokens=1_000, messages=plain(text), extra_headers=_header(more)
    ) as stream:
        said = "".join(stream.text_stream)
        final = stream.get_final_message()
    return said, str(final.stop_reason)


Way = Callable[..., tuple[str, str]]
WAYS: dict[Way, tuple[str, str]] = {
    whole_converse: ("end_turn", "guardrail_intervened"),
    streamed_converse: ("end_turn", "guardrail_intervened"),
    whole_invoke: ("end_turn", "refusal"),
    streamed_invoke: ("end_turn", "refusal"),
    whole_chat: ("stop", "content_filter"),
    streamed_chat: ("stop", "content_filter"),
    whole_responses: ("completed", "content_filter"),
    streamed_responses: ("completed", "content_filter"),
    whole_messages: ("end_turn", "refusal"),
    streamed_messages: ("end_turn", "refusal"),
}
ways = pytest.mark.parametrize(("way", "ends"), WAYS.items(), ids=lambda it: getattr(it, "__name__", ""))


@ways
def test_what_is_masked_does_not_reach_the_model(doors: Doors, way: Way, ends: tuple[str, str]) -> None:
    assert way(doors, ADDRESS) == (f"Simulated: {MASKED}", ends[0])


@ways
def test_an_input_that_is_stopped_has_an_answer_that_ends_well(
    doors: Doors, way: Way, ends: tuple[str, str]
) -> None:
    assert way(doors, "Well, darn it.") == ("The house stops this.", ends[1])
    entry = doors.last("call")
    assert (entry["status"], entry["charge"], entry["usage"]) == ("blocked", "0", {})


@ways
def test_a_request_adds_a_guardrail_and_the_strictest_word_holds(
    doors: Doors, way: Way, ends: tuple[str, str]
) -> None:
    assert way(doors, ADDRESS, guardrail="strict") == ("No addresses.", ends[1])
    entry = doors.last("call")
    assert entry["guardrails"] == {"guardrail/house@1": "organisation", "guardrail/strict": "request"}
    [email] = [each for each in entry["findings"] if each["type"] == "EMAIL"]
    assert email["guardrails"] == {"guardrail/house@1": "anonymize", "guardrail/strict": "block"}


@ways
def test_an_answer_that_is_stopped_ends_well(doors: Doors, way: Way, ends: tuple[str, str]) -> None:
    said, reason = way(doors, THUNDER, guardrail="answers")
    assert said.endswith("No thunder.")
    assert "three" not in said
    assert "thunder " not in said
    assert reason == ends[1]
    entry = doors.last("call")
    assert entry["status"] == "blocked"
    assert float(entry["charge"]) > 0


@ways
def test_a_guardrail_that_is_not_there_is_refused(doors: Doors, way: Way, ends: tuple[str, str]) -> None:
    with pytest.raises(Exception, match="nobody") as raised:
        way(doors, "hello", guardrail="nobody")
    response = getattr(raised.value, "response", None)
    status = (
        response["ResponseMetadata"]["HTTPStatusCode"]
        if isinstance(response, dict)
        else getattr(response, "status_code", 0)
    )
    assert status == 400
    assert doors.last("refusal")["decision"]["rule"] == "unknown-guardrail"


def test_a_header_that_names_no_guardrail_is_refused_and_not_passed_over(doors: Doors) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        whole_chat(doors, "hello", guardrail="no guardrail!")
    assert raised.value.code == "invalid-field"
    assert raised.value.param == "x-remit-guardrail"


def test_a_stage_that_is_pinned_wants_a_version_of_its_layers_and_not_of_a_request(doors: Doors) -> None:
    with pytest.raises(openai.PermissionDeniedError) as raised:
        doors.openai("launched").chat.completions.create(model="echo", messages=plain("hello"))
    assert raised.value.code == "guardrail-not-pinned"
    bedrock = doors.bedrock("launched")
    with pytest.raises(bedrock.exceptions.AccessDeniedException, match="without a version"):
        applied(bedrock, "hello")


# ── traces ──


def traced(doors: Doors, text: str, trace: str = "enabled", name: str = "answers", **more: Any) -> Any:
    config = {"guardrailIdentifier": name, "guardrailVersion": "DRAFT", "trace": trace, **more}
    answer = doors.bedrock().converse(modelId="echo", messages=asked(text), guardrailConfig=config)
    return answer["trace"]["guardrail"]


def test_a_trace_says_what_was_found_on_either_side_and_not_the_words(doors: Doors) -> None:
    found = traced(doors, f"{ADDRESS} {THUNDER}")
    assert found["actionReason"] == "Guardrail blocked."
    assert found["inputAssessment"].keys() == found["outputAssessments"].keys() == {"house@1", "answers"}
    [email] = found["inputAssessment"]["house@1"]["sensitiveInformationPolicy"]["piiEntities"]
    assert email == {"match": "", "type": "EMAIL", "action": "ANONYMIZED", "detected": True}
    [output] = found["outputAssessments"]["answers"]
    assert output["wordPolicy"]["customWords"] == [{"match": "", "action": "BLOCKED", "detected": True}]
    assert "ada" not in json.dumps(found)
    assert "thunder" not in json.dumps(found)


def test_a_full_trace_says_what_was_not_found(doors: Doors) -> None:
    found = traced(doors, "A sunny day.", "enabled_full", "noting")
    assert found["actionReason"] == "No action."
    [hate] = found["inputAssessment"]["noting"]["contentPolicy"]["filters"]
    assert (hate["type"], hate["detected"]) == ("HATE", False)


def test_who_names_no_guardrail_may_have_those_of_the_remit_traced(doors: Doors) -> None:
    config = {"trace": "enabled"}
    answer = doors.bedrock().converse(modelId="echo", messages=asked(ADDRESS), guardrailConfig=config)
    assert answer["trace"]["guardrail"]["inputAssessment"].keys() == {"house@1"}


def test_a_stream_is_traced_in_its_last_event(doors: Doors) -> None:
    config = {"guardrailIdentifier": "answers", "guardrailVersion": "DRAFT", "trace": "enabled"}
    answer = doors.bedrock().converse_stream(modelId="echo", messages=asked(THUNDER), guardrailConfig=config)
    with closing(answer["stream"]) as stream:
        events = list(stream)
    [output] = events[-1]["metadata"]["trace"]["guardrail"]["outputAssessments"]["answers"]
    assert output["wordPolicy"]["customWords"][0]["action"] == "BLOCKED"


def test_a_body_of_invoke_is_traced(doors: Doors) -> None:
    asked_for = _invoked(THUNDER, {"guardrail": "answers"}) | {"trace": "ENABLED"}
    answer = json.loads(doors.bedrock().invoke_model(**asked_for)["body"].read())
    assert answer["amazon-bedrock-guardrailAction"] == "INTERVENED"
    [output] = answer["amazon-bedrock-trace"]["guardrail"]["outputs"][1].values()
    assert output["wordPolicy"]["customWords"][0]["action"] == "BLOCKED"


# ── streams ──


@pytest.mark.parametrize(
    ("mode", "said"),
    [({}, "Simulated: one one"), ({"streamProcessingMode": "sync"}, "No thunder.")],
)
def test_a_caller_may_have_nothing_leave_before_it_was_read(doors: Doors, mode: Any, said: str) -> None:
    config = {"guardrailIdentifier": "answers", "guardrailVersion": "DRAFT", **mode}
    bedrock = doors.bedrock()
    long = f"{'one ' * 30}{THUNDER}"
    answer = bedrock.converse_stream(modelId="echo", messages=asked(long), guardrailConfig=config)
    with closing(answer["stream"]) as stream:
        text = "".join(
            each["contentBlockDelta"]["delta"]["text"] for each in stream if "contentBlockDelta" in each
        )
    assert text.startswith(said)
    assert text.endswith("No thunder.")


# ── marks ──


def test_a_source_that_is_marked_is_read_as_one(doors: Doors) -> None:
    content = [
        {"guardContent": {"text": {"text": "Bees make honey.", "qualifiers": ["grounding_source"]}}},
        {"guardContent": {"text": {"text": "What do bees make?", "qualifiers": ["query"]}}},
        {"text": "Elephants sleep three hours a night in Botswana."},
    ]
    config = {"guardrailIdentifier": "grounded", "guardrailVersion": "DRAFT", "trace": "enabled"}
    answer = doors.bedrock().converse(
        modelId="echo", messages=[{"role": "user", "content": content}], guardrailConfig=config
    )
    assert answer["stopReason"] == "guardrail_intervened"
    assert answer["output"]["message"]["content"] == [{"text": "Nothing says so."}]
    [output] = answer["trace"]["guardrail"]["outputAssessments"]["grounded"]
    [score] = output["contextualGroundingPolicy"]["filters"]
    assert (score["type"], score["action"], score["threshold"]) == ("GROUNDING", "BLOCKED", 0.5)


# ── frameworks ──


@pytest.mark.parametrize("streaming", [False, True])
def test_strands_reads_from_the_trace_that_an_input_was_stopped(doors: Doors, streaming: bool) -> None:
    model = BedrockModel(
        boto_session=boto3.Session(region_name="eu-central-1", **doors.signed("pilot")),
        endpoint_url=doors.server.address,
        model_id="echo",
        guardrail_id="strict",
        guardrail_version="DRAFT",
        guardrail_latest_message=True,
        streaming=streaming,
    )
    agent = Agent(model=model, callback_handler=None)
    answer = agent(ADDRESS)
    assert answer.stop_reason == "guardrail_intervened"
    assert str(answer).strip() == "No addresses."
    # It takes out of the conversation what a guardrail stopped.
    assert agent.messages[0]["content"] == [{"text": "[User input redacted.]"}]


def test_langchain_names_a_guardrail(doors: Doors) -> None:
    model = ChatBedrockConverse(
        model_id="echo",
        provider="anthropic",
        client=doors.bedrock(),
        region_name="eu-central-1",
        guardrail_config={"guardrailIdentifier": "answers", "guardrailVersion": "DRAFT", "trace": "enabled"},
    )
    answer = model.invoke(THUNDER)
    assert answer.text == "No thunder."
    assert answer.response_metadata["stopReason"] == "guardrail_intervened"
    assert "".join(str(chunk.text) for chunk in model.stream(THUNDER)).endswith("No thunder.")
