"""Reminders: each step of a request is told once, and only while it waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remit.decide.notice import Notice, Waiting
from remit.decide.reminder import awaited, due, steps
from remit.decide.watch import Watch
from remit.record.approval_entry import Approval, ApprovalRequest
from strategies import operating_model

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
MODEL = operating_model(organisation={"name": "House", "contact": "centre@example.com", "currency": "EUR"})
REQUEST = ApprovalRequest(
    id="r1",
    at=NOW,
    about="gate",
    use_case="pilot",
    unit="desk",
    subject="gate/launch",
    digest="d1",
    summary="into launch",
    tier="medium",
    roles=("unit-lead", "risk-owner"),
    deadline=NOW + 24 * HOUR,
    escalates_to="centre",
    expires=NOW + 48 * HOUR,
    reminders=(NOW + 12 * HOUR,),
    author="owner@example.com",
)


def answer(role: str, said: Any = "approved", *, at: datetime = NOW + HOUR) -> Approval:
    author = f"{role}@example.com"
    return Approval(
        id="a", at=at, request="r1", about="gate", digest="d1", said=said, role=role, author=author
    )


def told(watch: Watch, *hours: float) -> list[str]:
    return [
        notice.subject.partition(":")[0]
        for hour in hours
        for notice in watch.due(NOW + hour * HOUR)
        if notice.event == "approval.due"
    ]


def watching(*entries: Any) -> Watch:
    watch = Watch.over(MODEL, {})
    for entry in entries:
        list(watch.take(entry))
    return watch


def test_people_are_reminded_told_of_the_escalation_and_of_the_end_once_each() -> None:
    watch = watching(REQUEST)
    assert told(watch, 1, 12, 13, 24, 30, 48, 60) == ["reminder", "deadline", "expiry"]
    assert watch.known == {}


def test_of_steps_that_passed_unseen_only_the_last_is_told() -> None:
    assert told(watching(REQUEST), 25, 26) == ["deadline"]


def test_nobody_is_reminded_of_what_is_settled() -> None:
    assert told(watching(REQUEST, answer("unit-lead", "denied")), 12, 24, 48) == []
    both = (answer("unit-lead"), answer("risk-owner"))
    assert told(watching(REQUEST, *both), 12, 24, 48) == []
    assert told(watching(REQUEST, both[0]), 12) == ["reminder"]


def test_a_notice_says_what_waits_for_whom_and_who_may_answer_as_well() -> None:
    _, notice = due(Waiting(REQUEST, (answer("unit-lead"),), told=1), NOW + 24 * HOUR)
    assert isinstance(notice, Notice)
    assert notice.summary == (
        "`gate/launch` of `pilot` was due and waits for `risk-owner`; `centre` may answer as well"
    )
    assert notice.data["waits_for"] == ["risk-owner"]
    assert "owner@example.com" not in str(notice)


def test_what_waits_already_is_remembered_without_telling_what_has_passed() -> None:
    found = dict(awaited([REQUEST, answer("unit-lead")], NOW + 13 * HOUR))
    assert [each.told for each in found.values()] == [1]
    assert dict(awaited([answer("unit-lead")], NOW)) == {}
    settled = [REQUEST, answer("unit-lead"), answer("risk-owner")]
    assert dict(awaited(settled, NOW + 13 * HOUR)) == {}


@given(st.lists(st.integers(0, 60), min_size=1, max_size=12).map(sorted))
def test_no_step_is_told_twice_however_often_somebody_looks(hours: list[int]) -> None:
    found = told(watching(REQUEST), *hours)
    assert len(found) == len(set(found)) <= len(steps(REQUEST))
