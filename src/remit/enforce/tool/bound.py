"""Bounds: which limits the calls of one tool meet together, and whose calls count towards each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from remit.declare.version import family
from remit.enforce.tool.given import Given
from remit.enforce.tool.reach import WHAT, Counted, Over, Reached


@dataclass(frozen=True, slots=True)
class Bound:
    """One limit, and the scope that is counted for it, such as `run/ID` or `unit/claims/2026-12-01`."""

    scope: str
    name: str
    what: Counted
    limit: int
    layer: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """What a business unit's own layer says of its tools, and who owns it."""

    unit: str
    tools: Mapping[str, Mapping[str, Any]]
    owner: str


@dataclass(frozen=True, slots=True)
class Counting:
    """Whose calls a call counts with: its run and those that began it, its use case, the units above it."""

    runs: tuple[str, ...]
    use_case: str
    units: tuple[str, ...]
    day: date

    @property
    def root(self) -> str:
        """Name the scope of the outermost run, in which all that it began is counted too."""
        return f"run/{self.runs[-1]}"

    @property
    def of_use_case(self) -> str:
        return f"use-case/{self.use_case}/{self.day}"

    def of_unit(self, unit: str) -> str:
        return f"unit/{unit}/{self.day}"

    @property
    def scopes(self) -> tuple[str, ...]:
        return (*(f"run/{each}" for each in self.runs), self.of_use_case, *map(self.of_unit, self.units))


def bounds(
    address: str, limits: Mapping[str, Any], counting: Counting, layers: Sequence[Layer]
) -> tuple[Bound, ...]:
    """List the limits that calls of a tool meet together.

    `limits` are what the remit says, for each run that it is in and for a day of its use case. What a unit's
    own layer says of a day holds for all its use cases together as well, as its budgets do.
    """
    found = [
        *_said(limits, "run", (f"run/{each}" for each in counting.runs)),
        *_said(limits, "day", (counting.of_use_case,)),
    ]
    for layer in layers:
        own = layer.tools.get(address) or layer.tools.get(family(address)) or {}
        found += _said(own, "day", (counting.of_unit(layer.unit),), (f"unit/{layer.unit}", layer.owner))
    return tuple(found)


def _said(
    limits: Mapping[str, Any], window: str, scopes: Iterable[str], whose: tuple[str, str] = ("", "")
) -> Iterator[Bound]:
    if not limits:
        return
    said = [(name, what, limits[name]) for name, what in _NAMES[window] if isinstance(limits.get(name), int)]
    for scope in scopes:
        for name, what, limit in said:
            yield Bound(scope, name, what, limit, *whose)


_NAMES = {each: tuple((f"{what}_per_{each}", what) for what in WHAT) for each in ("run", "day")}


@dataclass(frozen=True, slots=True)
class Full:
    """A bound that a call would pass, and what it would make of it."""

    bound: Bound
    count: Decimal

    @property
    def said(self) -> str:
        return Over(self.bound.name, self.bound.limit, self.count).said


def full(listed: Iterable[Bound], reached: Mapping[str, Reached], given: Given) -> Full | None:
    """Find the first bound that a call would pass; `reached` is what each scope has reached before it.

    Targets and records are compared as they stand in both: as words, or as marks of them.
    """
    for bound in listed:
        count = reached.get(bound.scope, Reached()).with_call(given).count(bound.what)
        if count > bound.limit:
            return Full(bound, count)
    return None
