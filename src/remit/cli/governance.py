"""Commands on governance: compare."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import (
    PROBLEMS,
    count,
    json_option,
    note,
    render_diagnostics,
    say,
    say_json,
)
from remit.cli.directory import load_directory, shipped_files
from remit.cli.table import table
from remit.decide.governance import Mode, compare
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import MODES
from remit.operations.past_changes import past_changes
from remit.settings import Settings


@click.group(cls=CommandGroup)
def governance() -> None:
    """Who decides on what."""


@governance.command(name="compare")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--raci", type=click.Choice(MODES), help="Show the responsibility table of one mode.")
@json_option
@click.pass_obj
def compare_modes(settings: Settings, directory: Path, raci: str | None, as_json: bool) -> None:
    """Show what each governance mode would change for the operating model in DIRECTORY."""
    loaded = load_directory(directory)
    model = loaded.operating_model
    if model is None:
        say(render_diagnostics(loaded.diagnostics, everything=False))
        note(f"{directory}: {count(loaded.errors, 'error')}; nothing can be compared")
        sys.exit(PROBLEMS)
    with open_system(settings) as system:
        changes, now = past_changes(system), system.clock.now()
    modes = compare(model, shipped_stages=_shipped_stages(model), changes=changes, now=now)
    if as_json:
        say_json(modes)
    elif raci:
        [mode] = [each for each in modes if each.mode == raci]
        say(_responsibilities(mode))
    else:
        say(render(modes))


def _shipped_stages(model: OperatingModel) -> list[str]:
    """Name the stages that are as they ship; nobody set them here."""
    files = {**shipped_files(), "none.yaml": _NOBODY}
    shipped = load(files).operating_model
    assert shipped is not None, "what ships is sound"
    return [name for name, stage in model.stages.items() if shipped.stages[name] == stage]


_NOBODY = "organisation: {name: Nobody, contact: nobody@example.com, currency: EUR}"


def render(modes: Sequence[Mode]) -> str:
    """Lay out who decides under each mode, and what each would change."""
    rows = zip(*(mode.responsibilities for mode in modes), strict=True)
    decides = [[row[0].capability, *(each.decides for each in row), row[0].name] for row in rows]
    parts = [table(["capability", *MODES, "what is decided"], decides)]
    for mode in modes:
        parts.append(_mode(mode))
    return "\n\n".join(parts)


def _responsibilities(mode: Mode) -> str:
    rows = [
        [
            each.capability,
            each.accountable,
            each.responsible,
            *map(", ".join, (each.consulted, each.informed)),
        ]
        for each in mode.responsibilities
    ]
    return table(["capability", "accountable", "responsible", "consulted", "informed"], rows)


def _mode(mode: Mode) -> str:
    lines = [f"{mode.mode}{' (as declared)' if mode.declared else ''}"]
    rate = mode.approvals_a_month
    month = "the ledger is too short for a rate" if rate is None else f"{rate} a month"
    lines.append(f"  approvals that past changes would have needed: {mode.approvals} ({month})")
    copies = sum(each.more for each in mode.duplicated)
    blocks = ", ".join(f"{each.block} ×{len(each.units)}" for each in mode.duplicated)
    lines.append(f"  blocks that units would build again: {copies}{f' ({blocks})' if blocks else ''}")
    lines.append(f"  declarations out of bounds: {len(mode.out_of_bounds)}")
    lines += (
        f"    {each.layer} sets {each.field}; {_DECIDES[each.decides]} ({each.capability})"
        for each in mode.out_of_bounds
    )
    accountable = {each.accountable: 0 for each in mode.responsibilities}
    for each in mode.responsibilities:
        accountable[each.accountable] += 1
    lines.append("  accountable: " + ", ".join(f"{who} for {n}" for who, n in accountable.items()))
    return "\n".join(lines)


_DECIDES = {
    "centre": "the centre would decide",
    "unit": "each unit would decide",
    "both": "both would decide",
}
