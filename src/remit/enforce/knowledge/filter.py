"""Filters on what documents say of themselves: comparisons, and several of them together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

DEPTH_MAX = 4
PARTS_MAX = 64
"""How many comparisons a filter may have in all."""

KEY_MAX = 64
TEXT_MAX = 512
ATTRIBUTES_MAX = 16

Value = str | float | bool
Attributes = Mapping[str, Value]

_ORDERED = {"gt": (1,), "gte": (0, 1), "lt": (-1,), "lte": (-1, 0)}
_KINDS = ("eq", "ne", *_ORDERED, "in", "nin")


class Comparison(msgspec.Struct, frozen=True):
    """How an attribute stands to a value; one that is missing only satisfies `ne` and `nin`."""

    type: str
    key: str
    value: Value | tuple[Value, ...]


class Together(msgspec.Struct, frozen=True):
    """That all, or any, of several filters hold."""

    type: str
    filters: tuple[Filter, ...]


Filter = Comparison | Together


class Unreadable(ValueError):
    """What is wrong with a filter, in a sentence without the values in it."""


def read_filter(given: Any) -> Filter:
    """Read a filter as the OpenAI format writes it; raises Unreadable."""
    found = _read(given, DEPTH_MAX)
    if _parts(found) > PARTS_MAX:
        raise Unreadable(f"a filter has at most {PARTS_MAX} comparisons")
    return found


def _read(given: Any, depth: int) -> Filter:
    if not isinstance(given, Mapping) or depth == 0:
        raise Unreadable(f"a filter is an object with `type`, at most {DEPTH_MAX} within one another")
    kind = given.get("type")
    if kind in ("and", "or"):
        filters = given.get("filters")
        if given.keys() != {"type", "filters"} or not isinstance(filters, list) or not filters:
            raise Unreadable(f"`{kind}` has `filters`, a list of one or more")
        if len(filters) > PARTS_MAX:
            raise Unreadable(f"a filter has at most {PARTS_MAX} comparisons")
        return Together(kind, tuple(_read(each, depth - 1) for each in filters))
    if kind not in _KINDS:
        raise Unreadable("`type` is one of " + ", ".join(f"`{each}`" for each in (*_KINDS, "and", "or")))
    if given.keys() != {"type", "key", "value"} or not _is_key(given["key"]):
        raise Unreadable(f"`{kind}` has `key`, a name of at most {KEY_MAX} characters, and `value`")
    return Comparison(kind, given["key"], _value(kind, given["value"]))


def _value(kind: str, value: Any) -> Value | tuple[Value, ...]:
    if kind in ("in", "nin"):
        if not isinstance(value, list) or len(value) > PARTS_MAX or not all(map(is_value, value)):
            raise Unreadable(f"`{kind}` has a list of at most {PARTS_MAX} texts, numbers or truths")
        return tuple(value)
    if not is_value(value):
        raise Unreadable(f"`value` is a text of at most {TEXT_MAX} characters, a number or a truth")
    found: Value = value
    return found


def is_value(value: Any) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= TEXT_MAX)


def _is_key(key: Any) -> bool:
    return isinstance(key, str) and 0 < len(key) <= KEY_MAX


def sound_attributes(given: Any) -> bool:
    """Say whether these can be the attributes of a document."""
    return (
        isinstance(given, Mapping)
        and len(given) <= ATTRIBUTES_MAX
        and all(_is_key(key) and is_value(value) for key, value in given.items())
    )


def _parts(filter: Filter) -> int:
    return 1 if isinstance(filter, Comparison) else sum(map(_parts, filter.filters))


def matches(filter: Filter, attributes: Attributes) -> bool:
    """Say whether a document's attributes satisfy a filter.

    >>> newer = read_filter({"type": "gte", "key": "year", "value": 2025})
    >>> matches(newer, {"year": 2026}), matches(newer, {"year": "2026"}), matches(newer, {})
    (True, False, False)
    """
    if isinstance(filter, Together):
        found = (matches(each, attributes) for each in filter.filters)
        return all(found) if filter.type == "and" else any(found)
    there = filter.key in attributes
    value = attributes.get(filter.key)
    if filter.type in ("ne", "nin"):
        return not there or not _holds(filter, value)
    return there and _holds(filter, value)


def _holds(filter: Comparison, value: Any) -> bool:
    other = filter.value
    if isinstance(other, tuple):
        return any(_same(value, each) for each in other)
    if filter.type in ("eq", "ne"):
        return _same(value, other)
    # A text is never more or less than a number, and a truth than anything.
    if isinstance(value, bool) or isinstance(other, bool) or isinstance(value, str) != isinstance(other, str):
        return False
    order = int(value > other) - int(value < other)
    return order in _ORDERED[filter.type]


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
