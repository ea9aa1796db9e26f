"""Past changes: which fields of layers were changed since the first apply, and by which side."""

from __future__ import annotations

from collections.abc import Iterator

from remit.decide.governance import Change
from remit.declare.governance import Side
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_history import changes_of, versions
from remit.operations.system import System
from remit.record.decided import Apply

_SIDES: dict[str, Side] = {"organisation": "centre", "stage": "centre", "unit": "unit"}
"""Whose layer an address is; a use case's own layer may always narrow itself, so nobody agrees to it."""


def past_changes(system: System) -> tuple[Change, ...]:
    """List the changes that the ledger tells of; what the first apply declared changed nothing."""
    fold_ledger(system)
    return tuple(
        change
        for applied in versions(system.store)
        if applied.model_version > 1
        for change in _in(system, applied)
    )


def _in(system: System, applied: Apply) -> Iterator[Change]:
    for changed in changes_of(system, applied):
        side = _SIDES.get(changed.address.partition("/")[0])
        fields = {each.path.split(".")[1] for each in changed.fields if each.path.startswith("remit.")}
        if side is not None:
            yield from (Change(applied.at, side, field) for field in sorted(fields))
