"""Commands on agents: list, show, run, runs, trace, stop."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import count, json_option, note, say, say_json
from remit.cli.server import OWN_LISTEN, find_running, start
from remit.cli.table import table
from remit.kernel.errors import RemitError
from remit.operations.issue_key import issue_key, revoke_key
from remit.operations.kill_switch import switch_on
from remit.operations.read_agent_runs import AgentView, read_agent, read_agents, read_run, read_runs
from remit.report.json_values import plain
from remit.report.run_trace import RunLine, RunTrace, TraceStep
from remit.settings import Settings

KEY_LIVES = timedelta(days=7)
"""How long a run that is begun here may wait for people."""

WAIT_S = 3_600.0
ASKED_MAX = 100_000


class AgentRefused(RemitError):
    """That the process which works on agents refuses what is asked; its own code stands in the sentence."""

    code = "agent-refused"


@click.group(cls=CommandGroup)
def agent() -> None:
    """Who acts for use cases by itself: agents, their runs, and how to stop one."""


@agent.command(name="list")
@click.option("--use-case", default="", help="Only those of this use case.")
@json_option
@click.pass_obj
def list_agents(settings: Settings, use_case: str, as_json: bool) -> None:
    """List the agents in force, with what they may do at their use case's stage."""
    with open_system(settings) as system:
        found = read_agents(system, use_case)
    if as_json:
        say_json([_values(each) for each in found])
        return
    if not found:
        note("no agent is declared; write one under `agents:` and apply that")
        return
    rows = [
        (each.id, each.agent.use_case, each.stage, each.autonomy, each.agent.model, _tools(each))
        for each in found
    ]
    say(table(["agent", "use case", "stage", "autonomy", "model", "tools"], rows))


@agent.command()
@click.argument("name", metavar="AGENT")
@json_option
@click.pass_obj
def show(settings: Settings, name: str, as_json: bool) -> None:
    """Show what AGENT is for, what it may do, and how far one run of it may go."""
    with open_system(settings) as system:
        found = read_agent(system, name)
    if as_json:
        say_json(_values(found))
        return
    bounds, declared = found.bounds, found.agent
    lines = [
        ("acts for", f"{declared.use_case}, at {found.stage}, with autonomy {found.autonomy}"),
        ("is for", declared.purpose or ""),
        ("thinks with", declared.model),
        ("is told", declared.prompt or "its own instructions"),
        ("tools", ", ".join(sorted(bounds.tools)) or "none"),
        ("beyond its remit", ", ".join(found.beyond)),
        ("knowledge", ", ".join(sorted(bounds.knowledge))),
        ("hands on to", ", ".join(declared.hands_to)),
        ("one run", _limits(found)),
    ]
    say(f"{found.id}: {declared.name}")
    say("\n".join(f"  {label:<17} {text}" for label, text in lines if text))


@agent.command()
@click.argument("name", metavar="AGENT")
@click.argument("asked", metavar="TEXT")
@click.option("--reference", help="What outcomes join this run by.")
@json_option
@click.pass_obj
def run(settings: Settings, name: str, asked: str, reference: str | None, as_json: bool) -> None:
    """Have AGENT do what TEXT asks, and print its answer.

    The process that works on agents does it; where none runs, one is started for as long as this takes. A run
    that waits for a person goes on after the answer, whenever such a process runs.
    """
    if not 1 <= len(asked.strip()) <= ASKED_MAX:
        raise click.UsageError(f"ask something, of at most {ASKED_MAX:,} characters")
    with open_system(settings) as system:
        found = read_agent(system, name)
        expires = system.clock.now() + KEY_LIVES
        key = issue_key(system, found.agent.use_case, author=settings.author, expires=expires, agent=name)
    ended: dict[str, Any] = {}
    try:
        with _working(settings) as address:
            ended = _run(address, key.secret, name, {"input": asked, "reference": reference}, as_json=as_json)
    finally:
        if ended.get("kind") != "waiting":
            with open_system(settings) as system:
                revoke_key(system, key.id, author=settings.author)
    if ended.get("kind") == "ended" and ended["status"] != "completed":
        raise SystemExit(1)


@contextmanager
def _working(settings: Settings) -> Iterator[str]:
    """Give the address of the process that works on runs, or of one that does until the block is left."""
    running = find_running(settings, "agents")
    if running is not None:
        yield running.address
        return
    started, process = start(settings, "agents", listen=OWN_LISTEN)
    try:
        yield started.address
    finally:
        process.terminate()
        process.wait()


def _run(address: str, secret: str, name: str, body: dict[str, Any], *, as_json: bool) -> dict[str, Any]:
    """Begin a run, say what is told of it, and return the last of that."""
    with _asked(f"{address}/api/agents/{name}/runs", secret, body) as begun:
        run = json.load(begun)["id"]
    note(f"run {run}")
    last: dict[str, Any] = {}
    with _asked(f"{address}/api/agents/{name}/runs/{run}/events", secret) as lines:
        for line in lines:
            if not line.startswith(b"data: "):
                continue
            last = json.loads(line.removeprefix(b"data: "))
            if not as_json:
                _tell(last)
            if last["kind"] in ("ended", "waiting"):
                break
    if as_json:
        say_json({"run": run, **last})
    elif last.get("kind") == "ended":
        say(last["said"] or f"{last['status']}: {_why(last)}")
    elif last.get("kind") == "waiting":
        note("  answer it with `remit approval`; the run goes on wherever agents are served")
    return last


