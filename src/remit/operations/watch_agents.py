"""Watch agents: stop what people have stopped, tell runs what they wait for, and say what nobody works on."""

from __future__ import annotations

import asyncio
import logging

from remit.enforce.key import Key
from remit.enforce.stop import Stop
from remit.kernel.errors import RemitError, where
from remit.operations.agents import Agents, Live, stop_of, stop_run
from remit.operations.call_tool import end_run
from remit.operations.find_entries import list_entries
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_approvals import find_request
from remit.ports_agents import DurableRun
from remit.record.agent_entry import AgentRun
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter

INTERVAL_S = 0.1
STRANDED_S = 60.0

_LOG = logging.getLogger("remit.agents")


async def watch_agents(agents: Agents, ended: asyncio.Event) -> None:
    """Watch until it is over; a fault of one look is said, and the next look follows."""
    seen = -1
    while not ended.is_set():
        try:
            offset = agents.worker.view.control_offset
            await stop_those_stopped(agents)
            await tell_those_waiting(agents, decided=offset != seen)
            seen = offset
        except RemitError as error:
            _LOG.warning("runs could not be looked after: %s", error.code)
        except Exception as error:  # noqa: BLE001 (whoever waits would wait for ever)
            _LOG.error("runs could not be looked after: %s", where(error))
        await asyncio.sleep(INTERVAL_S)


async def stop_those_stopped(agents: Agents) -> None:
    """Stop the runs that a kill switch holds."""
    view = agents.worker.view
    if not view.stops:
        return
    for live in list(agents.live.values()):
        stop = stop_of(view, live.given, live.run, live.agents)
        if stop is not None and not live.stopping:
            await stop_run(agents, live, stop)


async def tell_those_waiting(agents: Agents, *, decided: bool) -> None:
    """Tell runs that people have answered, or found out what became of a call.

    A request is looked at when people have decided something, and when its time is over.
    """
    now = agents.worker.system.clock.now()
    for live in list(agents.live.values()):
        if live.effect:
            effect = agents.gate.effects.of_step(live.run, live.effect)
            if effect is not None and effect.state not in ("begun", "unknown"):
                await _tell(agents, live, effect.state)
        elif live.approval and (decided or live.fresh or now.second == 0):
            live.fresh = False
            standing = find_request(agents.worker.system, live.approval, now)
            if standing.state != "open":
                await _tell(agents, live, standing.state)


async def _tell(agents: Agents, live: Live, said: str) -> None:
    topic = live.topic
    if topic:
        live.approval = live.effect = ""
        await agents.runs.answer(live.run, topic, {"said": said}, once=str(live.heard))


async def alarm_stranded(agents: Agents) -> list[DurableRun]:
    """Say once of each run that another version of the program began that nobody goes on with it."""
    stranded = [each for each in await agents.runs.runs(live=True) if each.state == "stranded"]
    if not stranded:
        return []
    system = agents.worker.system
    await asyncio.to_thread(fold_ledger, system)
    for each in stranded:
        found = [
            entry
            for row in list_entries(system, EntryFilter(kind="agent_run", since_id=each.id), limit=2_000)
            if isinstance(entry := decode(row.body), AgentRun) and entry.run == each.id
        ]
        _LOG.error("run %s was begun by version %s, and nobody goes on with it", each.id, each.version)
        if found and not any(entry.status == "stranded" for entry in found):
            _write(agents, found[0], each)
    return stranded


def _write(agents: Agents, last: AgentRun, run: DurableRun) -> None:
    now = agents.worker.system.clock.now()
    fields = {name: getattr(last, name) for name in last.__struct_fields__}
    fields |= {"id": agents.worker.system.ids.new(now), "at": now, "status": "stranded"}
    agents.worker.record(AgentRun(**{**fields, "program": run.version}))


async def stop_stranded(agents: Agents, stop: Stop) -> None:
    """End a stranded run that somebody stops; nobody works on it, so only its record has to end."""
    run = stop.address.removeprefix("run/")
    found = await agents.runs.find(run)
    if found is None or found.state != "stranded":
        return
    await agents.runs.stop(run)
    kept = agents.gate.effects.run(run)
    if kept is not None:
        await end_run(agents.gate, Key(kept.key, kept.use_case), run)
