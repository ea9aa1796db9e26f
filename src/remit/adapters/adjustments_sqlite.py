"""Adjustments in the store's SQLite file: one row each, with what pages sum by in columns."""

from __future__ import annotations

import sqlite3
from typing import cast

from remit.adapters.sqlite_file import SqliteFile, instant
from remit.kernel.money import canonical
from remit.record.decided import Adjustment, AdjustmentFilter
from remit.record.ledgered import decode, encode
from remit.record.projection import Changes


class SqliteAdjustments(SqliteFile):
    """What past cost was corrected by."""

    def adjustments(self, wanted: AdjustmentFilter) -> list[Adjustment]:
        rows = self._all(
            "select body from adjustment where until >= ?1 and since <= ?2 and (?3 is null or at < ?3)"
            " and (?4 is null or source = ?4) order by id",
            wanted.since.isoformat(),
            wanted.until.isoformat(),
            instant(wanted.known) if wanted.known else None,
            wanted.source,
        )
        return [cast(Adjustment, decode(body)) for (body,) in rows]


def add_adjustments(db: sqlite3.Connection, changes: Changes) -> None:
    db.executemany(
        "insert into adjustment values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(each.id, instant(each.at), each.since.isoformat(), each.until.isoformat()),
                *(each.reason, each.cost, canonical(each.amount), each.currency),
                *(each.use_case, each.unit, each.model, each.provider, each.key, each.source),
                encode(each),
            )
            for each in changes.adjustments
        ],
    )
