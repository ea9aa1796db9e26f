"""Find entries: in the store, and in the lake where journals and store have let go."""

from __future__ import annotations

import msgspec

from remit.kernel.errors import NotFound, RemitError
from remit.operations.sealed_lines import is_whole, unsound
from remit.operations.system import System
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter, Row, row_of


def find_entry(system: System, id: str) -> Row:
    """Find one entry; raises NotFound, or RemitError where its time was over."""
    row = system.store.entry(id)
    if row is not None:
        return row
    found = system.make_lake().entry(id) if system.store.let_go() else None
    if found is None:
        raise NotFound(f"no entry `{id[:40]}` is recorded", help="`remit ledger list` shows the newest")
    journal, line = found
    if line.body is None:
        raise RemitError(
            f"what entry `{id[:40]}` said is gone, because its time was over: it was a {line.kind}, on line"
            f" {line.number:,} of journal `{journal}`",
            help="see `ledger_retention_days` in the operating model; its leaf stays under its seal",
            code="entry-expired",
        )
    if not is_whole(line):
        raise unsound(journal, line.number)
    try:
        return row_of(decode(line.body), line.body, journal, line.number)
    except msgspec.DecodeError:
        raise unsound(journal, line.number) from None


def list_entries(system: System, wanted: EntryFilter, *, limit: int) -> list[Row]:
    """List entries, the newest first: those that the store has, and older ones from the lake.

    INVARIANT: the store has every entry after where a journal was let go of, and the lake those before.
    """
    rows = system.store.entries(wanted, limit=limit)
    let_go = system.store.let_go()
    if len(rows) >= limit or not let_go:
        return rows
    up_to = {journal: at.lines for journal, at in let_go.items()}
    known = {(row.journal, row.line) for row in rows}
    older = system.make_lake().entries(wanted, up_to=up_to, limit=limit)
    rows += [row for row in older if (row.journal, row.line) not in known]
    return sorted(rows, key=lambda row: row.id, reverse=True)[:limit]
