"""Traces of runs, from entries in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from remit.record.agent_entry import AgentRun
from remit.report.run_trace import run_lines, run_trace

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def entry(number: int, status: str, **more: Any) -> AgentRun:
    fields = {
        "run": "R1",
        "agent": "desk",
        "use_case": "pilot",
        "unit": "desk",
        "stage": "launch",
        "key": "k",
    }
    at = NOON + timedelta(seconds=number)
    values: dict[str, Any] = {**fields, **more, "status": status}
    return AgentRun(id=f"{number:026}", at=at, currency="EUR", **values)


def test_a_run_is_as_its_end_says_whatever_was_written_after_it() -> None:
    ended = entry(3, "stopped", turns=2, rule="kill-switch", stop_ms=240, charge=Decimal("0.01"))
    entries = [entry(4, "stranded"), ended, entry(1, "begun"), entry(2, "waiting", waits_for="A1")]
    [line] = run_lines(entries)
    assert (line.status, line.why, line.stop_ms, line.turns) == ("stopped", "kill-switch", 240, 2)
    assert (line.began, line.ended) == (entry(1, "begun").at, ended.at)
    assert line.waits_for == ""


def test_a_trace_lists_what_happened_in_its_order_with_what_was_handed_on() -> None:
    handed = entry(2, "begun", agent="helper", part="1.call_0", handed_by="desk")
    found = run_trace([entry(3, "completed"), handed, entry(1, "begun", program="1")])
    assert [(each.who, each.what, each.outcome) for each in found.steps] == [
        ("desk", "run", "begun"),
        ("helper", "handed on by desk", "begun"),
        ("desk", "run", "completed"),
    ]
    assert found.line.status == "completed"
    assert str(found.called) == "0 EUR"


def test_a_run_that_waits_says_for_what() -> None:
    [line] = run_lines([entry(2, "waiting", waits_for="A1"), entry(1, "begun")])
    assert (line.status, line.waits_for, line.ended) == ("waiting", "A1", None)
