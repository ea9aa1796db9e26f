"""Values of reports as JSON's own kinds, the same for commands and the control API."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from remit.kernel.money import Money, canonical


def plain(value: Any) -> Any:
    """Turn a report value into JSON's own kinds; money becomes an amount as text and a currency."""
    if isinstance(value, Money):
        return {"amount": canonical(value.amount), "currency": value.currency}
    if isinstance(value, Decimal):
        return canonical(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return msgspec.json.decode(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value
