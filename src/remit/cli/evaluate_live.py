"""The command `remit evaluate --live`: score answers that live calls were given."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
import msgspec

from remit.bootstrap import open_door, open_system
from remit.cli.comparison import drawn_in_words, render
from remit.cli.context import PROBLEMS, count, note, plain, render_diagnostics, say, say_json
from remit.cli.server import a_gateway
from remit.decide.evaluation_case import DataSet, Scorer
from remit.decide.scorer_text import read_scorers
from remit.declare.text import SIZE_MAX
from remit.kernel.errors import RemitError
from remit.kernel.money import EXACT, ZERO, Money
from remit.operations.compare_evaluations import compare_releases
from remit.operations.evaluate import Evaluated, evaluate
from remit.operations.plan_evaluation import PlannedEvaluation
from remit.operations.plan_live import plan_live
from remit.operations.sample_live import POPULATION_MAX, LiveSample, sample_live
from remit.ports_evaluation import Evaluator
from remit.report.comparison import Comparison
from remit.settings import Settings

DAYS, DAYS_MAX, SEED_MAX = 7, 366, 80

Evaluators = Callable[[Sequence[DataSet]], AbstractContextManager[dict[str, Evaluator]]]


@dataclass(frozen=True, slots=True)
class Run:
    """What every evaluation by command is told: whose, how it scores, and how it writes what came of it."""

    settings: Settings
    use_case: str
    scorers: tuple[Scorer, ...]
    at_once: int
    as_json: bool


@dataclass(frozen=True, slots=True)
class Window:
    """How many live calls are wanted, of how many days, and the seed of the lot if one is named."""

    wanted: int
    days: int
    seed: str


def read_scorers_of(file: Path | None) -> list[Scorer]:
    """Read the scorers of a file; one with faults ends the command."""
    if file is None:
        return []
    with file.open("rb") as opened:
        body = opened.read(4 * SIZE_MAX + 1)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RemitError(
            f"`{file.name}` is not UTF-8 text, at byte {error.start:,}",
            help="save it as UTF-8",
            code="wrong-encoding",
        ) from None
    found, diagnostics = read_scorers(text, file.name)
    if diagnostics:
        note(render_diagnostics(diagnostics, everything=True))
        sys.exit(PROBLEMS)
    return list(found)


def evaluate_live(run: Run, window: Window, *, load: Evaluators) -> None:
    """Draw live calls, score their answers, and record an evaluation for each release that gave some."""
    if not run.scorers:
        raise click.UsageError("say how to score live answers with `--score` or `--scorers`")
    settings = run.settings
    with open_system(settings) as system, ExitStack() as stack:
        sample = sample_live(
            system,
            run.use_case,
            wanted=window.wanted,
            days=window.days,
            scorers=run.scorers,
            author=settings.author,
            seed=window.seed,
        )
        planned = plan_live(system, sample)
        evaluators = stack.enter_context(load([each.data_set for each in planned]))
        note(_announced(sample, planned))
        needs_gateway = any(each.needs_gateway for each in planned)
        address = stack.enter_context(a_gateway(settings) if needs_gateway else nullcontext(""))
        scoring = partial(
            evaluate,
            system,
            author=settings.author,
            open_door=partial(open_door, address, connections_max=run.at_once) if address else None,
            evaluators=evaluators,
            at_once=run.at_once,
        )
        done = [scoring(each) for each in planned]
        compared = [compare_releases(system, each.report.evaluation) for each in done]
    _say(sample, done, compared, as_json=run.as_json)
    if any(each.unfinished for each in done):
        sys.exit(PROBLEMS)


def _announced(sample: LiveSample, planned: Sequence[PlannedEvaluation]) -> str:
    """Say how the sample was drawn, and what judging it may cost."""
    most = ZERO
    for each in planned:
        most = EXACT.add(most, each.most.amount)
    judging = sum(each.judge_calls for each in planned)
    cost = f"; {count(judging, 'call')} of judges, {Money(most, planned[0].most.currency)} at most"
    newest = f"; older ones than the newest {POPULATION_MAX:,} are left out" if sample.more_calls else ""
    return f"{drawn_in_words(sample.drawn)}{newest}{cost if judging else ''}"


def _say(
    sample: LiveSample, done: Sequence[Evaluated], compared: Sequence[Comparison], *, as_json: bool
) -> None:
    if as_json:
        evaluated = [
            {**plain(each), "comparison": msgspec.to_builtins(beside)}
            for each, beside in zip(done, compared, strict=True)
        ]
        say_json({"drawn": msgspec.to_builtins(sample.drawn), "evaluations": evaluated})
        return
    say("\n\n".join(map(render, compared)))
    unjudged = sum(each.unjudged for each in done)
    if unjudged:
        note(f"{count(unjudged, 'score')} missing, which nobody gave; they count as not passed")
    for each in done:
        if each.unfinished:
            note(f"{each.report.evaluation.id} ended early: {each.unfinished}")
