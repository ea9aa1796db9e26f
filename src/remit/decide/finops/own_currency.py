"""Calls that were charged in another currency, at what they are worth in the organisation's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from msgspec import structs

from remit.declare.operating_model import OperatingModel
from remit.kernel.money import Money
from remit.record.projection import UsageKey, UsageSum


def in_own_currency(
    rows: Iterable[tuple[UsageKey, UsageSum]], model: OperatingModel
) -> Iterator[tuple[UsageKey, UsageSum]]:
    """Exchange the charges of roll-ups at the rate of their day; those without either stay as they are."""
    own, zone = model.organisation.currency, model.organisation.zone
    for key, sums in rows:
        if key.currency == own or not key.hour:
            yield key, sums
            continue
        day = datetime.fromisoformat(key.hour).astimezone(zone).date()
        worth = model.exchanged(Money(sums.charge, key.currency), day)
        if worth is None:
            yield key, sums
        else:
            yield structs.replace(key, currency=own), replace(sums, charge=worth.amount)
