"""Gates assessed: how each criterion stands on what is known of a use case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from remit.decide.criterion import Asked, stand
from remit.decide.criterion import CriterionStanding as CriterionStanding
from remit.decide.dossier import Dossier
from remit.decide.risk import tier_of, tiered
from remit.decide.shortest import shortest
from remit.declare.gate import ATTESTED, Criterion, Gate, RiskTier, next_stage
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.record.dossier_entry import CriterionStatus

KILL = "kill/"
PARK = "park/"
"""What stands before the id of a kill criterion in its address."""


@dataclass(frozen=True, slots=True)
class GateStanding:
    """How a whole gate stands for one use case. `gate` is None where none leads into that stage.

    `kill` are the kill criteria; one that is `met` ends the use case. Under `fast_lane` what somebody attests
    or approves is not asked for, and neither are `roles`, who must agree otherwise. It is closed to a tier
    that the gate names as long as facts are `unstated` that could raise it. Of several releases that were
    tried, evaluations of `release` count: the one by which most is met. A use case whose stage stands on
    waivers is at `falls_to` from `until` on.
    """

    use_case: str
    stage: StageName
    into: StageName | None
    gate: Gate | None
    tier: RiskTier
    criteria: tuple[CriterionStanding, ...] = ()
    kill: tuple[CriterionStanding, ...] = ()
    park: tuple[CriterionStanding, ...] = ()
    roles: tuple[str, ...] = ()
    fast_lane: bool = False
    unstated: tuple[str, ...] = ()
    release: str = ""
    until: datetime | None = None
    falls_to: StageName | None = None

    @property
    def missing(self) -> tuple[CriterionStanding, ...]:
        """The criteria that stand in the way."""
        return tuple(each for each in self.criteria if each.status not in ("met", "waived"))

    @property
    def killed(self) -> tuple[CriterionStanding, ...]:
        return tuple(each for each in self.kill if each.status == "met")

    @property
    def parked(self) -> tuple[CriterionStanding, ...]:
        return tuple(each for each in self.park if each.status == "met")

    @property
    def simulated(self) -> bool:
        """Say whether anything that counts here was only simulated."""
        return any(each.simulated for each in (*self.criteria, *self.kill, *self.park))


def assess_gate(model: OperatingModel, dossier: Dossier, *, into: StageName | None = None) -> GateStanding:
    """Say how the gate into a stage stands for a use case: the next one, if none is named."""
    name, stage = dossier.use_case, dossier.stage.stage
    into = into or next_stage(stage)
    gate = model.gates.get(into) if into else None
    tier = tier_of(model.use_cases[name])
    if gate is None or into is None:
        return GateStanding(name, stage, into, None, tier)
    # What nobody stated is not known to be safe.
    unstated = _unstated(model, name) if tier in gate.fast_lane else ()
    fast_lane = tier in gate.fast_lane and not unstated
    release = _release(model, dossier, gate, into)
    criteria = {
        id: each for id, each in gate.criteria.items() if not (fast_lane and each.evidence in ATTESTED)
    }
    return GateStanding(
        use_case=name,
        stage=stage,
        into=into,
        gate=gate,
        tier=tier,
        criteria=_assessed(model, dossier, criteria, f"gate/{into}/", release),
        kill=_assessed(model, dossier, gate.kill, f"gate/{into}/{KILL}", release),
        park=_assessed(model, dossier, gate.park, f"gate/{into}/{PARK}", release),
        roles=() if fast_lane else gate.approvals,
        fast_lane=fast_lane,
        unstated=unstated,
        release=release,
        until=dossier.stage.until,
        falls_to=dossier.stage.falls_to,
    )


def _unstated(model: OperatingModel, use_case: str) -> tuple[str, ...]:
    """Name the facts that nobody stated and that could raise the risk tier."""
    return tuple(each.fact for each in tiered(model.use_cases[use_case]).open)


def _assessed(
    model: OperatingModel, dossier: Dossier, criteria: Mapping[str, Criterion], prefix: str, release: str
) -> tuple[CriterionStanding, ...]:
    found = []
    for id, criterion in criteria.items():
        asked = Asked(id, prefix + id, criterion, model, dossier, release)
        how = stand(asked)
        # Nobody is told how to meet what ends a use case, or has it wait.
        settled = how.status == "met" or KILL in prefix or PARK in prefix
        found.append(
            CriterionStanding(
                id=id,
                criterion=criterion,
                status=how.status,
                shortest="" if settled else shortest(asked, how),
                fact=how.fact,
                attested=how.attested,
                sure=how.sure,
                waiver=how.waiver,
                until=how.until,
            )
        )
    return tuple(found)


_NEARNESS: Mapping[CriterionStatus, int] = {"met": 3, "waived": 3, "not_met": 2, "stale": 1, "missing": 0}


def _release(model: OperatingModel, dossier: Dossier, gate: Gate, into: StageName) -> str:
    """Choose the release that a gate is assessed for; empty where no more than one was tried.

    A prompt, a model and parameters go live as one, so that what one release passed speaks for no other. It
    is the one by which most criteria are met, and of equal ones the one that was tried last.
    """
    evaluated = {id: each for id, each in gate.criteria.items() if each.evidence == "evaluation"}
    measures = {each.measure for each in evaluated.values()}
    facts = [fact for measure in measures for fact in dossier.facts.get(measure, ()) if fact.release]
    facts.sort(key=lambda fact: (fact.at, fact.release), reverse=True)
    releases = list(dict.fromkeys(fact.release for fact in facts))
    if len(releases) < 2:
        return releases[0] if releases else ""

    def nearness(release: str) -> list[int]:
        asked = (
            Asked(id, f"gate/{into}/{id}", each, model, dossier, release) for id, each in evaluated.items()
        )
        near = [_NEARNESS[stand(each).status] for each in asked]
        return [near.count(3), near.count(2), near.count(1)]

    # Of equal ones `max` keeps the first.
    return max(releases, key=nearness)
