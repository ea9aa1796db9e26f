"""Entries as a journal has them, to fill a lake with, and what lies in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from remit.adapters.lake_duckdb import DuckdbLake
from remit.ports_lake import Bounds, Part, Table
from remit.record.chain import Position, first_link, leaf, line, link, start
from remit.record.decided import StageChange
from remit.record.ledgered import encode

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class Written:
    """A journal in memory, of which any range of lines is a part."""

    def __init__(self, journal: str, entries: Iterable[Any]) -> None:
        self.journal = journal
        self.bodies = [encode(entry) for entry in entries]
        self.lines: list[bytes] = []
        last = first_link(journal)
        for body in self.bodies:
            last = link(last, leaf(body))
            self.lines.append(line(last, body))

    def part(self, first: int, last: int) -> Part:
        offset = sum(map(len, self.lines[: first - 1]))
        return Part(self.journal, first, offset, b"".join(self.lines[first - 1 : last]))

    def beyond(self, taken: Mapping[str, Position]) -> list[Part]:
        first = taken.get(self.journal, start(self.journal)).lines + 1
        return [self.part(first, len(self.lines))] if first <= len(self.lines) else []


def ask(lake: DuckdbLake, sql: str, written: Written | None = None, **bounds: Any) -> Table:
    tail = written.beyond if written else lambda taken: []
    return lake.query(sql, tail=tail, bounds=Bounds(**bounds))


def files_below(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.glob("day=*/*"))


def stage(use_case: str, day: int) -> StageChange:
    at = NOON + day * DAY
    fields: Any = {"stage": "launch", "since": at.date(), "basis": "adopted", "author": "a@b.example"}
    return StageChange(id=f"s{use_case}{day}", at=at, use_case=use_case, **fields)


def bodies_in(lake: DuckdbLake) -> list[str]:
    return [row[0] for row in ask(lake, "select id from entries where body is not null order by id").rows]
