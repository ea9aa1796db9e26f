"""Keep what runs were asked and have read no longer than is of use, while tools or agents are served."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from remit.kernel.errors import RemitError
from remit.operations.tool_gate import ToolGate

INTERVAL_S = 3_600.0
KEPT = timedelta(days=30)
"""For how long an ended run, its counts and settled effects are kept; their entries stay in the ledger."""

_LOG = logging.getLogger("remit.tools")


def forget_old(gate: ToolGate) -> None:
    """Forget what ended so long ago; an effect of which nobody knows what came of it is never forgotten."""
    gate.effects.forget(gate.worker.system.clock.now() - KEPT)


async def keep_effects(gate: ToolGate, stop: asyncio.Event) -> None:
    """Forget every hour until told to stop; what cannot be done now is left for the next time."""
    while not stop.is_set():
        try:
            await asyncio.to_thread(forget_old, gate)
        except RemitError as error:
            _LOG.warning("old runs could not be forgotten: %s", error.summary)
        try:
            await asyncio.wait_for(stop.wait(), INTERVAL_S)
        except TimeoutError:
            continue
