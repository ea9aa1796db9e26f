"""The life of a use case in dates: when work began, when it went into use, when it ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import cast

from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES, StageName
from remit.declare.use_case import History, UseCase
from remit.record.decided import StageChange
from remit.record.projection import StageFact

IN_WORK: tuple[StageName, ...] = ("envision", "experiment")
"""The stages of what is worked on and not in use yet: pilots."""

IN_USE: tuple[StageName, ...] = ("launch", "scale")
"""The stages of what is in use."""


Entered = tuple[StageName, date]
"""That a use case came to a stage on a day."""


@dataclass(frozen=True, slots=True)
class Life:
    """One use case in dates, as of a day; a date that nobody states, or that is still to come, is None.

    Work begins on `begun` and ends on `left`: when it goes into use, or, if it is `dropped`, with its end.
    `in_work` says whether it is a pilot, which its stage says where no date does. `took` is how many days
    each stage lasted that is over and dated on both sides. `reached` is the farthest stage it ever came to,
    and `span` the days from when work began to when it first went into use, whatever came of it.
    `span_reported` is that of dates as they were reported, of which `doubtful` cannot be true.
    """

    id: str
    unit: str
    at: StageName
    reached: StageName
    begun: date | None
    left: date | None
    dropped: bool
    in_work: bool
    span: int | None = None
    span_reported: int | None = None
    doubtful: int = 0
    took: tuple[tuple[StageName, int], ...] = ()

    def age(self, today: date) -> int | None:
        """Say for how many days a pilot has been worked on; None where nobody knows, or it is none."""
        return (today - self.begun).days if self.in_work and self.begun else None


def lives(
    model: OperatingModel, stages: Mapping[str, StageFact], moves: Iterable[StageChange], *, today: date
) -> dict[str, Life]:
    """Put the dates of every use case together, as of a day; the order of the entries makes no difference.

    Dates come from the declared history, and from entries of stages for what it does not state.
    """
    by_case: dict[str, list[StageChange]] = defaultdict(list)
    for move in moves:
        by_case[move.use_case].append(move)
    return {
        name: _life(name, case, stages.get(name), _moved(by_case.get(name, [])), today)
        for name, case in sorted(model.use_cases.items())
    }


def _life(name: str, case: UseCase, fact: StageFact | None, moved: list[Entered], today: date) -> Life:
    stated = [*_stated(case.history)]
    entered = stated + [each for each in moved if not stated or each[1] > stated[-1][1]]
    at = fact.stage if fact else STAGES[0]
    begun = case.history.initiated or next((day for stage, day in moved if stage in IN_WORK), None)
    used = next((day for stage, day in entered if stage in IN_USE), None)
    ended = next((day for stage, day in reversed(entered) if stage == "retired"), None)
    left, dropped = (used, False) if used else (ended, True)
    if at in IN_WORK:
        # Whatever it was before: it is worked on again.
        left, dropped = None, False
    begun = begun if begun and begun <= today else None
    span = (used - begun).days if begun and used and used <= today else None
    in_work = at in IN_WORK if left is None else left > today and begun is not None
    reported = _reported(case.history)
    return Life(
        id=name,
        unit=case.unit,
        at=at,
        reached=max(
            (stage for stage in (at, *(each for each, _ in entered)) if stage != "retired"),
            key=STAGES.index,
            default=STAGES[0],
        ),
        begun=begun,
        left=left if left and left <= today else None,
        dropped=dropped and not in_work,
        in_work=in_work,
        span=span,
        span_reported=span if reported is None else reported,
        doubtful=len(case.history.doubtful),
        took=tuple(_took(entered, today)),
    )


def _stated(history: History) -> Iterator[Entered]:
    """List the stages that the declared history dates."""
    dated: tuple[tuple[StageName, date | None], ...] = (
        ("envision", history.initiated),
        ("experiment", history.developed),
        ("launch", history.implemented),
        ("retired", history.retired),
    )
    return ((stage, day) for stage, day in dated if day is not None)


def _reported(history: History) -> int | None:
    """Say how many days lie between beginning and use as they were reported, true or not, past or to come."""
    begun = history.doubtful.get("initiated", history.initiated)
    used = history.doubtful.get("implemented", history.implemented)
    return (used - begun).days if begun and used else None


def _moved(moves: list[StageChange]) -> list[Entered]:
    """List what the ledger dates, in the order of time, without staying where one is."""
    found: list[Entered] = []
    for move in sorted(moves, key=lambda each: (each.at, each.id)):
        stage = cast(StageName, move.stage)
        if move.since_known and not (found and found[-1][0] == stage):
            found.append((stage, move.since))
    return found


def _took(entered: list[Entered], today: date) -> Iterator[tuple[StageName, int]]:
    """Say how long each stage lasted; where one in between is not dated, nobody knows how long either did."""
    for (stage, since), (following, until) in pairwise(entered):
        skipped = STAGES.index(following) - STAGES.index(stage) > 1 and following != "retired"
        if until <= today and not skipped:
            yield stage, (until - since).days
