"""Ask for a tool: have people agree to just one call, and find what they said of it.

A consent covers the digest of what the call means, in its run, its stage, with its tool, its policies and the
version of the operating model as they were. It is used up by one call, which the ledger of effects holds.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

import msgspec

from remit.decide.risk import tier_of
from remit.declare.block import ToolBlock
from remit.enforce.key import Key
from remit.enforce.tool.decision import ToolDecision
from remit.kernel.errors import NotFound
from remit.kernel.money import canonical
from remit.operations.ask_approval import Asking, ask_approval
from remit.operations.decide_tool import Decided, arguments_of, meant_of
from remit.operations.read_approvals import find_request
from remit.operations.tool_gate import ToolGate
from remit.record.decided import KeyChange
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter
from remit.record.tool_effect import Waiting

KEYS_MAX = 1_000
"""Of how many changes of a use case's keys it is looked who made them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What people have said of a call: they agreed with `request`, it `waits`, or `refused` says why not.

    `is_new` says that it was only asked for just now.
    """

    request: str = ""
    waits: bool = False
    refused: ToolDecision | None = None
    is_new: bool = False


def answer_to(gate: ToolGate, found: Decided) -> Answer:
    """Find what people have said of a call that waits; one that nobody was asked about has no request."""
    now = gate.worker.system.clock.now()
    named = found.asked.request.approval
    waits = gate.effects.waits(found.asked.run.id, meant_of(gate, found))
    if named:
        waits = [each for each in waits if each.request == named]
        if not waits:
            return Answer(
                refused=_denied(found, code="approval-of-another-call", summary=_ANOTHER, help=_ASK_ANEW)
            )
    for each in waits:
        if gate.effects.of_approval(each.request) is not None:
            if named:
                return Answer(refused=used_up(found))
            continue
        answer = _said(gate, found, each, now)
        if answer is not None:
            return answer
    return Answer()


_ANOTHER = "the approval that was named is not of just this call"
_USED = "the approval that was named has been used up by a call"
_ASK_ANEW = "ask again without naming one, and people are asked about this call"


def _said(gate: ToolGate, found: Decided, waiting: Waiting, now: datetime) -> Answer | None:
    """Say what came of one request; None where it is over, so that people may be asked again."""
    try:
        standing = find_request(gate.worker.system, waiting.request, now)
    except NotFound:
        return None
    if standing.request.expires <= now or standing.state in ("expired", "withdrawn"):
        return None
    if standing.state == "open":
        return Answer(waiting.request, waits=True)
    if standing.state == "approved":
        return Answer(waiting.request)
    who = standing.answers[-1].author if standing.answers else ""
    summary = f"{who or 'a person'} refused this call of `{found.asked.address}`"
    return Answer(
        refused=_denied(
            found, code="approval-denied", summary=summary, help="do without it, or ask whoever refused it"
        )
    )


def _denied(found: Decided, *, code: str, summary: str, help: str) -> ToolDecision:
    decision = found.decision
    return ToolDecision("deny", code, summary, help, decision.layer, decision.owner)


def used_up(found: Decided) -> ToolDecision:
    """Refuse a call with an approval that another one has used up."""
    return _denied(found, code="approval-used", summary=_USED, help=_ASK_ANEW)


async def ask_people(gate: ToolGate, found: Decided) -> Answer:
    """Put a call into the inbox; raises RemitError where nobody may agree to it."""
    asking, author = _asking(gate, found), f"key/{found.asked.key.id}"
    arguments = arguments_of(found.asked.request)
    standing = await asyncio.to_thread(ask_approval, gate.worker.system, asking, author=author)
    waiting = Waiting(
        request=standing.request.id,
        run=found.asked.run.id,
        meant=meant_of(gate, found),
        tool=found.asked.address,
        arguments=arguments,
        at=standing.request.at,
    )
    await asyncio.to_thread(gate.effects.wait, waiting)
    return Answer(standing.request.id, waits=True, is_new=True)


def _asking(gate: ToolGate, found: Decided) -> Asking:
    asked, view = found.asked, found.view
    block = asked.block
    assert block is not None, "only what is declared is asked about"
    case = view.model.use_cases[asked.key.use_case]
    meant = meant_of(gate, found)
    # What the call is given is in none of this: it lies sealed beside it, for those who may answer.
    body = {
        "tool": asked.address,
        "pin": asked.pin,
        "run": asked.run.id,
        "stage": found.remit.stage,
        "model_version": view.version,
        "meant": meant,
        "asked": len(gate.effects.waits(asked.run.id, meant)),
    }
    return Asking(
        about="tool",
        subject=asked.address,
        body=msgspec.json.encode(body, order="deterministic"),
        summary=f"an agent of `{asked.key.use_case}` asks to call `{asked.address}`"[:300],
        tier=tier_of(case),
        stakes=_stakes(found, block),
        use_case=asked.key.use_case,
        unit=found.remit.unit,
        stage=found.remit.stage,
        barred=_holders(gate, asked.key),
    )


def _holders(gate: ToolGate, key: Key) -> tuple[str, ...]:
    """Name who made an agent's key: what it asks for is theirs, and not for them to agree to."""
    wanted = EntryFilter(kind="key_change", use_case=key.use_case)
    rows = gate.worker.system.store.entries(wanted, limit=KEYS_MAX)
    changes = (decode(row.body) for row in rows)
    mine = (each for each in changes if isinstance(each, KeyChange) and key.id in (each.key, each.successor))
    return tuple(dict.fromkeys(each.author for each in mine if each.change != "revoked"))


def _stakes(found: Decided, block: ToolBlock) -> tuple[str, ...]:
    """Say what is at stake, in words without anybody's data."""
    call = found.call
    assert call is not None, "what waits was decided on"
    undone = "can be undone" if block.reversible else "cannot be undone"
    said = [
        found.decision.summary,
        f"it {block.effect}" + (f", which {undone}" if block.effect == "writes" else ""),
        f"what it is given goes to: {block.data_goes}",
        f"targets: {len(call.given.targets):,}, records: {len(call.given.records):,}",
    ]
    if call.given.money:
        said.append(f"money: {canonical(call.given.money)} in the tool's own currency")
    if call.run.is_tainted:
        said.append("the run has read what others wrote")
    said.append(f"most sensitive data that the run has read: {call.run.data_class}")
    if block.note:
        said.append(block.note)
    said.append(f"run {found.asked.run.id}; `remit tool waiting ID` shows what the call would be given")
    return tuple(said)
