"""Authorize a call: understand it, decide on it, and hold the most that it may cost.

After a fault of a provider the same is done again for the next model that a route leads to.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import Any

import msgspec

from remit.enforce.account import Account
from remit.enforce.admission import Admission, admit, bounded
from remit.enforce.answer import Delta, Finish, ModelEvent
from remit.enforce.cache_points import with_points
from remit.enforce.decision import Decision
from remit.enforce.guardrail.guards import NO_GUARDS, Guards
from remit.enforce.key import Key, live
from remit.enforce.patience import DEADLINE_S
from remit.enforce.prefix import PREFIX_BYTES, prefix_of
from remit.enforce.remit import Remit
from remit.enforce.request import ModelRequest
from remit.kernel.errors import JournalError
from remit.kernel.money import ZERO
from remit.kernel.usage import Usage
from remit.operations.admitted import Admitted, Busy, Caller, Settled, Short, Target, Unseen
from remit.operations.answer_cache import find, give, place_of
from remit.operations.asked import Asked, Understood, facts_of, models_of, understood
from remit.operations.assign_arm import assigned
from remit.operations.leases import Escrow
from remit.operations.refused import Refused, intervened, purpose_of, refused
from remit.operations.screen_input import see_at_once
from remit.operations.stop_call import stop
from remit.operations.targets import targets_of
from remit.operations.users import month_of
from remit.operations.worker import Worker
from remit.record.call_entry import Call, Hold, Origin, Purpose


def authorize(
    worker: Worker,
    key: Key,
    asked: Asked | Understood,
    *,
    within_s: float = DEADLINE_S,
    hopes: bool = True,
    patient: bool = False,
) -> Admitted | Refused | Short | Busy | Unseen:
    """Decide on a call and hold its worst case; after this the provider may be asked.

    It ends `within_s` seconds, retries included. Raises JournalError, with nothing held, if that cannot be
    written down. Where workers share budgets it may be short of a lease; without `hopes` others are not
    waited for. Who is `patient` is not refused what time alone opens again. A long input that its guardrails
    have not read is `Unseen`; what they made of it is asked again.
    """
    at, now = worker.system.clock.now(), monotonic()
    remit = worker.view.remit(key.use_case)
    drawn = assigned(worker, key, asked, at) if key.use_case in worker.view.trials else asked
    if isinstance(drawn, Refused):
        return drawn
    found = drawn if isinstance(drawn, Understood) else understood(worker, key, drawn, at)
    if isinstance(found, Decision):
        return _not_understood(worker, key, found, drawn, at)
    purpose = purpose_of(worker, key, remit, found.model, found.asked.user, arm=found.asked.arm)
    targets = targets_of(worker, key, remit, found, at=at, now=now)
    if isinstance(targets, Decision):
        return _turned_away(worker, targets, purpose, found, at, patient=patient)
    guards = _guards(worker, key, found.asked, at)
    if isinstance(guards, Decision):
        return refused(worker, guards, purpose, at, id=found.id)
    caller = Caller(worker, key, found, targets.fallback_on, now + within_s)
    first = _first(caller, remit, targets.asked, worker.accounts, at)
    if worker.escrow is not None:
        short = _short(worker.escrow, caller, remit, targets.asked, first, hopes=hopes, at=at)
        if short is not None:
            return short
    if isinstance(first, Decision):
        return _turned_away(worker, first, purpose, found, at, patient=patient)
    seen = _seen(worker, key, found, guards)
    if seen is None:
        return Unseen(found, guards)
    if seen.asked is not found.asked:
        # What was masked is another text, and may be longer; it is decided on that.
        return authorize(worker, key, seen, within_s=within_s, hopes=hopes, patient=patient)
    if seen is not found:
        caller = msgspec.structs.replace(caller, found=seen)
    asked, admission, others = first
    target = _target(caller, purpose, asked, admission, found.id or worker.system.ids.new(at), at)
    return _begun(caller, remit, target, admission, others)


def _not_understood(
    worker: Worker, key: Key, decision: Decision, asked: Asked | Understood, at: datetime
) -> Refused:
    assert isinstance(asked, Asked)
    purpose = purpose_of(worker, key, worker.view.remit(key.use_case), "", asked.user, arm=asked.arm)
    return refused(worker, decision, purpose, at, judges=asked.judges)


def _guards(worker: Worker, key: Key, asked: Asked, at: datetime) -> Guards | Decision:
    """List the guardrails that a call must pass."""
    return (
        NO_GUARDS if asked.judges else worker.view.guards(key.use_case, worker.view.day(at), asked.guardrails)
    )


def _seen(worker: Worker, key: Key, found: Understood, guards: Guards) -> Understood | None:
    """Have a call's guardrails read it if they have not; None where that cannot be done at once."""
    if not guards.each or (found.seen is not None and found.seen.guards.digest == guards.digest):
        return found
    return see_at_once(worker, key.use_case, found, guards)


