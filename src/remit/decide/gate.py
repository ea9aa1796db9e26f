"""Gates assessed: how each criterion stands on what is known of a use case."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from remit.decide.dossier import Attested, Fact
from remit.declare.gate import Criterion, Gate, RiskTier
from remit.declare.organisation import StageName
from remit.record.dossier_entry import CriterionStatus, Waiver


@dataclass(frozen=True, slots=True)
class CriterionStanding:
    """How one criterion stands, what shows it, and what would meet it in the shortest way.

    `sure` is how sure one can be that it is met, where it asks for that. `shortest` says in one sentence what
    is to be done, with figures where they follow from what is known.
    """

    id: str
    criterion: Criterion
    status: CriterionStatus
    shortest: str
    fact: Fact | None = None
    attested: Attested | None = None
    sure: Decimal | None = None
    waiver: Waiver | None = None


@dataclass(frozen=True, slots=True)
class GateStanding:
    """How a whole gate stands for one use case. `gate` is None where none leads into that stage.

    `kill` are the kill criteria; one that is `met` ends the use case. Under `fast_lane` what somebody attests
    or approves is not asked for, and neither are `roles`, who must agree otherwise.
    """

    use_case: str
    stage: StageName
    into: StageName | None
    gate: Gate | None
    tier: RiskTier
    criteria: tuple[CriterionStanding, ...] = ()
    kill: tuple[CriterionStanding, ...] = ()
    roles: tuple[str, ...] = ()
    fast_lane: bool = False

    @property
    def missing(self) -> tuple[CriterionStanding, ...]:
        """The criteria that stand in the way."""
        return tuple(each for each in self.criteria if each.status not in ("met", "waived"))

    @property
    def killed(self) -> tuple[CriterionStanding, ...]:
        return tuple(each for each in self.kill if each.status == "met")
