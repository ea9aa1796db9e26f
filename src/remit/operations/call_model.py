"""Call a model: the one way in, for every wire format, streamed or not.

    authenticate → decide → hold → call → post → record

The hold is on disk before the provider hears of the call, and the call's entry before the last of the answer
leaves. However a call ends, there is exactly one entry.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec

from remit.enforce.admission import Admission, admit
from remit.enforce.answer import Finish, ModelEvent
from remit.enforce.decision import Decision
from remit.enforce.key import Key
from remit.enforce.request import ModelRequest, Request, Terms
from remit.kernel.errors import JournalError, ProviderError, ProviderFailed
from remit.kernel.money import ZERO
from remit.kernel.usage import Usage
from remit.operations.asked import Asked, Understood, facts_of, models_of, understood
from remit.operations.refused import Refused, purpose_of, refused
from remit.operations.worker import Worker
from remit.ports import Provider
from remit.record.entry import Call, Hold, Mark, Purpose, Rates, Status

READ_ON_S = 10.0
"""How long a provider is read on for its count after the caller has left."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The end of a call: its entry, and what is left in the tightest budget (None if none applies)."""

    call: Call
    budget_left: Decimal | None


@dataclass(slots=True)
class Admitted:
    """A call under way: what was held for it, and what has come back so far."""

    worker: Worker
    asked: Asked
    hold: Hold
    provider: Provider
    terms: Terms
    limits: dict[str, Decimal]
    received: int = 0
    marked: int = 0
    first_token_ms: int | None = None
    settled: Settled | None = None
    asked_provider: bool = False
    gone: bool = False

    def stream(self) -> AsyncGenerator[Sequence[ModelEvent], None]:
        """Ask the provider; may be iterated once."""
        return _stream(self)

    def abandon(self) -> None:
        """Free the hold of a call whose answer nobody began to read; does nothing to a settled one."""
        if self.settled is None:
            _settle(self, None, "hung_up", None)

    def leave(self, end_in: Callable[[float], object]) -> None:
        """Say that the caller has left; `end_in` sees to it that the call ends within so many seconds.

        The provider is read on for a while, because only its own count says what the call cost. One that
        counts each piece exactly is stopped at once instead.
        """
        self.gone = True
        end_in(0.0 if self.provider.counts else READ_ON_S)


def authorize(worker: Worker, key: Key, asked: Asked) -> Admitted | Refused:
    """Decide on a call and hold its worst case; after this the provider may be asked.

    Raises JournalError, with nothing held, if the hold cannot be written down.
    """
    now = worker.system.clock.now()
    remit = worker.view.remit(key.use_case)
    found = understood(worker, key, asked, now)
    if isinstance(found, Decision):
        return refused(worker, found, purpose_of(worker, key, remit, "", asked.user), now)
    purpose = purpose_of(worker, key, remit, found.model, asked.user)
    facts = facts_of(worker, key, remit, found.asked, now)
    admission = admit(facts, models_of(worker, key, now.astimezone(facts.zone).date()))
    if isinstance(admission, Decision):
        return refused(worker, admission, purpose, now)
    if admission.model != found.model:
        purpose = msgspec.structs.replace(purpose, model=admission.model, asked=found.model)
    return _hold(worker, found, purpose, admission, now)


def _hold(
    worker: Worker, found: Understood, purpose: Purpose, admission: Admission, now: datetime
) -> Admitted:
    asked = found.asked
    block = worker.view.model.model(admission.model)
    assert block is not None
    # Kept with the call: another model may be put in force before the answer begins.
    provider = worker.provider(block.provider)
    hold = Hold(
        id=worker.system.ids.new(now),
        at=now,
        purpose=purpose,
        provider=block.provider,
        simulated=provider.simulated,
        accounts=tuple(held.account for held in admission.held),
        amount=admission.amount,
        currency=worker.view.model.organisation.currency,
        rates=Rates.of(admission.price),
        input_tokens_estimate=min(asked.request.input_tokens_estimate, admission.input_tokens_max),
        output_tokens_max=admission.output_tokens_max,
        streamed=asked.streamed,
        policies_noted=admission.policies_noted,
        prompt_block=found.prompt_block,
    )
    worker.hold(hold)
    bounded = _bounded(asked.request, admission)
    limits = {held.account: held.spend.limit for held in admission.held if held.spend.on_breach != "warn"}
    return Admitted(
        worker,
        Asked(bounded, asked.streamed, asked.reference),
        hold,
        provider,
        Terms(
            options=block.options,
            whole=not asked.streamed,
            use_case=purpose.use_case,
            unit=purpose.unit,
        ),
        limits,
    )


