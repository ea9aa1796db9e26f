"""Read gates: how the gate before one use case stands, or before all."""

from __future__ import annotations

from dataclasses import replace

from remit.decide.dossier import Dossier
from remit.decide.gate import assess_gate
from remit.decide.reviewers import reviewing
from remit.declare.gate import next_stage
from remit.declare.organisation import StageName
from remit.operations.lookup import require_unit
from remit.operations.model_in_force import model_in_force
from remit.operations.read_approvals import standings
from remit.operations.read_dossiers import read_dossier, read_dossiers
from remit.operations.system import System
from remit.report.gate import GateStatus, GateView, gate_statuses, gate_view


def read_gate(system: System, use_case: str, *, into: StageName | None = None) -> GateView:
    """Say how the gate into a stage stands for a use case; raises NotFound.

    Without a stage it is the next one, or, where none comes or it stands on waivers, the one that it is at.
    """
    _, model = model_in_force(system)
    dossier = read_dossier(system, model, use_case)
    standing = assess_gate(model, dossier, into=into or _before(dossier))
    if standing.gate is not None and not standing.fast_lane:
        standing = replace(standing, roles=reviewing(model, standing))
    requests = standings(system, system.clock.now(), use_case=use_case)
    return gate_view(model, dossier, standing, requests=requests)


def read_gate_status(system: System, *, unit: str = "", stage: str = "") -> tuple[GateStatus, ...]:
    """Say how near each use case is to its next gate, or how it holds the last one that there was.

    A unit stands for all units below it.
    """
    _, model = model_in_force(system)
    if unit:
        require_unit(model, unit)
    below = {name for name in model.units if not unit or unit in model.lineage(name)}
    return gate_statuses(
        model,
        (
            assess_gate(model, dossier, into=_before(dossier))
            for name, dossier in read_dossiers(system, model).items()
            if model.use_cases[name].unit in below and stage in ("", dossier.stage.stage)
        ),
    )


def _before(dossier: Dossier) -> StageName:
    """Name the gate to look at: who came in by adoption alone never had to show what its stage asks for.

    While a stage stands on waivers, what keeps it is looked at, and the next gate is closed.
    """
    if dossier.stage.until is not None:
        return dossier.stage.stage
    return next_stage(dossier.stage.stage) or dossier.stage.stage
