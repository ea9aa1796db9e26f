"""Verify captures: what the ledger says was erased is gone, and what is here can be opened."""

from __future__ import annotations

from dataclasses import dataclass

from remit.kernel.errors import RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.show_capture import erasures
from remit.operations.system import RECORD, System


@dataclass(frozen=True, slots=True)
class CapturesVerified:
    """How many erasures and live keys were looked at, and what is wrong with them."""

    erased: int
    keys: int
    captures: int
    unfinished: int
    faults: tuple[str, ...]


def verify_captures(system: System) -> CapturesVerified:
    """Look for each key that was destroyed, and try each that is here.

    An erasure that was begun and not ended is no fault: the ledger does not claim it yet.
    """
    fold_ledger(system, (RECORD,))
    faults: list[str] = []
    erased = erasures(system)
    for entry in erased:
        remains = system.captures.remains(entry.key)
        if remains.keys:
            faults.append(f"key `{entry.key}` is here, and entry `{entry.id}` says that it was destroyed")
        if remains.captures:
            faults.append(f"{remains.captures:,} captures lie under key `{entry.key}`, which is destroyed")
        if len(entry.calls) == 1 and _opens(system, entry.calls[0]):
            faults.append(f"call `{entry.calls[0]}` can be read, and entry `{entry.id}` says that it cannot")
    keys = system.captures.data_keys()
    faults += [
        f"key `{key.fingerprint}` of use case `{key.use_case}` cannot be opened, or is another one"
        for key in keys
        if not system.captures.opens(key.fingerprint)
    ]
    return CapturesVerified(
        erased=len(erased),
        keys=len(keys),
        captures=sum(key.captures for key in keys),
        unfinished=len(system.captures.intended()),
        faults=tuple(faults),
    )


def _opens(system: System, call: str) -> bool:
    try:
        return system.captures.open(call) is not None
    except RemitError as error:
        if error.code == "capture-unreadable":
            return False
        raise
