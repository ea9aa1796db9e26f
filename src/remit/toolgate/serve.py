"""Serve tools on a listener, until it is told to stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from remit.gateway.http import Server
from remit.gateway.http_request import Limits
from remit.operations.follow_ledger import follow_decisions, prepare_screens
from remit.operations.keep_effects import keep_effects
from remit.operations.recover_effects import recover_effects
from remit.operations.tool_gate import ToolGate
from remit.toolgate.app import ToolDoor, reject

DRAIN_S = 5.0
BACKLOG = 1024
LIMITS = Limits(body_bytes=4 << 20, bodies_bytes=256 << 20, connections=4_000)


async def serve_tools(
    gate: ToolGate,
    proxies: tuple[str, ...],
    listener: socket.socket,
    ready: Callable[[], None],
    stop: asyncio.Event,
) -> None:
    """Serve until `stop` is set. Programs that were started to ask them for tools end with it."""
    worker = gate.worker
    server = Server(ToolDoor(gate, proxies).handle, reject=reject, limits=LIMITS)
    preparing = asyncio.create_task(prepare_screens(worker, worker.view))
    follower = asyncio.create_task(follow_decisions(worker, stop))
    # Without it nobody would learn of a kill switch: if a fault of ours ends it, the server ends too.
    follower.add_done_callback(lambda _: stop.set())
    forgetting = asyncio.create_task(keep_effects(gate, stop))
    leases = asyncio.create_task(worker.keep_leases())
    leases.add_done_callback(lambda task: None if worker.escrow is None else stop.set())
    try:
        await recover_effects(gate)
        loop = asyncio.get_running_loop()
        accepting = await loop.create_server(server.connect, sock=listener, backlog=BACKLOG)
        server.start()
        ready()
        await stop.wait()
        accepting.close()
        await server.close(drain_s=DRAIN_S)
    finally:
        stop.set()
        try:
            await gate.sources.close()
            await asyncio.wait([preparing])
            await asyncio.gather(follower, forgetting)
        finally:
            await worker.close()
            await leases
