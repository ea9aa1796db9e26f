"""The review of tools: how a server describes its tools now, beside how they read when they were approved."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from remit.enforce.tool.given import pin_of

Finding = Literal["as_pinned", "changed", "not_pinned", "gone", "not_reached"]
"""How a tool is found: as it was approved, otherwise, never approved, gone, or not to be asked."""

PROBLEMS: frozenset[Finding] = frozenset({"changed", "not_pinned", "gone", "not_reached"})

LINE_MAX = 400


@dataclass(frozen=True, slots=True)
class Described:
    """A tool as a server describes it, which is what its pin names."""

    name: str
    description: str
    schema: Mapping[str, Any]

    @property
    def pin(self) -> str:
        return pin_of(self.name, self.description, self.schema)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One declared tool: how it is found, and how it reads now. `before` is None where nobody kept it."""

    address: str
    finding: Finding
    pin: str = ""
    before: Described | None = None
    now: Described | None = None
    why: str = ""

    @property
    def difference(self) -> tuple[str, ...]:
        """Show line by line what is new and what is gone."""
        return difference(self.before, self.now)


def review(
    address: str, called: str, pin: str | None, found: Mapping[str, Described], kept: Mapping[str, Described]
) -> Reviewed:
    """Hold a declared tool against what its server has; `kept` are texts by their pins."""
    now = found.get(called)
    before = kept.get(pin or "")
    if now is None:
        return Reviewed(address, "gone", pin or "", before)
    if pin is None:
        return Reviewed(address, "not_pinned", now.pin, before, now)
    return Reviewed(address, "as_pinned" if now.pin == pin else "changed", now.pin, before, now)


def difference(before: Described | None, now: Described | None) -> tuple[str, ...]:
    """Write a difference as `diff -u` does, without its head; lines that nobody could read are cut.

    >>> difference(Described("pay", "Pay.", {}), Described("pay", "Pay at once.", {}))
    (' name: pay', '-Pay.', '+Pay at once.', ' {}')
    """
    lines = difflib.unified_diff(_lines(before), _lines(now), lineterm="", n=3)
    shown = (line for line in lines if not line.startswith(("---", "+++", "@@")))
    return tuple(line if len(line) <= LINE_MAX else f"{line[:LINE_MAX]}…" for line in shown)


def _lines(text: Described | None) -> list[str]:
    if text is None:
        return []
    schema = json.dumps(text.schema, indent=2, sort_keys=True, ensure_ascii=False)
    # What a terminal would carry out, or would not show, is shown as what it is.
    said = "".join(
        each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text.description
    )
    return [f"name: {text.name}", *said.splitlines(), *schema.splitlines()]


def read_kept(text: str) -> dict[str, Described]:
    """Read texts that were kept by their pins; one that is not what its pin names is left out.

    So nobody can change what a difference is shown to.
    """
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    found: dict[str, Described] = {}
    for pin, each in said.items() if isinstance(said, dict) else ():
        if isinstance(each, dict) and isinstance(each.get("schema"), dict):
            one = Described(str(each.get("name")), str(each.get("description")), each["schema"])
            if one.pin == pin:
                found[pin] = one
    return found


def write_kept(kept: Mapping[str, Described]) -> str:
    """Write texts by their pins, in an order that does not change."""
    said = {
        pin: {"name": each.name, "description": each.description, "schema": each.schema}
        for pin, each in sorted(kept.items())
    }
    return json.dumps(said, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
