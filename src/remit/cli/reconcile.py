"""The command that holds a bill against the ledger: reconcile."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

import click

from remit.bootstrap import open_system
from remit.cli.change import yes_option
from remit.cli.context import count, json_option, note, plain, say, say_json
from remit.cli.days import DAY, MONTH
from remit.cli.named_format import exports_of, format_named
from remit.cli.table import shorten, table
from remit.decide.bill_sum import Span
from remit.kernel.errors import RemitError
from remit.kernel.money import Money
from remit.operations.adjust import adjust_by_bill
from remit.operations.fold_ledger import fold_ledger
from remit.operations.reconcile_bill import reconcile_bill
from remit.record.bill_format import read_bill_format
from remit.record.decided import Adjustment
from remit.report.reconciliation import BillLine, Reconciliation, Share
from remit.settings import Settings


@click.command()
@click.option(
    "--bill",
    "bills",
    required=True,
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The bill; of one in parts, each part.",
)
@click.option(
    "--format",
    "format_name",
    default="focus",
    show_default=True,
    help="`focus`, `aws-cur-2`, `openai-costs`, `litellm-spend-logs`, or a file that describes another bill.",
)
@click.option("--month", type=MONTH, metavar="MONTH", help="Only rows of this month, such as `2026-11`.")
@click.option(
    "--provider", "providers", multiple=True, help="Only calls of this provider, not of all in the bill."
)
@click.option(
    "--rate",
    "rates",
    multiple=True,
    help="What the bill's currency is worth, such as `USD=0.92`; left out, what `exchange_rates:` says.",
)
@click.option("--as-of", type=DAY, metavar="DATE", help="With what was known at the end of this day, in UTC.")
@click.option(
    "--adjust", is_flag=True, help="Write adjustments for what the bill explains, after showing them."
)
@click.option("--limit", default=40, show_default=True, type=click.IntRange(1, 100_000), help="Show so many.")
@yes_option
@json_option
@click.pass_obj
def reconcile(
    settings: Settings,
    bills: tuple[Path, ...],
    format_name: str,
    month: Span | None,
    providers: tuple[str, ...],
    rates: tuple[str, ...],
    as_of: date | None,
    adjust: bool,
    limit: int,
    yes: bool,
    as_json: bool,
) -> None:
    """Match what was billed with what was charged, per model, day and key, and explain each difference.

    Nothing of the bill is kept but its digest, and only if it is adjusted by.
    """
    if adjust and as_of is not None:
        raise click.UsageError("`--adjust` goes by what is known now: leave `--as-of` out")
    format = format_named(format_name, folder="bill_formats", read=read_bill_format)
    exchange = dict(map(_rate, rates))
    written: list[Adjustment] = []
    with open_system(settings) as system:
        fold_ledger(system)
        found = reconcile_bill(
            system,
            exports_of(bills),
            format=format,
            month=month,
            as_of=as_of,
            providers=providers,
            exchange=exchange,
        )
        if not as_json:
            _show(found, limit)
        if adjust and found.proposals and not found.adjusted_by:
            _confirm(yes=yes, as_json=as_json)
            written += adjust_by_bill(system, found, author=settings.author)
    if as_json:
        say_json({**plain(found), "written": [each.id for each in written]})
    elif adjust:
        note(_done(found, written))


def _rate(text: str) -> tuple[str, Decimal]:
    found = re.fullmatch(r"([A-Z]{3})=([0-9]{1,6}(?:\.[0-9]{1,9})?)", text)
    if found is None or not Decimal(found[2]):
        raise click.BadParameter("write it as `USD=0.92`", param_hint="--rate")
    return found[1], Decimal(found[2])


def _confirm(*, yes: bool, as_json: bool) -> None:
    if yes:
        return
    if as_json or not sys.stdin.isatty():
        raise RemitError(
            "nobody is here to be asked",
            help="look at what `remit reconcile` shows, then repeat it with `--yes`; nothing was written",
            code="not-confirmed",
        )
    if not click.confirm("Write these adjustments?", err=True):
        raise click.Abort


def _show(found: Reconciliation, limit: int) -> None:
    if found.lines:
        say(_lines(found.lines[:limit]))
        say("")
    say(_causes(found))
    if found.proposals:
        say("")
        say(_proposals(found))
    for fault in found.faults[:10]:
        note(f"{fault.file}:{fault.row}: not read: {fault.reason}")
    note("\n".join(_notes(found, limit)))


def _lines(lines: Iterable[BillLine]) -> str:
    rows = [
        (
            shorten(line.model or line.kind, 44)
            + (f" ({line.kind})" if line.model and line.kind != "usage" else ""),
            f"{line.since}" if line.since == line.until else f"{line.since} to {line.until}",
            shorten(" ".join(filter(None, (line.use_case, line.key))), 40) or "any",
            f"{line.calls:,}",
            line.billed.display(),
            line.charged.display(),
            line.gap.display(),
            ", ".join(f"{cause.replace('_', ' ')} {amount:f}" for cause, amount in line.causes.items()),
        )
        for line in lines
    ]
    headings = ["model", "days (UTC)", "whose", "calls", "billed", "charged", "gap", "of which"]
    return table(headings, rows, right=frozenset({3, 4, 5, 6}))


def _causes(found: Reconciliation) -> str:
    rows = [
        ("billed", "", found.billed.display()),
        ("charged", "", found.charged.display()),
        *([("adjusted", "", found.adjusted.display())] if found.adjusted.amount else []),
        ("gap", "", found.gap.display()),
        *(
            (f"  {each.cause.replace('_', ' ')}", each.meaning, each.amount.display())
            for each in found.causes
        ),
    ]
    return table(["", "", found.currency], rows, right=frozenset({2}))


def _proposals(found: Reconciliation) -> str:
    rows = [
        (
            each.about.reason,
            each.about.use_case or "none",
            each.about.model or "none",
            each.about.provider or "none",
            each.about.cost,
            Money(each.amount, found.currency).display(),
        )
        for each in found.proposals
    ]
    return table(
        ["adjustment", "use case", "model", "provider", "cost", "amount"], rows, right=frozenset({5})
    )


def _notes(found: Reconciliation, limit: int) -> list[str]:
    shares = (
        f"attributed to calls: {_percent(found.cost_share)} of cost, {_percent(found.token_share)} of tokens"
    )
    providers = ", ".join(found.providers) or "no declared provider"
    lines = [f"{found.since} to {found.until} (UTC), {providers}; {shares}"]
    if len(found.lines) > limit:
        lines.append(f"{len(found.lines) - limit:,} more lines; `--limit` shows them")
    if found.unmatched:
        named = ", ".join(f"`{shorten(each, 60)}`" for each in found.unmatched[:5])
        more = f" and {len(found.unmatched) - 5:,} more" if len(found.unmatched) > 5 else ""
        lines.append(f"no block is named {named}{more}: say in a block's options `billed_as`, if it is one")
    if found.unreadable:
        why = ", ".join(f"{reason} {number:,}" for reason, number in found.unreadable.items())
        lines.append(f"{found.rows:,} rows, of them passed over or not read: {why}")
    if found.adjusted_by:
        lines.append(
            f"the ledger was adjusted by this bill already ({count(len(found.adjusted_by), 'entry')})"
        )
    elif found.proposals:
        lines.append("`--adjust` writes these adjustments")
    return lines


def _percent(share: Share) -> str:
    return "none" if share.percent is None else f"{share.percent} %"


def _done(found: Reconciliation, written: list[Adjustment]) -> str:
    if written:
        return f"{count(len(written), 'adjustment')} written, {written[0].id} the first"
    if found.adjusted_by:
        return "nothing was written: no bill is adjusted by twice"
    return "nothing was written: there is nothing to adjust"
