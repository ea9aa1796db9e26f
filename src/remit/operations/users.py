"""Users: who called for each use case in the present month, as keyed hashes; made again from the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime
from zoneinfo import ZoneInfo

from remit.enforce.remit import Remit
from remit.record.call_entry import Hold

KEPT_MAX = 100_000
"""How many users of a use case are kept that no limit bounds, or a new one in each call would fill memory.

A limit that is set later in the same month counts these.
"""

_NOBODY: frozenset[str] = frozenset()


class Users:
    """Users by use case, within one calendar month of the organisation's zone."""

    __slots__ = ("_month", "_seen")

    def __init__(self, month: str, seen: Iterable[tuple[str, str]]) -> None:
        self._month = month
        self._seen: dict[str, set[str]] = {}
        for use_case, user in seen:
            self._seen.setdefault(use_case, set()).add(user)

    def of(self, use_case: str, month: str) -> AbstractSet[str]:
        """Return who called for a use case in a month, which begins anew with the first question about it."""
        # A clock that is set back does not empty a month that has begun.
        if month > self._month:
            self._month, self._seen = month, {}
        return self._seen.get(use_case, _NOBODY)

    def know(self, use_case: str, users: AbstractSet[str], month: str) -> None:
        """Take in who is counted for all workers."""
        self.of(use_case, month)
        self._seen.setdefault(use_case, set()).update(users)

    def add(self, use_case: str, user: str, month: str, *, limit: object) -> None:
        """Count a user whose call was admitted."""
        most = max(limit, KEPT_MAX) if isinstance(limit, int) else KEPT_MAX
        if len(self.of(use_case, month)) < most:
            self._seen.setdefault(use_case, set()).add(user)


def count_user(users: Users, hold: Hold, remit: Remit, zone: ZoneInfo) -> None:
    """Count whom an admitted call is for."""
    purpose = hold.purpose
    users.add(purpose.use_case, purpose.user, month_of(hold.at, zone), limit=remit.users_max)


def month_of(at: datetime, zone: ZoneInfo) -> str:
    """Name the calendar month that an instant lies in."""
    return f"{at.astimezone(zone):%Y-%m}"
