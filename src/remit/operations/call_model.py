"""Call a model: the one way in, for every wire format, streamed or not.

    authenticate → decide → hold → call → post → record

The hold is on disk before the provider hears of the call, and the call's entry before the last of the answer
leaves. However a call ends, there is exactly one entry.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial

import msgspec

from remit.declare.block import ModelBlock
from remit.enforce.admission import Admission, Facts, admit
from remit.enforce.decision import Decision, deny
from remit.enforce.key import Key, live
from remit.enforce.remit import Remit
from remit.enforce.request import Delta, Finish, ModelEvent, ModelRequest
from remit.kernel.errors import JournalError, ProviderError, ProviderFailed
from remit.kernel.money import ZERO
from remit.kernel.usage import Usage
from remit.operations.worker import Worker
from remit.ports import Provider
from remit.record.entry import Call, Hold, Mark, Purpose, Rates, Refusal, Status


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came through a door, and how its answer is wanted."""

    request: ModelRequest
    streamed: bool
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A "no", with the id of its entry."""

    id: str
    decision: Decision


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
    block_options: dict[str, str]
    limits: dict[str, Decimal]
    received: int = 0
    marked: int = 0
    first_token_ms: int | None = None
    settled: Settled | None = None
    asked_provider: bool = False

    def stream(self) -> AsyncGenerator[ModelEvent, None]:
        """Ask the provider; may be iterated once."""
        return _stream(self)

    def abandon(self) -> None:
        """Free the hold of a call whose answer nobody began to read; does nothing to a settled one."""
        if self.settled is None:
            _settle(self, None, "hung_up", None)


def knows(worker: Worker, secret: str) -> bool:
    """Say whether a secret is one of the keys in the worker's view, live or not."""
    return worker.system.hash_secret(secret) in worker.view.keys


def authenticate(worker: Worker, secret: str) -> Key | Refused:
    """Find the live key that a secret belongs to, and see that its use case is still declared."""
    if worker.fault is not None:
        # Without the places it passed before: they would be kept, and what they held, for every refused call.
        raise worker.fault.with_traceback(None)
    now = worker.system.clock.now()
    key = worker.view.keys.get(worker.system.hash_secret(secret))
    administrator = worker.view.model.organisation.contact
    if key is None:
        return _unknown_key(worker, now)
    if key.use_case not in worker.view.model.use_cases:
        decision = deny(
            "undeclared-use-case",
            f"use case `{key.use_case}` is no longer declared",
            help="declare it again, or use the key of another use case",
            layer="organisation",
            owner=administrator,
        )
        return _refused(worker, decision, None, now)
    decision = live(key, now=now, administrator=administrator)
    if decision.effect == "deny":
        remit = worker.view.remit(key.use_case)
        return _refused(worker, decision, _purpose(worker, key, remit, ""), now)
    return key


def authorize(worker: Worker, key: Key, asked: Asked) -> Admitted | Refused:
    """Decide on a call and hold its worst case; after this the provider may be asked.

    Raises JournalError, with nothing held, if the hold cannot be written down.
    """
    now = worker.system.clock.now()
    view = worker.view
    remit = view.remit(key.use_case)
    day = now.astimezone(view.zone).date()
    names = view.names(key.use_case, day)
    said = asked.request.model
    address = names.get(said)
    if address is not None and address != said:
        asked = replace(asked, request=msgspec.structs.replace(asked.request, model=address))
    # What lies outside the remit is recorded as what it means to everybody.
    purpose = _purpose(worker, key, remit, address or view.model.meant(said, day) or "")
    block = view.model.model(address) if address else None

    def models(name: str) -> tuple[str, ModelBlock | None]:
        exact = names.get(name, name)
        return exact, view.model.model(exact)

    admission = admit(_facts(worker, key, remit, asked, block, now), models)
    if isinstance(admission, Decision):
        if admission.retry_after is not None:
            worker.rates.wait(view.meters(key, asked.request.model))
        return _refused(worker, admission, purpose, now)
    if admission.model != asked.request.model:
        purpose = msgspec.structs.replace(purpose, model=admission.model, asked=asked.request.model)
    return _hold(worker, asked, purpose, admission, now)


def _facts(
    worker: Worker, key: Key, remit: Remit, asked: Asked, block: ModelBlock | None, now: datetime
) -> Facts:
    view = worker.view
    return Facts(
        key=key.id,
        agent=key.agent,
        remit=remit,
        stage_since=view.since(key.use_case),
        request=asked.request,
        block=block,
        now=now,
        zone=view.zone,
        year_starts=view.model.organisation.fiscal_year_starts,
        accounts=worker.accounts,
        administrator=view.model.organisation.contact,
        parties=partial(view.parties, key),
        streamed=asked.streamed,
        meters=partial(view.meters, key),
        counts=worker.rates.at(now),
    )


def _purpose(worker: Worker, key: Key, remit: Remit, model: str) -> Purpose:
    return Purpose(
        key=key.id,
        use_case=remit.use_case,
        unit=remit.unit,
        stage=remit.stage,
        model=model,
        model_version=worker.view.version,
        remit=remit.digest,
        agent=key.agent,
    )


def _unknown_key(worker: Worker, now: datetime) -> Refused:
    decision = deny(
        "unknown-key",
        "the key is not known here",
        help="send `Authorization: Bearer <key>`; `remit key issue USE_CASE` makes one",
        layer="organisation",
        owner=worker.view.model.organisation.contact,
    )
    repeated = worker.unknown_keys.take(int(now.timestamp()))
    if repeated is None:
        return Refused("", decision)
    return _refused(worker, decision, None, now, repeated)


def _refused(
    worker: Worker, decision: Decision, purpose: Purpose | None, now: datetime, repeated: int = 0
) -> Refused:
    id = worker.system.ids.new(now)
    worker.record_unless_owed(Refusal(id=id, at=now, decision=decision, purpose=purpose, repeated=repeated))
    return Refused(id, decision)


def _hold(worker: Worker, asked: Asked, purpose: Purpose, admission: Admission, now: datetime) -> Admitted:
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
    )
    worker.hold(hold, admission.meters, admission.tokens)
    bounded = msgspec.structs.replace(
        asked.request, model=admission.model, output_tokens_max=admission.output_tokens_max
    )
    limits = {held.account: held.spend.limit for held in admission.held if held.spend.on_breach != "warn"}
    return Admitted(
        worker,
        Asked(bounded, asked.streamed, asked.reference),
        hold,
        provider,
        dict(block.options),
        limits,
    )


async def _stream(admitted: Admitted) -> AsyncGenerator[ModelEvent, None]:
    """Pass the provider's events on, and settle the call however it ends.

    `Finish` is given out only after the call's entry is in the journal.
    """
    admitted.asked_provider = True
    events = admitted.provider.stream(admitted.asked.request, options=admitted.block_options)
    finish: Finish | None = None
    # What nobody foresaw is our fault, never the caller's.
    fault: str | None = "internal-fault"
    status: Status = "failed"
    try:
        async for event in events:
            if isinstance(event, Finish):
                finish = event
                continue
            _note(admitted, event)
            yield event
        if finish is None:
            raise ProviderFailed(
                f"provider `{admitted.hold.provider}` ended its answer without saying so",
                help="try again; if it goes on, ask the provider's operator",
            )
        status, fault = "completed", None
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
    yield finish


def _note(admitted: Admitted, event: Delta) -> None:
    """Count what came back, and write a mark before each doubling of it goes out."""
    if admitted.first_token_ms is None:
        admitted.first_token_ms = _since(admitted)
    admitted.received += event.tokens
    if admitted.received > admitted.marked:
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
