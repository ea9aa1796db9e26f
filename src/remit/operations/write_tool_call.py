"""Write down calls of tools: what was refused or waits at once, and what is begun as far as it is known."""

from __future__ import annotations

from remit.enforce.tool.decision import ToolDecision
from remit.enforce.tool.given import Unsound
from remit.kernel.money import ZERO
from remit.operations.charge_tool import FREE, Priced
from remit.operations.decide_tool import Decided, arguments_of, meant_of, reference_of
from remit.operations.refused import purpose_of
from remit.operations.tool_gate import ToolGate, ToolOutcome
from remit.record.tool_entry import ToolCalled, ToolStatus, before, target_class

UNDER_WAY = "worker-ended"
"""The fault of a call of which nothing more is known than that it was begun."""


def refused_call(gate: ToolGate, found: Decided, decision: ToolDecision) -> ToolOutcome:
    """Refuse a call and write that down; raises JournalError."""
    entry = _entry(gate, found, status="refused", decision=decision)
    gate.worker.record_unless_owed(entry)
    return ToolOutcome(status="refused", decision=decision, entry=entry.id)


def waiting_call(gate: ToolGate, found: Decided, request: str) -> ToolOutcome:
    """Say that a call waits for people, and write down that it began to; raises JournalError."""
    entry = _entry(gate, found, status="waiting", decision=found.decision, approval=request)
    gate.worker.record_unless_owed(entry)
    return ToolOutcome(status="waiting", decision=found.decision, approval=request, entry=entry.id)


def drafted(gate: ToolGate, found: Decided, *, claim: str, approval: str, priced: Priced) -> ToolCalled:
    """Write the entry of a call that is about to be made, as it stays if nothing more becomes known of it."""
    return _entry(
        gate,
        found,
        status="unknown",
        decision=ToolDecision("allow"),
        approval=approval,
        claim=claim,
        priced=priced,
    )


def _entry(
    gate: ToolGate,
    found: Decided,
    *,
    status: ToolStatus,
    decision: ToolDecision,
    approval: str = "",
    claim: str = "",
    priced: Priced = FREE,
) -> ToolCalled:
    worker, asked, call = gate.worker, found.asked, found.call
    key, run = asked.key, asked.run
    reached = call.given if call is not None else None
    now = worker.system.clock.now()
    fault = UNDER_WAY if claim else ""
    meant = meant_of(gate, found)
    return ToolCalled(
        id=worker.system.ids.new(now),
        at=now,
        purpose=purpose_of(worker, key, found.remit, ""),
        tool=asked.address,
        pin=asked.pin,
        run=run.id,
        step=asked.request.step,
        level=call.autonomy if call is not None else "none",
        decision=decision,
        policies_noted=found.noted,
        status=status,
        meant_digest=_keyed(gate, key.use_case, meant.encode()) if meant else "",
        given_digest=_given(gate, found),
        approval=approval,
        claim=claim,
        target_class=target_class(call) if call is not None else "none",
        before=before(call) if call is not None else None,
        targets=len(reached.targets) if reached else 0,
        records=len(reached.records) if reached else 0,
        money=reached.money if reached else ZERO,
        charge=priced.amount,
        currency=found.view.model.organisation.currency,
        accounts=priced.accounts,
        began=found.at,
        fault=fault,
        tainted=call.run.is_tainted if call is not None else False,
        data_class=call.run.data_class if call is not None else "public",
        reference=reference_of(asked) or None,
    )


def _given(gate: ToolGate, found: Decided) -> str:
    try:
        return _keyed(gate, found.asked.key.use_case, arguments_of(found.asked.request))
    except Unsound:
        return ""


def _keyed(gate: ToolGate, use_case: str, said: bytes) -> str:
    return gate.worker.system.content_hash(use_case, said).hexdigest()
