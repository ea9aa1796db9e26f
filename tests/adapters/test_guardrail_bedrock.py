"""A guardrail of Amazon Bedrock, asked of a server that holds to the service's published shapes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import botocore.validate  # type: ignore[import-untyped]  # botocore states no types
import pytest
from botocore.session import Session  # type: ignore[import-untyped]  # as above

from remit.adapters.aws_credentials import SetKeys
from remit.adapters.guardrail_bedrock import FINDINGS_MAX, BedrockJudge
from remit.enforce.guardrail.remark import Inquiry, Remark
from remit.gateway import sigv4
from remit.kernel.errors import RemitError
from threaded import threaded

REGION = "eu-central-1"
NO_UNITS = dict.fromkeys(
    (
        *("topicPolicyUnits", "contentPolicyUnits", "wordPolicyUnits", "sensitiveInformationPolicyUnits"),
        *("sensitiveInformationPolicyFreeUnits", "contextualGroundingPolicyUnits"),
    ),
    0,
)


@cache
def operation() -> Any:
    return Session().get_service_model("bedrock-runtime").operation_model("ApplyGuardrail")


def shape_faults(value: object, shape: Any) -> str:
    """Hold a value against a published shape; unlike botocore's clients, take no field that it has not."""
    report = botocore.validate.ParamValidator().validate(value, shape)
    return str(report.generate_report())


@dataclass
class Bedrock:
    """What was asked of it."""

    address: str = ""
    asked: list[sigv4.SignedRequest] = field(default_factory=list)


