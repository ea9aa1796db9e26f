"""Figures: what one outcome is worth in a year, how well supported, and whether finance confirmed it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Literal

import msgspec

from remit.decide.worth.several import among
from remit.decide.worth.span import WIDE, Span
from remit.declare.grade import GRADES, Grade
from remit.declare.operating_model import OperatingModel, digest
from remit.declare.organisation import SimulatedIn
from remit.declare.use_case import OutcomeMetric
from remit.kernel.money import ZERO
from remit.record.outcome_entry import StudyResult

State = Literal["claimed", "evidenced", "confirmed", "no_effect", "refused", "unstated"]
"""How far a figure has come. What is refused or unstated has no value, and counts nowhere. What was studied
and shows no effect counts as 0, with the bounds that were found."""

COUNTED: tuple[State, ...] = ("claimed", "evidenced", "confirmed")
SUMMED: tuple[State, ...] = ("no_effect", *COUNTED)

_STEP = Decimal("0.000000001")
_EFFECT_MAX = 1e12


VolumeOf = Literal["declared", "references", "calls"]
"""By what it is known how often something happens: by declaration, or by what the ledger has of calls."""


@dataclass(frozen=True, slots=True)
class _Valued:
    """In what figures are valued, and whether what is simulated supports one."""

    currency: str
    simulated: SimulatedIn


@dataclass(frozen=True, slots=True)
class Measured:
    """How often a use case was at work, at the rate of the days that were looked at, in a year."""

    volume: int
    of: VolumeOf


@dataclass(frozen=True, slots=True)
class Figure:
    """What one outcome metric is worth in a year.

    `volume` is how often it happens in a year: what a study supports counts as often as the ledger has
    measured that, and `declared_volume` stands beside it. `gain` is the effect in the direction that is
    better, on one case, in the metric's unit; `value` is it × what one unit is worth × the volume. Of several
    `studies` of the metric the bounds of the one that counts are drawn apart. `assumed` says what was taken
    for granted where an effect on another metric is carried to this one. `why` says why there is no value,
    and `aside` what else was found and does not count. What supports one that is `simulated` was simulated,
    and counts only where that is declared. `digest` names exactly this figure, which finance confirms.
    """

    use_case: str
    metric: str
    name: str
    unit: str
    state: State
    grade: Grade
    gain: Span | None = None
    value_of_one: Decimal | None = None
    volume: int | None = None
    volume_of: VolumeOf = "declared"
    declared_volume: int | None = None
    value: Span | None = None
    study: str = ""
    version: int = 0
    estimator: str = ""
    result: str = ""
    known: datetime | None = None
    studies: int = 0
    why: str = ""
    assumed: str = ""
    aside: tuple[str, ...] = ()
    simulated: bool = False
    digest: str = ""
    confirmed_by: tuple[str, ...] = ()
    confirmed_at: datetime | None = None
    lapsed_at: datetime | None = None
    request: str = ""


class FigureBody(msgspec.Struct, frozen=True):
    """A figure as finance confirms it: every number that its value is made of, and what supports it.

    Its volume is the declared one, which what was measured does not exceed: that is counted anew each day.
    """

    use_case: str
    metric: str
    unit: str
    currency: str
    grade: Grade
    study: str
    version: int
    estimator: str
    gain: Decimal
    gain_low: Decimal | None
    gain_high: Decimal | None
    sure: Decimal | None
    value_of_one: Decimal
    volume: int
    value: Decimal
    low: Decimal | None
    high: Decimal | None


def figures(
    use_case: str,
    outcomes: Mapping[str, OutcomeMetric],
    results: Iterable[StudyResult],
    *,
    currency: str,
    measured: Measured | None = None,
    simulated: SimulatedIn = "apart",
) -> tuple[Figure, ...]:
    """Work out what each outcome of a use case is worth, as often as it was `measured` to be at work.

    One that only drives another is a link to it, and what is driven by one with a value is the same money.
    """
    by_metric: dict[str, list[StudyResult]] = {}
    for each in results:
        by_metric.setdefault(each.metric, []).append(each)
    valued = _Valued(currency, simulated)
    return tuple(
        (None if id in by_metric else _carried(use_case, id, outcomes, by_metric, valued))
        or _counted(_figure(use_case, id, metric, results=by_metric.get(id, []), valued=valued), measured)
        for id, metric in outcomes.items()
        if metric.value_of_one is not None or (metric.drives is None and id not in _further_on(outcomes))
    )


def _further_on(outcomes: Mapping[str, OutcomeMetric]) -> set[str]:
    """List what stands further on in a chain than a metric with a value."""
    found: set[str] = set()
    for metric in outcomes.values():
        at = metric.drives if metric.value_of_one is not None else None
        while at is not None and at in outcomes and at not in found:
            found.add(at)
            at = outcomes[at].drives
    return found


def _carried(
    use_case: str,
    id: str,
    outcomes: Mapping[str, OutcomeMetric],
    by_metric: Mapping[str, list[StudyResult]],
    valued: _Valued,
) -> Figure | None:
    """Carry what a study found of a metric further up the chain to this one, by what is declared.

    Nobody measured how the one moves the other, so it is a claim, and its bounds are cases and no interval.
    """
    metric, at, factor = outcomes[id], id, Decimal(1)
    passed = {id}
    while driver := next((name for name, each in outcomes.items() if each.drives == at), ""):
        moves = outcomes[driver].moves
        if moves is None or driver in passed:
            return None
        passed.add(driver)
        at, factor = driver, WIDE.multiply(factor, moves)
        if driver not in by_metric:
            continue
        found = _figure(use_case, driver, outcomes[driver], results=by_metric[driver], valued=valued)
        if found.gain is None or not found.study:
            return None
        if found.state == "no_effect":
            return replace(found, metric=id, name=metric.name, unit=metric.unit, grade="claimed", gain=None)
        up = outcomes[driver].direction == metric.direction
        gain = found.gain.times(factor if up else -factor)
        shown = found.grade.replace("_", " ")
        plain = Figure(
            *(use_case, id, metric.name, metric.unit, "claimed", "claimed"),
            gain=replace(gain, sure=None, bounds="cases"),
            value_of_one=None if metric.value_of_one is None else metric.value_of_one.amount,
            volume=metric.volume_per_year,
            declared_volume=metric.volume_per_year,
            assumed=f"`{found.study}` found how {driver} moves ({shown}); that {id} moves by {factor:f} for"
            f" each {outcomes[driver].unit} is declared, and nobody measured it",
        )
        return _valued(plain, metric, valued.currency)
    return None


def _counted(figure: Figure, measured: Measured | None) -> Figure:
    """Count what a study supports as often as it was measured to happen; a claim stays as it is declared.

    One case may take several calls, so that where nothing but calls is known there are at most as many cases.
    """
    declared = figure.declared_volume
    if (
        figure.state not in ("evidenced", "no_effect")
        or figure.value is None
        or measured is None
        or declared is None
    ):
        return figure
    volume = measured.volume if measured.of == "references" else min(measured.volume, declared)
    if measured.of == "calls" and volume == declared:
        return figure
    return replace(figure, volume=volume, volume_of=measured.of, value=_worth(figure, volume))


def at_declared(figure: Figure) -> Span:
    """Return what a figure with an effect is worth at the declared volume."""
    assert figure.declared_volume is not None, "it happens so often"
    return _worth(figure, figure.declared_volume)


def _worth(figure: Figure, volume: int) -> Span:
    assert figure.gain is not None, "it has an effect"
    assert figure.value_of_one is not None, "one is worth something"
    # What may as well be nothing is worth nothing, though it may be as much as its bounds say.
    gain = replace(figure.gain, point=ZERO) if figure.state == "no_effect" else figure.gain
    return gain.times(WIDE.multiply(figure.value_of_one, Decimal(volume))).rounded()


def body(figure: Figure, currency: str) -> bytes:
    """Write exactly what is confirmed."""
    gain, value = figure.gain, at_declared(figure)
    assert gain is not None, "it has an effect"
    assert figure.value_of_one is not None, "one is worth something"
    assert figure.declared_volume is not None, "it happens so often"
    return msgspec.json.encode(
        FigureBody(
            use_case=figure.use_case,
            metric=figure.metric,
            unit=figure.unit,
            currency=currency,
            grade=figure.grade,
            study=figure.study,
            version=figure.version,
            estimator=figure.estimator,
            gain=gain.point,
            gain_low=gain.low,
            gain_high=gain.high,
            sure=gain.sure,
            value_of_one=figure.value_of_one,
            volume=figure.declared_volume,
            value=value.point,
            low=value.low,
            high=value.high,
        )
    )


def newest(results: Iterable[StudyResult]) -> list[StudyResult]:
    """Keep what each study found last, by its last version: an earlier result does not stand beside it."""
    found: dict[str, StudyResult] = {}
    for each in results:
        before = found.get(each.study)
        if before is None or (before.version, before.known, before.id) < (each.version, each.known, each.id):
            found[each.study] = each
    return [found[name] for name in sorted(found)]


def refused_outcomes(model: OperatingModel, results: Iterable[StudyResult]) -> Mapping[str, frozenset[str]]:
    """List by use case the outcomes whose claim a study refused, and none that stands supports."""
    by_metric: dict[tuple[str, str], list[StudyResult]] = {}
    for each in results:
        by_metric.setdefault((each.use_case, each.metric), []).append(each)
    found: dict[str, set[str]] = {}
    for (use_case, id), of in by_metric.items():
        case = model.use_cases.get(use_case)
        if case is not None and id in case.outcomes:
            valued = _Valued("", model.organisation.simulated)
            figure = _figure(use_case, id, case.outcomes[id], results=of, valued=valued)
            if figure.state == "refused":
                found.setdefault(use_case, set()).add(id)
    return {use_case: frozenset(ids) for use_case, ids in found.items()}


def refusal(result: StudyResult, metric: OutcomeMetric, simulated: SimulatedIn) -> str:
    """Say why what a study found does not count; empty where it does."""
    if result.simulated and simulated == "apart":
        return "rests on simulated outcomes"
    if result.unit and (result.unit, result.direction) != (metric.unit, metric.direction):
        return (
            f"is refused: it was measured in {result.unit}, {result.direction}, and the metric is declared in"
            f" {metric.unit}, {metric.direction}, by now"
        )
    if result.refused:
        said = [each.said for each in result.checks if each.blocks and each.holds is False]
        return f"is refused: {'; '.join(said) or 'a check of its estimator does not hold'}"
    bounds = [each for each in (result.low, result.high) if each is not None]
    if not all(math.isfinite(each) and abs(each) <= _EFFECT_MAX for each in (result.effect, *bounds)):
        return "is refused: its effect or a bound of it is no number that could be counted with"
    if (result.low is not None and result.low > result.effect) or (
        result.high is not None and result.high < result.effect
    ):
        return "is refused: its interval does not hold its effect"
    if not bounds:
        return "says nothing yet: its interval is open on both sides"
    return ""


def _figure(
    use_case: str, id: str, metric: OutcomeMetric, *, results: list[StudyResult], valued: _Valued
) -> Figure:
    found = newest(results)
    why_not = {each.id: refusal(each, metric, valued.simulated) for each in found}
    sound = [each for each in found if not why_not[each.id]]
    aside = tuple(f"`{each.study}` {why_not[each.id]}" for each in found if why_not[each.id])
    plain = Figure(use_case, id, metric.name, metric.unit, "unstated", "claimed", aside=aside)
    if metric.value_of_one is not None:
        plain = replace(plain, value_of_one=metric.value_of_one.amount)
    plain = replace(plain, volume=metric.volume_per_year, declared_volume=metric.volume_per_year)
    refused = [each for each in found if why_not[each.id].startswith("is refused")]
    if refused and not sound:
        last = refused[-1]
        return replace(
            plain,
            state="refused",
            study=last.study,
            version=last.version,
            estimator=last.estimator,
            result=last.id,
            known=last.known,
            why=f"`{last.study}` {why_not[last.id]}",
            aside=tuple(each for each in aside if not each.startswith(f"`{last.study}` ")),
        )
    if sound:
        tries = sum(not each.simulated for each in found)
        best = max(sound, key=lambda each: (GRADES.index(each.grade), each.known, each.id))
        plain = replace(
            plain,
            state="claimed" if best.grade == "claimed" else "evidenced",
            grade=best.grade,
            gain=among(_measured(best, metric), tries),
            study=best.study,
            version=best.version,
            estimator=best.estimator,
            result=best.id,
            known=best.known,
            studies=tries,
            simulated=best.simulated,
        )
        if plain.gain is not None and not plain.gain.shows:
            plain = replace(plain, state="no_effect", why=_none_shown(best, plain.gain, metric))
    else:
        plain = replace(plain, state="claimed", gain=_declared(metric))
    return _valued(plain, metric, valued.currency)


def _valued(figure: Figure, metric: OutcomeMetric, currency: str) -> Figure:
    missing = [name for name in ("value_of_one", "volume_per_year") if getattr(metric, name) is None]
    if figure.gain is None:
        missing += [name for name in ("baseline", "target") if getattr(metric, name) is None]
    if missing or figure.gain is None or metric.value_of_one is None or metric.volume_per_year is None:
        return replace(figure, state="unstated", why=f"not declared: {', '.join(missing)}")
    valued = replace(figure, value=_worth(figure, metric.volume_per_year))
    return replace(valued, digest=digest(body(valued, currency)))


def _none_shown(result: StudyResult, gain: Span, metric: OutcomeMetric) -> str:
    point, low, high = (
        "open" if each is None else f"{float(each):.3g}" for each in (gain.point, gain.low, gain.high)
    )
    return (
        f"no effect shown: `{result.study}` found {point} {metric.unit} better, and 0 lies between its"
        f" bounds, {low} and {high}"
    )


def _measured(result: StudyResult, metric: OutcomeMetric) -> Span:
    """Return the effect in the direction that is better, its bounds rounded outward to nine decimals."""
    low, high = (
        None if bound is None else Decimal(repr(bound)).quantize(_STEP, way, WIDE)
        for bound, way in ((result.low, ROUND_FLOOR), (result.high, ROUND_CEILING))
    )
    point = Decimal(repr(result.effect)).quantize(_STEP, ROUND_HALF_EVEN, WIDE)
    span = Span(point, low, high, Decimal(repr(result.sure)), "interval")
    return span if metric.direction == "up" else span.times(Decimal(-1))


def _declared(metric: OutcomeMetric) -> Span | None:
    """Return the way from the baseline to the target, with the declared cases as its bounds."""
    if metric.baseline is None or metric.target is None:
        return None
    sign = Decimal(1) if metric.direction == "up" else Decimal(-1)
    point = (metric.target - metric.baseline) * sign
    low, high = (
        None if case is None else (case - metric.baseline) * sign
        for case in (metric.low_case, metric.high_case)
    )
    return Span(point, low, high, None, "none" if low is None and high is None else "cases")
