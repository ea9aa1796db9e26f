"""What a run of an agent may do: the remit of its use case, narrowed by the agent and by who handed on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from remit.declare.agent import Agent
from remit.declare.version import family
from remit.enforce.remit import Remit, common
from remit.kernel.money import EXACT, ZERO

LimitName = Literal["turns", "tool_calls", "tokens", "seconds", "cost"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far an agent may go. `cost` is None where the budgets of its use case alone bound it."""

    tools: frozenset[str]
    knowledge: frozenset[str]
    memory: bool
    turns: int
    tool_calls: int
    tokens: int
    seconds: float
    cost: Decimal | None = None

    def covers(self, tool: str) -> bool:
        """Say whether a tool may be used: by its exact address, or by its name for each of its versions."""
        return tool in self.tools or family(tool) in self.tools


@dataclass(frozen=True, slots=True)
class Spent:
    """How far a run has gone; time in which it waits for people is not counted."""

    turns: int = 0
    tool_calls: int = 0
    tokens: int = 0
    seconds: float = 0.0
    cost: Decimal = ZERO

    def with_turn(self, *, tokens: int, seconds: float, cost: Decimal) -> Spent:
        return replace(
            self,
            turns=self.turns + 1,
            tokens=self.tokens + tokens,
            seconds=self.seconds + seconds,
            cost=EXACT.add(self.cost, cost),
        )

    def with_tool(self, *, seconds: float) -> Spent:
        return replace(self, seconds=self.seconds + seconds)


def bounds_of(agent: Agent, remit: Remit) -> Bounds:
    """Bound an agent by what it declares and by the tools of its use case's remit; without those, by none."""
    listed = remit.tools
    allowed = frozenset[str]() if listed is None else "any" if isinstance(listed, str) else frozenset(listed)
    tools = common(allowed, frozenset(agent.tools))
    limits = agent.limits
    return Bounds(
        tools=tools if isinstance(tools, frozenset) else frozenset(),
        knowledge=frozenset(agent.knowledge),
        memory=agent.memory,
        turns=limits.turns,
        tool_calls=limits.tool_calls,
        tokens=limits.tokens,
        seconds=limits.seconds,
        cost=limits.cost.amount if limits.cost is not None else None,
    )


def meet(one: Bounds, other: Bounds) -> Bounds:
    """Bound a run that one agent hands to another: what both may do, and of each limit the lower.

    INVARIANT: nothing that either may not do is in it.
    """
    tools, knowledge = common(one.tools, other.tools), one.knowledge & other.knowledge
    costs = [each.cost for each in (one, other) if each.cost is not None]
    return Bounds(
        tools=tools if isinstance(tools, frozenset) else frozenset(),
        knowledge=knowledge,
        memory=one.memory and other.memory,
        turns=min(one.turns, other.turns),
        tool_calls=min(one.tool_calls, other.tool_calls),
        tokens=min(one.tokens, other.tokens),
        seconds=min(one.seconds, other.seconds),
        cost=min(costs, default=None),
    )


def reached(bounds: Bounds, spent: Spent) -> LimitName | None:
    """Name the first limit that leaves no room for another step; None where there is room."""
    if spent.turns >= bounds.turns:
        return "turns"
    if spent.tool_calls > bounds.tool_calls:
        return "tool_calls"
    if spent.tokens >= bounds.tokens:
        return "tokens"
    if spent.seconds >= bounds.seconds:
        return "seconds"
    if bounds.cost is not None and spent.cost >= bounds.cost and (spent.cost or not bounds.cost):
        return "cost"
    return None


def is_within(inner: Bounds, outer: Bounds) -> bool:
    """Say whether nothing of some bounds lies outside others."""
    return (
        all(outer.covers(each) for each in inner.tools)
        and inner.knowledge <= outer.knowledge
        and (outer.memory or not inner.memory)
        and inner.turns <= outer.turns
        and inner.tool_calls <= outer.tool_calls
        and inner.tokens <= outer.tokens
        and inner.seconds <= outer.seconds
        and (outer.cost is None or (inner.cost is not None and inner.cost <= outer.cost))
    )
