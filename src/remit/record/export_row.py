"""A row of an export by the names of its fields: what stands where, read only where a format points."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

Fields = Mapping[str, Any]
"""A row by its field names; a value is what stands there, or the JSON of it, not yet read."""

_WORD_MAX = 256
_NAMES_MAX = 64
_COUNT_MAX = 10**12
_DECIMAL = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,2})?")
_DECIMALS_MAX = 30
_SHORT = 1_000
_ADJUSTED_MAX = 15


class Unreadable(ValueError):
    """Why a row cannot be read, as a word for a report; it never quotes the row."""


_PARTS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def fields_of(line: bytes) -> Fields:
    """Take a JSON object apart into its fields and read none of them; raises Unreadable."""
    try:
        return _PARTS.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unreadable("not-json") from None


def at(row: Fields, path: str | None) -> Any:
    """Follow a path; what stands beside it is passed over unread."""
    found = _raw_at(row, path)
    return _decoded(found, Any) if isinstance(found, msgspec.Raw) else found


def _raw_at(row: Fields, path: str | None) -> Any:
    if path is None:
        return None
    if path in row:
        return row[path]
    here: Any = row
    for part in path.split("."):
        parts = _parts(here)
        here = None if parts is None else parts.get(part)
    return here


def _parts(here: Any) -> Mapping[str, Any] | None:
    """Take a mapping apart, also one that is written as JSON in a cell or in a text."""
    if isinstance(here, Mapping):
        return here
    if isinstance(here, msgspec.Raw):
        if not bytes(here).lstrip().startswith(b'"'):
            found = _decoded(here, dict[str, msgspec.Raw])
            return found if isinstance(found, Mapping) else None
        here = _decoded(here, str)
    if isinstance(here, str) and here.lstrip().startswith("{"):
        return _parts_of_short(here) if len(here) <= _SHORT else _parts_of(here)
    return None


def _parts_of(text: str) -> Mapping[str, Any] | None:
    try:
        return _PARTS.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return None


# Rows of a bill say the same short JSON again and again, and several paths lead into it.
_parts_of_short = lru_cache(maxsize=64)(_parts_of)


def _decoded(raw: msgspec.Raw, kind: Any) -> Any:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def word(row: Fields, path: str | None) -> str:
    value = at(row, path)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _WORD_MAX or not value.isprintable():
        raise Unreadable("not-a-name")
    return value.strip()


def count(row: Fields, path: str | None) -> int | None:
    value = at(row, path)
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 12:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _COUNT_MAX:
        raise Unreadable("not-a-count")
    return value


def decimal(row: Fields, path: str | None) -> Decimal | None:
    """Read a number as it is written, digit for digit; what JSON calls a number never becomes a float."""
    value = _raw_at(row, path)
    if isinstance(value, msgspec.Raw):
        text = bytes(value).decode("utf-8", "replace").strip()
        value = None if text == "null" else text.strip('"')
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value.strip()):
        raise Unreadable("not-an-amount")
    found = Decimal(value.strip())
    exponent = found.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > _DECIMALS_MAX or found.adjusted() > _ADJUSTED_MAX:
        raise Unreadable("not-an-amount")
    return found


def first_decimal(row: Fields, paths: Iterable[str]) -> Decimal | None:
    """Read the first of some fields that holds anything."""
    for path in paths:
        if (found := decimal(row, path)) is not None:
            return found
    return None


def instant(value: Any) -> datetime:
    """Read a time as text, or seconds since 1970; what says no zone is in UTC."""
    try:
        if isinstance(value, str) and not value.isdigit():
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        if isinstance(value, str | int) and not isinstance(value, bool):
            return datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise Unreadable("not-a-time")


def day(value: Any) -> date:
    """Read the UTC day of a time."""
    return instant(value).date()


def names(row: Fields, paths: Iterable[str]) -> Iterator[str]:
    """List the words that can name a use case: each value, and what stands between its slashes."""
    for path in paths:
        for each in _values(at(row, path)):
            if isinstance(each, str) and 0 < len(each) <= _WORD_MAX:
                yield each
                yield from (part for part in each.split("/")[1:] if part)


def _values(value: Any) -> list[Any]:
    """List what a cell holds: a word, or several in a mapping or a list, also written as JSON."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            value = msgspec.json.decode(value.encode("utf-8", "replace"))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return []
    if isinstance(value, Mapping):
        return list(value.values())[:_NAMES_MAX]
    return value[:_NAMES_MAX] if isinstance(value, list) else [value]
