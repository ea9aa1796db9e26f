"""Sunset rules: when somebody is to be asked whether a use case shall go on."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import PlainValidator as Reads

from remit.declare.declared import Amount, Day, Declared, Prose, whole
from remit.declare.stage_name import StageName

DAYS_MAX = 3_660


def _days(value: Any) -> int:
    days = int(whole(value))
    if not 1 <= days <= DAYS_MAX:
        raise ValueError(f"write a number of days from 1 to {DAYS_MAX}")
    return days


SunsetDays = Annotated[int, Reads(_days)]
"""A number of whole days, 1 to 3660."""

CONDITIONS = ("idle_days", "stage_days", "cost_per_outcome_above", "ends")
"""What a rule can look at; each looks at one of them."""


class SunsetRule(Declared):
    """When a use case is due to be taken back or ended; a person does it, or does not.

    A rule looks at one thing. Rules of the organisation, the unit, those above it and the use case all
    hold at once.
    """

    idle_days: SunsetDays | None = None
    """It is due when so many days went by without a call; at stages that allow calls."""
    stage_days: SunsetDays | None = None
    """It is due when the use case has been at its stage for more days than these."""
    cost_per_outcome_above: Amount | None = None
    """It is due when what calls cost for each outcome is above this."""
    ends: Day | None = None
    """It is due when this day is over."""
    stages: tuple[StageName, ...] = ()
    """The stages that it holds at; left out, at all but `retired`."""
    recommend: Literal["retire", "demote"] = "retire"
    """What it recommends: to end the use case, or to take it back one stage. Where there is no earlier stage,
    it is to end it."""
    description: Prose | None = None
    """Why the rule is there."""

    @property
    def conditions(self) -> tuple[str, ...]:
        """Name the conditions that are stated; a sound rule has one."""
        return tuple(name for name in CONDITIONS if getattr(self, name) is not None)
