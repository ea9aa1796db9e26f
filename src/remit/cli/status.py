"""The overview in the terminal: the same value that the first page shows."""

from __future__ import annotations

import click

from remit.bootstrap import open_system
from remit.cli.context import json_option, say, say_json, say_stamp
from remit.cli.table import table
from remit.kernel.money import Money
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_overview import read_overview
from remit.report.entry_line import describe
from remit.report.overview import Overview
from remit.settings import Settings


@click.command()
@json_option
@click.pass_obj
def status(settings: Settings, as_json: bool) -> None:
    """Show stages, calls, spend against budgets, refusals and the last entries."""
    with open_system(settings) as system:
        fold_ledger(system)
        found = read_overview(system)
    if as_json:
        say_json(found)
        return
    say_stamp(counted=found.counts_simulated)
    say(render(found))


def render(found: Overview) -> str:
    """Lay the overview out as text."""
    spend = found.spend.value
    total = spend.display() if isinstance(spend, Money) else f"{spend:,}"
    simulated = ""
    if found.simulated_calls.value:
        amount = found.simulated_spend.display()
        apart = "of these" if found.counts_simulated else "counted apart"
        simulated = f"; simulated, {apart}: {found.simulated_calls.value:,} calls, {amount}"
    blocked = ""
    if found.blocked_calls.value:
        blocked = f", {found.blocked_calls.value:,} stopped by guardrails"
    cached = ""
    if found.cached_calls:
        cached = f"; {found.cached_calls:,} calls answered again from what was kept: {_saved(found)}"
    parts = [
        f"{found.organisation} · model version {found.model_version}"
        f" · month from {found.month.label} · as of {found.as_of:%Y-%m-%d %H:%M} UTC",
        f"{found.calls.value:,} calls ({found.failed_calls.value:,} not completed{blocked}),"
        f" {found.refused.value:,} refused, {total}{simulated}{cached}",
        table(
            [each.stage for each in found.stages],
            [[f"{each.use_cases:,}" for each in found.stages]],
            right=frozenset(range(len(found.stages))),
        ),
    ]
    if found.budgets:
        parts.append(_budgets(found))
    if found.use_cases:
        parts.append(_use_cases(found))
    if found.refusals:
        rows = [[each.name, f"{each.value:,}"] for each in found.refusals]
        parts.append(table(["refused by rule", "calls"], rows, right=frozenset({1})))
    if found.last:
        lines = [[f"{row.at:%m-%d %H:%M:%S}", row.kind, row.use_case, describe(row)] for row in found.last]
        parts.append(table(["last (UTC)", "kind", "use case", "what"], lines))
    return "\n\n".join(parts)


def _saved(found: Overview) -> str:
    said = f"{found.saved.display()} saved"
    if found.simulated_saved.amount:
        said += f", simulated {found.simulated_saved.display()}"
    return said


def _budgets(found: Overview) -> str:
    return table(
        ["budget", "per", "from", "posted", "limit", "left", "used %"],
        [
            [
                f"{each.pool}, {each.whose}" if each.whose else each.pool,
                each.per,
                each.starts,
                each.posted.display(),
                each.limit.display(),
                each.left.display(),
                str(each.share),
            ]
            for each in found.budgets
        ],
        right=frozenset({3, 4, 5, 6}),
    )


def _use_cases(found: Overview) -> str:
    return table(
        ["use case", "unit", "calls", "not completed", "tokens", "charge", ""],
        [
            [
                each.use_case,
                each.unit,
                f"{each.calls:,}",
                f"{each.failed:,}",
                f"{each.tokens:,}",
                each.charge.display(),
                "simulated" if each.simulated else "",
            ]
            for each in found.use_cases
        ],
        right=frozenset({2, 3, 4, 5}),
    )
