"""Recover effects: what was begun and has no outcome is asked about at its target, and never done again.

What the target cannot say stays unknown, and waits for a person.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import msgspec

from remit.declare.block import ToolBlock
from remit.enforce.key import Key
from remit.enforce.tool.decision import ToolDecision
from remit.kernel.errors import DirectoryInUse, JournalError, RemitError, where
from remit.operations.carry_out_tool import Came, answered, conclude
from remit.operations.find_tool import Asked
from remit.operations.fold_ledger import fold_ledger
from remit.operations.keep_run import lineage
from remit.operations.screen_result import Guarding, guarding
from remit.operations.tool_gate import ToolGate, ToolOutcome, ToolRequest
from remit.operations.write_tool_call import UNDER_WAY
from remit.ports_tools import ToolAnswer
from remit.record.tool_effect import BEGUN, Brought, Effect, KeptRun
from remit.record.tool_entry import ToolCalled

_LOG = logging.getLogger("remit.tools")

ASK_S = 10.0
"""How long a target is asked whether it has done something."""

KEEP = timedelta(days=35)
"""How long counts and runs that have ended are kept; days that are counted are over long before."""

_ENTRY = msgspec.json.Decoder(ToolCalled)
_BROUGHT = msgspec.json.Decoder(Brought)


async def recover_effects(gate: ToolGate) -> int:
    """Find out what became of all that workers began and did not end; returns how many there were.

    Those of this worker's name are of its life before; another's only if it is gone. To be called before the
    gate's first call.
    """
    worker, effects = gate.worker, gate.effects
    begun = await asyncio.to_thread(effects.effects, states=BEGUN)
    holders = {each.holder for each in begun} - {worker.name}
    gone = {each for each in holders if await asyncio.to_thread(is_gone, gate, each)} | {worker.name}
    left = [each for each in reversed(begun) if each.holder in gone]
    for each in left:
        await reconcile(gate, each)
    await _tell(gate)
    await asyncio.to_thread(effects.forget, worker.system.clock.now() - KEEP)
    return len(left)


def is_gone(gate: ToolGate, holder: str) -> bool:
    """Say whether another worker that began something has ended: its journal is nobody's."""
    journals = gate.worker.system.journals
    if holder not in journals.names():
        return True
    try:
        with journals.exclusive(holder, wait_s=0):
            return True
    except DirectoryInUse:
        return False


async def _tell(gate: ToolGate) -> None:
    """Write the entries that the ledger does not have, though their effects ended."""
    effects, system = gate.effects, gate.worker.system
    untold = await asyncio.to_thread(effects.effects, untold=True)
    if untold:
        await asyncio.to_thread(fold_ledger, system)
    for each in reversed(untold):
        entry = _ENTRY.decode(each.entry)
        if system.store.entry(entry.id) is None:
            try:
                gate.worker.post(entry)
            except JournalError:
                continue
        effects.tell((each.claim,))


async def reconcile(gate: ToolGate, effect: Effect) -> ToolOutcome:
    """Find out what became of an effect whose outcome nobody wrote down, by asking its target alone."""
    asked = _asked(gate, effect)
    entry = _ENTRY.decode(effect.entry)
    answer = await _answer(gate, asked, effect)
    guards: Guarding | None = None
    if answer is None:
        came = Came("unknown" if effect.durable else "failed", fault=UNDER_WAY)
    else:
        came = answered(answer)
        try:
            found = await guarding(gate.worker, asked.key.use_case)
            guards = found if isinstance(found, Guarding) else None
        except RemitError as error:
            _LOG.warning("a result could not be read: %s", error.code)
    return await conclude(gate, asked, entry, came, guards=guards)


def _asked(gate: ToolGate, effect: Effect) -> Asked:
    view = gate.worker.view
    key = view.key(effect.key) or Key(effect.key, effect.use_case)
    run = gate.effects.run(effect.run) or KeptRun(effect.run, effect.use_case, effect.key, effect.began)
    block = view.model.blocks.get(effect.tool)
    request = ToolRequest(tool=effect.tool, arguments={}, run=effect.run, step=effect.step)
    above = lineage(gate, run)
    return Asked(key, run, above, request, effect.tool, block if isinstance(block, ToolBlock) else None)


async def _answer(gate: ToolGate, asked: Asked, effect: Effect) -> ToolAnswer | None:
    block = asked.block
    if block is None or block.server is None or not effect.durable:
        return None
    try:
        source = gate.sources.source(asked.address, block.server, whose=asked.whose)
        return await asyncio.wait_for(source.outcome(effect.claim), ASK_S)
    except (RemitError, TimeoutError):
        return None
    except Exception as error:  # noqa: BLE001 (a door: code of others answers here)
        _LOG.error("a tool's server failed: %s", where(error))
        return None


def outcome_of(gate: ToolGate, effect: Effect) -> ToolOutcome:
    """Give again what came of an effect; its text is gone once its run has ended."""
    entry, kept = _ENTRY.decode(effect.entry), gate.effects.brought(effect.claim)
    brought = _BROUGHT.decode(kept) if kept else Brought()
    return ToolOutcome(
        status=entry.status,
        decision=entry.decision,
        text=brought.text,
        fields=brought.fields,
        approval=entry.approval,
        entry=entry.id,
    )


def under_way(effect: Effect) -> ToolOutcome:
    """Say that another worker is at it."""
    entry = _ENTRY.decode(effect.entry)
    return ToolOutcome(
        status="unknown",
        decision=ToolDecision("allow"),
        approval=effect.approval,
        entry=entry.id,
        retry_after_s=1,
    )
