"""The command that shows whose costs are whose: finops showback."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import click

from remit.bootstrap import open_system
from remit.cli.context import count, json_option, note, say, say_json, say_stamp
from remit.cli.days import PERIOD
from remit.cli.table import shorten, table
from remit.decide.bill_sum import Span
from remit.decide.finops.allocation import PARTS, Part
from remit.kernel.money import canonical
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_showback import read_showback
from remit.report.showback import CSV_HEADER, Showback, ShowbackRow
from remit.report.written import cents as cents
from remit.settings import Settings

_REST = {"idle": "idle: ", "unreached": "reaches no use case: "}


@click.command(name="showback")
@click.option(
    "--period",
    type=PERIOD,
    metavar="PERIOD",
    help="A month, such as `2026-11`, or days, such as `2026-11-02..2026-11-08`; left out, this month.",
)
@click.option("--unit", default="", help="Only this unit and those below it.")
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write every line with its basis to a file as well.",
)
@json_option
@click.pass_obj
def showback_command(
    settings: Settings, period: Span | None, unit: str, csv_file: Path | None, as_json: bool
) -> None:
    """Show what a period cost, by unit and use case and by what it was for.

    Every cost reaches a use case, or a line says why it does not. A closed month is shown as it was stated.
    """
    with open_system(settings) as system:
        fold_ledger(system)
        shown = read_showback(system, period, unit=unit)
    if csv_file is not None:
        _write(csv_file, shown.rows)
    if as_json:
        say_json(shown.report)
        return
    say_showback(shown.report)


def _write(target: Path, rows: Iterable[Sequence[str]]) -> None:
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(CSV_HEADER)
        writer.writerows(rows)


def say_showback(found: Showback) -> None:
    """Print what a period cost, rounded to the cent."""
    say_stamp(counted=found.counts_simulated)
    parts = [part for part in PARTS if any(each.parts.get(part) for each in found.rows)]
    headings = ["", *parts, "total", "share", found.before_period or "before", "charging"]
    rows = [_row(each, parts) for each in found.rows]
    sums: dict[Part, Decimal] = {}
    for each in found.rows:
        # A unit's row has what is of those below it as well.
        if each.kind != "unit":
            for part, amount in each.parts.items():
                sums[part] = sums.get(part, Decimal(0)) + amount
    rows.append(
        (
            f"all of {found.unit}" if found.unit else "all",
            *(cents(sums[part]) for part in parts),
            cents(found.total),
            "" if found.unit or not found.total else "100.0 %",
            "" if found.before is None else cents(found.before),
            "",
        )
    )
    say(table(headings, rows, right=frozenset(range(1, len(headings) - 1))))
    _say_notes(found)


def _row(each: ShowbackRow, parts: Sequence[Part]) -> tuple[str, ...]:
    return (
        "  " * each.depth + shorten(_REST.get(each.kind, "") + each.name, 60),
        *(cents(each.parts[part]) if part in each.parts else "" for part in parts),
        cents(each.amount),
        f"{100 * each.share:.1f} %",
        "" if each.before is None else cents(each.before),
        each.charging if each.kind == "unit" else "",
    )


def _say_notes(found: Showback) -> None:
    state = f"closed by entry {found.closed}" if found.closed else "so far" if found.goes_on else "open"
    note(f"{found.since} to {found.until}, {state}; amounts in {found.currency}, to the cent")
    whole = f"{cents(found.total)} {found.currency}"
    rest = [
        f"{cents(amount)} {says}"
        for amount, says in (
            (found.idle_shared, "stood idle and is shared"),
            (found.idle, "stood idle and is not allocated (nobody is declared to share it)"),
            (found.unreached, "reaches no use case"),
            (found.prior, "is about months that were closed before"),
        )
        if amount
    ]
    reached = ", and all of it reaches a use case" if found.total else ""
    note(f"{whole} in all" + (f", of which {', '.join(rest)}" if rest else reached))
    for each in found.rows:
        if each.says:
            note(f"{_REST[each.kind]}{each.name}: {each.says}")
    if found.uncounted:
        note(
            f"{count(len(found.uncounted), 'cost')} in no period, for want of a day or an exchange rate:"
            f" {', '.join(found.uncounted)}; give `since`, or a block `built`"
        )
    for currency, amount in found.foreign.items():
        note(f"{canonical(amount)} {currency} of calls is in another currency, and in no line")
    calls = sum(each.calls for each in found.simulated.values())
    if calls:
        left = "are counted" if found.counts_simulated else "cost nothing, and are left out"
        note(f"{count(calls, 'simulated call')} {left}")
