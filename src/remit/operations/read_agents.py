"""Read agents: who acts by itself, with what it has earned, which runs are live, and one run step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from remit.declare.block import KnowledgeBlock
from remit.declare.operating_model import OperatingModel
from remit.declare.version import covers, family
from remit.enforce.remit import Resolver
from remit.enforce.stop import EVERYTHING
from remit.kernel.errors import NotFound
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_approvals import standings
from remit.operations.read_autonomy import autonomy_of
from remit.operations.system import System
from remit.record.agent_entry import AgentRun
from remit.record.ledgered import Ledgered, decode
from remit.record.projection import EntryFilter
from remit.report.agents import AgentLine, RunLine, Step, run_lines, trace
from remit.report.autonomy import ToolLevel, UseCaseAutonomy

RUN_ENTRIES_MAX = 2_000
"""How many entries of runs are read, the youngest; an older run is found by its id."""

CASES_MAX = 300
"""So many use cases without a declared agent are listed that have tools or used one."""

TRACE_MAX = 1_000


@dataclass(frozen=True, slots=True)
class AgentsView:
    """All agents, the runs that were written of last, and how many calls of tools wait for a person."""

    agents: tuple[AgentLine, ...]
    runs: tuple[RunLine, ...]
    waiting: int


def read_agents(system: System) -> AgentsView:
    """List agents, those first that somebody has to look at, and their runs."""
    fold_ledger(system)
    _, model = model_in_force(system)
    now = system.clock.now()
    stages = system.store.stages(now)
    runs = read_agent_runs(system)
    asked = [each for each in standings(system, now) if each.request.about == "tool" and each.state == "open"]
    waiting = Counter(each.request.use_case for each in asked)
    live = Counter(each.agent for each in runs if each.is_live)
    levels = {
        name: autonomy_of(system, model, name, stage=stages[name].stage)
        for name in _with_tools(system, model)
        if name in stages
    }
    lines = [
        *(
            _declared(system, model, id, levels[agent.use_case], live=live[id], waiting=waiting)
            for id, agent in model.agents.items()
            if agent.use_case in levels
        ),
        *(
            _undeclared(system, model, found, waiting=waiting)
            for name, found in levels.items()
            if _used_elsewhere(model, name, found)
        ),
    ]
    lines.sort(key=lambda each: (-each.waiting, not each.stops, -each.fell, -each.live, each.name.casefold()))
    return AgentsView(tuple(lines), runs, len(asked))


def _with_tools(system: System, model: OperatingModel) -> list[str]:
    named = dict.fromkeys(agent.use_case for agent in model.agents.values())
    named |= dict.fromkeys(
        name for name in system.store.tool_use_cases(since=date.min) if name in model.use_cases
    )
    stages, resolver = system.store.stages(system.clock.now()), Resolver(model)
    for name in model.use_cases:
        if len(named) >= CASES_MAX:
            break
        if name not in named and name in stages and resolver.remit(name, stages[name].stage).tools:
            named[name] = None
    return list(named)


def _used_elsewhere(model: OperatingModel, use_case: str, found: UseCaseAutonomy) -> bool:
    """Say whether a use case has no declared agent, or tools that none of its agents has.

    Those are for agents that run elsewhere and bring a key.
    """
    own = [agent for agent in model.agents.values() if agent.use_case == use_case]
    listed = dict.fromkeys(tool for agent in own for tool in agent.tools)
    return not own or any(not covers(listed, each.tool) for each in found.tools)


def _declared(
    system: System,
    model: OperatingModel,
    id: str,
    autonomy: UseCaseAutonomy,
    *,
    live: int,
    waiting: Counter[str],
) -> AgentLine:
    agent = model.agents[id]
    listed = dict.fromkeys(agent.tools)
    tools = tuple(each for each in autonomy.tools if covers(listed, each.tool))
    stops = _stops(system, model, autonomy.use_case, f"agent/{id}")
    waits = waiting[agent.use_case] if tools else 0
    return AgentLine(id, agent.name, agent, autonomy, tools, live, waits, stops)


def _undeclared(
    system: System, model: OperatingModel, found: UseCaseAutonomy, *, waiting: Counter[str]
) -> AgentLine:
    stops = _stops(system, model, found.use_case)
    return AgentLine("", found.name, None, found, found.tools, 0, waiting[found.use_case], stops)


def _stops(system: System, model: OperatingModel, use_case: str, *more: str) -> tuple[str, ...]:
    units = (f"unit/{each}" for each in model.lineage(model.use_cases[use_case].unit))
    above = (EVERYTHING, *units, f"use-case/{use_case}", *more)
    stops = system.store.stops()
    return tuple(each for each in above if each in stops)


def read_agent_runs(system: System, *, use_case: str = "") -> tuple[RunLine, ...]:
    """List runs: those that are live first."""
    wanted = EntryFilter(kind="agent_run", use_case=use_case)
    rows = system.store.entries(wanted, limit=RUN_ENTRIES_MAX)
    entries = (decode(row.body) for row in rows)
    return run_lines(each for each in entries if isinstance(each, AgentRun))


@dataclass(frozen=True, slots=True)
class RunTrace:
    run: RunLine
    steps: tuple[Step, ...]
    levels: tuple[ToolLevel, ...]


def read_run_trace(system: System, run: str) -> RunTrace:
    """Show one run from step to step, by its entries; raises NotFound."""
    fold_ledger(system)
    found = next((each for each in read_agent_runs(system) if each.run == run), None)
    if found is None:
        raise NotFound(
            f"no run `{run[:40]}` is among those that were written of last",
            help="the page of agents lists them; `remit ledger list --kind agent_run` shows older ones",
        )
    entries = list(_entries_of(system, found))
    return RunTrace(found, trace(entries), ())


def _entries_of(system: System, found: RunLine) -> Iterable[Ledgered]:
    for kind in ("agent_run", "tool_call", "call", "refusal"):
        wanted = EntryFilter(kind=kind, use_case=found.use_case, since=found.began)
        for row in system.store.entries(wanted, limit=TRACE_MAX):
            entry = decode(row.body)
            run = getattr(entry, "run", "") or getattr(getattr(entry, "origin", None), "run", "")
            if run == found.run:
                yield entry


@dataclass(frozen=True, slots=True)
class KnowledgeLine:
    """A knowledge base as it is declared, with what lies in it and who searches it."""

    address: str
    block: KnowledgeBlock
    documents: int
    chunks: int
    oldest: date | None
    used_by: tuple[str, ...]


def read_knowledge_lines(system: System) -> tuple[KnowledgeLine, ...]:
    """List the knowledge bases; nothing of any document's text is in it."""
    _, model = model_in_force(system)
    bases = {name: each for name, each in sorted(model.blocks.items()) if isinstance(each, KnowledgeBlock)}
    if not bases:
        return ()
    documents = system.make_knowledge().documents()
    lines = []
    for address, block in bases.items():
        held = [each for each in documents if each.base in (address, family(address))]
        lines.append(
            KnowledgeLine(
                address,
                block,
                len(held),
                sum(each.chunks for each in held),
                min((each.dated.date() for each in held), default=None),
                _users(model, address),
            )
        )
    return tuple(lines)


def _users(model: OperatingModel, address: str) -> tuple[str, ...]:
    named: Sequence[str] = (address, family(address))
    agents = (id for id, each in model.agents.items() if any(name in each.knowledge for name in named))
    cases = (name for name, each in model.use_cases.items() if any(at in (each.blocks or ()) for at in named))
    return tuple(dict.fromkeys((*cases, *agents)))
