"""How far the followers of the ledger have come, in tables of the store's file."""

from __future__ import annotations

from datetime import datetime

from remit.adapters.sqlite_file import SqliteFile, instant
from remit.record.chain import Position
from remit.record.following import Fault, Following


class SqliteFollowers(SqliteFile):
    """The part of the store that followers move."""

    def follower(self, name: str) -> dict[str, Position]:
        rows = self._all("select journal, lines, offset, hash from follower where name = ?", name)
        return {journal: Position(lines, offset, hash) for journal, lines, offset, hash in rows}

    def follow(self, name: str, journal: str, position: Position) -> None:
        with self._transaction() as db:
            db.execute(
                "insert into follower values (?, ?, ?, ?, ?) on conflict do update set"
                " lines = excluded.lines, offset = excluded.offset, hash = excluded.hash"
                " where excluded.offset > offset",
                (name, journal, position.lines, position.offset, position.hash),
            )

    def followers(self) -> dict[str, Following]:
        positions: dict[str, dict[str, Position]] = {}
        for name, journal, lines, offset, hash in self._all("select * from follower order by name, journal"):
            positions.setdefault(name, {})[journal] = Position(lines, offset, hash)
        faults = {
            name: Fault(datetime.fromisoformat(since), code, summary)
            for name, since, code, summary in self._all("select * from follower_fault")
        }
        names = sorted({*positions, *faults})
        return {name: Following(positions.get(name, {}), faults.get(name)) for name in names}

    def note_fault(self, follower: str, fault: Fault | None) -> None:
        with self._transaction() as db:
            if fault is None:
                db.execute("delete from follower_fault where name = ?", (follower,))
                return
            db.execute(
                "insert into follower_fault values (?, ?, ?, ?) on conflict do update set"
                " code = excluded.code, summary = excluded.summary",
                (follower, instant(fault.since), fault.code, fault.summary),
            )
