"""Reminders: when people are told that a request still waits, once for each step of its life."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

import msgspec

from remit.decide.approval import standing
from remit.decide.notice import Notice, Waiting
from remit.record.approval_entry import Approval, ApprovalRequest

Step = Literal["reminder", "deadline", "expiry"]
"""Before the deadline; at it, when another role may answer as well; and when it is over."""

ANSWERS_MAX = 100


def steps(request: ApprovalRequest) -> tuple[tuple[datetime, Step], ...]:
    """List when people are told of a request, in order."""
    found: list[tuple[datetime, Step]] = [(at, "reminder") for at in sorted(request.reminders)]
    return (*found, (request.deadline, "deadline"), (request.expires, "expiry"))


def due(waiting: Waiting, now: datetime) -> tuple[int, Notice | None]:
    """Say how many steps have passed, and what people are told of the last one if they were not yet.

    Of several that passed since somebody looked, only the last is told: an old reminder helps nobody.
    """
    request = waiting.request
    passed = [(at, step) for at, step in steps(request) if at <= now]
    if len(passed) <= waiting.told:
        return waiting.told, None
    at, step = passed[-1]
    return len(passed), _notice(waiting, at, step)


def settled(waiting: Waiting, now: datetime) -> bool:
    """Say whether nobody needs to be reminded any more: it was answered, or the last step was told."""
    found = standing(waiting.request, waiting.answers, now)
    return found.state not in ("open", "expired") or waiting.told >= len(steps(waiting.request))


def with_answer(waiting: Waiting, answer: Approval) -> Waiting:
    return msgspec.structs.replace(waiting, answers=(*waiting.answers, answer)[-ANSWERS_MAX:])


def awaited(entries: Iterable[object], now: datetime) -> Iterator[tuple[str, Waiting]]:
    """Remember the requests that wait already when somebody is first to be told; past steps are not told."""
    found: dict[str, Waiting] = {}
    for entry in entries:
        if isinstance(entry, ApprovalRequest):
            found[entry.id] = Waiting(entry, told=sum(at <= now for at, _ in steps(entry)))
        elif isinstance(entry, Approval) and entry.request in found:
            found[entry.request] = with_answer(found[entry.request], entry)
    for id, waiting in found.items():
        if not settled(waiting, now):
            yield key_of(id), waiting


def key_of(request: str) -> str:
    return f"waiting:{request}"


def _notice(waiting: Waiting, at: datetime, step: Step) -> Notice:
    request = waiting.request
    found = standing(request, waiting.answers, at)
    roles = ", ".join(f"`{each}`" for each in found.waits_for) or f"{found.people} more"
    whose = request.use_case or request.unit or "the organisation"
    said = {
        "reminder": f"still waits for {roles}, and is due at {request.deadline:%Y-%m-%d %H:%M} UTC",
        "deadline": f"was due and waits for {roles}"
        + (f"; `{request.escalates_to}` may answer as well" if request.escalates_to else ""),
        "expiry": "was not answered in time; nothing has been agreed to",
    }[step]
    return Notice(
        event="approval.due",
        at=at,
        summary=f"`{request.subject}` of `{whose}` {said}",
        entry=request.id,
        subject=f"{step}:{at.isoformat()}",
        use_case=request.use_case,
        unit=request.unit,
        data={
            "request": request.id,
            "step": step,
            "about": request.about,
            "subject": request.subject,
            "tier": request.tier,
            "waits_for": list(found.waits_for),
            "deadline": request.deadline.isoformat(),
            "expires": request.expires.isoformat(),
            "escalates_to": request.escalates_to,
        },
    )
