"""Spans say what the entries say, in OTLP's own messages, and nothing that is no one else's business."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otlp_bodies import a_call as call
from otlp_bodies import read_traces, said
from remit.enforce.decision import deny
from remit.enforce.guardrail.noted import Noted
from remit.kernel.usage import Usage
from remit.record.call_entry import Attempt, Call, GuardrailCheck, Origin, Refusal
from remit.record.entry import Entry
from remit.report import otlp
from remit.report.attributes import CALL, CHECK, FINDING, REFUSAL
from remit.report.spans import spans
from strategies import MOMENT, calls, guardrail_checks, holds, marks, refusals

SEED = b"s" * 32
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"


def sent(*entries: Entry) -> list[Any]:
    """Read spans as whoever receives them does."""
    made = spans(entries, providers={"cloud": "bedrock"}, seed=SEED)  # type: ignore[arg-type]  # any of them
    body = msgspec.json.encode(otlp.traces(made, version="1", organisation="House"))
    [resource] = read_traces(body).resource_spans
    assert said(resource.resource.attributes)["service.name"] == "remit"
    assert said(resource.resource.attributes)["remit.organisation"] == "House"
    return list(resource.scope_spans[0].spans)


def test_a_call_is_a_span_of_a_client_with_the_conventions_names() -> None:
    [span] = sent(call())
    assert (span.name, span.kind, span.status.code) == ("chat large", 3, 0)
    assert span.start_time_unix_nano == int(MOMENT.timestamp()) * 10**9
    assert span.end_time_unix_nano - span.start_time_unix_nano == 1_500_000_000
    found = said(span.attributes)
    assert found["gen_ai.operation.name"] == "chat"
    assert found["gen_ai.provider.name"] == "aws.bedrock"
    assert found["gen_ai.request.model"] == "large"
    assert found["gen_ai.response.model"] == "large-2026-01"
    assert found["gen_ai.request.stream"] is True
    assert found["gen_ai.response.time_to_first_chunk"] == 0.25
    assert found["gen_ai.response.finish_reasons"] == ("tool_call",)
    assert found["remit.use_case"] == "triage"
    assert found["remit.charge"] == 0.25
    assert found["remit.currency"] == "EUR"
    assert found["remit.operating_model.version"] == 7


def test_input_tokens_are_all_that_were_read_those_of_the_cache_among_them() -> None:
    usage = Usage(
        100, 30, cache_read_tokens=40, cache_write_tokens=5, cache_write_1h_tokens=3, reasoning_tokens=9
    )
    found = said(sent(call(usage=usage))[0].attributes)
    assert found["gen_ai.usage.input_tokens"] == 148
    assert found["gen_ai.usage.cache_read.input_tokens"] == 40
    assert found["gen_ai.usage.cache_creation.input_tokens"] == 8
    assert found["gen_ai.usage.output_tokens"] == 30
    assert found["gen_ai.usage.reasoning.output_tokens"] == 9


def test_a_call_stands_in_the_trace_that_its_caller_names_below_its_span() -> None:
    [span] = sent(call(origin=Origin(trace=TRACEPARENT)))
    assert span.trace_id.hex() == TRACE
    assert span.parent_span_id.hex() == PARENT
    assert span.flags == 0x301


def test_a_trace_that_is_malformed_is_none() -> None:
    [span] = sent(call(origin=Origin(trace="00-nonsense")))
    assert span.parent_span_id == b""
    assert span.flags == 0x101


def test_calls_of_one_run_share_a_trace_and_those_of_another_use_case_do_not() -> None:
    other = msgspec.structs.replace(call().purpose, use_case="letters")
    first, second, third, fourth = sent(
        call(origin=Origin(run="run-1")),
        call(id="c2", origin=Origin(run="run-1")),
        call(id="c3", origin=Origin(run="run-1"), purpose=other),
        call(id="c4"),
    )
    assert first.trace_id == second.trace_id
    assert len({first.trace_id, third.trace_id, fourth.trace_id}) == 3
    assert len({span.span_id for span in (first, second, third, fourth)}) == 4


def test_what_was_asked_beside_a_call_stands_below_it() -> None:
    first, beside, judge = sent(call(), call(id="c2", hedge_of="c1"), call(id="c3", judges="c1"))
    assert beside.parent_span_id == judge.parent_span_id == first.span_id
    assert beside.trace_id == judge.trace_id == first.trace_id


def test_a_span_that_is_made_again_is_the_same_and_another_installation_makes_another() -> None:
    assert sent(call()) == sent(call())
    [other] = spans([call()], providers={}, seed=b"t" * 32)
    assert other["spanId"] != sent(call())[0].span_id.hex()
    assert other["traceId"] != sent(call())[0].trace_id.hex()


@pytest.mark.parametrize(
    ("status", "fault", "code", "error"),
    [
        ("completed", None, 0, None),
        ("hung_up", None, 0, None),
        ("blocked", None, 0, None),
        ("failed", "provider-timeout", 2, "provider-timeout"),
        ("interrupted", None, 2, "interrupted"),
    ],
)
def test_only_what_failed_is_an_error(status: Any, fault: Any, code: int, error: Any) -> None:
    [span] = sent(call(status=status, fault=fault))
    assert span.status.code == code
    assert span.status.message == ""
    found = said(span.attributes)
    assert found.get("error.type") == error
    assert found["remit.status"] == status


def test_tries_that_failed_and_findings_are_events() -> None:
    finding = Noted(
        side="input", policy="sensitive", type="EMAIL", trust="person", action="anonymize", count=2,
        guardrails={"guardrail/base@1": "anonymize"}, marks=("keyed-hash",),
    )  # fmt: skip
    tried = Attempt(model="model/small", provider="near", fault="provider-busy", took_ms=200)
    [span] = sent(call(attempts=(tried,), findings=(finding,)))
    attempt, found = span.events
    assert (attempt.name, found.name) == ("remit.attempt", "remit.guardrail.finding")
    assert attempt.time_unix_nano - span.start_time_unix_nano == 200_000_000
    assert said(attempt.attributes) == {
        "remit.model": "model/small",
        "remit.provider": "near",
        "error.type": "provider-busy",
    }
    assert said(found.attributes)["remit.guardrail.type"] == "EMAIL"
    assert said(found.attributes)["remit.guardrail.count"] == 2
    assert said(span.attributes)["remit.guardrail.action"] == "anonymize"
    assert said(span.attributes)["remit.guardrail.findings"] == 2


def test_a_refusal_says_which_rule_and_not_whose_address_to_write_to() -> None:
    decision = deny(
        "no-budget", "a summary", help="write there", layer="unit/claims", owner="lead@example.com"
    )
    [span] = sent(Refusal(id="r1", at=MOMENT, decision=decision, purpose=call().purpose))
    assert (span.name, span.kind, span.status.code) == ("refuse no-budget", 1, 2)
    assert span.start_time_unix_nano == span.end_time_unix_nano
    found = said(span.attributes)
    assert found["remit.decision.rule"] == found["error.type"] == "no-budget"
    assert found["remit.decision.layer"] == "unit/claims"
    assert b"lead@example.com" not in span.SerializeToString()


def test_a_refusal_of_nobody_in_particular_has_no_use_case() -> None:
    decision = deny("unknown-key", "s", help="h", layer="", owner="")
    [span] = sent(Refusal(id="r1", at=MOMENT, decision=decision, repeated=7))
    found = said(span.attributes)
    assert "remit.use_case" not in found
    assert found["remit.repeated"] == 7


@given(
    st.lists(calls | refusals | guardrail_checks, max_size=4),
    st.lists(holds | marks, max_size=2),
)
def test_whatever_was_recorded_is_a_span_that_others_can_read(told: list[Any], untold: list[Any]) -> None:
    made = spans([*told, *untold], providers={}, seed=SEED)
    assert len(made) == len(told)
    read = read_traces(msgspec.json.encode(otlp.traces(made, version="1", organisation="")))
    for entry, span in zip(told, read.resource_spans[0].scope_spans[0].spans, strict=True):
        assert span.end_time_unix_nano >= span.start_time_unix_nano
        assert said(span.attributes)["remit.call.id"] == entry.id


PRIVATE = "not-for-others"


@given(calls | guardrail_checks)
def test_no_span_tells_whom_a_call_was_for_or_words_that_its_caller_chose(
    entry: Call | GuardrailCheck,
) -> None:
    purpose = msgspec.structs.replace(entry.purpose, user=PRIVATE)
    changes: dict[str, Any] = {"purpose": purpose, "reference": PRIVATE}
    if isinstance(entry, Call):
        digests = Origin(run=PRIVATE, asked_digest=PRIVATE, prefix=PRIVATE)
        changes |= {"origin": digests, "given_digest": PRIVATE, "accounts": (PRIVATE,)}
    made = spans([msgspec.structs.replace(entry, **changes)], providers={}, seed=SEED)
    assert PRIVATE.encode() not in msgspec.json.encode(made)


def test_no_name_stands_twice_in_a_table() -> None:
    for table in (CALL, REFUSAL, CHECK, FINDING):
        names = [each.name for each in table]
        assert len(names) == len(set(names))


def test_a_charge_is_near_its_exact_amount() -> None:
    [span] = sent(call(charge=Decimal("0.000123456789")))
    assert said(span.attributes)["remit.charge"] == pytest.approx(0.000123456789)
