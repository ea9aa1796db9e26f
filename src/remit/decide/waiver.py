"""Waivers: for how long a criterion may go unmet, and what ends with that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from remit.declare.gate import RiskTier
from remit.declare.organisation import StageName
from remit.kernel.period import window
from remit.record.dossier_entry import Waiver

DAYS: Mapping[RiskTier, int] = {"low": 180, "medium": 180, "high": 90}
"""For how many days at most a criterion is waived, by risk tier."""


class Proposed(msgspec.Struct, frozen=True):
    """A waiver that somebody asks for, whole; its digest is what the one who accepts the risk consents to."""

    use_case: str
    into: StageName
    criterion: str
    gate: str
    residual_risk: str
    accepted_by: str
    role: str
    tier: RiskTier
    expires: date

    @property
    def body(self) -> bytes:
        return msgspec.json.encode(self, order="deterministic")


def unsound_end(expires: date, *, today: date, tier: RiskTier) -> str:
    """Say what is wrong with the day on which a waiver ends; nothing if it is to come, and near enough."""
    last = today + timedelta(days=DAYS[tier])
    if expires <= today:
        return f"the waiver would end on {expires}, and today is {today}"
    if expires > last:
        return f"the waiver would end on {expires}; at risk tier {tier} it ends on {last} at the latest"
    return ""


def lasts_until(waivers: Iterable[Waiver], zone: ZoneInfo) -> datetime | None:
    """Say until when a stage lasts that is entered with waivers: the end of the first day that one ends on.

    It is written in the organisation's zone, so that its date is the day on which the use case goes back.
    """
    ends = min((each.expires for each in waivers), default=None)
    if ends is None:
        return None
    noon = datetime(ends.year, ends.month, ends.day, 12, tzinfo=zone)
    return window("day", at=noon, zone=zone).end
