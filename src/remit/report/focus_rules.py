"""The rules of FOCUS as data: the specification's requirements model, and how it is read here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import msgspec

Scalar = str | int | None


class Check(msgspec.Struct, frozen=True):
    """A check in the model's own form; `items` are parts of `AND` and `OR`."""

    function: str = msgspec.field(name="CheckFunction", default="")
    items: tuple[Check, ...] = msgspec.field(name="Items", default=())
    column: str = msgspec.field(name="ColumnName", default="")
    first: str = msgspec.field(name="ColumnAName", default="")
    second: str = msgspec.field(name="ColumnBName", default="")
    result: str = msgspec.field(name="ResultColumnName", default="")
    value: Scalar = msgspec.field(name="Value", default=None)
    rule: str = msgspec.field(name="ModelRuleId", default="")

    def columns(self) -> Iterator[str]:
        """Name every column that it looks at."""
        yield from (name for name in (self.column, self.first, self.second, self.result) if name)
        for item in self.items:
            yield from item.columns()

    def functions(self) -> Iterator[str]:
        """Name every function in it that is not about others."""
        if self.items:
            for item in self.items:
                yield from item.functions()
        else:
            yield self.function


class Rule(msgspec.Struct, frozen=True):
    """A rule in the model's own words."""

    kind: str
    entity: str
    about: str
    keyword: str
    says: str
    criteria: tuple[str, ...] = ()
    check: Check | None = None
    when: Check | None = None


class _Model(msgspec.Struct, frozen=True):
    model_version: str
    focus_version: str
    rules: dict[str, Rule]


class _Restated(msgspec.Struct, frozen=True):
    why: str
    check: Check
    when: Check | None = None


class _Added(msgspec.Struct, frozen=True):
    check: Check
    when: Check | None = None
    partly: str = ""


class _Reading(msgspec.Struct, frozen=True):
    restated: dict[str, _Restated]
    set_aside: dict[str, str]
    added: dict[str, _Added]
    by_format: dict[str, tuple[str, ...]]
    by_header: dict[str, str]
    removed: dict[str, tuple[str, ...]]
    currencies: frozenset[str]


class Column(msgspec.Struct, frozen=True):
    """A column of the dataset Cost and Usage; `since` is the version in which it came."""

    id: str
    level: str
    type: str
    since: str


class _Properties(msgspec.Struct, frozen=True):
    defined: frozenset[str]
    draft: tuple[str, ...]


class Columns(msgspec.Struct, frozen=True):
    """The columns of a version, with those of the draft after it, and the keys of `SkuPriceDetails`."""

    version: str
    draft: str
    origin: str
    licence: str
    sku_price_details: _Properties
    columns: tuple[Column, ...]

    def known(self, *, draft: bool) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if draft or column.since != self.draft)

    def keys(self, *, draft: bool) -> frozenset[str]:
        """The keys in `SkuPriceDetails` that need no prefix."""
        keys = self.sku_price_details
        return keys.defined | frozenset(keys.draft) if draft else keys.defined


How = Literal["present", "header", "row", "rows", "format", "parts", "permits", "set aside", "sentence"]
"""How a rule is decided.

`present`: whether a column is there. `header`: by the names of columns. `row`: in each row. `rows`: over all
rows. `format`: with the check of that format. `parts`: by the rules that it is made of. `permits`: it allows,
so nothing can break it. `set aside`: the model's check is not what its sentence says. `sentence`: it has no
check, and a file alone does not show whether it holds.
"""

DECIDED: tuple[How, ...] = ("present", "header", "row", "rows", "format")


@dataclass(frozen=True, slots=True)
class Ruled:
    """A rule and how it is decided; it holds where all of `when` do.

    `note` is how it is read otherwise; `partly` says that only a part of it is seen in a file.
    """

    id: str
    rule: Rule
    how: How
    check: Check | None = None
    when: tuple[Check, ...] = ()
    note: str = ""
    partly: bool = False

    @property
    def must(self) -> bool:
        return self.rule.keyword.startswith("MUST")


@dataclass(frozen=True)
class Rulebook:
    """All rules of the model, each once, and the columns of the version that is written here."""

    model_version: str
    focus_version: str
    rules: tuple[Ruled, ...]
    columns: Columns
    removed: frozenset[str]
    currencies: frozenset[str]

    @cached_property
    def counts(self) -> Mapping[How, int]:
        """How many rules are decided in which way."""
        found: dict[How, int] = {}
        for each in self.rules:
            found[each.how] = found.get(each.how, 0) + 1
        return found

    @cached_property
    def functions(self) -> Mapping[str, int]:
        """How many rules each check function of the model decides, in part or in whole."""
        found: dict[str, int] = {}
        for each in self.rules:
            if each.how in DECIDED and each.check is not None:
                for name in set(each.check.functions()):
                    found[name] = found.get(name, 0) + 1
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def read_rulebook(model: bytes, reading: bytes, columns: bytes) -> Rulebook:
    """Read the three files that ship."""
    decoded = msgspec.json.decode(model, type=_Model)
    read = msgspec.json.decode(reading, type=_Reading)
    known = msgspec.json.decode(columns, type=Columns)
    above = _above(decoded.rules)
    return Rulebook(
        decoded.model_version,
        decoded.focus_version,
        tuple(_ruled(id, rule, read, above.get(id, ())) for id, rule in decoded.rules.items()),
        known,
        frozenset(read.removed[known.version]),
        read.currencies,
    )


def _above(rules: Mapping[str, Rule]) -> dict[str, tuple[Check, ...]]:
    """Find the conditions under which the rules stand that each rule is a part of."""
    parent = {
        part.rule: id
        for id, rule in rules.items()
        if rule.kind == "Composite" and rule.check is not None
        for part in rule.check.items
        if part.rule
    }
    found: dict[str, tuple[Check, ...]] = {}
    for id in rules:
        conditions = []
        at = parent.get(id)
        while at is not None:
            if (when := rules[at].when) is not None:
                conditions.append(when)
            at = parent.get(at)
        found[id] = tuple(conditions)
    return found


def _ruled(id: str, rule: Rule, read: _Reading, above: tuple[Check, ...]) -> Ruled:
    if id in read.set_aside:
        return Ruled(id, rule, "set aside", note=read.set_aside[id])
    if id in read.by_header:
        return Ruled(id, rule, "header", note=read.by_header[id])
    for function, ids in read.by_format.items():
        if id in ids:
            return Ruled(id, rule, "format", note=function)
    if rule.kind == "Composite":
        return Ruled(id, rule, "parts")
    if rule.keyword == "MAY":
        return Ruled(id, rule, "permits")
    restated, added = read.restated.get(id), read.added.get(id)
    if restated is not None:
        when = () if restated.when is None else (restated.when,)
        return Ruled(id, rule, "row", restated.check, (*when, *above), restated.why)
    check = rule.check if added is None else added.check
    if check is None or not check.function:
        return Ruled(id, rule, "sentence")
    own = [each for each in (rule.when, None if added is None else added.when) if each is not None]
    how: How = {"ColumnPresent": "present", "CheckDistinctCount": "rows"}.get(check.function, "row")  # type: ignore[assignment]  # both are such words
    partly = "" if added is None else added.partly
    return Ruled(id, rule, how, check, (*own, *above), partly, bool(partly))
