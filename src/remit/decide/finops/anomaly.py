"""Anomalies: days that cost far more or less than days before them let one expect, and why.

A day is odd where it is off by more than chance explains in `ONCE_IN_DAYS` days, measured by how far one-day
forecasts of this very series were off, in proportion: use cases of all sizes and of any unrest are held to
the same. The middle of past errors is taken, so that one odd day does not hide the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from remit.decide.finops.cause import Factor, Kind, ListedRates, causes, uses
from remit.decide.finops.daily import Daily
from remit.decide.finops.forecast import HISTORY_DAYS, day_by_day
from remit.declare.operating_model import OperatingModel
from remit.kernel.money import EXACT, ZERO
from remit.record.projection import UsageKey, UsageSum

ONCE_IN_DAYS = 2_000
"""How rarely a day without a cause is called odd: for one use case, about once in five years."""
FEWEST_DAYS = 14
"""With fewer days of history nothing is called odd."""
LOOK_DAYS = 7
"""How many days up to yesterday are searched."""
BASE_DAYS = 28
"""An odd day is held against how calls were in so many days before it."""
_FINE = Decimal("0.000001")
NOISE = 0.05
"""A part of the cost that is never odd, however quiet a series has been."""

Dimension = Literal["key", "prompt", "model", "stage", "guardrail"]


@dataclass(frozen=True, slots=True)
class Odd:
    """A day that is off: of a series, on a day, by how many times its usual error."""

    name: str
    day: date
    cost: float
    expected: float
    times: float


@dataclass(frozen=True, slots=True)
class Mover:
    """The key, prompt, model, stage or guardrail that explains most of a difference, and how much of it."""

    of: Dimension
    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Anomaly:
    """An odd day of a use case. `change` is its cost less what was expected of it.

    `causes` split the change, the greatest first; `mover` is where most of it is.
    """

    use_case: str
    unit: str
    day: date
    cost: Decimal
    expected: Decimal
    change: Decimal
    times: float
    causes: tuple[tuple[Factor, Decimal], ...]
    mover: Mover | None
    currency: str

    @property
    def cause(self) -> Factor:
        return self.causes[0][0]


class GuardCost(NamedTuple):
    """What a guardrail by others cost for calls with one key."""

    name: str
    key: str
    charge: Decimal


class Guarded(NamedTuple):
    """What guardrails by others cost on a day, and on the days held against it."""

    rows: Sequence[GuardCost] = ()
    before: Sequence[GuardCost] = ()

    @property
    def cost(self) -> Decimal:
        return reduce(EXACT.add, (each.charge for each in self.rows), ZERO)

    @property
    def known(self) -> Decimal:
        return reduce(EXACT.add, (each.charge for each in self.before), ZERO)


UNGUARDED = Guarded()


def odd_days(found: Daily, today: date, *, least: float = 0.0) -> list[Odd]:
    """Search the last days of every series; a difference of less than `least` is none to speak of."""
    if not found.names:
        return []
    expected, made = day_by_day(found.days, weekday=today.weekday())
    cost = found.days
    # In proportion, so that a series may grow; a day that is expected to cost nothing says nothing.
    scale = np.maximum(expected, 1e-12)
    off = np.where(made & (expected > 0), np.log(np.maximum(cost, 0.01 * scale) / scale), np.nan)
    odd: list[Odd] = []
    for back in range(1, LOOK_DAYS + 1):
        column = HISTORY_DAYS - back
        usual, number = _usual(off[:, :column])
        limit = stdtrit(np.maximum(number - 1, 2.0), 1 - 0.5 / ONCE_IN_DAYS)
        times = np.divide(off[:, column], usual, out=np.zeros(len(usual)), where=usual > 0)
        big = np.abs(cost[:, column] - expected[:, column]) >= np.maximum(least, NOISE * expected[:, column])
        is_odd = (np.abs(times) > limit) & (number >= FEWEST_DAYS - 7) & big
        for index in np.flatnonzero(is_odd):
            odd.append(
                Odd(
                    name=found.names[index],
                    day=today - timedelta(days=back),
                    cost=float(cost[index, column]),
                    expected=float(expected[index, column]),
                    times=float(times[index]),
                )
            )
    return sorted(odd, key=lambda each: (-abs(each.cost - each.expected), each.name, each.day))


def _usual(off: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the usual size of errors, from their median, and of how many; never below the noise."""
    number = np.isfinite(off).sum(axis=1)
    some = number > 0
    size = np.full(len(off), np.inf)
    size[some] = 1.4826 * np.nanmedian(np.abs(off[some]), axis=1)
    return np.maximum(size, NOISE), number.astype(np.float64)


