"""The command `remit guardrail evaluate`: how well a guardrail finds what is in a data set."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from remit.bootstrap import open_system
from remit.cli.context import PROBLEMS, count, json_option, note, say, say_json
from remit.cli.table import shorten, table
from remit.cli.try_guardrail import declared_model, directory_option
from remit.enforce.guardrail.confusion import Measure, Share
from remit.enforce.guardrail.dataset import Row
from remit.enforce.guardrail.evaluation import Compared, Cost, Evaluation, Measured, Scores
from remit.operations.evaluate_guardrail import EvaluatedGuardrail, evaluate_guardrail
from remit.operations.read_dataset import read_dataset
from remit.settings import Settings

_TENTHS = 10
_STEPS = 10
_ROWS_NAMED = 20


@click.command()
@click.option("--guardrail", required=True, metavar="ADDRESS", help="The guardrail, `guardrail/NAME@N`.")
@click.option(
    "--dataset",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Rows of JSON, a line each; packed with gzip or not.",
)
@click.option("--against", default="", metavar="ADDRESS", help="Another guardrail to compare it with.")
@click.option("--type", "of", default="", help="What labels 0 and 1 are about, such as `PROMPT_ATTACK`.")
@directory_option
@json_option
@click.pass_obj
def evaluate(
    settings: Settings,
    guardrail: str,
    dataset: Path,
    against: str,
    of: str,
    directory: Path | None,
    as_json: bool,
) -> None:
    """Measure how well a guardrail finds what somebody said is in the rows of a data set.

    A row is `{"text", "label"}`, with 0, 1 or types as its label, or `{"text", "spans"}`, each span with its
    `type`, `start` and `end`; `side` and `trust` may say more. For grounding it is `{"answer", "source",
    "query", "label"}`, where 1 says that the answer rests on its source. Rows are named by their lines; no
    text is shown.
    """
    rows = _rows(dataset)
    with open_system(settings) as system:
        found = evaluate_guardrail(
            system,
            declared_model(system, directory),
            rows,
            guardrail=guardrail,
            against=against,
            of=of,
            progress=_progress(len(rows)),
        )
    if as_json:
        say_json(found)
    else:
        say(_render(found))
        _note(found.evaluation)


def _rows(dataset: Path) -> Sequence[Row]:
    """Read a data set; one with faults is not measured on, since nobody knows what would be missing."""
    with dataset.open("rb") as file:
        rows, bad, faults = read_dataset(file, dataset.name)
    for each in bad:
        note(f"{dataset.name}:{each.number}: {each.reason}")
    if faults > len(bad):
        note(f"... and {faults - len(bad):,} more lines")
    if faults or not rows:
        read = f"{count(faults, 'line')} cannot be read, {count(len(rows), 'row')} can"
        note(f"{dataset.name}: {read}; nothing was measured")
        sys.exit(PROBLEMS)
    return rows


def _progress(total: int) -> Callable[[int], None]:
    """Say after each tenth of a larger data set how far it is."""

    def said(done: int) -> None:
        if total >= 2_000 and done * _TENTHS // total != (done - 1) * _TENTHS // total:
            note(f"{done:,} of {total:,} rows")

    return said


def _render(found: EvaluatedGuardrail) -> str:
    evaluation = found.evaluation
    parts = [
        f"{found.guardrail} on {count(evaluation.rows, 'row')}" + (f", by {found.of}" if found.of else "")
    ]
    if evaluation.measured:
        parts.append(_measures("in rows", evaluation.measured))
    if evaluation.spans:
        parts.append(_measures("as spans", evaluation.spans, spans=True))
    if evaluation.strengths:
        rows = [(each.type, each.strength, *_shares(each.measure)) for each in evaluation.strengths]
        parts.append(table(["at strength", "", *_SHARES], rows))
    if evaluation.scores is not None:
        parts.append(_scored(evaluation.scores))
    if evaluation.compared is not None:
        parts.append(_compared(evaluation.compared, found.against))
    if evaluation.cost is not None:
        parts.append(_cost(evaluation.cost))
    return "\n\n".join(parts)


_SHARES = ("precision", "recall", "F1", "false alarm rate")


def _measures(what: str, measured: Sequence[Measured], *, spans: bool = False) -> str:
    rows = []
    for each in measured:
        counts = each.measure
        rows.append(
            (
                _name(each),
                *(f"{number:,}" for number in (counts.found, counts.missed, counts.false_alarms)),
                "" if spans else f"{counts.passed:,}",
                *_shares(counts)[: 3 if spans else 4],
                *([""] if spans else []),
            )
        )
    headings = [what, "found", "missed", "false alarms", "" if spans else "rightly passed", *_SHARES[:3]]
    return table([*headings, "" if spans else _SHARES[3]], rows, right=frozenset({1, 2, 3, 4}))


def _name(measured: Measured) -> str:
    if not measured.policy:
        return "anything"
    return f"  {measured.type}" if measured.type else measured.policy


def _shares(measure: Measure) -> tuple[str, str, str, str]:
    return (
        _share(measure.precision),
        _share(measure.recall),
        _share(measure.f1),
        _share(measure.false_alarm_rate),
    )


def _share(share: Share | None) -> str:
    """Write a share with its bounds; one that is of nothing is not known.

    >>> _share(Share(0.8, 0.4902, 0.9433)), _share(None)
    ('0.800 (0.490 to 0.943)', 'unknown')
    """
    return "unknown" if share is None else f"{share.value:.3f} ({share.low:.3f} to {share.high:.3f})"


def _scored(scores: Scores) -> str:
    rows = [
        (f"{each.threshold:.2f}", *_shares(each.measure))
        for number, each in enumerate(scores.thresholds)
        if number % _STEPS == 0 or each.threshold == scores.best
    ]
    swept = table(["least score", *_SHARES], rows)
    if scores.auc is None:
        return swept
    return (
        f"{swept}\nthe score tells {scores.auc:.3f} of all pairs apart (AUC); {scores.best:.2f} does best:"
        f" {scores.balanced_accuracy:.3f} of both kinds right"
    )


def _compared(found: Compared, against: str) -> str:
    return "\n".join(
        (
            f"beside {against}: both {found.both:,}, neither {found.neither:,}",
            f"only this one: {found.only_this:,}, {found.only_this_right:,} of them rightly"
            + _named(found.only_this_rows),
            f"only the other: {found.only_other:,}, {found.only_other_right:,} of them rightly"
            + _named(found.only_other_rows),
        )
    )


def _named(rows: Sequence[int]) -> str:
    if not rows:
        return ""
    more = ", …" if len(rows) > _ROWS_NAMED else ""
    return f" (lines {', '.join(map(str, rows[:_ROWS_NAMED]))}{more})"


def _cost(cost: Cost) -> str:
    return (
        f"time of a processor: {cost.ms_p50} ms a text at p50, {cost.ms_p95} at p95;"
        f" {cost.ms_per_kb} ms a KB over all, {cost.ms_per_kb_p50} at p50, {cost.ms_per_kb_p95} at p95"
    )


def _note(evaluation: Evaluation) -> None:
    if evaluation.missed_rows:
        note(f"missed{_named(evaluation.missed_rows)}")
    if evaluation.false_alarm_rows:
        note(f"false alarms{_named(evaluation.false_alarm_rows)}")
    if evaluation.not_looked_for:
        types = ", ".join(f"{type} {number:,}" for type, number in evaluation.not_looked_for.items())
        note(f"labels of what it does not look for, left out: {shorten(types, 200)}")
