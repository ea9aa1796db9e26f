"""Carry out a call of a tool: claim it, ask its server, read what comes back, and write down what came of it.

    hold → look again → claim → ask → screen → label → outcome → entry

INVARIANT: the claim is on disk before the server is asked. From then on there is exactly one outcome, which
is `unknown` if nobody can say whether it was done; nothing is tried again by itself.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec

from remit.enforce.decision import Decision
from remit.enforce.tool.bound import Full
from remit.enforce.tool.decision import ToolDecision
from remit.enforce.tool.given import given
from remit.enforce.tool.learned import encoded, learned
from remit.enforce.tool.run import Run
from remit.kernel.errors import JournalError, RemitError, StoreError, where
from remit.kernel.money import ZERO
from remit.operations.ask_for_tool import answer_to
from remit.operations.charge_tool import FREE, Priced, hold_price
from remit.operations.decide_tool import Decided, decided, is_once, meant_of, reference_of, refuse_full
from remit.operations.find_tool import Asked, called_as, stop_of
from remit.operations.keep_run import known
from remit.operations.screen_result import WITHHELD, Guarding, Screened, guarding, screen_result
from remit.operations.tool_gate import ToolGate, ToolOutcome
from remit.operations.write_tool_call import drafted, refused_call
from remit.ports_tools import ToolAnswer, ToolAsk, ToolNotReached, ToolUnclear
from remit.record.call_entry import took_ms
from remit.record.tool_effect import Brought, Effect, Ended
from remit.record.tool_entry import ToolCalled

_LOG = logging.getLogger("remit.tools")

TIMEOUT_S = 60.0
"""How long a tool's server may take to answer."""

GRACE_S = 5.0
"""How much longer is waited for whoever asks it to say that it did not."""

FRESH = timedelta(seconds=1)
"""How long a decision stands where nothing has changed since; what people agreed to is looked at again."""


@dataclass(frozen=True, slots=True)
class Came:
    """What came of asking: the state of the effect, what the server gave, and what is wrong, if anything."""

    state: Ended
    answer: ToolAnswer | None = None
    fault: str = ""
    undone: bool = False


async def carry_out(gate: ToolGate, found: Decided, approval: str) -> ToolOutcome | Effect:
    """Carry out a call that may be; returns the effect that was begun for the same step if there is one."""
    worker, key = gate.worker, found.asked.key
    block = found.asked.block
    assert block is not None, "only what is declared is carried out"
    try:
        guards = await guarding(worker, key.use_case)
    except RemitError as error:
        guards = _unguarded(found, error)
    if isinstance(guards, Decision):
        return refused_call(gate, found, _of(guards))
    priced = await hold_price(worker, key, block, found.at)
    if isinstance(priced, Decision):
        return refused_call(gate, found, _of(priced))
    try:
        claimed = await _claimed(gate, found, approval, priced)
    except BaseException:
        worker.free_price(priced.accounts, priced.amount)
        raise
    if not isinstance(claimed, ToolCalled):
        worker.free_price(priced.accounts, priced.amount)
        return claimed
    came = await _asked(gate, found, claimed)
    try:
        return await conclude(gate, found.asked, claimed, came, guards=guards, held=priced)
    except StoreError:
        # Its outcome could not be written: it is asked about again, and posted by then.
        worker.free_price(priced.accounts, priced.amount)
        raise


def _unguarded(found: Decided, error: RemitError) -> Decision:
    contact = found.view.model.organisation.contact
    return Decision("deny", error.code, error.summary, error.help, "organisation", contact)


def _of(decision: Decision) -> ToolDecision:
    return ToolDecision(
        "deny", decision.rule, decision.summary, decision.help, decision.layer, decision.owner
    )