def _begun(
    caller: Caller, remit: Remit, target: Target, admission: Admission, others: Sequence[Asked]
) -> Admitted | Refused:
    """Hold what a call may cost, unless a guardrail stops it or its answer is there already."""
    seen = caller.found.seen
    if seen is not None and seen.message:
        return _stopped(caller, target, admission, seen.message)
    if remit.cache_minutes and not caller.found.asked.judges:
        return _cached(caller, remit, target, admission, others)
    caller.worker.hold(target.hold, admission.meters, admission.tokens)
    return Admitted(caller, target, others)


def _turned_away(
    worker: Worker, decision: Decision, purpose: Purpose, found: Understood, at: datetime, *, patient: bool
) -> Refused | Busy:
    if patient and decision.retry_after is not None:
        return Busy(decision.retry_after)
    return refused(worker, decision, purpose, at, id=found.id, judges=found.asked.judges)


_PREFIX_TOKENS = PREFIX_BYTES // 3

First = tuple[Asked, Admission, Sequence[Asked]]
"""The target that serves, on what conditions, and the targets after it."""


def _short(
    escrow: Escrow,
    caller: Caller,
    remit: Remit,
    targets: Sequence[Asked],
    first: First | Decision,
    *,
    hopes: bool,
    at: datetime,
    freed: Hold | None = None,
) -> Short | None:
    """Say what a call needs that this worker has not leased; None if nothing, or if it is refused anyway."""
    hoped = False
    if hopes and (isinstance(first, Decision) or not _is_wished(first, targets)):
        better = _first(caller, remit, targets, escrow.purses.hopeful(freed), at, hopes=True)
        if isinstance(better, Decision):
            return _unknown(escrow, caller, remit, targets[0], better, at)
        if isinstance(first, Decision) or _rank(better) != _rank(first):
            first, hoped = better, True
    if isinstance(first, Decision):
        return None
    asked, admission, _ = first
    needs = escrow.purses.short(admission.granted.limits, admission.amount, freed)
    if admission.meters:
        needs += escrow.purses.short_of_rates(admission.meters, admission.tokens, at)
    if needs:
        return Short(needs, hopes=hoped)
    if asked.user and isinstance(remit.users_max, int):
        worker = caller.worker
        if asked.user not in worker.users.of(remit.use_case, month_of(at, worker.view.zone)):
            return Short((), user=asked.user)
    return None


def _unknown(
    escrow: Escrow, caller: Caller, remit: Remit, asked: Asked, refusal: Decision, at: datetime
) -> Short | None:
    """Say of which budgets the others must be asked before a refusal can tell what is left."""
    if refusal.rule != "budget-exhausted":
        return None
    facts = facts_of(caller.worker, caller.key, remit, asked, at, caller.worker.accounts)
    needs = escrow.purses.unknown(facts.granted.limits) if facts.granted else []
    return Short(needs, hopes=True) if needs else None


def _is_wished(first: First, targets: Sequence[Asked]) -> bool:
    """Say whether the first target serves with its own model: nothing could be better."""
    return first[0] is targets[0] and first[1].model == targets[0].request.model


def _rank(first: First) -> tuple[int, str]:
    return len(first[2]), first[1].model


def _cached(
    caller: Caller, remit: Remit, target: Target, admission: Admission, others: Sequence[Asked]
) -> Admitted:
    """Admit a call that may be given an answer again: then nothing is held; else its own answer is kept."""
    worker, hold = caller.worker, target.hold
    seen = caller.found.seen
    place = place_of(worker, remit, hold, target.request, seen.guards.digest if seen else "")
    kept = find(worker, place, hold.at) if place else None
    if kept is None:
        worker.hold(hold, admission.meters, admission.tokens)
        return Admitted(caller, target, others, place=place)
    call = give(worker, hold, kept, admission.meters, caller.found.asked.reference)
    return _settled_with(caller, target, call, kept.events)


