"""Metered calls: what a provider's own log says was called, by whom and how much, without what was said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from remit.kernel.usage import Usage
from remit.record.usage_format import UsageFormat

Fields = Mapping[str, Any]
"""A row by its field names; a value is what stands there, or the JSON of it, not yet read."""

_WORD_MAX = 256
_NAMES_MAX = 64
_COUNT_MAX = 10**12


@dataclass(frozen=True, slots=True)
class Metered:
    """One row of an export. `usage` is None where it does not say how many tokens there were.

    Totals that were not taken by model or by key say nothing of them: these fields are empty.
    """

    day: date
    model: str
    account: str
    project: str
    identity: str
    key: str
    calls: int
    usage: Usage | None
    names: frozenset[str]


class Unreadable(ValueError):
    """Why a row cannot be read, as a word for a report; it never quotes the row."""


_PARTS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def fields_of(line: bytes) -> Fields:
    """Take a JSON object apart into its fields and read none of them; raises Unreadable."""
    try:
        return _PARTS.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unreadable("not-json") from None


def metered(row: Fields, format: UsageFormat) -> Metered | None:
    """Read the fields that the format names, and only these; None for a row of another kind.

    Raises Unreadable where a field that must be there is not, or is not what it should be.
    """
    if format.marker is not None and _word(row, format.marker) != format.marked:
        return None
    model = _word(row, format.model)
    if not model and format.layout == "lines":
        raise Unreadable("no-model")
    return Metered(
        day=_day(_at(row, format.at)),
        model=model,
        account=_word(row, format.account),
        project=_word(row, format.project),
        identity=_word(row, format.identity),
        key=_word(row, format.key),
        calls=1 if format.calls is None else _count(row, format.calls) or 0,
        usage=_usage(row, format),
        names=frozenset(_names(row, format)),
    )


def _at(row: Fields, path: str | None) -> Any:
    """Follow a path; what stands beside it is passed over unread."""
    if path is None:
        return None
    here: Any = row
    for part in path.split("."):
        if isinstance(here, msgspec.Raw):
            here = _decoded(here, dict[str, msgspec.Raw])
        here = here.get(part) if isinstance(here, Mapping) else None
    return _decoded(here, Any) if isinstance(here, msgspec.Raw) else here


def _decoded(raw: msgspec.Raw, kind: Any) -> Any:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _word(row: Fields, path: str | None) -> str:
    value = _at(row, path)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _WORD_MAX or not value.isprintable():
        raise Unreadable("not-a-name")
    return value.strip()


def _count(row: Fields, path: str | None) -> int | None:
    value = _at(row, path)
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 12:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _COUNT_MAX:
        raise Unreadable("not-a-count")
    return value


def _day(value: Any) -> date:
    """Read the UTC day of a time as text, or of seconds since 1970."""
    try:
        if isinstance(value, str) and not value.isdigit():
            at = datetime.fromisoformat(value)
            return (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)).date()
        if isinstance(value, str | int) and not isinstance(value, bool):
            return datetime.fromtimestamp(int(value), UTC).date()
    except (ValueError, OverflowError, OSError):
        pass
    raise Unreadable("not-a-time")


def _usage(row: Fields, format: UsageFormat) -> Usage | None:
    read, written = _count(row, format.input_tokens), _count(row, format.output_tokens)
    if read is None and written is None:
        return None
    cached = _count(row, format.cache_read_tokens) or 0
    fresh = read or 0
    if format.input_includes_cache:
        if cached > fresh:
            raise Unreadable("not-a-count")
        fresh -= cached
    return Usage(
        input_tokens=fresh,
        output_tokens=written or 0,
        cache_read_tokens=cached,
        cache_write_tokens=_count(row, format.cache_write_tokens) or 0,
    )


def _names(row: Fields, format: UsageFormat) -> Iterator[str]:
    """List the words that can name a use case: each value, and what stands between its slashes."""
    for path in format.names:
        value = _at(row, path)
        values = list(value.values())[:_NAMES_MAX] if isinstance(value, Mapping) else [value]
        for each in values:
            if isinstance(each, str) and 0 < len(each) <= _WORD_MAX:
                yield each
                yield from (part for part in each.split("/")[1:] if part)
