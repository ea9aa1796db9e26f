"""Follow the ledger: a gateway sees what people decide, and a folder brings the store up to the journals."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from remit.enforce.capture import capture_of
from remit.enforce.decision import Decision
from remit.enforce.guardrail.guards import Guards
from remit.kernel.errors import JournalTampered, RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.system import CONTROL, System
from remit.operations.view import View, read_view
from remit.operations.worker import Worker

INTERVAL_S = 0.2
PAUSE_S = 2.0
"""How long folding waits after it failed."""

_LOG = logging.getLogger("remit.record")


async def catch_up(worker: Worker) -> None:
    """Replace the worker's view if it is behind.

    A store that cannot be reached is left for the next time, and calls do not wait for it, unless people
    decided something that cannot be read: a revoked key must not go on to open doors. A journal that was
    tampered with stops all calls for good, whichever process found it.
    """
    try:
        halt = await asyncio.to_thread(worker.system.store.halted)
        if halt is not None:
            raise JournalTampered(halt, help="run `remit ledger verify`, and restore the journal from a copy")
        if worker.is_behind():
            await asyncio.to_thread(fold_ledger, worker.system, (CONTROL,))
            if await asyncio.to_thread(_has_more, worker):
                view = await asyncio.to_thread(read_view, worker.system)
                await prepare_screens(worker, view)
                worker.see(view)
    except JournalTampered as error:
        worker.fault = error
    except RemitError as error:
        if worker.is_behind() and not isinstance(worker.fault, JournalTampered):
            worker.fault = error
    else:
        if not isinstance(worker.fault, JournalTampered):
            worker.fault = None


async def prepare_screens(worker: Worker, view: View) -> None:
    """Have the guardrails of a view compiled; those that cannot be stop the calls that must pass them."""
    with suppress(RemitError):
        for screen in await worker.screens.prepare(view, view.day(worker.system.clock.now())):
            # Code of others is loaded by then; no decision waits for it.
            worker.judges.apart(worker.judges.prepare(screen, view))
    prepare_captures(worker, view)


def prepare_captures(worker: Worker, view: View) -> None:
    """Have what masks calls made, where some use case's are kept masked."""
    day = view.day(worker.system.clock.now())
    wanted: dict[str, Guards] = {}
    for use_case in view.model.use_cases:
        capture = capture_of(view.remit(use_case)) if use_case in view.stages else None
        if capture is not None and capture.mode == "masked":
            guards = view.guards(use_case, day)
            if not isinstance(guards, Decision):
                wanted[guards.digest] = guards
    for guards in wanted.values():
        worker.captures.prepare(guards)


def _has_more(worker: Worker) -> bool:
    """Say whether the store shows more than the view does; a torn line at the end is no decision."""
    if worker.view.is_past(worker.system.clock.now()):
        return True
    folded = worker.system.store.positions().get(CONTROL)
    return folded is not None and folded.offset > worker.view.control_offset


async def follow_decisions(worker: Worker, stop: asyncio.Event) -> None:
    """Catch up until told to stop."""
    while not stop.is_set():
        await catch_up(worker)
        await _pause(stop)


async def keep_folded(system: System, stop: asyncio.Event) -> None:
    """Fold what is new every moment until told to stop, and once more then.

    It is no part of a gateway, which then spends its time on calls. Any number of folders may run.
    """
    said = ""
    while not stop.is_set():
        fault = await _fold(system)
        if fault and fault != said:
            _LOG.warning("the ledger was not folded: %s", fault)
        said = fault
        await _pause(stop, PAUSE_S if fault else INTERVAL_S)
    await _fold(system)


async def _fold(system: System) -> str:
    """Fold; what cannot be reached now is left for the next time, what was tampered with is told to all.

    Returns what kept it from being done, if anything did.
    """
    try:
        await asyncio.to_thread(fold_ledger, system)
    except JournalTampered as error:
        await asyncio.to_thread(system.store.halt, error.summary)
        return error.code
    except RemitError as error:
        return error.code
    return ""


async def _pause(stop: asyncio.Event, seconds: float = INTERVAL_S) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
