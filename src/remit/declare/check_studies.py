"""Check studies: whether what is to be shown is declared, and whether it can be shown so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from remit.declare.fault import Fault
from remit.declare.organisation import Unit
from remit.declare.remit_layer import RemitLayer
from remit.declare.scope import Scope, Spot, chain
from remit.declare.study import Assignment, Study
from remit.declare.use_case import OutcomeMetric, UseCase
from remit.declare.version import covers, family
from remit.kernel.suggest import did_you_mean

_NEEDS: Mapping[str, tuple[str, ...]] = {
    "experiment": (),
    "differences": ("baseline", "units"),
    "synthetic_control": ("baseline", "units"),
    "interrupted_series": ("baseline",),
    "before_after": ("baseline",),
    "comparison": (),
}
"""What each estimator cannot do without."""

_ONLY_FOR: Mapping[str, tuple[str, ...]] = {
    "assignment": ("experiment",),
    "units": ("differences", "synthetic_control"),
    "since": ("differences",),
    "others": ("interrupted_series",),
}
"""Fields that say something to some estimators alone."""


def check_studies(scope: Scope) -> Iterator[Fault]:
    """Check every study, and that no use case has two that assign arms at the same time."""
    cases: Mapping[str, UseCase] = scope.sections["use_cases"]
    studies: Mapping[str, Study] = scope.sections["studies"]
    for name, study in studies.items():
        spot = scope.spot("studies", name)
        if not scope.has("use_cases", study.use_case):
            yield spot.undeclared("use_case", target=study.use_case, code="undeclared-use-case")
        elif study.use_case in cases:
            yield from _metrics(spot, study, cases[study.use_case])
        yield from _dates(spot, study)
        yield from _fields(spot, study)
        if study.assignment is not None and study.estimator == "experiment":
            yield from _arms(spot.at("assignment"), study, study.assignment)
            yield from _control(spot.at("assignment"), study, study.assignment)
    yield from _overlaps(scope, studies)


def _metrics(spot: Spot, study: Study, case: UseCase) -> Iterator[Fault]:
    named: list[tuple[tuple[str | int, ...], str]] = [(("metric",), study.metric)]
    named += [(("others", index), other) for index, other in enumerate(study.others)]
    for path, name in named:
        if name not in case.outcomes:
            yield spot.fault(
                *path,
                code="study-without-metric",
                summary=f"`{study.use_case}` declares no outcome metric `{name}`",
                help=did_you_mean(name, case.outcomes, otherwise=f"declare it under its `outcomes: {name}:`"),
            )
    metric = case.outcomes.get(study.metric)
    if metric is not None:
        yield from _effect(spot, study, metric)


def _effect(spot: Spot, study: Study, metric: OutcomeMetric) -> Iterator[Fault]:
    for field in ("baseline", "target"):
        if getattr(metric, field) is None:
            yield spot.fault(
                "metric",
                code="metric-without-target",
                summary=f"the metric `{study.metric}` of `{study.use_case}` has no `{field}`",
                help=f"add `{field}:` to the metric; what it shall become is said before it is measured",
            )
    if study.smallest_effect == 0 or (study.smallest_effect > 0) != (metric.direction == "up"):
        yield spot.fault(
            "smallest_effect",
            code="effect-against-direction",
            summary=f"`{study.metric}` shall go {metric.direction}, and an effect of"
            f" {study.smallest_effect} does not",
            help="write the smallest effect that matters with its sign, such as "
            + ("`2`" if metric.direction == "up" else "`-2`"),
        )


def _dates(spot: Spot, study: Study) -> Iterator[Fault]:
    def wrong(*path: str | int, summary: str, help: str) -> Fault:
        return spot.fault(*path, code="study-dates-unsound", summary=summary, help=help)

    if study.ends < study.starts:
        yield wrong(
            "ends",
            summary=f"it ends on {study.ends}, before it starts on {study.starts}",
            help="correct one of the two",
        )
    baseline = study.baseline
    if baseline is not None and baseline.until < baseline.since:
        yield wrong(
            *("baseline", "until"),
            summary=f"the baseline ends on {baseline.until}, before its first day {baseline.since}",
            help="correct one of the two",
        )
    elif baseline is not None and baseline.until >= study.starts:
        yield wrong(
            *("baseline", "until"),
            summary=f"the baseline reaches to {baseline.until}, and the study starts on {study.starts}",
            help="end the baseline before the study starts",
        )
    for unit, since in study.since.items():
        if not study.starts <= since <= study.ends:
            yield wrong(
                *("since", unit),
                summary=f"`{unit}` begins on {since}, outside of the study",
                help=f"write a day from {study.starts} to {study.ends}",
            )
    last = study.starts
    for index, step in enumerate(study.assignment.raised if study.assignment else ()):
        if not last < step.since <= study.ends:
            yield wrong(
                *("assignment", "raised", index, "since"),
                summary=f"a step on {step.since} does not come after {last}, or comes after the end",
                help="order the steps by their days, within the study",
            )
        last = step.since


def _fields(spot: Spot, study: Study) -> Iterator[Fault]:
    def unsuited(*path: str, summary: str, help: str, at: str = "value") -> Fault:
        return spot.fault(*path, code="study-unsuited", summary=summary, help=help, at=at)

    said = study.estimator
    for field in _NEEDS[said]:
        if not getattr(study, field):
            yield unsuited(
                summary=f"`{said}` compares by `{field}`, and `{spot.name}` has none",
                help=f"add `{field}:`, or choose another estimator",
                at="key",
            )
    for field, estimators in _ONLY_FOR.items():
        if getattr(study, field) and said not in estimators:
            yield unsuited(
                field,
                summary=f"`{field}` says nothing to the estimator `{said}`",
                help=f"take it out, or use {' or '.join(f'`{each}`' for each in estimators)}",
                at="key",
            )
    for unit in study.since:
        if unit not in study.units and said == "differences":
            yield unsuited(
                "since",
                unit,
                summary=f"`{unit}` begins later and is not among the units that begin",
                help=did_you_mean(unit, study.units, otherwise="add it to `units:`"),
                at="key",
            )
    if said == "synthetic_control" and len(study.units) > 1:
        yield unsuited(
            "units",
            summary=f"`synthetic_control` is about one unit, and {len(study.units)} are named",
            help="name one, or use `differences`",
        )
    if study.stops != "end" and (said != "experiment" or study.looks == "one"):
        yield unsuited(
            "stops",
            summary=f"what is looked at once cannot end by `{study.stops}`",
            help="leave `stops:` out, or use `experiment` with `looks: any`",
        )


def _arms(spot: Spot, study: Study, assignment: Assignment) -> Iterator[Fault]:
    def unsound(*path: str | int, summary: str, help: str) -> Fault:
        return spot.fault(*path, code="study-arms-unsound", summary=summary, help=help)

    if not 0 < assignment.treated < 1:
        yield unsound(
            "treated",
            summary=f"with {assignment.treated} treated, one of the arms has nobody",
            help="write a part above `0` and below `1`, such as `0.5`",
        )
    last = assignment.treated
    for index, step in enumerate(assignment.raised):
        if step.treated <= last:
            yield unsound(
                *("raised", index, "treated"),
                summary=f"a step to {step.treated} does not raise {last}",
                help="only raise it: those who were treated stay so",
            )
        last = max(last, step.treated)
    if last + assignment.holdout > 1 or (last == 1 and assignment.treated < 1):
        yield unsound(
            *(("holdout",) if assignment.holdout else ("raised", len(assignment.raised) - 1, "treated")),
            summary=f"{last} are treated and {assignment.holdout} never are, which leaves no control arm",
            help="let both together be at most `1`, and some never be treated",
        )


def _control(spot: Spot, study: Study, assignment: Assignment) -> Iterator[Fault]:
    """See that what serves the control arm is there, and that no layer of the remit shuts it out."""
    control = assignment.control
    if control is None:
        return
    if not spot.scope.has("blocks", control):
        yield spot.undeclared("control", target=control, code="undeclared-block")
    elif not control.startswith(("model/", "prompt/")):
        yield spot.fault(
            "control",
            code="wrong-kind-of-block",
            summary=f"`{control}` is neither a model nor a prompt",
            help="name a model or a prompt, or leave it out, so that the control arm is refused",
        )
    elif control.startswith("prompt/"):
        case: UseCase | None = spot.scope.sections["use_cases"].get(study.use_case)
        if case is not None and not covers(case.blocks, control):
            yield spot.fault(
                "control",
                code="study-arms-unsound",
                summary=f"`{control}` is not among the blocks of `{study.use_case}`, so that every"
                " call of the control arm would be refused",
                help=f"add it to the `blocks:` of `{study.use_case}`",
            )
    else:
        for layer in _layers(spot.scope, study.use_case):
            allowed = layer.models
            if isinstance(allowed, tuple) and family(control) not in map(family, allowed):
                yield spot.fault(
                    "control",
                    code="study-arms-unsound",
                    summary=f"`{control}` is outside of the remit of `{study.use_case}`",
                    help=did_you_mean(control, allowed, otherwise=f"name one of {', '.join(allowed[:8])}"),
                )
                return


def _layers(scope: Scope, use_case: str) -> Iterator[RemitLayer]:
    """List the layers above a use case whatever its stage, and its own."""
    case: UseCase | None = scope.sections["use_cases"].get(use_case)
    if case is None:
        return
    units: Mapping[str, Unit] = scope.sections["units"]
    parents = {name: unit.parent for name, unit in units.items()}
    above: list[Any] = list(scope.sections["organisation"].values())
    if case.unit in units:
        above += [units[name] for name in (case.unit, *chain(parents, case.unit)) if name in units]
    for each in (*above, case):
        yield each.remit


def _overlaps(scope: Scope, studies: Mapping[str, Study]) -> Iterator[Fault]:
    assigned: dict[str, list[str]] = {}
    for name, study in studies.items():
        if study.assignment is not None:
            assigned.setdefault(study.use_case, []).append(name)
    for names in assigned.values():
        for one, other in combinations(names, 2):
            if studies[one].starts <= studies[other].ends and studies[other].starts <= studies[one].ends:
                yield scope.spot("studies", other).fault(
                    "starts",
                    code="studies-overlap",
                    summary=f"`{other}` and `{one}` assign arms of `{studies[one].use_case}` at once",
                    help="let one start after the other has ended, or make one study of both",
                )
