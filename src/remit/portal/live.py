"""Live: an open page hears that the ledger has moved, and asks again for the parts of it that change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from remit.operations.system import System
from remit.portal.page import HEADERS
from remit.portal.sign_in import session_holder, session_of

EVERY_S = 1.0
KEEP_ALIVE = 15
"""After so many looks without news a comment is sent, so that who has gone is noticed."""
LISTENERS_MAX = 200
LOOKS_MAX = 3_600
"""After so many looks the page has to come again, by itself, with a session that is still good."""

_listeners = 0


async def live(system: System, request: Request) -> Response:
    """Serve the events of one page; nothing of an entry is in them, only that there are new ones."""
    person = await asyncio.to_thread(session_holder, system, session_of(request))
    if person is None:
        return RedirectResponse("/sign-in", 303, HEADERS)
    if _listeners >= LISTENERS_MAX:
        return Response("", 503, HEADERS | {"retry-after": "30"})
    return StreamingResponse(_events(system), media_type="text/event-stream", headers=HEADERS)


async def _events(system: System) -> AsyncIterator[str]:
    global _listeners
    _listeners += 1
    try:
        yield "retry: 5000\n\n"
        seen, quiet = await asyncio.to_thread(system.store.positions), 0
        for _ in range(LOOKS_MAX):
            await asyncio.sleep(EVERY_S)
            now = await asyncio.to_thread(system.store.positions)
            quiet += 1
            if now != seen:
                seen, quiet = now, 0
                yield "event: moved\ndata:\n\n"
            elif quiet % KEEP_ALIVE == 0:
                yield ":\n\n"
    finally:
        _listeners -= 1