def explained(
    odd: Odd,
    rows: Sequence[tuple[UsageKey, UsageSum]],
    before: Sequence[tuple[UsageKey, UsageSum]],
    *,
    guards: Guarded = UNGUARDED,
    model: OperatingModel,
) -> Anomaly:
    """Say what made a day different: `rows` are its roll-ups, `before` those of the days held against it.

    What these were is brought to the cost that was expected: a use case may be younger than `BASE_DAYS`, and
    a Sunday is not an average day.
    """
    expected = Decimal(repr(odd.expected)).quantize(_FINE)
    known = EXACT.add(_total(before), guards.known)
    days = known / expected if known and expected else Decimal(BASE_DAYS)
    names = {key.model for key, _ in (*rows, *before)}
    split = causes(
        uses(before, days=float(days)),
        uses(rows, days=1),
        {name: _rates(model, name, odd.day) for name in names},
    )
    cost = EXACT.add(_total(rows), guards.cost)
    found: dict[Factor, Decimal] = {}
    found.update(split.items())
    if guards.rows or guards.before:
        found["guardrails"] = (guards.cost - guards.known / days).quantize(_FINE)
    case = model.use_cases.get(odd.name)
    change = cost - expected
    return Anomaly(
        use_case=odd.name,
        unit=case.unit if case else "",
        day=odd.day,
        cost=cost,
        expected=expected,
        change=change,
        times=odd.times,
        causes=tuple(sorted(found.items(), key=lambda each: -each[1] if change > 0 else each[1])),
        mover=_mover(rows, before, change, days=days, guards=guards),
        currency=model.organisation.currency,
    )


def _total(rows: Iterable[tuple[UsageKey, UsageSum]]) -> Decimal:
    total = ZERO
    for _, each in rows:
        total = EXACT.add(total, each.charge)
    return total


_KINDS: Mapping[Kind, str] = {
    "input": "input",
    "cache_read": "cache_read",
    "cache_write": "cache_write",
    "cache_write_1h": "cache_write_1h",
    "output": "output",
}


def _rates(model: OperatingModel, address: str, day: date) -> ListedRates:
    """Return the proportions of a model's rates; of one that has none, all kinds alike."""
    block = model.model(address)
    price = block.price_at(day) if block else None
    if price is None:
        return dict.fromkeys(_KINDS, 1.0)
    read = price.input if price.cache_read is None else price.cache_read
    write = price.input if price.cache_write is None else price.cache_write
    longer = write if price.cache_write_1h is None else price.cache_write_1h
    return {
        "input": float(price.input),
        "cache_read": float(read),
        "cache_write": float(write),
        "cache_write_1h": float(longer),
        "output": float(price.output),
    }


_DIMENSIONS: Mapping[Dimension, str] = {"prompt": "block", "key": "key", "model": "model", "stage": "stage"}
"""The narrowest first: of two that explain as much, it is named."""


def _mover(
    rows: Iterable[tuple[UsageKey, UsageSum]],
    before: Iterable[tuple[UsageKey, UsageSum]],
    change: Decimal,
    *,
    days: Decimal,
    guards: Guarded,
) -> Mover | None:
    """Find what explains most of a change, if it is more than half of it."""
    movers: list[Mover] = []
    for of, name in _DIMENSIONS.items():
        moved: dict[str, Decimal] = {}
        for key, each in rows:
            moved[getattr(key, name)] = moved.get(getattr(key, name), ZERO) + each.charge
        for key, each in before:
            moved[getattr(key, name)] = moved.get(getattr(key, name), ZERO) - each.charge / days
        if of == "key":
            _move(moved, ((each.key, each.charge) for each in guards.rows), Decimal(1))
            _move(moved, ((each.key, each.charge) for each in guards.before), -days)
        movers += [Mover(of, each, amount.quantize(_FINE)) for each, amount in moved.items() if each]
    asked: dict[str, Decimal] = {}
    _move(asked, ((each.name, each.charge) for each in guards.rows), Decimal(1))
    _move(asked, ((each.name, each.charge) for each in guards.before), -days)
    movers += [Mover("guardrail", each, amount.quantize(_FINE)) for each, amount in asked.items()]
    sign = 1 if change > 0 else -1
    found = max(movers, key=lambda each: sign * each.amount, default=None)
    return found if found is not None and sign * found.amount * 2 > sign * change else None


def _move(moved: dict[str, Decimal], costs: Iterable[tuple[str, Decimal]], by: Decimal) -> None:
    for name, charge in costs:
        moved[name] = moved.get(name, ZERO) + charge / by


def in_words(found: Anomaly) -> Iterator[str]:
    """Say in parts what is odd, why, and where."""
    way = "more" if found.change > 0 else "less"
    yield f"{found.day} cost {found.cost:.2f} {found.currency}, {way} than the {found.expected:.2f} expected"
    for factor, amount in found.causes[:2]:
        if amount and (amount > 0) == (found.change > 0):
            yield f"{factor} {amount:+.2f}"
    if found.mover is not None:
        yield f"most of it is {found.mover.of} `{found.mover.name}` ({found.mover.amount:+.2f})"
