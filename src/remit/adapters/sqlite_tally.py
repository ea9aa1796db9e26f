"""What is counted for good, in tables of the store's file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import astuple
from datetime import datetime
from decimal import Decimal
from typing import Any

from remit.adapters.sqlite_file import SqliteFile, instant
from remit.kernel.money import EXACT, canonical
from remit.record.called_blocks import CalledBlocks
from remit.record.projection import day_of, hour_of
from remit.record.tally import (
    ALL_DAYS,
    FoundKey,
    LatencyKey,
    LatencySum,
    Measure,
    Tally,
    TotalKey,
    TotalSum,
)


class SqliteTally(SqliteFile):
    """The part of the store that counters are read from."""

    def tally(self) -> Tally:
        totals = dict(_total(row) for row in self._all("select * from total"))
        found = {FoundKey(*row[:4]): row[4] for row in self._all("select * from found")}
        latency = self._all("select * from latency where day = ?", ALL_DAYS)
        return Tally(totals, _latency(latency), found)

    def latency(self, measure: Measure, *, since: datetime) -> dict[LatencyKey, LatencySum]:
        return _latency(
            self._much(
                "select '', use_case, '', measure, bucket, sum(count), sum(total_ms) from latency"
                " where day >= ? and measure = ? group by use_case, bucket",
                day_of(hour_of(since)),
                measure,
            )
        )

    def called_blocks(self, *, since: datetime) -> list[CalledBlocks]:
        rows = self._much(
            "select use_case, unit, model, block, simulated, sum(calls) from usage_day where hour >= ?"
            " group by use_case, unit, model, block, simulated",
            day_of(hour_of(since)),
        )
        return [
            CalledBlocks(use_case, unit, model, block, bool(simulated), calls)
            for use_case, unit, model, block, simulated, calls in rows
        ]

    def user_counts(self, *, since: datetime) -> dict[str, int]:
        sql = "select use_case, count(*) from user where seen >= ? group by use_case"
        return dict(self._all(sql, instant(since)))

    def refused(self) -> dict[tuple[str, str], int]:
        rows = self._all("select use_case, rule, sum(count) from refusal_day group by use_case, rule")
        return {(use_case, rule): count for use_case, rule, count in rows}


def _latency(rows: Iterable[tuple[Any, ...]]) -> dict[LatencyKey, LatencySum]:
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
            for days in (tally.latency, tally.over_all_days())
            for key, took in days.items()
        ],
    )
    db.executemany(
        "insert into found values (?, ?, ?, ?, ?) on conflict do update set count = count + excluded.count",
        [(*key, count) for key, count in tally.found.items()],
    )
