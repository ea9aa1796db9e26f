"""Plan: what an apply would change, declaration by declaration and field by field.

Two models are compared as they are declared: what was left unset is not the same as what states the default.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from remit.declare.operating_model import OperatingModel
from remit.declare.remit_layer import RATE_FIELDS
from remit.declare.scope import SINGLE
from remit.declare.version import number

Action = Literal["create", "change", "retire"]
ACTIONS: tuple[Action, ...] = get_args(Action)
SYMBOLS: dict[Action, str] = {"create": "+", "change": "~", "retire": "-"}

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field's value before and after, as JSON has it; None is unset. A list is compared as a whole."""

    path: tuple[str, ...]
    before: Any
    after: Any

    @property
    def name(self) -> str:
        """The path as people write it, such as `remit.output_tokens_max`."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one declaration. The organisation has no name of its own."""

    action: Action
    section: str
    name: str
    fields: tuple[FieldChange, ...]

    @property
    def address(self) -> str:
        return address(self.section, self.name)


@dataclass(frozen=True, slots=True)
class Plan:
    """Every change, in the order of sections and then of names."""

    changes: tuple[Change, ...]

    def count(self, action: Action) -> int:
        return sum(change.action == action for change in self.changes)


def address(section: str, name: str) -> str:
    """Write a declaration as it is referred to; a block's name is its address already.

    >>> address("use_cases", "triage"), address("blocks", "model/small"), address("organisation", "")
    ('use-case/triage', 'model/small', 'organisation')
    """
    if "/" in name:
        return name
    noun = section[:-3] + "y" if section.endswith("ies") else section.removesuffix("s") if name else section
    return f"{noun.replace('_', '-')}/{name}" if name else noun


def plan(before: OperatingModel | None, after: OperatingModel) -> Plan:
    """Find what must be created, changed and retired to come from one model to another."""
    old, new = (declarations(before) if before else {}), declarations(after)
    changes = []
    for section in OperatingModel.model_fields:
        was, becomes = old.get(section, {}), new.get(section, {})
        for name in sorted(was.keys() | becomes.keys()):
            if was.get(name) != becomes.get(name):
                changes.append(_change(section, name, was.get(name), becomes.get(name)))
    return Plan(tuple(changes))


def _change(section: str, name: str, before: Tree | None, after: Tree | None) -> Change:
    action: Action = "create" if before is None else "retire" if after is None else "change"
    return Change(action, section, name, tuple(_differences((), before or {}, after or {})))


def declarations(model: OperatingModel) -> dict[str, dict[str, Tree]]:
    """Return each section's declarations by name, as plain data; what is unset is left out."""
    found: dict[str, dict[str, Tree]] = {}
    for section, body in model.model_dump(mode="json", exclude_unset=True, exclude_none=True).items():
        found[section] = body if isinstance(getattr(model, section), Mapping) else {"": body}
    return found


def _differences(path: tuple[str, ...], before: Tree, after: Tree) -> Iterator[FieldChange]:
    for name in (*before, *(new for new in after if new not in before)):
        old, new, here = before.get(name), after.get(name), (*path, name)
        if old == new:
            continue
        # An empty mapping is a value of its own: it is neither unset nor the sum of its fields.
        if isinstance(old, dict) and old and (new is None or _has_fields(new)):
            yield from _differences(here, old, new or {})
        elif isinstance(new, dict) and new and (old is None or old == {}):
            yield from _differences(here, {}, new)
        else:
            yield FieldChange(here, old, new)


def _has_fields(value: Any) -> bool:
    return isinstance(value, dict) and bool(value)


MUTABLE = frozenset(
    {
        *("status", "reason", "last_day", "owner", "contract", "name", "description"),
        *("book", "price_per_call"),
        *("first_byte_seconds", "total_seconds", "hedge_after_seconds", "retries"),
        *RATE_FIELDS,
    }
)
"""Fields of a version that say who answers for it, where it is in its life, how much of it there is and how
long it is waited for, and not what it is."""


def altered_versions(before: OperatingModel, after: OperatingModel) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Find the versions in force whose content a change alters, with the fields; it may not.

    Who names an approved version gets what was approved. Prices may be added at the end.
    """
    for address, block in before.blocks.items():
        other = after.blocks.get(address)
        if not number(address) or other is None or block.status not in ("approved", "deprecated"):
            continue
        old, new = dict(block), dict(other)
        prices = old.get("prices", ())
        if prices == new.get("prices", ())[: len(prices)]:
            new["prices"] = prices
        fields = tuple(name for name in type(block).model_fields if old[name] != new[name])
        if altered := tuple(name for name in fields if name not in MUTABLE):
            yield address, altered


def apply_changes(before: OperatingModel | None, planned: Plan) -> OperatingModel:
    """Make the changes of a plan: `apply_changes(a, plan(a, b))` is b."""
    sections = declarations(before) if before else {}
    for change in planned.changes:
        declared = sections.setdefault(change.section, {})
        if change.action == "retire":
            del declared[change.name]
        else:
            _set_fields(declared.setdefault(change.name, {}), change.fields)
    return OperatingModel.model_validate(
        {
            section: body.get("") if section in SINGLE else body
            for section, body in sections.items()
            if body or section not in SINGLE
        }
    )


def _set_fields(tree: Tree, fields: Iterable[FieldChange]) -> None:
    for field in sorted(fields, key=lambda each: each.after is not None):
        above = [tree]
        for part in field.path[:-1]:
            above.append(above[-1].setdefault(part, {}))
        if field.after is not None:
            above[-1][field.path[-1]] = field.after
            continue
        del above[-1][field.path[-1]]
        for depth in range(len(above) - 1, 0, -1):
            if not above[depth]:
                del above[depth - 1][field.path[depth - 1]]
