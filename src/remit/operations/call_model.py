"""Call a model: the one way in, for every wire format, streamed or not.

    authenticate → decide → hold → call → post → record

The hold is on disk before the provider hears of the call, and the call's entry before the last of the answer
leaves. However a call ends, there is exactly one entry.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from functools import partial
from time import monotonic

import msgspec

from remit.enforce.answer import Finish, ModelEvent, Piece
from remit.enforce.grant import retired
from remit.enforce.guardrail.noted import Noted
from remit.enforce.patience import Failed, advice, limits, remedy, step
from remit.enforce.request import Terms
from remit.enforce.stop import refusal
from remit.kernel.errors import (
    CallStopped,
    JournalError,
    ProviderBrokeOff,
    ProviderError,
    RemitError,
    StoreError,
)
from remit.kernel.money import ZERO
from remit.kernel.usage import Usage
from remit.operations.admitted import Admitted, Settled
from remit.operations.asked import Seen
from remit.operations.capture_call import gather, hand_over
from remit.operations.give_again import given_again
from remit.operations.given import PIECES_MAX, added
from remit.operations.group_commit import committed
from remit.operations.hedge import hedged
from remit.operations.judge_answer import judged
from remit.operations.judge_later import overheard
from remit.operations.screen_answer import may_see, restored, screened
from remit.operations.screen_input import mark_of
from remit.operations.screen_whole import screened_whole
from remit.operations.wait_for_lease import fall_back_or_wait
from remit.record.call_entry import Attempt, Mark, Status, call_of, took_ms

READ_ON_S = 10.0
"""How long a provider is read on for its count after the caller has left."""


def stream(admitted: Admitted) -> AsyncGenerator[Sequence[ModelEvent], None]:
    """Give out the events of an admitted call's answer: the provider's, or what is there already."""
    events, seen = _asked(admitted), admitted.seen
    remit = admitted.caller.worker.view.remits.get(admitted.target.hold.purpose.use_case)
    if remit is None or remit.capture_max is not None:
        gather(admitted)
    if seen is not None and seen.screen.output.later:
        mark = mark_of(admitted.worker, admitted.hold.purpose.use_case)
        events = overheard(admitted, seen, events, mark)
    if admitted.place is not None or admitted.kept is not None:
        events = given_again(admitted, events)
    if seen is not None and may_see(seen.screen, seen.vault, agent=admitted.caller.key.agent):
        events = restored(seen, events)
    commit = admitted.worker.commit
    return events if commit is None else committed(admitted, commit, events)


async def _asked(admitted: Admitted) -> AsyncGenerator[Sequence[ModelEvent], None]:
    """Pass the provider's events on, and settle the call however it ends.

    `Finish` is given out only after the call's entry is in the journal. After a fault the same model is tried
    again or the next one is asked, as long as nothing of an answer has come back.
    """
    finish: Finish | None = None
    last: Sequence[ModelEvent] = ()
    # What nobody foresaw is our fault, never the caller's.
    fault: str | None = "internal-fault"
    seen = admitted.seen
    status: Status = "failed"
    gathering = admitted.gathering
    try:
        while finish is None:
            began, target = _begin(admitted), admitted.target
            events = target.provider.stream(target.sent, _terms(admitted, began))
            if target.block.hedge_after_seconds is not None and target.hold.tier != "batch":
                after_s = target.block.hedge_after_seconds
                lose = partial(_lose, began=began)
                events = hedged(admitted, events, after_s=after_s, ask=_ask_beside, lose=lose)
            if seen is not None:
                events = _guarded(admitted, seen, events)
            try:
                async for batch in events:
                    if gathering is not None:
                        gathering.add(batch)
                    if isinstance(batch[-1], Finish):
                        finish, last = batch[-1], batch
                        _count(admitted, batch[:-1])
                        continue
                    _note(admitted, batch)
                    yield batch
                _ended(admitted, finish, began)
            except ProviderError as error:
                await asyncio.sleep(await _after(admitted, error, began))
            finally:
                await events.aclose()
        status, fault = _ended_as(admitted, finish), None
    except (ProviderError, JournalError, CallStopped) as error:
        fault = error.code
        raise
    except (GeneratorExit, asyncio.CancelledError):
        status, fault = "hung_up", None
        raise
    finally:
        # Cancelling may strike again while upstream is being stopped; the call is settled all the same.
        _settle(admitted, finish, status, fault)
    yield last


async def whole(admitted: Admitted) -> tuple[list[Piece], Finish]:
    """Take an answer whole, after its call is settled."""
    pieces: list[Piece] = []
    async with aclosing(stream(admitted)) as batches:
        async for batch in batches:
            for event in batch:
                if isinstance(event, Finish):
                    return pieces, event
                pieces.append(event)
    raise AssertionError("the answer ended without its last event")


def _require_not_stopped(admitted: Admitted) -> None:
    """See that no kill switch was thrown since the call was admitted, and that its use case has not ended.

    What came back is charged.
    """
    target, caller = admitted.target, admitted.caller
    view, use_case = caller.worker.view, caller.key.use_case
    stop = view.stopped(caller.key, target.block, target.model)
    if stop is not None:
        decision = refusal(stop)
        raise CallStopped(decision.summary, help=decision.help)
    if use_case in view.retired:
        decision = retired(use_case, owner=view.model.organisation.contact)
        raise CallStopped(decision.summary, help=decision.help, code="use-case-retired")


def _guarded(
    admitted: Admitted, seen: Seen, events: AsyncGenerator[Sequence[ModelEvent], None]
) -> AsyncGenerator[Sequence[ModelEvent], None]:
    """Have the guardrails read an answer: ours as it comes, then what they let go of by those of others."""
    output = seen.screen.output
    if not output.is_empty:
        screen = screened if admitted.streamed else screened_whole
        events = screen(admitted, seen, events)
    return judged(admitted, seen, events) if output.waited else events


def _begin(admitted: Admitted) -> float:
    now = monotonic()
    admitted.tries += 1
    admitted.written = 0
    admitted.asking = True
    admitted.worker.began(admitted.target.model, now)
    return now


def _ask_beside(rival: Admitted) -> AsyncGenerator[Sequence[ModelEvent], None]:
    return rival.target.provider.stream(rival.target.sent, _terms(rival, monotonic()))


def _terms(admitted: Admitted, began: float) -> Terms:
    target, caller = admitted.target, admitted.caller
    purpose, streamed = target.hold.purpose, caller.found.asked.streamed
    may_take = limits(target.block, streamed=streamed, now=began, deadline=caller.deadline)
    return Terms(
        options=target.block.options,
        whole=not streamed,
        first_byte_s=may_take.first_byte_s,
        total_s=may_take.total_s,
        use_case=purpose.use_case,
        unit=purpose.unit,
    )


def _ended_as(admitted: Admitted, finish: Finish) -> Status:
    if finish.stop_reason == "guardrail":
        return "blocked"
    return "hung_up" if admitted.gone else "completed"


def _ended(admitted: Admitted, finish: Finish | None, began: float) -> None:
    if finish is None:
        raise _broke_off(admitted)
    admitted.worker.ended(admitted.target.model, well=True, began=began, now=monotonic())


def _broke_off(admitted: Admitted) -> ProviderBrokeOff:
    return ProviderBrokeOff(
        f"provider `{admitted.hold.provider}` ended its answer without saying so",
        help="try again; if it goes on, ask the provider's operator",
    )


async def _after(admitted: Admitted, error: ProviderError, began: float) -> float:
    """Say how long to wait before the next try, maybe at another model; raises `error` if none helps."""
    worker, target, now = admitted.worker, admitted.target, monotonic()
    _note_fault(admitted, error, began, now)
    if admitted.gone:
        raise error
    next_step = step(
        Failed(
            error,
            attempts=admitted.tries,
            # A model that is to be left alone is not asked again by calls that are under way.
            retries=0 if target.model in worker.resting(now) else target.block.retries,
            others=bool(admitted.others),
            fallback_on=admitted.caller.fallback_on,
            # What guardrails keep back was written all the same, and is charged.
            released=max(admitted.received, admitted.written) > 0,
        ),
        now=now,
        deadline=admitted.caller.deadline,
        draw=worker.system.ids.draw(),
    )
    failed = Attempt(
        model=target.model,
        provider=target.hold.provider,
        fault=error.code,
        took_ms=int((now - began) * 1000),
    )
    if next_step.to == "end" or (next_step.to == "next" and not await _leads_on(admitted)):
        raise error
    admitted.failed.append(failed)
    return next_step.wait_s


async def _leads_on(admitted: Admitted) -> bool:
    """Lead a call to its next model; where the store cannot tell if there is money for that, to none."""
    with suppress(StoreError):
        return await fall_back_or_wait(admitted)
    return False


def _note_fault(admitted: Admitted, error: ProviderError, began: float, now: float) -> None:
    """Note what a fault says of the model, and whether the provider had taken the request before it."""
    ails, advice_s = remedy(error).ails, advice(error)
    admitted.worker.ended(admitted.target.model, well=not ails, began=began, now=now, advice_s=advice_s)
    admitted.asking = False
    admitted.worked = admitted.worked or error.worked


def abandon(admitted: Admitted) -> None:
    """Free the hold of a call whose answer nobody began to read; does nothing to a settled one."""
    if admitted.settled is None:
        _settle(admitted, None, "hung_up", None)


def _lose(rival: Admitted, error: BaseException | None, *, began: float) -> None:
    """Settle the asking of two that was not taken: it failed, or it was stopped while it worked."""
    if error is None:
        abandon(rival)
        return
    if isinstance(error, StopAsyncIteration):
        error = _broke_off(rival)
    if isinstance(error, ProviderError):
        _note_fault(rival, error, began, monotonic())
    _settle(rival, None, "failed", error.code if isinstance(error, RemitError) else RemitError.code)


def leave(admitted: Admitted, end_in: Callable[[float], object]) -> None:
    """Say that the caller has left; `end_in` sees to it that the call ends within so many seconds.

    The provider is read on for a while, because only its own count says what the call cost. One that
    counts each piece exactly is stopped at once instead.
    """
    admitted.gone = True
    end_in(0.0 if admitted.target.provider.counts else READ_ON_S)


def _count(admitted: Admitted, batch: Sequence[ModelEvent]) -> None:
    """Count what came back."""
    if admitted.first_token_ms is None:
        now = admitted.caller.worker.system.clock.now()
        admitted.first_token_ms = took_ms(admitted.target.hold.at, now)
    for event in batch:
        if not isinstance(event, Finish):
            admitted.received += event.tokens
            admitted.said.append(event)
    if len(admitted.said) >= PIECES_MAX:
        _digest(admitted)


def _digest(admitted: Admitted) -> str:
    """Add what came back since the last time to the digest of the answer."""
    if admitted.said:
        use_case = admitted.target.hold.purpose.use_case
        admitted.given = added(admitted.caller.worker.system, use_case, admitted.said, admitted.given)
        admitted.said.clear()
    return admitted.given.hexdigest() if admitted.given else ""


def _note(admitted: Admitted, batch: Sequence[ModelEvent]) -> None:
    """Count what came back, and write a mark before each doubling of it goes out, unless the call is stopped.

    Of an answer that is given whole nothing goes out before its entry is written, so it needs no marks.
    """
    _count(admitted, batch)
    if admitted.streamed and admitted.received > admitted.marked:
        admitted.marked = 1 << (admitted.received - 1).bit_length()
        now = admitted.worker.system.clock.now()
        admitted.worker.record(Mark(id=admitted.hold.id, at=now, output_tokens=admitted.marked))
        if admitted.worker.commit is not None:
            admitted.due = admitted.worker.journal.size
    view = admitted.caller.worker.view
    if view.stops or view.retired:
        _require_not_stopped(admitted)


def _usage(admitted: Admitted, finish: Finish | None, status: Status) -> tuple[Usage, bool]:
    """Take the provider's count, or what was received where it gave none; say if that is an estimate.

    A call that failed costs nothing where its provider has most likely done nothing.
    """
    if finish is not None:
        return finish.usage, finish.estimated
    asked = admitted.worked or (admitted.asking and status != "failed")
    received = max(admitted.received, admitted.written)
    if received == 0 and not asked:
        return Usage(), False
    output = min(received, admitted.hold.output_tokens_max)
    return Usage(input_tokens=admitted.hold.input_tokens_estimate, output_tokens=output), True


def _watched(admitted: Admitted) -> tuple[Noted, ...]:
    """Say what judges that only watch have said of the input by now; nobody waits for those that have not."""
    seen = admitted.caller.found.seen
    watched = seen.watched if seen is not None else None
    if watched is None or not watched.done() or watched.cancelled() or watched.exception() is not None:
        return ()
    return watched.result()


def _settle(admitted: Admitted, finish: Finish | None, status: Status, fault: str | None) -> None:
    if admitted.parked:
        return
    worker, target = admitted.worker, admitted.target
    hold, now = target.hold, worker.system.clock.now()
    usage, estimated = _usage(admitted, finish, status)
    call = call_of(
        hold,
        at=now,
        status=status,
        usage=usage,
        estimated=estimated,
        served_model=finish.served_model if finish else "",
        first_token_ms=admitted.first_token_ms,
        stop_reason=finish.stop_reason if finish else None,
        fault=fault,
        reference=admitted.caller.found.asked.reference,
        attempts=tuple(admitted.failed),
        given_digest=_digest(admitted),
        tier=finish.tier if finish else "",
        found=(*_watched(admitted), *admitted.found, *admitted.remarked),
    )
    if call.charge > hold.amount:
        # What a provider counts is spent, whatever it was allowed: it is posted whole, and said.
        call = msgspec.structs.replace(call, fault="usage-above-hold")
    try:
        worker.settle(call)
        if worker.commit is not None:
            admitted.due = worker.journal.size
    finally:
        # Also where the journal refuses: the worker owes the entry now, and a second one would post twice.
        left = [worker.accounts[name].available(limit) for name, limit in target.limits.items()]
        admitted.settled = Settled(call, max(min(left), ZERO) if left else None)
        if admitted.gathering is not None:
            hand_over(admitted, admitted.gathering)
