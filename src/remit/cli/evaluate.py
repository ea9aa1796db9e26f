"""The command `remit evaluate`: try releases on a data set, through the gateway."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path

import click
import msgspec
from pydantic import ValidationError

from remit.bootstrap import make_evaluator, open_door, open_system
from remit.cli.comparison import render_beside
from remit.cli.context import PROBLEMS, count, json_option, note, plain, render_diagnostics, say, say_json
from remit.cli.evaluate_live import DAYS, DAYS_MAX, SEED_MAX, Run, Window, evaluate_live, read_scorers_of
from remit.cli.server import a_gateway
from remit.cli.table import table
from remit.decide.evaluation_case import DataSet, Scorer
from remit.decide.evaluation_text import read_data_set
from remit.decide.live_sample import SAMPLE_MAX
from remit.declare.text import SIZE_MAX
from remit.kernel.errors import RemitError
from remit.kernel.money import Money
from remit.operations.compare_evaluations import compare_releases
from remit.operations.evaluate import AT_ONCE_MAX, Evaluated
from remit.operations.evaluate import evaluate as run_evaluation
from remit.operations.plan_evaluation import PlannedEvaluation, plan_evaluation
from remit.operations.system import System
from remit.ports_evaluation import Evaluator
from remit.report.evaluation import EvaluationReport, ReleaseReport
from remit.settings import Settings

_TENTHS = 10
_STEPS_FROM = 20

_MAIN_FIELD: Mapping[str, str] = {
    "exact": "value",
    "contains": "value",
    "excludes": "value",
    "regex": "value",
    "json_schema": "value",
    "numeric": "tolerance",
    "similarity": "at_least",
    "grounding": "at_least",
    "python": "entry_point",
}
"""What stands after `=` where a scorer is named in the command."""


@click.command()
@click.argument("use_case")
@click.option(
    "--dataset",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The cases: YAML, or JSON line by line.",
)
@click.option(
    "--live",
    type=click.IntRange(1, SAMPLE_MAX),
    metavar="N",
    help="Score the answers of N live calls whose text is kept, drawn by lot.",
)
@click.option(
    "--since",
    "days",
    type=click.IntRange(1, DAYS_MAX),
    metavar="DAYS",
    help=f"With `--live`: of how many days up to now; left out, {DAYS}.",
)
@click.option("--seed", default="", help="With `--live`: what the lot is drawn by.")
@click.option("--models", default="", metavar="A,B", help="The models to try, with commas.")
@click.option("--prompt", default="", metavar="ADDRESS", help="A prompt that every case is put into.")
@click.option("--adversarial", is_flag=True, help="Take every case for an attack.")
@click.option(
    "--score",
    "scores",
    multiple=True,
    metavar="SCORER[=VALUE]",
    help="How to score answers whose case does not say it, such as `contains` or `numeric=0.01`.",
)
@click.option(
    "--scorers",
    "scorers_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of YAML with `scorers:`, for those that take more than one value, such as `judge`.",
)
@click.option(
    "--at-once",
    type=click.IntRange(1, AT_ONCE_MAX),
    default=4,
    show_default=True,
    help="How many calls may be under way at once.",
)
@json_option
@click.pass_obj
def evaluate(
    settings: Settings,
    use_case: str,
    dataset: Path | None,
    live: int | None,
    days: int | None,
    seed: str,
    models: str,
    prompt: str,
    adversarial: bool,
    scores: tuple[str, ...],
    scorers_file: Path | None,
    at_once: int,
    as_json: bool,
) -> None:
    """Try models on a data set, under the remit and the budgets of USE_CASE, and record how they did.

    Every case is a call through the gateway, with a key that lives as long as the evaluation. What it may
    cost at most is said first, and nothing is called if no budget has that much left.
    """
    scorers = [_scorer(each) for each in scores] + read_scorers_of(scorers_file)
    run = Run(settings, use_case, tuple(scorers), at_once, as_json)
    if live is not None:
        if dataset or models or prompt or adversarial:
            raise click.UsageError("`--live` takes answers that were given, and none of what makes new ones")
        evaluate_live(run, Window(live, days or DAYS, seed[:SEED_MAX]), load=_evaluators)
        return
    if dataset is None or days or seed:
        raise click.UsageError("name a data set with `--dataset`, or how many live calls with `--live`")
    named = [name.strip() for name in models.split(",") if name.strip()]
    _evaluate_data_set(run, dataset, models=named, prompt=prompt, adversarial=adversarial)


def _evaluate_data_set(
    run: Run, dataset: Path, *, models: Sequence[str], prompt: str, adversarial: bool
) -> None:
    """Try releases on a data set, and write how they did."""
    with open_system(run.settings) as system, ExitStack() as stack:
        data_set = _read(system, run.use_case, dataset, scorers=list(run.scorers), adversarial=adversarial)
        planned = plan_evaluation(system, run.use_case, data_set, models=models, prompt=prompt)
        evaluators = stack.enter_context(_evaluators([data_set]))
        note(_announced(planned))
        serving = a_gateway(run.settings) if planned.needs_gateway else nullcontext("")
        address = stack.enter_context(serving)
        evaluated = run_evaluation(
            system,
            planned,
            author=run.settings.author,
            open_door=partial(open_door, address, connections_max=run.at_once) if address else None,
            evaluators=evaluators,
            at_once=run.at_once,
            progress=_progress,
        )
        compared = compare_releases(system, evaluated.report.evaluation)
    if run.as_json:
        say_json({**plain(evaluated), "comparison": msgspec.to_builtins(compared)})
    else:
        names = {each.scored.release: each.scored.model for each in compared.rated}
        say("\n\n".join(part for part in (render(evaluated.report), render_beside(compared, names)) if part))
    _say_of_run(evaluated)
    if evaluated.unfinished:
        sys.exit(PROBLEMS)


def _scorer(written: str) -> Scorer:
    """Read a scorer as the command names it."""
    kind, equals, value = written.partition("=")
    fields = {"scorer": kind}
    if equals:
        if kind not in _MAIN_FIELD:
            raise click.UsageError(f"`--score {kind[:40]}` takes no value; write it in the data set")
        fields[_MAIN_FIELD[kind]] = value
    try:
        return Scorer.model_validate(fields)
    except ValidationError:
        known = ", ".join((*_MAIN_FIELD, "refusal"))
        raise click.UsageError(
            f"`--score {written[:40]}` is not a scorer; write one of {known}, some with `=` and a value"
        ) from None


def _read(
    system: System, use_case: str, dataset: Path, *, scorers: list[Scorer], adversarial: bool
) -> DataSet:
    """Read a data set; one with faults is not tried on, since nobody knows what would be missing."""
    with dataset.open("rb") as file:
        body = file.read(4 * SIZE_MAX + 1)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RemitError(
            f"`{dataset.name}` is not UTF-8 text, at byte {error.start:,}",
            help="save it as UTF-8",
            code="wrong-encoding",
        ) from None
    found, diagnostics = read_data_set(
        text,
        dataset.name,
        name_of=lambda said: system.content_hash(use_case, said).hexdigest(),
        scorers=scorers,
        adversarial=adversarial,
    )
    if found is None:
        note(render_diagnostics(diagnostics, everything=True))
        sys.exit(PROBLEMS)
    return found


@contextmanager
def _evaluators(data_sets: Sequence[DataSet]) -> Iterator[dict[str, Evaluator]]:
    """Load the evaluators that the cases name, before anything is called."""
    scorers = {scorer for each in data_sets for case in each.cases for scorer in case.scorers}
    names = {scorer.entry_point for scorer in scorers if scorer.entry_point}
    loaded: dict[str, Evaluator] = {}
    try:
        for name in sorted(names):
            loaded[name] = make_evaluator(name)
        yield loaded
    finally:
        for each in loaded.values():
            each.close()


def _announced(planned: PlannedEvaluation) -> str:
    """Say what an evaluation may cost before it starts."""
    releases = count(len(planned.candidates), "release")
    calls = count(planned.calls, "call")
    if planned.judge_calls:
        calls += f" and {count(planned.judge_calls, 'call')} of judges"
    said = f"{count(len(planned.data_set.cases), 'case')}, {releases}: {calls}, {planned.most} at most"
    tightest = min(planned.budgets, key=lambda each: each.left.amount, default=None)
    return said if tightest is None else f"{said}; budget `{tightest.budget}` has {tightest.left} left"


def _progress(done: int, total: int) -> None:
    """Say after each tenth how far it is."""
    if total >= _STEPS_FROM and done * _TENTHS // total != (done - 1) * _TENTHS // total:
        note(f"{done:,} of {total:,}")


def render(report: EvaluationReport) -> str:
    """Write a report for the terminal."""
    entry, name = report.evaluation, _namer(report)
    adverse = entry.measure == "attack_success_rate"
    simulated = ", simulated" if any(each.scored.simulated for each in report.releases) else ""
    cases = count(report.releases[0].scored.cases, "attack" if adverse else "case")
    said = ("fended off", "succeeded (95 %)") if adverse else ("passed", "share (95 %)")
    rows = [_row(each, name(each), entry.currency) for each in report.releases]
    headings = ["release", *said, "cost", "p50", "p95", "refused", "failed"]
    missed = [_missed(each, name(each), said[0]) for each in report.releases if each.not_passed]
    parts = (
        f"{entry.use_case} on {entry.dataset}: {cases}{simulated}",
        table(headings, rows, right=frozenset({1, 3, 4, 5, 6, 7})),
        _scorers(report, name),
        "\n".join(missed),
    )
    return "\n\n".join(part for part in parts if part)


def _missed(release: ReleaseReport, name: str, said: str) -> str:
    """Name the cases that did not pass."""
    more = release.not_passed_cases - len(release.not_passed)
    return f"not {said}, {name}: {', '.join(release.not_passed)}{f' and {more:,} more' if more else ''}"


def _namer(report: EvaluationReport) -> Callable[[ReleaseReport], str]:
    """Name releases by their models, and by their prompt where they have one."""

    def name(release: ReleaseReport) -> str:
        scored = release.scored
        prompt = f" with {scored.prompt_block}" if scored.prompt_block else ""
        return f"{scored.model}{prompt}{' (simulated)' if scored.simulated else ''}"

    return name


def _row(release: ReleaseReport, name: str, currency: str) -> tuple[str, ...]:
    scored = release.scored
    return (
        name,
        f"{scored.passed:,} of {scored.cases:,}",
        f"{release.share:.3f} ({release.low:.3f} to {release.high:.3f})",
        str(Money(scored.charge, currency)),
        f"{scored.latency_ms_p50:,} ms",
        f"{scored.latency_ms_p95:,} ms",
        f"{scored.refused:,}",
        f"{scored.failed:,}",
    )


def _scorers(report: EvaluationReport, name: Callable[[ReleaseReport], str]) -> str:
    """Say of each scorer how many of the cases that it scored it passed, under each release."""
    found = {
        (share.scorer, at): f"{share.passed:,} of {share.cases:,}"
        for at, each in enumerate(report.releases)
        for share in each.scorers
    }
    labels = sorted({label for label, _ in found})
    columns = range(len(report.releases))
    rows = [(label, *(found.get((label, at), "") for at in columns)) for label in labels]
    right = frozenset(range(1, len(report.releases) + 1))
    return table(["passed by", *map(name, report.releases)], rows, right=right)


def _say_of_run(evaluated: Evaluated) -> None:
    """Say what else is to be known of how it went."""
    entry, done = evaluated.report.evaluation, evaluated.report.releases[0].scored.cases
    if evaluated.unfinished:
        note(f"it ended early, {done:,} of {count(evaluated.cases, 'case')}: {evaluated.unfinished}")
    if evaluated.unanswered:
        note(
            "without an answer: "
            + ", ".join(f"{n:,} of `{code}`" for code, n in evaluated.unanswered.items())
        )
    if evaluated.unjudged:
        note(f"{count(evaluated.unjudged, 'score')} missing, which nobody gave; they count as not passed")
    if evaluated.cached:
        note(f"{count(evaluated.cached, 'answer')} given again from the cache, at no cost and at once")
    if entry.judges:
        note(f"judged by {', '.join(entry.judges)} for {Money(entry.judge_charge, entry.currency)}")
    so_far = " so far" if evaluated.unfinished else ""
    note(f"recorded as {entry.id}; all of its calls cost {evaluated.spent}{so_far}")
