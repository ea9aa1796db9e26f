"""Roll-ups in the store's SQLite file: sums by the hour, and what they add up to in whole days.

Amounts are text, and are added exactly by a function of ours, so that no row is read to change it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce
from operator import attrgetter
from typing import Any

import msgspec

from remit.kernel.money import EXACT, ZERO, canonical
from remit.record.guardrail_charge import GuardrailKey, GuardrailSum
from remit.record.projection import (
    AMOUNTS,
    COUNTS,
    Changes,
    RefusalKey,
    UsageKey,
    UsageSum,
    hour_of,
)
from remit.record.rolled import DayCharge
from remit.record.tool_day import ToolDayKey, ToolDaySum

TOOL_COUNTS = tuple(each.name for each in fields(ToolDaySum))

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
_GUARDED_KEY = GuardrailKey.__struct_fields__
_ADD_GUARDED = _upsert("guardrail_charge", _GUARDED_KEY, ("askings", "units"), ("charge",))
_ADD_TOOL_DAY = _upsert("tool_day", ToolDayKey._fields, TOOL_COUNTS)
_USAGE = ", ".join((*_USAGE_KEY, *COUNTS, *AMOUNTS))
_REFUSAL = ", ".join((*_REFUSAL_KEY, "count"))


def exact_add(one: str, other: str) -> str:
    """Add two amounts that are written as text; a sum that would have to be rounded fails the statement."""
    return canonical(EXACT.add(Decimal(one), Decimal(other)))


class ExactSum:
    """Sum up amounts that are written as text; a sum that would have to be rounded fails the statement."""

    def __init__(self) -> None:
        self._sum = ZERO

    def step(self, amount: str) -> None:
        self._sum = EXACT.add(self._sum, Decimal(amount))

    def finalize(self) -> str:
        return canonical(self._sum)


def prepare(db: sqlite3.Connection) -> None:
    db.create_function("exact_add", 2, exact_add, deterministic=True)
    # The types of `sqlite3` know sums of whole numbers alone.
    db.create_aggregate("exact_sum", 1, ExactSum)  # type: ignore[arg-type]  # as above


def add_usage(db: sqlite3.Connection, changes: Changes) -> None:
    days: dict[UsageKey, UsageSum] = {}
    for key, added in changes.usage.items():
        days.setdefault(key.in_day(), UsageSum()).merge(added)
    db.executemany(_ADD_USAGE["usage"], _usage_rows(changes.usage))
    db.executemany(_ADD_USAGE["usage_day"], _usage_rows(days))


def _usage_rows(sums: Mapping[UsageKey, UsageSum]) -> Iterator[tuple[Any, ...]]:
    for key, added in sums.items():
        yield *_usage_key(key), *_counts(added), *map(canonical, _amounts(added))


def add_refusals(db: sqlite3.Connection, changes: Changes) -> None:
    days: dict[RefusalKey, int] = {}
    for key, count in changes.refusals.items():
        total = key.in_day()
        days[total] = days.get(total, 0) + count
    for table, counted in (("refusal", changes.refusals), ("refusal_day", days)):
        db.executemany(_ADD_REFUSAL[table], [(*_refusal_key(key), count) for key, count in counted.items()])


def add_guarded(db: sqlite3.Connection, changes: Changes) -> None:
    rows = (
        (*msgspec.structs.astuple(key), each.askings, each.units, canonical(each.charge))
        for key, each in changes.guarded.items()
    )
    db.executemany(_ADD_GUARDED, rows)


def add_tool_days(db: sqlite3.Connection, changes: Changes) -> None:
    rows = (
        (key.use_case, key.day.isoformat(), *key[2:], *astuple(each))
        for key, each in changes.tool_days.items()
    )
    db.executemany(_ADD_TOOL_DAY, rows)


def tool_days_of(rows: Iterable[tuple[Any, ...]]) -> list[tuple[ToolDayKey, ToolDaySum]]:
    return [
        (ToolDayKey(use_case, date.fromisoformat(day), tool, target_class), ToolDaySum(*counts))
        for use_case, day, tool, target_class, *counts in rows
    ]


def _between(table: str, columns: str) -> str:
    return f"select {columns} from {table} where hour >= ? and hour < ?"  # noqa: S608 (as above)


def _totals(table: str, keys: Sequence[str], columns: str, sums: Sequence[str]) -> str:
    """Sum up days, and hours before and after them, whatever they are; what is not asked by is empty."""
    by = [name for name in keys if name not in _LEFT_OUT[table]]
    shown = [name if name in by else _INSTEAD.get(name, f"'' as {name}") for name in keys]
    hours = _between(table, columns)
    rows = f"{_between(f'{table}_day', columns)} union all {hours} union all {hours}"
    return f"select {', '.join((*shown, *sums))} from ({rows}) group by {', '.join(by)}"  # noqa: S608 (as above)


_INSTEAD = {"hour": "min(hour) as hour"}
_LEFT_OUT = {"usage": ("hour", "key", "block"), "refusal": ("hour", "key", "model")}
USAGE = _between("usage", _USAGE)
USAGE_OF = f"{USAGE} and use_case in (select value from json_each(?))"  # noqa: S608 (as above)
CHARGES = _between(
    "usage_day",
    "hour, use_case, unit, model, currency, simulated, calls, charge, committed, list_charge, saved",
)
GUARDED = _between("guardrail_charge", ", ".join((*_GUARDED_KEY, "askings", "units", "charge")))
REFUSALS = _between("refusal", _REFUSAL)
USAGE_TOTALS = _totals(
    "usage",
    _USAGE_KEY,
    _USAGE,
    (
        *(f"sum({name})" for name in COUNTS),
        # Amounts are added here: to call a function of ours for each would take longer than all the rest.
        *(f"group_concat({name}, ' ') filter (where {name} <> '0')" for name in AMOUNTS),
    ),
)
REFUSAL_TOTALS = _totals("refusal", _REFUSAL_KEY, _REFUSAL, ("sum(count)",))
"""Each asks for the hours from one place on and before the next; totals for days, then twice for hours."""

END = "9999"
"""After every hour that there is."""


def whole_days(since: datetime, until: datetime | None = None) -> tuple[str, str, str, str, str, str]:
    """Say between which hours whole days are summed up, and between which the hours before and after them.

    >>> whole_days(datetime(2026, 10, 31, 23, 30, tzinfo=UTC))[:4]
    ('2026-11-01T00:00:00Z', '9999', '2026-10-31T23:00:00Z', '2026-11-01T00:00:00Z')
    >>> whole_days(datetime(2026, 11, 1, 0, 30, tzinfo=UTC))[2:4]
    ('2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z')
    >>> whole_days(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 3, 5, tzinfo=UTC))[4:]
    ('2026-11-03T00:00:00Z', '2026-11-03T05:00:00Z')
    """
    since = since.astimezone(UTC)
    midnight = datetime.combine(since.date(), time(), UTC)
    if since - midnight >= timedelta(hours=1):
        midnight += timedelta(days=1)
    first, began, ended = hour_of(midnight), hour_of(since), END
    last = END
    if until is not None:
        ended = max(began, hour_of(until))
        last = hour_of(datetime.combine(until.astimezone(UTC).date(), time(), UTC))
    if last < first:
        # No whole day lies between the two.
        return ended, ended, began, ended, ended, ended
    return first, last, began, first, last, ended


def usage_of(rows: Iterable[Sequence[Any]]) -> list[tuple[UsageKey, UsageSum]]:
    width, whole = len(_USAGE_KEY), len(_USAGE_KEY) + len(COUNTS)
    simulated = _USAGE_KEY.index("simulated")
    found = []
    for row in rows:
        key = list(row[:width])
        key[simulated] = bool(key[simulated])
        found.append((UsageKey(*key), UsageSum(*row[width:whole], *map(_added, row[whole:]))))
    return found


def _added(amounts: str | None) -> Decimal:
    """Add up amounts with blanks between them, or read one; of none there is nothing."""
    return reduce(EXACT.add, map(Decimal, amounts.split()), ZERO) if amounts else ZERO


def charges_of(rows: Iterable[Sequence[Any]]) -> Iterator[DayCharge]:
    """Read charges; most rows share their day with many others, and nothing is committed in most."""
    days: dict[str, date] = {}
    for hour, use_case, unit, model, currency, simulated, calls, charge, committed, at_list, saved in rows:
        day = days.get(hour)
        if day is None:
            day = days[hour] = date.fromisoformat(hour[:10])
        amount = Decimal(charge)
        yield DayCharge(
            day,
            use_case,
            unit,
            model,
            currency,
            bool(simulated),
            calls,
            amount,
            ZERO if committed == "0" else Decimal(committed),
            amount if at_list == charge else Decimal(at_list),
            ZERO if saved == "0" else Decimal(saved),
        )


def guarded_of(rows: Iterable[tuple[Any, ...]]) -> list[tuple[GuardrailKey, GuardrailSum]]:
    return [
        (GuardrailKey(*key), GuardrailSum(askings, units, Decimal(charge)))
        for *key, askings, units, charge in rows
    ]


def refusals_of(rows: Iterable[tuple[Any, ...]]) -> list[tuple[RefusalKey, int]]:
    return [(RefusalKey(*key), count) for *key, count in rows]
