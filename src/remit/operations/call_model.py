"""Call a model: the one way in, for every wire format, streamed or not.

    authenticate → decide → hold → call → post → record

The hold is on disk before the provider hears of the call, and the call's entry before the last of the answer
leaves. However a call ends, there is exactly one entry.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import msgspec

from remit.enforce.admission import Admission, Facts, Key, admit, live, reaches
from remit.enforce.decision import ALLOW, Decision, deny
from remit.enforce.prompt import PromptCall, expand
from remit.enforce.remit import Remit
from remit.enforce.request import Finish, ModelEvent, ModelRequest, Request, Terms
from remit.kernel.errors import JournalError, ProviderError, ProviderFailed
from remit.kernel.money import ZERO
from remit.kernel.usage import Usage
from remit.operations.worker import Worker
from remit.ports import Provider
from remit.record.entry import Call, Hold, Mark, Purpose, Rates, Refusal, Status

COUNT_S = 30.0
"""How long a provider may take to count an input."""

READ_ON_S = 10.0
"""How long a provider is read on for its count after the caller has left."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came through a door, and how its answer is wanted."""

    request: Request
    streamed: bool
    reference: str | None = None
    prompt: PromptCall | None = None


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


@dataclass(frozen=True, slots=True)
class Reached:
    """A model that may be called, before anything is held for a call of it."""

    provider: Provider
    terms: Terms


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


def knows(worker: Worker, secret: str) -> bool:
    """Say whether a secret is one of the keys in the worker's view, live or not."""
    return worker.system.hash_secret(secret) in worker.view.keys


def authenticate(worker: Worker, secret: str) -> Key | Refused:
    """Find the live key that a secret belongs to, and see that its use case is still declared."""
    return _live(worker, worker.view.keys.get(worker.system.hash_secret(secret)), "")


def authenticate_signed(worker: Worker, key_id: str, *, wrong: str) -> Key | Refused:
    """Find the live key that signed a request; `wrong` says what is wrong with the signature, if anything."""
    return _live(worker, worker.view.key(key_id), wrong)


def _live(worker: Worker, key: Key | None, wrong: str) -> Key | Refused:
    if worker.fault is not None:
        # Without the places it passed before: they would be kept, and what they held, for every refused call.
        raise worker.fault.with_traceback(None)
    now = worker.system.clock.now()
    administrator = worker.view.model.organisation.contact
    if key is None:
        decision = deny(
            "unknown-key",
            "the key is not known here",
            help="send `Authorization: Bearer <key>`; `remit key issue USE_CASE` makes one",
            layer="organisation",
            owner=administrator,
        )
        return _unproved(worker, decision, now)
    if wrong:
        decision = deny(
            "invalid-signature",
            wrong,
            help="sign with the access key that `remit key issue USE_CASE --aws` printed, and set the clock",
            layer="organisation",
            owner=administrator,
        )
        return _unproved(worker, decision, now)
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
    remit = worker.view.remit(key.use_case)
    # A prompt becomes its messages before anything is decided, so that every bound counts them.
    expanded = _expanded(worker, key, asked, now)
    if isinstance(expanded, Decision):
        return _refused(worker, expanded, _purpose(worker, key, remit, asked.request.model), now)
    asked, prompt = expanded
    purpose = _purpose(worker, key, remit, asked.request.model)
    admission = admit(_facts(worker, key, remit, asked.request, now))
    if isinstance(admission, Decision):
        return _refused(worker, admission, purpose, now)
    expressible = _expressible(worker, asked.request)
    if expressible.effect == "deny":
        return _refused(worker, expressible, purpose, now)
    return _hold(worker, asked, purpose, admission, now, prompt=prompt)


def _expanded(worker: Worker, key: Key, asked: Asked, now: datetime) -> tuple[Asked, str] | Decision:
    """Put the prompt that is called, if one is, in its place; say which one it was."""
    if asked.prompt is None:
        return asked, ""
    assert isinstance(asked.request, ModelRequest), "a door lets only models that write be called by a prompt"
    view = worker.view
    day = now.astimezone(view.zone).date()
    found = expand(asked.request, asked.prompt, model=view.model, use_case=key.use_case, day=day)
    return found if isinstance(found, Decision) else (replace(asked, request=found.request), found.prompt)


def reach(worker: Worker, key: Key, request: Request) -> Reached | Refused:
    """Find a model that the key may call and whose provider can be told the request; nothing is held."""
    now = worker.system.clock.now()
    remit = worker.view.remit(key.use_case)
    purpose = _purpose(worker, key, remit, request.model)
    decision = reaches(_facts(worker, key, remit, request, now))
    if decision.effect == "allow":
        decision = _expressible(worker, request)
    if decision.effect == "deny":
        return _refused(worker, decision, purpose, now)
    block = worker.view.model.model(request.model)
    assert block is not None
    terms = Terms(options=block.options, total_s=COUNT_S, use_case=purpose.use_case, unit=purpose.unit)
    return Reached(worker.provider(block.provider), terms)


def _expressible(worker: Worker, request: Request) -> Decision:
    """Ask whether the model's provider can be told all of a request; what it cannot is never left out."""
    block = worker.view.model.model(request.model)
    assert block is not None
    unsaid = worker.provider(block.provider).refuses(request, options=block.options)
    if not unsaid:
        return ALLOW
    return deny(
        "cannot-be-expressed",
        f"`{request.model}` cannot be told {unsaid}",
        help="leave it out, or use a model whose provider takes it",
        layer=request.model,
        owner=block.owner or worker.view.model.organisation.contact,
    )


def _facts(worker: Worker, key: Key, remit: Remit, request: Request, now: datetime) -> Facts:
    view = worker.view
    return Facts(
        key=key.id,
        remit=remit,
        stage_since=view.since(key.use_case),
        request=request,
        block=view.model.model(request.model),
        now=now,
        zone=view.zone,
        year_starts=view.model.organisation.fiscal_year_starts,
        accounts=worker.accounts,
        administrator=view.model.organisation.contact,
    )


def _purpose(worker: Worker, key: Key, remit: Remit, model: str) -> Purpose:
    return Purpose(
        key=key.id,
        use_case=remit.use_case,
        unit=remit.unit,
        stage=remit.stage,
        model=model if model in worker.view.model.blocks else "",
        model_version=worker.view.version,
        remit=remit.digest,
    )


def _unproved(worker: Worker, decision: Decision, now: datetime) -> Refused:
    """Refuse somebody who has not shown who it is; a flood of them is not written down one by one."""
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


def _hold(
    worker: Worker, asked: Asked, purpose: Purpose, admission: Admission, now: datetime, *, prompt: str
) -> Admitted:
    block = worker.view.model.model(asked.request.model)
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
        prompt=prompt,
    )
    worker.hold(hold)
    bounded = asked.request
    if isinstance(bounded, ModelRequest) and bounded.output_tokens_max is None:
        bounded = msgspec.structs.replace(bounded, output_tokens_max=admission.output_tokens_max)
    limits = {held.account: held.spend.limit for held in admission.held if not held.spend.warns}
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
        prompt=hold.prompt,
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
