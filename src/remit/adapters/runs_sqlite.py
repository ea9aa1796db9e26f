"""Runs in one SQLite file: who they are of, what they have learned, and what waits in them, sealed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from remit.adapters.cipher import Cipher
from remit.adapters.rollups_sqlite import prepare
from remit.adapters.sqlite_file import SqliteFile, instant
from remit.kernel.errors import StoreError
from remit.record.tool_effect import KeptRun, Waiting

SCHEMA_VERSION = 1
_RUN = "id, use_case, key, began, agent, parent, reference, ended, learned, actor"


class SqliteRuns(SqliteFile):
    """The part of the file of effects that runs are kept in; a text is bound to its run and its place."""

    def __init__(self, path: Path, pepper: bytes) -> None:
        super().__init__(path, what="the effects of tools", prepare=_prepared)

        @lru_cache(maxsize=256)
        def cipher(run: str) -> Cipher:
            return Cipher(pepper, purpose=b"remit-runs", name=run)

        self._cipher: Callable[[str], Cipher] = cipher
        self._make("effects.sql", version=SCHEMA_VERSION, other=_other_version)

    @contextmanager
    def _looking(self) -> Iterator[sqlite3.Connection]:
        """Read at one moment what was committed, without waiting for a claim that waits for the disk."""
        with self._long_lock, self._faults():
            if self._long is None:
                self._long = self._connected()
                self._long.execute("pragma query_only = on")
            self._long.execute("begin")
            try:
                yield self._long
            finally:
                self._long.execute("commit")

    def _read(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read rows, likewise."""
        return self._much(sql, *values)

    def _sealed(self, run: str, place: str, text: bytes) -> bytes:
        return self._cipher(run).seal(text, f"{run}:{place}".encode())

    def _opened(self, run: str, place: str, sealed: bytes) -> bytes:
        text = self._cipher(run).open(sealed, f"{run}:{place}".encode())
        if text is None:
            raise StoreError(
                f"what was kept of run `{run}` cannot be opened",
                help="restore the data directory, the file `pepper` with it, from one copy",
                code="file-unreadable",
            )
        return text

    def open_run(self, run: KeptRun, learned: bytes) -> None:
        row = (
            run.id,
            run.use_case,
            run.key,
            instant(run.began),
            run.agent,
            run.parent,
            run.reference,
            run.actor,
        )
        with self._transaction() as db:
            db.execute(f"insert into run ({_RUN}) values (?, ?, ?, ?, ?, ?, ?, null, 0, ?)", row)  # noqa: S608 (all names are ours)
            self._learn(db, run.id, learned)

    def run(self, id: str) -> KeptRun | None:
        rows = self._read(f"select {_RUN} from run where id = ?", id)  # noqa: S608 (as above)
        return _run(rows[0]) if rows else None

    def runs(self, *, limit: int) -> list[KeptRun]:
        rows = self._read(f"select {_RUN} from run order by began desc, id desc limit ?", limit)  # noqa: S608 (as above)
        return [_run(row) for row in rows]

    def learned(self, run: str, *, after: int = 0) -> list[bytes]:
        rows = self._read(
            "select number, sealed from learned where run = ? and number > ? order by number", run, after
        )
        return [self._opened(run, f"learned:{number}", sealed) for number, sealed in rows]

    def learn(self, run: str, learned: bytes) -> None:
        with self._transaction() as db:
            self._learn(db, run, learned)

    def _learn(self, db: sqlite3.Connection, run: str, learned: bytes) -> None:
        """Add what a run has learned; one that has ended learns nothing any more."""
        rows = db.execute(
            "update run set learned = learned + 1 where id = ? and ended is null returning learned", (run,)
        ).fetchall()
        for (number,) in rows:
            sealed = self._sealed(run, f"learned:{number}", learned)
            db.execute("insert into learned values (?, ?, ?)", (run, number, sealed))

    def end_run(self, id: str, at: datetime) -> None:
        with self._transaction() as db:
            rows = db.execute(
                "with recursive within (id) as (values (?) union select run.id from run, within"
                " where run.parent = within.id) select id from within",
                (id,),
            ).fetchall()
            for (each,) in rows:
                db.execute("update run set ended = ? where id = ? and ended is null", (instant(at), each))
                db.execute("delete from learned where run = ?", (each,))
                db.execute("delete from waiting where run = ?", (each,))
                db.execute("update effect set brought = null where run = ?", (each,))

    def wait(self, waiting: Waiting) -> None:
        sealed = self._sealed(waiting.run, f"waiting:{waiting.request}", waiting.arguments)
        with self._transaction() as db:
            db.execute(
                "insert or ignore into waiting values (?, ?, ?, ?, ?, ?)",
                (waiting.request, waiting.run, waiting.meant, waiting.tool, instant(waiting.at), sealed),
            )

    def waiting(self, request: str) -> Waiting | None:
        return next(iter(self._waits("request = ?", request)), None)

    def waits(self, run: str, meant: str) -> list[Waiting]:
        return self._waits("run = ? and meant = ?", run, meant)

    def _waits(self, where: str, *values: str) -> list[Waiting]:
        columns = "request, run, meant, tool, at, sealed"
        sql = f"select {columns} from waiting where {where} order by at desc, request desc"  # noqa: S608 (as above)
        return [
            Waiting(
                request=request,
                run=run,
                meant=meant,
                tool=tool,
                arguments=self._opened(run, f"waiting:{request}", sealed),
                at=datetime.fromisoformat(at),
            )
            for request, run, meant, tool, at, sealed in self._read(sql, *values)
        ]


def _prepared(db: sqlite3.Connection) -> None:
    prepare(db)
    # What a run forgets is overwritten, and not only let go of.
    db.execute("pragma secure_delete = on")


def _run(row: tuple[str, ...]) -> KeptRun:
    id, use_case, key, began, agent, parent, reference, ended, learned, actor = row
    return KeptRun(
        id=id,
        use_case=use_case,
        key=key,
        began=datetime.fromisoformat(began),
        agent=agent,
        parent=parent,
        reference=reference,
        ended=datetime.fromisoformat(ended) if ended else None,
        learned=int(learned),
        actor=actor,
    )


def _other_version(found: int) -> StoreError:
    return StoreError(
        f"the effects of tools are kept in version {found} of their file, and this is Remit for version"
        f" {SCHEMA_VERSION}",
        help="use the release of Remit that made the data directory, or a newer one",
    )
