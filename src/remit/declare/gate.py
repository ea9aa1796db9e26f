"""Gates: what must be shown before a use case enters a stage, as data that ships and can be replaced."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import PlainSerializer
from pydantic import PlainValidator as Reads

from remit.declare.declared import Count, Declared, Id, Prose, Title, Word
from remit.declare.declared import RiskTier as RiskTier
from remit.declare.measure import EvidenceKind
from remit.declare.organisation import STAGES, StageName
from remit.declare.use_case import Figure
from remit.kernel.money import canonical


def _confidence(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str) and re.fullmatch(r"0?\.[0-9]{1,3}", value):
        number = Decimal(value)
        if Decimal("0.5") <= number <= Decimal("0.999"):
            return number
    raise ValueError("write how sure one must be, from `0.5` to `0.999`")


def _present(value: Any) -> Literal[True]:
    if value not in ("true", True):
        raise ValueError("write `true`, or leave it out")
    return True


Confidence = Annotated[Decimal, Reads(_confidence), PlainSerializer(canonical, return_type=str)]
"""How sure one must be that the threshold is met, from `0.5` to `0.999`."""

Present = Annotated[Literal[True], Reads(_present)]
"""`true`, and nothing else."""

Pillar = Literal["business", "people", "governance", "platform", "security", "operations"]
"""What a criterion belongs to."""

LANE: RiskTier = "low"
"""The risk tier that has a fast lane, where a gate declares one."""

ATTESTED: frozenset[EvidenceKind] = frozenset({"attestation", "approval"})
"""Kinds of evidence that somebody gives; all others are measured."""

GATED: tuple[StageName, ...] = STAGES[1:]
"""Stages that a gate leads into; every use case begins at the first one."""

ROLES_OF_A_USE_CASE = ("use-case-owner", "risk-owner", "unit-lead", "centre")
"""Roles that every use case has of its own, beside those that the organisation declares. `centre` is held by
the organisation's contact."""


class Criterion(Declared):
    """One thing that is shown or is not: a measure and a threshold, or that something is there."""

    name: Title
    """What must be so."""
    measure: Word
    """What is looked at, such as `pass_rate`, `cost_per_outcome` or `attestation`."""
    at_least: Figure | None = None
    """The lowest value that meets it."""
    at_most: Figure | None = None
    """The highest value that meets it."""
    present: Present | None = None
    """For what somebody attests or approves: that it is there."""
    confidence: Confidence | None = None
    """How sure one must be that a measured value meets it; left out, the value itself counts."""
    fresh_days: Count | None = None
    """After how many days evidence is too old to count."""
    evidence: EvidenceKind
    """Which kind of evidence shows it."""
    tiers: tuple[RiskTier, ...] = ()
    """Risk tiers in which it is asked; left out, in all."""
    dataset: Id | None = None
    """For an evaluation: the data set that it has to be of; left out, any counts."""
    pillar: Pillar
    """What it belongs to."""
    help: Prose
    """The shortest way to meet it."""

    def asked_at(self, tier: RiskTier) -> bool:
        return not self.tiers or tier in self.tiers


class Gate(Declared):
    """What leads into a stage; shipped, and replaced by declaring it again. It widens nothing by itself."""

    description: Prose
    """What it is to make sure of."""
    criteria: dict[Id, Criterion] = {}
    """What must be shown."""
    approvals: tuple[Id, ...] = ()
    """Roles that must agree: the organisation's, or `use-case-owner`, `risk-owner`, `unit-lead`."""
    fast_lane: Present | None = None
    """`true`: at low risk a policy passes it, at once, when all that it asks for is met."""
    kill: dict[Id, Criterion] = {}
    """What ends a use case when it is shown: it cannot proceed."""
    park: dict[Id, Criterion] = {}
    """What has it wait when it is shown: no policy passes it, and people who review it see why."""

    @property
    def tests(self) -> tuple[Criterion, ...]:
        """All criteria: what must be shown, and what ends a use case or has it wait."""
        return (*self.criteria.values(), *self.kill.values(), *self.park.values())


def next_stage(stage: StageName) -> StageName | None:
    """Name the stage that the next gate leads into; the last working stage and the end have none.

    >>> next_stage("experiment"), next_stage("scale"), next_stage("retired")
    ('launch', None, None)
    """
    working = STAGES[:-1]
    return working[working.index(stage) + 1] if stage in working[:-1] else None


def threshold(criterion: Criterion) -> str:
    """Say what meets a criterion, such as `pass_rate ≥ 0.9, 95 % sure`."""
    if criterion.present:
        return f"{criterion.measure} is there"
    sign, bound = ("≥", criterion.at_least) if criterion.at_least is not None else ("≤", criterion.at_most)
    assert bound is not None, "a measured criterion has a threshold"
    sure = f", {canonical(criterion.confidence * 100)} % sure" if criterion.confidence else ""
    return f"{criterion.measure} {sign} {canonical(bound)}{sure}"
