"""Tools as protocols: servers that have them, whichever way they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from remit.declare.tool import ToolServer
from remit.declare.version import family
from remit.kernel.errors import RemitError


@dataclass(frozen=True, slots=True)
class ToolText:
    """A tool as its server describes it now; `pin_of` of the three names what was approved.

    It is what a model reads, and decides nothing.
    """

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolAsk:
    """One call, as it is handed to the target.

    `name` is what the tool is called there (`called_there`). `claim` is the key by which its effect happens
    once: MCP has it in `_meta` as `remit/claim`, HTTP as `Idempotency-Key`, a Python function as the keyword
    `claim` if it takes one. `whose` is `use_case/key`; whatever is kept for one is never used for another.
    """

    name: str
    arguments: Mapping[str, Any]
    claim: str
    whose: str
    timeout_s: float


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a tool answered; with `is_error` it says itself that what was asked for was not done."""

    text: str
    fields: Any = None
    is_error: bool = False


class ToolNotReached(RemitError):
    """Certain: the target was not asked, and nothing was done."""

    code = "tool-not-reached"
    retryable = True


class ToolUnclear(RemitError):
    """It was asked and did not answer, or not so that it can be read: nobody knows whether it was done."""

    code = "tool-unclear"


class ToolSource(Protocol):
    """One server of tools, as one of those who call has it."""

    async def texts(self) -> tuple[ToolText, ...]:
        """Return its tools as it describes them now; raises ToolNotReached."""
        ...

    async def call(self, ask: ToolAsk) -> ToolAnswer:
        """Call a tool once, and never again by itself; raises ToolNotReached or ToolUnclear.

        Whoever gives up waiting must take it to be unclear.
        """
        ...

    async def outcome(self, claim: str) -> ToolAnswer | None:
        """Ask the target what came of a claim, without doing anything; None where it cannot say.

        With `is_error` it says that it was not done. Raises ToolNotReached or ToolUnclear.
        """
        ...

    async def close(self) -> None:
        """Give back what is held outside the process, for everybody who has this source."""
        ...


class ToolSources(Protocol):
    """Whom tools are asked at."""

    def source(self, address: str, declared: ToolServer, *, whose: str) -> ToolSource:
        """Return the server of a tool; nothing is reached yet. Raises RemitError where it cannot be used."""
        ...

    async def close(self) -> None:
        """Close every source; afterwards none answers."""
        ...


def called_there(address: str, declared: ToolServer) -> str:
    """Say what a tool is called at its server.

    >>> called_there("tool/send-money@2", ToolServer(python="pay"))
    'send-money'
    """
    return declared.called or family(address).removeprefix("tool/")
