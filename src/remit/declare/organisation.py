"""The organisation, its business units and the stages of a use case's life."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import PlainValidator as Reads
from pydantic import StringConstraints

from remit.declare.declared import Contact, Declared, Id, Prose, Title, whole
from remit.declare.remit_layer import RemitLayer

StageName = Literal["envision", "experiment", "launch", "scale", "retired"]
STAGES: tuple[StageName, ...] = ("envision", "experiment", "launch", "scale", "retired")
"""In the order of a use case's life."""


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


class Organisation(Declared):
    """Who declares; its `remit` is the floor that every use case stands on."""

    name: Title
    contact: Contact
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    time_zone: Annotated[str, Reads(_zone)] = "UTC"
    fiscal_year_starts: Annotated[int, Reads(_month)] = 1
    remit: RemitLayer = RemitLayer()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Unit(Declared):
    """A business unit; it may have a parent unit."""

    name: Title
    parent: Id | None = None
    lead: Contact | None = None
    remit: RemitLayer = RemitLayer()


class Stage(Declared):
    """What a stage allows by default; shipped, and replaced by declaring the stage again."""

    description: Prose
    remit: RemitLayer = RemitLayer()
