"""Calls that were charged in another currency, at what they are worth in the organisation's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import structs

from remit.declare.operating_model import OperatingModel
from remit.kernel.money import Money
from remit.record.decided import Adjustment
from remit.record.guardrail_charge import GuardrailKey, GuardrailSum
from remit.record.projection import AMOUNTS, UsageKey, UsageSum


def guards_in_own_currency(
    rows: Iterable[tuple[GuardrailKey, GuardrailSum]], model: OperatingModel
) -> Iterator[tuple[GuardrailKey, GuardrailSum]]:
    """Exchange what guardrails by others cost, likewise."""
    own, zone = model.organisation.currency, model.organisation.zone
    for key, sums in rows:
        day = datetime.fromisoformat(key.hour).astimezone(zone).date()
        worth = None if key.currency == own else model.exchanged(Money(sums.charge, key.currency), day)
        if worth is None:
            yield key, sums
        else:
            yield structs.replace(key, currency=own), replace(sums, charge=worth.amount)


def adjustment_in_own_currency(entry: Adjustment, model: OperatingModel) -> Adjustment:
    """Exchange an adjustment at the rate of its first day; one without a rate stays as it is."""
    worth = model.exchanged(Money(entry.amount, entry.currency), entry.since)
    if worth is None or entry.currency == worth.currency:
        return entry
    return structs.replace(entry, amount=worth.amount, currency=worth.currency)


def in_own_currency(
    rows: Iterable[tuple[UsageKey, UsageSum]], model: OperatingModel, *, zone: ZoneInfo | None = None
) -> Iterator[tuple[UsageKey, UsageSum]]:
    """Exchange the charges of roll-ups at the rate of their day; those without one or a day stay as they are.

    Days are the organisation's, or those of a `zone`.
    """
    own, zone = model.organisation.currency, zone or model.organisation.zone
    for key, sums in rows:
        if key.currency == own or not key.hour:
            yield key, sums
            continue
        day = datetime.fromisoformat(key.hour).astimezone(zone).date()
        worth = {name: model.exchanged(Money(getattr(sums, name), key.currency), day) for name in AMOUNTS}
        known: dict[str, Any] = {name: each.amount for name, each in worth.items() if each is not None}
        if len(known) < len(AMOUNTS):
            yield key, sums
        else:
            yield structs.replace(key, currency=own), replace(sums, **known)
