"""Run an agent: its model's turns and its tools' calls, each a step that is taken once and kept.

    what it knows → turn → call → turn → … → answer

A model is asked by `call_model` and a tool by `call_tool`, with all that these hold a call to. The process
can end anywhere: what is kept is not done again, and what was begun and is not kept is found out about by
whoever keeps its effects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from time import monotonic
from typing import Any

import msgspec

from remit.declare.block import ModelBlock
from remit.declare.tool import ToolReturns
from remit.enforce.agent import bounds_of, meet, reached
from remit.enforce.answer import gathered
from remit.enforce.request import Message, ModelRequest, Reasoning, Text, Tool, ToolResult, ToolUse
from remit.kernel.errors import Conflict, NotFound, RemitError
from remit.operations.agent_functions import asked_of, read
from remit.operations.agent_work import RunEnds, Work, show
from remit.operations.agents import WAIT_TOPIC, Agents, Given, Live, as_kept, close_run, read_given, record
from remit.operations.asked import Asked
from remit.operations.call_model import abandon, whole
from remit.operations.call_tool import ToolRequest, call_tool
from remit.operations.refused import Refused
from remit.operations.wait_for_lease import authorize_or_wait, still_opens
from remit.ports_agents import AgentTask, Json, Parts, Steps
from remit.record.agent_entry import AgentRunStatus
from remit.record.call_entry import Origin

WAIT_S_MAX = 90 * 86_400.0
"""How long a run waits for people at most; a request of theirs mostly ends before."""

WORDS_MAX = 1_000

_PARTS = msgspec.json.Decoder(tuple[Text | Reasoning | ToolUse, ...])


async def run_agent(agents: Agents, run: str, given: Json, steps: Steps) -> Json:
    """Do the work of a run, from its beginning or again over the steps that are kept; says how it ended."""
    found = read_given(given)
    live = agents.live.setdefault(run, Live(run, found, [found.agent]))
    status: AgentRunStatus
    why: dict[str, Any] = {}
    try:
        said, status = await _worked(agents, live, steps, found), "completed"
    except RunEnds as end:
        said, status, why = end.said, end.status, end.why
    except RemitError as error:
        said, status, why = "", "failed", {"fault": error.code}

    async def ended() -> Json:
        if not live.stopping:
            record(agents, live, status, **why)
            await close_run(agents, live)
        return {}

    await steps.once("end", ended)
    agents.live.pop(run, None)
    outcome = as_kept({"status": status, "said": said, **why, **_spent(live)})
    await steps.tell({"kind": "ended", **outcome})
    return outcome


async def _worked(agents: Agents, live: Live, steps: Steps, given: Given) -> str:
    view = agents.worker.view
    agent = view.model.agents.get(given.agent)
    if agent is None or given.use_case not in view.model.use_cases:
        raise RunEnds("refused", rule="undeclared-agent")
    work = Work(agents, live, steps, given.agent, agent, bounds_of(agent, view.remit(given.use_case)))
    return await _done(work, given.asked, given.functions)


async def _done(work: Work, asked: Sequence[Message], functions: Sequence[Tool] = ()) -> str:
    """Have one agent do what it is asked, and return its words."""
    kept = await work.steps.once(work.place("begin"), lambda: show(work))
    work.instructions = kept["instructions"]
    work.tools = dict(kept["tools"])
    own = tuple(msgspec.convert(each, Tool) for each in kept["shown"])
    mine = {each.name for each in own}
    work.shown = (*own, *(each for each in functions if each.name not in mine))
    if kept["looks_first"]:
        work.shown = ()
        asked = await _looked_first(work, asked, kept["looks_first"])
    task = AgentTask(work.instructions, tuple(asked), work.shown)
    return await work.agents.loop.run(
        task, lambda messages: _turn(work, messages), lambda use: _act(work, use, functions)
    )


async def _looked_first(work: Work, asked: Sequence[Message], names: Sequence[str]) -> tuple[Message, ...]:
    """Look things up for a model that cannot ask, and put what was found before the person's words."""
    *before, last = asked
    found = []
    for name in names:
        searches = work.tools[name].startswith("knowledge/")
        arguments = msgspec.json.encode({"words": last.text[:WORDS_MAX]} if searches else {}).decode()
        result = await _act(work, ToolUse(f"0.{name}", name, arguments), ())
        found += [part.text for part in result.parts if isinstance(part, Text)]
    return (*before, Message.of("user", "\n\n".join((*found, last.text))))


async def _turn(work: Work, messages: tuple[Message, ...]) -> Parts:
    """Ask the model for its next turn, as one step."""
    _require_room(work)
    work.turns += 1
    kept = await work.steps.once(work.place(f"turn-{work.turns}"), lambda: _asked(work, messages))
    if "ends" in kept:
        raise RunEnds(kept["ends"], kept.get("said", ""), **kept["why"])
    parts = _PARTS.decode(msgspec.json.encode(kept["parts"]))
    work.live.spent = work.live.spent.with_turn(
        tokens=kept["tokens"], seconds=kept["took_s"], cost=Decimal(kept["charge"])
    )
    told = {"kind": "turn", "agent": work.name, "at": work.at, "turn": work.turns, "call": kept["call"]}
    counts = {name: kept[name] for name in ("tokens", "output_tokens", "charge")}
    await work.steps.tell({**told, "parts": kept["parts"], **counts})
    return _named(parts, work.turns)


