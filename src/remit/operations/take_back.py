"""Take back: a call that lies with its provider, admitted by a process that is gone, goes on in this one.

Nothing is decided anew: it was admitted, its provider works on it, and its money is held. It is read again as
it was then, so that its answer is screened by what is in force now and masked words come back.
"""

from __future__ import annotations

from time import monotonic

import msgspec

from remit.declare.block import ModelBlock
from remit.enforce.decision import Decision
from remit.enforce.key import Key
from remit.enforce.patience import DEADLINE_S
from remit.enforce.request import ModelRequest, Request
from remit.operations.admitted import Admitted, Caller, Target, Unseen
from remit.operations.asked import Asked, Understood, understood
from remit.operations.screen_input import see
from remit.operations.worker import Worker
from remit.ports import Provider
from remit.record.call_entry import Hold


async def taken_back(worker: Worker, key: Key, asked: Asked, hold: Hold) -> Admitted | None:
    """Go on with a held call of a batch; None where its answer could not be given out any more."""
    at, view = worker.system.clock.now(), worker.view
    way = way_to(worker, hold.provider, hold.purpose.model)
    if way is None or key.use_case not in view.model.use_cases:
        return None
    found = understood(worker, key, asked, at)
    if isinstance(found, Decision):
        found = Understood(asked, hold.purpose.model)
    guards = view.guards(key.use_case, view.day(at), asked.guardrails)
    if isinstance(guards, Decision):
        return None
    if guards.each:
        # Whoever is paid for reading it was paid when it was admitted.
        found = await see(worker, key, Unseen(found, guards), free=True)
        if found.seen is not None and found.seen.message:
            return None
    provider, block = way
    request = _as_held(found.asked.request, hold)
    target = Target(block, worker.apart(provider, block, hold), request, request, hold, {})
    caller = Caller(worker, key, found, (), monotonic() + DEADLINE_S)
    return Admitted(caller, target)


def way_to(worker: Worker, provider: str, model: str) -> tuple[Provider, ModelBlock] | None:
    """Find a provider and a model that a call was admitted to, if both are declared still."""
    block = worker.view.model.model(model)
    if block is None or provider not in worker.view.model.providers:
        return None
    return worker.provider(provider), block


def _as_held(request: Request, hold: Hold) -> Request:
    if isinstance(request, ModelRequest):
        return msgspec.structs.replace(
            request, model=hold.purpose.model, output_tokens_max=hold.output_tokens_max
        )
    return msgspec.structs.replace(request, model=hold.purpose.model)
