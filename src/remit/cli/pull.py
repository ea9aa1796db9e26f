"""The command that writes what is in force back into a directory."""

from __future__ import annotations

from pathlib import Path

import click

from remit.bootstrap import open_system
from remit.cli.change import all_option, directory, plan_values, sound_model
from remit.cli.context import (
    count,
    json_option,
    note,
    say,
    say_json,
)
from remit.cli.directory import read_texts, write_text
from remit.operations.pull_model import Pulled, pull_model
from remit.record.apply_diff import every_change
from remit.report.plan_view import change_lines
from remit.settings import Settings


@click.command()
@directory
@all_option
@json_option
@click.pass_obj
def pull(settings: Settings, directory: Path, everything: bool, as_json: bool) -> None:
    """Write what is in force into the files of DIRECTORY; comments and order stay.

    Only the ranges of what is different are touched. Nothing is written if the directory has errors.
    """
    model = sound_model(directory, otherwise="nothing was written")
    with open_system(settings) as system:
        pulled = pull_model(system, read_texts(directory), model)
    for name, file in pulled.files.items():
        write_text(directory / name, file.text)
    if as_json:
        files = [{"file": name, "lines": file.lines} for name, file in sorted(pulled.files.items())]
        say_json({"version": pulled.version, "files": files} | plan_values(pulled.plan))
    else:
        _say_pulled(directory, pulled, everything=everything)


def _say_pulled(directory: Path, pulled: Pulled, *, everything: bool) -> None:
    if not pulled.plan.changes:
        note(f"{directory} says what version {pulled.version} says; nothing was written")
        return
    say("\n".join(change_lines(every_change(pulled.plan), everything=everything)) + "\n")
    for name, file in sorted(pulled.files.items()):
        say(f"wrote {name}: {count(file.lines, 'line')}")
    note(f"{directory} says what version {pulled.version} says")
