"""Commands on building blocks: list, show."""

from __future__ import annotations

import click

from remit.bootstrap import open_system
from remit.cli.context import count, json_option, note, say, say_json
from remit.cli.table import shorten, table
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_blocks import read_blast_radius, read_blocks
from remit.report.blocks import BlastRadius, BlockLine
from remit.settings import Settings


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def blocks(context: click.Context, as_json: bool) -> None:
    """What is shared, who uses it, and what was built twice."""
    if context.invoked_subcommand is None:
        context.invoke(list_blocks, as_json=as_json)


@blocks.command(name="list")
@json_option
@click.pass_obj
def list_blocks(settings: Settings, as_json: bool) -> None:
    """List every block with its owner, its uses and the last 31 days' calls."""
    with open_system(settings) as system:
        fold_ledger(system)
        found = read_blocks(system)
    if as_json:
        say_json(found)
        return
    rows = [
        (
            each.address,
            each.owner or "nobody",
            f"{each.listed:,}",
            f"{each.allowed:,}" if each.kind == "model" else "",
            f"{each.called:,}" if each.kind == "model" else "",
            f"{each.calls:,}" if each.kind == "model" else "",
            f"{each.simulated_calls:,}" if each.kind == "model" else "",
            _remarks(each),
        )
        for each in found.blocks
    ]
    headings = ["block", "owner", "listed by", "allowed to", "called by", "calls", "simulated", ""]
    say(table(headings, rows, right=frozenset({2, 3, 4, 5, 6})))
    for gone in found.undeclared:
        say(f"{gone.address} is declared no more and had {count(gone.calls, 'call')}")
    share = "no calls" if found.share is None else f"{found.share} % of {count(found.calls, 'call')}"
    note(f"{share} since {found.since} on blocks that two or more use cases share")


def _remarks(line: BlockLine) -> str:
    """Say what stands out: on its way out and still used, shared, used by nobody, built twice."""
    remarks = ["shared"] if line.shared else ["used by nobody"] if line.orphan else []
    if line.status != "approved":
        until = f", last day {line.last_day}" if line.last_day else ""
        used = " and still used" if line.left_behind else ""
        remarks.insert(0, f"{line.status.replace('_', ' ')}{until}{used}")
    remarks += (f"built twice? {twin.address}: {twin.reason}" for twin in line.twins)
    return "; ".join(remarks)


@blocks.command()
@click.argument("address")
@json_option
@click.pass_obj
def show(settings: Settings, address: str, as_json: bool) -> None:
    """Show whom a change of the block ADDRESS touches."""
    with open_system(settings) as system:
        fold_ledger(system)
        found = read_blast_radius(system, address)
    if as_json:
        say_json(found)
    else:
        say(_render(found))


def _render(found: BlastRadius) -> str:
    line = found.block
    simulated = f" and {line.simulated_calls:,} simulated" if line.simulated_calls else ""
    parts = [
        f"{line.address}: {line.name} (owner: {line.owner or 'nobody'})\n"
        f"a change touches {count(len(found.uses), 'use case')} in {count(len(found.units), 'unit')},"
        f" {count(len(found.keys), 'key')}, {count(len(found.budgets), 'budget')},"
        f" {count(line.calls, 'call')}{simulated} since {found.since}"
    ]
    if found.uses:
        rows = [
            (
                use.use_case,
                use.unit,
                use.stage,
                "yes" if use.listed else "no",
                f"{use.calls:,}",
                f"{use.simulated_calls:,}",
                use.owner,
            )
            for use in found.uses
        ]
        headings = ["use case", "unit", "stage", "lists it", "calls", "simulated", "owner"]
        parts.append(table(headings, rows, right=frozenset({4, 5})))
    if found.budgets:
        budgets = [
            (
                each.pool,
                " for each ".join(filter(None, (each.per, each.each))),
                each.limit.display(),
                f"{each.use_cases:,}",
                each.owner,
            )
            for each in found.budgets
        ]
        headings = ["budget", "per", "limit", "use cases", "owner"]
        parts.append(table(headings, budgets, right=frozenset({2, 3})))
    if line.twins:
        parts.append("\n".join(f"built twice? {twin.address}: {twin.reason}" for twin in line.twins))
    if found.only_allowed:
        names = shorten(", ".join(found.only_allowed), 200)
        parts.append(
            f"allowed to {count(len(found.only_allowed), 'more use case')} that do not use it: {names}"
        )
    return "\n\n".join(parts)
