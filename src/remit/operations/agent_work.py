"""An agent's work in a run: who it is, how far it may go, what it is told and may ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from remit.declare.agent import Agent
from remit.declare.block import ModelBlock, PromptBlock, ToolBlock
from remit.declare.operating_model import OperatingModel
from remit.enforce.agent import Bounds
from remit.enforce.key import Key
from remit.enforce.request import Message, ModelRequest, Tool
from remit.operations.agent_functions import Asking, functions_of
from remit.operations.agents import Agents, Live, as_kept
from remit.operations.call_tool import list_tools
from remit.ports_agents import Json, Steps
from remit.record.agent_entry import AgentRunStatus

LOOKS_MAX = 3
"""How many things are looked up for a model that cannot ask for them itself."""

HAND = "hand_to_"
"""What the names of functions begin with by which an agent hands on a part of its work."""

_TASK = msgspec.json.encode(
    {
        "type": "object",
        "properties": {"task": {"type": "string", "description": "What shall be done, whole and exact."}},
        "required": ["task"],
    }
)


class RunEnds(Exception):
    """That a run goes no further, and why."""

    def __init__(self, status: AgentRunStatus, said: str = "", **why: str) -> None:
        self.status = status
        self.said = said
        self.why = why


@dataclass(slots=True)
class Work:
    """One agent at work within a run: who it is, how far it may go, what its model may ask for.

    `at` is where in the run it stands: empty for the run's own agent, else the step that handed on to it.
    """

    agents: Agents
    live: Live
    steps: Steps
    name: str
    agent: Agent
    bounds: Bounds
    at: str = ""
    instructions: str = ""
    tools: dict[str, str] = field(default_factory=dict)
    shown: tuple[Tool, ...] = ()
    turns: int = 0

    @property
    def run(self) -> str:
        return self.live.run

    @property
    def key(self) -> Key:
        """The key that the run was begun with, as it stands now, with this agent at it."""
        given = self.live.given
        found = self.agents.worker.view.key(given.key)
        return replace(found or Key(given.key, given.use_case, revoked=True), agent=self.name, networks=())

    @property
    def asking(self) -> Asking:
        return Asking(self.agents.gate, self.key, self.run, self.live.given.actor)

    def place(self, step: str) -> str:
        return f"{self.at}/{step}" if self.at else step


async def show(work: Work) -> Json:
    """Say what an agent is told and which functions it knows, as it stands when it begins."""
    model = work.agents.worker.view.model
    shown: list[Tool] = []
    tools: dict[str, str] = {}
    for each in await list_tools(work.agents.gate, work.key, work.run):
        if work.bounds.covers(each.address):
            name = _name(each.address, tools)
            tools[name] = each.address
            schema = msgspec.json.encode(dict(each.text.schema) or {"type": "object"})
            shown.append(Tool(name, each.text.description, schema))
    remembers = work.bounds.memory and bool(work.live.given.actor)
    for address, function in functions_of(
        model.blocks, work.bounds.knowledge, remembers=remembers, name=plain
    ).items():
        tools[function.name] = address
        shown.append(function)
    for other in work.agent.hands_to:
        found = model.agents.get(other)
        if found is not None and found.use_case == work.agent.use_case:
            purpose = found.purpose or found.name
            shown.append(Tool(f"{HAND}{plain(other)}", f"Have another agent do it: {purpose}", _TASK))
            tools[f"{HAND}{plain(other)}"] = f"agent/{other}"
    looks = _looks_first(work, tools, shown)
    return as_kept({"instructions": _told(work, model), "tools": tools, "shown": shown, "looks_first": looks})


def _looks_first(work: Work, tools: Mapping[str, str], shown: Sequence[Tool]) -> list[str]:
    """List what is looked up before a model is asked that cannot ask for anything itself.

    That is what reads without being told more than the person's own words: knowledge bases, and tools that
    need no argument.
    """
    worker = work.agents.worker
    view, day = worker.view, worker.view.day(worker.system.clock.now())
    block = view.model.blocks.get(view.model.meant(work.agent.model, day) or "")
    said = ModelRequest(work.agent.model, (Message.of("user", "?"),), tools=tuple(shown))
    if not shown or not isinstance(block, ModelBlock) or not worker.unsaid(block, said):
        return []
    return [each.name for each in shown if _reads_alone(view.model, tools[each.name], each)][:LOOKS_MAX]


def _reads_alone(model: OperatingModel, address: str, tool: Tool) -> bool:
    if address.startswith("knowledge/"):
        return True
    block = model.blocks.get(address)
    needs = msgspec.json.decode(tool.parameters).get("required", ())
    return isinstance(block, ToolBlock) and block.effect == "reads" and not needs


def _name(address: str, taken: dict[str, str]) -> str:
    name = plain(address.partition("/")[2].partition("@")[0])
    return name if name not in taken else plain(address.partition("/")[2])


def plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", text)[:64]


def _told(work: Work, model: OperatingModel) -> str:
    if work.agent.instructions is not None:
        return work.agent.instructions
    worker = work.agents.worker
    day = worker.view.day(worker.system.clock.now())
    address = model.meant(work.agent.prompt or "", day)
    block = model.blocks.get(address or "")
    if not isinstance(block, PromptBlock) or not block.is_usable(day) or block.variables:
        raise RunEnds("refused", rule="prompt-incomplete")
    return "\n\n".join(each.text for each in block.turns if each.role == "system")
