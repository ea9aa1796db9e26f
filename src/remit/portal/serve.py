"""Serve the pages, fold the ledger and see to all that follows from it, until told to stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from remit import __version__
from remit.operations.deliver import keep_notifying
from remit.operations.follow_ledger import keep_folded
from remit.operations.followers import keep_following
from remit.operations.keep_captures import keep_captures
from remit.operations.keep_gates import keep_gates
from remit.operations.keep_lake import keep_lake
from remit.operations.keep_sealed import keep_sealed
from remit.operations.system import System
from remit.portal import app
from remit.portal.asked import ReadWaiting
from remit.portal.door import House
from remit.portal.drawn import Drawings
from remit.portal.kept import Kept
from remit.portal.metrics import metrics_route
from remit.portal.outcomes import outcomes_route
from remit.portal.pages import overview
from remit.ports_record import Follower

DRAIN_S = 10
BACKLOG = 1024


class _Server(uvicorn.Server):
    """A server that ends when told to, instead of passing the signal on."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


async def serve_portal(
    system: System,
    followers: Sequence[Follower],
    listener: socket.socket,
    ready: Callable[[], None],
    stop: asyncio.Event,
    *,
    gateway: Callable[[], str],
    toolgate: Callable[[], str] = str,
    script: Callable[[], Path],
    waiting: ReadWaiting,
    metrics_token: str = "",
    proxies: tuple[str, ...] = (),
) -> None:
    drawn = Drawings(charts := system.make_charts(), script)
    house = House(system, Kept(system), gateway, drawn, toolgate=toolgate, waiting=waiting)
    server = _Server(_config(make_app(house, metrics_token=metrics_token, proxies=proxies), proxies))
    listener.listen(BACKLOG)
    folder = asyncio.create_task(keep_folded(system, stop))
    purger = asyncio.create_task(keep_captures(system, stop))
    keeper = asyncio.create_task(keep_sealed(system, stop))
    following = asyncio.create_task(keep_following(system, followers, stop))
    notifying = asyncio.create_task(keep_notifying(system, stop))
    staging = asyncio.create_task(keep_gates(system, stop))
    lake = asyncio.create_task(keep_lake(system, stop))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    # If a fault of ours ended the purger, what is kept would stay longer than it may: the portal ends too.
    for each in (folder, purger, lake, serving):
        each.add_done_callback(lambda _: stop.set())
    # What takes long, and what draws, is there before somebody waits for it; nobody waits for that.
    drawing = asyncio.to_thread(charts.prepare)
    making = asyncio.to_thread(overview.warm, system, house.kept)
    warming = asyncio.gather(drawing, making, return_exceptions=True)
    ready()
    await stop.wait()
    server.should_exit = True
    await asyncio.gather(serving, folder, keeper, purger, following, notifying, staging, lake)
    await warming
    house.kept.close()


def _config(app: Starlette, proxies: tuple[str, ...]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        # Whoever is no proxy of ours may write of itself what it likes.
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        timeout_graceful_shutdown=DRAIN_S,
    )


def make_app(house: House, *, metrics_token: str, proxies: tuple[str, ...] = ()) -> Starlette:
    """Put the pages of one server together."""

    async def health(request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", "version": __version__})

    routes = [
        Route("/healthz", health),
        metrics_route(house.system, metrics_token),
        outcomes_route(house.system, proxies),
        *app.routes(house, proxies),
    ]
    return Starlette(routes=routes, exception_handlers=app.exception_handlers)
