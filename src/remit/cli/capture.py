"""Commands on captures: show, list, erase, purge, verify."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import click
import msgspec

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import PROBLEMS, count, json_option, note, say, say_json
from remit.cli.table import table
from remit.operations.erase_captures import erase_captures, purge_captures
from remit.operations.fold_ledger import fold_ledger
from remit.operations.show_capture import show_capture
from remit.operations.verify_captures import verify_captures
from remit.operations.view import read_view
from remit.record.captured import in_words
from remit.record.keeping import CaptureErased
from remit.settings import Settings


@click.group(cls=CommandGroup)
def capture() -> None:
    """Prompts and answers that are kept, where a remit lets them be."""


@capture.command()
@click.argument("call")
@click.pass_obj
def show(settings: Settings, call: str) -> None:
    """Show what is kept of CALL, as JSON; the ledger says who looked."""
    with open_system(settings) as system:
        found = show_capture(system, call, author=settings.author)
    say_json(in_words(found))


@capture.command(name="list")
@json_option
@click.pass_obj
def list_captures(settings: Settings, as_json: bool) -> None:
    """Count what is kept of each use case."""
    with open_system(settings) as system:
        found = system.captures.gathered()
    if as_json:
        say_json([each._asdict() for each in found])
        return
    rows = [
        (
            each.use_case,
            f"{each.captures:,}",
            f"{each.bytes:,}",
            f"{each.keys:,}",
            _day(each.first),
            _day(each.last),
            f"{each.missed:,}",
        )
        for each in found
    ]
    headings = ["use case", "calls", "bytes", "keys", "first (UTC)", "last (UTC)", "not kept"]
    say(table(headings, rows, right=frozenset({1, 2, 3, 6})))


def _day(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M}"


@capture.command()
@click.option("--use-case", required=True, help="Whose calls.")
@click.option("--call", default="", help="Only this call.")
@click.option(
    "--before",
    default=None,
    type=click.DateTime(["%Y-%m-%d"]),
    help="Only what was kept before this day, in UTC.",
)
@click.option("--reason", required=True, help="Why, for the ledger.")
@json_option
@click.pass_obj
def erase(
    settings: Settings, use_case: str, call: str, before: datetime | None, reason: str, as_json: bool
) -> None:
    """Destroy the keys that kept calls lie under, for good, and write in the ledger that it was done."""
    if not reason.strip():
        raise click.BadParameter("say why", param_hint="--reason")
    if call and before is not None:
        raise click.UsageError("name a call or a day, and not both")
    since = None if before is None else before.replace(tzinfo=UTC)
    with open_system(settings) as system:
        erased = erase_captures(
            system, use_case, call=call, before=since, author=settings.author, reason=reason
        )
    _say(erased, as_json=as_json)


@capture.command()
@json_option
@click.pass_obj
def purge(settings: Settings, as_json: bool) -> None:
    """Destroy what is kept longer than its remit lets it be; a portal does the same every minute."""
    with open_system(settings) as system:
        fold_ledger(system)
        erased = purge_captures(system, read_view(system), author=settings.author)
    _say(erased, as_json=as_json)


def _say(erased: Sequence[CaptureErased], *, as_json: bool) -> None:
    if as_json:
        say_json(msgspec.to_builtins(list(erased)))
        return
    if erased:
        rows = [(each.id, each.use_case, each.key, f"{each.captures:,}", each.basis) for each in erased]
        say(table(["entry", "use case", "key", "calls", "basis"], rows, right=frozenset({3})))
    calls = sum(each.captures for each in erased)
    note(f"{count(len(erased), 'key')} destroyed; {count(calls, 'call')} can never be read again")


@capture.command()
@json_option
@click.pass_obj
def verify(settings: Settings, as_json: bool) -> None:
    """See that each key that the ledger calls destroyed is gone, and that those that are here open."""
    with open_system(settings) as system:
        found = verify_captures(system)
    if as_json:
        say_json(found)
    else:
        for fault in found.faults:
            say(f"error[capture-unreadable]: {fault}")
        begun = f"; {count(found.unfinished, 'erasure')} begun and not ended" if found.unfinished else ""
        note(
            f"{count(found.erased, 'destroyed key')} and {count(found.keys, 'key')} over"
            f" {count(found.captures, 'call')}{begun}: "
            + (count(len(found.faults), "fault") if found.faults else "all is as the ledger says")
        )
    sys.exit(PROBLEMS if found.faults else 0)
