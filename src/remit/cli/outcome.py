"""Commands on outcomes: import, list, show, join, withdraw."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import msgspec

from remit.bootstrap import open_system, table_reader
from remit.cli.command_group import CommandGroup
from remit.cli.context import PROBLEMS, count, json_option, note, say, say_json
from remit.cli.table import table
from remit.decide.outcome_row import FIELDS, instant_of
from remit.kernel.money import canonical
from remit.operations.import_outcomes import Columns, import_outcomes, rows_of_query, rows_of_text
from remit.operations.read_export import Export
from remit.operations.read_outcomes import read_joined, read_versions, sum_outcomes
from remit.operations.record_outcomes import Giver, Recorded, withdraw
from remit.record.outcome_entry import Outcome
from remit.record.outcome_filter import OutcomeFilter
from remit.report.joined import Joined
from remit.settings import Settings

SOURCE = "import"
LAST = OutcomeFilter("", "").known
ROWS_MAX = 10_000
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


class Known(click.ParamType[datetime]):
    """Up to when something was known: an instant with its zone, or a day, which is its end in UTC."""

    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        text = str(value)
        found = instant_of(text, ZoneInfo("UTC"))
        if found is None or found.year >= 9999:
            self.fail("write a day as `2026-11-23`, or an instant as `2026-11-23T09:30:00Z`", param, ctx)
        return found + timedelta(days=1) if len(text) == len("2026-11-23") else found


as_of_option = click.option(
    "--as-of",
    "known",
    type=Known(),
    default=LAST,
    metavar="WHEN",
    help="What was known before this instant, or at the end of this day, in UTC.",
)
source_option = click.option(
    "--source", default=SOURCE, show_default=True, help="Where they come from, by a name that stays the same."
)


@click.group(cls=CommandGroup)
def outcome() -> None:
    """Business results: bring them in, correct them, and join them to calls."""


@outcome.command(name="import")
@click.argument("file", required=False, type=_EXISTING)
@click.option("--use-case", required=True, help="Whose outcomes they are.")
@source_option
@click.option("--metric", default="", help="The metric of rows that name none.")
@click.option(
    "--columns",
    default="",
    metavar="FIELD=COLUMN,…",
    help="What fields are called in the file, such as `value=minutes,happened=closed`.",
)
@click.option("--sql", default="", help="One SELECT of the tables in the file that `--from` names.")
@click.option("--from", "database", type=_EXISTING, help="A file of SQLite, DuckDB, Parquet or CSV.")
@click.option("--seconds", default=300, type=click.IntRange(1, 3_600), help="How long the SELECT may take.")
@click.option("--accept-good", is_flag=True, help="Take the good rows, though others are refused.")
@json_option
@click.pass_obj
def import_command(
    settings: Settings,
    file: Path | None,
    use_case: str,
    source: str,
    metric: str,
    columns: str,
    sql: str,
    database: Path | None,
    seconds: int,
    accept_good: bool,
    as_json: bool,
) -> None:
    """Bring in the outcomes of FILE (CSV, or JSON by lines), or of a question in SQL.

    The same again changes nothing; another value under the same metric and key is a correction. Unless the
    good rows are asked for, one that is refused leaves all unwritten.
    """
    if (file is None) == (not sql) or bool(sql) != (database is not None):
        raise click.UsageError("give a FILE, or a question by `--sql` with its file by `--from`")
    named = Columns(_columns(columns), metric)
    if file is not None:
        rows = rows_of_text(Export(file.name, lambda: file.open("rb")), named)
    else:
        assert database is not None, "as above"
        rows = rows_of_query(table_reader(), database, sql, columns=named, seconds=seconds)
    with open_system(settings) as system:
        giver = Giver(use_case, source, settings.author)
        found = import_outcomes(system, rows, giver, accept_good=accept_good)
    _say_recorded(found, as_json=as_json)
    if found.refused:
        sys.exit(PROBLEMS)


def _columns(text: str) -> dict[str, str]:
    found = {}
    for part in filter(None, text.split(",")):
        field, equals, column = part.partition("=")
        if field.strip() not in FIELDS or not equals or not column.strip():
            raise click.UsageError(
                f"`--columns` is `FIELD=COLUMN`, with commas; the fields are {', '.join(FIELDS)}"
            )
        found[field.strip()] = column.strip()
    return found


def _say_recorded(found: Recorded, *, as_json: bool) -> None:
    if as_json:
        said = {name: value for name, value in asdict(found).items() if name not in ("shown", "shown_max")}
        say_json({**said, "refused_rows": msgspec.to_builtins(found.shown)})
        return
    parts = [
        f"{getattr(found, name):,} {name}"
        for name in ("recorded", "corrected", "withdrawn", "unchanged")
        if getattr(found, name)
    ]
    what = ", ".join(parts) or ("nothing new" if found.written else "nothing was written")
    say(f"{found.use_case} from {found.source}: {count(found.rows, 'row')}, {what}")
    for each in found.shown:
        note(f"row {each.row}: error[{each.code}]: {each.summary}\n  help: {each.help}")
    if found.refused > len(found.shown):
        note(f"... and {found.refused - len(found.shown):,} more that are refused")
    if found.refused and not found.written:
        note(f"{count(found.refused, 'row')} refused, so none is written; `--accept-good` takes the others")


@outcome.command(name="list")
@click.argument("use_case")
@as_of_option
@json_option
@click.pass_obj
def list_outcomes(settings: Settings, use_case: str, known: datetime, as_json: bool) -> None:
    """Show by metric and source what is known of USE_CASE's outcomes."""
    with open_system(settings) as system:
        found = sum_outcomes(system, use_case, known=known)
    if as_json:
        say_json(found)
        return
    if not found:
        note(f"no outcome of {use_case} is known{_as_of(known)}")
        return
    rows = [
        (
            each.metric,
            each.source + (" (simulated)" if each.simulated else ""),
            f"{each.outcomes:,}",
            f"{each.results:,}",
            f"{each.first:%Y-%m-%d %H:%M}",
            f"{each.last:%Y-%m-%d %H:%M}",
        )
        for each in found
    ]
    headings = ["metric", "source", "outcomes", "results", "first (UTC)", "last (UTC)"]
    say(table(headings, rows, right=frozenset({2, 3})))


