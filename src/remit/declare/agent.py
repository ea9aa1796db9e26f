"""Agents: a model with instructions and tools, that works in turns and within limits of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import PlainValidator as Reads
from pydantic import field_validator

from remit.declare.declared import (
    Amount,
    BlockAddress,
    Declared,
    Id,
    Prose,
    Seconds,
    Title,
    Truth,
    whole,
)

NAMED_MAX = 64
"""How many tools, knowledge bases or other agents one agent may name."""

TURNS_MAX = 200
TOOL_CALLS_MAX = 1_000
TOKENS_MAX = 100_000_000

DEPTH_MAX = 4
"""How many agents may stand in a row, each working for the one before."""


def _up_to(most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        number = int(whole(value))
        if not 1 <= number <= most:
            raise ValueError(f"write a whole number from 1 to {most:,}")
        return number

    return read


TurnCount = Annotated[int, Reads(_up_to(TURNS_MAX))]
"""A whole number from 1 to 200."""

ToolCallCount = Annotated[int, Reads(_up_to(TOOL_CALLS_MAX))]
"""A whole number from 1 to 1,000."""

TokenCount = Annotated[int, Reads(_up_to(TOKENS_MAX))]
"""A whole number from 1 to 100,000,000."""


class AgentLimits(Declared):
    """How far one run of an agent may go, and all that it hands on with it. What it reaches ends the run."""

    turns: TurnCount = 12
    """How often its model is asked."""
    tool_calls: ToolCallCount = 24
    """How often tools are asked for, whatever comes of it."""
    tokens: TokenCount = 100_000
    """How many tokens its model reads and writes together."""
    seconds: Seconds = 600.0
    """How long it works. The time in which it waits for a person does not count."""
    cost: Amount | None = None
    """What its calls may cost together; left out, the budgets of its use case alone bound it."""


class Agent(Declared):
    """Who acts for a use case by itself. It can do no more than the remit of its use case at its stage."""

    name: Title
    """What people call it."""
    use_case: Id
    """The use case that it acts for, with whose keys it is run, and whose remit bounds it."""
    purpose: Prose | None = None
    """What it is for; an agent that hands on to it is told this."""
    model: BlockAddress
    """The model that it thinks with, or a route."""
    instructions: Prose | None = None
    """What its model is told first; or `prompt`."""
    prompt: BlockAddress | None = None
    """The prompt block that says what its model is told first, in place of `instructions`."""
    tools: tuple[BlockAddress, ...] = ()
    """The tools that it may use, of those in the remit of its use case."""
    knowledge: tuple[BlockAddress, ...] = ()
    """The knowledge bases that it may search."""
    memory: Truth = False
    """Whether it may remember from one run to the next."""
    limits: AgentLimits = AgentLimits()
    """How far one run of it may go."""
    hands_to: tuple[Id, ...] = ()
    """Agents of the same use case that it may give a part of its work to. Such a run may do what both may
    do, and counts with the run that it comes from."""

    @field_validator("tools", "knowledge", "hands_to", mode="before")
    @classmethod
    def _few(cls, value: Any) -> Any:
        if isinstance(value, list | tuple) and len(value) > NAMED_MAX:
            raise ValueError(f"name at most {NAMED_MAX}")
        return value
