"""Commands on the ledger: list, show, verify, followers; those on its seals stand in `seals`."""

from __future__ import annotations

import sys
from datetime import datetime

import click
import msgspec

from remit.bootstrap import open_system
from remit.cli import lake, seals
from remit.cli.adjust import adjust_command
from remit.cli.command_group import CommandGroup
from remit.cli.context import PROBLEMS, count, json_option, note, say, say_json
from remit.cli.table import table
from remit.operations import find_entries
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_followers import read_followers
from remit.operations.verify_ledger import Head, Verification, verify_ledger
from remit.record.chain import HASH_CHARS
from remit.record.ledgered import KINDS
from remit.record.projection import EntryFilter
from remit.report.entry_line import describe
from remit.settings import Settings

LIMIT_MAX = 10_000


@click.group(cls=CommandGroup)
def ledger() -> None:
    """The append-only record of calls, refusals and decisions."""


for each in (*seals.COMMANDS, *lake.COMMANDS, adjust_command):
    ledger.add_command(each)


@ledger.command(name="list")
@click.option("--kind", default="", type=click.Choice(["", *KINDS]), help="Only this kind.")
@click.option("--use-case", default="", help="Only this use case.")
@click.option("--rule", default="", help="Only refusals by this rule.")
@click.option("--batch", default="", help="Only calls of this batch.")
@click.option("--before", default="", help="Only entries before this id.")
@click.option("--limit", default=20, type=click.IntRange(1, LIMIT_MAX), help="At most so many.")
@json_option
@click.pass_obj
def list_entries(
    settings: Settings,
    kind: str,
    use_case: str,
    rule: str,
    batch: str,
    before: str,
    limit: int,
    as_json: bool,
) -> None:
    """List entries, the newest first."""
    wanted = EntryFilter(kind=kind, use_case=use_case, rule=rule, batch=batch, before=before)
    with open_system(settings) as system:
        fold_ledger(system)
        rows = find_entries.list_entries(system, wanted, limit=limit)
    if as_json:
        say_json([msgspec.json.decode(row.body) for row in rows])
        return
    lines = [(row.id, f"{row.at:%Y-%m-%d %H:%M:%S}", row.kind, row.use_case, describe(row)) for row in rows]
    say(table(["entry", "at (UTC)", "kind", "use case", "what"], lines))


@ledger.command()
@click.argument("entry")
@click.pass_obj
def show(settings: Settings, entry: str) -> None:
    """Show one ENTRY whole, as JSON."""
    with open_system(settings) as system:
        fold_ledger(system)
        row = find_entries.find_entry(system, entry)
    say_json(msgspec.json.decode(row.body))


def _head(context: click.Context, option: click.Parameter, value: str) -> Head | None:
    if not value:
        return None
    number, _, kept = value.partition(":")
    if not (number.isascii() and number.isdecimal() and len(number) <= 12 and len(kept) == HASH_CHARS):
        raise click.BadParameter("write `NUMBER:DIGEST` as `remit ledger seal` and `verify` say it")
    return Head(int(number), kept.lower())


@ledger.command()
@click.option("--head", "kept", default="", callback=_head, help="A seal that you kept: NUMBER:DIGEST.")
@click.option("--strict", is_flag=True, help="Have lines that are not in reach be a fault.")
@json_option
@click.pass_obj
def verify(settings: Settings, kept: Head | None, strict: bool, as_json: bool) -> None:
    """Find any entry that was changed, removed, reordered or inserted.

    What journals have let go of is read from the lake. Where days of it were archived and are not in reach,
    this is said; the seals around them are checked all the same.
    """

    def progress(name: str, done: int, size: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{name}: {done * 100 // max(size, 1)} %", nl=done >= size, err=True)

    with open_system(settings) as system:
        found = verify_ledger(system, kept=kept, progress=progress)
    if as_json:
        say_json(found)
    else:
        for fault in found.faults:
            say(f"error[journal-tampered]: {fault}")
        note(
            f"{count(found.entries, 'line')} in {count(found.journals, 'journal')}, {found.bytes:,} bytes: "
            + (count(len(found.faults), "fault") if found.faults else "every line is as it was written")
        )
        if found.head is not None:
            note(
                f"{count(found.seals, 'seal')} {'closes' if found.seals == 1 else 'close'}"
                f" {count(found.sealed, 'line')}, from key"
                f" {found.first_key} on; the last is {found.head.number}:{found.head.digest}"
            )
        if found.in_lake:
            note(_in_lake(found))
    sys.exit(PROBLEMS if found.faults or (strict and found.unreachable) else 0)


def _in_lake(found: Verification) -> str:
    said = f"{count(found.in_lake, 'line')} are in the lake alone"
    if found.expired:
        said += f"; {found.expired:,} of them say no more than their leaf, because their time was over"
    if found.unreachable:
        said += f"; {found.unreachable:,} lie in archived files that are not in reach"
    return said


@ledger.command()
@json_option
@click.pass_obj
def followers(settings: Settings, as_json: bool) -> None:
    """Show how far each follower of the ledger is behind, and what it waits for."""
    with open_system(settings) as system:
        fold_ledger(system)
        found = read_followers(system)
    if as_json:
        say_json(found)
        return
    lines = [
        (each.name, f"{each.entries:,}", f"{each.bytes:,}", _waits(each.since, each.code, each.summary))
        for each in found
    ]
    say(table(["follower", "entries behind", "bytes behind", "waits"], lines, right=frozenset({1, 2})))


def _waits(since: datetime | None, code: str, summary: str) -> str:
    return "" if since is None else f"since {since:%Y-%m-%d %H:%M:%S} UTC: {summary} ({code})"
