"""What FOCUS asks of one cell: its type, its format, its currency; a cell that is null is not asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

_NUMERIC = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:E-?[0-9]{1,4})?")
_DATE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_WORD = r"[A-Z][A-Za-z0-9]*(?: [A-Z][A-Za-z0-9]*)*"
_UNIT = re.compile(rf"(?:[1-9][0-9]* )?{_WORD}(?:[-/]{_WORD})?")
_PASCAL = re.compile(r"[A-Z][A-Za-z0-9]*")
_PLACEHOLDERS = frozenset(("n/a", "null", "not applicable", "not available"))
_DIGITS_MAX = 100
CUSTOM = "x_"


def decimal(text: str) -> Decimal | None:
    """Read a number; None if it is none, or not finite."""
    if len(text) > _DIGITS_MAX:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= _DIGITS_MAX else None


def is_numeric(text: str) -> bool:
    return _NUMERIC.fullmatch(text) is not None


def is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def is_date_time(text: str) -> bool:
    return _DATE_TIME.fullmatch(text) is not None and is_instant(text)


def is_unit(text: str) -> bool:
    """Say if a unit is one of the forms that FOCUS has.

    >>> is_unit("1000000 Tokens"), is_unit("GB-Hours"), is_unit("tokens")
    (True, True, False)
    """
    return _UNIT.fullmatch(text) is not None


def is_pascal(text: str) -> bool:
    return _PASCAL.fullmatch(text) is not None


def is_no_placeholder(text: str) -> bool:
    return text.strip().casefold() not in _PLACEHOLDERS


class _Repeated(ValueError):
    """A key stands twice in an object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Repeated
    return found


def _no_json(word: str) -> None:
    raise ValueError(f"{word} is no value of JSON")


def json_object(text: str) -> Mapping[str, Any] | None:
    """Read an object in which no key stands twice; None if it is none."""
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def is_key_value(text: str) -> bool:
    """Say if a text is a JSON object of plain values."""
    found = json_object(text)
    return found is not None and not any(isinstance(value, dict | list) for value in found.values())


def cell_checks(currencies: frozenset[str], defined: frozenset[str]) -> Mapping[str, Callable[[str], bool]]:
    """The checks of one cell by the names that the model has for them.

    The last three are not in the model: they check what it only says in words. `defined` are the keys of
    `SkuPriceDetails` that need no prefix.
    """
    return {
        "TypeString": lambda text: True,
        "TypeDecimal": lambda text: decimal(text) is not None,
        "CheckDecimalValue": lambda text: decimal(text) is not None,
        "TypeDateTime": is_instant,
        "FormatDateTime": is_date_time,
        "FormatNumeric": is_numeric,
        "FormatString": lambda text: text.strip() != "",
        "FormatUnit": is_unit,
        # A virtual currency has any name.
        "FormatCurrency": lambda text: text.strip() != "",
        "CheckNationalCurrency": lambda text: text in currencies,
        "FormatKeyValue": is_key_value,
        "JsonObject": lambda text: json_object(text) is not None,
        "NoPlaceholder": is_no_placeholder,
        "KeysPascalCase": lambda text: all(
            is_pascal(key.removeprefix(CUSTOM)) for key in json_object(text) or ()
        ),
        "KeysDefinedOrCustom": lambda text: all(
            key.startswith(CUSTOM) or key in defined for key in json_object(text) or ()
        ),
    }
