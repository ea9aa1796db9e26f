"""The queue of findings: one line for the same words, whoever found them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from remit.record.found import FindingKey, FindingRow, FindingSum
from remit.report.findings import Said, finding_lines
from strategies import MOMENT


def row(guardrail: str, *, days: int = 0, calls: int = 1, verdict: Any = "", **fields: Any) -> FindingRow:
    key: dict[str, Any] = {
        "use_case": "triage",
        "side": "input",
        "policy": "sensitive",
        "type": "EMAIL",
        "kind": "",
        "shadow": False,
        "action": "anonymize",
        "mark": "m1",
    }
    at = MOMENT + timedelta(days=days)
    total = FindingSum(calls, at, at, f"first-{days}", f"last-{days}")
    return FindingRow(FindingKey(**{**key, "guardrail": guardrail, **fields}), total, verdict)


def test_what_several_guardrails_said_of_the_same_words_is_one_line() -> None:
    rows = [row("guardrail/a", calls=3), row("guardrail/b", days=-1, calls=2, shadow=True, action="block")]
    (line,) = finding_lines(rows)
    assert line.said == (
        Said("guardrail/a", "anonymize", shadow=False),
        Said("guardrail/b", "block", shadow=True),
    )
    assert line.calls == 3
    assert (line.first_call, line.last_call) == ("first--1", "last-0")
    assert (line.first, line.last) == (MOMENT - timedelta(days=1), MOMENT)


def test_other_words_another_side_and_another_use_case_are_other_lines() -> None:
    rows = [row("g"), row("g", mark="m2"), row("g", side="output"), row("g", use_case="letters")]
    assert [(each.mark, each.side, each.use_case) for each in finding_lines(rows)] == [
        ("m1", "input", "triage"),
        ("m2", "input", "triage"),
        ("m1", "output", "triage"),
        ("m1", "input", "letters"),
    ]


def test_what_has_no_mark_is_not_taken_for_the_same_words() -> None:
    rows = [row("guardrail/a", mark="", calls=3), row("guardrail/b", mark="", calls=2)]
    assert [(each.calls, each.said[0].guardrail) for each in finding_lines(rows)] == [
        (3, "guardrail/a"),
        (2, "guardrail/b"),
    ]


def test_the_verdict_stands_beside_its_line() -> None:
    assert [each.verdict for each in finding_lines([row("g", verdict="confirmed")])] == ["confirmed"]
