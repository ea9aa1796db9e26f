"""The funnel: how many use cases are at each stage, how many come on, and who waits at which gate."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from remit.decide.advice import CaseFacts
from remit.decide.life import Life
from remit.declare.organisation import STAGES, StageName

WORKING: tuple[StageName, ...] = STAGES[:-1]


@dataclass(frozen=True, slots=True)
class Conversion:
    """Of those that ever came to a stage, how many came to the next; `share` is None where none came."""

    stage: StageName
    into: StageName
    came: int
    came_on: int
    share: float | None


@dataclass(frozen=True, slots=True)
class UnitFunnel:
    """One unit, without those below it; the name is empty for the whole.

    `queue` counts by the gate's stage what governance alone holds, and `ready` what lacks nothing.
    """

    unit: str
    name: str
    use_cases: int
    at: Mapping[StageName, int]
    conversions: tuple[Conversion, ...]
    queue: Mapping[StageName, int]
    ready: Mapping[StageName, int]


@dataclass(frozen=True, slots=True)
class AtGate:
    """A use case before a gate that waits for people: for roles, since an instant, or to be asked at all."""

    use_case: str
    unit: str
    into: StageName
    roles: tuple[str, ...]
    since: datetime | None
    missing: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """Units by their number of use cases, the whole, and who waits, the longest first."""

    whole: UnitFunnel
    units: tuple[UnitFunnel, ...]
    waiting: tuple[AtGate, ...]


def funnel(
    lives: Mapping[str, Life],
    facts: Mapping[str, CaseFacts],
    *,
    names: Mapping[str, str],
    asked_since: Mapping[str, datetime],
) -> Funnel:
    """Count use cases by stage and unit; counts of all units add up to the whole.

    `asked_since` says since when the oldest open request of a use case waits.
    """
    by_unit: dict[str, list[Life]] = defaultdict(list)
    for each in lives.values():
        by_unit[each.unit].append(each)
    units = [_unit(unit, names.get(unit, unit), of, facts) for unit, of in by_unit.items()]
    units.sort(key=lambda each: (-each.use_cases, each.unit))
    waiting = [
        AtGate(each.id, each.unit, each.into, each.waits, asked_since.get(each.id), each.missing)
        for each in facts.values()
        if each.blocked and each.into is not None
    ]
    waiting.sort(
        key=lambda each: (each.since is None, each.since.timestamp() if each.since else 0, each.use_case)
    )
    return Funnel(_unit("", "", [*lives.values()], facts), tuple(units), tuple(waiting))


def _unit(unit: str, name: str, of: Sequence[Life], facts: Mapping[str, CaseFacts]) -> UnitFunnel:
    at = Counter(each.at for each in of)
    known = [facts[each.id] for each in of if each.id in facts]
    return UnitFunnel(
        unit=unit,
        name=name,
        use_cases=len(of),
        at={stage: at[stage] for stage in STAGES},
        conversions=tuple(_conversions(of)),
        queue=_by_gate(each.into for each in known if each.blocked),
        ready=_by_gate(each.into for each in known if each.ready),
    )


def _conversions(of: Sequence[Life]) -> Iterable[Conversion]:
    reached = Counter(STAGES.index(each.reached) for each in of)
    for place, stage in enumerate(WORKING[:-1]):
        came = sum(count for at, count in reached.items() if at >= place)
        on = sum(count for at, count in reached.items() if at > place)
        yield Conversion(stage, STAGES[place + 1], came, on, round(on / came, 3) if came else None)


def _by_gate(into: Iterable[StageName | None]) -> dict[StageName, int]:
    found = Counter(each for each in into if each is not None)
    return {stage: found[stage] for stage in WORKING[1:] if found[stage]}
