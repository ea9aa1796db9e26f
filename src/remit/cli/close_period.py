"""The command that closes a month: close-period, and finops close-period."""

from __future__ import annotations

import click

from remit.bootstrap import open_system
from remit.cli.context import json_option, note, say, say_json
from remit.cli.days import MONTH
from remit.cli.table import table
from remit.decide.bill_sum import Span
from remit.kernel.money import Money
from remit.operations.close_period import close_period
from remit.settings import Settings


@click.command(name="close-period")
@click.argument("month", type=MONTH, metavar="MONTH")
@click.option(
    "--despite", default="", metavar="REASON", help="Close it although calls have no price, and why."
)
@json_option
@click.pass_obj
def close_period_command(settings: Settings, month: Span, despite: str, as_json: bool) -> None:
    """State what MONTH cost for good, such as `2026-10`, by an entry in the ledger.

    What becomes known of it later is in the first month that is open then.
    """
    with open_system(settings) as system:
        entry = close_period(system, month, author=settings.author, despite=despite)
    if as_json:
        say_json(entry)
        return
    rows = [
        (name, Money(amount, entry.currency).display(), "chargeback" if name in entry.booked else "showback")
        for name, amount in entry.units.items()
    ]
    if entry.rest:
        rows.append(("of no unit", Money(entry.rest, entry.currency).display(), ""))
    rows.append(("all", Money(entry.total, entry.currency).display(), ""))
    say(table(["unit", "cost", "charging"], rows, right=frozenset({1})))
    note(f"{entry.period} is closed by entry {entry.id}; its statement is {entry.digest[:16]}…")
    if entry.unpriced:
        note(f"{entry.unpriced:,} of its calls have no price, and are in a later month once they have one")
