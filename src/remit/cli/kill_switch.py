"""Commands on kill switches: on, off, list."""

from __future__ import annotations

import click
import msgspec

from remit.bootstrap import open_effects, open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import json_option, note, say, say_json
from remit.cli.table import table
from remit.operations.kill_switch import read_stops, require_run, switch_off, switch_on
from remit.settings import Settings


@click.group(name="kill-switch", cls=CommandGroup)
def kill_switch() -> None:
    """Stop calls at once, and let them go on."""


@kill_switch.command()
@click.argument("address")
@click.option("--reason", required=True, help="Why; whoever is refused reads it.")
@click.pass_obj
def on(settings: Settings, address: str, reason: str) -> None:
    """Stop ADDRESS: `all`, or a kind and a name, such as `tool/send-money`.

    Kinds are `unit/`, `use-case/`, `agent/`, `key/`, `model/`, `provider/`, `tool/` and `run/`.
    """
    if not reason.strip():
        raise click.UsageError("say why with `--reason`")
    with open_system(settings) as system:
        entry = switch_on(system, address, author=settings.author, reason=reason.strip())
    say(f"{entry.address} is stopped; running gateways refuse its calls within a second")


@kill_switch.command()
@click.argument("address")
@click.option("--reason", default="", help="Why.")
@click.pass_obj
def off(settings: Settings, address: str, reason: str) -> None:
    """Let ADDRESS go on."""
    with open_system(settings) as system:
        entry = switch_off(system, address, author=settings.author, reason=reason.strip())
    say(f"{entry.address} goes on, as far as nothing else stops it")


@kill_switch.command(name="list")
@json_option
@click.pass_obj
def list_stops(settings: Settings, as_json: bool) -> None:
    """Show what is stopped, since when, by whom and why."""
    with open_system(settings) as system:
        stops = read_stops(system)
    if as_json:
        say_json(msgspec.to_builtins(stops))
        return
    if not stops:
        note("nothing is stopped")
        return
    rows = [(stop.address, f"{stop.since:%Y-%m-%d %H:%M}", stop.author, stop.reason) for stop in stops]
    say(table(["stopped", "since (UTC)", "by", "why"], rows))


@click.command()
@click.option("--tool", default="", help="A tool, in all its versions or one.")
@click.option("--run", default="", help="A run of an agent, and all that it began.")
@click.option("--agent", default="", help="An agent, in all its runs.")
@click.option("--use-case", default="", help="A use case, with all its agents.")
@click.option("--reason", required=True, help="Why; whoever is refused reads it.")
@click.pass_obj
def stop(settings: Settings, tool: str, run: str, agent: str, use_case: str, reason: str) -> None:
    """Stop a tool, a run, an agent or a use case: the next call is refused, and what runs is cut."""
    named = {"tool": tool.removeprefix("tool/"), "run": run, "agent": agent, "use-case": use_case}
    given = [f"{kind}/{name}" for kind, name in named.items() if name]
    if len(given) != 1 or not reason.strip():
        raise click.UsageError("name one of `--tool`, `--run`, `--agent` and `--use-case`, and say why")
    [address] = given
    if run:
        with open_effects(settings) as effects:
            require_run(effects, run)
    with open_system(settings) as system:
        entry = switch_on(system, address, author=settings.author, reason=reason.strip())
    say(f"{entry.address} is stopped; running gateways refuse its calls within a second")
    note(f"`remit kill-switch off {entry.address}` lets it go on")
