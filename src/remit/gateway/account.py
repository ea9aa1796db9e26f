"""What an answer says of its call: who served it, what it cost, what is left."""

from __future__ import annotations

from typing import Any

from remit.enforce.guardrail.noted import Noted
from remit.gateway.wire import Account, Head
from remit.kernel.money import canonical
from remit.operations.admitted import Admitted
from remit.record.call_entry import Call


def head_of(admitted: Admitted) -> Head:
    call = admitted.hold
    return Head(call.id, served(admitted), int(call.at.timestamp()), call.input_tokens_estimate)


def served(admitted: Admitted) -> str:
    """Name the model that serves a call, as callers do; it need not be the one that was asked for."""
    return admitted.hold.purpose.model.partition("/")[2]


def account_of(admitted: Admitted) -> Account:
    """Say what a settled call cost, as its answer does."""
    settled = admitted.settled
    assert settled is not None, "a call is settled before its answer is written"
    call = settled.call
    return Account(
        call=call.id,
        cost=canonical(call.charge),
        currency=call.currency,
        budget_left=None if settled.budget_left is None else canonical(settled.budget_left),
        latency_ms=call.latency_ms,
        first_token_ms=call.first_token_ms or 0,
        simulated=call.simulated,
        more=_more(call) if call.purpose.asked or call.cached or call.guardrails or call.purpose.arm else {},
        guards=admitted.seen.guards.each if admitted.seen is not None else (),
        findings=call.findings,
    )


def _more(call: Call) -> dict[str, Any]:
    """Say whose answer was given again, what was asked for where another model served, in which arm of a
    study it is, and who guarded it."""
    more: dict[str, Any] = _instead_of(call.purpose.asked) if call.purpose.asked else {}
    if call.cached:
        more["cached"] = call.cached
    if call.purpose.arm:
        more["arm"] = call.purpose.arm
    if call.guardrails:
        more["guardrails"] = call.guardrails
    if call.findings:
        more["findings"] = [_finding(each) for each in call.findings]
    return more


def _finding(each: Noted) -> dict[str, Any]:
    """Say what a guardrail found and did, without its mark, which is for those who review findings."""
    said = {
        "side": each.side,
        "policy": each.policy,
        "type": each.type,
        "action": each.action,
        "count": each.count,
        "guardrails": list(each.guardrails),
    }
    return said if each.score is None else {**said, "score": each.score, "threshold": each.threshold}


def _instead_of(asked: str) -> dict[str, str]:
    """Say what was asked for where another model served: a route, or what a budget could not cover."""
    kind, _, name = asked.partition("/")
    return {"route" if kind == "route" else "downgraded_from": name}
