"""The text of a gate: what stands on top of it, before its criteria."""

from __future__ import annotations

from remit.cli.gate import render
from remit.report.gate import Approver, GateView, Pending
from strategies import utc


def test_what_is_unusual_of_a_gate_stands_on_top() -> None:
    people = (Approver("risk-owner", "r@example.com"), Approver("centre", "c@example.com", "l@example.com"))
    found = GateView(
        *("triage", "experiment", "launch"),
        declared=True,
        tier="medium",
        description="Good enough.",
        counts={"met": 0, "waived": 0, "not_met": 0, "stale": 0, "missing": 0},
        unasked=("said", "heard"),
        lane_closed="it is for low risk alone",
        raised_from="low",
        pending=(Pending("q1", "gate", "triage enters launch", utc(2026, 12, 3, 9), people),),
    )
    assert render(found).splitlines() == [
        "triage is at experiment; into launch: Good enough.",
        "RISK RAISED FROM low to medium since its last review. 0 of 0 met; nothing is missing."
        " Risk tier medium.",
        "The fast lane is closed: it is for low risk alone.",
        "Not asked at medium risk: said, heard.",
        "Waits for risk-owner (r@example.com), centre (l@example.com, as c@example.com owns it),"
        " due 2026-12-03 09:00 UTC: triage enters launch (`remit approval show q1`)",
    ]
