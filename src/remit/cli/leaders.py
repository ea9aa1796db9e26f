"""The command that answers leaders: finops report."""

from __future__ import annotations

import click

from remit.bootstrap import open_system
from remit.cli.context import json_option, note, say, say_json, say_stamp
from remit.cli.days import PERIOD
from remit.cli.leaders_text import case_text, leaders_text, report_notes
from remit.decide.bill_sum import Span
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_leaders_report import CaseReport, read_case_report, read_leaders_report
from remit.report.leaders import LeadersReport
from remit.settings import Settings


@click.command(name="report")
@click.argument("use_case", default="")
@click.option(
    "--period",
    type=PERIOD,
    metavar="PERIOD",
    help="A month, such as `2026-11`, or days, such as `2026-11-02..2026-11-08`; left out, this month.",
)
@click.option("--unit", default="", help="Only this unit and those below it.")
@json_option
@click.pass_obj
def report_command(settings: Settings, use_case: str, period: Span | None, unit: str, as_json: bool) -> None:
    """Show leaders what was spent against what it brings, and the five decisions with most money.

    With a USE_CASE it answers what level of customisation is warranted there, and what speed costs.
    """
    if use_case and unit:
        raise click.UsageError("give USE_CASE or `--unit`")
    with open_system(settings) as system:
        fold_ledger(system)
        if use_case:
            case = read_case_report(system, use_case, period)
            say_json(case) if as_json else _say(case, case_text(case))
            return
        found = read_leaders_report(system, period, unit=unit)
    if as_json:
        say_json(found)
        return
    _say(found, leaders_text(found))
    for line in report_notes(found):
        note(line)


def _say(found: CaseReport | LeadersReport, text: str) -> None:
    say_stamp(counted=found.counts_simulated)
    say(text)
