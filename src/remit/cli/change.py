"""Commands that change what is in force: plan, apply, history, rollback."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from remit.bootstrap import open_system
from remit.cli.context import (
    PROBLEMS,
    count,
    json_option,
    note,
    render_diagnostics,
    say,
    say_json,
)
from remit.cli.directory import load_directory
from remit.cli.table import shorten, table
from remit.decide.approval import Standing
from remit.declare.operating_model import OperatingModel
from remit.declare.plan import Plan
from remit.kernel.errors import RemitError
from remit.operations.apply_model import Applied
from remit.operations.fold_ledger import fold_ledger
from remit.operations.plan_model import Planned, plan_model
from remit.operations.read_history import changes_of, find_version, model_of, versions
from remit.operations.system import System
from remit.operations.widen_model import needs, put_in_force
from remit.record.apply_diff import every_change, value_of
from remit.record.decided import Apply
from remit.report.plan_view import PlanView, change_lines, plan_lines
from remit.settings import Settings

CHANGES = 2
"""The exit code of a plan that finds changes, as Terraform's detailed exit code."""

directory = click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
all_option = click.option("--all", "everything", is_flag=True, help="List every change and effect.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
reason_option = click.option("--reason", default="", help="Why, for the ledger.")


@click.command()
@directory
@all_option
@json_option
@click.pass_obj
def plan(settings: Settings, directory: Path, everything: bool, as_json: bool) -> None:
    """Show what applying DIRECTORY would change, and what that does to use cases.

    Exit code: 0 nothing would change, 2 something would, 1 the directory has errors.
    """
    model = sound_model(directory, otherwise="nothing was planned")
    with open_system(settings) as system:
        planned = plan_model(system, model)
    if as_json:
        say_json(plan_values(planned.plan) | effect_values(planned))
    else:
        say("\n".join(plan_lines(view_of(planned), everything=everything)))
        if (found := needs(planned)) is not None:
            note(f"others must agree before it is applied: {', '.join(found.rule.roles)}")
    sys.exit(CHANGES if planned.plan.changes else 0)


def sound_model(directory: Path, *, otherwise: str) -> OperatingModel:
    """Load a directory; where it has errors, say them and what was not done, and end."""
    loaded = load_directory(directory)
    if loaded.operating_model is None:
        say(render_diagnostics(loaded.diagnostics, everything=False))
        note(f"{directory}: {count(loaded.errors, 'error')}; {otherwise}")
        sys.exit(PROBLEMS)
    return loaded.operating_model


def view_of(planned: Planned) -> PlanView:
    return PlanView(planned.base, every_change(planned.plan), planned.effects, planned.newcomers)


def plan_values(planned: Plan) -> dict[str, Any]:
    """Give a plan's changes as values for JSON."""
    return {
        "changes": [
            {
                "action": change.action,
                "address": change.address,
                "fields": [
                    {"path": field.name, "before": field.before, "after": field.after}
                    for field in change.fields
                ],
            }
            for change in planned.changes
        ]
    }


def effect_values(planned: Planned) -> dict[str, Any]:
    effects = [
        {
            "use_case": effect.use_case,
            "field": effect.field,
            "summary": effect.summary,
            "widens": effect.widens,
            "breaks": effect.breaks,
        }
        for effect in planned.effects
    ]
    waits = needs(planned)
    return {
        "version": planned.base,
        "effects": effects,
        "newcomers": planned.newcomers,
        "asks": planned.asks,
        "must_agree": waits.rule.roles if waits else (),
    }


@click.command()
@directory
@reason_option
@yes_option
@json_option
@click.pass_obj
def apply(settings: Settings, directory: Path, reason: str, yes: bool, as_json: bool) -> None:
    """Put the operating model in DIRECTORY in force.

    Asks first if a use case that is there may do more than before, if one in use would break, or if one
    comes in that seems to do the job of another. Where others must agree, it waits for them instead.
    """
    model = sound_model(directory, otherwise="nothing was applied")
    with open_system(settings) as system:
        planned = plan_model(system, model)
        confirm(planned, yes=yes, as_json=as_json)
        applied = put_in_force(system, planned, author=settings.author, reason=reason)
    _say_applied(applied, as_json=as_json)


def confirm(planned: Planned, *, yes: bool, as_json: bool) -> None:
    """Show a plan and ask for it where that is needed; without a terminal nobody can be asked."""
    if planned.plan.changes and not as_json:
        note("\n".join(plan_lines(view_of(planned))) + "\n")
    if yes or not planned.asks:
        return
    if as_json or not sys.stdin.isatty():
        widened = len({effect.use_case for effect in planned.effects if effect.widens})
        broken = len({effect.use_case for effect in planned.effects if effect.breaks})
        alike = len(planned.newcomers)
        bring = f" and brings in {alike:,} that would do the job of another" if alike else ""
        raise RemitError(
            f"this lets {count(widened, 'use case')} do more and would break {broken:,} in use{bring},"
            " and there is no terminal to ask at",
            help="look at `remit plan DIR`, then repeat it with `--yes`; nothing was applied",
            code="not-confirmed",
        )
    if not click.confirm("Put this in force?", err=True):
        note("nothing was applied")
        sys.exit(PROBLEMS)


def _say_applied(applied: Applied | Standing, *, as_json: bool) -> None:
    if isinstance(applied, Standing):
        _say_asked(applied, as_json=as_json)
    elif as_json:
        say_json(applied)
    elif applied.changed:
        say(
            f"version {applied.version} is in force: {applied.created} declarations new,"
            f" {applied.updated} changed, {applied.removed} removed"
        )
        for study in applied.studies:
            late = ", after it started: it cannot be graded above before and after" if study.late else ""
            note(f"study {study.study}, version {study.version}, is registered{late}")
    else:
        say(f"version {applied.version} is in force already; nothing changed")


def _say_asked(found: Standing, *, as_json: bool) -> None:
    """Say that nothing is in force yet, whom it waits for, and what can be done meanwhile."""
    request = found.request
    if as_json:
        waits_for = {"roles": found.waits_for, "persons": found.people}
        say_json({"changed": False, "request": request.id, "about": request.about, "waits_for": waits_for})
        return
    persons = f", {found.people} persons at least" if found.people > 1 else ""
    say(f"nothing is applied yet: request {request.id} waits for {', '.join(found.waits_for)}{persons}")
    note("\n".join(f"  {stake}" for stake in request.stakes))
    note(f"they see it with `remit approval show {request.id}`, and it is applied when they agree")
    note("what only narrows waits for nobody: apply that by itself")


@click.command()
@click.argument("version", type=click.IntRange(min=1), required=False)
@all_option
@json_option
@click.pass_obj
def history(settings: Settings, version: int | None, everything: bool, as_json: bool) -> None:
    """List the versions of the operating model, the newest first, or what VERSION changed."""
    with open_system(settings) as system:
        fold_ledger(system)
        if version is None:
            _say_versions(tuple(versions(system.store)), as_json=as_json)
        else:
            _say_version(system, find_version(system, version), everything=everything, as_json=as_json)


def _say_versions(found: tuple[Apply, ...], *, as_json: bool) -> None:
    if as_json:
        say_json([_version_values(applied) for applied in found])
        return
    lines = [
        (
            str(applied.model_version),
            f"{applied.at:%Y-%m-%d %H:%M:%S}",
            applied.author,
            f"+{applied.created:,} ~{applied.changed:,} -{applied.removed:,}",
            shorten(_reason(applied), 60),
        )
        for applied in found
    ]
    say(table(["version", "at (UTC)", "by", "changes", "why"], lines, right=frozenset({0})))


def _reason(applied: Apply) -> str:
    if not applied.restores:
        return applied.reason
    return f"back to version {applied.restores}" + (f": {applied.reason}" if applied.reason else "")


def _version_values(applied: Apply) -> dict[str, Any]:
    return {
        "version": applied.model_version,
        "at": applied.at,
        "author": applied.author,
        "reason": applied.reason,
        "restores": applied.restores or None,
        "digest": applied.digest,
        "previous": applied.previous or None,
        "created": applied.created,
        "changed": applied.changed,
        "removed": applied.removed,
    }


def _say_version(system: System, applied: Apply, *, everything: bool, as_json: bool) -> None:
    changes = changes_of(system, applied)
    if as_json:
        values = [
            {
                "action": change.action,
                "address": change.address,
                "fields": [
                    {"path": field.path, "before": value_of(field.before), "after": value_of(field.after)}
                    for field in change.fields
                ],
            }
            for change in changes
        ]
        say_json(_version_values(applied) | {"changes": values})
        return
    why = f": {_reason(applied)}" if _reason(applied) else ""
    say(
        f"version {applied.model_version}, applied {applied.at:%Y-%m-%d %H:%M:%S} UTC"
        f" by {applied.author}{why}\n"
    )
    say("\n".join(change_lines(changes, everything=everything)) or "what it changed was not recorded")


@click.command()
@click.argument("version", type=click.IntRange(min=1))
@reason_option
@yes_option
@json_option
@click.pass_obj
def rollback(settings: Settings, version: int, reason: str, yes: bool, as_json: bool) -> None:
    """Put the text of VERSION in force again, as a new version.

    Decisions stay as they are: stages, keys and what was spent do not go back.
    """
    with open_system(settings) as system:
        fold_ledger(system)
        planned = plan_model(system, model_of(system, find_version(system, version)))
        confirm(planned, yes=yes, as_json=as_json)
        applied = put_in_force(system, planned, author=settings.author, reason=reason, restores=version)
    _say_applied(applied, as_json=as_json)