def _asked(url: str, secret: str, body: dict[str, Any] | None = None) -> Any:
    headers = {"authorization": f"Bearer {secret}", "content-type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers)  # noqa: S310 (our own address)
    try:
        return urllib.request.urlopen(request, timeout=WAIT_S)  # noqa: S310 (as above)
    except urllib.error.HTTPError as error:
        fault = json.load(error)["error"]
        summary, _, help = str(fault["message"]).partition(" — ")
        code = str(fault["code"])
        raise AgentRefused(f"{summary} ({code})", help=help) from None


def _tell(event: dict[str, Any]) -> None:
    """Say what happens on the way; it is no result."""
    kind = event["kind"]
    if kind == "turn":
        note(f"turn {event['turn']:<3} {event['agent']}: {event['tokens']:,} tokens, call {event['call']}")
    elif kind == "call":
        note(f"  calls {event['tool']}")
    elif kind == "result":
        note(f"  {'was not done' if event['failed'] else 'done'}")
    elif kind == "waiting":
        note(f"  waits for an answer to {event['approval'] or 'what became of its call'}")


def _why(event: dict[str, Any]) -> str:
    return str(next((event[each] for each in ("limit", "rule", "fault") if event.get(each)), "no reason"))


@agent.command()
@click.option("--agent", "name", default="", help="Only those of this agent.")
@click.option("--use-case", default="", help="Only those of this use case.")
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 366), help="How far back.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000), help="How many.")
@json_option
@click.pass_obj
def runs(settings: Settings, name: str, use_case: str, days: int, limit: int, as_json: bool) -> None:
    """List runs, the youngest first: how each stands, how far it went, and what it cost.

    One that is stranded was begun by another version of Remit: start that one again, or stop the run.
    """
    with open_system(settings) as system:
        found = read_runs(system, agent=name, use_case=use_case, days=days, limit=limit)
    if as_json:
        say_json([plain(each) for each in found])
        return
    if not found:
        note(f"no run was begun in the last {count(days, 'day')}")
        return
    head = ["run", "agent", "began (UTC)", "status", "why", "turns", "calls", "tokens", "cost"]
    say(table(head, [_row(each) for each in found]))
    stranded = [each.run for each in found if each.status == "stranded"]
    if stranded:
        note(f"{count(len(stranded), 'run')} begun by another version: nobody goes on with {stranded[0]}")
        raise SystemExit(1)


@agent.command()
@click.argument("id", metavar="RUN")
@json_option
@click.pass_obj
def trace(settings: Settings, id: str, as_json: bool) -> None:
    """Show RUN whole: every turn, call, decision, hold, charge and answer, in order and without words."""
    with open_system(settings) as system:
        found = read_run(system, id)
    if as_json:
        say_json(plain(found))
        return
    say("\n".join(_trace_lines(found)))


@agent.command()
@click.argument("id", metavar="RUN")
@click.option("--reason", required=True, help="Why; it is recorded.")
@click.pass_obj
def stop(settings: Settings, id: str, reason: str) -> None:
    """Stop RUN: nothing more of it begins, and what is under way is ended.

    `remit kill-switch on` stops a tool, an agent, a use case, a unit, or all.
    """
    if not reason.strip():
        raise click.UsageError("say why with `--reason`")
    with open_system(settings) as system:
        read_run(system, id)
        switch_on(system, f"run/{id}", author=settings.author, reason=reason.strip())
    say(f"run {id} is stopped, within a second")


def _values(view: AgentView) -> dict[str, Any]:
    bounds = asdict(view.bounds)
    for name in ("tools", "knowledge"):
        bounds[name] = sorted(bounds[name])
    bounds["cost"] = None if view.bounds.cost is None else str(view.bounds.cost)
    return {
        "id": view.id,
        **view.agent.model_dump(mode="json"),
        "stage": view.stage,
        "autonomy": view.autonomy,
        "bounds": bounds,
        "beyond": list(view.beyond),
    }


def _tools(view: AgentView) -> str:
    return ", ".join(sorted(each.partition("/")[2] for each in view.bounds.tools)) or "none"


def _limits(view: AgentView) -> str:
    bounds = view.bounds
    parts = [
        count(bounds.turns, "turn"),
        count(bounds.tool_calls, "tool call"),
        count(bounds.tokens, "token"),
        f"{bounds.seconds:g} s",
    ]
    if view.agent.limits.cost is not None:
        parts.append(str(view.agent.limits.cost))
    return ", ".join(parts)


def _row(line: RunLine) -> tuple[str, ...]:
    return (
        line.run,
        line.agent,
        f"{line.began:%Y-%m-%d %H:%M}",
        line.status,
        line.why or line.waits_for,
        f"{line.turns:,}",
        f"{line.tool_calls:,}",
        f"{line.tokens:,}",
        str(line.charge),
    )


def _trace_lines(found: RunTrace) -> Iterator[str]:
    line = found.line
    yield f"run {line.run} of {line.agent} for {line.use_case} at {line.stage}: {line.status}" + (
        f" ({line.why})" if line.why else ""
    )
    yield (
        f"{count(line.turns, 'turn')}, {count(line.tool_calls, 'tool call')}, {count(line.tokens, 'token')},"
        f" {line.worked_ms / 1000:.1f} s of work, {found.called} charged"
    )
    if line.stop_ms is not None:
        yield f"stopped {line.stop_ms:,} ms after somebody said so"
    yield ""
    yield table(
        ["at (UTC)", "kind", "who", "what", "outcome", "why", "ms", "tokens", "held", "charge"],
        [_step_row(each) for each in found.steps],
    )


def _step_row(step: TraceStep) -> tuple[str, ...]:
    return (
        f"{step.at:%H:%M:%S.%f}"[:-3],
        step.kind,
        step.who,
        step.what,
        step.outcome,
        step.why[:60],
        "" if step.took_ms is None else f"{step.took_ms:,}",
        "" if step.tokens is None else f"{step.tokens:,}",
        "" if step.held is None else str(step.held),
        "" if step.charge is None else str(step.charge),
    )
