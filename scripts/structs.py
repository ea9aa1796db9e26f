"""Say in tables what entries and other values hold."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from markdown import rows, words
from remit.declare.guardrail_price import UnitRate
from remit.declare.price import ListRates, Rates
from remit.enforce.decision import Decision
from remit.enforce.guardrail.assess import Units
from remit.enforce.guardrail.noted import Noted
from remit.enforce.tool.decision import ToolDecision
from remit.kernel.money import canonical
from remit.kernel.usage import Usage
from remit.record.advice_entry import SaidOtherwise
from remit.record.call_entry import Attempt, Origin, Purpose
from remit.record.decided import Changed, ChangedField
from remit.record.dossier_entry import Guarded, Scored, Shown
from remit.record.outcome_entry import Checked
from remit.record.tool_entry import Before
from remit.report.own_remit import OwnBudget, OwnField, OwnStudy

_PLAIN = {
    str: "text",
    int: "whole number",
    bool: "true or false",
    float: "number",
    Decimal: "decimal number, as text",
    datetime: "instant, ISO 8601 in UTC",
    date: "day, ISO 8601",
}
PARTS = (
    Purpose,
    Origin,
    Rates,
    ListRates,
    UnitRate,
    Attempt,
    Changed,
    ChangedField,
    SaidOtherwise,
    Guarded,
    Scored,
    Shown,
    Checked,
    Noted,
    Units,
    Usage,
    Decision,
    ToolDecision,
    Before,
)


def entry_type(annotation: Any) -> str:
    origin, given = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if annotation in PARTS:
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    if origin is tuple:
        return f"list of {entry_type(given[0])}"
    if origin in (dict, Mapping):
        return f"mapping from {entry_type(given[0])} to {entry_type(given[1])}"
    if origin is typing.Literal:
        return "one of " + words(given)
    if origin in (typing.Union, types.UnionType):
        return ", or ".join(entry_type(each) for each in given if each is not type(None))
    raise AssertionError(f"teach scripts/reference.py to name the type {annotation}")


def struct(struct: type[msgspec.Struct]) -> str:
    hints = typing.get_type_hints(struct)
    body = [
        (
            f"`{field.name}`",
            entry_type(hints[field.name]),
            shown({} if field.default_factory is dict else field.default),
        )
        for field in msgspec.structs.fields(struct)
    ]
    return rows(["field", "type", "left out if"], body)


def shown(default: Any) -> str:
    if default is msgspec.NODEFAULT:
        return ""
    if isinstance(default, Decimal):
        return f"`{canonical(default)}`"
    if isinstance(default, msgspec.Struct):
        return "nothing in it is said"
    return "there is none" if default in (None, "", (), {}) else f"`{json.dumps(default)}`"


def text_of(struct: type) -> str:
    lines = (struct.__doc__ or "").strip().splitlines()
    return "\n".join(line.removeprefix("    ") for line in lines)


def members(noun: type) -> str:
    """Lay out the fields of a value as they are in its JSON."""
    hints = typing.get_type_hints(noun)
    return rows(["field", "type"], ((f"`{name}`", _member_type(hint)) for name, hint in hints.items()))


_MEMBERS = {
    object: "as it is declared",
    Mapping[str, OwnField]: "mapping from fields of the remit to [OwnField](#ownfield)",
    tuple[OwnBudget, ...]: "list of [OwnBudget](#ownbudget)",
    OwnStudy: "[OwnStudy](#ownstudy)",
    datetime: "instant, ISO 8601",
}


def _member_type(hint: Any) -> str:
    given = [each for each in typing.get_args(hint) if each is not type(None)]
    if type(None) in typing.get_args(hint):
        return f"{_member_type(given[0])}, or null"
    return _MEMBERS[hint] if hint in _MEMBERS else entry_type(hint)