def _stopped(caller: Caller, target: Target, admission: Admission, message: str) -> Admitted | Refused:
    """End a call whose input a guardrail stops: no model is asked, and the answer is its message."""
    worker, hold = caller.worker, target.hold
    if not isinstance(target.request, ModelRequest):
        decision = intervened(hold.findings, hold.guardrails, message)
        return refused(worker, decision, hold.purpose, hold.at, findings=hold.findings, id=hold.id)
    call = stop(worker, hold, admission.meters, caller.found.asked.reference)
    return _settled_with(caller, target, call, [Delta(message, 0), Finish("guardrail", Usage(), "")])


def _settled_with(
    caller: Caller, target: Target, call: Call, events: Sequence[ModelEvent], **more: Any
) -> Admitted:
    """Admit a call that is settled already, with the answer that it gets."""
    accounts = caller.worker.accounts
    left = [accounts.get(name, Account()).available(limit) for name, limit in target.limits.items()]
    settled = Settled(call, max(min(left), ZERO) if left else None)
    return Admitted(caller, target, settled=settled, kept=events, **more)


def _first(
    caller: Caller,
    remit: Remit,
    targets: Sequence[Asked],
    accounts: Mapping[str, Account],
    at: datetime,
    *,
    hopes: bool = False,
) -> First | Decision:
    """Find the first target that passes every rule and budget, and those after it; or why none does."""
    worker, key = caller.worker, caller.key
    models = models_of(worker, key, worker.view.day(at))
    denied: Decision | None = None
    for number, asked in enumerate(targets, 1):
        facts = facts_of(worker, key, remit, asked, at, accounts)
        if hopes and worker.escrow is not None and facts.block is not None:
            counts = worker.escrow.purses.hopeful_counts(worker.view.meters(key, asked.request.model), at)
            facts = msgspec.structs.replace(facts, counts=counts)
        admission = admit(facts, models)
        if isinstance(admission, Admission):
            return asked, admission, targets[number:]
        if admission.retry_after is not None:
            worker.rates.wait(worker.view.meters(key, asked.request.model))
        denied = denied or admission
    assert denied is not None, "a call is led to one model at least"
    return denied


def _target(
    caller: Caller, purpose: Purpose, asked: Asked, admission: Admission, id: str, at: datetime
) -> Target:
    """Put together what the provider is asked and what is held for it."""
    worker = caller.worker
    block = worker.view.model.model(admission.model)
    assert block is not None
    # Kept with the call: another model may be put in force before the answer begins.
    provider = worker.provider(block.provider)
    if admission.model != caller.found.model:
        purpose = msgspec.structs.replace(purpose, model=admission.model, asked=caller.found.model)
    seen, rates = caller.found.seen, admission.granted.rates
    assert rates is not None, "a model without a price is not granted"
    estimate = asked.request.input_tokens_estimate
    hold = Hold(
        id=id,
        at=at,
        purpose=purpose,
        provider=block.provider,
        simulated=provider.simulated,
        accounts=admission.granted.accounts,
        amount=admission.amount,
        currency=worker.view.model.organisation.currency,
        rates=rates,
        tier=admission.tier,
        input_tokens_estimate=min(estimate, admission.input_tokens_max),
        output_tokens_max=admission.output_tokens_max,
        streamed=asked.streamed,
        policies_noted=admission.policies_noted,
        prompt_block=caller.found.prompt_block,
        batch=asked.batch,
        batch_line=asked.batch_line,
        judges=asked.judges,
        # Of a prompt with fewer there is no whole block, or hardly more than one.
        origin=asked.origin if estimate < _PREFIX_TOKENS else _with_prefix(worker, caller.key, asked),
        guardrails=seen.guards.origins if seen is not None else {},
        findings=seen.findings if seen is not None else (),
    )
    provider = worker.apart(provider, block, hold) if admission.tier == "batch" else provider
    asks = bounded(asked.request, admission)
    declared = worker.view.model.use_cases[purpose.use_case].prompt_cache
    sent = with_points(asks, declared) if declared and not (asked.judges or asked.batch) else asks
    return Target(block, provider, asks, sent, hold, admission.granted.limits)


