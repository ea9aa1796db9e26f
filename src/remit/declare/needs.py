"""Needs: what it takes to do a use case, or to build a shared block, and what it stands on."""

from __future__ import annotations

from remit.declare.declared import Amount, Declared, Id, Rate, Truth

PERIODS_MAX = 40
"""More periods than anybody plans for."""


class Needs(Declared):
    """What something takes in money and in people's time, period by period from the next one on."""

    cost: tuple[Amount, ...] = ()
    """What it costs in each period; in those that are not listed, nothing."""
    capacity: dict[Id, tuple[Rate, ...]] = {}
    """By skill, what it takes of the capacity of each period, in the unit that the portfolio counts in."""


class UseCaseNeeds(Needs):
    """What a use case takes, and what it stands on or stands against."""

    depends_on: tuple[Id, ...] = ()
    """Use cases that must be done as well, or be in use already."""
    variant_of: Id | None = None
    """The use case that this is another way of doing; of all ways, at most one is chosen."""
    excludes: tuple[Id, ...] = ()
    """Use cases that are not done beside it."""
    mandatory: Truth = False
    """Whether it must be done, as where a law asks for it."""
