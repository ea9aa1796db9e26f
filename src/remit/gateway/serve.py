"""Serve the gateway on a listener, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

from remit.gateway.app import Gateway, reject
from remit.gateway.http import Server
from remit.kernel.errors import where
from remit.operations.follow_ledger import follow_decisions, prepare_screens
from remit.operations.worker import Worker

_LOG = logging.getLogger("remit.gateway")

DRAIN_S = 10.0
BACKLOG = 4096


async def serve_gateway(
    worker: Worker,
    proxies: tuple[str, ...],
    listener: socket.socket,
    ready: Callable[[], None],
    stop: asyncio.Event,
) -> None:
    """Serve until `stop` is set; `proxies` are the networks whose word about callers is taken."""
    gateway = Gateway(worker, proxies)
    server = Server(gateway.handle, reject=reject)
    worker.warm()
    loop = asyncio.get_running_loop()
    preparing = asyncio.create_task(prepare_screens(worker, worker.view))
    follower = asyncio.create_task(follow_decisions(worker, stop))
    # Without it nobody would learn of a revoked key: if a fault of ours ends it, the server ends too.
    follower.add_done_callback(lambda _: stop.set())
    leases = asyncio.create_task(worker.keep_leases())
    # Without it no budget could be drawn from any more.
    leases.add_done_callback(lambda task: None if worker.escrow is None else stop.set())
    queue = asyncio.create_task(gateway.queue.run(stop))
    # If a fault of ours ends it, batches stand still; calls that somebody waits for go on.
    queue.add_done_callback(_say_why)
    _settle_memory()
    # Whoever reads a generator here also closes it, so the loop need not keep a list of them.
    sys.set_asyncgen_hooks(None, None)
    _allow_connections()
    try:
        accepting = await loop.create_server(server.connect, sock=listener, backlog=BACKLOG)
        server.start()
        ready()
        await stop.wait()
        accepting.close()
        await server.close(drain_s=DRAIN_S)
    finally:
        stop.set()
        try:
            await asyncio.wait([queue, preparing])
            await follower
        finally:
            await worker.close()
            await leases


def _say_why(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (fault := task.exception()) is not None:
        _LOG.error("batches stand still until the next start: %s", where(fault))


def _allow_connections() -> None:
    """Open as many files as this process may: what a shell allows at first is fewer than our connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Where a machine calls it unlimited, it may still not take that as a number.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _settle_memory() -> None:
    """Take what was loaded out of the collector's sight: it stays, and to look at it costs calls time.

    Calls leave few circles behind, so the collector may wait for more of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