async def _claimed(
    gate: ToolGate, found: Decided, approval: str, priced: Priced
) -> ToolCalled | ToolOutcome | Effect:
    """Look once more, and claim the effect; returns its entry as it stands until more is known."""
    again = found
    if not _is_fresh(gate, found, approval):
        run = gate.effects.run(found.asked.run.id) or found.asked.run
        again = decided(gate, replace(found.asked, run=run), approved=bool(approval))
    if again.decision.effect == "deny":
        return refused_call(gate, again, again.decision)
    if approval:
        answer = answer_to(gate, again)
        if answer.request != approval or answer.waits:
            return refused_call(gate, again, answer.refused or _gone(again))
    elif again.decision.effect == "ask":
        return refused_call(gate, again, _gone(again))
    assert again.taken is not None, "as above"
    block = again.asked.block
    assert block is not None, "as above"
    claim = gate.worker.system.ids.new(again.at)
    entry = drafted(gate, again, claim=claim, approval=approval, priced=priced)
    effect = Effect(
        claim=claim,
        run=again.asked.run.id,
        use_case=again.asked.key.use_case,
        key=again.asked.key.id,
        tool=again.asked.address,
        holder=gate.worker.name,
        began=again.at,
        meant=meant_of(gate, again),
        same=again.same,
        entry=msgspec.json.encode(entry),
        step=again.asked.request.step,
        reference=reference_of(again.asked),
        approval=approval,
        durable=block.effect == "writes",
        times=again.times if is_once(block) else None,
    )
    standing = await asyncio.to_thread(gate.effects.claim, effect, again.taken, again.bounds)
    if isinstance(standing, Full):
        return refused_call(gate, again, refuse_full(again, standing))
    return entry if standing is None else standing


def _is_fresh(gate: ToolGate, found: Decided, approval: str) -> bool:
    """Say whether nothing has changed since a call was decided on; what is counted, the claim looks at."""
    age = gate.worker.system.clock.now() - found.at
    if approval or found.view is not gate.worker.view or not timedelta() <= age < FRESH:
        return False
    run = gate.effects.run(found.asked.run.id)
    return found.call is not None and run is not None and known(gate, run) is found.call.run


def _gone(found: Decided) -> ToolDecision:
    decision = found.decision
    return ToolDecision(
        "deny",
        "approval-no-longer-holds",
        f"what was agreed to of `{found.asked.address}` is not what it would be now",
        "ask again: people are asked about the call as it is now",
        decision.layer,
        decision.owner,
    )


async def _asked(gate: ToolGate, found: Decided, entry: ToolCalled) -> Came:
    """Ask the server, unless or until a kill switch holds the call."""
    asked, block = found.asked, found.asked.block
    assert block is not None, "as above"
    ask = ToolAsk(
        name=called_as(asked.address, block),
        arguments=asked.request.arguments,
        claim=entry.claim,
        whose=asked.whose,
        timeout_s=TIMEOUT_S,
    )
    # What only reads was not done, whatever became of it: nobody has to find out.
    lost: Ended = "unknown" if block.effect == "writes" else "failed"
    try:
        answer = await _until_stopped(gate, asked, ask)
    except ToolNotReached as error:
        return Came("failed", fault=error.code, undone=True)
    except RemitError as error:
        return Came(lost, fault=error.code)
    except Exception as error:  # noqa: BLE001 (a door: code of others answers here, and what it did is not known)
        _LOG.error("a tool's server failed: %s", where(error))
        return Came(lost, fault="tool-unclear")
    return answered(answer)


def answered(answer: ToolAnswer) -> Came:
    """Say what came of a call by what its server says of it."""
    if answer.is_error:
        return Came("failed", answer, fault="tool-failed")
    return Came("completed", answer)


