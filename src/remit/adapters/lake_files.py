"""Files of the lake as a question in SQL names them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb


def scan(paths: Sequence[Path]) -> str:
    """Read files of the lake; columns that an older one lacks are null in it."""
    names = ", ".join(quoted(path) for path in paths)
    return (
        f"select * from read_parquet([{names}], union_by_name = true, hive_partitioning = true,"  # noqa: S608
        " hive_types = {'day': DATE})"
    )


def quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def columns_in(db: duckdb.DuckDBPyConnection, path: Path) -> frozenset[str]:
    return frozenset(row[0] for row in db.execute(f"describe {scan([path])}").fetchall())
