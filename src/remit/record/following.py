"""How far a follower of the ledger has come, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from remit.record.chain import Position


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps a follower from going on: since when, the code, and one sentence."""

    since: datetime
    code: str
    summary: str


@dataclass(frozen=True, slots=True)
class Following:
    """A follower as the store knows it: how far it has taken each journal, and its fault if it has one."""

    positions: dict[str, Position] = field(default_factory=dict)
    fault: Fault | None = None
