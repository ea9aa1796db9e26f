"""The size of a capacity: how many units cost least together with what they have no room for.

Arrivals are replayed minute by minute. Within a minute calls are served in the order in which they came, each
counted with all that came before it, until the units are used up; the others go on as they were. So each
call has a number of units from which on it is served, and one pass over the calls prices every size.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from remit.decide.finops.tariff import Tariff, Tokens, cost_by_day, grouped_cost, only, total
from remit.decide.finops.workload import Rows, Workload, day_bounds
from remit.declare.capacity import Capacity
from remit.kernel.money import EXACT, ZERO

UNITS_MAX = 10_000
"""More than anybody rents."""

MINUTE_MS = 60_000
_NEVER = np.int64(2**62)


@dataclass(frozen=True, slots=True)
class Demand:
    """Calls that a capacity could serve: as they were charged, and as they would be beside the capacity."""

    rows: Rows
    tokens: Tokens
    now: Tariff
    served: Tariff
    units: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Size:
    """So many units, what they and all calls cost then, and how much of them was used.

    `peak` is how many would have served every call.
    """

    units: int
    cost: Decimal
    peak: int
    calls_served: int
    utilisation: float


def units_needed(work: Workload, rows: Rows, capacity: Capacity) -> NDArray[np.int64]:
    """Say for each call from how many units on it is served. Without limits one unit serves all."""
    minutes = work.calls.began_ms[rows] // MINUTE_MS
    starts = np.flatnonzero(np.diff(minutes, prepend=minutes[:1] - 1))
    needed = np.ones(len(rows), np.int64)
    limits = (
        (work.read(rows), capacity.input_tokens_per_minute),
        (work.calls.output_tokens[rows], capacity.output_tokens_per_minute),
    )
    for tokens, limit in limits:
        if limit is None or not len(rows):
            continue
        running = np.cumsum(tokens)
        before = running[starts] - tokens[starts]
        within = running - np.repeat(before, np.diff(starts, append=len(rows)))
        wanted = -(-within // limit) if limit else np.where(within > 0, _NEVER, 1)
        needed = np.maximum(needed, wanted)
    return needed


def hours(work: Workload) -> Decimal:
    """Count the hours of the days that were replayed; a day on which the clock is changed counts as it is."""
    bounds = day_bounds(work.model, work.since, work.until)
    return Decimal(int(bounds[-1] - bounds[0])) / Decimal(3_600_000)


def every_size(work: Workload, demand: Demand, capacity: Capacity) -> list[Decimal]:
    """Say what everything would have cost with no unit, with one, and so on, exactly.

    It ends where units alone cost more than all calls did, or more units would serve no further call.
    """
    unit = EXACT.multiply(capacity.per_hour.amount, hours(work))
    charged = total(
        list(grouped_cost(demand.now.codes.astype(np.int64), demand.tokens, demand.now.rates).values())
    )
    within = demand.units[demand.units <= UNITS_MAX]
    peak = int(within.max(initial=1))
    most = min(peak, int(charged / unit) + 1) if unit else peak
    clipped = np.minimum(demand.units, most + 1)
    before, after = (_by_units(clipped, demand.tokens, each) for each in (demand.now, demand.served))
    at = total(list(before.values()))
    found = [at]
    for size in range(1, most + 1):
        at = EXACT.add(EXACT.subtract(at, before.get(size, ZERO)), EXACT.add(after.get(size, ZERO), unit))
        found.append(at)
    return found


def _by_units(units: NDArray[np.int64], tokens: Tokens, tariff: Tariff) -> dict[int, Decimal]:
    costs: dict[int, Decimal] = {}
    for group, cost in grouped_cost(units * len(tariff.rates) + tariff.codes, tokens, tariff.rates).items():
        place = group // len(tariff.rates)
        costs[place] = EXACT.add(costs.get(place, ZERO), cost)
    return costs


def best_size(work: Workload, demand: Demand, capacity: Capacity, *, least: int = 0) -> Size:
    """Choose the size that costs least, of equals the smallest; `least` units are taken in any case."""
    sizes = every_size(work, demand, capacity)
    assert least < len(sizes), "there are calls to be served"
    units = min(range(least, len(sizes)), key=lambda size: (sizes[size], size))
    return Size(
        units,
        sizes[units],
        int(demand.units.max(initial=0)),
        int((demand.units <= units).sum()),
        _utilisation(work, demand, capacity, units=units),
    )


def _utilisation(work: Workload, demand: Demand, capacity: Capacity, *, units: int) -> float:
    """Say which part of what the units could read or write was used, whichever is more."""
    served = demand.units <= units
    minutes = float(hours(work)) * 60
    limits = (
        (work.read(demand.rows), capacity.input_tokens_per_minute),
        (work.calls.output_tokens[demand.rows], capacity.output_tokens_per_minute),
    )
    used = (
        float(tokens[served].sum()) / (units * limit * minutes) for tokens, limit in limits if limit and units
    )
    return max(used, default=0.0)


def size_by_day(work: Workload, demand: Demand, capacity: Capacity, *, units: int) -> list[Decimal]:
    """Say what so many units and the calls that they have no room for cost on each day."""
    served = demand.units <= units
    bounds = day_bounds(work.model, work.since, work.until)
    days = [Decimal(int(each)) / Decimal(3_600_000) for each in np.diff(bounds)]
    rent = [EXACT.multiply(EXACT.multiply(capacity.per_hour.amount, Decimal(units)), each) for each in days]
    parts = [
        cost_by_day(
            work, demand.rows[mask], Tariff(tariff.codes[mask], tariff.rates), only(demand.tokens, mask)
        )
        for mask, tariff in ((served, demand.served), (~served, demand.now))
    ]
    return [EXACT.add(EXACT.add(one, two), three) for one, two, three in zip(rent, *parts, strict=True)]
