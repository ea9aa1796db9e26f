"""Commands on the portfolio: list, rank, select, flow, funnel, next, sunset, duplicates, similar."""

from __future__ import annotations

import click

from remit.bootstrap import open_system
from remit.cli.context import json_option, note, say, say_json
from remit.cli.duplicates import list_duplicates, list_similar
from remit.cli.late_group import LateGroup
from remit.cli.table import shorten, table
from remit.decide.portfolio import Wanted
from remit.declare.organisation import STAGES
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_overview import read_portfolio
from remit.settings import Settings

LATE = {
    "rank": "rank:rank",
    "select": "select:select",
    "flow": "flow:flow",
    "funnel": "flow:show_funnel",
    "next": "flow:show_next",
    "sunset": "flow:sunset",
}
"""Commands whose module is loaded only when they are asked for: what they compute with takes time to load."""


@click.group(cls=LateGroup, late=LATE)
def portfolio() -> None:
    """Use cases, where they stand, and which to choose."""


portfolio.add_command(list_duplicates)
portfolio.add_command(list_similar)


@portfolio.command(name="list")
@click.option("--unit", default="", help="Only this unit and those below it.")
@click.option("--stage", default="", type=click.Choice(["", *STAGES]), help="Only this stage.")
@click.option("--text", default="", help="Only those whose id, name, problem or purpose holds this.")
@json_option
@click.pass_obj
def list_portfolio(settings: Settings, unit: str, stage: str, text: str, as_json: bool) -> None:
    """List use cases by stage, the longest there first."""
    with open_system(settings) as system:
        fold_ledger(system)
        items = read_portfolio(system, Wanted(unit, stage, text))
    if as_json:
        say_json(items)
        return
    rows = [
        (
            each.id,
            shorten(each.name, 60),
            each.unit,
            each.stage,
            f"{'' if each.age_known else '≥ '}{each.age_days:,}",
            each.owner,
        )
        for each in items
    ]
    headings = ["use case", "name", "unit", "stage", "days there", "owner"]
    say(table(headings, rows, right={4}, least=("owner",)))
    note(f"{len(items):,} use cases")
