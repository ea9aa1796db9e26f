"""Approvals: who must agree to what, and by when, as data that ships and can be replaced."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import PlainValidator as Reads

from remit.declare.declared import Declared, Id, Prose, Truth, whole
from remit.declare.gate import RiskTier
from remit.declare.organisation import StageName

Asked = Literal["gate", "waiver", "apply", "budget", "tool", "value"]
"""What an approval is asked for."""

ASKED: tuple[Asked, ...] = get_args(Asked)

TIERS: tuple[RiskTier, ...] = get_args(RiskTier)

RISK_OWNER = "risk-owner"
"""The one role that a use case has of its own and that it may be without."""

HOURS_MAX = 24 * 90
PEOPLE_MAX = 5


def _hours(value: Any) -> int:
    hours = int(whole(value))
    if not 1 <= hours <= HOURS_MAX:
        raise ValueError(f"write a whole number of hours, 1 to {HOURS_MAX}")
    return hours


def _people(value: Any) -> int:
    people = int(whole(value))
    if not 1 <= people <= PEOPLE_MAX:
        raise ValueError(f"write a whole number of persons, 1 to {PEOPLE_MAX}")
    return people


Hours = Annotated[int, Reads(_hours)]
"""A whole number of hours, 1 to 2160."""

People = Annotated[int, Reads(_people)]
"""A whole number of persons, 1 to 5."""


class TierRule(Declared):
    """Who must agree for one risk tier, and what happens when nobody answers."""

    roles: tuple[Id, ...] = ()
    """Roles that must agree, beside those that the governance mode and the gate ask for."""
    with_centre: Truth = False
    """Where the centre and the unit both decide: that the centre agrees as well, and not the unit alone."""
    people: People = 1
    """How many different persons must agree in all; two is the two-person rule."""
    remind_hours: Hours | None = None
    """After how many hours those who have not answered are reminded."""
    deadline_hours: Hours
    """After how many hours it goes to another role as well."""
    escalates_to: Id | None = None
    """The role that it goes to then, in place of those who have not answered."""
    expires_hours: Hours
    """After how many hours it is over; then nothing has been agreed to."""


class ApprovalRule(Declared):
    """Who must agree to one kind of thing; shipped, and replaced by declaring it again."""

    description: Prose
    """What is agreed to."""
    capability: Id
    """The capability of the governance matrix that says whether the centre, the unit or both decide."""
    stages: tuple[StageName, ...] = ()
    """For `apply` and `budget`: the stages at which use cases must be for somebody to be asked."""
    low: TierRule | None = None
    """For use cases of low risk. For `apply` and `budget`, a tier that is left out is free."""
    medium: TierRule | None = None
    """For use cases of medium risk; elsewhere, a tier that is left out follows the next higher one."""
    high: TierRule | None = None
    """For use cases of high risk."""

    def at(self, tier: RiskTier) -> TierRule | None:
        """Return what is declared for just this tier."""
        return {"low": self.low, "medium": self.medium, "high": self.high}[tier]


WIDENING: tuple[Asked, ...] = ("apply", "budget")
"""What is asked only where a rule says so; everything else always is."""
