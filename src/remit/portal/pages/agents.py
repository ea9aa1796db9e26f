"""Agents: what each has earned and why, its runs, what waits for a person, its tools, how it is stopped."""

from __future__ import annotations

from starlette.responses import Response

from remit.enforce.stop import EVERYTHING
from remit.kernel.errors import Conflict
from remit.operations.kill_switch import switch_off, switch_on
from remit.operations.read_agents import (
    AgentsView,
    read_agents,
    read_knowledge_lines,
    read_run_trace,
)
from remit.operations.read_autonomy import read_autonomy
from remit.operations.read_tools import read_tool_calls, read_tools
from remit.operations.rights import require_stop
from remit.portal.asked import Asked, Page
from remit.portal.kept import Seen
from remit.portal.said import Said
from remit.record.projection import EntryFilter
from remit.report.agents import agents_title
from remit.report.autonomy import TARGETS_SAID

ROWS = 100
RUNS = 20
CALLS = 50
LAST = 10
TABS = (
    ("/agents", "Agents"),
    ("/agents/runs", "Runs"),
    ("/agents/tools", "Tools"),
    ("/agents/knowledge", "Knowledge"),
    ("/agents/stops", "Stops"),
)
_ID_MAX = 100
UNLOOKED = ("pending_approval", "draft")
"""Where a tool is that somebody has to look at before it is called."""


def _agents(asked: Asked) -> Seen[AgentsView]:
    return asked.kept.get("agents", lambda: read_agents(asked.system))


def show(asked: Asked) -> Response:
    """List agents with what they have earned and why, what waits for a person, and the runs that are live."""
    seen = _agents(asked)
    found = seen.value
    waiting = [each for each in asked.requests().value if each.about == "tool" and each.state == "open"]
    last = max(1, -(-len(found.agents) // ROWS))
    page = _number(asked.text("page"), last)
    return asked.page(
        "agents.html",
        seen=seen,
        tabs=TABS,
        title=agents_title(found.agents, found.runs, len(waiting)),
        agents=found.agents[(page - 1) * ROWS : page * ROWS],
        total=len(found.agents),
        live=[each for each in found.runs if each.is_live][:RUNS],
        waiting=waiting[:RUNS],
        more=max(0, len(waiting) - RUNS),
        now=asked.system.clock.now(),
        page=page,
        last=last,
    )


def _number(text: str, last: int) -> int:
    return min(max(int(text), 1), last) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def levels(asked: Asked) -> Response:
    """Show for each tool of a use case which level was earned, why, and what would raise or lower it."""
    name = asked.names["id"][:_ID_MAX]
    seen = asked.kept.get(("autonomy", name), lambda: read_autonomy(asked.system, name))
    calls = read_tool_calls(asked.system, use_case=name, limit=CALLS)
    return asked.page(
        "agents_levels.html", seen=seen, tabs=TABS, found=seen.value, calls=calls, targets=TARGETS_SAID
    )


def runs(asked: Asked) -> Response:
    """List the runs that were written of last, those that are live first."""
    seen = _agents(asked)
    wanted = asked.text("use_case")
    found = [each for each in seen.value.runs if wanted in ("", each.use_case)]
    last = max(1, -(-len(found) // ROWS))
    page = _number(asked.text("page"), last)
    return asked.page(
        "agents_runs.html",
        seen=seen,
        tabs=TABS,
        runs=found[(page - 1) * ROWS : page * ROWS],
        live=sum(each.is_live for each in found),
        total=len(found),
        page=page,
        last=last,
    )


def run(asked: Asked) -> Response:
    """Show one run from step to step, with what was decided at each, and stop it."""
    found = read_run_trace(asked.system, asked.names["run"][:_ID_MAX])
    stops = asked.system.store.stops()
    address = f"run/{found.run.run}"
    return asked.page("agents_run.html", tabs=TABS, found=found, address=address, stop=stops.get(address))


def tools(asked: Asked) -> Response:
    """List the tools: what each does, where it goes, who may call it, and which wait for somebody to look."""
    found = asked.kept.get("tools", lambda: read_tools(asked.system))
    listed = sorted(found.value, key=lambda each: (each.block.status not in UNLOOKED, each.address))
    return asked.page(
        "agents_tools.html",
        seen=found,
        tabs=TABS,
        tools=listed,
        reviewed=[each for each in listed if each.block.status in UNLOOKED],
        changed=asked.system.store.entries(EntryFilter(kind="tool_call", rule="tool-changed"), limit=LAST),
    )


def knowledge(asked: Asked) -> Response:
    """List the knowledge bases: what lies in each, how sensitive and how old it is, and who searches it."""
    found = asked.kept.get("knowledge", lambda: read_knowledge_lines(asked.system))
    return asked.page("agents_knowledge.html", seen=found, tabs=TABS, bases=found.value)


def stops(asked: Asked) -> Response:
    """Show what is stopped, how long the last stops of runs took, and stop something at every level."""
    seen = _agents(asked)
    on = sorted(asked.system.store.stops().values(), key=lambda each: each.since)
    took = [each for each in seen.value.runs if each.stop_ms is not None][:LAST]
    names = [EVERYTHING, *_stoppable(seen.value)]
    return asked.page("agents_stops.html", seen=seen, tabs=TABS, stops=on, took=took, names=names)


def _stoppable(found: AgentsView) -> list[str]:
    """List what is stopped from here, the widest first."""
    cases = {each.autonomy.use_case: None for each in found.agents}
    named = {f"agent/{each.id}": None for each in found.agents if each.id}
    tools = {each.tool: None for agent in found.agents for each in agent.tools}
    live = {f"run/{each.run}": None for each in found.runs if each.is_live}
    return [*(f"use-case/{each}" for each in cases), *named, *tools, *live][: 4 * ROWS]


def take_stop(asked: Asked) -> Response:
    """Stop a tool, an agent, a run, a use case, a unit or all."""
    address, reason = asked.form.get("address", ""), asked.form.get("reason", "")
    if not reason.strip():
        raise Conflict("a stop has a reason", help="write why, for those whose calls it stops")
    require_stop(asked.system, asked.reader.person, address, on=True)
    entry = switch_on(asked.system, address, author=asked.reader.person, reason=reason.strip())
    said = Said(f"{entry.address} is stopped", undo="/agents/stops/go-on", fields={"address": address})
    return asked.back(_back(asked), said)


def take_go_on(asked: Asked) -> Response:
    """Let an address go on."""
    address = asked.form.get("address", "")
    require_stop(asked.system, asked.reader.person, address, on=False)
    entry = switch_off(asked.system, address, author=asked.reader.person, reason=asked.form.get("reason", ""))
    return asked.back(_back(asked), Said(f"{entry.address} goes on, as far as nothing else stops it"))


def _back(asked: Asked) -> str:
    back = asked.form.get("back", "")
    return back if back.startswith("/agents") else "/agents/stops"


PAGES = (
    Page("/agents", show, label="Agents", letter="a"),
    Page("/agents/levels/{id}", levels),
    Page("/agents/runs", runs),
    Page("/agents/runs/{run}", run),
    Page("/agents/tools", tools),
    Page("/agents/knowledge", knowledge),
    Page("/agents/stops", stops, send={"stop": take_stop, "go-on": take_go_on}),
)
