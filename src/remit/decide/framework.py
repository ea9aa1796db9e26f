"""Frameworks: whose ids controls are mapped to, what is not looked at here, and how much is covered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from remit.decide.controls import APPLICABLE, Assessed, ControlStatus, by_terms
from remit.decide.shipped import read_shipped
from remit.declare.control import Control
from remit.declare.declared import Declared, Prose, Title


class Framework(Declared):
    """A framework's ids. `not_here` names those that nothing here looks at, and why."""

    name: Title
    source: Title
    licence: Title
    says: Prose
    ids: tuple[Title, ...]
    not_here: dict[Title, Prose] = {}


def read_frameworks(text: str, file: str) -> dict[str, Framework]:
    """Read the frameworks that ship; a fault in them is ours."""
    tree = read_shipped(text, file)
    return {name: Framework.model_validate(body) for name, body in tree["frameworks"].items()}


def read_controls(text: str, file: str) -> dict[str, Control]:
    """Read a file of the controls that ship; a fault in it is ours."""
    tree = read_shipped(text, file)
    return {name: Control.model_validate(body) for name, body in tree["controls"].items()}


def framework_of(
    name: str, shipped: Mapping[str, Framework], controls: Mapping[str, Control]
) -> Framework | None:
    """Find a framework: one that ships, or one of one's own to which declared controls are mapped."""
    if name in shipped:
        return shipped[name]
    ids = dict.fromkeys(id for each in controls.values() for id in each.maps.get(name, ()))
    if not ids:
        return None
    says = "The ids that declared controls name; what else it holds is not known here."
    return Framework(name=name, source="declared", licence="not known", says=says, ids=tuple(ids))


@dataclass(frozen=True, slots=True)
class Covered:
    """How much of one id of a framework is covered.

    `asked` use cases are asked for at least one of the id's controls now; of them `hold` hold every one that
    is asked. `not_here` says why no control is mapped, where that is known.
    """

    id: str
    controls: tuple[str, ...]
    asked: int = 0
    hold: int = 0
    not_here: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """How one control stands over use cases: how many are in each status."""

    id: str
    control: Control
    statuses: Mapping[ControlStatus, int]

    @property
    def asked(self) -> int:
        return sum(self.statuses.get(each, 0) for each in APPLICABLE)


@dataclass(frozen=True, slots=True)
class Surveyed:
    """How every control stands over all use cases, and how many use cases hold all that is asked of them."""

    use_cases: int
    controls: tuple[Counted, ...]
    whole: int
    covered: tuple[Covered, ...] = ()


def survey(
    cases: Iterable[Assessed], controls: Mapping[str, Control], framework: str = "", ids: Iterable[str] = ()
) -> Surveyed:
    """Look at every control of every use case once, and sum up by control and by id of a framework."""
    wanted = {id: each for id, each in controls.items() if not framework or framework in each.maps}
    counts: dict[str, dict[ControlStatus, int]] = {id: {} for id in wanted}
    of = {mapped: [id for id, each in wanted.items() if mapped in each.maps[framework]] for mapped in ids}
    asked, hold = dict.fromkeys(of, 0), dict.fromkeys(of, 0)
    alike = by_terms(wanted)
    number = whole = 0
    for one in cases:
        number += 1
        found = one.statuses(alike)
        for id, status in found.items():
            counts[id][status] = counts[id].get(status, 0) + 1
        whole += all(status == "holds" for status in found.values() if status in APPLICABLE)
        for mapped, names in of.items():
            now = [found[name] for name in names if found[name] in APPLICABLE]
            asked[mapped] += bool(now)
            hold[mapped] += bool(now) and all(status == "holds" for status in now)
    return Surveyed(
        use_cases=number,
        controls=tuple(Counted(id, each, counts[id]) for id, each in wanted.items()),
        whole=whole,
        covered=tuple(Covered(id, tuple(names), asked[id], hold[id]) for id, names in of.items()),
    )


@dataclass(frozen=True, slots=True)
class Panorama:
    """Every control of every use case, seen once: over all, by use case and by framework."""

    surveyed: Surveyed
    cases: Mapping[str, Mapping[ControlStatus, int]]
    covered: Mapping[str, tuple[Covered, ...]]


def panorama(
    cases: Iterable[Assessed], controls: Mapping[str, Control], frameworks: Mapping[str, Framework]
) -> Panorama:
    """Look at every control of every use case once, and sum up in all the ways that are asked for."""
    counts: dict[str, Counter[ControlStatus]] = {id: Counter() for id in controls}
    by_case: dict[str, Mapping[ControlStatus, int]] = {}
    alike: Counter[_Alike] = Counter()
    terms = by_terms(controls)
    for one in cases:
        found = one.statuses(terms)
        for id, status in found.items():
            counts[id][status] += 1
        by_case[one.ground.name] = Counter(found.values())
        asked = frozenset(id for id, status in found.items() if status in APPLICABLE)
        alike[asked, frozenset(id for id in asked if found[id] != "holds")] += 1
    surveyed = Surveyed(
        use_cases=len(by_case),
        controls=tuple(Counted(id, each, counts[id]) for id, each in controls.items()),
        whole=sum(count for (_, open), count in alike.items() if not open),
    )
    covered = {
        name: tuple(_covered(name, id, framework, controls, alike) for id in framework.ids)
        for name, framework in frameworks.items()
    }
    return Panorama(surveyed, by_case, covered)


_Alike = tuple[frozenset[str], frozenset[str]]
"""The controls that are asked of a use case, and those of them that do not hold: very many have the same."""


def _covered(
    name: str, id: str, framework: Framework, controls: Mapping[str, Control], alike: Mapping[_Alike, int]
) -> Covered:
    bearing = tuple(known for known, each in controls.items() if id in each.maps.get(name, ()))
    of = frozenset(bearing)
    asked = {key: count for key, count in alike.items() if not of.isdisjoint(key[0])}
    hold = sum(count for (_, open), count in asked.items() if of.isdisjoint(open))
    return Covered(id, bearing, sum(asked.values()), hold, framework.not_here.get(id, ""))
