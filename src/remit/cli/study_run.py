"""The command that runs a study, apart because what estimates takes time to load."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click
import msgspec

from remit.bootstrap import open_system
from remit.cli.context import PROBLEMS, json_option, note, say, say_json
from remit.operations.run_study import run_study
from remit.report.study import result_lines
from remit.settings import Settings

_SECOND = "%Y-%m-%dT%H:%M:%S"
INSTANT = click.DateTime(
    ["%Y-%m-%d", "%Y-%m-%dT%H:%M", _SECOND, f"{_SECOND}%z", f"{_SECOND}.%f", f"{_SECOND}.%f%z"]
)


@click.command()
@click.argument("name", metavar="STUDY")
@click.option(
    "--as-of", type=INSTANT, metavar="INSTANT", help="With what was known then, in UTC; nothing is recorded."
)
@json_option
@click.pass_obj
def run(settings: Settings, name: str, as_of: datetime | None, as_json: bool) -> None:
    """Run STUDY on the outcomes that are recorded, and record what it found; exit code 1 if it is refused."""
    known = None
    if as_of is not None:
        known = as_of.astimezone(UTC) if as_of.tzinfo else as_of.replace(tzinfo=UTC)
    with open_system(settings) as system:
        found = run_study(system, name, author=settings.author, as_of=known)
    if as_json:
        say_json({**msgspec.to_builtins(found.result), "recorded": found.written})
    else:
        say("\n".join(result_lines(found.result, unit=found.unit)))
        if not found.written:
            note("as it would have been then; nothing is recorded")
    if found.result.refused:
        sys.exit(PROBLEMS)
