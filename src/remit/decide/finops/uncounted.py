"""Uncounted: charges in a currency that had no rate on their day, which are in no figure and are named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from remit.declare.operating_model import OperatingModel
from remit.kernel.money import EXACT, ZERO, Money


@dataclass(frozen=True, slots=True)
class Uncounted:
    """What was charged in one currency on days without a rate, from the first of them to the last."""

    currency: str
    since: date
    until: date
    amount: Decimal

    def plus(self, other: Uncounted) -> Uncounted:
        return replace(
            self,
            since=min(self.since, other.since),
            until=max(self.until, other.until),
            amount=EXACT.add(self.amount, other.amount),
        )


@dataclass(slots=True)
class Counting:
    """Counts charges of series in the organisation's currency, and remembers those that it cannot."""

    model: OperatingModel
    days: set[tuple[str, date]] = field(default_factory=set)
    """The days of series whose cost is not wholly known."""
    _lacking: dict[str, dict[str, Uncounted]] = field(default_factory=dict)

    def worth(self, name: str, day: date, charge: Decimal, currency: str) -> Decimal:
        """Say what a charge is worth at the rate of its day; one without is noted, and adds nothing."""
        if currency == self.model.organisation.currency:
            return charge
        worth = self.model.exchanged(Money(charge, currency), day)
        if worth is not None:
            return worth.amount
        if charge:
            self.days.add((name, day))
            self._note(name, Uncounted(currency, day, day, charge))
        return ZERO

    def _note(self, name: str, found: Uncounted) -> None:
        lacking = self._lacking.setdefault(name, {})
        known = lacking.get(found.currency)
        lacking[found.currency] = found if known is None else known.plus(found)

    def of(self, names: Iterable[str]) -> tuple[Uncounted, ...]:
        """Say what some series lack, by currency."""
        found: dict[str, Uncounted] = {}
        for name in names:
            for currency, each in self._lacking.get(name, {}).items():
                known = found.get(currency)
                found[currency] = each if known is None else known.plus(each)
        return tuple(found[currency] for currency in sorted(found))

    def everything(self) -> tuple[Uncounted, ...]:
        return self.of(self._lacking)


def in_words(found: Iterable[Uncounted]) -> str:
    """Say what is not counted, and what would help.

    >>> in_words([Uncounted("USD", date(2026, 10, 1), date(2026, 10, 9), Decimal("12.5"))])
    'not counted: 12.5 USD of 2026-10-01 to 2026-10-09; `exchange_rates:` has no rate for these days'
    """
    said = ", ".join(f"{each.amount:f} {each.currency} of {each.since} to {each.until}" for each in found)
    return f"not counted: {said}; `exchange_rates:` has no rate for these days"
