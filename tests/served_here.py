"""A gateway in this process, by a clock that a test sets."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from conftest import House
from remit.gateway.serve import serve_gateway
from remit.operations.system import GATEWAY
from remit.operations.worker import Worker
from remit.ports import Clock


@contextmanager
def gateway(house: House, clock: Clock) -> Iterator[str]:
    """Serve the house's gateway in this process, by a clock of the test."""
    listener = socket.create_server(("127.0.0.1", 0))
    ready, stops = threading.Event(), []

    def run() -> None:
        async def serve() -> None:
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            stops.append(lambda: loop.call_soon_threadsafe(stop.set))
            await serve_gateway(worker, (), listener, ready.set, stop)

        with house.system() as opened, opened.journals.exclusive(GATEWAY) as journal:
            worker = Worker(replace(opened, clock=clock), journal)
            asyncio.run(serve())

    threshold = gc.get_threshold()
    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(30)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stops[0]()
        thread.join()
        listener.close()
        # A gateway has its process to itself and takes it out of the collector's sight; this one has not.
        gc.unfreeze()
        gc.set_threshold(*threshold)
