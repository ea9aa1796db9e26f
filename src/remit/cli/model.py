"""Commands on the operating model: init, check, explain."""

from __future__ import annotations

import shutil
import sys
from importlib import resources
from pathlib import Path

import click

from remit.bootstrap import open_system
from remit.cli.context import (
    PROBLEMS,
    count,
    fail,
    json_option,
    note,
    render_diagnostics,
    say,
    say_json,
)
from remit.cli.directory import load_directory
from remit.cli.policy import policy_line
from remit.declare.load import Loaded
from remit.declare.organisation import STAGES
from remit.enforce.model_name import names_under
from remit.enforce.remit import FIELDS, resolve
from remit.kernel.errors import RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.report.explanation import ExplainedField, explanation
from remit.report.policies import policies_of
from remit.settings import Settings

directory = click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.command()
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path))
def init(target: Path) -> None:
    """Write a small operating model to start from into DIR."""
    if target.exists() and any(target.iterdir()):
        fail(
            RemitError(
                f"`{target}` is not empty",
                help="name a new directory; nothing was written",
                code="directory-not-empty",
            )
        )
    target.mkdir(parents=True, exist_ok=True)
    for file in resources.files("remit.cli").joinpath("starter").iterdir():
        with resources.as_file(file) as path:
            shutil.copyfile(path, target / file.name)
    say(f"wrote {target}; `remit check {target}` reads it, `remit apply {target}` puts it in force")


@click.command()
@directory
@click.option("--all", "everything", is_flag=True, help="Show every warning, alike or not.")
@json_option
def check(directory: Path, everything: bool, as_json: bool) -> None:
    """Report every fault in DIRECTORY at once."""
    loaded = load_directory(directory)
    if as_json:
        say_json({"diagnostics": loaded.diagnostics, "errors": loaded.errors})
    elif loaded.diagnostics:
        say(render_diagnostics(loaded.diagnostics, everything=everything))
    if not as_json:
        note(_summary(directory, loaded))
    sys.exit(PROBLEMS if loaded.errors else 0)


def _summary(directory: Path, loaded: Loaded) -> str:
    warnings = len(loaded.diagnostics) - loaded.errors
    model = loaded.operating_model
    if model is None:
        return f"{directory}: {count(loaded.errors, 'error')}, {count(warnings, 'warning')}"
    return (
        f"{directory}: sound; {count(len(model.units), 'unit')}, {count(len(model.use_cases), 'use case')},"
        f" {count(len(model.blocks), 'block')}, {count(warnings, 'warning')}"
    )


@click.command(name="explain")
@click.argument("use_case")
@click.option("--stage", type=click.Choice(STAGES), help="Show the remit at another stage.")
@click.option("--field", type=click.Choice(list(FIELDS)), help="Show only this field.")
@json_option
@click.pass_obj
def explain_remit(
    settings: Settings, use_case: str, stage: str | None, field: str | None, as_json: bool
) -> None:
    """Show what USE_CASE may do, who decided it, and what would widen it."""
    with open_system(settings) as system:
        fold_ledger(system)
        _, model = model_in_force(system)
        require_use_case(model, use_case)
        fact = system.store.stages(system.clock.now(), use_case)[use_case]
        now = fact.stage
        remit = resolve(model, use_case, now if stage is None else stage)  # type: ignore[arg-type]  # click.Choice
        today = system.clock.now().astimezone(model.organisation.zone).date()
        policies = policies_of(model, remit) if field is None else ()
    names = names_under(model, remit, today)
    explained = explanation(model, remit, names=names, only=field, policies=policies)
    if as_json:
        say_json(explained)
        return
    say(f"{use_case} at {remit.stage}" + ("" if stage in (None, now) else f" (it is at {now})"))
    known = "" if fact.since_known else " at the latest"
    say(f"at {now} since {fact.since}{known} ({fact.basis}); remit {remit.digest}\n")
    if explained.stated:
        say("\n".join(_field(each) for each in explained.stated))
    if explained.unstated:
        say(f"no layer states {', '.join(explained.unstated)}")
    if explained.agents and field is None:
        say(f"\nagents that act under it: {', '.join(explained.agents)}; `remit agent show` says how far")
    if explained.policies:
        say("\npolicies that could forbid a call that the fields allow:")
        say("\n".join(f"  {policy_line(each)}" for each in explained.policies))


def _field(field: ExplainedField) -> str:
    """Write a field's value, and under it who decided it and what would widen it."""
    first, *rest = field.lines
    lines = [f"{field.field:<18} {first}", *(f"{'':<18} {line}" for line in rest)]
    chain = " → ".join(each.layer for each in field.decided_by)
    lines.append(f"{'':<20} decided by {chain} ({field.decided_by[-1].owner})")
    lines.append(f"{'':<20} to widen it: {field.widen}")
    if not field.enforced:
        lines.append(f"{'':<20} declared only: this version does not hold calls to it yet")
    return "\n".join(lines)
