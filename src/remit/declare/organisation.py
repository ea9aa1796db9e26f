"""The organisation, its business units and the stages of a use case's life."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import PlainValidator as Reads
from pydantic import StringConstraints

from remit.declare.declared import Contact, Declared, Id, Prose, Title, whole
from remit.declare.remit_layer import RemitLayer
from remit.declare.stage_name import STAGES as STAGES
from remit.declare.stage_name import StageName as StageName
from remit.declare.sunset import SunsetRule


def _zone(value: Any) -> str:
    try:
        return ZoneInfo(value).key
    except (ValueError, TypeError, OSError, ZoneInfoNotFoundError):
        raise ValueError("write a zone of the IANA database, such as `Europe/Amsterdam`") from None


def _month(value: Any) -> int:
    month = int(whole(value))
    if not 1 <= month <= 12:
        raise ValueError("write the number of a month, 1 to 12")
    return month


CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""Three capital letters, such as `EUR`."""

ZoneName = Annotated[str, Reads(_zone)]
"""A time zone of the IANA database, such as `Europe/Amsterdam`."""

Month = Annotated[int, Reads(_month)]
"""The number of a month, 1 to 12."""


def _retention(value: Any) -> int:
    days = int(whole(value))
    if not 1 <= days <= 36_500:
        raise ValueError("write a number of days from 1 to 36500")
    return days


RetentionDays = Annotated[int, Reads(_retention)]
"""A number of whole days, 1 to 36500."""

CallKind = Literal["call", "hold", "mark", "refusal", "guardrail_check", "guardrail_charge"]
"""A kind of entry about calls; entries about decisions are kept for good."""

SimulatedIn = Literal["apart", "counted"]
"""Whether figures for leaders leave simulated calls and outcomes out, or count them and are stamped so."""

Charging = Literal["showback", "chargeback"]
"""Whether a unit is shown what its use cases cost, or pays for it."""

GovernanceMode = Literal["centralized", "federated", "decentralized"]
"""Who owns which field of the remit: the centre, both, or the units."""

MODES: tuple[GovernanceMode, ...] = ("centralized", "federated", "decentralized")


MemberRole = Literal["executive", "portfolio-lead", "finance", "engineer", "auditor", "administrator"]
"""What somebody is for the whole organisation; `docs/concepts/rights.md` says what each may do."""

UnitMemberRole = Literal["engineer", "auditor"]
"""What somebody is for a unit and those below it."""


class Committee(Declared):
    """A body that decides together."""

    name: Title
    """What it is called."""
    chair: Id
    """The role that leads it."""
    members: tuple[Id, ...] = ()
    """The roles that sit in it."""
    decides: tuple[Id, ...] = ()
    """The capabilities of the governance matrix that it decides on."""


class Organisation(Declared):
    """Who declares; its `remit` is the floor that every use case stands on."""

    name: Title
    """What the organisation is called."""
    contact: Contact
    """Who answers where nobody nearer is named."""
    currency: CurrencyCode
    """The one currency of all budgets and prices."""
    time_zone: ZoneName = "UTC"
    """Where budgets' days and months begin at midnight."""
    fiscal_year_starts: Month = 1
    """The month in which a budget's year begins."""
    governance: GovernanceMode = "federated"
    """Who owns which field of the remit; `remit governance compare` shows what another mode would change."""
    roles: dict[Id, Contact] = {}
    """Roles of the responsibility tables, with the mail address of each."""
    members: dict[MemberRole, tuple[Contact, ...]] = {}
    """Who holds which role in the portal and the control API, beside those whom declarations name."""
    committees: dict[Id, Committee] = {}
    """Bodies that decide together."""
    simulated: SimulatedIn = "apart"
    """Whether figures for leaders leave simulated calls and outcomes out, or count them and say so."""
    ledger_retention_days: dict[CallKind, RetentionDays] = {}
    """For how many days the lake keeps what entries say, by kind; a kind that is not named is kept."""
    sunset: dict[Id, SunsetRule] = {}
    """When a use case is due to be taken back or ended, by an id of your own; for every use case."""
    remit: RemitLayer = RemitLayer()
    """The floor: what holds for every use case."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Unit(Declared):
    """A business unit; it may have a parent unit."""

    name: Title
    """What the unit is called."""
    parent: Id | None = None
    """The unit above it."""
    lead: Contact | None = None
    """Who answers for the unit; without one, the nearest lead above it does."""
    members: dict[UnitMemberRole, tuple[Contact, ...]] = {}
    """Who holds which role for the unit and those below it."""
    charging: Charging | None = None
    """Whether what its use cases cost is shown to it or booked; left out, as above it, else it is shown."""
    sunset: dict[Id, SunsetRule] = {}
    """When a use case of this unit, or of those below it, is due to be taken back or ended."""
    remit: RemitLayer = RemitLayer()
    """What holds for every use case of this unit and of those below it."""


class Stage(Declared):
    """What a stage allows by default; shipped, and replaced by declaring the stage again."""

    description: Prose
    """What the stage is for."""
    remit: RemitLayer = RemitLayer()
    """What holds for every use case at this stage."""
