"""A study as it is told: what was found, by which checks it stands or falls, and what a claim would need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.decide.study import StudyView
from remit.record.outcome_entry import StudyResult

MARKS = {True: "holds", False: "does not hold", None: "cannot be said"}

NEEDS: Mapping[str, str] = {
    "split as declared": "find out why one arm has too few: cases that get no outcome, or no reference",
    "clusters": "wait until more persons, teams or cases have outcomes",
    "one arm each": "see that outcomes name who was assigned, the same one each time",
    "alike before": "let chance choose: declare an `experiment` with `assignment:`",
    "same trend before": "compare with units that went the same way, or let the gateway assign arms",
    "placebo before": "take a longer baseline, or series beside it that the use case does not touch",
    "units": "record outcomes by smaller units",
    "fits before": "add units that are more like it, or a longer baseline",
    "placebos": "it takes a larger effect, or units that move less by themselves",
    "no drift before": "take a baseline in which nothing moved, or compare with other units",
    "known which": "record outcomes with the reference of their calls, or with their unit",
    "declared unit": "record outcomes in the unit that the metric declares, or correct its baseline",
}
"""What a claim would need that a check refuses."""


def figure(value: float | None) -> str:
    """Write a figure with four digits; a bound that is open has none.

    >>> figure(-4.21874), figure(12345.6), figure(None)
    ('-4.219', '12,346', '∞')
    """
    if value is None:
        return "∞"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def interval(result: StudyResult) -> str:
    low = "-∞" if result.low is None else figure(result.low)
    return f"[{low}, {figure(result.high)}]"


def result_lines(result: StudyResult, *, unit: str) -> Iterator[str]:
    """Tell a result: the effect first, then what it rests on, then what refuses it."""
    simulated = ", simulated" if result.simulated else ""
    grade = result.grade.replace("_", " ")
    yield (
        f"{result.study}: {figure(result.effect)} {unit} {interval(result)},"
        f" {'REFUSED' if result.refused else f'graded {grade}'}{simulated}"
    )
    yield (
        f"  {result.use_case} {result.metric}, version {result.version}, by {result.estimator}: the interval"
        f" holds it with {result.sure:.0%}"
    )
    yield (
        f"  {result.treated:,} with and {result.untreated:,} without, {result.clusters:,} clusters; without"
        f" it {figure(result.baseline)}; {result.outcomes:,} outcomes known {result.known:%Y-%m-%d %H:%M}"
    )
    if result.progress is not None:
        low = "-∞" if result.progress_low is None else f"{result.progress_low:.0%}"
        high = "∞" if result.progress_high is None else f"{result.progress_high:.0%}"
        yield f"  {result.progress:.0%} of the way to the target [{low}, {high}]"
    width = max((len(each.name) for each in result.checks), default=0)
    for each in result.checks:
        note = "" if each.blocks or each.holds is not False else ", which refuses nothing"
        yield f"  {each.name.ljust(width)}  {MARKS[each.holds]}{note}: {each.said}"
    for each in result.checks:
        if each.blocks and each.holds is False and each.name in NEEDS:
            yield f"  for a claim: {NEEDS[each.name]}"


def study_row(view: StudyView) -> tuple[str, ...]:
    """Tell a study in one row."""
    newest, result = view.newest, view.result
    found = "" if result is None else f"{figure(result.effect)} {interval(result)}"
    grade = "" if result is None else "refused" if result.refused else result.grade.replace("_", " ")
    simulated = " (simulated)" if result is not None and result.simulated else ""
    version = f"{newest.version}{' late' if newest.late else ''}"
    ends = "" if view.ends is None else str(view.ends)
    return (
        view.study,
        newest.use_case,
        newest.metric,
        newest.estimator,
        version,
        view.state,
        str(newest.starts),
        ends,
        found,
        grade + simulated,
    )


HEADINGS = (
    *("study", "use case", "metric", "estimator", "version", "state", "starts", "ends"),
    *("effect", "grade"),
)