@outcome.command()
@click.argument("use_case")
@click.argument("metric")
@click.argument("key")
@source_option
@as_of_option
@json_option
@click.pass_obj
def show(
    settings: Settings, use_case: str, metric: str, key: str, source: str, known: datetime, as_json: bool
) -> None:
    """Show what was said of the outcome KEY of METRIC, and since when each value is known."""
    with open_system(settings) as system:
        found = read_versions(system, use_case, metric=metric, source=source, key=key, known=known)
    if as_json:
        say_json([msgspec.to_builtins(each) for each in found])
        return
    say(table(["known since (UTC)", "value", "happened (UTC)", "by", "entry"], map(_version, found)))


def _version(each: Outcome) -> tuple[str, ...]:
    value = "withdrawn" if each.withdrawn else canonical(each.value)
    return (
        f"{each.at:%Y-%m-%d %H:%M:%S}",
        value + (" (simulated)" if each.simulated else ""),
        f"{each.happened:%Y-%m-%d %H:%M}",
        each.author,
        each.id,
    )


@outcome.command(name="withdraw")
@click.argument("use_case")
@click.argument("metric")
@click.argument("key")
@source_option
@json_option
@click.pass_obj
def withdraw_command(
    settings: Settings, use_case: str, metric: str, key: str, source: str, as_json: bool
) -> None:
    """Take the outcome KEY of METRIC back; what was known before can still be asked for."""
    with open_system(settings) as system:
        done = withdraw(system, metric, key, giver=Giver(use_case, source, settings.author))
    if as_json:
        say_json(msgspec.to_builtins(done))
        return
    say(f"{metric} of {source} {key} is withdrawn")
    note(f"entry {done.id}")


@outcome.command()
@click.argument("use_case")
@click.argument("metric")
@click.option("--since", type=Known(), metavar="DATE", help="Those that happened after this day, or instant.")
@click.option("--limit", default=20, type=click.IntRange(0, ROWS_MAX), help="At most so many rows.")
@as_of_option
@json_option
@click.pass_obj
def join(
    settings: Settings,
    use_case: str,
    metric: str,
    since: datetime | None,
    limit: int,
    known: datetime,
    as_json: bool,
) -> None:
    """Put METRIC's outcomes beside the calls that carry their references, and what those cost."""
    wanted = OutcomeFilter(use_case, metric, known=known)
    if since is not None:
        wanted = OutcomeFilter(use_case, metric, since=since, known=known)
    with open_system(settings) as system:
        found = read_joined(system, wanted, limit=limit)
    if as_json:
        say_json(found)
        return
    rows = [
        (
            f"{each.happened:%Y-%m-%d %H:%M}",
            canonical(each.value),
            each.reference or "none",
            f"{each.calls:,}",
            each.cost.display(),
            ", ".join(each.models) or "none",
            "simulated" if each.simulated else "",
        )
        for each in found.rows
    ]
    if rows:
        headings = ["happened (UTC)", found.unit, "reference", "calls", "cost", "models", ""]
        say(table(headings, rows, right=frozenset({1, 3, 4})))
    _note_joined(found)


def _note_joined(found: Joined) -> None:
    share = f" ({found.share_joined:.1%})" if found.share_joined is not None else ""
    alone = found.outcomes - found.joined
    note(
        f"{count(found.outcomes, 'outcome')}: {found.joined:,}{share} joined to {count(found.calls, 'call')},"
        f" {alone:,} without a call, of them {found.unreferenced:,} without a reference"
    )
    note(
        f"{count(found.unanswered, 'reference')} of {count(found.calls_unanswered, 'call')} without an"
        f" outcome, {found.cost_unanswered.display()}"
    )
    if found.cost_per_outcome is not None:
        note(
            f"{found.cost.display()} for those that are joined, {canonical(found.cost_per_outcome)}"
            f" {found.cost.currency} for each"
        )
    if found.simulated_calls or found.simulated:
        calls, outcomes = count(found.simulated_calls, "call"), count(found.simulated, "outcome")
        note(f"simulated: {calls} and {outcomes} of these")


def _as_of(known: datetime) -> str:
    return "" if known == LAST else f" before {known.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
