"""Tools that are operations of an HTTP API, by its OpenAPI document. Only its own host is asked."""

from __future__ import annotations

import asyncio
from time import monotonic
from urllib.parse import urlsplit

import msgspec

from remit.adapters.http_client import HttpClient, Response, Timeouts
from remit.adapters.mcp_http import checked
from remit.adapters.openapi_document import Operation, operations_in
from remit.adapters.tool_credential import ToolCredential
from remit.adapters.tool_target import (
    ANSWER_BYTES_MAX,
    HANDSHAKE_S,
    KEEP_S,
    OUTCOME_S,
    REFUSED,
    TEXTS_BYTES_MAX,
    TEXTS_S,
    not_reached,
    of_http,
    of_status,
    outcome_in,
)
from remit.declare.tool import ToolServer
from remit.kernel.errors import ProviderError
from remit.ports_tools import ToolAnswer, ToolAsk, ToolNotReached, ToolText

_CONNECTIONS_MAX = 32


class OpenApiTarget:
    """One HTTP API, as one of those who call has it."""

    def __init__(self, declared: ToolServer, credential: ToolCredential) -> None:
        assert declared.openapi is not None, "checked by whoever makes it"
        self._url = checked(declared.openapi)
        parts = urlsplit(self._url)
        self._document = parts.path or "/"
        self._client = HttpClient(f"{parts.scheme}://{parts.netloc}", connections_max=_CONNECTIONS_MAX)
        self._credential = credential
        self._reading = asyncio.Lock()
        self._root = ""
        self._operations: dict[str, Operation] = {}
        self._read_at = self._used = float("-inf")

    async def texts(self) -> tuple[ToolText, ...]:
        return tuple(each.text for each in (await self._known()).values())

    async def call(self, ask: ToolAsk) -> ToolAnswer:
        operation = (await self._known()).get(ask.name)
        if operation is None:
            raise not_reached(f"has no operation `{ask.name[:80]}`")
        if why := operation.unsound(ask.arguments):
            return ToolAnswer(f"It was not called: {why}.", is_error=True)
        return await self._called(operation, ask)

    async def outcome(self, claim: str, *, by: str) -> ToolAnswer | None:
        operation = (await self._known()).get(by)
        if operation is None or operation.method != "GET" or operation.unsound({"claim": claim}):
            return None
        ask = ToolAsk(name=by, arguments={"claim": claim}, claim="", whose="", timeout_s=OUTCOME_S)
        return outcome_in(await self._called(operation, ask))

    async def _called(self, operation: Operation, ask: ToolAsk) -> ToolAnswer:
        try:
            status, body = await self._exchanged(operation, ask)
        except ProviderError as fault:
            raise of_http(fault) from None
        text = body.decode("utf-8", "replace")
        if status in (401, 403) or not (status < 300 or status in REFUSED):
            raise of_status(status)
        try:
            fields = msgspec.json.decode(body) if body else None
        except (msgspec.DecodeError, RecursionError):
            fields = None
        return ToolAnswer(text, fields, is_error=status >= 300)

    async def _exchanged(self, operation: Operation, ask: ToolAsk) -> tuple[int, bytes]:
        body, target = operation.body(ask.arguments), self._root + operation.target(ask.arguments)
        for again in (True, False):
            headers = {
                "Accept": "application/json",
                **({"Content-Type": "application/json"} if body else {}),
                **({"Idempotency-Key": ask.claim} if ask.claim else {}),
                **await self._credential.headers(),
            }
            fresh = monotonic() - self._used > KEEP_S
            response = await self._client.send(
                operation.method,
                target,
                headers,
                body,
                timeouts=Timeouts(total=ask.timeout_s),
                once=fresh,
                again=False,
            )
            self._used = monotonic()
            if response.status != 401 or not again or not self._credential.forget():
                break
            response.close()
        return await _read(response, ANSWER_BYTES_MAX)

    async def _known(self) -> dict[str, Operation]:
        """Return the operations as they were read a moment ago, or are read now; raises ToolNotReached."""
        async with self._reading:
            if monotonic() - self._read_at > TEXTS_S:
                began = monotonic()
                try:
                    response = await self._client.get(
                        self._document,
                        {"Accept": "application/json", **await self._credential.headers()},
                        timeouts=Timeouts(total=HANDSHAKE_S),
                    )
                    status, body = await _read(response, TEXTS_BYTES_MAX)
                    document = msgspec.json.decode(body) if status == 200 else None
                except ProviderError as fault:
                    raise ToolNotReached(of_http(fault).summary, help="ask whoever runs it") from None
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    document = None
                self._root, self._operations = operations_in(document, url=self._url)
                self._read_at = began
        return self._operations

    async def close(self) -> None:
        self._client.close()
        self._credential.close()


async def _read(response: Response, bytes_max: int) -> tuple[int, bytes]:
    try:
        return response.status, await response.read(bytes_max=bytes_max)
    finally:
        response.close()
