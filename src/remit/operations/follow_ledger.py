"""Follow the ledger: fold what is new every moment, and let the worker see what people decided."""

from __future__ import annotations

import asyncio

from remit.kernel.errors import JournalTampered, RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.worker import Worker, read_view

INTERVAL_S = 0.2


async def catch_up(worker: Worker) -> None:
    """Fold, and replace the worker's view if it is behind.

    A store that cannot be reached is left for the next time: calls do not wait for it. A journal that was
    tampered with stops all calls.
    """
    try:
        await asyncio.to_thread(fold_ledger, worker.system)
        if worker.is_behind():
            worker.view = await asyncio.to_thread(read_view, worker.system)
    except JournalTampered as error:
        worker.fault = error
    except RemitError:
        return


async def follow_ledger(worker: Worker, stop: asyncio.Event) -> None:
    """Catch up until told to stop, and once more then."""
    while not stop.is_set():
        await catch_up(worker)
        try:
            await asyncio.wait_for(stop.wait(), INTERVAL_S)
        except TimeoutError:
            continue
    await catch_up(worker)
