"""Bedrock's `ApplyGuardrail` as its callers write and read it: what is read, refused and answered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_bodies import SERVICE, faults
from remit.declare.guardrail import GuardrailPolicies
from remit.enforce.decision import deny
from remit.enforce.guardrail.assess import Read, Said, Units, missed
from remit.enforce.guardrail.screen import Guard, Screening
from remit.enforce.guardrail.trust import Span
from remit.gateway.bedrock_assessment import ENTITIES
from remit.gateway.bedrock_guardrail import (
    BODY_BYTES,
    CONTENT_MAX,
    SERVED,
    Given,
    decode,
    failure,
    route,
    written,
)
from remit.gateway.wire import Failure
from remit.operations.apply_guardrail import Applied, Assessed
from remit.operations.refused import Refused

APPLY = SERVICE.operation_model("ApplyGuardrail")
TEXT = {"text": {"text": "hello"}}
IMAGE = {"image": {"format": "png", "source": {"bytes": "eA=="}}}


def read(source: str = "INPUT", *content: Any, **fields: Any) -> Given | Failure:
    body = {"source": source, "content": list(content) or [TEXT]} | fields
    return decode(json.dumps(body).encode(), "baseline", "1")


def ask(source: str, *content: Any, **fields: Any) -> Given:
    found = read(source, *content, **fields)
    assert isinstance(found, Given), found
    return found


def marked(text: str, *qualifiers: str) -> dict[str, Any]:
    return {"text": {"text": text, "qualifiers": list(qualifiers)}}


def test_every_member_of_the_service_model_is_served() -> None:
    members = set(APPLY.input_shape.members) - {"guardrailIdentifier", "guardrailVersion"}
    assert members == SERVED


def test_the_types_of_personal_data_are_those_of_the_service_model() -> None:
    assert set(SERVICE.shape_for("GuardrailPiiEntityType").enum) == ENTITIES


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/guardrail/baseline/version/2/apply", ("baseline", "2")),
        ("/guardrail/guardrail%2Fbaseline/version/DRAFT/apply", ("guardrail/baseline", "DRAFT")),
        ("/guardrail/baseline/version/2", None),
        ("/guardrail/baseline/version/2/apply/", None),
        ("/guardrail//version/2/apply", None),
        ("/model/baseline/converse", None),
    ],
)
def test_a_path_names_a_guardrail_and_its_version(path: str, found: tuple[str, str] | None) -> None:
    assert route(path) == found


def test_who_speaks_is_told_by_the_source_and_the_marks() -> None:
    content = (
        marked("a source", "grounding_source"),
        marked("why?", "query"),
        marked("guarded", "guard_content"),
        TEXT,
        marked("a source, guarded", "grounding_source", "guard_content"),
    )
    found = ask("INPUT", *content).check
    assert (found.guardrails, found.side) == (("guardrail/baseline@1",), "input")
    assert found.spans == (
        Span("a source", "retrieved"),
        Span("why?", "query"),
        Span("guarded", "person"),
        Span("hello", "person"),
        Span("a source, guarded", "retrieved"),
    )
    assert (found.sources, found.query) == ((), "")


def test_of_an_output_the_sources_are_what_it_rests_on() -> None:
    content = (
        marked("a source", "grounding_source"),
        marked("why?", "query"),
        TEXT,
        marked("b source", "grounding_source", "guard_content"),
    )
    found = ask("OUTPUT", *content).check
    assert found.spans == (Span("hello", "answer"), Span("b source", "retrieved"))
    assert (found.sources, found.query) == (("a source", "b source"), "why?")


def test_what_was_not_found_is_told_to_who_asks_for_all() -> None:
    assert [ask("INPUT", outputScope=scope).check.full for scope in ("INTERVENTIONS", "FULL")] == [
        False,
        True,
    ]


def test_images_are_counted_and_not_read() -> None:
    found = ask("INPUT", TEXT, IMAGE, IMAGE)
    assert (found.images, len(found.check.spans)) == (2, 1)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"source": "BOTH"}, "source"),
        ({"content": []}, "content"),
        ({"content": [TEXT] * (CONTENT_MAX + 1)}, "content"),
        ({"content": [{}]}, "content[0]"),
        ({"content": [TEXT | IMAGE]}, "content[0]"),
        ({"content": [marked("a", "secret")]}, "content[0].text.qualifiers[0]"),
        ({"content": [{"image": {"format": "gif", "source": {}}}]}, "content[0].image.format"),
        ({"source": "OUTPUT", "content": [marked("a", "query")]}, "content"),
        ({"outputScope": "SOME"}, "outputScope"),
        ({"tier": "STANDARD"}, "tier"),
    ],
)
def test_what_is_wrong_is_named(fields: Any, param: str) -> None:
    found = read(**{"source": "INPUT"} | fields)
    assert isinstance(found, Failure)
    assert (found.status, found.param) == (400, param)


def test_a_body_has_a_bound() -> None:
    body = json.dumps({"source": "INPUT", "content": [marked("a" * BODY_BYTES)]}).encode()
    found = decode(body, "baseline", "1")
    assert isinstance(found, Failure)
    assert (found.status, found.code) == (413, "body-too-large")


@pytest.mark.parametrize(
    ("identifier", "version", "param"),
    [("No!", "1", "guardrailIdentifier"), ("baseline", "one", "guardrailVersion")],
)
def test_a_path_that_names_none_is_refused(identifier: str, version: str, param: str) -> None:
    found = decode(b"{}", identifier, version)
    assert isinstance(found, Failure)
    assert found.param == param


def test_a_guardrail_that_is_not_there_is_not_found() -> None:
    no = deny("unknown-guardrail", "none", help="name one", layer="request", owner="a@example.com")
    assert failure(Refused("01", no)).status == 404
    stage = deny("stage-allows-no-calls", "no", help="pass", layer="stage", owner="a@example.com")
    assert failure(Refused("01", stage)).status == 403


GUARD = Guard(
    "guardrail/baseline",
    "unit/desk",
    "risk@example.com",
    GuardrailPolicies.model_validate(
        {
            "content": {"HATE": "medium", "PROMPT_ATTACK": "high"},
            "topics": {"tax": {"definition": "Advice on taxes."}},
            "words": {"listed": ["darn"], "profanity": True},
            "sensitive": {"EMAIL": "anonymize", "NL_CITIZEN_SERVICE_NUMBER": "block", "PHONE": "none"},
            "patterns": {"claim-number": {"pattern": "c-[0-9]+"}},
            "grounding": "0.7",
        }
    ),
)


def said(policy: Any, type: str, action: Any, **more: Any) -> Said:
    return Said(side="input", policy=policy, type=type, action=action, **more)


SAID = (
    said("content", "HATE", "none", confidence="low"),
    said("content", "HATE", "block", confidence="medium"),
    said("topic", "tax", "block"),
    said("word", "WORD", "block", match="Darn"),
    said("word", "PROFANITY", "none", match="damn"),
    said("sensitive", "EMAIL", "anonymize", match="a@example.com"),
    said("sensitive", "EMAIL", "anonymize", match="a@example.com"),
    said("sensitive", "NL_CITIZEN_SERVICE_NUMBER", "block", match="111222333"),
    said("pattern", "claim-number", "anonymize", match="c-12"),
    said("custom", "TOXIC", "block", match="grr", kind="tone"),
    said("grounding", "GROUNDING", "block", score=0.41, threshold=0.7),
)


def answered(*said: Said, action: Any = "block", texts: tuple[str, ...] = ("Stopped.",)) -> Any:
    each = Assessed(GUARD, said, Read(Units(content=1, pattern=2), 900, 1_000))
    screening = Screening("input", (), action, texts)
    return json.loads(written(Applied("01", screening, texts, (each,), 3, frozenset()), images=1))


def test_an_answer_is_as_the_service_model_has_it() -> None:
    for answer in (answered(*SAID), answered(action="none"), answered(*missed(GUARD, "input", ()))):
        assert faults(APPLY.output_shape, answer) == ""


def test_what_was_found_stands_under_its_policy() -> None:
    [found] = answered(*SAID)["assessments"]
    assert found["contentPolicy"]["filters"] == [
        {
            "type": "HATE",
            "confidence": "MEDIUM",
            "filterStrength": "MEDIUM",
            "action": "BLOCKED",
            "detected": True,
        }
    ]
    assert found["topicPolicy"]["topics"] == [
        {"name": "tax", "type": "DENY", "action": "BLOCKED", "detected": True}
    ]
    assert found["wordPolicy"] == {
        "customWords": [{"match": "Darn", "action": "BLOCKED", "detected": True}],
        "managedWordLists": [{"match": "damn", "type": "PROFANITY", "action": "NONE", "detected": True}],
    }
    assert found["sensitiveInformationPolicy"] == {
        "piiEntities": [
            {"match": "a@example.com", "type": "EMAIL", "action": "ANONYMIZED", "detected": True}
        ],
        "regexes": [
            {
                "name": "NL_CITIZEN_SERVICE_NUMBER",
                "match": "111222333",
                "action": "BLOCKED",
                "detected": True,
            },
            {
                "name": "claim-number",
                "match": "c-12",
                "regex": "c-[0-9]+",
                "action": "ANONYMIZED",
                "detected": True,
            },
            {"name": "tone/TOXIC", "match": "grr", "action": "BLOCKED", "detected": True},
        ],
    }
    assert found["contextualGroundingPolicy"]["filters"] == [
        {"type": "GROUNDING", "threshold": 0.7, "score": 0.41, "action": "BLOCKED", "detected": True}
    ]


def test_a_policy_that_found_nothing_is_not_there() -> None:
    [found] = answered(action="none")["assessments"]
    assert found.keys() == {"invocationMetrics", "appliedGuardrailDetails"}
    assert found["appliedGuardrailDetails"]["guardrailOrigin"] == ["ACCOUNT_ENFORCED"]
    assert found["appliedGuardrailDetails"]["guardrailVersion"] == "DRAFT"


def test_what_was_done_is_said_first() -> None:
    for action, done, reason, outputs in (
        ("block", "GUARDRAIL_INTERVENED", "Guardrail blocked.", [{"text": "Stopped."}]),
        ("anonymize", "GUARDRAIL_INTERVENED", "Guardrail masked.", [{"text": "Stopped."}]),
        ("none", "NONE", "No action.", []),
    ):
        answer = answered(action=action)
        assert (answer["action"], answer["actionReason"], answer["outputs"]) == (done, reason, outputs)


def test_usage_and_coverage_are_told() -> None:
    answer = answered()
    assert answer["usage"]["contentPolicyUnits"] == 1
    assert answer["usage"]["sensitiveInformationPolicyFreeUnits"] == 2
    assert answer["guardrailCoverage"] == {
        "textCharacters": {"guarded": 900, "total": 1_000},
        "images": {"guarded": 0, "total": 1},
    }
    assert answer["assessments"][0]["invocationMetrics"] == {
        "guardrailProcessingLatency": 3,
        "usage": answer["usage"],
        "guardrailCoverage": answer["guardrailCoverage"],
    }


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(("source", "content", "text", "qualifiers", "image", "a")), inner
            )
        ),
        max_leaves=10,
    ).map(lambda value: json.dumps(value).encode()),
    st.text(max_size=20),
    st.text(max_size=5),
)
def test_whatever_is_sent_is_read_or_refused(body: bytes, identifier: str, version: str) -> None:
    for name, number in ((identifier, version), ("baseline", "1")):
        found = decode(body, name, number)
        assert isinstance(found, Given) or found.status in (400, 413)


def test_half_of_a_character_is_refused() -> None:
    found = decode(b'{"source":"INPUT","content":[{"text":{"text":"\\ud800"}}]}', "baseline", "1")
    assert isinstance(found, Failure)
    assert found.code == "invalid-json"
