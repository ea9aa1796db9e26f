"""Billed rows: what a bill charges, for which model and whose use, digit for digit as it stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from remit.kernel.money import EXACT
from remit.record.bill_format import BilledKind, BillFormat, Saying, Sayings, TokenKind
from remit.record.export_row import (
    Fields,
    Unreadable,
    at,
    count,
    decimal,
    first_decimal,
    instant,
    names,
    word,
)

_MOMENT = timedelta(microseconds=1)
_TOKEN_PARTS = Decimal("0.000001")
"""Quantities in thousands of tokens stand for whole tokens; what is finer than this is noise."""
_SPAN_MAX = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Billed:
    """One row of a bill, of the days from `day` to `until`, both included.

    `tokens` says how many of each kind there were; it is None where the bill does not say, or the row is of
    something else. `quantity` and `unit` are as the bill has them. `effective` is what was used up, also of
    what was paid before. `decimals` is how many the row writes of what it bills.
    """

    day: date
    until: date
    model: str
    account: str
    project: str
    key: str
    kind: BilledKind
    tokens: Mapping[TokenKind, Decimal] | None
    quantity: Decimal | None
    unit: str
    list_cost: Decimal | None
    effective: Decimal
    billed: Decimal
    decimals: int
    currency: str
    names: frozenset[str]


def billed(row: Fields, format: BillFormat) -> Billed | None:
    """Read the fields that the format names, and only these; None for a row of another service.

    Raises Unreadable where a field that must be there is not, or is not what it should be.
    """
    if format.only and _said(row, format.read_only) is None:
        return None
    cost = first_decimal(row, format.billed_cost)
    if cost is None:
        raise Unreadable("no-amount")
    begins = instant(at(row, format.at))
    ends = instant(at(row, format.until)) - _MOMENT if format.until is not None else begins
    if not begins <= ends + _MOMENT <= begins + _SPAN_MAX:
        raise Unreadable("not-a-time")
    kind, model = _kind_and_model(row, format)
    tokens, quantity, unit = _quantity(row, format, kind)
    effective = first_decimal(row, format.effective_cost)
    return Billed(
        day=begins.date(),
        until=max(ends, begins).date(),
        model=model,
        account=word(row, format.account),
        project=word(row, format.project),
        key=word(row, format.key),
        kind=kind,
        tokens=tokens,
        quantity=quantity,
        unit=unit,
        list_cost=first_decimal(row, format.list_cost),
        effective=cost if effective is None else effective,
        billed=cost,
        decimals=max(0, -int(cost.normalize().as_tuple().exponent)),
        currency=_currency(row, format),
        names=frozenset(names(row, format.names)),
    )


def _said(row: Fields, sayings: Sayings) -> tuple[Saying, str] | None:
    """Find the first of some sayings that is true of a row, and the model that it names."""
    return sayings.find(tuple(word(row, field) for field in sayings.fields))


def _kind_and_model(row: Fields, format: BillFormat) -> tuple[BilledKind, str]:
    found = _said(row, format.read_kinds)
    kind: BilledKind = "tokens" if format.tokens else "other"
    model = ""
    if found is not None:
        saying, model = found
        kind = getattr(saying, "kind", kind)
    if not model:
        named = _said(row, format.read_models)
        model = named[1] if named else ""
    return kind, model


def _quantity(
    row: Fields, format: BillFormat, kind: BilledKind
) -> tuple[Mapping[TokenKind, Decimal] | None, Decimal | None, str]:
    if kind == "tokens":
        found = {name: Decimal(count(row, path) or 0) for name, path in format.tokens.items()}
        for name in format.input_includes:
            found["input"] = found.get("input", Decimal(0)) - found.get(name, Decimal(0))
        if any(each < 0 for each in found.values()):
            raise Unreadable("not-a-count")
        return (found or None), (sum(found.values(), Decimal(0)) if found else None), "tokens"
    first: tuple[Decimal | None, str] = (None, "")
    for each in format.quantities:
        amount, unit = decimal(row, each.amount), word(row, each.unit)
        per = format.units.get(unit.casefold())
        if amount is not None and per is not None and kind in _ONE_KIND:
            tokens = EXACT.multiply(amount, Decimal(per))
            return {_ONE_KIND[kind]: _whole(tokens)}, amount, unit
        if first[0] is None:
            first = amount, unit
    return None, *first


_ONE_KIND: Mapping[BilledKind, TokenKind] = {
    "input": "input",
    "output": "output",
    "cache_read": "cache_read",
    "cache_write": "cache_write",
    "cache_write_1h": "cache_write_1h",
}


def _whole(tokens: Decimal) -> Decimal:
    if tokens < 0:
        raise Unreadable("not-a-count")
    return tokens.quantize(_TOKEN_PARTS)


def _currency(row: Fields, format: BillFormat) -> str:
    said = word(row, format.currency).upper() or (format.currency_otherwise or "")
    if len(said) != 3 or not said.isascii() or not said.isalpha():
        raise Unreadable("no-currency")
    return said
