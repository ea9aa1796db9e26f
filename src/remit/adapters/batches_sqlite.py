"""Files and batches in one SQLite file, sealed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from remit.adapters.cipher import OVERHEAD
from remit.adapters.sealed import Seal
from remit.adapters.sqlite_file import SqliteFile, instant
from remit.enforce.batch import KEPT, Batch, File
from remit.enforce.bundle import Bundle
from remit.kernel.errors import StoreError
from remit.ports_batches import Kept, Line

SCHEMA_VERSION = 1
LINES_READ_MAX = 1_000
"""Lines that are read at a time, however short they are."""

_HEAD = 0
"""The place under which what is known of a file or batch is sealed; its lines have those from 1."""
_FILE = msgspec.json.Decoder(File)
_BATCH = msgspec.json.Decoder(Batch)
_BUNDLE = msgspec.json.Decoder(Bundle)


class SqliteBatches(SqliteFile):
    """Files and batches until they expire. Lines are rows, so that none is read before its turn."""

    def __init__(self, path: Path, pepper: bytes) -> None:
        super().__init__(path, what="files and batches")
        self._seal = Seal(pepper)
        self._make("batches.sql", version=SCHEMA_VERSION, other=_other_version)
        with self._transaction() as db:
            # They came after the schema and change nothing in it.
            db.execute("create table if not exists cancel (batch text primary key) strict")
            db.execute("create table if not exists bundle (id text primary key, head blob not null) strict")

    def put_file(self, file: File, lines: Iterable[Line]) -> None:
        # Sealed before the transaction begins, which others would wait for.
        sealed = [(file.id, number, self._seal.seal(file.id, number, text)) for number, text in lines]
        with self._transaction() as db:
            self._put_head(db, file)
            db.executemany("insert into line values (?, ?, ?)", sealed)

    def _put_head(self, db: sqlite3.Connection, file: File) -> None:
        head = self._seal.seal(file.id, _HEAD, msgspec.json.encode(file))
        values = (file.id, file.use_case, file.bytes, instant(file.expires), head)
        db.execute("insert into file values (?, ?, ?, ?, ?)", values)

    def _file(self, id: str, head: bytes) -> File:
        return _FILE.decode(self._seal.open(id, _HEAD, head))

    def file(self, id: str, *, now: datetime) -> File | None:
        rows = self._all("select head from file where id = ? and expires > ?", id, instant(now))
        return self._file(id, rows[0][0]) if rows else None

    def files(self, use_case: str, *, now: datetime) -> list[File]:
        sql = "select id, head from file where use_case = ? and expires > ? order by id desc"
        return [self._file(id, head) for id, head in self._all(sql, use_case, instant(now))]

    def lines(self, file: str, *, after: int = 0, bytes_max: int) -> list[Line]:
        sql = "select number, body from line where file = ? and number > ? order by number"
        return self._read(file, sql, (file, after), bytes_max)

    def ask_cancel(self, batch: str) -> None:
        with self._transaction() as db:
            db.execute("insert or ignore into cancel values (?)", (batch,))

    def asked_cancels(self) -> list[str]:
        return [batch for (batch,) in self._all("select batch from cancel order by batch")]

    def forget_cancel(self, batch: str) -> None:
        with self._transaction() as db:
            db.execute("delete from cancel where batch = ?", (batch,))

    def pending(self, batch: Batch, *, after: int = 0, bytes_max: int) -> list[Line]:
        sql = (
            "select number, body from line as asked where file = ? and number > ? and not exists"
            " (select 1 from line where file in (?, ?) and number = asked.number) order by number"
        )
        values = (batch.input_file, after, batch.output_file, batch.error_file)
        return self._read(batch.input_file, sql, values, bytes_max)

    def _read(self, file: str, sql: str, values: tuple[object, ...], bytes_max: int) -> list[Line]:
        rows: list[tuple[int, bytes]] = []
        size = 0
        with self._reading() as db:
            for number, body in db.execute(f"{sql} limit {LINES_READ_MAX}", values):
                size += len(body)
                if rows and size > bytes_max:
                    break
                rows.append((number, body))
        return [(number, self._seal.open(file, number, body)) for number, body in rows]

    def delete_file(self, id: str) -> bool:
        with self._transaction() as db:
            if db.execute("select 1 from batch where input_file = ? and not ended", (id,)).fetchone():
                return False
            db.execute("delete from file where id = ?", (id,))
            db.execute("delete from line where file = ?", (id,))
        return True

    def kept(self, use_case: str, *, now: datetime) -> Kept:
        [files] = self._all(
            "select count(*), coalesce(sum(bytes), 0) from file where use_case = ? and expires > ?",
            use_case,
            instant(now),
        )
        [batches] = self._all(
            "select count(*), count(*) - coalesce(sum(ended), 0) from batch where use_case = ?", use_case
        )
        return Kept(*files, *batches)

    def put_batch(self, batch: Batch, *, files: Sequence[File] = ()) -> None:
        with self._transaction() as db:
            self._put_batch(db, batch)
            for file in files:
                self._put_head(db, file)

    def _put_batch(self, db: sqlite3.Connection, batch: Batch) -> None:
        head = self._seal.seal(batch.id, _HEAD, msgspec.json.encode(batch))
        until = instant(max(batch.at.values(), default=batch.created) + KEPT)
        values = (batch.id, batch.use_case, batch.input_file, batch.ended, until, head)
        db.execute("insert or replace into batch values (?, ?, ?, ?, ?, ?)", values)

    def _batch(self, id: str, head: bytes) -> Batch:
        return _BATCH.decode(self._seal.open(id, _HEAD, head))

    def batch(self, id: str) -> Batch | None:
        rows = self._all("select head from batch where id = ?", id)
        return self._batch(id, rows[0][0]) if rows else None

    def batches(self, use_case: str | None = None) -> list[Batch]:
        sql = "select id, head from batch where use_case = coalesce(?, use_case) order by id desc"
        return [self._batch(id, head) for id, head in self._all(sql, use_case)]

    def open_batches(self) -> list[Batch]:
        rows = self._all("select id, head from batch where not ended order by id")
        return [self._batch(id, head) for id, head in rows]

    def has_result(self, batch: Batch, line: int) -> bool:
        sql = "select 1 from line where file in (?, ?) and number = ?"
        return bool(self._all(sql, batch.output_file, batch.error_file, line))

    def put_results(self, batch: Batch, file: str, lines: Sequence[Line]) -> None:
        sealed = [(file, number, self._seal.seal(file, number, text)) for number, text in lines]
        with self._transaction() as db:
            # What was kept already stays: a caller may have read it.
            db.executemany("insert or ignore into line values (?, ?, ?)", sealed)
            self._put_batch(db, batch)

    def put_bundle(self, bundle: Bundle) -> None:
        head = self._seal.seal(bundle.id, _HEAD, msgspec.json.encode(bundle))
        with self._transaction() as db:
            db.execute("insert or replace into bundle values (?, ?)", (bundle.id, head))

    def bundles(self) -> list[Bundle]:
        rows = self._all("select id, head from bundle order by id")
        return [_BUNDLE.decode(self._seal.open(id, _HEAD, head)) for id, head in rows]

    def forget_bundle(self, id: str) -> None:
        with self._transaction() as db:
            db.execute("delete from bundle where id = ?", (id,))

    def size(self, file: str) -> int:
        [[count, size]] = self._all(
            "select count(*), coalesce(sum(length(body)), 0) from line where file = ?", file
        )
        return int(size) - OVERHEAD * int(count)

    def purge(self, now: datetime) -> None:
        at = instant(now)
        with self._transaction() as db:
            gone = db.execute(
                "delete from file where expires <= ?"
                " and id not in (select input_file from batch where not ended) returning id",
                (at,),
            ).fetchall()
            db.executemany("delete from line where file = ?", gone)
            db.execute("delete from batch where ended and kept_until <= ?", (at,))


def _other_version(version: int) -> StoreError:
    return StoreError(
        f"the batches have schema {version} and this version of remit reads {SCHEMA_VERSION}",
        help="use the version that wrote them, or move `batches.sqlite` aside, and they are gone",
        code="store-schema",
    )