@contextmanager
def bedrock(answer: Callable[[list[str]], dict[str, Any]], status: int = 200) -> Iterator[Bedrock]:
    upstream = Bedrock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            upstream.asked.append(sigv4.SignedRequest("POST", self.path, "", headers, body))
            given = json.loads(body)
            where = {"guardrailIdentifier": "abc123", "guardrailVersion": "4"}
            assert shape_faults(given | where, operation().input_shape) == ""
            told = answer([each["text"]["text"] for each in given["content"]])
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with threaded(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as address:
        upstream.address = address
        yield upstream


def applied(*assessments: dict[str, Any], intervened: bool = True, outputs: list[str] | None = None) -> Any:
    """Give an answer of `ApplyGuardrail`'s shape."""
    told = {
        "usage": NO_UNITS,
        "action": "GUARDRAIL_INTERVENED" if intervened else "NONE",
        "outputs": [{"text": text} for text in outputs or []],
        "assessments": list(assessments),
    }
    assert shape_faults(told, operation().output_shape) == ""
    return told


def judged(upstream: Bedrock, *texts: str, guardrail: str = "abc123/4", **access: Any) -> list[list[Remark]]:
    async def ask() -> list[list[Remark]]:
        access.setdefault("api_key", None if "credentials" in access else "a-key")
        judge = BedrockJudge(guardrail, upstream.address, region=REGION, **access)
        try:
            said = await judge.judge(texts, Inquiry("input", "guardrail/one@1", "triage", "claims", 60))
            return [list(of_text) for of_text in said]
        finally:
            await judge.close()

    return asyncio.run(ask())


def told(said: list[list[Remark]]) -> list[list[tuple[str, int, int, str]]]:
    return [
        [(each.found.type, each.found.start, each.found.end, each.most) for each in of_text]
        for of_text in said
    ]


def entity(type: str, match: str, action: str = "ANONYMIZED", **more: Any) -> dict[str, Any]:
    return {"type": type, "match": match, "action": action} | more


def test_all_texts_are_sent_at_once_under_the_key() -> None:
    with bedrock(lambda texts: applied(intervened=False)) as upstream:
        assert told(judged(upstream, "one", "half \ud800")) == [[], []]
    [asked] = upstream.asked
    assert asked.path == "/guardrail/abc123/version/4/apply"
    assert json.loads(asked.body) == {
        "source": "INPUT",
        "content": [{"text": {"text": "one"}}, {"text": {"text": "half ?"}}],
    }
    assert asked.headers["authorization"] == "Bearer a-key"


def test_a_request_is_signed_also_where_an_arn_stands_in_its_path() -> None:
    arn = "arn:aws:bedrock:eu-central-1:123456789012:guardrail/abc123"
    with bedrock(lambda texts: applied(intervened=False)) as upstream:
        judged(upstream, "one", guardrail=f"{arn}/DRAFT", credentials=SetKeys("AKIA1:a/secret+="))
    [asked] = upstream.asked
    quoted = arn.replace(":", "%3A").replace("/", "%2F")
    assert asked.path == f"/guardrail/{quoted}/version/DRAFT/apply"
    found = sigv4.read(asked.headers["authorization"])
    assert found is not None
    assert found.service == "bedrock"
    assert sigv4.value_fault(found, asked, "a/secret+=") == ""


def test_what_is_masked_is_found_where_it_stands_in_each_text() -> None:
    policy = {
        "piiEntities": [
            entity("EMAIL", "ann@example.com"),
            entity("NAME", "Bo"),
            entity("AGE", "41", "NONE"),
        ],
        "regexes": [{"name": "order", "match": "PO-1", "regex": "PO-[0-9]", "action": "BLOCKED"}],
    }
    masked = ["{NAME} writes from {EMAIL}", "{order}, 41"]
    with bedrock(lambda texts: applied({"sensitiveInformationPolicy": policy}, outputs=masked)) as upstream:
        said = told(judged(upstream, "BO writes from ann@example.com", "PO-1, 41"))
    assert said == [
        [("EMAIL", 15, 30, "anonymize"), ("NAME", 0, 2, "anonymize")],
        [("AGE", 6, 8, "none"), ("ORDER", 0, 4, "block")],
    ]


def test_what_is_said_of_all_the_content_holds_for_every_text() -> None:
    assessment = {
        "topicPolicy": {"topics": [{"name": "Investment advice", "type": "DENY", "action": "BLOCKED"}]},
        "contentPolicy": {
            "filters": [
                {"type": "HATE", "confidence": "LOW", "filterStrength": "HIGH", "action": "BLOCKED"},
                {"type": "INSULTS", "confidence": "NONE", "action": "NONE", "detected": False},
            ]
        },
        "wordPolicy": {
            "customWords": [{"match": "fox", "action": "BLOCKED"}],
            "managedWordLists": [{"match": "darn", "type": "PROFANITY", "action": "NONE", "detected": True}],
        },
    }
    with bedrock(lambda texts: applied(assessment, outputs=["Sorry."])) as upstream:
        said = judged(upstream, "a Fox", "darn it")
    assert told(said) == [
        [("INVESTMENT_ADVICE", 0, 5, "block"), ("HATE", 0, 5, "block"), ("WORD", 2, 5, "block")],
        [("INVESTMENT_ADVICE", 0, 7, "block"), ("HATE", 0, 7, "block"), ("PROFANITY", 0, 4, "none")],
    ]
    assert [each.found.confidence for each in said[0]] == ["high", "low", "high"]


def test_a_match_that_stands_nowhere_means_every_text() -> None:
    policy = {"piiEntities": [entity("PHONE", "0171 23")], "regexes": []}
    with bedrock(lambda texts: applied({"sensitiveInformationPolicy": policy})) as upstream:
        assert told(judged(upstream, "a", "bc")) == [
            [("PHONE", 0, 1, "anonymize")],
            [("PHONE", 0, 2, "anonymize")],
        ]


def test_a_match_that_stands_everywhere_means_all_of_the_text() -> None:
    policy = {"piiEntities": [entity("AGE", "7")], "regexes": []}
    text = "7 " * (FINDINGS_MAX + 1)
    with bedrock(lambda texts: applied({"sensitiveInformationPolicy": policy})) as upstream:
        [said] = told(judged(upstream, text))
    assert len(said) == FINDINGS_MAX + 1
    assert said[-1] == ("AGE", 0, len(text), "anonymize")


def test_a_confidence_that_is_not_known_is_a_high_one() -> None:
    policy = {"filters": [{"type": "HATE", "confidence": "CERTAIN", "action": "BLOCKED"}]}
    answer = {"action": "GUARDRAIL_INTERVENED", "assessments": [{"contentPolicy": policy}]}
    with bedrock(lambda texts: answer) as upstream:
        [[said]] = judged(upstream, "abc")
    assert said.found.confidence == "high"


def test_one_that_steps_in_by_what_is_not_known_here_is_heeded() -> None:
    with bedrock(lambda texts: applied({"automatedReasoningPolicy": {"findings": []}})) as upstream:
        assert told(judged(upstream, "abc")) == [[("FOUND", 0, 3, "block")]]


def test_one_that_only_notes_stops_nothing() -> None:
    policy = {"piiEntities": [entity("EMAIL", "a@b.de", "NONE", detected=True)], "regexes": []}
    with bedrock(lambda texts: applied({"sensitiveInformationPolicy": policy}, intervened=False)) as upstream:
        assert told(judged(upstream, "a@b.de")) == [[("EMAIL", 0, 6, "none")]]


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (429, {"message": "a secret"}),
        (403, {"message": "a secret"}),
        (500, {}),
        (200, {"action": 1}),
        (200, {"action": "NONE", "assessments": [{"topicPolicy": {"topics": [{"name": "x"}]}}]}),
        (200, {"action": "NONE", "assessments": [" " * (4 << 20)]}),
    ],
)
def test_an_answer_that_is_none_is_no_word(status: int, answer: dict[str, Any]) -> None:
    with bedrock(lambda texts: answer, status) as upstream, pytest.raises(RemitError) as fault:
        judged(upstream, "one")
    assert "secret" not in f"{fault.value} {fault.value.help}"
