"""Keep captures and memories no longer than they may be, while a portal runs."""

from __future__ import annotations

import asyncio
import logging

from remit.kernel.errors import RemitError
from remit.operations.erase_captures import purge_captures, resume_erasures
from remit.operations.remember import purge_memories
from remit.operations.system import CONTROL, System
from remit.operations.view import View, read_view

INTERVAL_S = 60.0
AUTHOR = "portal"

_LOG = logging.getLogger("remit.capture")


class Keeper:
    """Purges, and reads the decisions in force again only when there are new ones."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._view: View | None = None

    def run(self) -> int:
        """Destroy what is due; returns how many keys that were. Nothing is read where nothing is kept."""
        resume_erasures(self._system)
        purge_memories(self._system, author=AUTHOR)
        if not self._system.captures.data_keys():
            return 0
        folded = self._system.store.positions().get(CONTROL)
        if self._view is None or (folded is not None and folded.offset > self._view.control_offset):
            self._view = read_view(self._system)
        return len(purge_captures(self._system, self._view, author=AUTHOR))


async def keep_captures(system: System, stop: asyncio.Event) -> None:
    """Purge every minute until told to stop; what cannot be done now is left for the next time."""
    keeper = Keeper(system)
    while not stop.is_set():
        try:
            await asyncio.to_thread(keeper.run)
        except RemitError as error:
            _LOG.warning("what is kept of calls could not be purged: %s", error.summary)
        try:
            await asyncio.wait_for(stop.wait(), INTERVAL_S)
        except TimeoutError:
            continue