async def _until_stopped(gate: ToolGate, asked: Asked, ask: ToolAsk) -> ToolAnswer:
    stopped = asyncio.Event()

    def look() -> None:
        if stop_of(gate, asked) is not None:
            stopped.set()

    gate.worker.watchers.add(look)
    look()
    if stopped.is_set():
        gate.worker.watchers.discard(look)
        raise ToolNotReached("a kill switch holds the call", help="see the refusal", code="kill-switch")
    assert asked.source is not None, "as above"
    call = asyncio.ensure_future(asked.source.call(ask))
    stop = asyncio.ensure_future(stopped.wait())
    try:
        await asyncio.wait({call, stop}, timeout=ask.timeout_s + GRACE_S, return_when=asyncio.FIRST_COMPLETED)
        if call.done():
            return call.result()
        why = "kill-switch" if stop.done() else "tool-unclear"
        raise ToolUnclear("the tool's server was not waited for any longer", help="", code=why)
    finally:
        gate.worker.watchers.discard(look)
        stop.cancel()
        if not call.done():
            call.cancel()
            with suppress(asyncio.CancelledError, Exception):
                # However it ends, what came of it is not known any better.
                await asyncio.wait_for(call, GRACE_S)


async def conclude(
    gate: ToolGate,
    asked: Asked,
    entry: ToolCalled,
    came: Came,
    *,
    guards: Guarding | None,
    held: Priced = FREE,
) -> ToolOutcome:
    """Write down what came of a call: its run learns from it, budgets are charged, the ledger has it."""
    screened = await _screened(gate, asked, entry, came, guards)
    run = known(gate, gate.effects.run(asked.run.id) or asked.run)
    after = _after(run, asked, came, screened.brought, approved=bool(entry.approval))
    now = gate.worker.system.clock.now()
    fault = came.fault or screened.fault
    charge = ZERO if came.undone else entry.charge
    entry = msgspec.structs.replace(
        entry,
        at=now,
        status=came.state,
        fault=fault,
        result_digest=_digest(gate, asked, screened.brought) if came.answer else "",
        result_characters=len(screened.brought.text),
        charge=charge,
        accounts=entry.accounts if charge else (),
        latency_ms=took_ms(entry.began, now),
        tainted=after.is_tainted,
        data_class=after.data_class,
        guardrails=dict(guards.guards.origins) if guards else {},
        findings=screened.found,
    )
    await asyncio.to_thread(
        gate.effects.finish,
        entry.claim,
        came.state,
        entry=msgspec.json.encode(entry),
        at=now,
        brought=msgspec.json.encode(screened.brought) if came.answer else b"",
        learned=encoded(learned(run, after)) if after != run else b"",
        undone=came.undone,
    )
    _post(gate, entry, held)
    return ToolOutcome(
        status=entry.status,
        decision=entry.decision,
        text=screened.brought.text if came.answer else "",
        fields=screened.brought.fields,
        approval=entry.approval,
        entry=entry.id,
    )


def _after(run: Run, asked: Asked, came: Came, brought: Brought, *, approved: bool) -> Run:
    """Label a run with what it has read, and let it know whom people have agreed to."""
    block = asked.block
    if block is None:
        return run
    what = given(asked.request.arguments, block)
    if came.answer is not None:
        where = (*what.targets, *what.records)
        run = run.after(block.returns, brought.text, brought.fields, where=where)
    if approved and came.state == "completed":
        run = run.approved(what.targets)
    return run


def _post(gate: ToolGate, entry: ToolCalled, held: Priced) -> None:
    """Charge budgets and write the entry; what the journal refuses now it is owed, and the effect says so."""
    worker = gate.worker
    if not entry.accounts:
        worker.free_price(held.accounts, held.amount)
    amount = held.amount if held.accounts else ZERO
    with suppress(JournalError, StoreError):
        worker.post(entry, held=amount)
        gate.effects.tell((entry.claim,))


async def _screened(
    gate: ToolGate, asked: Asked, entry: ToolCalled, came: Came, guards: Guarding | None
) -> Screened:
    if came.answer is None:
        return Screened(Brought())
    if guards is None:
        return Screened(Brought(f"{WITHHELD}the guardrails could not read it."), fault="guardrail-unusable")
    return await screen_result(gate.worker, asked.key, entry.id, answer=came.answer, guarding=guards)


def _digest(gate: ToolGate, asked: Asked, brought: Brought) -> str:
    said = msgspec.json.encode(brought)
    return gate.worker.system.content_hash(asked.key.use_case, said).hexdigest()
