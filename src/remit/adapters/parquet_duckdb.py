"""Parquet by DuckDB: a CSV file becomes a Parquet file, row by row, each column with its type."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from remit.kernel.errors import RemitError
from remit.ports_record import ColumnType

# A column has one number of decimals; these hold every rate of 9 decimals times a single token.
DECIMALS, DIGITS = 18, 38
_TYPES: Mapping[ColumnType, str] = {
    "text": "VARCHAR",
    "decimal": f"DECIMAL({DIGITS}, {DECIMALS})",
    "instant": "TIMESTAMPTZ",
}


_CONFIG: Mapping[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "512MB",
    # Nothing is fetched: what is needed is part of the package.
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


class DuckdbParquet:
    """Writes with DuckDB's own `COPY`. Nothing but the two files is read or written."""

    def write(self, source: Path, target: Path, columns: Mapping[str, ColumnType]) -> None:
        """Turn a CSV file with a header into a Parquet file; an empty cell is null."""
        read = (
            f"read_csv({_text(str(source))}, header=true, delim=',', quote='\"', escape='\"', nullstr='',"
            " auto_detect=false, parallel=false, columns={"
            + ", ".join(f"{_text(name)}: 'VARCHAR'" for name in columns)
            + "})"
        )
        cast = ", ".join(f"{_typed(name, type)} AS {_name(name)}" for name, type in columns.items())
        config = {**_CONFIG, "temp_directory": str(target.parent)}
        with duckdb.connect(":memory:", config=config) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            try:
                lost = connection.execute(_lost(read, columns)).fetchone()
                if lost is not None and lost[0]:
                    raise RemitError(
                        f"{lost[0]:,} amounts do not fit {DIGITS - DECIMALS} digits and {DECIMALS} decimals",
                        help="write CSV, which holds every amount exactly",
                        code="amount-too-fine",
                    )
                # Nothing stands in these statements but our own columns and two quoted paths.
                connection.execute(
                    f"COPY (SELECT {cast} FROM {read}) TO {_text(str(target))}"  # noqa: S608 (as above)
                    " (FORMAT parquet, COMPRESSION zstd)"
                )
            except duckdb.Error as error:
                raise RemitError(
                    f"the Parquet file could not be written ({type(error).__name__})",
                    help="see that the disk has room and the directory can be written to",
                    code="file-unusable",
                ) from error


def _lost(read: str, columns: Mapping[str, ColumnType]) -> str:
    """Count the amounts that the column's type would round or not hold."""
    pattern = f"^-?[0-9]{{1,{DIGITS - DECIMALS}}}(\\.[0-9]{{1,{DECIMALS}}})?$"
    counted = [
        f"count(*) FILTER (NOT regexp_matches({_name(name)}, {_text(pattern)}))"
        for name, type in columns.items()
        if type == "decimal"
    ]
    return f"SELECT {' + '.join(counted) or '0'} FROM {read}"  # noqa: S608 (our own columns)


def _typed(name: str, type: ColumnType) -> str:
    return f"CAST({_name(name)} AS {_TYPES[type]})"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
