"""Commands on the lake: a question in SQL over every entry, and moving and letting go of old days."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import msgspec

from remit.adapters.lake_archive import OBJECTS, is_archive
from remit.bootstrap import open_system
from remit.cli.context import count, json_option, note, plain, say, say_json
from remit.cli.table import ANY_WIDTH, table
from remit.kernel.money import canonical
from remit.operations.archive_days import archive_days
from remit.operations.let_go import tidy_ledger
from remit.operations.query_ledger import query_ledger
from remit.ports_lake import Bounds, Table
from remit.settings import Settings

ROWS_MAX = 100_000
SECONDS_MAX = 3_600
MEMORY_MAX = 1 << 20


@click.command()
@click.argument("sql")
@click.option("--limit", default=1_000, type=click.IntRange(1, ROWS_MAX), help="At most so many rows.")
@click.option("--seconds", default=30, type=click.IntRange(1, SECONDS_MAX), help="At most so long.")
@click.option("--memory", default=1_024, type=click.IntRange(64, MEMORY_MAX), help="At most so many MB.")
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV instead of text.")
@json_option
@click.pass_obj
def query(
    settings: Settings, sql: str, limit: int, seconds: int, memory: int, as_csv: bool, as_json: bool
) -> None:
    """Answer a question in SQL over every entry.

    It is one SELECT, and can change nothing. It can ask of `entries`, or of some of them: `calls`,
    `refusals`, `holds` and `decisions`. `DESCRIBE entries` lists the columns.
    """
    bounds = Bounds(rows=limit, seconds=seconds, memory=memory * 1_000_000)
    with open_system(settings) as system:
        found = query_ledger(system, sql, bounds)
    if as_json:
        rows = [dict(zip(found.columns, map(_json, row), strict=True)) for row in found.rows]
        say(msgspec.json.encode({"rows": rows, "cut": found.cut}).decode())
    elif as_csv:
        _write_csv(found)
    else:
        say(table(list(found.columns), [tuple(map(_text, row)) for row in found.rows], width=ANY_WIDTH))
    if found.cut:
        note(f"only the first {count(limit, 'row')}: ask for fewer, or for more with `--limit`")


def _json(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else plain(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        return canonical(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _write_csv(found: Table) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(found.columns)
    writer.writerows([_text(value) for value in row] for row in found.rows)


@click.command()
@click.option(
    "--before",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="Days before this one, in UTC; it must be over.",
)
@click.option(
    "--to",
    "place",
    required=True,
    metavar="PLACE",
    help="A directory, or `s3://BUCKET/PREFIX`.",
)
@json_option
@click.pass_obj
def archive(settings: Settings, before: datetime, place: str, as_json: bool) -> None:
    """Move old days of the lake to a directory or an object store, from which questions read them then.

    Each file is compared with its checksum before the one here is let go.
    """
    to = place.rstrip("/") if place.startswith(OBJECTS) else str(Path(place).absolute())
    if to.startswith(OBJECTS) and not is_archive(to):
        raise click.UsageError("write an object store as `s3://BUCKET` or `s3://BUCKET/PREFIX`")
    with open_system(settings) as system:
        moved = archive_days(system, before=before.replace(tzinfo=UTC).date(), to=to)
    if as_json:
        say(msgspec.json.encode({"files": moved}).decode())
    else:
        note(f"{count(moved, 'file')} moved")


@click.command()
@json_option
@click.pass_obj
def tidy(settings: Settings, as_json: bool) -> None:
    """Let go of old parts of journals, and the store's copies of them, which lie in the lake.

    Old is what is sealed and older than `REMIT_HOT_DAYS`. It is compared with the lake before it goes.
    """
    with open_system(settings) as system:
        done = tidy_ledger(system, author=settings.author)
    if as_json:
        say_json([msgspec.to_builtins(each) for each in done])
        return
    for each in done:
        say(f"journal {each.journal} begins after line {each.lines:,} now, at byte {each.bytes:,}")
    if not done:
        note(f"nothing that lies in the lake is older than {count(settings.hot_days, 'day')}")


COMMANDS = (query, archive, tidy)
