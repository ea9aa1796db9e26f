"""Read agents: which there are and what they may do, their runs, and one run with all its steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from remit.declare.agent import Agent
from remit.declare.operating_model import OperatingModel
from remit.enforce.agent import Bounds, bounds_of
from remit.enforce.remit import Remit, resolve
from remit.kernel.errors import NotFound
from remit.kernel.suggest import did_you_mean
from remit.operations.find_entries import list_entries
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System
from remit.record.agent_entry import AgentRun
from remit.record.approval_entry import ApprovalRequest
from remit.record.call_entry import Call
from remit.record.entry import Entry
from remit.record.filed import FiledFilter
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter
from remit.record.tool_entry import ToolCalled
from remit.report.run_trace import RunLine, RunTrace, run_lines, run_trace

ENTRIES_MAX = 5_000
"""How many entries of each kind are looked through for one run."""


@dataclass(frozen=True, slots=True)
class AgentView:
    """An agent as it is in force, what it may do at its use case's stage, and what of that is missing."""

    id: str
    agent: Agent
    stage: str
    autonomy: str
    bounds: Bounds
    beyond: tuple[str, ...]
    """Tools that it names and its remit does not list."""


def read_agents(system: System, use_case: str = "") -> list[AgentView]:
    """List the agents in force, by id."""
    fold_ledger(system)
    model = model_in_force(system)[1]
    stages = system.store.stages(system.clock.now())
    return [
        _view(model, id, agent, resolve(model, agent.use_case, stages[agent.use_case].stage))
        for id, agent in sorted(model.agents.items())
        if use_case in ("", agent.use_case)
    ]


def read_agent(system: System, id: str) -> AgentView:
    found = {each.id: each for each in read_agents(system)}
    if id not in found:
        help = did_you_mean(id, found, otherwise="declare it under `agents:` and apply that")
        raise NotFound(f"no agent `{id[:80]}` is declared", help=help)
    return found[id]


def _view(model: OperatingModel, id: str, agent: Agent, remit: Remit) -> AgentView:
    bounds = bounds_of(agent, remit)
    beyond = tuple(each for each in agent.tools if not bounds.covers(each))
    return AgentView(id, agent, remit.stage, remit.autonomy_max or "none", bounds, beyond)


def read_runs(system: System, *, agent: str = "", use_case: str = "", days: int, limit: int) -> list[RunLine]:
    """List runs that were begun in the last days, the youngest first."""
    fold_ledger(system)
    since = system.clock.now() - timedelta(days=days)
    wanted = EntryFilter(kind="agent_run", use_case=use_case, since=since)
    found = _read(system, wanted)
    lines = run_lines(each for each in found if isinstance(each, AgentRun) and agent in ("", each.agent))
    return list(lines[:limit])


def read_run(system: System, run: str) -> RunTrace:
    """Return one run with all its steps; raises NotFound."""
    fold_ledger(system)
    own = [
        each
        for each in _read(system, EntryFilter(kind="agent_run", since_id=run))
        if isinstance(each, AgentRun) and each.run == run
    ]
    if not own:
        raise NotFound(f"no run `{run[:40]}` is recorded", help="`remit agent runs` lists the newest")
    use_case, found = own[0].use_case, list[Entry](own)
    for kind in ("call", "tool_call"):
        wanted = EntryFilter(kind=kind, use_case=use_case, since_id=run)
        found += (each for each in _read(system, wanted) if _run_of(each) == run)
    asked = {each.waits_for for each in own if each.waits_for}
    asked |= {each.approval for each in found if isinstance(each, ToolCalled) and each.approval}
    return run_trace([*found, *_approvals(system, asked)])


def _read(system: System, wanted: EntryFilter) -> Iterable[Entry]:
    return [decode(row.body) for row in list_entries(system, wanted, limit=ENTRIES_MAX)]


def _run_of(entry: Entry) -> str:
    if isinstance(entry, ToolCalled):
        return entry.run
    return entry.origin.run if isinstance(entry, Call) else ""


def _approvals(system: System, asked: set[str]) -> list[Entry]:
    if not asked:
        return []
    filed = system.store.filed(FiledFilter(kinds=(ApprovalRequest,)))
    requests = [cast(Entry, each) for each in filed if each.id in asked]
    answers = [
        cast(Entry, each)
        for request in sorted(asked)
        for each in system.store.filed(FiledFilter(request=request))
        if not isinstance(each, ApprovalRequest)
    ]
    return [*requests, *answers]
