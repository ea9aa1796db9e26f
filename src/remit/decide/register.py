"""The risk register: each risk at the level where it stands, by the live status of its controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from remit.decide.controls import APPLICABLE, Assessed, ControlStatus
from remit.declare.control import Control
from remit.declare.operating_model import OperatingModel
from remit.declare.risk import Risk


@dataclass(frozen=True, slots=True)
class LinkedControl:
    """A control that shall keep a risk small, and how it stands over the use cases that the risk concerns.

    It holds only where it holds for every one of them that is asked for it; `failing` are the others. Asked
    for by none, it keeps nothing small.
    """

    id: str
    holds: bool
    asked: int
    failing: tuple[str, ...] = ()
    worst: ControlStatus = "holds"


@dataclass(frozen=True, slots=True)
class RiskStanding:
    """One risk now. `level` is the residual one while every linked control holds, else the inherent one.

    `overdue` is by how many days its review is late, 0 if it is not.
    """

    id: str
    risk: Risk
    concerns: tuple[str, ...]
    controls: tuple[LinkedControl, ...]
    level: tuple[int, int]
    overdue: int

    @property
    def kept(self) -> bool:
        """Say whether its controls keep it at its residual level."""
        return bool(self.controls) and all(each.holds for each in self.controls)

    @property
    def score(self) -> int:
        return self.level[0] * self.level[1]


_ORDER: tuple[ControlStatus, ...] = ("does_not_hold", "not_shown", "stale", "holds")


def concerned(model: OperatingModel, risk: Risk) -> tuple[str, ...]:
    """List the use cases that a risk concerns: those named, those of its units, or all."""
    if not risk.use_cases and not risk.units:
        return tuple(model.use_cases)
    units = set(risk.units)
    return tuple(
        name
        for name, case in model.use_cases.items()
        if name in risk.use_cases or (units and not units.isdisjoint(model.lineage(case.unit)))
    )


def register(
    model: OperatingModel,
    cases: Mapping[str, Assessed],
    controls: Mapping[str, Control],
    *,
    today: date,
    use_case: str = "",
) -> tuple[RiskStanding, ...]:
    """Say how every risk stands, the gravest first; of one use case, only those that concern it.

    A risk's controls are looked at over all use cases that it concerns, whichever one is asked about.
    """
    known: dict[tuple[str, str], ControlStatus] = {}
    found = []
    for id, risk in model.risks.items():
        names = concerned(model, risk)
        if use_case and use_case not in names:
            continue
        linked = tuple(
            _linked(name, controls[name], [cases[each] for each in names if each in cases], known)
            for name in risk.controls
            if name in controls
        )
        complete = len(linked) == len(risk.controls) > 0 and all(each.holds for each in linked)
        # What was accepted or moved to others needs no control; what shall be reduced or avoided needs one.
        settled = not risk.controls and risk.treatment in ("accept", "transfer")
        level = risk.residual if complete or settled else risk.inherent
        found.append(RiskStanding(id, risk, names, linked, level, max(0, (today - risk.review).days)))
    return tuple(sorted(found, key=lambda each: (-each.score, -max(each.level), each.id)))


def _linked(
    name: str, control: Control, cases: list[Assessed], known: dict[tuple[str, str], ControlStatus]
) -> LinkedControl:
    asked, failing = 0, {}
    for one in cases:
        key = (name, one.ground.name)
        if key not in known:
            known[key] = one.status(name, control)
        if known[key] in APPLICABLE:
            asked += 1
            if known[key] != "holds":
                failing[one.ground.name] = known[key]
    worst = min(failing.values(), key=_ORDER.index, default="holds" if asked else "not_yet")
    return LinkedControl(name, bool(asked) and not failing, asked, tuple(failing), worst)
