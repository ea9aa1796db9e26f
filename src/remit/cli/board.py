"""The command that writes what a board is told: report board."""

from __future__ import annotations

import re
from pathlib import Path

import click

from remit.adapters.press_typst import TypstPress
from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import json_option, note, say, say_json
from remit.cli.days import Period
from remit.decide.bill_sum import Span
from remit.operations.read_allocation import label_of
from remit.operations.read_board import quarter, read_board
from remit.report.board_html import board_html
from remit.report.board_markdown import board_markdown
from remit.settings import Settings

FORMATS = ("pdf", "html", "md")


class BoardPeriod(Period):
    """A quarter, such as `2026-Q4`, a month, or days."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Span:
        found = re.fullmatch(r"([0-9]{4})-Q([1-4])", str(value))
        if found is None or not 1 <= int(found[1]) < 9999:
            return super().convert(value, param, ctx)
        return quarter(int(found[1]), int(found[2]))


@click.group(cls=CommandGroup)
def report() -> None:
    """Write reports for people who never open a terminal."""


@report.command()
@click.option(
    "--period",
    type=BoardPeriod(),
    required=True,
    metavar="PERIOD",
    help="A quarter, such as `2026-Q4`, a month, `2026-11`, or days, `2026-11-02..2026-11-08`.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@click.option("--format", "as_", type=click.Choice(FORMATS), help="Otherwise what the file's name ends in.")
@json_option
@click.pass_obj
def board(settings: Settings, period: Span, out: Path | None, as_: str | None, as_json: bool) -> None:
    """Write the board report: eight pages, from the answer to where every figure comes from.

    Without `--out` HTML and Markdown go to standard output.
    """
    kind = as_ or (out.suffix.lstrip(".").lower() if out else "md")
    if kind not in FORMATS:
        raise click.UsageError("name a file that ends in .pdf, .html or .md, or give `--format`")
    if kind == "pdf" and out is None and not as_json:
        raise click.UsageError("give `--out FILE` for a PDF")
    with open_system(settings) as system:
        charts = system.make_charts()
        if kind != "md" and not as_json:
            charts.prepare()
        found = read_board(system, period, period=named(period))
        if as_json:
            say_json(found)
            return
        if kind == "md":
            made = board_markdown(found).encode()
        else:
            drawings = [charts.svg(each.chart) if each.chart else "" for each in found.sheets]
            made = (
                board_html(found, drawings).encode() if kind == "html" else TypstPress().pdf(found, drawings)
            )
    if out is None:
        say(made.decode())
        return
    out.write_bytes(made)
    note(f"wrote the board report on {found.period} to {out}")


def named(days: Span) -> str:
    """Name a quarter as `2026-Q4`, other days as everywhere.

    >>> named(quarter(2026, 4)), named(month_of(2026, 11))
    ('2026-Q4', '2026-11')
    """
    number = (days.first.month + 2) // 3
    return f"{days.first.year}-Q{number}" if days == quarter(days.first.year, number) else label_of(days)
