"""Commands on studies: list, show, run."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from remit.bootstrap import open_system
from remit.cli.context import json_option, note, say, say_json
from remit.cli.late_group import LateGroup
from remit.cli.table import table
from remit.decide.study import StudyView
from remit.operations.read_studies import read_studies, read_study
from remit.report.study import HEADINGS, result_lines, study_row
from remit.settings import Settings

LATE = {"run": "study_run:run"}
"""Commands whose module is loaded only when they are asked for: what estimates takes time to load."""


@click.group(cls=LateGroup, late=LATE)
def study() -> None:
    """What use cases are to bring, registered before it is measured, and what was found."""


@study.command(name="list")
@click.option("--use-case", default="", help="Only those of this use case.")
@json_option
@click.pass_obj
def list_studies(settings: Settings, use_case: str, as_json: bool) -> None:
    """List every study that was registered, with what its newest version found."""
    with open_system(settings) as system:
        found = read_studies(system, use_case)
    if as_json:
        say_json([_values(each) for each in found])
        return
    if not found:
        note("no study is registered; declare one under `studies:` and apply it")
        return
    say(table(HEADINGS, [study_row(each) for each in found]))


@study.command()
@click.argument("name", metavar="STUDY")
@json_option
@click.pass_obj
def show(settings: Settings, name: str, as_json: bool) -> None:
    """Show all versions and results of STUDY, and what its newest version fixes."""
    with open_system(settings) as system:
        found, body = read_study(system, name)
    fixed = msgspec.json.decode(body)
    if as_json:
        say_json({**_values(found), "fixed": fixed})
        return
    say(f"{found.study}: {found.state}, of {found.newest.use_case} {found.newest.metric}")
    say(
        table(
            ["version", "registered (UTC)", "by", "starts", "late", "digest"],
            [
                (
                    str(each.version),
                    f"{each.at:%Y-%m-%d %H:%M}",
                    each.author,
                    str(each.starts),
                    "late" if each.late else "",
                    each.digest[:12],
                )
                for each in found.versions
            ],
        )
    )
    say(body.decode())
    for result in found.results:
        say("\n".join(result_lines(result, unit=fixed["metric"]["unit"])))


def _values(view: StudyView) -> dict[str, Any]:
    return {
        "study": view.study,
        "state": view.state,
        "ends": view.ends,
        "versions": [msgspec.to_builtins(each) for each in view.versions],
        "results": [msgspec.to_builtins(each) for each in view.results],
    }
