"""Metrics are what entries add up to, in the buckets that the conventions name."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from otlp_bodies import a_call as call
from otlp_bodies import read_metrics, said
from remit.enforce.decision import deny
from remit.enforce.guardrail.noted import Noted
from remit.kernel.usage import Usage
from remit.record.call_entry import Call, Origin, Refusal
from remit.report import otlp
from remit.report.measures import INSTRUMENTS, measures
from strategies import MOMENT, calls, guardrail_checks, holds, refusals

LATER = MOMENT + timedelta(seconds=5)


def sent(*entries: Any) -> dict[str, Any]:
    """Read metrics as whoever receives them does, by name."""
    made = measures(entries, providers={"cloud": "openai"}, since=MOMENT, until=LATER)
    read = read_metrics(msgspec.json.encode(otlp.metrics(made, version="1", organisation="House")))
    return {metric.name: metric for metric in read.resource_metrics[0].scope_metrics[0].metrics}


def points(metric: Any) -> list[tuple[dict[str, Any], Any]]:
    data = getattr(metric, metric.WhichOneof("data"))
    assert data.aggregation_temporality == 1, "delta"
    return [(said(point.attributes), point) for point in data.data_points]


def test_tokens_of_a_call_are_two_values_of_a_histogram() -> None:
    found = sent(call(usage=Usage(100, 30, cache_read_tokens=40)))
    metric = found["gen_ai.client.token.usage"]
    assert metric.unit == "{token}"
    values = {labels["gen_ai.token.type"]: point for labels, point in points(metric)}
    assert {kind: point.sum for kind, point in values.items()} == {"input": 140, "output": 30}
    assert list(values["input"].explicit_bounds) == [4**n for n in range(14)]
    assert list(values["input"].bucket_counts).index(1) == 4, "140 is above 64 and at most 256"
    labels = points(metric)[0][0]
    assert labels["gen_ai.provider.name"] == "openai"
    assert labels["gen_ai.request.model"] == "large"
    assert labels["remit.use_case"] == "triage"


def test_a_value_on_a_boundary_is_in_the_bucket_that_ends_there() -> None:
    found = sent(call(latency_ms=20), call(latency_ms=21), call(latency_ms=100_000))
    [(_, point)] = points(found["gen_ai.client.operation.duration"])
    counts = list(point.bucket_counts)
    assert (counts[1], counts[2], counts[-1]) == (1, 1, 1)
    assert (point.count, point.min, point.max) == (3, 0.02, 100)


def test_how_long_failed_calls_took_is_counted_apart_and_their_tokens_all_the_same() -> None:
    failed = call(status="failed", fault="provider-timeout", usage=Usage(), first_token_ms=None)
    found = sent(call(), failed)
    by_error = {
        labels.get("error.type"): point for labels, point in points(found["gen_ai.client.operation.duration"])
    }
    assert {error: point.count for error, point in by_error.items()} == {None: 1, "provider-timeout": 1}
    assert [point.count for _, point in points(found["gen_ai.client.token.usage"])] == [2, 2]


def test_time_to_the_first_token_is_of_answers_and_to_the_first_chunk_of_streams() -> None:
    found = sent(call(), call(streamed=False), call(first_token_ms=None), call(status="failed", fault="f"))
    assert points(found["gen_ai.server.time_to_first_token"])[0][1].count == 2
    assert points(found["gen_ai.client.operation.time_to_first_chunk"])[0][1].count == 1


def test_embeddings_have_no_tokens_that_were_written() -> None:
    found = sent(call(origin=Origin(operation="embeddings")))
    [(labels, _)] = points(found["gen_ai.client.token.usage"])
    assert labels["gen_ai.token.type"] == "input"
    assert labels["gen_ai.operation.name"] == "embeddings"


def test_charges_refusals_and_findings_are_sums() -> None:
    finding = Noted(side="input", policy="sensitive", type="EMAIL", trust="person", action="block", count=3)
    decision = deny("no-budget", "s", help="h", layer="", owner="")
    refused = Refusal(id="r", at=MOMENT, decision=decision, repeated=2, purpose=call().purpose)
    found = sent(call(charge=Decimal("0.1"), findings=(finding,)), call(charge=Decimal("0.2")), refused)
    [(labels, charge)] = points(found["remit.charge"])
    assert (labels["remit.currency"], charge.as_double) == ("EUR", 0.3)
    [(labels, count)] = points(found["remit.refusals"])
    assert (labels["remit.decision.rule"], count.as_int) == ("no-budget", 3)
    [(labels, count)] = points(found["remit.guardrail.findings"])
    assert (labels["remit.guardrail.action"], count.as_int) == ("block", 3)
    assert found["remit.charge"].sum.is_monotonic


def test_figures_hold_for_the_time_since_they_were_sent_last() -> None:
    [(_, point)] = points(sent(call())["gen_ai.client.operation.duration"])
    assert point.start_time_unix_nano == int(MOMENT.timestamp()) * 10**9
    assert point.time_unix_nano - point.start_time_unix_nano == 5 * 10**9


@given(st.lists(calls | refusals | guardrail_checks | holds, max_size=6))
def test_no_call_is_left_out_and_every_metric_is_one_that_is_documented(entries: list[Any]) -> None:
    found = sent(*entries)
    assert set(found) <= {each.name for each in INSTRUMENTS}
    told = [each for each in entries if isinstance(each, Call)]
    counted = [point.count for _, point in points(found["gen_ai.client.operation.duration"])] if told else []
    assert sum(counted) == len(told)
    for metric in found.values():
        for labels, point in points(metric):
            assert not {"remit.call.id", "remit.key", "gen_ai.response.model"} & labels.keys()
            if metric.WhichOneof("data") == "histogram":
                assert sum(point.bucket_counts) == point.count
                assert len(point.bucket_counts) == len(point.explicit_bounds) + 1
