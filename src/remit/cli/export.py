"""Commands that give costs to other systems: a FOCUS file, and the check of anybody's."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import cast

import click

from remit.bootstrap import open_system, parquet_writer
from remit.cli.context import PROBLEMS, count, json_option, note, say, say_json
from remit.cli.late_group import LateGroup
from remit.cli.table import shorten, table
from remit.kernel.diagnostic import quoted
from remit.kernel.money import canonical
from remit.operations.check_focus import check_focus
from remit.operations.export_focus import Exported, FocusWanted, export_focus
from remit.operations.focus_rulebook import focus_rulebook
from remit.report.focus_conformance import Conformance, FocusFinding, Version
from remit.report.focus_coverage import Coverage, coverage
from remit.report.focus_shape import COLUMN_TYPES, FocusMonth, Per, focus_header
from remit.settings import Settings


class MonthType(click.ParamType[FocusMonth]):
    """A month as `2026-11`."""

    name = "month"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> FocusMonth:
        try:
            return FocusMonth.parse(value)
        except ValueError:
            self.fail("write a month as `2026-11`", param, ctx)


@click.group(cls=LateGroup, late={"training-set": "export_training_set:training_set"})
def export() -> None:
    """Give costs and kept calls to others, and check such files."""


@export.command()
@click.option("--month", required=True, type=MonthType(), metavar="YYYY-MM", help="A calendar month in UTC.")
@click.option("--format", "format_name", default="csv", type=click.Choice(["csv", "parquet"]))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write; without it, CSV goes to standard output.",
)
@click.option(
    "--per",
    default="hour",
    show_default=True,
    type=click.Choice(["hour", "day", "month"]),
    help="How long a charge period is.",
)
@click.option("--ai-draft", is_flag=True, help="Use the AI columns and keys of the draft of version 1.5.")
@click.option(
    "--shared", is_flag=True, help="Take in what no call makes, a row for each share of a use case."
)
@click.option("--simulated", is_flag=True, help="Take in calls to simulated models, marked as such.")
@click.pass_obj
def focus(
    settings: Settings,
    month: FocusMonth,
    format_name: str,
    out: Path | None,
    per: str,
    ai_draft: bool,
    shared: bool,
    simulated: bool,
) -> None:
    """Write what a month cost as FOCUS 1.4 Cost and Usage.

    What breaks a rule of FOCUS is not written.
    """
    if out is None and format_name == "parquet":
        raise click.UsageError("a Parquet file needs a name: add `--out FILE`")
    wanted = FocusWanted(month, cast(Per, per), ai_draft, simulated, shared)
    with _apart(out) as folder:
        written = folder / "focus.csv"
        with open_system(settings) as system, written.open("w", encoding="utf-8", newline="") as file:
            exported = export_focus(system, wanted, file)
        if format_name == "parquet":
            packed = folder / "focus.parquet"
            header = focus_header(draft=ai_draft, shared=shared)
            columns = {name: COLUMN_TYPES.get(name, "text") for name in header}
            parquet_writer().write(written, packed, columns)
            written = packed
        if out is None:
            with written.open("rb") as body:
                shutil.copyfileobj(body, sys.stdout.buffer)
        else:
            written.replace(out)
    _told(exported, wanted)


@contextmanager
def _apart(out: Path | None) -> Iterator[Path]:
    """Give a directory beside the target, so that nobody sees a file that is not whole."""
    beside = None if out is None else out.absolute().parent
    with tempfile.TemporaryDirectory(dir=beside, prefix=".remit-export-") as folder:
        yield Path(folder)


def _told(exported: Exported, wanted: FocusWanted) -> None:
    note(
        f"{count(exported.rows, 'row')} of {count(exported.calls, 'call')}"
        f" and {count(exported.adjustments, 'adjustment')}"
    )
    for currency, sums in sorted(exported.sums.items()):
        note(
            f"billed {canonical(sums.billed)} {currency}, effective {canonical(sums.effective)} {currency};"
            " these are two views of one cost and never added"
        )
    if exported.is_open:
        note("the month is not over: this is what is known now")
    if exported.simulated_calls and not wanted.simulated:
        note(f"{count(exported.simulated_calls, 'simulated call')} left out; `--simulated` takes them in")
    note(_covered(coverage(focus_rulebook(), exported.conformance)))


@export.command()
@click.argument(
    "source", required=False, metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--focus-version",
    "version",
    type=click.Choice(["1.2", "1.4"]),
    help="Which version it is of; left out, its columns tell.",
)
@click.option("--ai-draft", is_flag=True, help="Allow the AI columns and keys of the draft of version 1.5.")
@click.option(
    "--applies", multiple=True, metavar="CRITERION", help="What its provider offers; may be repeated."
)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="Show so many.")
@click.option("--rules", is_flag=True, help="List every rule and how it is decided, without a file.")
@json_option
def check(
    source: Path | None,
    version: str | None,
    ai_draft: bool,
    applies: tuple[str, ...],
    limit: int,
    rules: bool,
    as_json: bool,
) -> None:
    """Check each row of the FOCUS file FILE, CSV or CSV packed with gzip, by the specification's rules."""
    if rules:
        _say_rules(as_json=as_json)
        return
    if source is None:
        raise click.UsageError("name a file, or ask for `--rules`")
    known = {name for each in focus_rulebook().rules for name in each.rule.criteria}
    if unknown := set(applies) - known:
        raise click.BadParameter(f"{sorted(unknown)[0]} is none of {', '.join(sorted(known))}")
    with source.open("rb") as file:
        found = check_focus(
            file,
            source.name,
            version=cast("Version | None", version),
            draft=ai_draft,
            applies=frozenset(applies),
        )
    covered = coverage(focus_rulebook(), found)
    if as_json:
        say_json({"conformance": asdict(found), "coverage": asdict(covered)})
    else:
        _say_findings(found, limit)
        note(_covered(covered))
    sys.exit(PROBLEMS if found.broken_musts else 0)