def _with_prefix(worker: Worker, key: Key, asked: Asked) -> Origin:
    """Say in a call's origin how its prompt begins, as its model reads it."""
    if asked.judges or not isinstance(asked.request, ModelRequest):
        return asked.origin
    found = prefix_of(asked.request, worker.system.prefix_hash(key.use_case))
    return msgspec.structs.replace(asked.origin, **msgspec.structs.asdict(found))


def _same_guards(admitted: Admitted, at: datetime) -> bool:
    """Say whether what the call's guardrails read is still all that it has to pass."""
    guards = _guards(admitted.worker, admitted.caller.key, admitted.caller.found.asked, at)
    seen = admitted.seen
    return not isinstance(guards, Decision) and guards.digest == (seen.guards.digest if seen else "")


def _still_opens(worker: Worker, key: Key, at: datetime) -> bool:
    """Say whether a key opens what it did when its call began: people may have decided otherwise since."""
    view = worker.view
    if worker.fault is not None or key.use_case not in view.model.use_cases:
        return False
    # Where it is used was looked at; a key that an issuer proved is not among those that were issued.
    known = replace(view.key(key.id) or key, networks=())
    return live(known, now=at, administrator=view.model.organisation.contact).effect == "allow"


def beside(admitted: Admitted) -> Admitted | None:
    """Admit a call once more at the model that it is at, beside itself; None if there is no room for that."""
    worker, caller, old = admitted.worker, admitted.caller, admitted.hold
    at = worker.system.clock.now()
    if not _still_opens(worker, caller.key, at) or not _same_guards(admitted, at):
        return None
    remit = worker.view.remit(caller.key.use_case)
    asked = caller.found.asked
    asked = msgspec.structs.replace(
        asked, request=msgspec.structs.replace(asked.request, model=admitted.target.model)
    )
    found = _first(caller, remit, (asked,), worker.accounts, at)
    if isinstance(found, Decision):
        return None
    # Nobody is asked for a lease, or waits, for what is only to be quicker.
    if worker.escrow is not None and _short(
        worker.escrow, caller, remit, (asked,), found, hopes=False, at=at
    ):
        return None
    asked, admission, _ = found
    purpose = purpose_of(worker, caller.key, remit, caller.found.model, asked.user, arm=asked.arm)
    target = _target(caller, purpose, asked, admission, worker.system.ids.new(at), at)
    hold = msgspec.structs.replace(target.hold, hedge_of=old.id)
    # Whichever answers, the caller's entry tells of this model at this price.
    if (hold.purpose, hold.rates, hold.accounts) != (old.purpose, old.rates, old.accounts):
        return None
    try:
        worker.hold(hold, admission.meters, admission.tokens)
    except JournalError:
        return None
    return Admitted(caller, msgspec.structs.replace(target, hold=hold), tries=1, asking=True)


def fall_back(admitted: Admitted, *, hopes: bool = True) -> bool | Short:
    """Admit the call again for the next model that it may be led to, and hold what that one may cost.

    Says whether there is one; where there is none, all stays as it is.
    """
    worker, caller, old = admitted.worker, admitted.caller, admitted.hold
    at = worker.system.clock.now()
    if not (_still_opens(worker, caller.key, at) and _same_guards(admitted, at)):
        return False
    remit = worker.view.remit(caller.key.use_case)
    # What is held for the model that failed, and its place among those that run, is free for the next one.
    worker.rates.settle(old.id, tokens=0, now=at)
    freed = {name: worker.accounts[name].post(old.amount, ZERO) for name in old.accounts}
    found = _first(caller, remit, admitted.others, ChainMap(freed, worker.accounts), at)
    if worker.escrow is not None:
        short = _short(worker.escrow, caller, remit, admitted.others, found, hopes=hopes, at=at, freed=old)
        if short is not None:
            return short
    if isinstance(found, Decision):
        return False
    whose, (asked, admission, admitted.others) = caller.found.asked, found
    purpose = purpose_of(worker, caller.key, remit, caller.found.model, whose.user, arm=whose.arm)
    target = _target(caller, purpose, asked, admission, old.id, old.at)
    worker.rehold(old, target.hold, admission.meters, admission.tokens)
    admitted.target, admitted.tries, admitted.worked = target, 0, False
    return True
