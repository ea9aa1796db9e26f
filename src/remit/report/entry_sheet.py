"""Entries as a sheet: one line each, for spreadsheets, in which no cell is taken for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from remit.record.projection import Row
from remit.report.entry_line import describe

HEADER = ("entry", "at", "kind", "use_case", "stage", "rule", "what", "journal", "line")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(text: str) -> str:
    """Write a text so that spreadsheets take it for one: what could begin a formula has a quote before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


class _Line:
    """What a CSV writer writes into: it hands back the last line."""

    last = ""

    def write(self, text: str) -> None:
        self.last = text


def sheet(rows: Iterable[Row]) -> Iterator[str]:
    """Write entries as lines of CSV, the head first."""
    line = _Line()
    writer = csv.writer(line, lineterminator="\r\n")
    writer.writerow(HEADER)
    yield line.last
    for row in rows:
        said = (row.id, row.at.isoformat(), row.kind, row.use_case, row.stage, row.rule, describe(row))
        writer.writerow([*map(cell, said), cell(row.journal), row.line])
        yield line.last
