"""Read tools: what is declared of each, who may call it, and what was called, waits or is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from remit.declare.block import ToolBlock
from remit.declare.version import covers, family
from remit.enforce.remit import resolve
from remit.kernel.errors import NotFound
from remit.kernel.suggest import did_you_mean
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System
from remit.ports_effects import Effects
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter
from remit.record.tool_effect import OPEN, Effect, KeptRun, Waiting
from remit.record.tool_entry import ToolCalled

CALLS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class ToolView:
    """A tool as it is declared, with the use cases whose remit lists it now and the limits of each."""

    address: str
    block: ToolBlock
    state: str
    allowed: Mapping[str, Mapping[str, object]]
    stopped: bool


def read_tools(system: System) -> list[ToolView]:
    """List every declared tool."""
    fold_ledger(system)
    model = model_in_force(system)[1]
    now = system.clock.now()
    day = now.astimezone(model.organisation.zone).date()
    stages, stops = system.store.stages(now), system.store.stops()
    remits = {
        name: resolve(model, name, stages[name].stage).tools for name in model.use_cases if name in stages
    }
    found = []
    for address, block in sorted(model.blocks.items()):
        if isinstance(block, ToolBlock):
            allowed = {
                name: _limits(tools, address)
                for name, tools in sorted(remits.items())
                if tools is not None and (isinstance(tools, str) or covers(tools, address))
            }
            state = "approved" if block.is_usable(day) else block.status
            stopped = "all" in stops or address in stops or family(address) in stops
            found.append(ToolView(address, block, state, allowed, stopped))
    return found


def _limits(tools: object, address: str) -> Mapping[str, object]:
    if not isinstance(tools, Mapping):
        return {}
    return dict(tools.get(address) or tools.get(family(address)) or {})


def read_tool(system: System, address: str) -> ToolView:
    """Find one tool, by its address with or without `tool/`; raises NotFound."""
    known = {each.address: each for each in read_tools(system)}
    for name in (address, f"tool/{address}"):
        if name in known:
            return known[name]
    raise NotFound(
        f"no tool `{address[:80]}` is declared",
        help=did_you_mean(address, known, otherwise="`remit tool list` shows every tool"),
    )


def read_tool_calls(
    system: System, *, use_case: str = "", tool: str = "", run: str = "", limit: int = 50
) -> list[ToolCalled]:
    """List calls of tools, the newest first, of a use case, a tool with all its versions, or a run."""
    fold_ledger(system)
    wanted = EntryFilter(kind="tool_call", use_case=use_case)
    rows = system.store.entries(wanted, limit=CALLS_MAX if tool or run else limit)
    entries = (decode(row.body) for row in rows)
    found = [each for each in entries if isinstance(each, ToolCalled)]
    return [
        each
        for each in found
        if (not tool or tool in (each.tool, family(each.tool))) and (not run or each.run == run)
    ][:limit]


def read_effects(effects: Effects, *, all: bool = False, limit: int = 200) -> Sequence[Effect]:
    """List effects that are under way or unknown, or every one that is kept; the youngest first."""
    return effects.effects(states=() if all else OPEN, limit=limit)


def read_runs(effects: Effects, *, limit: int = 50) -> Sequence[KeptRun]:
    """List runs, the youngest first; what was said in them is in none of it."""
    return effects.runs(limit=limit)


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A call that waits for a person, with what it would be given, for those who answer."""

    request: str
    run: str
    tool: str
    at: datetime
    arguments: Mapping[str, object]


def read_waiting(effects: Effects, request: str) -> WaitingCall:
    """Show what a call that waits would be given; raises NotFound once its run has ended."""
    found: Waiting | None = effects.waiting(request[:64])
    if found is None:
        raise NotFound(
            f"nothing is kept of a call that waits as `{request[:40]}`",
            help="`remit approval list` shows what waits; once its run has ended nothing is kept",
        )
    given = msgspec.json.decode(found.arguments)
    return WaitingCall(found.request, found.run, found.tool, found.at, given)


def find_waiting(effects: Effects, request: str) -> WaitingCall | None:
    """Show what a call that waits would be given; None once its run has ended."""
    try:
        return read_waiting(effects, request)
    except NotFound:
        return None
