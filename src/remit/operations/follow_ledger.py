"""Follow the ledger: fold what is new every moment, and let the worker see what people decided."""

from __future__ import annotations

import asyncio

from remit.kernel.errors import JournalTampered, RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.system import CONTROL
from remit.operations.worker import Worker, read_view

INTERVAL_S = 0.2


async def catch_up(worker: Worker) -> None:
    """Fold, and replace the worker's view if it is behind.

    A store that cannot be reached is left for the next time, and calls do not wait for it, unless people
    decided something that cannot be read: a revoked key must not go on to open doors. A journal that was
    tampered with stops all calls for good.
    """
    try:
        await asyncio.to_thread(fold_ledger, worker.system)
        if worker.is_behind() and await asyncio.to_thread(_has_more, worker):
            worker.see(await asyncio.to_thread(read_view, worker.system))
    except JournalTampered as error:
        worker.fault = error
    except RemitError as error:
        if worker.is_behind() and not isinstance(worker.fault, JournalTampered):
            worker.fault = error
    else:
        if not isinstance(worker.fault, JournalTampered):
            worker.fault = None


def _has_more(worker: Worker) -> bool:
    """Say whether the store holds decisions that the view does not; a torn line at the end is none."""
    folded = worker.system.store.positions().get(CONTROL)
    return folded is not None and folded.offset > worker.view.control_offset


async def follow_ledger(worker: Worker, stop: asyncio.Event) -> None:
    """Catch up until told to stop, and once more then."""
    while not stop.is_set():
        await catch_up(worker)
        try:
            await asyncio.wait_for(stop.wait(), INTERVAL_S)
        except TimeoutError:
            continue
    await catch_up(worker)
