"""The servers of tools that are asked now: one kept conversation for each caller, server and credential.

None is ever shared between two callers: what a server remembers of one must not reach another.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from remit.adapters.tool_credential import Opens, ToolCredential
from remit.adapters.tool_target import not_reached
from remit.adapters.tools_mcp import McpTarget
from remit.adapters.tools_openapi import OpenApiTarget
from remit.adapters.tools_python import PythonTarget
from remit.declare.tool import ToolServer
from remit.ports_tools import ToolAnswer, ToolAsk, ToolSource, ToolText, called_there

TARGETS_MAX = 256
"""How many servers are held open at once, by all callers together."""

IDLE_S = 600.0
SWEEP_S = 30.0
"""A server that nobody has asked for so long is let go of, looked for so often."""

Place = tuple[str, ToolServer]


class Target(Protocol):
    async def texts(self) -> tuple[ToolText, ...]: ...

    async def call(self, ask: ToolAsk) -> ToolAnswer: ...

    async def outcome(self, claim: str, *, by: str) -> ToolAnswer | None: ...

    async def close(self) -> None: ...


@dataclass(slots=True)
class _Kept:
    """A target, how many ask it now, and when it was last asked."""

    target: Target
    used: float
    asking: int = 0


class DeclaredTools:
    """Makes and keeps targets. `opens` opens what is sealed under a name."""

    def __init__(self, opens: Opens, *, targets_max: int = TARGETS_MAX, idle_s: float = IDLE_S) -> None:
        self._opens = opens
        self._targets_max = targets_max
        self._idle_s = idle_s
        self._kept: dict[Place, _Kept] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self._closed = False

    def source(self, address: str, declared: ToolServer, *, whose: str) -> ToolSource:
        if len(declared.sources) != 1:
            raise not_reached("is not clear", help="write one of `stdio`, `url`, `openapi` and `python`")
        # What a tool is called there, and what is asked about a claim, make no difference to the server.
        called = called_there(address, declared) if declared.python else None
        server = declared.model_copy(update={"called": called, "outcome": None})
        return KeptSource(self, (whose, server), declared.outcome)

    def take(self, place: Place) -> _Kept:
        """Return the target of a place, made if there is none; raises ToolNotReached without room."""
        if self._closed:
            raise not_reached("is not asked any more: this server ends")
        kept = self._kept.get(place)
        if kept is None:
            if len(self._kept) >= self._targets_max and not self._let_go_of_oldest():
                raise not_reached("cannot be asked now: too many are", help="try again in a moment")
            kept = self._kept[place] = _Kept(self._made(place[1]), monotonic())
            if self._sweeper is None:
                self._sweeper = asyncio.get_running_loop().call_later(SWEEP_S, self._sweep)
        kept.asking += 1
        return kept

    def _made(self, declared: ToolServer) -> Target:
        if declared.python is not None:
            return PythonTarget(declared)
        credential = ToolCredential(declared, self._opens)
        return OpenApiTarget(declared, credential) if declared.openapi else McpTarget(declared, credential)

    def _let_go_of_oldest(self) -> bool:
        resting = [place for place, kept in self._kept.items() if not kept.asking]
        if not resting:
            return False
        self.let_go(min(resting, key=lambda place: self._kept[place].used))
        return True

    def _sweep(self) -> None:
        """Let go of whom nobody has asked for a while."""
        self._sweeper = None
        before = monotonic() - self._idle_s
        for place in [each for each, kept in self._kept.items() if not kept.asking and kept.used < before]:
            self.let_go(place)
        if self._kept:
            self._sweeper = asyncio.get_running_loop().call_later(SWEEP_S, self._sweep)

    def let_go(self, place: Place) -> None:
        """Close a target beside what goes on."""
        kept = self._kept.pop(place, None)
        if kept is not None:
            task = asyncio.get_running_loop().create_task(kept.target.close())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        self._closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        for place in list(self._kept):
            self.let_go(place)
        await asyncio.gather(*self._ending, return_exceptions=True)


class KeptSource:
    """One tool's server, as one caller has it; its target is found anew for each question."""

    __slots__ = ("_outcome", "_place", "_tools")

    def __init__(self, tools: DeclaredTools, place: Place, outcome: str | None) -> None:
        self._tools = tools
        self._place = place
        self._outcome = outcome

    async def texts(self) -> tuple[ToolText, ...]:
        kept = self._tools.take(self._place)
        try:
            return await kept.target.texts()
        finally:
            _used(kept)

    async def call(self, ask: ToolAsk) -> ToolAnswer:
        assert ask.whose == self._place[0], "what is kept for one is never used for another"
        kept = self._tools.take(self._place)
        try:
            return await kept.target.call(ask)
        finally:
            _used(kept)

    async def outcome(self, claim: str) -> ToolAnswer | None:
        if self._outcome is None:
            return None
        kept = self._tools.take(self._place)
        try:
            return await kept.target.outcome(claim, by=self._outcome)
        finally:
            _used(kept)

    async def close(self) -> None:
        self._tools.let_go(self._place)


def _used(kept: _Kept) -> None:
    kept.asking -= 1
    kept.used = monotonic()
