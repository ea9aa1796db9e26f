"""Commands on what agents remember: list, show, erase, purge."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import count, json_option, note, say, say_json
from remit.cli.table import table
from remit.operations.remember import erase_memories, list_memories, purge_memories, show_memory
from remit.record.knowledge_entry import MemoryErased
from remit.record.memory_kept import Memory
from remit.settings import Settings


@click.group(cls=CommandGroup)
def memory() -> None:
    """What agents remember, of which actor, in which use case."""


_whose = (
    click.option("--use-case", required=True, help="In which use case."),
    click.option("--agent", default=None, help="Only of this agent."),
    click.option("--actor", default=None, help="Only of this actor, by the name that callers give."),
)


def _of_whom(command: Any) -> Any:
    for option in reversed(_whose):
        command = option(command)
    return command


@memory.command(name="list")
@_of_whom
@json_option
@click.pass_obj
def list_all(settings: Settings, use_case: str, agent: str | None, actor: str | None, as_json: bool) -> None:
    """List what is remembered, without its text."""
    with open_system(settings) as system:
        found = list_memories(system, use_case, agent=agent, actor=actor)
    if as_json:
        say_json([_said(each) for each in found])
        return
    if not found:
        note("nothing is remembered")
        return
    rows = [
        (
            each.id,
            each.owner.agent or "-",
            each.owner.actor,
            each.kind,
            f"{each.at:%Y-%m-%d %H:%M}",
            f"{each.until:%Y-%m-%d}",
            "untrusted" if each.tainted else "",
            f"{len(each.text):,}",
        )
        for each in found
    ]
    headings = ["id", "agent", "actor", "kind", "since (UTC)", "until", "read before", "characters"]
    say(table(headings, rows, right={7}))


def _said(each: Memory) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(each)
    del found["text"], found["name"]
    return {**found, "characters": len(each.text)}


@memory.command()
@click.argument("id")
@click.option("--use-case", required=True, help="In which use case.")
@click.pass_obj
def show(settings: Settings, id: str, use_case: str) -> None:
    """Show one memory with its text, as JSON."""
    with open_system(settings) as system:
        found = show_memory(system, use_case, id)
    say_json(msgspec.to_builtins(found))


@memory.command()
@_of_whom
@click.option("--reason", required=True, help="Why, for the ledger.")
@json_option
@click.pass_obj
def erase(settings: Settings, /, use_case: str, reason: str, as_json: bool, **whose: str | None) -> None:
    """Erase what is remembered, of one actor or agent or of all, for good, and say so in the ledger."""
    if not reason.strip():
        raise click.BadParameter("say why", param_hint="--reason")
    with open_system(settings) as system:
        erased = erase_memories(system, use_case, **whose, author=settings.author, reason=reason.strip())
    _say([erased], as_json=as_json)


@memory.command()
@json_option
@click.pass_obj
def purge(settings: Settings, as_json: bool) -> None:
    """Erase what has reached its end."""
    with open_system(settings) as system:
        erased = purge_memories(system, author=settings.author)
    _say(erased, as_json=as_json)


def _say(erased: list[MemoryErased], *, as_json: bool) -> None:
    if as_json:
        say_json(msgspec.to_builtins(erased))
        return
    if not erased:
        note("nothing has reached its end")
    for each in erased:
        say(
            f"{count(each.memories, 'memory') if each.memories == 1 else f'{each.memories:,} memories'}"
            f" of {each.use_case} can never be read again (entry {each.id})"
        )
