"""A file of others' tables is read by one SELECT, which reaches nothing else and changes nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from remit.adapters.table_file import FileTables
from remit.kernel.errors import RemitError

ROWS = [("c1", 20.5), ("c2", 19.0)]


@pytest.fixture(params=["sqlite", "duckdb", "parquet", "csv"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """One table of the same rows in a file of each kind, whose name says nothing."""
    path = tmp_path / "it's a file"
    if request.param == "sqlite":
        with closing(sqlite3.connect(path)) as db:
            db.execute("create table data (id text, value real)")
            db.executemany("insert into data values (?, ?)", ROWS)
            db.commit()
        return path
    where = str(path).replace("'", "''")
    target = str(path) if request.param == "duckdb" else ":memory:"
    with closing(duckdb.connect(target)) as db:
        db.execute("create table data (id varchar, value decimal(9, 1))")
        db.executemany("insert into data values (?, ?)", ROWS)
        if request.param == "parquet":
            db.execute(f"copy data to '{where}' (format parquet)")
        elif request.param == "csv":
            db.execute(f"copy data to '{where}' (format csv, header)")
    return path


def ask(path: Path, sql: str) -> list[dict[str, object]]:
    return [dict(row) for row in FileTables().rows(path, sql, seconds=20)]


def test_rows_come_by_their_columns(file: Path) -> None:
    found = ask(file, "select id as key, value from data order by id;")
    assert [(row["key"], float(str(row["value"]))) for row in found] == ROWS


@pytest.mark.parametrize(
    "sql",
    [
        "delete from data",
        "select 1; select 2",
        "drop table data",
        "attach 'other' as other",
        "pragma database_list",
        "select * from nothing",
        "select",
        "",
        "select 1) union select (2",
        "with gone as (delete from data returning *) select * from gone",
        "copy data to 'stolen.csv'",
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from read_text('/etc/hostname')",
        "select load_extension('x')",
        "select getenv('HOME')",
    ],
)
def test_nothing_else_is_reached_or_changed(file: Path, sql: str) -> None:
    before = file.read_bytes()
    with pytest.raises(RemitError) as fault:
        ask(file, sql)
    assert fault.value.code == "query-invalid"
    assert file.read_bytes() == before


def test_a_question_that_never_ends_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("create table one (a)")
        db.commit()
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
    with pytest.raises(RemitError) as fault:
        list(FileTables().rows(path, endless, seconds=0.05))
    assert fault.value.code == "query-too-slow"
