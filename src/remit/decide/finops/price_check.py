"""Price check: declared prices against the price book, and the dated rows that would be added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from remit.declare.block import ModelBlock
from remit.declare.book import TIERS, BookModel, BookRow, priced, rows_of, worth
from remit.declare.price import KINDS, ListRates, Price, Rates
from remit.kernel.money import EXACT, canonical

Finding = Literal["same", "differs", "missing", "by_hand", "unknown", "not_comparable"]
"""A price says what the book does, or something else, or there is none. What is to be changed by hand
cannot be worked out from the book alone; what it does not know, or counts otherwise, cannot be compared."""

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Difference:
    """One rate that the book has otherwise; `declared` is None where none is declared."""

    tier: str
    above: int
    kind: str
    declared: Decimal | None
    book: Decimal

    @property
    def percent(self) -> Decimal | None:
        """By how much the book is above what is declared."""
        if not self.declared:
            return None
        return (self.book - self.declared) / self.declared * _HUNDRED


@dataclass(frozen=True, slots=True)
class Checked:
    """How a model's price on a day stands against the book's, and the row that would bring it up to date."""

    model: str
    book: str
    day: date
    finding: Finding
    differences: tuple[Difference, ...] = ()
    row: Price | None = None
    says: str = ""


def check_prices(
    address: str,
    block: ModelBlock,
    found: BookModel,
    *,
    today: date,
    rates: Mapping[date, Decimal],
    currency: str,
    above_percent: Decimal = Decimal(0),
) -> list[Checked]:
    """Hold a model's prices of today and of each later day in the book against it.

    `rates` say for each of these days what the book's currency is worth; a day without one is by hand.
    Differences of at most `above_percent` are none. Rows are added after the last one; the past stays.
    """
    checked: list[Checked] = []
    prices = list(block.prices)
    for day in days_of(found, today):
        have = max(
            (each for each in prices if each.starts <= day), key=lambda each: each.starts, default=None
        )
        one = _check(address, have, found, day, rates.get(day), currency, above_percent)
        if one.row is not None and prices and prices[-1].starts >= day:
            says = f"a price of {prices[-1].starts} is declared already; change that one before it begins"
            one = Checked(address, found.name, day, "by_hand", one.differences, says=says)
        elif one.row is not None:
            prices.append(one.row)
        checked.append(one)
    return checked


def days_of(found: BookModel, today: date) -> list[date]:
    """List today, and the later days from which the book has other rates."""
    return [today, *(row.starts for row in found.rows if row.starts is not None and row.starts > today)]


def _check(
    address: str,
    have: Price | None,
    found: BookModel,
    day: date,
    rate: Decimal | None,
    currency: str,
    above_percent: Decimal,
) -> Checked:
    row = found.at(day)
    if apart := _apart(row, have):
        return Checked(address, found.name, day, "not_comparable", says=apart)
    if rate is None:
        says = f"no rate says what {found.currency} is worth on {day}; add one under `exchange_rates:`"
        return Checked(address, found.name, day, "by_hand", says=says)
    differences = tuple(_differences(have, row, rate, above_percent))
    if not differences and have is not None:
        return Checked(address, found.name, day, "same")
    if have is not None and have.list is not None and have.discount is None:
        says = "your own rates stand beside `list`; add a row with both, or with a `discount`"
        return Checked(address, found.name, day, "by_hand", differences, says=says)
    source = f"{found.book}, {found.name}, {found.currency}"
    if found.currency != currency:
        source += f" at {canonical(rate)}"
    said = priced(row, starts=day, rate=rate, source=source, discount=have.discount if have else None)
    for tier, kept in have.tiers.items() if have else ():
        # What was declared of a tier that the book does not know goes on.
        said.setdefault("tiers", {}).setdefault(tier, kept)
    return Checked(
        address,
        found.name,
        day,
        "missing" if have is None else "differs",
        differences,
        Price.model_validate(said),
    )


def _apart(row: BookRow, have: Price | None) -> str:
    if not row.by_tokens:
        return "the book does not charge it by tokens of text"
    if row.by_hour:
        return "the book has other rates at other hours of the day"
    if have is not None and have.commitment is not None:
        return f"its tokens are drawn from commitment `{have.commitment}`"
    return ""


def _differences(
    have: Price | None, row: BookRow, rate: Decimal, above_percent: Decimal
) -> Iterator[Difference]:
    """Compare as the price is declared: a discount is taken off the list, and off all else that is bought."""
    declared = {} if have is None else {(each.tier, each.above): each for each in _all(have)}
    bought = rate
    if have is not None and have.discount is not None:
        bought = EXACT.multiply(rate, EXACT.subtract(Decimal(1), have.discount))
    for tier, each in rows_of(row):
        if tier and tier not in TIERS:
            continue
        own = declared.get((tier, each.above))
        for kind in (kind for kind in KINDS if kind in each.rates):
            book = worth(each.rates[kind], bought if tier or each.above else rate)
            was = None if own is None else rate_of(own.list or own, kind)
            one = Difference(tier, each.above, kind, was, book)
            if was != book and (one.percent is None or abs(one.percent) > above_percent):
                yield one


def _all(have: Price) -> tuple[Rates, ...]:
    return (have.rates, *have.rates.becomes)


def rate_of(rates: Rates | ListRates, kind: str) -> Decimal:
    """Say what a million tokens of a kind cost, where it is said and where it is left out."""
    said: Decimal | None = getattr(rates, kind)
    if said is None and kind == "cache_write_1h":
        said = rates.cache_write
    return rates.input if said is None else said
