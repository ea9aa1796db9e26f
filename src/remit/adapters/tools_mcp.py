"""Tools of an MCP server: one kept conversation, begun when it is first needed and again when it broke."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from time import monotonic

from remit.adapters.mcp_http import HttpLine, checked
from remit.adapters.mcp_stdio import StdioLine
from remit.adapters.mcp_wire import (
    VERSIONS,
    Line,
    Message,
    answer_in,
    call_params,
    handshake,
    notice,
    request,
    texts_in,
)
from remit.adapters.tool_credential import ToolCredential
from remit.adapters.tool_target import (
    HANDSHAKE_S,
    OUTCOME_S,
    TEXTS_MAX,
    TEXTS_S,
    not_reached,
    outcome_in,
)
from remit.declare.tool import ToolServer
from remit.kernel.errors import RemitError
from remit.ports_tools import ToolAnswer, ToolAsk, ToolNotReached, ToolText

PAGES_MAX = 50


class McpTarget:
    """One server, as one of those who call has it."""

    def __init__(self, declared: ToolServer, credential: ToolCredential) -> None:
        self._declared = declared
        self._credential = credential
        self._line: Line | None = None
        self._beginning = asyncio.Lock()
        self._listing = asyncio.Lock()
        self._ids = count(1)
        self._texts: tuple[ToolText, ...] = ()
        self._known_until = 0.0

    async def texts(self) -> tuple[ToolText, ...]:
        """Return its tools, as they were read a moment ago or are read now."""
        if monotonic() < self._known_until:
            return self._texts
        async with self._listing:
            if monotonic() >= self._known_until:
                began = monotonic()
                self._texts = await self._read_texts()
                self._known_until = began + TEXTS_S
        return self._texts

    async def call(self, ask: ToolAsk) -> ToolAnswer:
        line = await self._open()
        message = request(next(self._ids), "tools/call", call_params(ask))
        return answer_in(await self._asked(line, message, ask.timeout_s))

    async def outcome(self, claim: str, *, by: str) -> ToolAnswer | None:
        line = await self._open()
        params = {"name": by, "arguments": {"claim": claim}}
        message = request(next(self._ids), "tools/call", params)
        return outcome_in(answer_in(await self._asked(line, message, OUTCOME_S)))

    async def _asked(self, line: Line, message: Message, timeout_s: float) -> Message:
        """Ask, and once more in a new conversation where it is certain that the old one was over before."""
        try:
            return await line.ask(message, timeout_s=timeout_s)
        except ToolNotReached:
            if line.is_open:
                raise
        return await (await self._open()).ask(message, timeout_s=timeout_s)

    async def _read_texts(self) -> tuple[ToolText, ...]:
        found: list[ToolText] = []
        after = ""
        for _ in range(PAGES_MAX):
            params = {"cursor": after} if after else {}
            answer = await self._before_a_call(
                lambda line, params=params: self._asked(  # type: ignore[misc]  # bound to this turn's page
                    line, request(next(self._ids), "tools/list", params), HANDSHAKE_S
                )
            )
            page, after = texts_in(answer.get("result"))
            found += page
            if len(found) > TEXTS_MAX:
                raise not_reached(f"has more than {TEXTS_MAX:,} tools")
            if not after:
                return tuple(found)
        raise not_reached("does not come to an end of its tools")

    async def _before_a_call(self, ask: Callable[[Line], Awaitable[Message]]) -> Message:
        """Ask what does nothing: whatever goes wrong, no tool was called."""
        try:
            return await ask(await self._open())
        except ToolNotReached:
            raise
        except RemitError as fault:
            raise ToolNotReached(fault.summary, help="ask whoever runs the tool's server") from None

    async def _open(self) -> Line:
        """Return the conversation that goes on, or begin one; raises ToolNotReached."""
        async with self._beginning:
            if self._line is not None and self._line.is_open:
                return self._line
            await self._drop()
            try:
                line = await self._begun()
            except ToolNotReached:
                raise
            except RemitError as fault:
                raise ToolNotReached(fault.summary, help="ask whoever runs the tool's server") from None
            self._line = line
            return line

    async def _begun(self) -> Line:
        declared = self._declared
        line: Line
        if declared.stdio is not None:
            line = await StdioLine.started(declared.stdio, self._credential.variables(), self._changed)
        else:
            assert declared.url is not None, "checked by whoever makes it"
            line = HttpLine(checked(declared.url), self._credential)
        try:
            answer = await line.ask(request(0, "initialize", handshake()), timeout_s=HANDSHAKE_S)
            result = answer.get("result")
            version = result.get("protocolVersion") if isinstance(result, dict) else None
            if version not in VERSIONS:
                raise not_reached("speaks no revision of the protocol that is known here")
            if isinstance(line, HttpLine):
                line.version = str(version)
            await line.tell(notice("notifications/initialized"))
        except BaseException:
            await line.close()
            raise
        return line

    def _changed(self) -> None:
        self._known_until = 0.0

    async def _drop(self) -> None:
        line, self._line = self._line, None
        self._known_until = 0.0
        if line is not None:
            with suppress(RemitError):
                await line.close()

    async def close(self) -> None:
        await self._drop()
        self._credential.close()
