"""Tables of others' in one file (SQLite, DuckDB, Parquet, CSV), of which a question can do nothing but read.

What kind of file it is, its first bytes say. A question is a single SELECT; nothing but the file can be
reached, and nothing in it changed.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import duckdb

from remit.kernel.errors import RemitError

_SQLITE, _PARQUET, _DUCKDB = b"SQLite format 3\x00", b"PAR1", b"DUCK"
_FETCHED = 5_000
_LENGTH_MAX = 1 << 20
_STEPS = 100_000
TABLE = "data"
"""The name of the one table of a Parquet or CSV file."""

_ALLOWED = frozenset(
    (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
)
_CONFIG: Mapping[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "1GB",
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
}


class FileTables:
    """Reads with SQLite what is SQLite's, and all else with DuckDB."""

    def rows(self, path: Path, sql: str, *, seconds: float) -> Iterator[Mapping[str, object]]:
        with path.open("rb") as file:
            head = file.read(len(_SQLITE))
        if head == _SQLITE:
            return _of_sqlite(path, sql, seconds)
        return _of_duckdb(path, sql, seconds, head)


def _of_sqlite(path: Path, sql: str, seconds: float) -> Iterator[Mapping[str, object]]:
    until = time.monotonic() + seconds
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as db:
            db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LENGTH_MAX)
            db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            db.set_authorizer(_authorized)
            db.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
            # INVARIANT: nothing but reading is authorized; Python itself refuses a second statement.
            found = db.execute(sql)
            if found.description is None:
                raise _not_a_question("it is not one SELECT")
            columns = [column[0] for column in found.description]
            while rows := found.fetchmany(_FETCHED):
                for row in rows:
                    yield dict(zip(columns, row, strict=True))
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            raise _too_slow(seconds) from None
        raise _not_a_question(str(error)) from None
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _not_a_question(str(error)) from None


def _authorized(action: int, one: str | None, other: str | None, database: str | None, by: str | None) -> int:
    named = (one or "").lower(), (other or "").lower()
    return sqlite3.SQLITE_OK if action in _ALLOWED and "load_extension" not in named else sqlite3.SQLITE_DENY


def _of_duckdb(path: Path, sql: str, seconds: float, head: bytes) -> Iterator[Mapping[str, object]]:
    try:
        with closing(duckdb.connect(":memory:", config=dict(_CONFIG))) as db:
            _closed(db, path, head)
            wrapped = _wrapped(db, sql)
            timer = threading.Timer(seconds, db.interrupt)
            timer.start()
            try:
                found = db.execute(wrapped)
                columns = [column[0] for column in found.description or ()]
                while rows := found.fetchmany(_FETCHED):
                    for row in rows:
                        yield dict(zip(columns, row, strict=True))
            finally:
                timer.cancel()
    except duckdb.InterruptException:
        raise _too_slow(seconds) from None
    except duckdb.Error as error:
        # What follows the first line shows the question again, or a row of the file.
        raise _not_a_question(str(error).split("\n")[0].strip()) from None


def _closed(db: duckdb.DuckDBPyConnection, path: Path, head: bytes) -> None:
    """Open the file, and close the database off from everything else."""
    name = "'" + str(path.absolute()).replace("'", "''") + "'"
    db.execute("set TimeZone = 'UTC'")
    if head[8:12] == _DUCKDB:
        db.execute(f"attach {name} as {TABLE} (read_only)")
        db.execute(f"use {TABLE}")
    else:
        read = "read_parquet" if head[:4] == _PARQUET else "read_csv"
        more = "" if read == "read_parquet" else ", all_varchar = true, header = true, nullstr = ''"
        db.execute(f"create view {TABLE} as select * from {read}({name}{more})")  # noqa: S608 (a quoted path)
    db.execute(f"set allowed_paths = [{name}]")
    db.execute("set enable_external_access = false")
    db.execute("set lock_configuration = true")
    db.execute("begin transaction read only")


def _wrapped(db: duckdb.DuckDBPyConnection, sql: str) -> str:
    found = db.extract_statements(sql)
    if len(found) != 1 or found[0].type != duckdb.StatementType.SELECT:
        raise _not_a_question("it is not one SELECT")
    wrapped = f"select * from (\n{_alone(found[0].query)}\n)"  # noqa: S608 (it is what was asked for)
    again = db.extract_statements(wrapped)
    # INVARIANT: nothing that writes is asked. A WITH clause may write in DuckDB, but only outermost.
    assert len(again) == 1, "one question stays one"
    assert again[0].type == duckdb.StatementType.SELECT, "and of its kind"
    return wrapped


def _alone(sql: str) -> str:
    return sql.strip().rstrip(";")


def _too_slow(seconds: float) -> RemitError:
    return RemitError(
        f"the question was not answered within {seconds:g} s",
        help="ask for fewer rows, or allow more with `--seconds`",
        code="query-too-slow",
    )


def _not_a_question(said: str) -> RemitError:
    return RemitError(
        f"the question cannot be answered: {said[:300]}",
        help=f"ask one SELECT of the tables in the file; a Parquet or CSV file has one, `{TABLE}`",
        code="query-invalid",
    )
