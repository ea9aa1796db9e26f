"""What an agent can do beside calling tools: search its knowledge bases, remember, and recall.

Each is governed by what it asks: a knowledge base by its readers, a memory by whose it is. What comes back
labels the run like what a tool gives.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from remit.declare.block import KnowledgeBlock
from remit.declare.tool import ToolReturns, Trust
from remit.enforce.key import Key
from remit.enforce.request import Tool
from remit.enforce.tool.learned import encoded, learned
from remit.enforce.tool.run import Run
from remit.kernel.errors import RemitError
from remit.operations.ask_knowledge import ask_knowledge
from remit.operations.keep_run import known
from remit.operations.refused import Refused
from remit.operations.remember import Remark, days_of, owner_of, recall, remember
from remit.operations.search_knowledge import Question
from remit.operations.tool_gate import ToolGate

PASSAGES = 4
RECALLED = 20
REMEMBER, RECALL = "memory/remember", "memory/recall"


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks in which run; `actor` is whom whoever began it says that it is for."""

    gate: ToolGate
    key: Key
    run: str
    actor: str


Answer = tuple[str, bool]
"""What the model is told, and whether it was not done."""


def _function(called: str, says: str, /, **arguments: str) -> Tool:
    properties = {each: {"type": "string", "description": text} for each, text in arguments.items()}
    schema = {"type": "object", "properties": properties, "required": list(arguments)}
    return Tool(called, says, msgspec.json.encode(schema))


def functions_of(
    blocks: Mapping[str, Any], knowledge: frozenset[str], *, remembers: bool, name: Callable[[str], str]
) -> dict[str, Tool]:
    """List what an agent may do so, by its address here."""
    found = {}
    for address in sorted(knowledge):
        block = blocks.get(address)
        title = block.name if isinstance(block, KnowledgeBlock) else address
        called = name(f"search_{address.partition('/')[2]}")
        found[address] = _function(called, f"Search {title}.", words="What to look for.")
    if remembers:
        found[RECALL] = _function("recall", "Recall what is remembered.", words="What it is about.")
        found[REMEMBER] = _function(
            "remember", "Remember something for another time.", name="What it is called.", text="What it is."
        )
    return found


async def asked_of(asking: Asking, address: str, arguments: Mapping[str, Any]) -> Answer:
    """Do what an agent asks for."""
    try:
        return await _SERVES.get(address, _search)(asking, address, arguments)
    except RemitError as error:
        return f"This was refused: {error.summary}.", True


def read(asking: Asking, text: str, returns: ToolReturns) -> None:
    """Label the run by what it has read."""
    before = Run()
    asking.gate.effects.learn(asking.run, encoded(learned(before, before.after(returns, text))))


async def _search(asking: Asking, address: str, arguments: Mapping[str, Any]) -> Answer:
    question = Question(words=str(arguments.get("words", "")), limit=PASSAGES)
    told = await ask_knowledge(asking.gate.worker, asking.key, address, question, run=asking.run)
    if isinstance(told, Refused):
        return f"This was refused: {told.decision.summary}. {told.decision.help}.", True
    text = "\n\n".join(f"[{each.title}, {each.place}]\n{each.text}" for each in told.passages)
    for each in told.passages:
        read(asking, each.text, ToolReturns(trust=told.block.trust, data_class=each.data_class))
    return text or "Nothing was found.", False


async def _recall(asking: Asking, address: str, arguments: Mapping[str, Any]) -> Answer:
    system = asking.gate.worker.system
    owner = owner_of(system, asking.key.use_case, asking.key.agent, asking.actor)
    words = str(arguments.get("words", ""))
    found = await asyncio.to_thread(recall, system, owner, words=words, limit=RECALLED)
    for each in found:
        trust: Trust = "untrusted" if each.tainted else "trusted"
        read(asking, each.text, ToolReturns(trust=trust))
    return "\n".join(f"{each.name}: {each.text}" for each in found) or "Nothing is remembered.", False


async def _remember(asking: Asking, address: str, arguments: Mapping[str, Any]) -> Answer:
    system, gate = asking.gate.worker.system, asking.gate
    owner = owner_of(system, asking.key.use_case, asking.key.agent, asking.actor)
    kept = gate.effects.run(asking.run)
    # INVARIANT: what a run remembers that has read others' words is others' words when it is recalled.
    tainted = kept is None or known(gate, kept).is_tainted
    remark = Remark(
        kind="fact",
        name=str(arguments.get("name", "")),
        text=str(arguments.get("text", "")),
        run=asking.run,
        tainted=tainted,
    )
    days = days_of(gate.worker.view.remit(asking.key.use_case))
    await asyncio.to_thread(remember, system, owner, remark, days=days)
    return "It is remembered.", False


_Serve = Callable[[Asking, str, Mapping[str, Any]], Awaitable[Answer]]
_SERVES: Mapping[str, _Serve] = {REMEMBER: _remember, RECALL: _recall}
