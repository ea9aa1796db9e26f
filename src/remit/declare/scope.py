"""The scope of a check: everything that was read, so that declarations can be held against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any

from remit.declare.fault import Fault
from remit.declare.remit_layer import RemitLayer
from remit.declare.text import Path
from remit.declare.version import family
from remit.kernel.diagnostic import quoted
from remit.kernel.suggest import did_you_mean

SHIPPED = "<shipped>/"
"""Files whose name starts so hold the defaults; a declaration of the same thing replaces them. No file of a
directory that people keep is called that."""

SINGLE = ("organisation", "portfolio")
"""Sections that hold one declaration, without a name of its own."""

Sections = Mapping[str, Mapping[str, Any]]
Steps = Mapping[str, str | None]
"""What each name leads to: a unit to its parent, a model to the one that takes its place."""
Keys = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What was read, what could not be, and the file that each declaration stands in."""

    sections: Sections
    broken: Keys
    where: Mapping[tuple[str, str], str]
    names: dict[str, set[str]] = field(default_factory=dict)

    def has(self, section: str, name: str) -> bool:
        return name in self.named(section) or (section, "") in self.broken

    def named(self, section: str) -> AbstractSet[str]:
        """List what a reference to a section can name: what is declared, and blocks without their version."""
        found = self.names.get(section)
        if found is None:
            found = {*self.sections[section], *(name for where, name in self.broken if where == section)}
            if section == "blocks":
                found |= {family(name) for name in found}
            self.names[section] = found
        return found

    def spot(self, section: str, name: str) -> Spot:
        return Spot(self, section, name)

    def layers(self) -> Iterator[tuple[Spot, RemitLayer]]:
        """List every declared layer of a remit, with where it stands."""
        for section in ("organisation", "units", "stages", "use_cases"):
            for name, noun in self.sections[section].items():
                yield Spot(self, section, name), noun.remit


def chain(steps: Steps, name: str) -> list[str]:
    """List what a name leads to, the nearest first; stops where the chain is broken or goes in a circle."""
    found: list[str] = []
    at = steps[name]
    while at is not None and at in steps and at not in found:
        found.append(at)
        at = steps[at]
    return found


def circle(steps: Steps, name: str) -> list[str]:
    """List the names on the circle that leads from a name back to it; empty if there is none."""
    after = chain(steps, name)
    return [name, *after[: after.index(name)]] if name in after else []


@dataclass(frozen=True, slots=True)
class Spot:
    """One declaration, as a place to report faults at."""

    scope: Scope
    section: str
    name: str
    within: Path = ()

    def at(self, *path: str | int) -> Spot:
        """Go to a place inside the declaration."""
        return replace(self, within=(*self.within, *path))

    @property
    def file(self) -> str:
        return self.scope.where[self.section, self.name]

    def fault(self, *rest: str | int, **what: Any) -> Fault:
        name: Path = (self.name,) if self.name else ()
        return Fault(self.file, (self.section, *name, *self.within, *rest), **what)

    def undeclared(self, *rest: str | int, target: str, code: str) -> Fault:
        """Say that a declaration refers to nothing; the code ends in what it should have been."""
        noun = code.removeprefix("undeclared-").replace("-", " ")
        at = f"{noun.replace(' ', '_')}s"
        known = set(self.scope.named(at))
        if at == self.section:
            known.discard(self.name)
        what = "the organisation" if not self.name else f"`{self.name}`"
        return self.fault(
            *rest,
            code=code,
            summary=f"{what} refers to undeclared {noun.replace('-', ' ')} {quoted(target)}",
            help=did_you_mean(target, known, otherwise=f"declare it under `{at}:`"),
        )
