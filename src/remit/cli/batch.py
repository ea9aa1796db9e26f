"""Commands on batches: list, show."""

from __future__ import annotations

import click

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import json_option, say, say_json
from remit.cli.table import table
from remit.gateway.openai_batches import written
from remit.kernel.errors import NotFound
from remit.kernel.money import Money
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System
from remit.settings import Settings


@click.group(cls=CommandGroup)
def batch() -> None:
    """Calls that wait in files until there is room for them."""


@batch.command(name="list")
@click.option("--use-case", default=None, help="Only those of this use case.")
@json_option
@click.pass_obj
def list_batches(settings: Settings, use_case: str | None, as_json: bool) -> None:
    """List batches, the newest first."""
    with open_system(settings) as system:
        found, currency = system.batches.batches(use_case), _currency(system)
    if as_json:
        say_json([written(each, currency) for each in found])
        return
    rows = [
        (
            each.id,
            f"{each.created:%Y-%m-%d %H:%M:%S}",
            each.use_case,
            each.status,
            f"{each.completed:,}",
            f"{each.failed:,}",
            f"{each.total:,}",
            Money(each.charge, currency).display(),
        )
        for each in found
    ]
    headings = ["batch", "created (UTC)", "use case", "status", "completed", "failed", "lines", "cost"]
    say(table(headings, rows, right=frozenset({4, 5, 6, 7})))


@batch.command()
@click.argument("batch_id")
@click.pass_obj
def show(settings: Settings, batch_id: str) -> None:
    """Show BATCH_ID as the gateway does, as JSON."""
    with open_system(settings) as system:
        found, currency = system.batches.batch(batch_id), _currency(system)
    if found is None:
        raise NotFound(f"there is no batch `{batch_id[:40]}`", help="`remit batch list` shows all")
    say_json(written(found, currency))


def _currency(system: System) -> str:
    return model_in_force(system)[1].organisation.currency
