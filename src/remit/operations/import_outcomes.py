"""Import outcomes: rows of a CSV, of JSON by lines, or of a question in SQL, by their columns' names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from remit.decide.outcome_row import FIELDS, RefusedRow
from remit.kernel.errors import RemitError
from remit.kernel.suggest import did_you_mean
from remit.operations.read_export import Export, rows_of
from remit.operations.record_outcomes import Giver, Recorded, record_all
from remit.operations.system import System
from remit.ports_record import Tables
from remit.record.export_row import Unreadable

Rows = Callable[[], Iterable[tuple[int, Any]]]
"""Rows with their numbers, read anew each time."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What fields are called in a file; others have their own names. `metric` is that of rows without one."""

    named: Mapping[str, str]
    metric: str = ""

    def taken(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Take out of a row what is a field of an outcome; other columns are passed over."""
        found = {
            field: _text(row[column])
            for field in FIELDS
            if row.get(column := self.named.get(field, field)) is not None
        }
        if self.metric and not found.get("metric"):
            found["metric"] = self.metric
        return found

    def check(self, row: Mapping[str, Any]) -> None:
        """See that the columns that were named are there; raises RemitError."""
        for field, column in self.named.items():
            if column not in row:
                raise RemitError(
                    f"there is no column `{column[:80]}` for `{field}`",
                    help=did_you_mean(column, row, otherwise=f"the columns are {', '.join(row)[:300]}"),
                    code="missing-column",
                )


def import_outcomes(system: System, rows: Rows, giver: Giver, *, accept_good: bool = False) -> Recorded:
    """Record the rows of a file: all, or none unless the good ones are asked for."""
    return record_all(system, rows, giver, accept_good=accept_good)


def rows_of_text(export: Export, columns: Columns) -> Rows:
    """Read a CSV, JSON by lines, or a JSON list."""
    return partial(_of_text, export, columns)


def rows_of_query(tables: Tables, path: Path, sql: str, *, columns: Columns, seconds: float) -> Rows:
    """Read what a SELECT finds in a file."""
    return partial(_of_query, tables, path, sql, columns, seconds)


def _of_text(export: Export, columns: Columns) -> Iterator[tuple[int, Any]]:
    checked = False
    for number, row in rows_of(export, layout="rows"):
        if isinstance(row, Unreadable):
            yield number, _unread(number)
            continue
        if not checked and not any(isinstance(value, msgspec.Raw) for value in row.values()):
            columns.check(row)
        checked = True
        yield number, columns.taken(row)


def _of_query(
    tables: Tables, path: Path, sql: str, columns: Columns, seconds: float
) -> Iterator[tuple[int, Any]]:
    for number, row in enumerate(tables.rows(path, sql, seconds=seconds), 1):
        if number == 1:
            columns.check(row)
        yield number, columns.taken(row)


def _unread(number: int) -> RefusedRow:
    return RefusedRow(
        number,
        code="outcome-unsound",
        summary="it cannot be read, or has other columns than the first row",
        help="write CSV in UTF-8 with one row of names above, or one JSON object on each line",
    )


def _text(value: Any) -> Any:
    """Write a value of a database as a file would have it; what is no number, text or time stays as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, msgspec.Raw):
        return _text(_VALUE.decode(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    return value.isoformat() if isinstance(value, datetime | date) else value


_VALUE: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=str)
