"""Governance compared: what each mode would change for one operating model and its past."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from remit.declare.governance import Capability, Decides, Side, out_of_bounds
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import MODES, GovernanceMode
from remit.declare.remit_layer import RemitLayer
from remit.declare.version import family

PLATFORM = "platform"
"""The capability whose decider builds the stack: where units decide, each builds its own."""

_DAYS_A_MONTH = Decimal("30.4375")


@dataclass(frozen=True, slots=True)
class Responsibility:
    """One row of the responsibility table under a mode: accountable, responsible, consulted, informed."""

    capability: str
    name: str
    decides: Decides
    accountable: str
    responsible: str
    consulted: tuple[str, ...]
    informed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutOfBounds:
    """A field that stands in a layer whose owner would not decide on it."""

    layer: str
    field: str
    capability: str
    decides: Decides


@dataclass(frozen=True, slots=True)
class Copies:
    """A block that several units use, and that each of them would have to build."""

    block: str
    units: tuple[str, ...]

    @property
    def more(self) -> int:
        return len(self.units) - 1


@dataclass(frozen=True, slots=True)
class Change:
    """A field of a layer that was changed, as the ledger tells; `side` made it."""

    at: datetime
    side: Side
    field: str


@dataclass(frozen=True, slots=True)
class Mode:
    """What one mode would mean. `approvals_a_month` is None where the ledger is too short to say."""

    mode: GovernanceMode
    declared: bool
    responsibilities: tuple[Responsibility, ...]
    out_of_bounds: tuple[OutOfBounds, ...]
    approvals: int
    approvals_a_month: Decimal | None
    duplicated: tuple[Copies, ...]


def compare(
    model: OperatingModel, *, shipped_stages: Iterable[str], changes: Sequence[Change], now: datetime
) -> tuple[Mode, ...]:
    """Compare the three modes for an operating model.

    An approval is counted for each past change of a field by one side that the other decides on alone, or
    that both decide on: there the centre agrees to what a unit sets.
    """
    copies = tuple(_copies(model))
    skipped = frozenset(shipped_stages)
    return tuple(
        Mode(
            mode=mode,
            declared=mode == model.organisation.governance,
            responsibilities=tuple(_responsibilities(model, mode)),
            out_of_bounds=tuple(_out_of_bounds(model, mode, skipped)),
            approvals=(count := _approvals(changes, mode, model.governance)),
            approvals_a_month=_a_month(count, changes, now),
            duplicated=copies if _decides(model, PLATFORM, mode) == "unit" else (),
        )
        for mode in MODES
    )


def _decides(model: OperatingModel, capability: str, mode: GovernanceMode) -> Decides:
    found = model.governance.get(capability)
    return found.decides.under(mode) if found else "centre"


def _responsibilities(model: OperatingModel, mode: GovernanceMode) -> Iterator[Responsibility]:
    centre, unit = model.organisation.contact, "the unit's lead"
    committees = model.organisation.committees
    for name, capability in model.governance.items():
        decides = capability.decides.under(mode)
        boards = tuple(each.name for each in committees.values() if name in each.decides)
        accountable = unit if decides == "unit" else (boards[0] if boards else centre)
        other = {"centre": (unit,), "unit": (centre,), "both": (unit,)}[decides]
        yield Responsibility(
            capability=name,
            name=capability.name,
            decides=decides,
            accountable=accountable,
            responsible=capability.responsible or (unit if decides != "centre" else accountable),
            consulted=capability.consulted or (other if decides == "both" else ()),
            informed=capability.informed or (other if decides != "both" else ()),
        )


def _layers(model: OperatingModel, skipped: frozenset[str]) -> Iterator[tuple[str, Side, RemitLayer]]:
    yield "organisation", "centre", model.organisation.remit
    for stage, declared in model.stages.items():
        if stage not in skipped:
            yield f"stage/{stage}", "centre", declared.remit
    for name, unit in model.units.items():
        yield f"unit/{name}", "unit", unit.remit


def _out_of_bounds(
    model: OperatingModel, mode: GovernanceMode, skipped: frozenset[str]
) -> Iterator[OutOfBounds]:
    for address, side, layer in _layers(model, skipped):
        for capability, field, decides in out_of_bounds(
            layer, side=side, mode=mode, capabilities=model.governance
        ):
            yield OutOfBounds(address, field, capability, decides)


def _approvals(
    changes: Iterable[Change], mode: GovernanceMode, capabilities: Mapping[str, Capability]
) -> int:
    owner = {
        field: capability.decides.under(mode)
        for capability in capabilities.values()
        for field in capability.fields
    }
    return sum(
        owner.get(change.field, "centre") != change.side
        for change in changes
        # What both decide on is open to the centre; only what a unit sets is agreed to.
        if not (change.side == "centre" and owner.get(change.field) == "both")
    )


def _a_month(count: int, changes: Sequence[Change], now: datetime) -> Decimal | None:
    if not changes:
        return None
    days = Decimal((now - min(change.at for change in changes)).days)
    return (count / (days / _DAYS_A_MONTH)).quantize(Decimal("0.1")) if days >= 28 else None


def _copies(model: OperatingModel) -> Iterator[Copies]:
    users: dict[str, set[str]] = {}
    for case in model.use_cases.values():
        for address in case.blocks:
            users.setdefault(family(address), set()).add(model.lineage(case.unit)[0])
    for address in sorted(users):
        if len(users[address]) > 1:
            yield Copies(address, tuple(sorted(users[address])))
