"""Controls as people read them: of one use case, of all, and by framework."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from remit.decide.controls import APPLICABLE, Assessed, ControlStanding, ControlStatus, standings
from remit.decide.framework import Framework, Surveyed
from remit.declare.control import CheckKind, Control
from remit.declare.declared import RiskTier
from remit.declare.gate import Pillar
from remit.declare.organisation import StageName

STATUSES: tuple[ControlStatus, ...] = (
    *("does_not_hold", "stale", "not_shown", "holds"),
    *("not_yet", "not_asked"),
)
"""Every status, what is to be done first."""


SAID: Mapping[ControlStatus, str] = {
    "holds": "holds",
    "does_not_hold": "does not hold",
    "stale": "stale",
    "not_shown": "not shown",
    "not_yet": "not asked for yet",
    "not_asked": "not asked of it",
}
"""How a status is written."""


@dataclass(frozen=True, slots=True)
class ControlLine:
    """One control of one use case; `says` is by which evidence, and `help` what would make it hold."""

    id: str
    title: str
    pillar: Pillar
    status: ControlStatus
    check: CheckKind
    says: str
    role: str
    owner: str
    help: str
    entries: tuple[str, ...]
    simulated: bool
    maps: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class UseCaseControls:
    """How controls stand for one use case. `counts` are over all controls, whichever are listed."""

    use_case: str
    stage: StageName
    tier: RiskTier
    counts: Mapping[ControlStatus, int]
    controls: tuple[ControlLine, ...]

    @property
    def asked(self) -> int:
        return sum(self.counts[each] for each in APPLICABLE)


def use_case_controls(one: Assessed, controls: Mapping[str, Control]) -> UseCaseControls:
    """Lay out how every control stands for a use case, what is to be done first."""
    found = standings(one, controls)
    counts = Counter(each.status for each in found)
    return UseCaseControls(
        use_case=one.ground.name,
        stage=one.ground.remit.stage,
        tier=one.tier,
        counts={status: counts[status] for status in STATUSES},
        controls=tuple(
            sorted(
                map(_line, found), key=lambda each: (STATUSES.index(each.status), _PILLARS.index(each.pillar))
            )
        ),
    )


_PILLARS: tuple[Pillar, ...] = ("business", "people", "governance", "platform", "security", "operations")


def _line(each: ControlStanding) -> ControlLine:
    return ControlLine(
        id=each.id,
        title=each.control.title,
        pillar=each.control.pillar,
        status=each.status,
        check=each.control.check,
        says=each.says,
        role=each.role,
        owner=each.owner,
        help=each.help,
        entries=each.entries,
        simulated=each.simulated,
        maps=each.control.maps,
    )


@dataclass(frozen=True, slots=True)
class CountLine:
    """How one control stands over all use cases: of those `asked` for it now, how many hold it."""

    id: str
    title: str
    pillar: Pillar
    check: CheckKind
    asked: int
    holds: int
    does_not_hold: int
    stale: int
    not_shown: int


@dataclass(frozen=True, slots=True)
class ControlSummary:
    """All controls over all use cases; `whole` use cases hold everything that is asked of them now."""

    use_cases: int
    whole: int
    controls: tuple[CountLine, ...]


def control_summary(surveyed: Surveyed) -> ControlSummary:
    """Lay out every control over all use cases."""
    lines = (
        CountLine(
            id=each.id,
            title=each.control.title,
            pillar=each.control.pillar,
            check=each.control.check,
            asked=each.asked,
            holds=each.statuses.get("holds", 0),
            does_not_hold=each.statuses.get("does_not_hold", 0),
            stale=each.statuses.get("stale", 0),
            not_shown=each.statuses.get("not_shown", 0),
        )
        for each in surveyed.controls
    )
    ordered = sorted(lines, key=lambda each: (_PILLARS.index(each.pillar), each.id))
    return ControlSummary(surveyed.use_cases, surveyed.whole, tuple(ordered))


@dataclass(frozen=True, slots=True)
class IdLine:
    """One id of a framework: the controls that bear on it, and how many use cases hold those asked of them.

    `checks` are the ways in which these are seen to hold.
    """

    id: str
    controls: tuple[str, ...]
    checks: tuple[CheckKind, ...]
    asked: int
    hold: int
    not_here: str


@dataclass(frozen=True, slots=True)
class FrameworkControls:
    """A framework by its ids. A control bears on an id; that it holds is no conformity with the framework."""

    framework: str
    name: str
    source: str
    licence: str
    says: str
    use_cases: int
    ids: tuple[IdLine, ...]
    uncovered: tuple[str, ...]

    @property
    def by_word_alone(self) -> int:
        """Count the ids that nothing bears on but what somebody attests."""
        return sum(each.checks == ("attestation",) for each in self.ids)


def framework_controls(
    id: str, framework: Framework, surveyed: Surveyed, controls: Mapping[str, Control]
) -> FrameworkControls:
    """Lay out a framework: every id with its controls, and honestly those that nothing bears on."""
    lines = tuple(
        IdLine(
            id=each.id,
            controls=each.controls,
            checks=_checks(controls[name] for name in each.controls),
            asked=each.asked,
            hold=each.hold,
            not_here=framework.not_here.get(each.id, ""),
        )
        for each in surveyed.covered
    )
    return FrameworkControls(
        framework=id,
        name=framework.name,
        source=framework.source,
        licence=framework.licence,
        says=framework.says,
        use_cases=surveyed.use_cases,
        ids=lines,
        uncovered=tuple(each.id for each in lines if not each.controls),
    )


_CHECKS: tuple[CheckKind, ...] = ("remit", "ledger", "evaluation", "attestation")


def _checks(controls: Iterable[Control]) -> tuple[CheckKind, ...]:
    found = {each.check for each in controls}
    return tuple(each for each in _CHECKS if each in found)
