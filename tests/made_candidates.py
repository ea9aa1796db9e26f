"""Candidates for tests of selections, and a quick choice among them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from remit.decide.candidate import Candidate, Room
from remit.decide.score import Judged
from remit.decide.selection import Effort, Selection, select
from remit.declare.dependence import exclusives
from remit.declare.needs import UseCaseNeeds
from remit.declare.portfolio import Portfolio
from remit.declare.ranking import CRITERIA

QUICK = Effort(firm_seconds=0, exact=0)


def candidate(
    name: str, worth: int | None = 1, *, tier: Any = "low", blocks: Any = (), **needs: Any
) -> Candidate:
    criteria = dict.fromkeys(CRITERIA, Decimal(worth or 0))
    stage = needs.pop("stage", "envision")
    judged = Judged(name, name, "motor", stage, "claimed", None, criteria, {})
    declared = UseCaseNeeds.model_validate(needs)
    value = None if worth is None else Decimal(worth)
    return Candidate(judged, tier, value, declared, tuple(blocks), () if value is not None else ("value",))


def within(*found: Candidate, **limits: Any) -> Room:
    groups = exclusives({each.id: each.needs for each in found})
    return Room("EUR", exclusives=groups, **limits)


def choose(*found: Candidate, effort: Effort = QUICK, **limits: Any) -> Selection:
    return select(found, within(*found, **limits), Portfolio(), effort=effort)


def eur(*amounts: int) -> list[str]:
    return [f"{each} EUR" for each in amounts]
