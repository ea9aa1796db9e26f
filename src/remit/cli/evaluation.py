"""Commands on evaluations that are recorded: list, show, compare."""

from __future__ import annotations

from collections.abc import Sequence

import click
import msgspec

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.comparison import render
from remit.cli.context import json_option, note, say, say_json
from remit.cli.table import shorten, table
from remit.decide.comparison import rate
from remit.operations.compare_evaluations import compare_evaluations, read_evaluations, show_evaluation
from remit.record.dossier_entry import Evaluation
from remit.report.comparison import Comparison
from remit.settings import Settings

_LISTED = 50


@click.group(cls=CommandGroup)
def evaluation() -> None:
    """What releases were tried on, and how they did."""


@evaluation.command(name="list")
@click.option("--use-case", default="", help="Only those of this use case.")
@click.option(
    "--limit", default=_LISTED, show_default=True, type=click.IntRange(1, 1000), help="At most so many."
)
@json_option
@click.pass_obj
def list_evaluations(settings: Settings, use_case: str, limit: int, as_json: bool) -> None:
    """List evaluations, the newest first."""
    with open_system(settings) as system:
        found = read_evaluations(system, use_case=use_case, limit=limit)
    if as_json:
        say_json(msgspec.to_builtins(found))
        return
    if not found:
        note("nothing was evaluated; `remit evaluate USE_CASE --dataset FILE` does it")
        return
    say(_table(found))


def _table(found: Sequence[Evaluation]) -> str:
    rows = [
        (
            each.id,
            f"{each.at:%Y-%m-%d %H:%M}",
            each.use_case,
            "live calls" if each.live else shorten(each.dataset, 30),
            scored.scored.prompt_block.removeprefix("prompt/") or "none",
            scored.scored.model.removeprefix("model/"),
            f"{'attacks ' if each.measure == 'attack_success_rate' else ''}{scored.share:.3f}"
            f" ({scored.low:.3f} to {scored.high:.3f})",
            f"{scored.scored.cases:,}",
        )
        for each in found
        for scored in rate(each.results, adverse=each.measure == "attack_success_rate")
    ]
    headings = ["evaluation", "at (UTC)", "use case", "on", "prompt", "model", "share", "cases"]
    return table(headings, rows, right=frozenset({7}))


@evaluation.command()
@click.argument("id")
@json_option
@click.pass_obj
def show(settings: Settings, id: str, as_json: bool) -> None:
    """Show evaluation ID: its releases beside each other, the gate, and the last run of the data set."""
    with open_system(settings) as system:
        found = show_evaluation(system, id)
    _say(found, as_json=as_json)


@evaluation.command()
@click.argument("earlier")
@click.argument("later")
@json_option
@click.pass_obj
def compare(settings: Settings, earlier: str, later: str, as_json: bool) -> None:
    """Compare LATER with EARLIER, release by release, on the cases that both have."""
    with open_system(settings) as system:
        found = compare_evaluations(system, earlier, later)
    _say(found, as_json=as_json)


def _say(found: Comparison, *, as_json: bool) -> None:
    if as_json:
        say_json(msgspec.to_builtins(found))
    else:
        say(render(found))
