"""Serve agents on a listener, and work on their runs, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable

from remit.agentgate.app import AgentGate, reject
from remit.gateway.http import Server
from remit.operations.agents import Agents
from remit.operations.follow_ledger import follow_decisions, prepare_screens
from remit.operations.keep_effects import keep_effects
from remit.operations.recover_effects import recover_effects
from remit.operations.run_agent import run_agent
from remit.operations.watch_agents import alarm_stranded, watch_agents

_LOG = logging.getLogger("remit.agents")

DRAIN_S = 5.0
BACKLOG = 512


async def serve_agents(
    agents: Agents,
    proxies: tuple[str, ...],
    listener: socket.socket,
    ready: Callable[[], None],
    stop: asyncio.Event,
) -> None:
    """Serve until `stop` is set. Runs that are under way then go on when it is served again."""
    worker = agents.worker
    server = Server(AgentGate(agents, proxies).handle, reject=reject)
    worker.warm()
    await prepare_screens(worker, worker.view)
    follower = asyncio.create_task(follow_decisions(worker, stop))
    # Without it nobody would learn of a kill switch: if a fault of ours ends it, the server ends too.
    follower.add_done_callback(lambda _: stop.set())
    forgetting = asyncio.create_task(keep_effects(agents.gate, stop))
    leases = asyncio.create_task(worker.keep_leases())
    leases.add_done_callback(lambda task: None if worker.escrow is None else stop.set())
    try:
        await recover_effects(agents.gate)
        await agents.runs.launch(lambda run, given, steps: run_agent(agents, run, given, steps))
        watcher = asyncio.create_task(watch_agents(agents, stop))
        for each in await alarm_stranded(agents):
            _LOG.error("run %s was begun by another version and waits for somebody to stop it", each.id)
        accepting = await asyncio.get_running_loop().create_server(
            server.connect, sock=listener, backlog=BACKLOG
        )
        server.start()
        ready()
        await stop.wait()
        accepting.close()
        await server.close(drain_s=DRAIN_S)
        await watcher
    finally:
        stop.set()
        try:
            await agents.runs.close()
            await agents.gate.sources.close()
            await asyncio.gather(follower, forgetting)
        finally:
            await worker.close()
            await leases
