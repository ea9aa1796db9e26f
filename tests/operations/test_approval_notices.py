"""Reminders through the outbox: a portal tells each step once, also of what was asked before it began."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from approvals_house import OWNER, RISK, SetClock, ask, consent, model
from remit.operations.apply_model import apply_model
from remit.operations.notify import Notifier

HOOK = """
webhooks:
  operations:
    url: http://127.0.0.1:9/
    owner: operations@example.com
    events: [approval.requested, approval.due, approval.given]
"""


def told(system: Any) -> list[tuple[str, str]]:
    return [
        (each.notice.event, each.notice.data.get("step", ""))
        for each in reversed(system.outbox.deliveries(limit=100))
    ]


def test_each_step_is_told_once_whoever_looks_and_nothing_after_the_end(house: Any) -> None:
    with house.system() as opened:
        system = replace(opened, clock=SetClock(opened.clock))
        apply_model(system, model(more=HOOK), author=OWNER, reason="")
        early = ask(system, model(more=HOOK, money=9))
        Notifier(system).look()
        asked = ask(system, model(more=HOOK, tokens=900))
        consent(system, RISK, asked.request.id)
        for hours in (0, 5, 5, 25, 26, 121, 130):
            system.clock.ahead = timedelta(hours=hours)
            Notifier(system).look()
        assert early.state == "open"
        assert told(system) == [
            ("approval.requested", ""),
            ("approval.given", ""),
            *[("approval.due", step) for step in ("reminder", "deadline", "expiry") for _ in range(2)],
        ]
        due = [each.notice for each in system.outbox.deliveries(limit=100) if "step" in each.notice.data]
        assert {tuple(each.data["waits_for"]) for each in due} == {("unit-lead",)}
        assert not any("@example.com" in str(each) for each in due)
