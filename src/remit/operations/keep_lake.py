"""Keep the lake filled: what was sealed comes into it, and days that are over become one file."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from remit.kernel.errors import RemitError
from remit.operations.expire_entries import expire_entries
from remit.operations.fill_lake import compact_lake, fill_lake
from remit.operations.keep_sealed import AUTHOR
from remit.operations.let_go import let_go
from remit.operations.system import System

INTERVAL_S = 10
_LOG = logging.getLogger("remit.record")


async def keep_lake(system: System, stop: asyncio.Event) -> None:
    """Fill the lake every few seconds until told to stop; what cannot be done now is left for the next time.

    Then let go of what lies in it and is old elsewhere. It is no part of a gateway. Any number of processes
    may do this: they take turns.
    """
    said = ""
    while not stop.is_set():
        with suppress(RemitError):
            await asyncio.to_thread(fill, system)
        fault = ""
        try:
            await asyncio.to_thread(tidy, system)
        except RemitError as error:
            fault = error.summary
        if fault and fault != said:
            _LOG.warning("old parts of journals were not let go of: %s", fault)
        said = fault
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), INTERVAL_S)


def fill(system: System) -> None:
    """Take in what is new and let go what is old; nothing is loaded for it before there is a seal."""
    if system.store.sealed():
        lake = system.make_lake()
        fill_lake(system, lake)
        compact_lake(system, lake)
        expire_entries(system, lake)


def tidy(system: System) -> None:
    """Let go of what is old in journals and store, once it lies in the lake."""
    if system.store.sealed():
        let_go(system, system.make_lake(), author=AUTHOR)
