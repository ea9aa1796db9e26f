"""Commands on building blocks: list, show."""

from __future__ import annotations

import click

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import count, json_option, note, say, say_json, say_stamp
from remit.cli.table import shorten, table
from remit.declare.version import number
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_blocks import read_blast_radius, read_blocks
from remit.report.blocks import BlastRadius, BlockLine, Family
from remit.settings import Settings


@click.group(cls=CommandGroup, invoke_without_command=True)
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
    say_stamp(counted=found.counts_simulated)
    rows: list[tuple[str, ...]] = []
    families = {each.address: each for each in found.families}
    for each in found.blocks:
        name, _, version = each.address.partition("@")
        if first := families.pop(name, None):
            rows.append((name, *[""] * 6, _family(first)))
        rows.append(
            (
                f"  @{version}" if version else name,
                each.owner or "nobody",
                f"{each.listed:,}",
                *(f"{figure:,}" if each.kind == "model" else "" for figure in _figures(each)),
                _remarks(each),
            )
        )
    headings = ["block", "owner", "listed by", "allowed to", "called by", "calls", "simulated", ""]
    say(table(headings, rows, right=frozenset({2, 3, 4, 5, 6})))
    for gone in found.undeclared:
        say(f"{gone.address} is declared no more and had {count(gone.calls, 'call')}")
    share = "no calls" if found.share is None else f"{found.share} % of {count(found.calls, 'call')}"
    note(f"{share} since {found.since} on blocks that two or more use cases share")


def _figures(line: BlockLine) -> tuple[int, ...]:
    return line.allowed, line.called, line.calls, line.simulated_calls


def _family(found: Family) -> str:
    newest = (
        f", newest approved @{number(found.newest_approved)}" if found.newest_approved else ", none approved"
    )
    users = f"used by {count(found.use_cases, 'use case')}" if found.use_cases else "used by nobody"
    return f"{count(len(found.versions), 'version')}{newest}, {users}"


def _remarks(line: BlockLine) -> str:
    """Say what stands out: on its way out and still used, shared, used by nobody, behind, built twice."""
    remarks = ["shared"] if line.shared else ["used by nobody"] if line.orphan else []
    if line.status != "approved":
        until = f", last day {line.last_day}" if line.last_day else ""
        used = " and still used" if line.left_behind else ""
        remarks.insert(0, f"{line.status.replace('_', ' ')}{until}{used}")
    if line.behind:
        remarks.append(f"behind @{number(line.newer or '')}: {', '.join(line.behind)}")
    if line.targets:
        remarks.append(f"leads to {', '.join(line.targets)}")
    if line.routes:
        remarks.append(f"led to by {', '.join(line.routes)}")
    remarks += (f"built twice? {twin.address}: {twin.reason}" for twin in line.twins)
    return "; ".join(remarks)


@blocks.command()
@click.argument("address")
@json_option
@click.pass_obj
def show(settings: Settings, address: str, as_json: bool) -> None:
    """Show whom a change of the block ADDRESS touches; without a version, of the one that it means today."""
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
    if found.versions:
        versions = [
            (f"@{number(each.address)}", f"{each.listed:,}", _remarks(each)) for each in found.versions
        ]
        parts.append(table(["version", "listed by", ""], versions, right=frozenset({1})))
    if found.leads:
        parts.append(_targets(found))
    if line.routes:
        parts.append(f"routes that lead to it: {', '.join(line.routes)}")
    if found.uses:
        parts.append(_uses(found))
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


def _targets(found: BlastRadius) -> str:
    rows = [
        (
            each.to if each.to == each.means else f"{each.to} (now @{number(each.means)})",
            "" if each.weight is None else f"{each.weight:,}",
            "; ".join(each.when) or "all calls",
        )
        for each in found.leads
    ]
    return table(["leads to", "weight", "for"], rows, right=frozenset({1}))


def _uses(found: BlastRadius) -> str:
    rows = [
        (
            use.use_case,
            use.unit,
            use.stage,
            "yes" if use.listed else ", ".join(f"by {route}" for route in use.through) or "no",
            f"{use.calls:,}",
            f"{use.simulated_calls:,}",
            use.owner,
        )
        for use in found.uses
    ]
    headings = ["use case", "unit", "stage", "lists it", "calls", "simulated", "owner"]
    return table(headings, rows, right=frozenset({4, 5}))