def _named(parts: Parts, turn: int) -> Parts:
    """Give each call an id of its own in the run, made of the model's: providers give the same one again."""
    seen: dict[str, int] = {}
    found: list[Text | Reasoning | ToolUse] = []
    for part in parts:
        if isinstance(part, ToolUse):
            id = part.id[:64] or "call"
            seen[id] = seen.get(id, 0) + 1
            again = f"-{seen[id]}" if seen[id] > 1 else ""
            part = msgspec.structs.replace(part, id=f"{turn}.{id}{again}")
        found.append(part)
    return tuple(found)


def _require_room(work: Work) -> None:
    limit = reached(work.bounds, work.live.spent)
    if limit is not None:
        raise RunEnds("limited", limit=limit)


async def _asked(work: Work, messages: tuple[Message, ...]) -> Json:
    """Make one governed call of the model; what keeps it from answering ends the run, and is kept as well."""
    worker, began, key = work.agents.worker, monotonic(), work.key
    request = ModelRequest(
        model=work.agent.model,
        messages=messages,
        output_tokens_max=_tokens_left(work),
        tools=work.shown,
    )
    origin = Origin("agent", run=work.run)
    asked = Asked(request, streamed=False, reference=work.live.given.reference, origin=origin)
    within_s = max(1.0, work.bounds.seconds - work.live.spent.seconds)
    try:
        admitted = still_opens(worker, key) or await authorize_or_wait(worker, key, asked, within_s=within_s)
        if isinstance(admitted, Refused):
            rule = admitted.decision.rule
            return _ends("stopped" if rule == "kill-switch" else "refused", rule=rule)
        try:
            cost = work.bounds.cost
            if cost is not None and work.live.spent.cost + admitted.hold.amount > cost:
                return _ends("limited", limit="cost")
            pieces, _ = await whole(admitted)
        finally:
            abandon(admitted)
    except RemitError as error:
        return _ends("stopped" if error.code == "kill-switch" else "failed", fault=error.code)
    assert admitted.settled is not None, "its answer was given whole"
    call = admitted.settled.call
    return {
        "parts": as_kept(gathered(pieces)),  # type: ignore[arg-type]  # a sequence is kept as one
        "tokens": call.usage.total,
        "output_tokens": call.usage.output_tokens,
        "charge": str(call.charge),
        "call": call.id,
        "took_s": round(monotonic() - began, 3),
    }


def _ends(status: AgentRunStatus, **why: str) -> Json:
    return {"ends": status, "why": why}


def _tokens_left(work: Work) -> int | None:
    """Bound the next answer by what is left of the run's tokens, where that is less than the model writes."""
    view = work.agents.worker.view
    day = view.day(work.agents.worker.system.clock.now())
    left = work.bounds.tokens - work.live.spent.tokens
    block = view.model.blocks.get(view.model.meant(work.agent.model, day) or "")
    most = block.output_tokens_max if isinstance(block, ModelBlock) else None
    return max(1, left) if most is not None and left < most else None


async def _act(work: Work, use: ToolUse, functions: Sequence[Tool]) -> ToolResult:
    """Carry out what the model asks for, and give it what came of it."""
    work.live.spent = replace(work.live.spent, tool_calls=work.live.spent.tool_calls + 1)
    _require_room(work)
    address = work.tools.get(use.name)
    told = {"kind": "call", "agent": work.name, "at": work.at, "step": use.id, "name": use.name}
    await work.steps.tell({**told, "arguments": use.arguments, "tool": address or "function"})
    if address is None:
        found, failed = await _handed_back(work, use), False
    elif address.startswith(("knowledge/", "memory/")):
        found, failed = await _function(work, use, address)
    elif address.startswith("agent/"):
        found, failed = await _handed_on(work, use, address.removeprefix("agent/")), False
    else:
        found, failed = await _called(work, use, address)
    result = {"kind": "result", "at": work.at, "step": use.id, "failed": failed, "text": found}
    await work.steps.tell(result)
    return ToolResult(use.id, (Text(found),), failed)


async def _called(work: Work, use: ToolUse, address: str) -> tuple[str, bool]:
    """Call a tool through the gate, and wait as long as people have to be waited for."""
    step, approval, tries = work.place(use.id), "", 0
    while True:
        name = f"tool {step}" if not tries else f"tool {step} again {tries}"
        kept = await work.steps.once(name, lambda: _through_gate(work, use, address, approval))  # noqa: B023 (awaited here)
        if "ends" in kept:
            raise RunEnds(kept["ends"], **kept["why"])
        work.live.spent = work.live.spent.with_tool(seconds=kept["took_s"])
        status = kept["status"]
        if status not in ("waiting", "unknown"):
            return kept["text"], status != "completed"
        approval, tries = kept["approval"], tries + 1
        await _waited(work, step, approval=approval, tool=address, status=status)


