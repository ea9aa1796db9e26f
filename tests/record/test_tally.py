"""What is counted for good is what the entries add up to."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otlp_bodies import a_call as call
from remit.enforce.guardrail.noted import Noted
from remit.kernel.usage import Usage
from remit.record.call_entry import Call
from remit.record.tally import ALL_DAYS, BOUNDS, LatencyKey, Tally
from strategies import calls, guardrail_checks, refusals


def tally(*entries: Any, day: str = "d") -> Tally:
    counted = Tally()
    for entry in entries:
        counted.add(entry, day)
    return counted


@given(st.lists(calls | refusals | guardrail_checks, max_size=8))
def test_every_call_is_in_one_total_and_its_tokens_are_counted_once(entries: list[Any]) -> None:
    counted = tally(*entries)
    mine = [entry for entry in entries if isinstance(entry, Call)]
    sums = counted.totals.values()
    assert sum(total.calls for total in sums) == len(mine)
    read = sum(total.input_tokens + total.cache_read_tokens + total.cache_write_tokens for total in sums)
    assert read == sum(each.usage.input_total for each in mine)
    assert sum(total.output_tokens for total in sums) == sum(each.usage.output_tokens for each in mine)
    assert sum(int(total.charge * 10**9) for total in sums) == sum(int(each.charge * 10**9) for each in mine)


@given(st.lists(calls, max_size=8))
def test_every_call_is_in_one_bucket_of_its_day_and_of_all_days(entries: list[Call]) -> None:
    counted = tally(*entries)
    counted.add(call(), "other")
    entries = [*entries, call()]
    for days, kept in (({"d", "other"}, counted.latency), ({ALL_DAYS}, counted.over_all_days())):
        assert {key.day for key in kept} <= days
        took = [sum_ for key, sum_ in kept.items() if key.measure == "duration"]
        assert sum(each.count for each in took) == len(entries)
        assert sum(each.total_ms for each in took) == sum(each.latency_ms for each in entries)
    first = [sum_.count for key, sum_ in counted.latency.items() if key.measure == "first_token"]
    assert sum(first) == sum(
        each.first_token_ms is not None and each.status == "completed" for each in entries
    )


@pytest.mark.parametrize(("milliseconds", "bucket"), [(0, 0), (10, 0), (11, 1), (81_920, 13), (81_921, 14)])
def test_a_bucket_holds_what_is_at_most_its_bound(milliseconds: int, bucket: int) -> None:
    counted = tally(call(latency_ms=milliseconds, first_token_ms=None))
    key = LatencyKey("d", "triage", "model/large@2", "duration", bucket)
    assert counted.latency[key].count == 1
    assert len(BOUNDS["duration"]) == 14


def test_findings_of_what_stands_beside_a_call_are_counted_once() -> None:
    found = Noted(side="input", policy="sensitive", type="EMAIL", trust="person", action="block", count=2)
    counted = tally(call(findings=(found,)), call(id="c2", hedge_of="c1", findings=(found,)))
    [count] = counted.found.values()
    assert count == 2
    assert sum(total.calls for total in counted.totals.values()) == 2


def test_tokens_that_a_cache_keeps_for_minutes_or_an_hour_are_one_kind() -> None:
    usage = Usage(
        10, 20, cache_read_tokens=3, cache_write_tokens=4, cache_write_1h_tokens=5, reasoning_tokens=6
    )
    [total] = tally(call(usage=usage)).totals.values()
    assert msgspec.to_builtins(total)["cache_write_tokens"] == 9
    assert (total.input_tokens, total.cache_read_tokens, total.reasoning_tokens) == (10, 3, 6)
