"""Telemetry reaches a collector over HTTP, whatever the collector does, and none of it is left out."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from otlp_bodies import a_call as call
from otlp_bodies import said
from otlp_collector import TAKEN, Received, collecting
from remit.adapters.collector_otlp import OtlpCollector
from remit.bootstrap import open_system
from remit.kernel.errors import RemitError, TelemetryFailed
from remit.operations.export_telemetry import TelemetryFollower
from remit.operations.followers import begin, take_new
from remit.operations.system import GATEWAY, System
from remit.settings import read_settings


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with open_system(read_settings({"REMIT_HOME": str(tmp_path / "home")})) as system:
        yield system


@pytest.fixture
def collector() -> Iterator[Received]:
    with collecting() as received:
        yield received


def record(system: System, *ids: str) -> None:
    with system.journals.exclusive(GATEWAY) as journal:
        journal.append([call(id=id) for id in ids])


def follow(
    system: System, collector: Received, *, times: int = 1, path: str = "", **headers: str
) -> list[RemitError]:
    """Let telemetry follow the ledger so many times; returns what failed."""
    failed: list[RemitError] = []

    async def run() -> None:
        sender = OtlpCollector(collector.address + path, headers)
        follower = TelemetryFollower(system, sender)
        positions = begin(system, follower.name)
        try:
            for _ in range(times):
                try:
                    await take_new(system, follower, positions)
                except RemitError as error:
                    failed.append(error)
        finally:
            await sender.close()

    asyncio.run(run())
    return failed


def test_calls_arrive_as_spans_and_metrics_under_the_headers_that_are_set(
    system: System, collector: Received
) -> None:
    begin(system, "telemetry")
    record(system, "c1", "c2")
    assert follow(system, collector, authorization="Bearer secret") == []
    assert [path for path, _, _ in collector.requests] == ["/v1/traces", "/v1/metrics"]
    for _, headers, _ in collector.requests:
        assert headers["content-type"] == "application/json"
        assert headers["authorization"] == "Bearer secret"
    assert [said(span.attributes)["remit.call.id"] for span in collector.spans()] == ["c1", "c2"]
    assert "gen_ai.client.operation.duration" in {metric.name for metric in collector.metrics()}
    assert follow(system, collector) == []
    assert len(collector.requests) == 2, "what was taken is not sent again"


def test_an_endpoint_may_have_a_path(system: System, collector: Received) -> None:
    begin(system, "telemetry")
    record(system, "c1")
    follow(system, collector, path="/otlp")
    assert [path for path, _, _ in collector.requests] == ["/otlp/v1/traces", "/otlp/v1/metrics"]


@pytest.mark.parametrize("status", [400, 401, 429, 500, 502, 503, 504])
def test_what_a_collector_does_not_take_is_sent_again_until_it_does(
    system: System, collector: Received, status: int
) -> None:
    begin(system, "telemetry")
    record(system, "c1")
    collector.answers = [(status, {}, b"why"), TAKEN, (status, {}, b"why")]
    [first, second] = follow(system, collector, times=3)
    assert f"answered with status {status}" in first.summary
    assert (first.code, getattr(second, "retry_after_s", 0)) == ("telemetry-unavailable", None)
    spans = collector.spans()
    assert len(spans) == 2, "after the metrics failed, the spans went once more"
    assert spans[0] == spans[1]
    assert sum(metric.name == "gen_ai.client.operation.duration" for metric in collector.metrics()) == 1


def test_when_to_come_again_is_heard(system: System, collector: Received) -> None:
    begin(system, "telemetry")
    record(system, "c1")
    collector.answers = [(429, {"Retry-After": "17"}, b"")]
    [fault] = follow(system, collector)
    assert isinstance(fault, TelemetryFailed)
    assert fault.retry_after_s == 17


@pytest.mark.parametrize(
    "answer",
    [
        b'{"partialSuccess": {"rejectedSpans": "1", "errorMessage": "quotes what it should not"}}',
        b'{"partialSuccess": {"rejectedSpans": 1}}',
        b'{"partialSuccess": {"rejectedDataPoints": "1"}}',
    ],
)
def test_what_is_turned_down_for_good_is_said_in_the_log_and_not_sent_again(
    system: System, collector: Received, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    begin(system, "telemetry")
    record(system, "c1")
    collector.answers = [(200, {}, answer)]
    assert follow(system, collector, times=2) == []
    assert len(collector.requests) == 2
    assert "turned down 1 of what was sent to /v1/traces" in caplog.text
    assert "quotes" not in caplog.text


@pytest.mark.parametrize(
    "answer",
    [b"", b"ok", b"[]", b'{"partialSuccess": 7}', b"\xff", b'{"partialSuccess": {"rejectedSpans": "x"}}'],
)
def test_an_answer_that_says_nothing_is_taken_as_success(
    system: System, collector: Received, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    begin(system, "telemetry")
    record(system, "c1")
    collector.answers = [(200, {}, answer), (202, {}, answer)]
    assert follow(system, collector) == []
    assert "turned down" not in caplog.text


def test_what_is_too_large_is_sent_in_parts(system: System, collector: Received) -> None:
    begin(system, "telemetry")
    ids = [f"c{number}" for number in range(20)]
    record(system, *ids)
    collector.bytes_max = 10_000
    assert follow(system, collector) == []
    assert [said(span.attributes)["remit.call.id"] for span in collector.spans()] == ids
    assert len(collector.requests) > 3


def test_one_span_that_is_too_large_waits_and_is_seen(system: System, collector: Received) -> None:
    begin(system, "telemetry")
    record(system, "c1", "c2")
    collector.bytes_max = 10
    [fault] = follow(system, collector)
    assert "status 413" in fault.summary


def test_a_collector_that_is_away_loses_nothing(system: System) -> None:
    begin(system, "telemetry")
    record(system, "c1")
    with collecting() as gone:
        pass
    [fault] = follow(system, gone)
    assert fault.summary == "the collector of telemetry could not be reached"
    with collecting() as back:
        assert follow(system, back) == []
        assert len(back.spans()) == 1


def test_times_of_figures_follow_each_other(system: System, collector: Received) -> None:
    begin(system, "telemetry")

    async def run() -> None:
        sender = OtlpCollector(collector.address, {})
        follower = TelemetryFollower(system, sender)
        positions = begin(system, follower.name)
        for id in ("c1", "c2", "c3"):
            record(system, id)
            await take_new(system, follower, positions)
        await sender.close()

    asyncio.run(run())
    windows = [
        (point.start_time_unix_nano, point.time_unix_nano)
        for metric in collector.metrics()
        if metric.name == "gen_ai.client.operation.duration"
        for point in metric.histogram.data_points
    ]
    assert len(windows) == 3
    for (_, end), (start, _) in itertools.pairwise(windows):
        assert start == end
    assert all(start < end for start, end in windows)


def test_nothing_is_sent_for_entries_that_tell_of_no_work(system: System, collector: Received) -> None:
    follow(system, collector)
    assert collector.requests == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REMIT_OTLP_ENDPOINT", "127.0.0.1:4318"),
        ("REMIT_OTLP_ENDPOINT", "ftp://host"),
        ("REMIT_OTLP_ENDPOINT", "http://user:secret@host"),
        ("REMIT_OTLP_ENDPOINT", "http://host/a b"),
        ("REMIT_OTLP_ENDPOINT", "http://host:999999"),
        ("REMIT_OTLP_ENDPOINT", "http://host/?a=b"),
        ("REMIT_OTLP_HEADERS", "secret"),
        ("REMIT_OTLP_HEADERS", "a=secret%0d%0ab: c"),
        ("REMIT_OTLP_HEADERS", "=secret"),
        ("REMIT_OTLP_HEADERS", ",".join(f"h{n}=secret" for n in range(21))),
    ],
)
def test_a_setting_that_cannot_be_used_is_said_without_its_value(name: str, value: str) -> None:
    with pytest.raises(RemitError, match=name) as raised:
        read_settings({name: value})
    assert raised.value.code == "invalid-setting"
    assert "secret" not in raised.value.summary + raised.value.help


def test_headers_are_never_printed() -> None:
    settings = read_settings({"REMIT_OTLP_HEADERS": "authorization=Bearer%20secret"})
    assert settings.otlp_headers == {"authorization": "Bearer secret"}
    assert "secret" not in repr(settings)
