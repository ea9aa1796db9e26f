"""The part of the store that holds dossiers: stages, and the entries that gates and approvals rest on."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast

from remit.adapters.sqlite_file import SqliteFile, instant
from remit.declare.organisation import StageName
from remit.record.approval_entry import Approval
from remit.record.filed import Filed, FiledFilter
from remit.record.ledgered import decode, encode
from remit.record.projection import Changes, StageFact


class SqliteDossier(SqliteFile):
    """Entries as they were written, found by use case, kind and request."""

    def stages(self, now: datetime, use_case: str | None = None) -> dict[str, StageFact]:
        of, names = ("", ()) if use_case is None else (" where use_case = ?", (use_case,))
        sql = f"select use_case, stage, since, basis, since_known, until, falls_to from stage{of}"  # noqa: S608 (columns are ours)
        rows = self._all(sql, *names)
        return {name: _stage(row).on(now) for name, *row in rows}

    def filed(self, wanted: FiledFilter) -> list[Filed]:
        clauses = ["1"]
        values: list[object] = []
        if wanted.kinds:
            clauses.append(f"kind in ({', '.join('?' * len(wanted.kinds))})")
            values += [_kind(each) for each in wanted.kinds]
        if wanted.use_case is not None:
            clauses.append("use_case = ?")
            values.append(wanted.use_case)
        if wanted.request:
            clauses.append("request = ?")
            values.append(wanted.request)
        if wanted.since is not None:
            clauses.append("at >= ?")
            values.append(instant(wanted.since))
        if wanted.before is not None:
            clauses.append("at < ?")
            values.append(instant(wanted.before))
        sql = f"select body from dossier where {' and '.join(clauses)} order by id"  # noqa: S608 (columns are ours)
        return [cast(Filed, decode(body)) for (body,) in self._all(sql, *values)]


def add_dossier(db: sqlite3.Connection, changes: Changes) -> None:
    """Put use cases where they are now, and add entries to the dossiers that they belong to."""
    db.executemany(
        "insert or replace into stage values (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(fact.use_case, fact.stage, fact.since.isoformat(), fact.basis, fact.since_known),
                *(fact.until.isoformat() if fact.until else None, fact.falls_to or None),
            )
            for fact in changes.stages
        ],
    )
    db.executemany(
        "insert into dossier values (?, ?, ?, ?, ?, ?)",
        [
            (
                entry.id,
                instant(entry.at),
                _kind(type(entry)),
                getattr(entry, "use_case", ""),
                entry.request if isinstance(entry, Approval) else "",
                encode(entry),
            )
            for entry in changes.dossier
        ],
    )


def _stage(row: Sequence[Any]) -> StageFact:
    stage, since, basis, known, until, falls_to = row
    return StageFact(
        cast(StageName, stage),
        date.fromisoformat(since),
        basis,
        bool(known),
        until=datetime.fromisoformat(until) if until else None,
        falls_to=cast(StageName, falls_to) if falls_to else None,
    )


def _kind(kind: type[Filed]) -> str:
    return str(kind.__struct_config__.tag)
