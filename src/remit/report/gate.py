"""The gate before a use case: what is to be shown until the next stage, and who must agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remit.decide.roles import holder
from remit.declare.gate import Criterion, Pillar, RiskTier, next_stage
from remit.declare.measure import EvidenceKind
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.kernel.money import canonical

NOT_REVIEWED = "gates are declared and shown; this version does not review them, and no stage moves by them"


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """One criterion; `threshold` says in words what meets it."""

    id: str
    name: str
    measure: str
    threshold: str
    evidence: EvidenceKind
    fresh_days: int | None
    pillar: Pillar
    help: str


@dataclass(frozen=True, slots=True)
class Approver:
    """A role that must agree, and who holds it; nobody if the address is empty."""

    role: str
    contact: str


@dataclass(frozen=True, slots=True)
class GateView:
    """A gate as it is declared. `declared` is False where none leads into that stage."""

    use_case: str
    stage: StageName
    into: StageName | None
    declared: bool
    description: str = ""
    criteria: tuple[CriterionLine, ...] = ()
    approvals: tuple[Approver, ...] = ()
    fast_lane: tuple[RiskTier, ...] = ()
    kill: tuple[CriterionLine, ...] = ()
    reviewed: bool = False


def gate_view(
    model: OperatingModel, use_case: str, stage: StageName, *, into: StageName | None = None
) -> GateView:
    """Lay out the gate between a use case's stage and another one, the next if none is named."""
    into = into or next_stage(stage)
    gate = model.gates.get(into) if into else None
    if gate is None:
        return GateView(use_case, stage, into, declared=False)
    return GateView(
        use_case=use_case,
        stage=stage,
        into=into,
        declared=True,
        description=gate.description,
        criteria=_lines(gate.criteria),
        approvals=tuple(Approver(role, holder(model, role, use_case)) for role in gate.approvals),
        fast_lane=gate.fast_lane,
        kill=_lines(gate.kill),
    )


def _lines(criteria: Mapping[str, Criterion]) -> tuple[CriterionLine, ...]:
    return tuple(
        CriterionLine(
            id=id,
            name=each.name,
            measure=each.measure,
            threshold=threshold(each),
            evidence=each.evidence,
            fresh_days=each.fresh_days,
            pillar=each.pillar,
            help=each.help,
        )
        for id, each in criteria.items()
    )


def threshold(criterion: Criterion) -> str:
    """Say what meets a criterion, such as `pass_rate ≥ 0.9, 95 % sure`."""
    if criterion.present:
        return f"{criterion.measure} is there"
    sign, bound = ("≥", criterion.at_least) if criterion.at_least is not None else ("≤", criterion.at_most)
    assert bound is not None, "a measured criterion has a threshold"
    sure = f", {canonical(criterion.confidence * 100)} % sure" if criterion.confidence else ""
    return f"{criterion.measure} {sign} {canonical(bound)}{sure}"
