"""Exchange rates: what foreign currencies are worth in the organisation's own, from one day to the next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from pydantic import field_validator

from remit.declare.declared import Day, Declared, Rate, Title
from remit.kernel.money import EXACT, Money

CURRENCY_PATTERN = r"^[A-Z]{3}$"
RATES_MAX = 4_000


class DatedRate(Declared):
    """What one unit of a foreign currency is worth from a day on."""

    starts: Day
    """The first day on which it is worth so much."""
    rate: Rate
    """What one unit of it is worth in the organisation's currency, such as `0.92`."""


class ExchangeRate(Declared):
    """What a foreign currency is worth. Rates are added, never changed: a past amount stays what it was."""

    rates: tuple[DatedRate, ...]
    """The rates in the order of their dates, at most 4,000."""
    source: Title | None = None
    """Who says so, such as a central bank or your treasury."""

    @field_validator("rates")
    @classmethod
    def _ascending(cls, rates: tuple[DatedRate, ...]) -> tuple[DatedRate, ...]:
        starts = [each.starts for each in rates]
        if not 1 <= len(rates) <= RATES_MAX or sorted(set(starts)) != starts:
            raise ValueError(f"write 1 to {RATES_MAX:,} rates in the order of `starts`, each date once")
        if any(each.rate == 0 for each in rates):
            raise ValueError("write a `rate` above 0; a currency that is worth nothing pays for nothing")
        return rates

    def at(self, day: date) -> Decimal | None:
        """Find what one unit was worth on a day; None before the first rate."""
        return next((each.rate for each in reversed(self.rates) if each.starts <= day), None)


def exchanged(amount: Money, day: date, *, currency: str, rates: Mapping[str, ExchangeRate]) -> Money | None:
    """Say exactly what an amount is worth in another currency on a day; None where no rate is known."""
    if amount.currency == currency:
        return amount
    known = rates.get(amount.currency)
    rate = None if known is None else known.at(day)
    return None if rate is None else Money(EXACT.multiply(amount.amount, rate), currency)
