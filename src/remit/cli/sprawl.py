"""The command on sprawl: calls in providers' own logs that belong to no use case."""

from __future__ import annotations

from pathlib import Path

import click

from remit.bootstrap import open_system
from remit.cli.context import count, json_option, note, say, say_json
from remit.cli.named_format import exports_of, format_named
from remit.cli.table import shorten, table
from remit.decide.sprawl import Outside
from remit.operations.find_sprawl import find_sprawl
from remit.operations.fold_ledger import fold_ledger
from remit.record.usage_format import read_format
from remit.report.sprawl import SprawlReport
from remit.settings import Settings


@click.command()
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--format",
    "format_name",
    required=True,
    help="`bedrock-invocation-log`, `openai-usage`, `litellm-spend-logs`, or a file that describes another"
    " export.",
)
@click.option("--limit", default=40, show_default=True, type=click.IntRange(1, 100_000), help="Show so many.")
@json_option
@click.pass_obj
def sprawl(settings: Settings, files: tuple[Path, ...], format_name: str, limit: int, as_json: bool) -> None:
    """Name the calls in the exports FILE... that belong to no declared use case.

    Prompts and answers in them are passed over, and nothing of the files is kept.
    """
    format = format_named(format_name, folder="usage_formats", read=read_format)
    exports = exports_of(files)
    with open_system(settings) as system:
        fold_ledger(system)
        found = find_sprawl(system, exports, format=format)
    if as_json:
        say_json(found)
        return
    if found.sprawl.outside:
        say(_table(found.sprawl.outside[:limit]))
    for fault in found.faults[:10]:
        note(f"{fault.file}:{fault.row}: not read: {fault.reason}")
    note(_summary(found, shown=limit))


def _table(outside: tuple[Outside, ...]) -> str:
    rows = [
        (
            shorten(_who(each), 70),
            shorten(each.source.model or "not said", 50),
            f"{each.source.day}",
            f"{each.calls:,}",
            "unknown" if each.tokens_unknown == each.calls else f"{each.input_tokens:,}",
            "unknown" if each.tokens_unknown == each.calls else f"{each.output_tokens:,}",
            _cost(each),
        )
        for each in outside
    ]
    headings = ["who", "model", "day (UTC)", "calls", "tokens in", "tokens out", "estimated cost"]
    return table(headings, rows, right=frozenset({3, 4, 5, 6}))


def _who(each: Outside) -> str:
    source = each.source
    said = [word for word in (source.account, source.project, source.identity, source.key) if word]
    return " ".join(said) or "not said"


def _cost(each: Outside) -> str:
    if each.cost is None:
        return "unknown"
    return f"{'≥ ' if each.unpriced else ''}{each.cost.display()}"


def _summary(found: SprawlReport, *, shown: int) -> str:
    sprawl = found.sprawl
    cost = f"estimated {sprawl.cost.display()}" if sprawl.cost else "cost unknown"
    if sprawl.cost and sprawl.unpriced:
        cost += f" and {count(sprawl.unpriced, 'call')} without a known price"
    lines = [
        f"{count(sprawl.calls_outside, 'call')} outside the operating model, {cost};"
        f" {sprawl.calls_inside:,} inside"
    ]
    if len(sprawl.outside) > shown:
        lines.append(f"{len(sprawl.outside) - shown:,} more lines; `--limit` shows them")
    if found.unreadable:
        why = ", ".join(f"{reason} {number:,}" for reason, number in found.unreadable.items())
        lines.append(f"{found.rows:,} rows, of them not read: {why}")
    return "\n".join(lines)
