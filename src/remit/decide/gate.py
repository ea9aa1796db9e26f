"""Gates assessed: how each criterion stands on what is known of a use case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from remit.decide.criterion import Asked, stand
from remit.decide.criterion import CriterionStanding as CriterionStanding
from remit.decide.dossier import Dossier
from remit.decide.risk import tier_of, tiered
from remit.decide.shortest import shortest
from remit.declare.declared import RISK_TIERS
from remit.declare.gate import ATTESTED, LANE, Criterion, Gate, RiskTier, next_stage
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.record.dossier_entry import CriterionStatus

KILL = "kill/"
PARK = "park/"
"""What stands before the id of a kill criterion in its address."""


@dataclass(frozen=True, slots=True)
class GateStanding:
    """How a whole gate stands for one use case. `gate` is None where none leads into that stage.

    `kill` are the kill criteria; one that is `met` ends the use case. Criteria of the gate that are asked in
    other risk tiers alone are `unasked`. Where the `fast_lane` is open no `roles` are asked, who must agree
    otherwise. As long as facts are `unstated` that could raise the tier it is closed, and what the tiers
    above ask for is asked too. Of several releases that were tried, evaluations of `release` count: the one
    by which most is met. A use case whose stage stands on waivers is at `falls_to` from `until` on. Its tier
    was `raised_from` a lower one since its last review: nobody looked at what is asked of it now.
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
    unasked: tuple[str, ...] = ()
    fast_lane: bool = False
    unstated: tuple[str, ...] = ()
    release: str = ""
    until: datetime | None = None
    falls_to: StageName | None = None
    raised_from: str = ""

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
    unstated = tuple(each.fact for each in tiered(model.use_cases[name]).open) if _tells_apart(gate) else ()
    # What nobody stated is not known to be safe.
    tiers = RISK_TIERS[RISK_TIERS.index(tier) :] if unstated else (tier,)
    asked = _asked(gate, tiers)
    fast_lane = bool(gate.fast_lane) and tiers == (LANE,) and lane_bar(asked) == ()
    release = _release(model, dossier, asked.criteria, into)
    return GateStanding(
        use_case=name,
        stage=stage,
        into=into,
        gate=gate,
        tier=tier,
        criteria=_assessed(model, dossier, asked.criteria, f"gate/{into}/", release),
        kill=_assessed(model, dossier, asked.kill, f"gate/{into}/{KILL}", release),
        # What has ended waits for nothing any more.
        park=()
        if stage == "retired"
        else _assessed(model, dossier, asked.park, f"gate/{into}/{PARK}", release),
        roles=() if fast_lane else gate.approvals,
        unasked=tuple(id for id in gate.criteria if id not in asked.criteria),
        fast_lane=fast_lane,
        unstated=unstated,
        release=release,
        until=dossier.stage.until,
        falls_to=dossier.stage.falls_to,
        raised_from=_raised_from(dossier, tier),
    )


def _raised_from(dossier: Dossier, tier: RiskTier) -> str:
    """Name the tier of the last review if it was lower than the present one; of who has ended it is idle."""
    last = next((each.tier for each in dossier.reviews), tier)
    lower = RISK_TIERS[: RISK_TIERS.index(tier)]
    return last if last in lower and dossier.stage.stage != "retired" else ""


def _tells_apart(gate: Gate) -> bool:
    """Say whether a gate asks for something else at another risk tier."""
    return bool(gate.fast_lane) or any(each.tiers for each in gate.tests)


def _asked(gate: Gate, tiers: Sequence[RiskTier]) -> Gate:
    """Reduce a gate to the criteria that it asks in at least one of some risk tiers."""

    def asked(criteria: Mapping[str, Criterion]) -> dict[str, Criterion]:
        return {id: each for id, each in criteria.items() if any(each.asked_at(tier) for tier in tiers)}

    update = {"criteria": asked(gate.criteria), "kill": asked(gate.kill), "park": asked(gate.park)}
    return gate.model_copy(update=update)


def lane_bar(gate: Gate) -> tuple[str, ...]:
    """Name what somebody attests or approves of all that a gate asks at low risk: no policy can pass that."""
    return tuple(
        id
        for criteria in (gate.criteria, gate.kill, gate.park)
        for id, each in criteria.items()
        if each.asked_at(LANE) and each.evidence in ATTESTED
    )


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


def _release(
    model: OperatingModel, dossier: Dossier, criteria: Mapping[str, Criterion], into: StageName
) -> str:
    """Choose the release that a gate is assessed for; empty where no more than one was tried.

    A prompt, a model and parameters go live as one, so that what one release passed speaks for no other. It
    is the one by which most criteria are met, and of equal ones the one that was tried last.
    """
    evaluated = {id: each for id, each in criteria.items() if each.evidence == "evaluation"}
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
