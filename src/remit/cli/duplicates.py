"""Commands on use cases that seem to do one job: duplicates, similar."""

from __future__ import annotations

from textwrap import fill

import click

from remit.bootstrap import open_system
from remit.cli.context import count, json_option, note, say, say_json
from remit.cli.table import screen_width, shorten, table
from remit.decide.duplicate import SCORE_MIN, Group
from remit.operations.find_duplicates import find_duplicates, find_similar
from remit.operations.fold_ledger import fold_ledger
from remit.settings import Settings

MEMBERS_SHOWN = 6


@click.command(name="duplicates")
@click.option("--unit", default="", help="Only groups in which this unit or one below it has a part.")
@click.option(
    "--min-score",
    "score_min",
    default=SCORE_MIN,
    show_default=True,
    type=click.FloatRange(0.5, 1),
    help="From which likeness on a pair is offered.",
)
@click.option("--all", "everything", is_flag=True, help="Show every member of a group.")
@json_option
@click.pass_obj
def list_duplicates(settings: Settings, unit: str, score_min: float, everything: bool, as_json: bool) -> None:
    """List groups of use cases that seem to do one job: their owners join them, or explain why not."""
    with open_system(settings) as system:
        fold_ledger(system)
        groups = find_duplicates(system, unit=unit, score_min=score_min)
    if as_json:
        say_json(groups)
        return
    if groups:
        say("\n\n".join(_group(each, everything=everything) for each in groups))
    in_groups = {member.id for group in groups for member in group.members}
    note(f"{count(len(groups), 'group')} with {count(len(in_groups), 'use case')}")


def _group(group: Group, *, everything: bool) -> str:
    shown = group.members if everything else group.members[:MEMBERS_SHOWN]
    reasons = "; ".join(reason.words for reason in group.reasons)
    heading = fill(f"{len(group.members)} use cases, {group.score:.2f}: {reasons}", screen_width())
    rows = [(f"  {each.id}", shorten(each.name, 50), each.unit, each.stage, each.owner) for each in shown]
    left = len(group.members) - len(shown)
    more = f"\n  ... and {left:,} more; `--all` shows them" if left else ""
    said = "".join(f"\n  `{each.use_case}` is not `{each.other}`: {each.why}" for each in group.explained)
    members = table(["  use case", "name", "unit", "stage", "owner"], rows, least=("stage",))
    return f"{heading}\n{members}{more}{said}"


@click.command(name="similar")
@click.argument("text")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 100), help="At most so many.")
@json_option
@click.pass_obj
def list_similar(settings: Settings, text: str, limit: int, as_json: bool) -> None:
    """Ask whether there is something like TEXT already: the nearest use cases, their owners and why."""
    with open_system(settings) as system:
        fold_ledger(system)
        found = find_similar(system, text, limit=limit)
    if as_json:
        say_json(found)
        return
    rows = [
        (
            f"{each.score:.2f}",
            each.member.id,
            shorten(each.member.name, 50),
            each.member.unit,
            each.member.stage,
            each.member.owner,
            "; ".join(reason.words for reason in each.reasons),
        )
        for each in found
    ]
    headings = ["score", "use case", "name", "unit", "stage", "owner", "why"]
    say(table(headings, rows, least=("stage", "unit", "name")))
