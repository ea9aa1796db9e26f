"""Servers of tools, as protocols: what they say of their tools, and how one is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from remit.declare.tool import ToolServer
from remit.kernel.errors import RemitError


@dataclass(frozen=True, slots=True)
class ToolText:
    """A tool as its server describes it now; `pin_of` names it by all three."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolAsk:
    """One asking of a tool. `claim` is the key by which its target does it once, whatever comes.

    `whose` is `use_case/key`: sessions are never shared between two of them.
    """

    name: str
    arguments: Mapping[str, Any]
    claim: str
    whose: str
    timeout_s: float


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a tool gave. With `is_error` it says itself that it was not done."""

    text: str
    fields: Any = None
    is_error: bool = False


class ToolNotReached(RemitError):
    """It is certain that the target was not asked, and that nothing was done."""

    code = "tool-not-reached"
    retryable = True


class ToolUnclear(RemitError):
    """The target was asked and did not answer: nobody knows whether it was done."""

    code = "tool-unclear"


class ToolSource(Protocol):
    """One server of tools, as one use case and key are known to it."""

    async def texts(self) -> tuple[ToolText, ...]: ...

    async def call(self, ask: ToolAsk) -> ToolAnswer:
        """Ask for a tool; raises ToolNotReached or ToolUnclear."""
        ...

    async def outcome(self, claim: str) -> ToolAnswer | None:
        """Ask the target whether a claim was done; None if it cannot say."""
        ...

    async def close(self) -> None: ...


class ToolSources(Protocol):
    """Makes and keeps the sources of tools, by their declared servers and whom they are for."""

    def source(self, address: str, declared: ToolServer, *, whose: str) -> ToolSource: ...

    async def close(self) -> None: ...
