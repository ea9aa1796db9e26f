"""Verify the ledger: walk every journal from its first line, and compare with what the store took in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from remit.kernel.money import EXACT, ZERO, canonical
from remit.operations.system import System
from remit.record.call_entry import Call, Hold, Mark
from remit.record.chain import Broken, Position, start, walk
from remit.record.ledgered import decode

_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. `faults` is empty if every entry is as it was written and none is missing."""

    entries: int
    journals: int
    bytes: int
    faults: tuple[str, ...]


def verify_ledger(
    system: System, *, progress: Callable[[str, int, int], None] = lambda name, done, size: None
) -> Verification:
    """Find any entry that was changed, removed, reordered or inserted, and name it.

    Whoever can rewrite the journals and the store alike, and recompute all hashes, is not found by this.
    """
    faults: list[str] = []
    posted: dict[str, Decimal] = {}
    entries = size = 0
    positions = system.store.positions()
    names = sorted({*system.journals.names(), *positions})
    for name in names:
        walked = _walk(system, name, positions.get(name), faults, progress, posted)
        entries += walked.lines
        size += walked.offset
    if not faults:
        faults += _balances(system, posted)
    return Verification(entries, len(names), size, tuple(faults))


def _walk(
    system: System,
    name: str,
    folded: Position | None,
    faults: list[str],
    progress: Callable[[str, int, int], None],
    posted: dict[str, Decimal],
) -> Position:
    at, total, meets_store = start(name), system.journals.size(name), folded is None
    while at.offset < total:
        before = at
        for step in walk(system.journals.read(name, at.offset, bytes_max=_BYTES), at):
            if isinstance(step, Broken):
                faults.append(f"journal `{name}`, line {step.number} (byte {step.offset}): {step.reason}")
                return at
            at, body = step
            if folded is not None and at.lines == folded.lines:
                meets_store = at == folded
            if folded is not None and at.lines <= folded.lines:
                _compare(system, name, at, body, faults, posted)
        progress(name, at.offset, total)
        if at == before:
            faults.append(f"journal `{name}`, line {at.lines + 1} (byte {at.offset}): the line has no end")
            return at
    if not meets_store:
        assert folded is not None
        what = "it ends early" if at.lines < folded.lines else "another line stands there"
        faults.append(f"journal `{name}`, line {folded.lines}: the store took in a line here and {what}")
    return at


def _compare(
    system: System, name: str, at: Position, body: bytes, faults: list[str], posted: dict[str, Decimal]
) -> None:
    """Compare a folded line with the store's copy of it, and sum up what it posted."""
    try:
        entry = decode(body)
    except msgspec.DecodeError:
        faults.append(f"journal `{name}`, line {at.lines}: the line is not an entry")
        return
    if isinstance(entry, Hold | Mark):
        return
    if isinstance(entry, Call):
        for account in entry.accounts:
            posted[account] = EXACT.add(posted.get(account, ZERO), entry.charge)
    row = system.store.entry(entry.id)
    if row is None or row.body != body:
        what = "is missing from" if row is None else "differs in"
        faults.append(f"entry `{entry.id}` (journal `{name}`, line {at.lines}) {what} the store")


def _balances(system: System, posted: dict[str, Decimal]) -> list[str]:
    """Hold the store's balances against the exact sums of the entries."""
    kept = system.store.posted()
    return [
        f"account `{name}` is {canonical(kept.get(name, ZERO))} in the store and"
        f" {canonical(posted.get(name, ZERO))} by its entries"
        for name in sorted({*kept, *posted})
        if kept.get(name, ZERO) != posted.get(name, ZERO)
    ]
