"""What is told to those who watch: metrics at the portal, and traces of every call, whatever is killed."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families

from otlp_bodies import said
from otlp_collector import collecting
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_followers import read_followers

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
ASKED: Any = [{"role": "user", "content": "x"}]


@pytest.fixture(scope="module")
def portal(shared_house: Any) -> Iterator[httpx.Client]:
    house = shared_house
    house.apply()
    gateway = house.serve()
    client = gateway.client(house.key())
    for _ in range(3):
        client.chat.completions.create(model="echo", messages=ASKED)
    with pytest.raises(Exception, match="key"):
        gateway.client("rk-nobody").chat.completions.create(model="echo", messages=ASKED)
    house.entries()
    with httpx.Client(base_url=house.serve("portal").address) as browser:
        yield browser


read: Any = text_string_to_metric_families
read_openmetrics: Any = openmetrics_parser.text_string_to_metric_families


def values(families: Any) -> dict[str, float]:
    return {sample.name: sample.value for family in families for sample in family.samples if sample.value}


def test_metrics_are_what_the_ledger_holds(portal: httpx.Client) -> None:
    answer = portal.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = values(read(answer.text))
    assert found["remit_calls_total"] == 3
    assert found["remit_call_duration_seconds_count"] == 3
    assert found["remit_refusals_total"] == 1
    assert found["remit_operating_model_version"] == 1
    assert found["remit_journal_bytes"] > 0
    assert found["remit_unsealed_bytes"] > 0


def test_who_speaks_openmetrics_is_answered_in_it(portal: httpx.Client) -> None:
    answer = portal.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert values(read_openmetrics(answer.text))["remit_calls_total"] == 3


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "127.0.0.1"},
        {"forwarded": "for=127.0.0.1"},
        {"via": "1.1 somewhere"},
        {"host": "metrics.example.com"},
        {"host": "127.0.0.1.example.com"},
    ],
)
def test_whoever_comes_by_a_proxy_or_a_stranger_s_name_is_told_nothing(
    portal: httpx.Client, headers: dict[str, str]
) -> None:
    answer = portal.get("/metrics", headers=headers)
    assert answer.status_code == 403
    assert "remit_" not in answer.text


def test_a_request_without_a_host_is_told_nothing(portal: httpx.Client) -> None:
    connection = http.client.HTTPConnection(portal.base_url.host, portal.base_url.port or 0)
    connection.putrequest("GET", "/metrics", skip_host=True)
    connection.putheader("Host", "")
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status in (400, 403)


def test_with_a_token_only_who_shows_it_is_told(house: Any) -> None:
    house.apply()
    portal = house.serve("portal", REMIT_METRICS_TOKEN="a-token")
    with httpx.Client(base_url=portal.address) as browser:
        assert browser.get("/metrics").status_code == 401
        for wrong in (b"a-token", b"Bearer other", b"Bearer", b"Bearer a-token2", b"Bearer \xe4"):
            assert browser.get("/metrics", headers={b"authorization": wrong}).status_code == 401
        passed_on = {"authorization": "Bearer a-token", "x-forwarded-for": "192.0.2.1"}
        answer = browser.get("/metrics", headers=passed_on)
        assert (answer.status_code, "remit_build_info" in answer.text) == (200, True)


def test_every_call_arrives_though_the_collector_is_away_and_the_portal_is_killed(house: Any) -> None:
    house.apply()
    client = house.serve().client(house.key())
    with house.system() as system:
        system.credentials.seal("otlp-headers", "authorization=Bearer%20sealed")
    with collecting() as collector:
        sending = {"REMIT_OTLP_ENDPOINT": collector.address}
        begun = house.serve("portal", **sending)
        while not following(house):
            pass
        begun.stop()
        for _ in range(4):
            client.chat.completions.create(model="echo", messages=ASKED)
        traced = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
        client.chat.completions.create(model="echo", messages=ASKED, extra_headers=traced)
        collector.away = True
        portal = house.serve("portal", **sending)
        assert collector.asked.wait(30)
        portal.kill()
        assert collector.spans() == []
        [lag] = following(house)
        assert lag.entries >= 5
        collector.away = False
        collector.asked.clear()
        portal = house.serve("portal", **sending)
        while following(house)[0].entries:
            pass
        portal.stop()
        calls = [entry["id"] for entry in house.entries("call")]
        assert [said(span.attributes)["remit.call.id"] for span in collector.spans()] == calls
        assert len(calls) == 5
        assert collector.spans()[-1].trace_id.hex() == TRACE
        assert collector.spans()[-1].parent_span_id.hex() == SPAN
        assert {headers["authorization"] for _, headers, _ in collector.requests} == {"Bearer sealed"}


def following(house: Any) -> Any:
    with house.system() as system:
        fold_ledger(system)
        return read_followers(system)