async def _function(work: Work, use: ToolUse, address: str) -> tuple[str, bool]:
    async def asked() -> Json:
        found, failed = await asked_of(work.asking, address, msgspec.json.decode(use.arguments or "{}"))
        return {"text": found, "failed": failed}

    kept = await work.steps.once(f"function {work.place(use.id)}", asked)
    return kept["text"], kept["failed"]


async def _through_gate(work: Work, use: ToolUse, address: str, approval: str) -> Json:
    began, step = monotonic(), work.place(use.id)
    arguments = msgspec.json.decode(use.arguments or "{}")
    request = ToolRequest(
        tool=address,
        arguments=arguments,
        run=work.run,
        step=step,
        approval=approval,
        reference=work.live.given.reference,
    )
    refused = still_opens(work.agents.worker, work.key)
    if refused is not None:
        return _ends("refused", rule=refused.decision.rule)
    try:
        outcome = await call_tool(work.agents.gate, work.key, request)
    except (Conflict, NotFound) as error:
        return _ends("stopped", fault=error.code)
    except RemitError as error:
        return _ends("failed", fault=error.code)
    if outcome.status == "refused" and outcome.decision.rule == "kill-switch":
        return _ends("stopped", rule="kill-switch")
    return {
        "status": outcome.status,
        "text": _said(outcome.status, outcome.text, outcome.decision.summary, outcome.decision.help),
        "approval": outcome.approval,
        "entry": outcome.entry,
        "took_s": round(monotonic() - began, 3),
    }


def _said(status: str, text: str, summary: str, help: str) -> str:
    """Say to the model what came of a call; what was refused it cannot do, and is told why."""
    if status == "refused":
        return f"This was refused: {summary}. {help}."
    return text or ("done" if status == "completed" else f"It is {status}.")


async def _waited(work: Work, step: str, *, approval: str, tool: str, status: str) -> None:
    """Wait for people, through any number of restarts: for their answer, or for what they find out."""
    live, steps = work.live, work.steps
    live.topic, live.approval = f"{WAIT_TOPIC}{step}", approval
    live.effect = "" if approval else step
    live.fresh = True
    told = {"kind": "waiting", "step": step, "approval": approval, "tool": tool, "status": status}

    async def noted() -> Json:
        record(work.agents, live, "waiting", waits_for=approval, agent=work.name, part=work.at)
        return {}

    live.heard += 1
    await steps.once(f"waiting {step} {live.heard}", noted)
    await steps.tell(told)
    await steps.wait(live.topic, seconds=WAIT_S_MAX)
    live.topic = live.approval = live.effect = ""
    await steps.tell({"kind": "resumed", "step": step})


async def _handed_back(work: Work, use: ToolUse) -> str:
    """Have whoever began the run carry out a function of theirs; what comes back is anybody's text."""
    live, step = work.live, work.place(use.id)

    async def noted() -> Json:
        record(work.agents, live, "waiting", asks=step, agent=work.name, part=work.at)
        return {}

    await work.steps.once(f"waiting {step}", noted)
    waits = {"kind": "requires_action", "step": step, "name": use.name, "arguments": use.arguments}
    await work.steps.tell(waits)
    word = await work.steps.wait(f"{WAIT_TOPIC}{step}", seconds=WAIT_S_MAX)
    output = "" if word is None else str(word.get("output", ""))

    async def labelled() -> Json:
        # INVARIANT: what did not come through the gate labels the run as well.
        read(work.asking, output, ToolReturns())
        return {}

    await work.steps.once(f"read {step}", labelled)
    await work.steps.tell({"kind": "resumed", "step": step})
    return output


async def _handed_on(work: Work, use: ToolUse, name: str) -> str:
    """Have another agent do a part of it, within what both may do; it reads and spends as the same run."""
    view = work.agents.worker.view
    agent = view.model.agents.get(name)
    if agent is None or agent.use_case != work.agent.use_case or name in work.live.agents:
        return "This was refused: the agent is not there any more."
    at, live = work.place(use.id), work.live
    bounds = meet(work.bounds, bounds_of(agent, view.remit(agent.use_case)))
    child = Work(work.agents, live, work.steps, name, agent, bounds, at=at)
    task = str(msgspec.json.decode(use.arguments or "{}").get("task", ""))

    async def noted(status: AgentRunStatus) -> Json:
        record(work.agents, live, status, agent=name, part=at, handed_by=work.name)
        return {}

    live.agents.append(name)
    await work.steps.once(f"hand on {at}", lambda: noted("begun"))
    try:
        said = await _done(child, (Message.of("user", task or "(nothing was said)"),))
    finally:
        live.agents.pop()
    await work.steps.once(f"came back {at}", lambda: noted("completed"))
    return said


def _spent(live: Live) -> dict[str, Any]:
    spent = live.spent
    return {
        "turns": spent.turns,
        "tool_calls": spent.tool_calls,
        "tokens": spent.tokens,
        "seconds": spent.seconds,
        "cost": str(spent.cost),
    }
