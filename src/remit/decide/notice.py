"""Notices: what people are told of, and what is remembered so that they are told of it once.

No notice holds what anybody wrote as a reason, who did something, or a word of a prompt or an answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import msgspec

from remit.declare.operating_model import OperatingModel
from remit.declare.webhook import EventName, Webhook
from remit.record.approval_entry import Approval, ApprovalRequest

TestName = Literal["webhook.test"]
"""What a receiver is told to try it out."""


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that people are told of: a sentence, and its figures as JSON's own kinds.

    `entry` is the id of the entry that it follows from, or of the first of them; empty where there is none.
    `subject` tells two of one entry apart. `use_case` and `unit` are whose it is; empty where it is of the
    whole organisation.
    """

    event: EventName | TestName
    at: datetime
    summary: str
    entry: str = ""
    subject: str = ""
    use_case: str = ""
    unit: str = ""
    data: Mapping[str, Any] = {}


class Spent(msgspec.Struct, frozen=True, tag="spent"):
    """What is posted in one window of a budget, and up to which per cent people were told.

    `told` is None for one of which nobody was told and that was there before anybody was to be told.
    """

    posted: Decimal
    seen: datetime
    told: int | None = None


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """That people were told that a use case was refused for want of money."""

    seen: datetime


class Stops(msgspec.Struct, frozen=True, tag="stops", kw_only=True):
    """What one guardrail stopped of one use case in one hour, before people are told of it.

    `first` is the id of the first entry of it; `types` counts what was found.
    """

    use_case: str
    unit: str
    guardrail: str
    hour: datetime
    first: str
    calls: int = 0
    refusals: int = 0
    types: dict[str, int] = {}


class Halted(msgspec.Struct, frozen=True, tag="halted"):
    """That people were told that no call is admitted any more, and why."""

    reason: str
    seen: datetime


class Waiting(msgspec.Struct, frozen=True, tag="waiting"):
    """A request that waits for people's consent, its answers, and of how many steps people were told."""

    request: ApprovalRequest
    answers: tuple[Approval, ...] = ()
    told: int = 0


class Fired(msgspec.Struct, frozen=True, tag="fired"):
    """That people were told of a sunset rule; it is remembered as long as the rule fires."""

    seen: datetime


class Told(msgspec.Struct, frozen=True, tag="told"):
    """That people were told what is expected of a budget's window, or of a day that was off."""

    seen: datetime


Watched = Spent | Refused | Stops | Halted | Waiting | Fired | Told

Memory = Mapping[str, Watched]

KEPT: Mapping[str, timedelta] = {
    "day": timedelta(days=8),
    "month": timedelta(days=62),
    "year": timedelta(days=400),
}
"""For how long after it last changed something of a budget's period is remembered."""


def message_id(notice: Notice, webhook: str) -> str:
    """Name the message of a notice to a web hook; the same one has the same name whenever it is sent."""
    words = "\0".join((notice.entry, notice.event, notice.subject, webhook))
    return f"msg_{hashlib.sha256(words.encode()).hexdigest()[:32]}"


def concerns(webhook: Webhook, notice: Notice, model: OperatingModel) -> bool:
    """Say whether a web hook is told of a notice."""
    if notice.event not in webhook.events:
        return False
    if not (webhook.use_cases or webhook.units):
        return True
    if notice.use_case and notice.use_case in webhook.use_cases:
        return True
    line = model.lineage(notice.unit) if notice.unit in model.units else (notice.unit,)
    return not set(webhook.units).isdisjoint(line)


def hour_start(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def seeds(posted: Mapping[str, Decimal], now: datetime) -> dict[str, Watched]:
    """Remember what is posted in budgets' windows before anybody is to be told of them."""
    found: dict[str, Watched] = {}
    for account, amount in posted.items():
        starts = datetime.fromisoformat(account.rpartition(":")[2]).replace(tzinfo=UTC)
        if starts + kept_for(account) > now:
            found[f"budget:{account}"] = Spent(amount, now)
    return found


def kept_for(key: str) -> timedelta:
    """Say for how long something of a budget's period is remembered."""
    return next((kept for per, kept in KEPT.items() if f":{per}:" in key), KEPT["year"])
