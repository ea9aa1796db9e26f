"""Metrics are read by Prometheus's own parsers, and are what the entries add up to."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families

from otlp_bodies import a_call as call
from remit.kernel.usage import Usage
from remit.record.call_entry import Call
from remit.record.tally import Tally
from remit.report.exposition import Family, Sample, exposition
from remit.report.follower_lag import FollowerLag
from remit.report.metrics import METRICS, Measured, families, held_of
from strategies import MOMENT, calls, guardrail_checks, refusals

FORMATS = (False, True)


def measured(*entries: Any, **changes: Any) -> Measured:
    tally = Tally()
    for entry in entries:
        tally.add(entry, "h")
    tally.latency = tally.over_all_days()
    fields: dict[str, Any] = {
        "version": "1.2",
        "model_version": 3,
        "tally": tally,
        "refused": {("triage", "no-budget"): 4},
        "held": held_of([("triage", "EUR", Decimal("0.1")), ("triage", "EUR", Decimal("0.2"))]),
        "journals": {"gateway": 1000},
        "unfolded": {"gateway": 10},
        "unsealed": {"gateway": 600},
        "followers": (FollowerLag("telemetry", 7, 900, MOMENT, "telemetry-unavailable", "away"),),
        "halted": False,
    }
    return Measured(**(fields | changes))


def read(found: Measured, *, openmetrics: bool) -> dict[str, Any]:
    """Read metrics with the parser of those who read them, by the name of the family."""
    text = exposition(families(found), openmetrics=openmetrics)
    parse = (
        openmetrics_parser.text_string_to_metric_families if openmetrics else text_string_to_metric_families
    )
    parsed: Iterable[Any] = parse(text)
    return {family.name.removesuffix("_total"): family for family in parsed}


def values(family: Any) -> dict[tuple[str, ...], float]:
    return {(sample.name, *sample.labels.values()): sample.value for sample in family.samples}


@pytest.mark.parametrize("openmetrics", FORMATS)
def test_every_metric_is_read_by_its_kind(openmetrics: bool) -> None:
    found = read(measured(call(), call(status="failed")), openmetrics=openmetrics)
    assert set(found) == {family.name for family, _ in METRICS}
    for family, _ in METRICS:
        assert found[family.name].type == family.kind
        assert found[family.name].documentation == family.says


@pytest.mark.parametrize("openmetrics", FORMATS)
def test_calls_tokens_and_charges_are_totals(openmetrics: bool) -> None:
    usage = Usage(
        10, 20, cache_read_tokens=30, cache_write_tokens=4, cache_write_1h_tokens=5, reasoning_tokens=6
    )
    entries = [
        call(usage=usage, charge=Decimal("0.1")),
        call(id="c2", usage=usage, charge=Decimal("0.2")),
        call(id="c3", usage=Usage(), status="failed", charge=Decimal(0)),
    ]
    found = read(measured(*entries), openmetrics=openmetrics)
    prefix = ("remit_calls_total", "triage", "claims", "model/large@2", "cloud")
    assert values(found["remit_calls"]) == {
        (*prefix, "completed", "false"): 2,
        (*prefix, "failed", "false"): 1,
    }
    tokens = {labels[4]: value for labels, value in values(found["remit_tokens"]).items()}
    assert tokens == {"input": 20, "cache_read": 60, "cache_write": 18, "output": 40}
    [(labels, charge)] = values(found["remit_charge"]).items()
    assert (labels[-2:], charge) == (("EUR", "false"), 0.3)


@pytest.mark.parametrize("openmetrics", FORMATS)
def test_how_things_stand_is_gauges(openmetrics: bool) -> None:
    found = read(measured(halted=True), openmetrics=openmetrics)
    assert values(found["remit_open_holds"]) == {("remit_open_holds", "triage", "EUR"): 2}
    assert values(found["remit_held"]) == {("remit_held", "triage", "EUR"): 0.3}
    assert values(found["remit_follower_entries_behind"]) == {
        ("remit_follower_entries_behind", "telemetry"): 7
    }
    assert values(found["remit_follower_waits"]) == {("remit_follower_waits", "telemetry"): 1}
    assert values(found["remit_journal_bytes"]) == {("remit_journal_bytes", "gateway"): 1000}
    assert values(found["remit_unfolded_bytes"]) == {("remit_unfolded_bytes", "gateway"): 10}
    assert values(found["remit_unsealed_bytes"]) == {("remit_unsealed_bytes", "gateway"): 600}
    assert values(found["remit_refusals"]) == {("remit_refusals_total", "triage", "no-budget"): 4}
    assert values(found["remit_halted"]) == {("remit_halted",): 1}
    assert values(found["remit_build_info"]) == {("remit_build_info", "1.2"): 1}


@pytest.mark.parametrize("openmetrics", FORMATS)
def test_a_histogram_adds_up_from_the_least_bucket_on(openmetrics: bool) -> None:
    entries = [call(latency_ms=ms) for ms in (5, 20, 25, 100_000)]
    found = read(measured(*entries), openmetrics=openmetrics)["remit_call_duration_seconds"]
    buckets = {each.labels["le"]: each.value for each in found.samples if each.name.endswith("_bucket")}
    assert (buckets["0.01"], buckets["0.02"], buckets["0.04"]) == (1, 2, 3)
    assert (buckets["81.92"], buckets["+Inf"]) == (3, 4)
    others = {each.name.rpartition("_")[2]: each.value for each in found.samples if "le" not in each.labels}
    assert others == {"sum": 100.05, "count": 4}


HOSTILE = 'a "quoted"\\back\nline'


@pytest.mark.parametrize("openmetrics", FORMATS)
def test_a_label_comes_out_as_it_went_in_whatever_is_in_it(openmetrics: bool) -> None:
    found = read(measured(journals={HOSTILE: 5}), openmetrics=openmetrics)
    assert values(found["remit_journal_bytes"]) == {("remit_journal_bytes", HOSTILE): 5}


@pytest.mark.parametrize("openmetrics", FORMATS)
def test_a_help_text_comes_out_as_it_went_in(openmetrics: bool) -> None:
    family = Family("one", "gauge", HOSTILE)
    text = exposition([(family, [Sample((), 1)])], openmetrics=openmetrics)
    parse = (
        openmetrics_parser.text_string_to_metric_families if openmetrics else text_string_to_metric_families
    )
    [parsed] = parse(text)
    assert parsed.documentation == HOSTILE


@given(st.lists(calls | refusals | guardrail_checks, max_size=6), st.booleans())
def test_whatever_was_recorded_can_be_read_and_no_call_is_left_out(
    entries: list[Any], openmetrics: bool
) -> None:
    found = read(measured(*entries), openmetrics=openmetrics)
    told = sum(isinstance(each, Call) for each in entries)
    assert sum(values(found["remit_calls"]).values()) == told
    counts = [
        each.value for each in found["remit_call_duration_seconds"].samples if each.name.endswith("_count")
    ]
    assert sum(counts) == told


def test_no_label_can_grow_without_bound() -> None:
    closed = {"status", "simulated", "kind", "side", "policy", "action", "rule"}
    declared = {"use_case", "unit", "model", "provider", "currency", "journal", "follower", "version"}
    assert {label for family, _ in METRICS for label in family.labels} <= closed | declared
