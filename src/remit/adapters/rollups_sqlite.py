"""Roll-ups in the store's SQLite file: sums by the hour, and what they add up to in whole days.

Amounts are text, and are added exactly by a function of ours, so that no row is read to change it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

from remit.kernel.money import EXACT, canonical
from remit.record.projection import (
    AMOUNTS,
    COUNTS,
    Changes,
    RefusalKey,
    UsageKey,
    UsageSum,
    hour_of,
)

_USAGE_KEY, _REFUSAL_KEY = UsageKey.__struct_fields__, RefusalKey.__struct_fields__
_usage_key: Callable[[UsageKey], tuple[Any, ...]] = attrgetter(*_USAGE_KEY)
_refusal_key: Callable[[RefusalKey], tuple[Any, ...]] = attrgetter(*_REFUSAL_KEY)
_counts: Callable[[UsageSum], tuple[int, ...]] = attrgetter(*COUNTS)
_amounts: Callable[[UsageSum], tuple[Decimal, ...]] = attrgetter(*AMOUNTS)


def _upsert(table: str, keys: Sequence[str], counts: Sequence[str], amounts: Sequence[str] = ()) -> str:
    columns = (*keys, *counts, *amounts)
    added = [f"{name} = {name} + excluded.{name}" for name in counts]
    added += (f"{name} = exact_add({name}, excluded.{name})" for name in amounts)
    places = ", ".join("?" * len(columns))
    return (
        f"insert into {table} ({', '.join(columns)}) values ({places})"  # noqa: S608 (all names are ours)
        f" on conflict do update set {', '.join(added)}"
    )


_ADD_USAGE = {table: _upsert(table, _USAGE_KEY, COUNTS, AMOUNTS) for table in ("usage", "usage_day")}
_ADD_REFUSAL = {table: _upsert(table, _REFUSAL_KEY, ("count",)) for table in ("refusal", "refusal_day")}
_USAGE = ", ".join((*_USAGE_KEY, *COUNTS, *AMOUNTS))
_REFUSAL = ", ".join((*_REFUSAL_KEY, "count"))


def exact_add(one: str, other: str) -> str:
    """Add two amounts that are written as text; a sum that would have to be rounded fails the statement."""
    return canonical(EXACT.add(Decimal(one), Decimal(other)))


def prepare(db: sqlite3.Connection) -> None:
    db.create_function("exact_add", 2, exact_add, deterministic=True)


def add_usage(db: sqlite3.Connection, changes: Changes) -> None:
    days: dict[UsageKey, UsageSum] = {}
    for key, added in changes.usage.items():
        days.setdefault(key.total(), UsageSum()).merge(added)
    db.executemany(_ADD_USAGE["usage"], _usage_rows(changes.usage))
    db.executemany(_ADD_USAGE["usage_day"], _usage_rows(days))


def _usage_rows(sums: Mapping[UsageKey, UsageSum]) -> Iterator[tuple[Any, ...]]:
    for key, added in sums.items():
        yield *_usage_key(key), *_counts(added), *map(canonical, _amounts(added))


def add_refusals(db: sqlite3.Connection, changes: Changes) -> None:
    days: dict[RefusalKey, int] = {}
    for key, count in changes.refusals.items():
        total = key.total()
        days[total] = days.get(total, 0) + count
    for table, counted in (("refusal", changes.refusals), ("refusal_day", days)):
        db.executemany(_ADD_REFUSAL[table], [(*_refusal_key(key), count) for key, count in counted.items()])


def usage_sql(table: str) -> str:
    return f"select {_USAGE} from {table} where hour >= ? and hour < ?"  # noqa: S608 (as above)


def refusal_sql(table: str) -> str:
    return f"select {_REFUSAL} from {table} where hour >= ? and hour < ?"  # noqa: S608 (as above)


END = "9999"
"""After every hour that there is."""


def whole_days(since: datetime) -> tuple[str, str]:
    """Name the hour that an instant lies in, and the first hour from it on with which a UTC day begins.

    >>> whole_days(datetime(2026, 10, 31, 23, 30, tzinfo=UTC))
    ('2026-10-31T23:00:00Z', '2026-11-01T00:00:00Z')
    >>> whole_days(datetime(2026, 11, 1, 0, 30, tzinfo=UTC))
    ('2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z')
    """
    since = since.astimezone(UTC)
    midnight = datetime.combine(since.date(), time(), UTC)
    if since - midnight >= timedelta(hours=1):
        midnight += timedelta(days=1)
    return hour_of(since), hour_of(midnight)


def usage_of(rows: Iterable[Sequence[Any]]) -> list[tuple[UsageKey, UsageSum]]:
    width, whole = len(_USAGE_KEY), len(_USAGE_KEY) + len(COUNTS)
    simulated = _USAGE_KEY.index("simulated")
    found = []
    for row in rows:
        key = list(row[:width])
        key[simulated] = bool(key[simulated])
        found.append((UsageKey(*key), UsageSum(*row[width:whole], *map(Decimal, row[whole:]))))
    return found


def refusals_of(rows: Iterable[tuple[Any, ...]]) -> list[tuple[RefusalKey, int]]:
    return [(RefusalKey(*key), count) for *key, count in rows]
