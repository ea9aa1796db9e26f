"""What an apply entry says of its changes: all of them, or as many as a line of the journal has room for."""

from __future__ import annotations

from typing import Any

import msgspec

from remit.declare.plan import Change, FieldChange, Plan
from remit.record.decided import Changed, ChangedField

CHANGES_MAX = 200
FIELDS_MAX = 40
VALUE_MAX = 200
PATH_MAX = 1_000
BYTES_MAX = 256 * 1024
"""Far below the longest line of a journal."""

LEFT_OUT = "…"
"""In place of a value that is too long; no JSON looks like it."""


def changed(planned: Plan) -> tuple[tuple[Changed, ...], bool]:
    """Write down a plan's changes within bounds, and whether that is every one of them, whole."""
    found: list[Changed] = []
    room = BYTES_MAX
    complete = len(planned.changes) <= CHANGES_MAX
    for change in planned.changes[:CHANGES_MAX]:
        each, is_whole = _changed(change)
        room -= len(msgspec.json.encode(each))
        if room < 0:
            return tuple(found), False
        complete &= is_whole
        found.append(each)
    return tuple(found), complete


def _changed(change: Change) -> tuple[Changed, bool]:
    shown = change.fields[:FIELDS_MAX]
    # No entry holds the text of a prompt, so that it can be erased where it is kept.
    fields = tuple(
        _field(field, value_max=0 if change.address.startswith("prompt/") else VALUE_MAX) for field in shown
    )
    more = len(change.fields) - len(shown)
    is_whole = not more and not any(LEFT_OUT in (field.before, field.after) for field in fields)
    return Changed(change.action, change.address[:200], fields, more), is_whole


def _field(field: FieldChange, *, value_max: int | None) -> ChangedField:
    return ChangedField(
        field.name[:PATH_MAX], _value(field.before, value_max), _value(field.after, value_max)
    )


def _value(value: Any, length_max: int | None) -> str | None:
    if value is None:
        return None
    text = msgspec.json.encode(value).decode()
    return text if length_max is None or len(text) <= length_max else LEFT_OUT


def value_of(text: str | None) -> Any:
    """Read a value back; one that is not set is None, and one that was left out is `…`."""
    return text if text in (None, LEFT_OUT) else msgspec.json.decode(text)


def every_change(planned: Plan) -> tuple[Changed, ...]:
    """Write down every change of a plan, with every value."""
    return tuple(
        Changed(
            change.action, change.address, tuple(_field(field, value_max=None) for field in change.fields)
        )
        for change in planned.changes
    )


def whole(planned: Plan) -> bytes:
    """Write every change of a plan as a text to be stored."""
    return msgspec.json.encode(every_change(planned))


def read_whole(body: bytes) -> tuple[Changed, ...]:
    return msgspec.json.decode(body, type=tuple[Changed, ...])
