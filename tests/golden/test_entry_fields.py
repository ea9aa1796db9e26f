"""The schema of entries only grows: whatever was written can be read, by the names that it was written by.

`make golden` adds what is new to the list; it takes nothing away.
"""

from __future__ import annotations

import json
import os
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from remit.record.ledgered import Ledgered

WRITTEN = Path(__file__).parent / "entry_fields.json"


def _named(kind: Any) -> str:
    """Name a type as its JSON is read."""
    origin, given = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return " or ".join(sorted(_named(each) for each in given))
    if origin is Literal:
        return "one of " + " ".join(sorted(map(str, given)))
    if origin is not None:
        parts = ", ".join(_named(each) for each in given if each is not ...)
        return f"{origin.__name__} of {parts}"
    return "nothing" if kind is type(None) else str(getattr(kind, "__name__", kind))


def _fields() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    waiting: list[type[msgspec.Struct]] = list(get_args(Ledgered))
    while waiting:
        struct = waiting.pop()
        config = struct.__struct_config__
        name = str(config.tag) if config.tag else struct.__name__
        if name in found:
            continue
        hints = get_type_hints(struct)
        found[name] = {}
        for field in msgspec.structs.fields(struct):
            needed = field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT
            found[name][field.encode_name] = _named(hints[field.name]) + (", always" if needed else "")
            waiting += _parts(hints[field.name])
    return {name: dict(sorted(fields.items())) for name, fields in sorted(found.items())}


def _parts(kind: Any) -> list[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [part for each in get_args(kind) if not isinstance(each, str) for part in _parts(each)]


def _reads(now: str, written: str) -> bool:
    """Say whether a field takes what was written: the same kind, or more words than there were."""
    if now.startswith("one of ") and written.startswith("one of "):
        return set(now.removesuffix(", always").split()) >= set(written.removesuffix(", always").split())
    return now == written


def test_nothing_that_was_written_is_read_otherwise_now() -> None:
    now = _fields()
    if os.environ.get("REMIT_GOLDEN") == "write":
        known = json.loads(WRITTEN.read_text("utf-8")) if WRITTEN.exists() else {}
        for name, fields in now.items():
            known[name] = {**fields, **known.get(name, {})}
        WRITTEN.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")
    written = json.loads(WRITTEN.read_text("utf-8"))
    for name, fields in written.items():
        assert name in now, f"entries of kind {name} could not be read any more"
        for field, kind in fields.items():
            assert _reads(now[name].get(field, ""), kind), f"{name}.{field} was written as {kind}"
    assert now.keys() == written.keys(), "run `make golden` and read what is new"
    for name, fields in now.items():
        added = fields.keys() - written[name].keys()
        assert not added, f"run `make golden`: {name} has {added}"
