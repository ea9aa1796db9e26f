"""Stop a call on its way to a model, because a guardrail does not let its input pass."""

from __future__ import annotations

from remit.enforce.rate import Meter
from remit.kernel.usage import Usage
from remit.operations.users import count_user
from remit.operations.worker import Worker
from remit.record.call_entry import Call, Hold, call_of


def stop(worker: Worker, hold: Hold, meters: tuple[Meter, ...], reference: str | None) -> Call:
    """Write down that a call was stopped; it counts as a call, and costs nothing.

    Nothing is held. Raises JournalError, and then the call has failed.
    """
    return unasked(
        worker,
        call_of(
            hold,
            at=worker.system.clock.now(),
            status="blocked",
            usage=Usage(),
            stop_reason="guardrail",
            reference=reference,
            held=False,
        ),
        hold,
        meters,
    )


def unasked(worker: Worker, call: Call, hold: Hold, meters: tuple[Meter, ...]) -> Call:
    """Write down a call that has its answer without any model; it counts as a call."""
    worker.record_unless_owed(call)
    worker.rates.take(call.id, meters, tokens=0)
    worker.rates.settle(call.id, tokens=0, now=call.at)
    if hold.purpose.user:
        count_user(worker.users, hold, worker.view.remit(hold.purpose.use_case), worker.view.zone)
    return call
