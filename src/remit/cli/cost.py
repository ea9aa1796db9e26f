"""The command on cost: what a month cost, with what was adjusted since."""

from __future__ import annotations

from datetime import date

import click

from remit.bootstrap import open_system
from remit.cli.context import count, json_option, note, say, say_json, say_stamp
from remit.cli.days import DAY, MONTH
from remit.cli.table import table
from remit.decide.bill_sum import Span
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_cost import read_cost
from remit.report.cost import CostLine
from remit.settings import Settings


@click.command()
@click.option(
    "--month", required=True, type=MONTH, metavar="MONTH", help="The month, such as `2026-11`, in UTC."
)
@click.option("--as-of", type=DAY, metavar="DATE", help="With what was known at the end of this day, in UTC.")
@json_option
@click.pass_obj
def cost(settings: Settings, month: Span, as_of: date | None, as_json: bool) -> None:
    """Show what a month cost by use case and model: charges and adjustments.

    What is billed is to be paid; what is effective was used up, also of what was paid before.
    """
    with open_system(settings) as system:
        fold_ledger(system)
        found = read_cost(system, month, as_of=as_of)
    if as_json:
        say_json(found)
        return
    say_stamp(counted=found.counts_simulated)
    headings = ["use case", "unit", "model", "calls", "charged", "adjusted", "billed", "effective"]
    lines = [*found.lines, found.total]
    say(table(headings, map(_row, lines, [False] * len(found.lines) + [True]), right=frozenset(range(3, 8))))
    known = f", as known at the end of {found.as_of}" if found.as_of else ""
    if found.elsewhere:
        amounts = ", ".join(each.display() for each in found.elsewhere)
        note(f"in no sum, because it is in another currency: {amounts}; `remit price unpriced` says more")
    note(f"{found.since} to {found.until} (UTC){known}; {count(found.adjustments, 'adjustment')}")


def _row(line: CostLine, is_total: bool) -> tuple[str, ...]:
    whose = (
        ("all", "", "") if is_total else (line.use_case or "none", line.unit or "none", line.model or "none")
    )
    amounts = (line.charged, line.adjusted, line.billed, line.effective)
    return (*whose, f"{line.calls:,}", *(each.display() for each in amounts))
