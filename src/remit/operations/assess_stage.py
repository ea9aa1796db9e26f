"""Assess the way to a stage: how its gate stands now, and what a review of it would rest on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from remit.decide.dossier import Dossier
from remit.decide.gate import GateStanding, assess_gate
from remit.decide.gate_review import OutOfOrder, Snapshot, goal, looked_at, snapshot
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.enforce.remit import resolve
from remit.kernel.errors import RemitError
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.read_dossiers import read_dossier
from remit.operations.system import System
from remit.record.dossier_entry import Waiver
from remit.record.projection import StageFact


class NotAllowed(RemitError):
    """Who asks for it may not have it."""

    code = "not-in-role"


@dataclass(frozen=True, slots=True)
class Assessed:
    """How the gate into a stage stands for a use case, by what was known at one moment.

    `again` is set where the use case is at that stage already, on waivers.
    """

    model: OperatingModel
    version: int
    now: datetime
    fact: StageFact
    into: StageName
    dossier: Dossier
    standing: GateStanding

    @property
    def use_case(self) -> str:
        return self.standing.use_case

    @property
    def again(self) -> bool:
        return self.fact.stage == self.into

    @property
    def today(self) -> date:
        return self.now.astimezone(self.model.organisation.zone).date()

    @property
    def waivers(self) -> tuple[Waiver, ...]:
        """The waivers that the gate stands on."""
        waived = (each.waiver for each in self.standing.criteria if each.status == "waived")
        return tuple(each for each in waived if each is not None)

    @property
    def snapshot(self) -> Snapshot:
        there = resolve(self.model, self.use_case, self.into)
        return snapshot(
            self.standing,
            at=self.now,
            stage=self.fact.stage,
            there=there,
            model_version=self.version,
        )

    def standing_as(self, standing: GateStanding) -> Assessed:
        return replace(self, standing=standing)


def assess_stage(
    system: System, use_case: str, into: StageName | None = None, *, ends: bool = False
) -> Assessed:
    """Assess the gate into a stage, the next one if none is named; the ledger is folded already.

    Where a review `ends` otherwise than in going on, one that is at its last stage is looked at by the gate
    of that. Raises RemitError where no gate leads there from where the use case is.
    """
    version, model = model_in_force(system)
    require_use_case(model, use_case)
    now = system.clock.now()
    fact = stage_of(system, use_case, now)
    found = looked_at(use_case, fact) if ends else goal(use_case, fact, into)
    if isinstance(found, OutOfOrder):
        raise out_of_order(found)
    dossier = read_dossier(system, model, use_case)
    standing = assess_gate(model, dossier, into=found)
    if standing.gate is None:
        raise out_of_order(
            OutOfOrder(
                f"no gate into `{found}` is declared",
                f"declare one under `gates:`, or take the shipped one; `{use_case}` stays where it is",
            )
        )
    return Assessed(model, version, now, fact, found, dossier, standing)


def stage_of(system: System, use_case: str, now: datetime) -> StageFact:
    """Say where a declared use case is."""
    return system.store.stages(now, use_case)[use_case]


def out_of_order(found: OutOfOrder) -> RemitError:
    return RemitError(found.summary, help=found.help, code="stage-out-of-order")
