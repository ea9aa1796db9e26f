"""Exactly how requests, the inbox and measures look; `make golden` rewrites it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from remit.cli.approval import inbox, measures, shown
from remit.cli.directory import shipped_files
from remit.decide.approval import standing
from remit.decide.approval_measures import measure
from remit.declare.load import load
from remit.record.approval_entry import Approval, ApprovalRequest, Delegation
from remit.record.decided import Changed, ChangedField
from remit.report.approvals import request_view

HERE = Path(__file__).parent
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEXT = """
organisation: {name: House, contact: head-of-ai@example.com, currency: EUR}
units:
  desk: {name: Desk, lead: desk-lead@example.com}
use_cases:
  letters:
    name: Letters
    unit: desk
    owner: letters@example.com
    risk_owner: letters-risk@example.com
    purpose: Answer letters.
"""
WIDER = ApprovalRequest(
    id="01KBCCKVG00000000000000001",
    at=NOW,
    about="apply",
    use_case="letters",
    unit="desk",
    stage="launch",
    subject="apply/7",
    digest="d1",
    summary="apply version 7, which lets `letters` do more",
    stakes=(
        "`letters`: high risk, at `launch`, handles restricted data",
        "`letters` may spend 8.00 EUR instead of 5.00 EUR per month (use-case/letters)",
        "`letters` has `output_tokens_max` 900 instead of 500",
    ),
    tier="high",
    roles=("risk-owner", "unit-lead"),
    people=2,
    barred=("letters@example.com",),
    deadline=NOW + 24 * HOUR,
    escalates_to="centre",
    expires=NOW + 120 * HOUR,
    reason="The desk writes longer letters.",
    author="letters@example.com",
)
GATE = ApprovalRequest(
    id="01KBCCKVG00000000000000002",
    at=NOW - 130 * HOUR,
    about="gate",
    use_case="letters",
    unit="desk",
    stage="experiment",
    subject="gate/launch",
    digest="d2",
    summary="let `letters` enter `launch`",
    stakes=("every criterion is met, two of them by attestation",),
    evidence=("01KBCCKVG0000000000000000A",),
    tier="medium",
    roles=("unit-lead",),
    barred=("letters@example.com",),
    deadline=NOW - 10 * HOUR,
    escalates_to="centre",
    expires=NOW + 120 * HOUR,
    author="letters@example.com",
)
ANSWER = Approval(
    id="01KBCCKVG00000000000000003",
    at=NOW + HOUR,
    request=WIDER.id,
    about="apply",
    use_case="letters",
    digest="d1",
    said="approved",
    role="risk-owner",
    on_behalf_of="letters-risk@example.com",
    reason="Read ten of them.",
    author="deputy@example.com",
)
GIVEN = Delegation(
    id="01KBCCKVG00000000000000004",
    at=NOW,
    holder="letters-risk@example.com",
    to="deputy@example.com",
    since=NOW,
    until=NOW + 200 * HOUR,
    author="letters-risk@example.com",
)
CHANGED = Changed(
    "change",
    "use-case/letters",
    (ChangedField("remit.output_tokens_max", "500", "900"),),
)


def test_the_inbox_a_request_and_the_measures_look_exactly_like_this() -> None:
    model = load(shipped_files() | {"house.yaml": TEXT}).operating_model
    assert model is not None
    now = NOW + 2 * HOUR
    found = [standing(WIDER, [ANSWER], now), standing(GATE, [], now)]
    views = [
        request_view(model, each, reader="desk-lead@example.com", delegations=[GIVEN], now=now)
        for each in found
    ]
    text = "\n\n".join(
        [
            inbox(views),
            shown(views[0], (CHANGED,)),
            shown(views[1], ()),
            measures(measure(found, frozenset())),
        ]
    )
    expected = HERE / "approvals-shown.txt"
    if os.environ.get("REMIT_GOLDEN") == "write":
        expected.write_text(text + "\n", "utf-8")
    assert text + "\n" == expected.read_text("utf-8")
