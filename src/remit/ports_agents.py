"""Agents at work, as protocols: the loop from turn to turn, and runs that outlive their process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from remit.enforce.request import Message, Reasoning, Text, Tool, ToolResult, ToolUse

Json = Mapping[str, Any]
"""What is kept of a step: names to values that JSON can hold. It is sealed wherever it lies."""

Parts = tuple[Text | Reasoning | ToolUse, ...]
Ask = Callable[[tuple[Message, ...]], Awaitable[Parts]]
"""Asks the model for its next turn."""

Act = Callable[[ToolUse], Awaitable[ToolResult]]
"""Carries out one call that the model asks for, and says what it shall be told."""


@dataclass(frozen=True, slots=True)
class AgentTask:
    """What an agent is told, what it was asked, and the functions that its model knows of."""

    instructions: str
    asked: tuple[Message, ...]
    tools: tuple[Tool, ...]


class AgentLoop(Protocol):
    """What turns a model's words into calls and their results into its next turn, until it is done.

    It asks and acts one after the other, in an order that follows from what came back alone: it is run again
    over what is kept of its steps. It has no other way to a model or a tool.
    """

    async def run(self, task: AgentTask, ask: Ask, act: Act) -> str:
        """Return the words that the model ends with. What `ask` and `act` raise comes out as it is."""
        ...


class Steps(Protocol):
    """The steps of one run, each of which takes effect once, whatever ends in between."""

    async def once(self, name: str, do: Callable[[], Awaitable[Json]]) -> Json:
        """Do something and keep what came of it; a step that is kept is not done again."""
        ...

    async def tell(self, event: Json) -> None:
        """Add to what is told of the run, once."""
        ...

    async def wait(self, topic: str, *, seconds: float) -> Json | None:
        """Wait for word on a topic, through any number of restarts; None after so many seconds."""
        ...


Work = Callable[[str, Json, Steps], Awaitable[Json]]
"""What a run does: by its id, from what it was given, in steps. It is called again after a restart."""

RunState = Literal["working", "done", "failed", "stopped", "stranded"]
"""Where a run is as far as its steps are known. `stranded`: it was begun by another version of this program,
whose steps this one does not know how to go on from."""


@dataclass(frozen=True, slots=True)
class DurableRun:
    """How a run stands: by which version of the program it was begun, and what came of it in the end."""

    id: str
    state: RunState
    version: str
    ended: Json | None = None


class DurableRuns(Protocol):
    """Runs that survive the process. One process at a time works on them."""

    version: str

    async def launch(self, work: Work) -> None:
        """Take up what was begun, and be ready for more."""
        ...

    async def begin(self, run: str, given: Json) -> None:
        """Begin a run; to begin it again does nothing."""
        ...

    async def answer(self, run: str, topic: str, word: Json, *, once: str) -> None:
        """Give word to a run that waits for it; the same `once` is heard once."""
        ...

    async def stop(self, run: str) -> None:
        """See that no further step of a run begins, now or after a restart, and end the one under way."""
        ...

    async def runs(self, *, live: bool = False, limit: int = 1000) -> Sequence[DurableRun]:
        """List runs, the youngest first; with `live` only those that have not ended."""
        ...

    async def find(self, run: str) -> DurableRun | None: ...

    def told(self, run: str) -> AsyncGenerator[Json, None]:
        """Give out what is told of a run, from its beginning until it has ended."""
        ...

    async def heard(self, run: str) -> Sequence[Json]:
        """Return what was told of a run so far."""
        ...

    async def forget(self, run: str) -> None:
        """Remove all that is kept of a run that has ended."""
        ...

    async def close(self) -> None: ...
