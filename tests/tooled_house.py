"""A house with an agent that has tools: real functions in this process, called through the gate alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from conftest import CASE, House
from remit.bootstrap import open_effects
from remit.declare.tool import ToolServer
from remit.enforce.key import Key
from remit.enforce.tool.given import pin_of
from remit.operations.authenticate import authenticate
from remit.operations.call_tool import ToolGate, ToolOutcome, ToolRequest, call_tool, open_run
from remit.operations.fold_ledger import fold_ledger
from remit.operations.issue_key import issue_key
from remit.operations.recover_effects import recover_effects
from remit.operations.refused import Refused
from remit.operations.system import GATEWAY
from remit.operations.worker import Worker
from remit.ports_effects import Effects
from remit.ports_tools import ToolAnswer, ToolAsk, ToolText
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter
from remit.record.tool_entry import ToolCalled
from remit.settings import read_settings

SCHEMA: dict[str, Any] = {"type": "object"}


def pin(name: str) -> str:
    return pin_of(name, f"It does {name}.", SCHEMA)


def declared(
    tools: str, *, blocks: str = "", level: str = "act_within_limits", more: str = ""
) -> tuple[str, str]:
    """Write the tools of the house, and what the use case may do with them."""
    text = f"""
blocks:
  tool/lookup:
    name: Look up
    owner: tools@example.com
    status: approved
    effect: reads
    data_goes: stays
    returns: {{trust: trusted, registers: [account]}}
    server: {{python: lookup}}
    pin: {pin("lookup")}
  tool/page:
    name: Page
    owner: tools@example.com
    status: approved
    effect: reads
    data_goes: stays
    server: {{python: page}}
    pin: {pin("page")}
  tool/pay:
    name: Pay
    owner: tools@example.com
    status: approved
    effect: writes
    data_goes: targets
    data_class_max: confidential
    arguments: {{to: target, amount: money, note: incidental}}
    asked_as: [pay]
    price_per_call: 0.50 EUR
    server: {{python: pay}}
    pin: {pin("pay")}
  tool/tag:
    name: Tag
    owner: tools@example.com
    status: approved
    effect: writes
    reversible: true
    data_goes: organisation
    data_class_max: confidential
    arguments: {{record: record}}
    asked_as: [tag]
    server: {{python: tag}}
    pin: {pin("tag")}
{blocks}
"""
    remit = f"\n    remit: {{autonomy_max: {level}, agency_max: write, tools: {tools}{more}}}\n"
    return text, CASE + remit


@dataclass
class World:
    """What the tools do, once for each claim, and what they were asked."""

    done: dict[str, ToolAnswer] = field(default_factory=dict)
    asked: list[ToolAsk] = field(default_factory=list)
    tells: bool = True
    described: Mapping[str, str] = field(default_factory=dict)
    tools: dict[str, Callable[[ToolAsk], Awaitable[ToolAnswer]]] = field(default_factory=dict)

    def count(self, name: str) -> int:
        return sum(each.name == name for each in self.asked)

    async def texts(self) -> tuple[ToolText, ...]:
        names = ("lookup", "page", "pay", "tag")
        return tuple(ToolText(each, self.described.get(each, f"It does {each}."), SCHEMA) for each in names)

    async def call(self, ask: ToolAsk) -> ToolAnswer:
        self.asked.append(ask)
        tool = self.tools.get(ask.name)
        answer = await tool(ask) if tool else ToolAnswer(f"{ask.name} is done")
        self.done[ask.claim] = answer
        return answer

    async def outcome(self, claim: str) -> ToolAnswer | None:
        return self.done.get(claim) if self.tells else None

    async def close(self) -> None:
        pass

    def source(self, address: str, declared: ToolServer, *, whose: str) -> World:
        return self


def answers(text: str, fields: Any = None, *, is_error: bool = False) -> Callable[[ToolAsk], Any]:
    async def tool(ask: ToolAsk) -> ToolAnswer:
        return ToolAnswer(text, fields, is_error)

    return tool


@dataclass
class Desk:
    """One worker with its gate and one agent's key, within one event loop."""

    gate: ToolGate
    key: Key
    world: World

    async def begin(self, asked: str = "please pay bob 20 EUR and tag it", **more: Any) -> str:
        return await open_run(self.gate, self.key, asked=asked, **more)

    async def call(self, run: str, tool: str, arguments: Mapping[str, Any], **more: Any) -> ToolOutcome:
        return await call_tool(
            self.gate, self.key, ToolRequest(tool=f"tool/{tool}", arguments=arguments, run=run, **more)
        )

    def entries(self, kind: str = "tool_call") -> list[ToolCalled]:
        """List the entries of calls of tools, the oldest first."""
        system = self.gate.worker.system
        fold_ledger(system)
        rows = system.store.entries(EntryFilter(kind=kind), limit=200)
        found = [decode(row.body) for row in reversed(rows)]
        return [each for each in found if isinstance(each, ToolCalled)]

    def posted(self) -> Decimal:
        fold_ledger(self.gate.worker.system)
        return max(self.gate.worker.system.store.posted().values(), default=Decimal(0))


@contextmanager
def effects_of(house: House) -> Iterator[Effects]:
    with open_effects(read_settings(house.environment)) as effects:
        yield effects


def at_desk(
    house: House,
    work: Callable[[Desk], Awaitable[Any]],
    *texts: str,
    world: World | None = None,
    agent: str = "",
) -> Any:
    """Put tools in force, if any are given, and do something with a gate in one event loop."""
    if texts:
        house.apply(house.base, *texts)

    async def within(worker: Worker, gate: ToolGate, secret: str) -> Any:
        try:
            key = authenticate(worker, secret)
            assert not isinstance(key, Refused)
            await recover_effects(gate)
            return await work(Desk(gate, key, known))
        finally:
            await worker.close()

    known = world or World()
    with (
        house.system() as system,
        system.journals.exclusive(GATEWAY) as journal,
        effects_of(house) as effects,
    ):
        secret = issue_key(system, "pilot", author="tester@example.com", agent=agent).secret
        worker = Worker(system, journal)
        return asyncio.run(within(worker, ToolGate(worker, known, effects), secret))
