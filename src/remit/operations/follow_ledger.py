"""Follow the ledger: fold what is new every moment, and let the worker see what people decided."""

from __future__ import annotations

import asyncio

from remit.kernel.errors import JournalTampered, RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.system import CONTROL, System
from remit.operations.worker import Worker, read_view

INTERVAL_S = 0.2


async def follow_ledger(system: System, worker: Worker, stop: asyncio.Event) -> None:
    """Fold until told to stop, and once more then.

    A store that cannot be reached is tried again: calls do not wait for it. A journal that was tampered
    with stops all calls.
    """
    sizes: dict[str, int] = {}
    while True:
        last = stop.is_set()
        before, sizes = sizes, {name: system.journals.size(name) for name in system.journals.names()}
        if sizes != before:
            try:
                await asyncio.to_thread(fold_ledger, system)
                if sizes.get(CONTROL) != before.get(CONTROL):
                    worker.view = await asyncio.to_thread(read_view, system)
            except JournalTampered as error:
                worker.fault = error
            except RemitError:
                sizes = before
        if last:
            return
        try:
            await asyncio.wait_for(stop.wait(), INTERVAL_S)
        except TimeoutError:
            continue
