"""What a request says of silence: never that more is allowed, and whom it goes to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remit.decide.approval import standing
from remit.record.approval_entry import ApprovalRequest
from remit.report.approvals import request_view
from strategies import operating_model

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
MODEL = operating_model(organisation={"name": "House", "contact": "centre@example.com", "currency": "EUR"})


def silence(**what: Any) -> str:
    given: dict[str, Any] = {
        "id": "r1",
        "at": NOW,
        "about": "tool",
        "subject": "tool/mail",
        "digest": "d",
        "summary": "send",
        "roles": ("centre",),
        "deadline": NOW + timedelta(hours=1),
        "expires": NOW + timedelta(hours=4),
        "author": "agent@example.com",
    }
    now = what.pop("now", NOW)
    found = standing(ApprovalRequest(**(given | what)), [], now)
    return request_view(MODEL, found, reader="", delegations=(), now=now).silence


@pytest.mark.parametrize(
    "more", [{}, {"escalates_to": "centre", "barred": ("centre@example.com",)}], ids=["nobody", "barred"]
)
def test_without_anybody_to_go_to_it_is_over_at_its_end(more: Any) -> None:
    assert silence(**more) == "at 2026-12-01 13:00 UTC it is over, and the agent does not do it"


def test_what_is_over_says_nothing_more_of_silence() -> None:
    assert silence(now=NOW + timedelta(hours=5)) == ""
