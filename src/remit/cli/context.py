"""What every command shares: output for people or machines, and how faults become exit codes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click
import msgspec

from remit.declare.simulated import STAMP
from remit.kernel.diagnostic import Diagnostic
from remit.kernel.errors import RemitError
from remit.report.json_values import plain as plain

PROBLEMS, USAGE, OUR_FAULT = 1, 2, 3

json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON instead of text.")


def count(number: int, noun: str) -> str:
    """Write a number of things, as many or as one.

    >>> count(1, "unit"), count(2133, "use case")
    ('1 unit', '2,133 use cases')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def say(text: str) -> None:
    """Write data to standard output."""
    click.echo(text)


def say_stamp(*, counted: bool) -> None:
    """Say above figures that simulated ones are counted in them, where they are."""
    if counted:
        say(STAMP)


def note(text: str) -> None:
    """Write what is not data (progress, hints) to standard error."""
    click.echo(text, err=True)


def say_json(value: Any) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(plain(value)), indent=2).decode())


def fail(error: RemitError, *, as_json: bool = False, more: Mapping[str, Any] | None = None) -> None:
    """Say what failed and what would help, and end with the code for problems; `more` goes into the JSON."""
    if as_json:
        said = {"code": error.code, "summary": error.summary, "help": error.help}
        say_json({"error": said, **(more or {})})
    note(f"error[{error.code}]: {error.summary}\n  help: {error.help}")
    sys.exit(PROBLEMS)


ALIKE_MAX = 5


def render_diagnostics(diagnostics: tuple[Diagnostic, ...], *, everything: bool) -> str:
    """Write all errors, and of warnings with the same code the first few."""
    lines: list[str] = []
    alike: dict[str, int] = {}
    for diagnostic in diagnostics:
        alike[diagnostic.code] = alike.get(diagnostic.code, 0) + 1
        if diagnostic.severity == "error" or everything or alike[diagnostic.code] <= ALIKE_MAX:
            lines.append(diagnostic.render())
    for code, count in alike.items():
        if (
            not everything
            and count > ALIKE_MAX
            and all(each.severity == "warning" for each in diagnostics if each.code == code)
        ):
            lines.append(f"... and {count - ALIKE_MAX} more warnings of `{code}`; `--all` shows them")
    return "\n".join(lines)
