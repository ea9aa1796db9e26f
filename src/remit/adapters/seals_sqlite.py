"""Seals in the store's SQLite file."""

from __future__ import annotations

import sqlite3
from typing import cast

from remit.adapters.sqlite_file import SqliteFile
from remit.record.chain import Position
from remit.record.keeping import Seal, SealKey
from remit.record.ledgered import decode, encode
from remit.record.projection import Changes


class SqliteSeals(SqliteFile):
    """The seals, the public keys that they were signed with, and up to where journals were let go of."""

    def last_seal(self) -> Seal | None:
        rows = self._all("select body from seal order by number desc limit 1")
        return cast(Seal, decode(rows[0][0])) if rows else None

    def sealed(self) -> dict[str, Position]:
        sql = "select journal, first + lines - 1, end, hash, max(number) from seal group by journal"
        return {journal: Position(lines, end, hash) for journal, lines, end, hash, _ in self._all(sql)}

    def seal_of(self, journal: str, line: int) -> Seal | None:
        sql = "select body from seal where journal = ? and first <= ? order by first desc limit 1"
        for (body,) in self._all(sql, journal, line):
            seal = cast(Seal, decode(body))
            if line < seal.first + seal.lines:
                return seal
        return None

    def seal_keys(self) -> list[SealKey]:
        rows = self._all("select body from seal_key order by rowid")
        return [cast(SealKey, decode(body)) for (body,) in rows]

    def let_go(self) -> dict[str, Position]:
        rows = self._all("select journal, lines, offset, hash from let_go")
        return {journal: Position(lines, offset, hash) for journal, lines, offset, hash in rows}

    def forget(self, journal: str, *, last: int, limit: int) -> int:
        with self._transaction() as db:
            # What an entry said is overwritten, and not only unlinked.
            db.execute("pragma secure_delete = on")
            gone = db.execute(
                "delete from entry where rowid in"
                " (select rowid from entry where journal = ? and line <= ? order by line limit ?)",
                (journal, last, limit),
            )
            return gone.rowcount


def add_seals(db: sqlite3.Connection, changes: Changes) -> None:
    db.executemany(
        "insert into seal values (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(seal.number, seal.journal, seal.first, seal.lines),
                *(seal.offset + seal.bytes, bytes.fromhex(seal.hash), encode(seal)),
            )
            for seal in changes.seals
        ],
    )
    db.executemany(
        "insert or ignore into seal_key values (?, ?)", [(key.id, encode(key)) for key in changes.seal_keys]
    )
    db.executemany(
        "insert into let_go values (?, ?, ?, ?) on conflict (journal) do update set"
        " lines = excluded.lines, offset = excluded.offset, hash = excluded.hash",
        [(each.journal, each.lines, each.bytes, bytes.fromhex(each.hash)) for each in changes.let_go],
    )
