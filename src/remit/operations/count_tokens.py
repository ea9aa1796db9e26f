"""Count what an input would be to a model: through the same keys and remit as a call, and free of charge."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

import msgspec

from remit.enforce.admission import reaches
from remit.enforce.decision import Decision
from remit.enforce.key import Key
from remit.enforce.request import ModelRequest, Terms
from remit.operations.admitted import Unseen
from remit.operations.asked import Asked, facts_of, understood
from remit.operations.charge_guardrail import is_free
from remit.operations.refused import Refused, intervened, purpose_of, refused
from remit.operations.screen_input import see
from remit.operations.targets import targets_of
from remit.operations.worker import Worker

COUNT_S = 30.0
"""How long a provider may take to count an input."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many tokens an input is; `estimated` where its provider cannot be asked."""

    tokens: int
    estimated: bool


async def count_tokens(worker: Worker, key: Key, asked: Asked) -> Counted | Refused:
    """Ask the model's provider for a count, or estimate it; nothing is held and nothing is charged.

    Raises ProviderError where the provider was asked and did not do its part.
    """
    now = worker.system.clock.now()
    remit = worker.view.remit(key.use_case)
    found = understood(worker, key, asked, now)
    if isinstance(found, Decision):
        return refused(worker, found, purpose_of(worker, key, remit, "", asked.user), now)
    purpose = purpose_of(worker, key, remit, found.model, asked.user)
    targets = targets_of(worker, key, remit, found, at=now, now=monotonic())
    if isinstance(targets, Decision):
        return refused(worker, targets, purpose, now)
    guards = worker.view.guards(key.use_case, worker.view.day(now), found.asked.guardrails)
    if isinstance(guards, Decision):
        return refused(worker, guards, purpose, now)
    asked = targets.asked[0]
    request = asked.request
    assert isinstance(request, ModelRequest), "no format asks for a count of texts to embed"
    decision = reaches(facts_of(worker, key, remit, asked, now, worker.accounts))
    if decision.effect == "deny":
        return refused(worker, decision, purpose, now)
    if guards.each:
        # Its provider counts what it would be asked, so it is told no more than that.
        seen = await see(worker, key, Unseen(found, guards), free=True)
        assert seen.seen is not None
        if seen.seen.message:
            findings, origins = seen.seen.findings, guards.origins
            decision = intervened(findings, origins, seen.seen.message)
            return refused(worker, decision, purpose, now, findings=findings)
        masked = seen.asked.request
        assert isinstance(masked, ModelRequest)
        request = msgspec.structs.replace(masked, model=request.model)
        if any(each.changes and not is_free(worker, each) for each in seen.seen.screen.input.questions):
            # What somebody has to judge first who is paid for it goes to no provider.
            return Counted(request.input_tokens_estimate, estimated=True)
    block = worker.view.model.model(request.model)
    assert block is not None
    terms = Terms(options=block.options, total_s=COUNT_S, use_case=purpose.use_case, unit=purpose.unit)
    tokens = await worker.provider(block.provider).count(request, terms)
    if tokens is None:
        return Counted(request.input_tokens_estimate, estimated=True)
    return Counted(tokens, estimated=False)
