"""Commands on gates: list, show."""

from __future__ import annotations

import click

from remit.bootstrap import open_system
from remit.cli.context import count, json_option, note, say, say_json
from remit.cli.table import table
from remit.declare.gate import GATED
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.report.gate import NOT_REVIEWED, CriterionLine, GateView, gate_view, threshold
from remit.settings import Settings


@click.group()
def gate() -> None:
    """What must be shown before a use case enters a stage."""


@gate.command(name="list")
@json_option
@click.pass_obj
def list_gates(settings: Settings, as_json: bool) -> None:
    """List the criteria of every gate in force."""
    with open_system(settings) as system:
        fold_ledger(system)
        _, model = model_in_force(system)
    if as_json:
        say_json({name: model.gates[name].model_dump(mode="json") for name in GATED if name in model.gates})
        return
    rows = [
        (name, id, threshold(each), each.evidence, each.pillar, each.name)
        for name in GATED
        if name in model.gates
        for id, each in model.gates[name].criteria.items()
    ]
    say(table(["into", "criterion", "threshold", "evidence", "pillar", "what must be so"], rows))
    note(NOT_REVIEWED)


@gate.command()
@click.argument("use_case")
@click.option("--into", type=click.Choice(GATED), help="The stage; left out, the next one.")
@json_option
@click.pass_obj
def show(settings: Settings, use_case: str, into: str | None, as_json: bool) -> None:
    """Show what stands between USE_CASE and its next stage."""
    with open_system(settings) as system:
        fold_ledger(system)
        _, model = model_in_force(system)
        require_use_case(model, use_case)
        stage = system.store.stages(system.clock.now())[use_case].stage
    found = gate_view(model, use_case, stage, into=into)  # type: ignore[arg-type]  # click.Choice
    if as_json:
        say_json(found)
    else:
        say(render(found))
        note(NOT_REVIEWED)


def render(found: GateView) -> str:
    """Lay out one gate: its criteria with the shortest way to each, who must agree, and what ends it."""
    where = f"{found.use_case} is at {found.stage}"
    if found.into is None:
        return f"{where}; no gate comes after it"
    if not found.declared:
        return f"{where}; no gate into {found.into} is declared"
    parts = [f"{where}; into {found.into}: {found.description}"]
    parts += [_criterion(each) for each in found.criteria]
    if found.approvals:
        names = ", ".join(f"{each.role} ({each.contact or 'nobody'})" for each in found.approvals)
        parts.append(f"must agree: {names}")
    if found.fast_lane:
        parts.append(f"at risk tier {' or '.join(found.fast_lane)}, what is measured is enough")
    parts += [f"ends it: {each.name} ({each.threshold})" for each in found.kill]
    return "\n".join(parts)


def _criterion(line: CriterionLine) -> str:
    fresh = f", not older than {count(line.fresh_days, 'day')}" if line.fresh_days else ""
    return (
        f"{line.id}: {line.name}\n"
        f"    {line.threshold} ({line.evidence.replace('_', ' ')}{fresh}; {line.pillar})\n"
        f"    {line.help}"
    )
