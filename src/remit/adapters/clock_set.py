"""A clock that stands where it was set: the clock of a simulated past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class SetClock:
    at: datetime

    def now(self) -> datetime:
        return self.at
