"""Delivery to web hooks: what an answer means, and when a message is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

import msgspec

from remit.decide.notice import Notice

PAUSE_FIRST_S = 5.0
PAUSE_MAX_S = 3600.0
RETRY_AFTER_MAX_S = 24 * 3600.0

State = Literal["waiting", "delivered", "failed"]


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A message to one web hook, and what became of it. `created` is when it was to be sent first.

    `outcome` is what the last try came to, or why it was not tried; `failures` are those of its receiver on
    end.
    """

    number: int
    webhook: str
    id: str
    state: State
    created: datetime
    attempts: int
    outcome: str
    ended: datetime | None
    notice: Notice
    failures: int = 0


class Reply(msgspec.Struct, frozen=True):
    """What came of one try: a status, or what kept it from having one."""

    status: int = 0
    why: str = ""
    retry_after: str = ""

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Say whether the receiver wants no more messages at all."""
        return self.status == 410

    @property
    def outcome(self) -> str:
        return self.why or str(self.status)


def pause_s(failures: int, draw: float, *, reply: Reply, now: datetime) -> float:
    """Say how long a receiver is left alone after so many failures on end, spread by `draw` from 0 up to 1.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 30, tzinfo=UTC)
    >>> [pause_s(failures, 0, reply=Reply(500), now=now) for failures in (1, 2, 3, 99)]
    [2.5, 5.0, 10.0, 1800.0]
    >>> pause_s(1, 0, reply=Reply(429, retry_after="120"), now=now)
    120.0
    """
    longest = min(PAUSE_MAX_S, PAUSE_FIRST_S * 2.0 ** min(failures - 1, 16))
    return max(longest * (0.5 + draw / 2), retry_after_s(reply.retry_after, now))


def retry_after_s(text: str, now: datetime) -> float:
    """Read `Retry-After`, which is a number of seconds or an instant; 0 where it says nothing.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    >>> retry_after_s("Mon, 30 Nov 2026 12:01:00 GMT", now), retry_after_s("soon", now)
    (60.0, 0.0)
    """
    stated = text.strip()
    if stated.isascii() and stated.isdecimal():
        return min(float(stated[:9]), RETRY_AFTER_MAX_S)
    try:
        at = parsedate_to_datetime(stated)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return min(max(0.0, (at - now).total_seconds()), RETRY_AFTER_MAX_S)


def is_over(created: datetime, *, hours: int, again: datetime) -> bool:
    """Say whether a message would be too old by the time that it could be tried again."""
    return again > created + timedelta(hours=hours)


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What a try changes: the message's state, and when its receiver is asked again."""

    state: State
    outcome: str
    failures: int
    resume: datetime
    stopped: bool = False


def settled(delivery: Delivery, reply: Reply, *, hours: int, now: datetime, draw: float) -> Settled:
    """Decide what becomes of a message after a try."""
    if reply.taken:
        return Settled(state="delivered", outcome=reply.outcome, failures=0, resume=now)
    failures = delivery.failures + 1
    again = now + timedelta(seconds=pause_s(failures, draw, reply=reply, now=now))
    if reply.gone:
        return Settled(state="failed", outcome=reply.outcome, failures=failures, resume=again, stopped=True)
    over = is_over(delivery.created, hours=hours, again=again)
    return Settled(
        state="failed" if over else "waiting", outcome=reply.outcome, failures=failures, resume=again
    )


class HookState(msgspec.Struct, frozen=True, kw_only=True):
    """How a web hook's receiver does: its failures on end, until when it is left alone, and what waits.

    `stopped` is when it said that it wants no more; empty if it did not.
    """

    failures: int
    resume: datetime
    stopped: str
    waiting: int
