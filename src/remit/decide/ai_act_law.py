"""The EU AI Act as dated data: its classes, its obligations and since when each applies."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from remit.decide.shipped import read_shipped
from remit.declare.declared import Day, Declared, Id, Prose, Title
from remit.declare.use_case import Practice

ActClass = Literal[
    "prohibited",
    "high_risk_product",
    "high_risk_area",
    "exempted_area",
    "gpai_systemic",
    "gpai",
    "transparency",
    "minimal",
    "outside",
]
"""A class of the EU AI Act, from the gravest."""

Role = Literal["provider", "deployer"]
"""Who offers a system, and who uses it."""


class DatedDay(Declared):
    """Since when something applies, as it was known from a day on."""

    known: Day
    applies_from: Day
    source: Title


class ClassOfAct(Declared):
    """One class: what it is, on which article it rests, and since when its rules apply."""

    name: Title
    basis: Title
    dates: tuple[DatedDay, ...]

    def applies_from(self, today: date) -> date:
        """Say since when its rules apply, by what was known on a day."""
        return self.known(today)[-1].applies_from

    def known(self, today: date) -> tuple[DatedDay, ...]:
        """List the dates that were known on a day, the one that holds last; there is always one."""
        return tuple(each for each in self.dates if each.known <= today) or self.dates[:1]


class DatedPractice(Declared):
    """A forbidden practice, and since when it is."""

    article: Title
    applies_from: Day
    known: Day


class Obligation(Declared):
    """What the act asks of a role for systems of some classes; `if` are facts that must hold as well.

    One without classes is asked for every system in the Union.
    """

    article: Title
    title: Prose
    roles: tuple[Role, ...]
    classes: tuple[ActClass, ...] = ()
    facts: dict[str, str] = Field(default={}, alias="if")
    applies_from: Day
    changed: Prose | None = None


class Transition(Declared):
    """That what was on the market before a day is spared until a later one."""

    article: Title
    obligations: tuple[Id, ...] = ()
    classes: tuple[ActClass, ...] = ()
    facts: dict[str, str] = Field(default={}, alias="if")
    before: Day
    applies_from: Day
    known: Day
    source: Title


class Law(Declared):
    """The act as it was read on the day `verified_on`."""

    name: Title
    act: Title
    in_force: Day
    amended_by: Title
    source: Title
    verified_on: Day
    verified_how: Title
    standards: Prose
    classes: dict[ActClass, ClassOfAct]
    practices: dict[Practice, DatedPractice]
    obligations: dict[Id, Obligation]
    transitions: tuple[Transition, ...] = ()


def read_law(text: str, file: str) -> Law:
    """Read the law that ships; a fault in it is ours."""
    return Law.model_validate(read_shipped(text, file)["law"])
