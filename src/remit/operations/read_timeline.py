"""Read the history of one use case, and what versions of the operating model changed in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import cast

from remit.declare.operating_model import OperatingModel
from remit.enforce.stop import EVERYTHING
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.read_history import changes_of, versions
from remit.operations.system import System
from remit.record.decided import KillSwitch
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter, Row
from remit.report.timeline import TOPICS, Declared, Moment, timeline

OF_A_KIND_MAX = 100
"""How many entries of one kind are read, the newest ones."""
SWITCHES_MAX = 500
VERSIONS_MAX = 500

_KINDS = tuple(each for each in TOPICS if each not in ("apply", "kill_switch"))


def read_declared(system: System) -> Mapping[str, tuple[Declared, ...]]:
    """Say of every declaration, by its address, what versions changed in it, the newest first."""
    fold_ledger(system)
    found: dict[str, list[Declared]] = {}
    for applied in islice(versions(system.store), VERSIONS_MAX):
        for changed in changes_of(system, applied):
            found.setdefault(changed.address, []).append(Declared(applied, changed))
    return {address: tuple(each) for address, each in found.items()}


def read_timeline(
    system: System, use_case: str, *, declared: Mapping[str, tuple[Declared, ...]]
) -> tuple[Moment, ...]:
    """List what was decided, shown and changed of a use case, the newest first; raises NotFound."""
    fold_ledger(system)
    model = model_in_force(system)[1]
    require_use_case(model, use_case)
    rows = [
        row
        for kind in _KINDS
        for row in system.store.entries(EntryFilter(kind=kind, use_case=use_case), limit=OF_A_KIND_MAX)
    ]
    rows += _switches(system, model, use_case)
    return timeline(rows, declared.get(f"use-case/{use_case}", ()))


def _switches(system: System, model: OperatingModel, use_case: str) -> Iterator[Row]:
    """List the kill switches that stopped it, one of its agents or keys, one of its units, or everything."""
    units = model.lineage(model.use_cases[use_case].unit)
    stops = {EVERYTHING, f"use-case/{use_case}", *(f"unit/{each}" for each in units)}
    for key in system.store.keys().values():
        if key.use_case == use_case:
            stops |= {f"key/{key.id}", f"agent/{key.agent}"}
    for row in system.store.entries(EntryFilter(kind="kill_switch"), limit=SWITCHES_MAX):
        if cast(KillSwitch, decode(row.body)).address in stops:
            yield row
