"""Ask a knowledge base through a door: as a key's use case, screened, and written down like a call of a tool.

running → count → search, as the reader that the key is → screen each passage → record
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from remit.declare.block import KnowledgeBlock
from remit.enforce.decision import Decision
from remit.enforce.grant import RUNNING_RULES, first_refusal
from remit.enforce.key import Key
from remit.enforce.request import ModelRequest
from remit.enforce.tool.decision import ToolDecision
from remit.operations.apply_guardrail import count_asked
from remit.operations.refused import Refused, purpose_of, refused
from remit.operations.screen_passages import Passed, screen_passages
from remit.operations.search_knowledge import Question, Searched, search_knowledge
from remit.operations.worker import Worker
from remit.record.call_entry import Purpose
from remit.record.knowledge_kept import Passage
from remit.record.tool_entry import ToolCalled


@dataclass(frozen=True, slots=True)
class Told:
    """What a knowledge base told: its address, the passages, how many were withheld, and the entry's id."""

    address: str
    block: KnowledgeBlock
    passages: tuple[Passage, ...]
    withheld: int
    entry: str


async def ask_knowledge(
    worker: Worker, key: Key, base: str, question: Question, *, run: str = ""
) -> Told | Refused:
    """Search a knowledge base for a key, in a run of an agent if one is named.

    Raises JournalError, and tells nothing then.

    A search counts as a call where calls are counted, and costs nothing.
    """
    at, remit = worker.system.clock.now(), worker.view.remit(key.use_case)
    purpose, began = purpose_of(worker, key, remit, ""), monotonic()
    facts = worker.view.facts(key, ModelRequest("", ()), at, worker.unsaid)
    running = first_refusal(RUNNING_RULES, facts)
    if running.effect == "deny":
        return refused(worker, running, purpose, at)
    counted = await count_asked(worker, key, purpose)
    if isinstance(counted, Refused):
        return counted
    try:
        view = worker.view
        found = await asyncio.to_thread(
            search_knowledge, worker.system, view.model, remit, base, question, agent=key.agent
        )
        if isinstance(found, Decision):
            return refused(worker, found, purpose, at, id=counted)
        passed = await screen_passages(worker, key, counted, found.passages)
        if isinstance(passed, Decision):
            return refused(worker, passed, purpose, at, id=counted)
    finally:
        worker.rates.settle(counted, tokens=0, now=worker.system.clock.now())
    took_s = monotonic() - began
    return _told(worker, purpose, found, passed, run=run, id=counted, began=at, took_s=took_s)


def _told(
    worker: Worker,
    purpose: Purpose,
    found: Searched,
    passed: Passed,
    *,
    run: str,
    id: str,
    began: datetime,
    took_s: float,
) -> Told:
    block, view = found.block, worker.view
    worker.record_unless_owed(
        ToolCalled(
            id=id,
            at=worker.system.clock.now(),
            purpose=purpose,
            tool=found.address,
            pin="",
            run=run,
            level=view.remit(purpose.use_case).autonomy_max or "suggest",
            decision=ToolDecision("allow"),
            status="completed",
            meant_digest="",
            result_characters=sum(len(each.text) for each in passed.passages),
            records=len(passed.passages),
            currency=view.model.organisation.currency,
            began=began,
            latency_ms=int(took_s * 1000),
            tainted=block.trust == "untrusted",
            data_class=block.data_class,
            guardrails=passed.guardrails,
            findings=passed.findings,
        )
    )
    return Told(found.address, block, passed.passages, passed.withheld, id)