def _bounded(request: Request, admission: Admission) -> Request:
    """Put the model that serves and the most that it may write into what is asked of the provider."""
    if isinstance(request, ModelRequest):
        return msgspec.structs.replace(
            request, model=admission.model, output_tokens_max=admission.output_tokens_max
        )
    return msgspec.structs.replace(request, model=admission.model)


async def _stream(admitted: Admitted) -> AsyncGenerator[Sequence[ModelEvent], None]:
    """Pass the provider's events on, and settle the call however it ends.

    `Finish` is given out only after the call's entry is in the journal.
    """
    admitted.asked_provider = True
    events = admitted.provider.stream(admitted.asked.request, admitted.terms)
    finish: Finish | None = None
    last: Sequence[ModelEvent] = ()
    # What nobody foresaw is our fault, never the caller's.
    fault: str | None = "internal-fault"
    status: Status = "failed"
    try:
        async for batch in events:
            if isinstance(batch[-1], Finish):
                finish, last = batch[-1], batch
                _count(admitted, batch[:-1])
                continue
            _note(admitted, batch)
            yield batch
        if finish is None:
            raise ProviderFailed(
                f"provider `{admitted.hold.provider}` ended its answer without saying so",
                help="try again; if it goes on, ask the provider's operator",
            )
        status, fault = ("hung_up" if admitted.gone else "completed"), None
    except (ProviderError, JournalError) as error:
        fault = error.code
        raise
    except (GeneratorExit, asyncio.CancelledError):
        status, fault = "hung_up", None
        raise
    finally:
        # Cancelling may strike again while upstream is being stopped; the call is settled all the same.
        try:
            await events.aclose()
        finally:
            _settle(admitted, finish, status, fault)
    yield last


def _count(admitted: Admitted, batch: Sequence[ModelEvent]) -> None:
    """Count what came back."""
    if admitted.first_token_ms is None:
        admitted.first_token_ms = _since(admitted)
    for event in batch:
        if not isinstance(event, Finish):
            admitted.received += event.tokens


def _note(admitted: Admitted, batch: Sequence[ModelEvent]) -> None:
    """Count what came back, and write a mark before each doubling of it goes out.

    Of an answer that is given whole nothing goes out before its entry is written, so it needs no marks.
    """
    _count(admitted, batch)
    if admitted.asked.streamed and admitted.received > admitted.marked:
        admitted.marked = 1 << (admitted.received - 1).bit_length()
        now = admitted.worker.system.clock.now()
        admitted.worker.record(Mark(id=admitted.hold.id, at=now, output_tokens=admitted.marked))


def _since(admitted: Admitted) -> int:
    now = admitted.worker.system.clock.now()
    return max(0, int((now - admitted.hold.at).total_seconds() * 1000))


def _usage(admitted: Admitted, finish: Finish | None, status: Status) -> tuple[Usage, bool]:
    """Take the provider's count, or what was received where it gave none; say if that is an estimate."""
    if finish is not None:
        return finish.usage, False
    if admitted.received == 0 and (status == "failed" or not admitted.asked_provider):
        return Usage(), False
    output = min(admitted.received, admitted.hold.output_tokens_max)
    return Usage(input_tokens=admitted.hold.input_tokens_estimate, output_tokens=output), True


def _settle(admitted: Admitted, finish: Finish | None, status: Status, fault: str | None) -> None:
    worker, hold = admitted.worker, admitted.hold
    usage, estimated = _usage(admitted, finish, status)
    charge = hold.rates.price().cost(usage)
    call = Call(
        id=hold.id,
        at=worker.system.clock.now(),
        purpose=hold.purpose,
        provider=hold.provider,
        simulated=hold.simulated,
        served_model=finish.served_model if finish else "",
        streamed=admitted.asked.streamed,
        status=status,
        settlement="post" if charge else "void",
        usage=usage,
        usage_estimated=estimated,
        accounts=hold.accounts,
        held=hold.amount,
        charge=charge,
        currency=hold.currency,
        rates=hold.rates,
        began=hold.at,
        latency_ms=_since(admitted),
        first_token_ms=admitted.first_token_ms,
        stop_reason=finish.stop_reason if finish else None,
        fault=fault,
        reference=admitted.asked.reference,
        policies_noted=hold.policies_noted,
        prompt_block=hold.prompt_block,
    )
    if charge > hold.amount:
        # What a provider counts is spent, whatever it was allowed: it is posted whole, and said.
        call = msgspec.structs.replace(call, fault="usage-above-hold")
    try:
        worker.settle(call)
    finally:
        # Also where the journal refuses: the worker owes the entry now, and a second one would post twice.
        left = [worker.accounts[name].available(limit) for name, limit in admitted.limits.items()]
        admitted.settled = Settled(call, max(min(left), ZERO) if left else None)
