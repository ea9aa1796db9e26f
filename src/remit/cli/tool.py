"""Commands on tools: what is declared, what was called, what waits, and what nobody knows yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
import msgspec

from remit.bootstrap import open_effects, open_system
from remit.cli.context import count, json_option, note, say, say_json
from remit.cli.late_group import LateGroup
from remit.cli.table import table
from remit.kernel.money import Money, canonical
from remit.operations.read_tools import (
    ToolView,
    read_effects,
    read_runs,
    read_tool,
    read_tool_calls,
    read_tools,
    read_waiting,
)
from remit.operations.resolve_effect import resolve_effect
from remit.record.tool_effect import Effect
from remit.record.tool_entry import ToolCalled
from remit.settings import Settings

limit_option = click.option("--limit", type=click.IntRange(1, 1_000), default=50, show_default=True)
_WHEN = "%Y-%m-%d %H:%M:%S"


@click.group(cls=LateGroup, late={"discover": "tool_registry:discover", "review": "tool_registry:review"})
def tool() -> None:
    """What agents act through: tools, their calls, and their effects."""


@tool.command(name="list")
@json_option
@click.pass_obj
def list_tools(settings: Settings, as_json: bool) -> None:
    """List the declared tools, and which use cases may call each."""
    with open_system(settings) as system:
        found = read_tools(system)
    if as_json:
        say_json([_plain(each) for each in found])
        return
    if not found:
        note("no tool is declared")
        return
    rows = [
        (
            each.address,
            "stopped" if each.stopped else each.state,
            _does(each),
            each.block.data_goes,
            f"{each.block.returns.trust}, {each.block.returns.data_class}",
            each.block.price_per_call.display() if each.block.price_per_call else "",
            ", ".join(each.allowed) or "nobody",
        )
        for each in found
    ]
    say(table(["tool", "state", "does", "goes to", "returns", "a call", "who may call it"], rows))


def _does(found: ToolView) -> str:
    if found.block.effect == "reads":
        return "reads"
    return "writes, reversible" if found.block.reversible else "writes"


def _plain(found: ToolView) -> dict[str, Any]:
    return {
        "tool": found.address,
        "state": found.state,
        "stopped": found.stopped,
        "declared": found.block.model_dump(mode="json", exclude_none=True),
        "allowed": {name: dict(limits) for name, limits in found.allowed.items()},
    }


@tool.command()
@click.argument("address")
@json_option
@click.pass_obj
def show(settings: Settings, address: str, as_json: bool) -> None:
    """Show one tool: what it does, whom it reaches, its pin, and the limits of whoever may call it."""
    with open_system(settings) as system:
        found = read_tool(system, address)
    if as_json:
        say_json(_plain(found))
        return
    block = found.block
    server = block.server.model_dump(exclude_none=True) if block.server else {}
    named = ", ".join(f"{name} is {role}" for name, role in block.arguments.items())
    rows = [
        ("state", "stopped by a kill switch" if found.stopped else found.state),
        ("does", _does(found)),
        ("goes to", f"{block.data_goes}, at most {block.data_class_max} data"),
        ("returns", f"{block.returns.data_class} data, {block.returns.trust}"),
        ("arguments", named or "all are content"),
        (
            "asked as",
            ", ".join(block.asked_as) or "nothing: never by itself once others have written to a run",
        ),
        ("a call costs", block.price_per_call.display() if block.price_per_call else "nothing"),
        ("asked at", ", ".join(f"{name}: {_said(value)}" for name, value in server.items()) or "nowhere"),
        ("pin", block.pin or "none"),
        ("owner", block.owner or "the organisation's contact"),
        *((f"for {name}", _limits(limits)) for name, limits in found.allowed.items()),
    ]
    say(found.address)
    say("\n".join(f"  {name:<14} {value}" for name, value in rows))


def _said(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _limits(limits: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in limits.items() if value is not None) or "no limit"


@tool.command()
@click.option("--use-case", default="", help="Only calls for this use case.")
@click.option("--tool", "address", default="", help="Only calls of this tool, in all its versions.")
@click.option("--run", default="", help="Only calls of this run.")
@limit_option
@json_option
@click.pass_obj
def calls(settings: Settings, use_case: str, address: str, run: str, limit: int, as_json: bool) -> None:
    """List calls of tools, the newest first: what was decided, and what came of each."""
    with open_system(settings) as system:
        found = read_tool_calls(system, use_case=use_case, tool=address, run=run, limit=limit)
    if as_json:
        say_json([msgspec.to_builtins(each) for each in found])
        return
    if not found:
        note("no tool was called")
        return
    rows = [
        (
            f"{each.at:{_WHEN}}",
            each.purpose.use_case,
            each.tool,
            each.status,
            each.decision.rule or each.fault,
            f"{each.targets:,}",
            canonical(each.money),
            Money(each.charge, each.currency).display(),
            each.run,
            each.id,
        )
        for each in found
    ]
    headings = ["at (UTC)", "use case", "tool", "came", "why", "targets", "money", "cost", "run", "entry"]
    say(table(headings, rows, right={5, 6, 7}, least=["targets", "money"]))


@tool.command()
@click.option("--all", "every", is_flag=True, help="Those whose outcome is known as well.")
@limit_option
@json_option
@click.pass_obj
def effects(settings: Settings, every: bool, limit: int, as_json: bool) -> None:
    """List effects that are under way, or of which nobody can say whether they were done."""
    with open_effects(settings) as ledger:
        found = read_effects(ledger, all=every, limit=limit)
    if as_json:
        say_json([_effect(each) for each in found])
        return
    if not found:
        note("the outcome of every effect is known")
        return
    rows = [
        (f"{each.began:{_WHEN}}", each.state, each.use_case, each.tool, each.run, each.claim)
        for each in found
    ]
    say(table(["began (UTC)", "state", "use case", "tool", "run", "claim"], rows))
    unknown = sum(each.state == "unknown" for each in found)
    if unknown:
        note(f"{count(unknown, 'effect')} unknown: see at the target, then `remit tool resolve CLAIM`")


def _effect(each: Effect) -> dict[str, Any]:
    entry = msgspec.json.decode(each.entry, type=ToolCalled)
    return {
        "claim": each.claim,
        "state": each.state,
        "use_case": each.use_case,
        "tool": each.tool,
        "run": each.run,
        "step": each.step,
        "began": each.began,
        "ended": each.ended,
        "worker": each.holder,
        "fault": entry.fault,
        "money": canonical(entry.money),
        "entry": entry.id,
    }


@tool.command()
@click.argument("claim")
@click.option("--done/--not-done", "done", default=None, help="What was found out at the target.")
@click.option("--reason", default="", help="How it was found out.")
@json_option
@click.pass_obj
def resolve(settings: Settings, claim: str, done: bool | None, reason: str, as_json: bool) -> None:
    """Say whether the effect of CLAIM was done, where nobody could tell."""
    if done is None:
        raise click.UsageError("say `--done` or `--not-done`")
    if not reason.strip():
        raise click.UsageError("say how it was found out with `--reason`")
    with open_system(settings) as system, open_effects(settings) as ledger:
        entry = resolve_effect(
            system, ledger, claim, done=done, author=settings.author, reason=reason.strip()
        )
    if as_json:
        say_json(msgspec.to_builtins(entry))
        return
    say(f"{entry.tool} of run {entry.run} is {entry.status}; entry {entry.id} says so")


@tool.command()
@limit_option
@json_option
@click.pass_obj
def runs(settings: Settings, limit: int, as_json: bool) -> None:
    """List runs of agents, the youngest first; what was said in them is not shown."""
    with open_effects(settings) as ledger:
        found = read_runs(ledger, limit=limit)
    if as_json:
        say_json([msgspec.to_builtins(each) for each in found])
        return
    if not found:
        note("no run was begun")
        return
    rows = [
        (
            each.id,
            f"{each.began:{_WHEN}}",
            f"{each.ended:{_WHEN}}" if each.ended else "",
            each.use_case,
            each.agent,
            each.parent,
        )
        for each in found
    ]
    say(table(["run", "began (UTC)", "ended", "use case", "agent", "within"], rows))


@tool.command()
@click.argument("request")
@json_option
@click.pass_obj
def waiting(settings: Settings, request: str, as_json: bool) -> None:
    """Show what the call of REQUEST would be given, for whoever agrees to it or does not."""
    with open_effects(settings) as ledger:
        found = read_waiting(ledger, request)
    if as_json:
        say_json(found)
        return
    say(f"{found.tool}, asked for at {found.at:{_WHEN}} UTC by run {found.run}")
    say(msgspec.json.format(msgspec.json.encode(found.arguments), indent=2).decode())
