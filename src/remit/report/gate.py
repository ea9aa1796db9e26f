"""The gate before a use case: how each criterion stands, what shows it, and who must agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from remit.decide.approval import Standing
from remit.decide.confidence import wilson
from remit.decide.dossier import Dossier, Fact
from remit.decide.gate import CriterionStanding, GateStanding, lane_bar
from remit.decide.gate_review import barriers
from remit.decide.reviewers import stand_in
from remit.decide.roles import holder
from remit.declare.gate import LANE, Pillar, RiskTier, next_stage, threshold
from remit.declare.measure import EvidenceKind
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.record.dossier_entry import CriterionStatus
from remit.report.approvals import stand_in as answers_for

WILSON = Decimal("0.95")
"""How sure the interval is that is shown for what was counted."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What shows a criterion: since when it is known, until which day it counts, and by which entries.

    What was counted has `passed` of `total`, and `low` to `high` is Wilson's interval of its share; of
    anything else they are what the evidence says. They hold the value with the probability `sure`. `says` is
    a sentence, or what was counted.
    """

    says: str
    on: date
    until: date | None
    entries: tuple[str, ...]
    simulated: bool = False
    value: Decimal | None = None
    passed: int | None = None
    total: int | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    sure: Decimal | None = None
    owner: str = ""
    link: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Waived:
    """That a criterion need not be met for a time, and who bears the risk that remains."""

    entry: str
    until: date
    accepted_by: str
    residual_risk: str


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """One criterion; `threshold` says in words what meets it.

    `sure` is how sure one can be that it is met, where it asks for that.
    """

    id: str
    name: str
    status: CriterionStatus
    measure: str
    threshold: str
    evidence: EvidenceKind
    fresh_days: int | None
    pillar: Pillar
    shortest: str
    help: str
    behind: Behind | None = None
    sure: Decimal | None = None
    waiver: Waived | None = None


@dataclass(frozen=True, slots=True)
class Approver:
    """A role that must agree, and who holds it; nobody if the address is empty.

    `stand_in` is who answers in their place because the use case is their own.
    """

    role: str
    contact: str
    stand_in: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A request about a gate that people have not answered yet: whom it waits for, and until when.

    `about` is `gate` for its review, and `waiver` for one of its criteria.
    """

    request: str
    about: str
    summary: str
    due: datetime
    waits_for: tuple[Approver, ...]


@dataclass(frozen=True, slots=True)
class GateView:
    """A gate as it stands. `declared` is False where none leads into that stage.

    `counts` are how many criteria have each status, and `nearest` is the id of the one that takes least.
    `killed` are kill criteria that are met, and `parked` those that have it wait. `simulated` says that
    something of it was only simulated. A stage with `until` stands on waivers and falls to `falls_to` then.
    `ready` says that a review can be asked for. `unasked` are criteria for other risk tiers. Where the gate
    declares a fast lane that is not open, `lane_closed` says why; facts that are `unstated` keep it so.
    `raised_from` is the risk tier at its last review if that was lower, and `pending` waits for people.
    """

    use_case: str
    stage: StageName
    into: StageName | None
    declared: bool
    tier: RiskTier
    description: str = ""
    counts: Mapping[CriterionStatus, int] | None = None
    nearest: str = ""
    criteria: tuple[CriterionLine, ...] = ()
    approvals: tuple[Approver, ...] = ()
    unasked: tuple[str, ...] = ()
    fast_lane: bool = False
    lane_closed: str = ""
    unstated: tuple[str, ...] = ()
    kill: tuple[CriterionLine, ...] = ()
    killed: tuple[str, ...] = ()
    park: tuple[CriterionLine, ...] = ()
    parked: tuple[str, ...] = ()
    release: str = ""
    simulated: bool = False
    until: datetime | None = None
    falls_to: StageName | None = None
    ready: bool = False
    raised_from: str = ""
    pending: tuple[Pending, ...] = ()


def gate_view(
    model: OperatingModel, dossier: Dossier, standing: GateStanding, *, requests: Iterable[Standing] = ()
) -> GateView:
    """Lay out how the gate into a stage stands for a use case."""
    gate = standing.gate
    begun = (standing.use_case, standing.stage, standing.into)
    if gate is None:
        return GateView(*begun, declared=False, tier=standing.tier)
    near = nearest(standing)
    return GateView(
        *begun,
        declared=True,
        tier=standing.tier,
        description=gate.description,
        counts=counts(standing),
        nearest=near.id if near else "",
        criteria=tuple(_line(each, dossier) for each in standing.criteria),
        approvals=tuple(
            Approver(role, holder(model, role, standing.use_case), stand_in(model, standing, role))
            for role in standing.roles
        ),
        unasked=standing.unasked,
        fast_lane=standing.fast_lane,
        lane_closed=_lane_closed(standing),
        unstated=standing.unstated,
        kill=tuple(_line(each, dossier) for each in standing.kill),
        killed=tuple(each.id for each in standing.killed),
        park=tuple(_line(each, dossier) for each in standing.park),
        parked=tuple(each.id for each in standing.parked),
        release=standing.release,
        simulated=standing.simulated,
        until=standing.until,
        falls_to=standing.falls_to,
        ready=_ready(standing),
        raised_from=standing.raised_from,
        pending=tuple(_pending(model, each) for each in requests if _is_about(each, standing)),
    )


def _is_about(found: Standing, standing: GateStanding) -> bool:
    what, _, rest = found.request.subject.partition("/")
    return found.state == "open" and what in ("gate", "waiver") and rest.partition("/")[0] == standing.into


