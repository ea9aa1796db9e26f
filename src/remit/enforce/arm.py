"""Arms: who is treated in a study that is under way, drawn from the caller's reference by a keyed hash.

The same reference draws the same lot whenever it is asked, and another one in each study. Whoever is treated
stays so when a larger part is, because the lot stays and only the bound rises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import blake2b
from typing import Literal

import msgspec

from remit.declare.operating_model import OperatingModel
from remit.declare.study import Assignment, Study
from remit.enforce.decision import Decision, deny

Side = Literal["treated", "control"]

LOTS = 1 << 64


class Trial(msgspec.Struct, frozen=True):
    """A study that assigns arms: from when to when, and below which lot one is treated from which day on."""

    study: str
    use_case: str
    starts: date
    ends: date
    bounds: tuple[tuple[date, int], ...]
    owner: str
    control: str = ""

    def side(self, lot: int, day: date) -> Side:
        """Say in which arm a lot is on a day."""
        bound = next(bound for since, bound in reversed(self.bounds) if since <= day)
        return "treated" if lot < bound else "control"

    def stays(self, lot: int) -> bool:
        """Say whether a lot is in the same arm from the first day of the study to the last."""
        return lot < self.bounds[0][1] or lot >= self.bounds[-1][1]

    @property
    def share(self) -> float:
        """The part that is treated of those who stay in their arm."""
        first, never = self.bounds[0][1], LOTS - self.bounds[-1][1]
        return first / (first + never)


def bounds_of(assignment: Assignment, starts: date) -> tuple[tuple[date, int], ...]:
    """Say below which lot one is treated, from which day on."""
    steps = [(starts, assignment.treated), *((step.since, step.treated) for step in assignment.raised)]
    most = LOTS - int(assignment.holdout * LOTS)
    return tuple((since, min(int(share * LOTS), most)) for since, share in steps)


def trials(model: OperatingModel) -> Mapping[str, tuple[Trial, ...]]:
    """List by use case the studies that assign arms."""
    found: dict[str, list[Trial]] = {}
    for name, study in model.studies.items():
        if study.assignment is None or study.use_case not in model.use_cases:
            continue
        owner = model.owner_of(study.use_case)
        found.setdefault(study.use_case, []).append(trial_of(name, study, study.assignment, owner=owner))
    return {name: tuple(each) for name, each in found.items()}


def trial_of(name: str, study: Study, assignment: Assignment, *, owner: str = "") -> Trial:
    return Trial(
        study=name,
        use_case=study.use_case,
        starts=study.starts,
        ends=study.ends,
        bounds=bounds_of(assignment, study.starts),
        owner=owner,
        control=assignment.control or "",
    )


def joined(versions: Sequence[Trial]) -> Trial:
    """Make one of the versions of a study that assigned arms one after the other, as the comparison sees it.

    Treated throughout is who is in all of them from their first day, and control who is in none on the last.
    """
    last = versions[-1]
    low = min(each.bounds[0][1] for each in versions)
    high = max(each.bounds[-1][1] for each in versions)
    return msgspec.structs.replace(last, bounds=((last.starts, low), (last.ends, high)))


def running(found: tuple[Trial, ...], day: date) -> Trial | None:
    """Find the study that assigns arms on a day; declarations let no two of a use case do so at once."""
    return next((trial for trial in found if trial.starts <= day <= trial.ends), None)


def lot_of(key: bytes, study: str, reference: str) -> int:
    """Draw the lot of a reference in a study, from 0 up to and not including 2 to the 64th."""
    words = f"{study}\0{reference}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(words, key=key, digest_size=8, person=b"remit-arm").digest(), "big")


def reference_missing(trial: Trial) -> Decision:
    """Refuse a call of which nobody can say in which arm it is."""
    return deny(
        "reference-missing",
        f"the study `{trial.study}` assigns calls of `{trial.use_case}` to arms until {trial.ends},"
        " and this one names no case",
        help="send your own reference of the person, team or case as `x-remit-reference`",
        layer=f"study/{trial.study}",
        owner=trial.owner,
    )


def held_out(trial: Trial) -> Decision:
    """Refuse a call of the control arm, whose case is to be done without the use case."""
    return deny(
        "held-out",
        f"the study `{trial.study}` holds this reference out of `{trial.use_case}` until {trial.ends}",
        help="do this case without it, as before, and record its outcome; `GET /v1/remit?reference=` tells"
        " the arm beforehand",
        layer=f"study/{trial.study}",
        owner=trial.owner,
    )
