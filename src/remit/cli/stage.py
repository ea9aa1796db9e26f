"""Commands on stages: demote, retire."""

from __future__ import annotations

import click
import msgspec

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import json_option, note, say, say_json
from remit.declare.organisation import STAGES
from remit.operations.change_stage import demote, retire
from remit.record.decided import StageChange
from remit.settings import Settings

reason_option = click.option("--reason", required=True, help="Why; it stands in the ledger.")


def stated(reason: str) -> str:
    """Return a reason that says something."""
    if not reason.strip():
        raise click.UsageError("say why with `--reason`")
    return reason.strip()


@click.group(cls=CommandGroup)
def stage() -> None:
    """Take a use case back to an earlier stage, or end it; to come further, see `remit gate`."""


@stage.command(name="demote")
@click.argument("use_case")
@click.option("--to", required=True, type=click.Choice(STAGES[:-2]), help="The earlier stage.")
@reason_option
@json_option
@click.pass_obj
def demote_it(settings: Settings, use_case: str, to: str, reason: str, as_json: bool) -> None:
    """Take USE_CASE back to an earlier stage.

    Its owner, its risk owner, its unit's lead and the centre may; the address in `REMIT_AUTHOR` says who you
    are.
    """
    with open_system(settings) as system:
        entry = demote(system, use_case, to=to, author=settings.author, reason=stated(reason))  # type: ignore[arg-type]  # click.Choice
    _say(entry, "running gateways hold its calls to that within a second", as_json=as_json)


@stage.command(name="retire")
@click.argument("use_case")
@reason_option
@json_option
@click.pass_obj
def retire_it(settings: Settings, use_case: str, reason: str, as_json: bool) -> None:
    """End USE_CASE: its keys open nothing any more, and its evidence stays.

    There is no way back. An end waits for nothing. What the gate into it asks for and is not there, and
    whether something speaks for waiting, is said and stands in the ledger; `remit gate show USE_CASE --into
    retired` shows it beforehand.
    """
    with open_system(settings) as system:
        entry = retire(system, use_case, author=settings.author, reason=stated(reason))
    _say(entry, "its keys open nothing within a second; its evidence stays", as_json=as_json)
    if entry.left_open:
        note(
            f"it did not wait for {', '.join(entry.left_open)};"
            f" what is still to be done: `remit gate show {use_case} --into retired`"
        )


def _say(entry: StageChange, then: str, *, as_json: bool) -> None:
    if as_json:
        say_json(msgspec.to_builtins(entry))
    else:
        say(f"{entry.use_case} is at {entry.stage} from now on; {then}")
