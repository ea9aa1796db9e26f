"""What is counted for good, in tables of the store's file."""

from __future__ import annotations

import sqlite3
from dataclasses import astuple
from datetime import datetime
from decimal import Decimal
from typing import Any

from remit.adapters.sqlite_file import SqliteFile
from remit.kernel.money import EXACT, canonical
from remit.record.projection import hour_of
from remit.record.tally import ALL_HOURS, FoundKey, LatencyKey, LatencySum, Tally, TotalKey, TotalSum


class SqliteTally(SqliteFile):
    """The part of the store that counters are read from."""

    def tally(self) -> Tally:
        totals = dict(_total(row) for row in self._all("select * from total"))
        found = {FoundKey(*row[:4]): row[4] for row in self._all("select * from found")}
        return Tally(totals, self._latency("hour = ?", ALL_HOURS), found)

    def latency(self, *, since: datetime) -> dict[LatencyKey, LatencySum]:
        return self._latency("hour >= ?", hour_of(since))

    def refused(self) -> dict[tuple[str, str], int]:
        rows = self._all("select use_case, rule, sum(count) from refusal_day group by use_case, rule")
        return {(use_case, rule): count for use_case, rule, count in rows}

    def _latency(self, where: str, hour: str) -> dict[LatencyKey, LatencySum]:
        rows = self._all(f"select * from latency where {where}", hour)  # noqa: S608 (the clauses are ours)
        return {LatencyKey(*row[:5]): LatencySum(*row[5:]) for row in rows}


def _total(row: tuple[Any, ...]) -> tuple[TotalKey, TotalSum]:
    use_case, unit, model, provider, status, currency, simulated, *sums, charge = row
    key = TotalKey(use_case, unit, model, provider, status, currency, bool(simulated))
    calls, read, cached, written, output, reasoning = sums
    return key, TotalSum(calls, read, cached, written, output, reasoning, Decimal(charge))


def add_tally(db: sqlite3.Connection, tally: Tally) -> None:
    """Add counts to those that are kept."""
    for key, added in tally.totals.items():
        found = db.execute(
            "select charge from total where (use_case, unit, model, provider, status, currency, simulated)"
            " = (?, ?, ?, ?, ?, ?, ?)",
            key,
        ).fetchone()
        charge = EXACT.add(Decimal(found[0]), added.charge) if found else added.charge
        db.execute(
            "insert into total values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do update set"
            " calls = calls + excluded.calls, input_tokens = input_tokens + excluded.input_tokens,"
            " cache_read_tokens = cache_read_tokens + excluded.cache_read_tokens,"
            " cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,"
            " output_tokens = output_tokens + excluded.output_tokens,"
            " reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens, charge = excluded.charge",
            (*key, *astuple(added)[:6], canonical(charge)),
        )
    db.executemany(
        "insert into latency values (?, ?, ?, ?, ?, ?, ?) on conflict do update set"
        " count = count + excluded.count, total_ms = total_ms + excluded.total_ms",
        [
            (*key, took.count, took.total_ms)
            for hours in (tally.latency, tally.over_all_hours())
            for key, took in hours.items()
        ],
    )
    db.executemany(
        "insert into found values (?, ?, ?, ?, ?) on conflict do update set count = count + excluded.count",
        [(*key, count) for key, count in tally.found.items()],
    )
