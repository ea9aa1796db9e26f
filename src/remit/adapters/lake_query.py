"""A question in SQL from anybody who may read the ledger, asked where it can do nothing but read it.

DuckDB is a program that can read and write files and fetch others. Here it sees the lake's files, and the
question is one that can neither name another file nor change anything:

- it is a single SELECT, and it is asked as a part of another: whatever writes must stand outermost;
- the transaction is read-only;
- nothing outside the database can be reached but the lake's own files, and no setting can be changed.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import duckdb

from remit.kernel.errors import RemitError
from remit.ports_lake import Bounds, Table

SPILL_TIMES = 4
"""How many times its memory a question may write to the disk while it is answered."""

VIEWS = {
    "entries": "true",
    "calls": "kind = 'call'",
    "refusals": "kind = 'refusal'",
    "holds": "kind = 'hold'",
    "decisions": "kind in ('apply', 'stage_change', 'key_change', 'finding_review', 'adjustment')",
}
"""What can be asked of, and which entries each holds."""


def answer(
    db: duckdb.DuckDBPyConnection, entries: str, paths: Sequence[Path], sql: str, bounds: Bounds
) -> Table:
    """Close a database off from everything but what `entries` selects, and ask it."""
    db.execute(f"create view entries as {entries}")
    for name, condition in VIEWS.items():
        if name != "entries":
            db.execute(f"create view {name} as select * from entries where {condition}")  # noqa: S608
    names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    db.execute(f"set allowed_paths = [{names}]")
    # What does not fit into memory is written beside the journals, and must not fill their disk.
    db.execute(f"set max_temp_directory_size = '{SPILL_TIMES * bounds.memory // 1_000_000}MB'")
    db.execute("set enable_external_access = false")
    db.execute("set lock_configuration = true")
    db.execute("begin transaction read only")
    try:
        wrapped = _wrapped(db, sql, bounds.rows)
    except duckdb.Error as error:
        raise _not_a_question(error) from None
    timer = threading.Timer(bounds.seconds, db.interrupt)
    timer.start()
    try:
        found = db.execute(wrapped)
        columns = tuple(column[0] for column in found.description or ())
        rows = found.fetchall()
    except duckdb.InterruptException:
        raise RemitError(
            f"the question was not answered within {bounds.seconds:g} s",
            help="ask for fewer days or columns, or allow more with `--seconds`",
            code="query-too-slow",
        ) from None
    except duckdb.OutOfMemoryException:
        raise RemitError(
            f"the question needs more than {bounds.memory // 1_000_000:,} MB of memory",
            help="ask for fewer rows or columns, or allow more with `--memory`",
            code="query-too-large",
        ) from None
    except duckdb.IOException:
        raise
    except duckdb.Error as error:
        raise _not_a_question(error) from None
    finally:
        timer.cancel()
    return Table(columns, rows[: bounds.rows], cut=len(rows) > bounds.rows)


def _wrapped(db: duckdb.DuckDBPyConnection, sql: str, rows: int) -> str:
    """Make a question a part of another one, which bounds its rows."""
    found = db.extract_statements(sql)
    if len(found) != 1 or found[0].type != duckdb.StatementType.SELECT:
        raise RemitError(
            "the question is not one SELECT", help="write a single SELECT", code="query-not-read-only"
        )
    alone = found[0].query.strip().rstrip(";")
    wrapped = f"select * from (\n{alone}\n) limit {rows + 1}"  # noqa: S608 (it is what was asked for)
    # INVARIANT: nothing that writes is asked. A WITH clause may write in DuckDB, but only outermost.
    again = db.extract_statements(wrapped)
    assert len(again) == 1, "one question stays one"
    assert again[0].type == duckdb.StatementType.SELECT, "and of its kind"
    return wrapped


def _not_a_question(error: duckdb.Error) -> RemitError:
    # What follows the first line shows the question again.
    said = str(error).split("\n")[0].strip()
    return RemitError(
        f"the question cannot be answered: {said}",
        help="see `remit ledger query --help` for what can be asked of",
        code="query-invalid",
    )
