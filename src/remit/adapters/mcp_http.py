"""One conversation with an MCP server over streamable HTTP."""

from __future__ import annotations

from time import monotonic
from urllib.parse import urlsplit

import msgspec

from remit.adapters.http_client import HttpClient, Response, Timeouts
from remit.adapters.mcp_wire import Message, reply_to
from remit.adapters.sse import ServerSentEvents
from remit.adapters.tool_credential import ToolCredential
from remit.adapters.tool_target import (
    ANSWER_BYTES_MAX,
    KEEP_S,
    decoded,
    not_reached,
    of_http,
    of_status,
    unclear,
)
from remit.kernel.errors import ProviderError

_CONNECTIONS_MAX = 32
_TELL_S = 10.0
_SESSION = "mcp-session-id"
_SESSION_MAX = 1_000


class HttpLine:
    """Speaks with the declared host alone: redirects are not followed."""

    def __init__(self, url: str, credential: ToolCredential) -> None:
        parts = urlsplit(url)
        self._client = HttpClient(f"{parts.scheme}://{parts.netloc}", connections_max=_CONNECTIONS_MAX)
        self._path = parts.path or "/"
        self._credential = credential
        self._session = ""
        self._used = 0.0
        self.version = ""
        self.is_open = True

    async def ask(self, message: Message, *, timeout_s: float) -> Message:
        try:
            response = await self._post(message, timeout_s)
            try:
                return await self._answer(response, message["id"])
            finally:
                response.close(ended=True)
        except ProviderError as fault:
            raise of_http(fault) from None

    async def tell(self, message: Message) -> None:
        try:
            response = await self._post(message, _TELL_S)
            status = response.status
            response.close()
        except ProviderError as fault:
            raise of_http(fault) from None
        if status >= 300:
            raise of_status(status)

    async def _post(self, message: Message, timeout_s: float) -> Response:
        body = msgspec.json.encode(message)
        for again in (True, False):
            headers = {
                "Content-Type": "application/json",
                "Accept": "application/json, text/event-stream",
                **({"MCP-Protocol-Version": self.version} if self.version else {}),
                **({"Mcp-Session-Id": self._session} if self._session else {}),
                **await self._credential.headers(),
            }
            # On a connection that its server may have given up, nobody could tell what became of a call.
            fresh = monotonic() - self._used > KEEP_S
            timeouts = Timeouts(total=timeout_s)
            response = await self._client.send(
                "POST", self._path, headers, body, timeouts=timeouts, once=fresh, again=False
            )
            self._used = monotonic()
            if response.status != 401 or not again or not self._credential.forget():
                break
            response.close()
        if response.status == 404 and self._session:
            # It knows the session no more, so that it has not looked at what was asked.
            self.is_open = False
        if response.status >= 300:
            status = response.status
            response.close()
            raise of_status(status)
        session = response.headers.get(_SESSION, "")
        if session and len(session) <= _SESSION_MAX:
            self._session = session
        return response

    async def _answer(self, response: Response, id: int) -> Message:
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            return await self._in_events(response, id)
        found = decoded(await response.read(bytes_max=ANSWER_BYTES_MAX))
        if not isinstance(found, dict) or found.get("id") != id:
            raise unclear("answered something else than it was asked")
        return found

    async def _in_events(self, response: Response, id: int) -> Message:
        events = ServerSentEvents()
        async for piece in response.pieces(bytes_max=ANSWER_BYTES_MAX):
            for data in events.feed(piece):
                found = decoded(data)
                if isinstance(found, dict) and found.get("id") == id and "method" not in found:
                    return found
                if isinstance(found, dict) and (reply := reply_to(found)) is not None:
                    await self.tell(reply)
        raise unclear("ended its answer before it had said anything")

    async def close(self) -> None:
        if self.is_open and self._session:
            self.is_open = False
            # The server may forget the session now; whether it does is its own affair.
            headers = {"Mcp-Session-Id": self._session, "MCP-Protocol-Version": self.version}
            try:
                headers |= await self._credential.headers()
                gone = await self._client.send(
                    "DELETE", self._path, headers, b"", timeouts=Timeouts(total=1.0), once=True
                )
                gone.close()
            except ProviderError:
                pass
        self.is_open = False
        self._client.close()


def checked(url: str) -> str:
    """See that an address has a host and a port that can be; raises ToolNotReached."""
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise not_reached("has an address that is none", help="write `https://host/path`, with a port from 1")
    return url
