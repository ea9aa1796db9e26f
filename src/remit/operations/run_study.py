"""Run a study: read the outcomes, estimate what they show, check the claim, and write down what was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from math import isfinite

from remit.decide.study import unlocked
from remit.decide.value.study_data import Windows, days_over
from remit.decide.value.study_run import Data, Found, run
from remit.declare.study import Study, looked_at_once
from remit.declare.use_case import OutcomeMetric
from remit.enforce.arm import Trial, joined, lot_of, trial_of
from remit.kernel.errors import RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_studies import read_study
from remit.operations.system import CONTROL, System
from remit.record.outcome_entry import Checked, Outcome, StudyRegistered, StudyResult
from remit.record.outcome_filter import OutcomeFilter

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run found, and what was registered; `written` says if the record has it."""

    result: StudyResult
    study: Study
    registered: StudyRegistered
    unit: str
    written: bool


def run_study(system: System, name: str, *, author: str, as_of: datetime | None = None) -> Ran:
    """Run a study on the outcomes that are known, and write its result down.

    With `as_of` it is run as it would have been then: by the version that was registered and the outcomes
    that were known, and nothing is written. Raises RemitError for one that may not be looked at yet.
    """
    view, _ = read_study(system, name)
    now = system.clock.now()
    # INVARIANT: what is written while this reads is not in it, and who asks for this instant again gets the
    # same outcomes.
    last = system.store.last_known()
    known = min(as_of, now) if as_of else max(now, last or now) + _TICK
    registered = _registered(view.versions, known, name)
    study, metric = unlocked(system.store.text(registered.digest))
    zone = model_in_force(system)[1].organisation.zone
    windows = Windows(study, zone, days_over(study, known.astimezone(zone).date()))
    _require_its_time(study, name, windows.last)
    found = run(
        Data(
            outcomes=_outcomes(system, study, study.metric, known),
            windows=windows,
            metric=metric,
            registered=registered,
            units={
                called: unit
                for unit in study.units
                for called in (unit, system.pseudonym(study.use_case, unit))
            },
            trial=_trial(system, name, view.versions[: registered.version]),
            lot=partial(lot_of, system.arms, name),
            others=lambda other: _outcomes(system, study, other, known),
        )
    )
    result = _result(system, found, registered, metric=metric, known=known, author=author)
    if as_of is None:
        with system.journals.exclusive(CONTROL) as journal:
            journal.append([result])
        fold_ledger(system)
    return Ran(result, study, registered, metric.unit, written=as_of is None)


def _registered(versions: Iterable[StudyRegistered], known: datetime, name: str) -> StudyRegistered:
    then = [each for each in versions if each.at <= known]
    if not then:
        raise RemitError(
            f"the study `{name}` was not registered at {known:%Y-%m-%d %H:%M} UTC",
            help="choose a later instant; `remit study show` lists its versions",
            code="study-not-registered",
        )
    return then[-1]


def _trial(system: System, name: str, versions: Iterable[StudyRegistered]) -> Trial | None:
    """Say how arms were assigned while the study ran: by no version that was replaced before."""
    trials: list[Trial] = []
    study: Study | None = None
    for each in versions:
        study, _ = unlocked(system.store.text(each.digest))
        if not each.late:
            trials.clear()
        if study.assignment is not None:
            trials.append(trial_of(name, study, study.assignment))
    return joined(trials) if study is not None and study.assignment is not None else None


def _require_its_time(study: Study, name: str, last: date) -> None:
    """Refuse a look that was not planned: who looks often enough finds something."""
    if last < study.starts:
        raise RemitError(
            f"no day of the study `{name}` is over; it starts on {study.starts}",
            help="run it when it has begun",
            code="study-not-over",
        )
    if last < study.ends and looked_at_once(study):
        raise RemitError(
            f"the study `{name}` is looked at once, and goes on until {study.ends}",
            help=f"run it from {study.ends + timedelta(days=1)} on; only an `experiment` with `looks: any` is"
            " looked at before",
            code="study-not-over",
        )


def _outcomes(system: System, study: Study, metric: str, known: datetime) -> Iterable[Outcome]:
    return system.store.outcomes(OutcomeFilter(study.use_case, metric, known=known))


def _result(
    system: System,
    found: Found,
    registered: StudyRegistered,
    *,
    metric: OutcomeMetric,
    known: datetime,
    author: str,
) -> StudyResult:
    now = system.clock.now()
    estimate, progress = found.estimate, found.progress or (None, None, None)
    return StudyResult(
        id=system.ids.new(now),
        at=now,
        study=registered.study,
        version=registered.version,
        use_case=registered.use_case,
        metric=registered.metric,
        estimator=registered.estimator,
        grade=found.grade,
        unit=metric.unit,
        direction=metric.direction,
        effect=estimate.effect,
        low=_bound(estimate.low),
        high=_bound(estimate.high),
        sure=estimate.sure,
        p=estimate.p,
        baseline=estimate.baseline,
        progress=progress[0],
        progress_low=_bound(progress[1]),
        progress_high=_bound(progress[2]),
        treated=estimate.treated,
        untreated=estimate.untreated,
        clusters=estimate.clusters,
        checks=tuple(Checked(each.name, each.holds, each.said, each.blocks) for each in found.checks),
        refused=bool(found.refused_by),
        details=estimate.details,
        outcomes=found.seen.count,
        outcomes_digest=found.seen.ids.hexdigest(),
        known=known,
        simulated=found.seen.simulated,
        author=author,
    )


def _bound(bound: float | None) -> float | None:
    """Leave a bound out that is open."""
    return bound if bound is not None and isfinite(bound) else None