def _say_findings(found: Conformance, limit: int) -> None:
    if found.findings:
        headings = ["row", "rule", "column", "holds", "what", "value"]
        say(table(headings, map(_line, found.findings[:limit]), right=frozenset({0})))
    total = sum(found.counts.values())
    advice = total - found.broken_musts
    note(
        f"{count(found.rows, 'row')} read as version {found.version}:"
        f" {count(found.broken_musts, 'break')} of what must be, {advice:,} of what should be"
        + (f"; {limit} shown" if total > limit else "")
    )


def _line(found: FocusFinding) -> tuple[str, ...]:
    value = "" if found.value is None else quoted(found.value, at_most=30)
    where = str(found.row) if found.row else "header"
    must = "must" if found.must else "should"
    return where, found.rule, found.column, must, shorten(found.says, 90), value


def _covered(covered: Coverage) -> str:
    return (
        f"of {covered.rules} rules of model {covered.model_version}, {covered.checkable} can be checked on"
        f" a file, {covered.partly} of them in part: {covered.decided} were, {covered.absent} are about"
        f" columns that are not there, {covered.conditional} depend on what the provider offers"
        f"\nthe other {covered.rules - covered.checkable}: {covered.parts} are made of others,"
        f" {covered.permits} only permit, {covered.sentences} have no check that a file alone could answer,"
        f" {covered.set_aside} are set aside"
        f"\nbeside them: {count(covered.own, 'check')} on the columns of version {covered.version}"
    )


def _say_rules(*, as_json: bool) -> None:
    book = focus_rulebook()
    if as_json:
        rules = [
            {
                "id": each.id,
                "how": each.how,
                "keyword": each.rule.keyword,
                "says": each.rule.says,
                "note": each.note,
            }
            for each in book.rules
        ]
        say_json({"model_version": book.model_version, "rules": rules, "functions": book.functions})
        return
    say(
        table(
            ["rule", "how", "says"],
            [(each.id, each.how, shorten(each.rule.says, 100)) for each in book.rules],
        )
    )
    say(table(["check function", "rules"], [(name, str(number)) for name, number in book.functions.items()]))
