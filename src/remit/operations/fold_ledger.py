"""Fold the ledger: bring the store up to what the journals hold."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from remit.kernel.errors import JournalTampered
from remit.operations.restore_lines import restore_lines
from remit.operations.system import RECORD, System
from remit.ports import Journals, Store
from remit.record.chain import Broken, Position, start, walk
from remit.record.ledgered import Ledgered, decode
from remit.record.projection import project

_BYTES = 4 << 20


def fold_ledger(system: System, journals: Sequence[str] = ()) -> int:
    """Fold whatever is new, in steps that are each all or nothing; returns how many entries were new.

    All journals, unless some are named. Any number of processes may do this at once: a step that another one
    has done is skipped.
    """
    folded = 0
    positions = system.store.positions()
    for name in journals or {**dict.fromkeys(system.journals.names()), **positions}:
        at = positions.get(name, start(name))
        if system.journals.size(name) < at.offset:
            raise broken(name, Broken(at.lines, at.offset, "the journal ends before what was taken in"))
        while system.journals.size(name) > at.offset < system.journals.segments(name)[0]:
            # A store that is made again; how far the journal was let go of stands in `record`.
            before = at
            fold_ledger(system, (RECORD,))
            at = restore_lines(system, name, at)
            if at == before:
                break
            folded += at.lines - before.lines
        while system.journals.size(name) > at.offset:
            before = at
            at = _fold_step(system.journals, system.store, name, at)
            if at.offset == before.offset:
                break
            folded += at.lines - before.lines
    return folded


def _fold_step(journals: Journals, store: Store, name: str, at: Position) -> Position:
    entries: list[tuple[Ledgered, bytes]] = []
    after = at
    for step in walk(journals.read(name, at.offset, bytes_max=_BYTES), at):
        if isinstance(step, Broken):
            raise broken(name, step)
        after, body = step
        try:
            entries.append((decode(body), body))
        except msgspec.DecodeError:
            raise broken(name, Broken(after.lines, at.offset, "the line is not an entry")) from None
    if not entries:
        return after
    changes = project(entries, journal=name, first=at.lines + 1)
    if not store.fold(name, before=at, after=after, changes=changes):
        return store.positions().get(name, start(name))
    return after


def broken(name: str, what: Broken) -> JournalTampered:
    return JournalTampered(
        f"line {what.number} of journal `{name}` (byte {what.offset}) does not follow: {what.reason}",
        help="run `remit ledger verify`, and restore the journal from a copy before appending to it",
    )
