"""The command that corrects past cost by an entry: ledger adjust."""

from __future__ import annotations

from datetime import date
from typing import get_args

import click

from remit.bootstrap import open_system
from remit.cli.context import json_option, note, say, say_json
from remit.cli.days import DAY, SIGNED_MONEY
from remit.decide.adjusting import Cost, Reason
from remit.kernel.money import Money
from remit.operations.adjust import adjust
from remit.settings import Settings


@click.command(name="adjust")
@click.option(
    "--amount",
    required=True,
    type=SIGNED_MONEY,
    metavar="AMOUNT",
    help="What is added, such as `-12.50 EUR`.",
)
@click.option(
    "--reason", required=True, type=click.Choice(get_args(Reason)), help="What kind of correction it is."
)
@click.option("--note", "why", required=True, help="Why, for the ledger.")
@click.option("--since", required=True, type=DAY, metavar="DATE", help="The first day that it is for.")
@click.option("--until", type=DAY, metavar="DATE", help="The last one; left out, the first.")
@click.option("--use-case", default="", help="The use case, if it is of one alone.")
@click.option("--model", default="", help="The model's address, if it is of one alone.")
@click.option("--provider", default="", help="The provider, if it is of one alone.")
@click.option(
    "--cost",
    default="both",
    show_default=True,
    type=click.Choice(get_args(Cost)),
    help="What it changes: what is to be paid, what was used up, or both.",
)
@click.option("--corrects", default="", metavar="ENTRY", help="The entry that it corrects.")
@json_option
@click.pass_obj
def adjust_command(
    settings: Settings,
    amount: Money,
    reason: Reason,
    why: str,
    since: date,
    until: date | None,
    use_case: str,
    model: str,
    provider: str,
    cost: Cost,
    corrects: str,
    as_json: bool,
) -> None:
    """Correct past cost, or add one that no call makes: a late discount, a corrected price, a purchase.

    The past is not rewritten: it can be asked for as it was known before.
    """
    with open_system(settings) as system:
        entry = adjust(
            system,
            amount,
            reason=reason,
            note=why,
            since=since,
            until=until or since,
            author=settings.author,
            cost=cost,
            use_case=use_case,
            model=model,
            provider=provider,
            corrects=corrects,
        )
    if as_json:
        say_json(entry)
        return
    amount_said = Money(entry.amount, entry.currency).display()
    say(f"{entry.reason} of {amount_said} for {entry.since} to {entry.until}")
    note(f"entry {entry.id}")
