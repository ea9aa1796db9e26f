"""Keep stages as the ledger says: write down which went back by themselves, and let others stay."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

from remit.kernel.errors import RemitError, where
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.review_gate import cure
from remit.operations.system import CONTROL, System
from remit.record.decided import StageChange
from remit.record.projection import StageFact

INTERVAL_S = 10.0
AUTHOR = "remit"
"""Who writes by the clock what a waiver's end has already done."""

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_LOG = logging.getLogger("remit.decide")


def write_lapses(system: System) -> list[StageChange]:
    """Write down for each stage that ended with its waiver that it did, once.

    Nothing depends on it: gateways hold calls to the earlier stage from the instant on.
    """
    if not _lapsed(system):
        return []
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        now = system.clock.now()
        entries = [
            StageChange(
                id=system.ids.new(now),
                at=now,
                use_case=use_case,
                stage=fact.falls_to,
                since=fact.until.date(),
                basis="narrowed",
                reason=f"`{fact.stage}` stood on a waiver that ended on {fact.until:%Y-%m-%d %H:%M %Z}",
                author=AUTHOR,
            )
            for use_case, fact in _lapsed(system)
            if fact.until is not None and fact.falls_to is not None
        ]
        if entries:
            journal.append(entries)
    fold_ledger(system)
    return entries


def cure_what_is_met(system: System) -> list[str]:
    """Let each stage stay that stands on waivers of what is met by now; returns whose."""
    return [name for name in _on_waivers(system) if cure(system, name) is not None]


def _lapsed(system: System) -> list[tuple[str, StageFact]]:
    now = system.clock.now()
    return [
        (name, fact)
        for name, fact in system.store.stages(_BEGINNING).items()
        if fact.until is not None and now >= fact.until
    ]


def _on_waivers(system: System) -> list[str]:
    """List the use cases whose stage stands on waivers, as far as they and its gate are still declared."""
    on = {
        name: fact.stage
        for name, fact in system.store.stages(system.clock.now()).items()
        if fact.until is not None
    }
    if not on:
        return []
    _, model = model_in_force(system)
    return [name for name, stage in on.items() if name in model.use_cases and stage in model.gates]


def _keep(system: System) -> str:
    """Do what is due; says what kept it from being done, if anything did."""
    try:
        write_lapses(system)
        cure_what_is_met(system)
    except RemitError as error:
        return error.code
    except Exception as error:  # noqa: BLE001 (a door: what nobody foresaw must not end it unsaid)
        return where(error)
    return ""


async def keep_gates(system: System, stop: asyncio.Event) -> None:
    """Keep stages until told to stop; what cannot be done now is done later, and said."""
    said = ""
    while not stop.is_set():
        fault = await asyncio.to_thread(_keep, system)
        if fault and fault != said:
            _LOG.warning("stages were not kept: %s", fault)
        said = fault
        try:
            await asyncio.wait_for(stop.wait(), INTERVAL_S)
        except TimeoutError:
            continue
