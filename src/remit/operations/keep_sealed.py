"""Keep the ledger sealed: close what is new once in every hour, beside the folding."""

from __future__ import annotations

import asyncio
import logging

from remit.kernel.errors import Conflict, RemitError, where
from remit.operations.seal_ledger import seal_ledger
from remit.operations.system import System
from remit.record.projection import hour_of

INTERVAL_S = 10.0
AUTHOR = "remit"
"""Who seals by the clock; people seal in their own name."""

_LOG = logging.getLogger("remit.record")


def seal_when_due(system: System) -> bool:
    """Seal if the last seal is of another hour than this one; says whether it was due."""
    last = system.store.last_seal()
    if last is not None and hour_of(last.at) == hour_of(system.clock.now()):
        return False
    seal_ledger(system, author=AUTHOR)
    return True


async def _fault(system: System) -> str:
    """Seal if it is time to; says what kept it from being done, if anything did."""
    try:
        await asyncio.to_thread(seal_when_due, system)
    except Conflict:
        return ""
    except RemitError as error:
        return error.code
    except Exception as error:  # noqa: BLE001 (a door: what nobody foresaw must not end it unsaid)
        return where(error)
    return ""


async def keep_sealed(system: System, stop: asyncio.Event) -> None:
    """Seal every hour until told to stop; what cannot be done now is done later, and said.

    Nothing is sealed over a journal that was tampered with; one that was restored is gone on with.
    """
    said = ""
    while not stop.is_set():
        fault = await _fault(system)
        if fault and fault != said:
            _LOG.warning("the ledger was not sealed: %s", fault)
        said = fault
        try:
            await asyncio.wait_for(stop.wait(), INTERVAL_S)
        except TimeoutError:
            continue
