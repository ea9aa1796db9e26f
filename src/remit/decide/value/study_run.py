"""A study run: the estimate that its outcomes give, and what the study itself says of the claim."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from remit.decide.study import graded
from remit.decide.value.before_after import estimate_before_after
from remit.decide.value.comparison import estimate_comparison
from remit.decide.value.differences import estimate_differences
from remit.decide.value.estimate import Check, Estimate
from remit.decide.value.experiment import estimate_experiment
from remit.decide.value.level_drift import with_drift
from remit.decide.value.series import estimate_series
from remit.decide.value.sources import Sources
from remit.decide.value.study_data import (
    ArmOf,
    Means,
    Seen,
    Windows,
    before_means,
    compared,
    factor,
    means,
    observed,
    panel,
    sampled,
    series,
)
from remit.decide.value.synthetic import estimate_synthetic
from remit.declare.grade import Grade
from remit.declare.study import Study, looked_at_once
from remit.declare.use_case import OutcomeMetric
from remit.enforce.arm import Trial
from remit.record.outcome_entry import Outcome, StudyRegistered

WITHOUT_MAX = 0.05
"""Of more outcomes than this nobody may be at a loss which arm or unit they are of: those may differ."""
UNIT_FACTOR = 10.0
"""What was measured before lies this far from the declared baseline only where it is in another unit."""


@dataclass(frozen=True, slots=True)
class Data:
    """What a study is run on.

    `units` are its units by what outcomes call them, `lot` draws a reference's lot, and `others` reads
    another metric.
    """

    outcomes: Iterable[Outcome]
    windows: Windows
    metric: OutcomeMetric
    registered: StudyRegistered
    units: Mapping[str, str]
    trial: Trial | None
    lot: Callable[[str], int]
    others: Callable[[str], Iterable[Outcome]]


@dataclass(frozen=True, slots=True)
class Found:
    """An estimate with all checks, and its grade. The shares are of the way from baseline to target."""

    estimate: Estimate
    checks: tuple[Check, ...]
    grade: Grade
    seen: Seen
    progress: tuple[float, float, float] | None

    @property
    def refused_by(self) -> tuple[Check, ...]:
        return tuple(each for each in self.checks if each.blocks and each.holds is False)


def run(data: Data) -> Found:
    """Estimate what a study is about, and hold it against what was registered."""
    seen, sources = Seen(), Sources()
    data = replace(data, outcomes=sources.heard(data.outcomes))
    estimate, baseline = _ESTIMATORS[data.windows.study.estimator](data, seen)
    checks = (*estimate.checks, *_of_study(data, estimate, seen, baseline), *sources.check())
    return Found(
        estimate=estimate,
        checks=checks,
        grade=graded(estimate.grade, data.registered),
        seen=seen,
        progress=progress(estimate, data.metric),
    )


def progress(estimate: Estimate, metric: OutcomeMetric) -> tuple[float, float, float] | None:
    """Say how far the effect goes from the declared baseline to the target, with both bounds."""
    if metric.baseline is None or metric.target is None or metric.target == metric.baseline:
        return None
    way = float(metric.target - metric.baseline)
    low, high = sorted((estimate.low / way, estimate.high / way))
    return estimate.effect / way, low, high


def _sure(study: Study) -> float:
    return float(study.sure or Decimal("0.95"))


Estimated = tuple[Estimate, float]
"""An estimate, and what was measured of those without the use case, or before."""


def _experiment(data: Data, seen: Seen) -> Estimated:
    study = data.windows.study
    sample = sampled(
        data.outcomes, data.windows, seen, arm_of=_arm_of(data, seen), by_reference=data.trial is not None
    )
    found = estimate_experiment(
        sample,
        share=data.trial.share if data.trial else 0.5,
        sure=_sure(study),
        looks=study.looks,
        planned=study.clusters,
    )
    return found, found.baseline


def _comparison(data: Data, seen: Seen) -> Estimated:
    sample = sampled(data.outcomes, data.windows, seen, arm_of=_arm_of(data, seen), by_reference=False)
    found = estimate_comparison(observed(sample), sure=_sure(data.windows.study))
    return found, found.baseline


def _differences(data: Data, seen: Seen) -> Estimated:
    found = means(data.outcomes, data.windows, seen, unit_of=_unit)
    estimate = estimate_differences(panel(found, data.windows, data.units), sure=_sure(data.windows.study))
    return estimate, before_means(found, data.windows)


def _synthetic(data: Data, seen: Seen) -> Estimated:
    found = means(data.outcomes, data.windows, seen, unit_of=_unit)
    return estimate_synthetic(compared(found, data.windows, data.units)), before_means(found, data.windows)


def _series(data: Data, seen: Seen) -> Estimated:
    found, windows = _whole(data.outcomes, data.windows, seen), data.windows
    others = {name: _whole(data.others(name), windows, Seen())[""] for name in windows.study.others}
    # Series are read under names of their own, so that none of them can be taken for the outcome.
    held = {f"other {name}": values for name, values in others.items()}
    observed = series(found[""], windows, held)
    estimate = with_drift(estimate_series(observed, sure=_sure(windows.study)), observed)
    return estimate, before_means(found, windows)


def _before_after(data: Data, seen: Seen) -> Estimated:
    found, windows = _whole(data.outcomes, data.windows, seen), data.windows
    estimate = estimate_before_after(found[""], begins=windows.before, sure=_sure(windows.study))
    return estimate, before_means(found, windows)


_ESTIMATORS: Mapping[str, Callable[[Data, Seen], Estimated]] = {
    "experiment": _experiment,
    "comparison": _comparison,
    "differences": _differences,
    "synthetic_control": _synthetic,
    "interrupted_series": _series,
    "before_after": _before_after,
}


def _whole(outcomes: Iterable[Outcome], windows: Windows, seen: Seen) -> Means:
    """Take all outcomes of a period together."""
    found = means(outcomes, windows, seen, unit_of=lambda _: "all")
    return {"": found["all"]}


def _unit(outcome: Outcome) -> str:
    return outcome.cluster


def _arm_of(data: Data, seen: Seen) -> ArmOf:
    """Draw the arm again where the gateway assigned it; it is the same by its hash. Else the outcome says."""
    trial, study = data.trial, data.registered.study

    def drawn(outcome: Outcome) -> bool | None:
        if trial is None or not outcome.reference:
            return None
        lot = data.lot(outcome.reference)
        if not trial.stays(lot):
            seen.changed += 1
            seen.without -= 1
            return None
        return lot < trial.bounds[0][1]

    def said(outcome: Outcome) -> bool | None:
        return _SIDES.get(outcome.arm.removeprefix(f"{study}:"))

    return said if trial is None else drawn


_SIDES = {"treated": True, "control": False}


def _of_study(data: Data, estimate: Estimate, seen: Seen, baseline: float) -> Iterable[Check]:
    """Hold an estimate against what was registered."""
    study, registered = data.windows.study, data.registered
    yield Check(
        "registered before",
        not registered.late,
        f"version {registered.version} was registered on {registered.at:%Y-%m-%d}, "
        + ("after" if registered.late else "before")
        + f" it started on {registered.starts}",
        blocks=False,
    )
    yield _smallest(study, estimate)
    yield _ending(data.windows, estimate)
    used = estimate.treated + estimate.untreated
    if study.estimator in ("experiment", "comparison", "differences", "synthetic_control"):
        of = seen.without + used if study.estimator in ("experiment", "comparison") else seen.count
        yield Check(
            "known which",
            seen.without <= WITHOUT_MAX * of,
            f"of {seen.without:,} of {of:,} outcomes nobody knows which arm or unit they are of"
            if seen.without
            else f"of all {of:,} outcomes it is known which arm or unit they are of",
        )
    if seen.changed:
        said = f"{seen.changed:,} outcomes of references that changed arms in the roll-out are left out"
        yield Check("one arm throughout", None, said, blocks=False)
    if seen.early:
        said = f"{seen.early:,} outcomes happened before {data.windows.first} and are left out"
        yield Check("within the windows", None, said, blocks=False)
    if data.metric.baseline is not None:
        apart = factor(baseline, data.metric.baseline)
        yield Check(
            "declared unit",
            apart < UNIT_FACTOR,
            f"without it {baseline:.4g} were measured, and {data.metric.baseline} are declared",
        )


def _smallest(study: Study, estimate: Estimate) -> Check:
    least = float(study.smallest_effect)
    up = least > 0
    low, high = (estimate.low, estimate.high) if up else (-estimate.high, -estimate.low)
    bound = abs(least)
    holds = True if low >= bound else False if high < bound else None
    word = {True: "is reached", False: "is not reached", None: "may be reached or not"}[holds]
    return Check(
        "smallest effect", holds, f"the smallest effect that matters, {least:g}, {word}", blocks=False
    )


def _ending(windows: Windows, estimate: Estimate) -> Check:
    """Say whether the study has ended as it was to end; before that, a look is one of several."""
    study = windows.study
    if windows.last >= study.ends:
        return Check("ended as registered", True, f"its last day was {study.ends}", blocks=False)
    assert not looked_at_once(study), "it is not looked at before"
    if study.stops == "clusters" and estimate.clusters >= study.clusters:
        said = f"it has {estimate.clusters:,} clusters, and {study.clusters:,} were to be"
        return Check("ended as registered", True, said, blocks=False)
    if study.stops == "sure" and _smallest(study, estimate).holds is not None:
        return Check("ended as registered", True, "its interval says whether it matters", blocks=False)
    said = f"a look before the end on {study.ends}; its interval holds at every look"
    return Check("ended as registered", None, said, blocks=False)
