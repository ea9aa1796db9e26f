"""Daily costs: what each series cost on each UTC day, as forecasts and searches for anomalies read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from remit.decide.finops.forecast import HISTORY_DAYS, Days
from remit.kernel.money import EXACT, ZERO


@dataclass(frozen=True, slots=True)
class Daily:
    """Costs of series by day: a row for each, `HISTORY_DAYS` columns up to yesterday, and today so far.

    The columns are estimates' material, binary fractions; what was spent `today` is exact.
    """

    names: tuple[str, ...]
    days: Days
    today: tuple[Decimal, ...]


def first_day(today: date) -> date:
    """Say from which day on costs are looked at."""
    return today - timedelta(days=HISTORY_DAYS)


def daily(costs: Iterable[tuple[str, date, Decimal]], today: date) -> Daily:
    """Put costs by name and day into rows; older days than are looked at, and days to come, are left out."""
    begin = first_day(today)
    rows: dict[str, dict[int, Decimal]] = {}
    for name, day, amount in costs:
        column = (day - begin).days
        if 0 <= column <= HISTORY_DAYS:
            row = rows.setdefault(name, {})
            row[column] = EXACT.add(row.get(column, ZERO), amount)
    names = tuple(sorted(rows))
    days = np.zeros((len(names), HISTORY_DAYS))
    for index, name in enumerate(names):
        for column, amount in rows[name].items():
            if column < HISTORY_DAYS:
                days[index, column] = float(amount)
    return Daily(names, days, tuple(rows[name].get(HISTORY_DAYS, ZERO) for name in names))


def grouped(found: Daily, groups: Mapping[str, Sequence[str]]) -> Daily:
    """Add up series by group, each group the sum of those that it names; ones without costs are 0."""
    places = {name: index for index, name in enumerate(found.names)}
    names = tuple(groups)
    days = np.zeros((len(names), HISTORY_DAYS))
    today = []
    for index, name in enumerate(names):
        members = [places[each] for each in groups[name] if each in places]
        if members:
            days[index] = found.days[members].sum(axis=0)
        total = ZERO
        for member in members:
            total = EXACT.add(total, found.today[member])
        today.append(total)
    return Daily(names, days, tuple(today))