def _pending(model: OperatingModel, found: Standing) -> Pending:
    request = found.request
    roles = found.waits_for
    return Pending(
        request=request.id,
        about=request.about,
        summary=request.summary,
        due=request.deadline,
        waits_for=tuple(
            Approver(role, holder(model, role, request.use_case), answers_for(model, request, role))
            for role in roles
        ),
    )


def _lane_closed(standing: GateStanding) -> str:
    """Say why a fast lane is closed that the gate declares; empty where it is open, or none is declared."""
    if standing.gate is None or not standing.gate.fast_lane or standing.fast_lane:
        return ""
    if standing.tier != LANE:
        return f"it is for {LANE} risk alone"
    if standing.unstated:
        facts = ", ".join(f"`{each}`" for each in standing.unstated)
        return f"until it is stated how things are with {facts}, what higher risk asks for is asked as well"
    return f"{', '.join(lane_bar(standing.gate))} is somebody's word, which no policy can take"


def _ready(standing: GateStanding) -> bool:
    """Say that nothing but consent keeps a use case from the stage that it could be reviewed for.

    A stage that stands on waivers is reviewed again once none of them is needed.
    """
    if standing.killed or barriers(standing):
        return False
    if standing.until is None:
        return standing.into == next_stage(standing.stage)
    return standing.into == standing.stage and all(each.status != "waived" for each in standing.criteria)


def counts(standing: GateStanding) -> dict[CriterionStatus, int]:
    """Count the criteria by how they stand."""
    found: dict[CriterionStatus, int] = dict.fromkeys(STATUSES, 0)
    for each in standing.criteria:
        found[each.status] += 1
    return found


STATUSES: tuple[CriterionStatus, ...] = ("met", "waived", "not_met", "stale", "missing")
_EFFORT: Mapping[EvidenceKind, int] = {
    "attestation": 0,
    "ledger": 1,
    "evaluation": 2,
    "value_study": 3,
    "approval": 4,
}
"""Which kind of evidence takes least: a word less than a declaration or calls, a study most. Consent comes
last, since nobody is asked for it while anything else is missing."""


def nearest(standing: GateStanding) -> CriterionStanding | None:
    """Choose what takes least of all that stands in the way."""
    return min(standing.missing, key=lambda each: _EFFORT[each.criterion.evidence], default=None)


def _line(standing: CriterionStanding, dossier: Dossier) -> CriterionLine:
    criterion = standing.criterion
    waiver = standing.waiver
    return CriterionLine(
        id=standing.id,
        name=criterion.name,
        status=standing.status,
        measure=criterion.measure,
        threshold=threshold(criterion),
        evidence=criterion.evidence,
        fresh_days=criterion.fresh_days,
        pillar=criterion.pillar,
        shortest=standing.shortest,
        help=criterion.help,
        behind=_behind(standing, dossier),
        sure=standing.sure,
        waiver=None
        if waiver is None
        else Waived(waiver.id, waiver.expires, waiver.accepted_by, waiver.residual_risk),
    )


def _behind(standing: CriterionStanding, dossier: Dossier) -> Behind | None:
    fact, word = standing.fact, standing.attested
    if fact is not None:
        low, high, sure = _interval(fact)
        return Behind(
            says=fact.basis,
            on=dossier.day_of(fact.at),
            until=standing.until,
            entries=fact.entries,
            simulated=fact.simulated,
            value=fact.value.quantize(_PLACES).normalize() + 0,
            passed=fact.passed,
            total=fact.total,
            low=low,
            high=high,
            sure=sure,
        )
    if word is not None:
        return Behind(
            says=word.statement,
            on=word.shown,
            until=standing.until,
            entries=(word.entry,),
            owner=word.owner,
            link=word.link,
            file=word.file,
        )
    return None


_PLACES = Decimal("0.000001")


def _interval(fact: Fact) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    if fact.passed is None or not fact.total:
        return fact.low, fact.high, fact.sure
    low, high = wilson(fact.passed, fact.total, sure=float(WILSON))
    return Decimal(f"{low:.4f}"), Decimal(f"{high:.4f}"), WILSON


@dataclass(frozen=True, slots=True)
class GateStatus:
    """How near one use case is to its next gate, and what it lacks.

    Where no gate comes next, `into` is the stage that it is at, and it lacks what that stage asks for.
    """

    use_case: str
    unit: str
    stage: StageName
    tier: RiskTier
    into: StageName | None
    fast_lane: bool
    counts: Mapping[CriterionStatus, int]
    lacks: tuple[str, ...]
    nearest: str
    killed: tuple[str, ...]
    parked: tuple[str, ...]
    simulated: bool
    until: datetime | None = None
    ready: bool = False
    raised_from: str = ""

    @property
    def criteria(self) -> int:
        return sum(self.counts.values())


def gate_statuses(model: OperatingModel, standings: Iterable[GateStanding]) -> tuple[GateStatus, ...]:
    """List how near use cases are to their gates: the nearest first, and last those before no next one."""
    found = []
    for each in standings:
        near = nearest(each)
        found.append(
            GateStatus(
                use_case=each.use_case,
                unit=model.use_cases[each.use_case].unit,
                stage=each.stage,
                tier=each.tier,
                into=each.into if each.gate else None,
                fast_lane=each.fast_lane,
                counts=counts(each),
                lacks=tuple(one.id for one in each.missing),
                nearest=near.id if near else "",
                killed=tuple(one.id for one in each.killed),
                parked=tuple(one.id for one in each.parked),
                simulated=each.simulated,
                until=each.until,
                ready=_ready(each),
                raised_from=each.raised_from,
            )
        )
    found.sort(
        key=lambda each: (
            *(each.into is None, each.into == each.stage, bool(each.killed), bool(each.parked)),
            *(len(each.lacks), each.use_case),
        )
    )
    return tuple(found)
