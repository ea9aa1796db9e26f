"""Recover: end what workers left open that did not end by themselves, and free what they had leased.

Whoever can take a journal for itself may do it: its worker is gone.
"""

from __future__ import annotations

import msgspec

from remit.kernel.errors import DirectoryInUse
from remit.kernel.usage import Usage
from remit.operations.fold_ledger import fold_ledger
from remit.operations.system import CONTROL, System
from remit.ports import Journal
from remit.record.call_entry import Call, Hold, Settlement, call_of


def recover(system: System, journal: Journal, name: str) -> int:
    """End the holds that a crash left open: charge what may have been released, and free the rest."""
    apart = with_providers(system)
    calls = [
        interrupted(hold, marked, system)
        for hold, marked in system.store.open_holds(name)
        if hold.id not in apart
    ]
    if calls:
        journal.append(calls)
        fold_ledger(system, (name,))
    return len(calls)


def with_providers(system: System) -> frozenset[str]:
    """Name the calls that lie with their providers: they go on, whoever waits for their answers."""
    return frozenset(call for bundle in system.batches.bundles() for call in bundle.calls)


def recover_others(system: System, own: str, *, alone: bool) -> None:
    """Do the same for workers that are gone, and free what they had leased.

    Where a worker works `alone`, none may be left: raises DirectoryInUse.
    """
    holders = system.leases.holders()
    for name in dict.fromkeys((*system.journals.names(), *holders)):
        if name in (own, CONTROL) or not (name in holders or system.store.open_holds(name)):
            continue
        try:
            with system.journals.exclusive(name, wait_s=0) as journal:
                fold_ledger(system, (name,))
                recover(system, journal, name)
                system.leases.end(name)
        except DirectoryInUse:
            if alone:
                raise
    if alone:
        system.leases.end(own)


def interrupted(hold: Hold, marked: int, system: System, *, sent: bool = False) -> Call:
    """Write the entry of a call whose worker ended before it could.

    A line of a batch that was not `sent` waited for others to go to its provider's batch service with.
    """
    usage = Usage(input_tokens=hold.input_tokens_estimate, output_tokens=min(marked, hold.output_tokens_max))
    if hold.tier == "batch" and not sent:
        usage = Usage()
    call = call_of(
        hold,
        at=system.clock.now(),
        status="interrupted",
        usage=usage,
        estimated=True,
        fault="worker-ended",
    )
    if call.charge <= hold.amount:
        return call
    # What was held is the most that an estimate may cost.
    settlement: Settlement = "post" if hold.amount else "void"
    return msgspec.structs.replace(call, charge=hold.amount, settlement=settlement)
