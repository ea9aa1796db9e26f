"""Risks as people read them: the register with live controls, and one use case's tier, class and duties."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from remit.decide.ai_act import ActView
from remit.decide.controls import ControlStatus
from remit.decide.register import RiskStanding
from remit.decide.risk import Tiered
from remit.declare.organisation import StageName
from remit.declare.risk import IMPACTS, LIKELIHOODS, Treatment


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A level of risk in numbers and words; `score` is the product of the two, from 1 to 25."""

    likelihood: int
    impact: int
    score: int
    words: str


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A control that shall keep a risk small; `failing` use cases do not hold it."""

    id: str
    holds: bool
    worst: ControlStatus
    asked: int
    failing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RiskLine:
    """One risk of the register, at the level where it stands `now`.

    `kept` says whether its controls hold; where they do not, `now` is the inherent level. `overdue_days` is
    by how much its review is late.
    """

    id: str
    title: str
    description: str
    owner: str
    concerns: int
    use_cases: tuple[str, ...]
    units: tuple[str, ...]
    treatment: Treatment
    reason: str
    inherent: LevelLine
    residual: LevelLine
    now: LevelLine
    kept: bool
    controls: tuple[LinkLine, ...]
    review: date
    overdue_days: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UseCaseRisk:
    """What can go wrong with one use case, and what the law asks: tier, class, duties and risks."""

    use_case: str
    stage: StageName
    tier: Tiered
    ai_act: ActView
    risks: tuple[RiskLine, ...]


def risk_lines(standings: Iterable[RiskStanding]) -> tuple[RiskLine, ...]:
    """Lay out the register."""
    return tuple(map(_line, standings))


def level(likelihood: int, impact: int) -> LevelLine:
    """Say a level in numbers and words.

    >>> level(4, 2).words
    'likely, minor'
    """
    words = f"{LIKELIHOODS[likelihood - 1]}, {IMPACTS[impact - 1]}"
    return LevelLine(likelihood, impact, likelihood * impact, words)


def _line(each: RiskStanding) -> RiskLine:
    risk = each.risk
    return RiskLine(
        id=each.id,
        title=risk.title,
        description=risk.description or "",
        owner=risk.owner,
        concerns=len(each.concerns),
        use_cases=risk.use_cases,
        units=risk.units,
        treatment=risk.treatment,
        reason=risk.reason or "",
        inherent=level(*risk.inherent),
        residual=level(*risk.residual),
        now=level(*each.level),
        kept=each.kept,
        controls=tuple(
            LinkLine(link.id, link.holds, link.worst, link.asked, link.failing) for link in each.controls
        ),
        review=risk.review,
        overdue_days=each.overdue,
        sources=risk.sources,
    )
