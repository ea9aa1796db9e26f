"""The portal's addresses: its pages, what they are made with, and the way in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache, partial
from importlib import resources

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from remit.kernel.errors import NotFound, RemitError
from remit.operations.system import System
from remit.portal import find
from remit.portal.api.door import api_routes
from remit.portal.asked import Page
from remit.portal.door import House, internal, page_routes, status_of
from remit.portal.drawn import Drawings
from remit.portal.first_page import first_page
from remit.portal.live import live
from remit.portal.page import HEADERS, render
from remit.portal.page import PAGES as TEMPLATES
from remit.portal.pages import (
    agents,
    api_docs,
    blocks,
    board,
    build,
    calls,
    choose,
    inbox,
    ledger,
    maturity,
    overview,
    portfolio,
    propose,
    risk,
    settings,
    spend,
    use_case,
    value,
)
from remit.portal.sign_in import Refused, session_holder, session_of, sign_in_with, sign_out
from remit.portal.single_sign_on import come_back_with, leave

PAGES: tuple[Page, ...] = (
    *overview.PAGES,
    *board.PAGES,
    *portfolio.PAGES,
    *choose.PAGES,
    *propose.PAGES,
    *inbox.PAGES,
    *use_case.PAGES,
    *spend.PAGES,
    *value.PAGES,
    *blocks.PAGES,
    *agents.PAGES,
    *risk.PAGES,
    *maturity.PAGES,
    *calls.PAGES,
    *build.PAGES,
    *ledger.PAGES,
    *settings.PAGES,
    *api_docs.PAGES,
    *find.PAGES,
)
"""All pages, in the order of the bar; a letter goes to one page alone."""

_STATIC = {"style.css": "text/css", "remit.js": "text/javascript", "icon.svg": "image/svg+xml"}
_STATIC_HEADERS = {"cache-control": "max-age=300", "x-content-type-options": "nosniff"}

TEMPLATES.globals["BAR"] = tuple(page for page in PAGES if page.label)


def routes(house: House, proxies: tuple[str, ...] = ()) -> list[Route]:
    """Build the routes; every page but sign-in and what ships wants a session."""
    return [
        *page_routes(house, PAGES),
        *own_routes(house.system, house.drawings, proxies),
        *api_routes(house.system, proxies),
    ]


def own_routes(system: System, drawings: Drawings, proxies: tuple[str, ...] = ()) -> list[Route]:
    """Build the routes that are no pages: the way in and out, what ships, and what tells pages to look."""

    def bound(serve: Callable[[System, Request], Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                return await serve(system, request)
            except RemitError as error:
                return render("fault.html", status=status_of(error), error=error)
            except Exception as error:  # noqa: BLE001 (the door: whatever is left is our fault)
                return internal(error, system.ids.new(system.clock.now()))

        return endpoint

    refused = Refused(proxies)
    first = partial(first_page, paths=frozenset(page.path for page in PAGES))
    return [
        Route("/sign-in", bound(sign_in_with(refused, first)), methods=["GET", "POST"]),
        Route("/sign-in/{issuer}", bound(leave)),
        Route("/sign-in/{issuer}/back", bound(come_back_with(refused, first))),
        Route("/sign-out", bound(sign_out), methods=["POST"]),
        Route("/live", bound(live)),
        Route("/charts/vega.js", bound(partial(_vega, drawings))),
        Route("/charts/{digest}", bound(partial(_spec, drawings))),
        Route("/static/{name}", _static),
    ]


@cache
def _shipped(name: str) -> bytes:
    return resources.files("remit.portal").joinpath("static", name).read_bytes()


async def _static(request: Request) -> Response:
    """Serve one of the files that ship; any other name is not there."""
    name = request.path_params["name"]
    if name not in _STATIC:
        raise HTTPException(404)
    return Response(_shipped(name), media_type=_STATIC[name], headers=_STATIC_HEADERS)


async def _vega(drawings: Drawings, system: System, request: Request) -> Response:
    """Serve what draws charts in the page; it is large, and asked for by whoever looks into one."""
    file = await asyncio.to_thread(drawings.script)
    return FileResponse(file, media_type="text/javascript", headers=_STATIC_HEADERS)


async def _spec(drawings: Drawings, system: System, request: Request) -> Response:
    """Serve the specification of a chart that was drawn a while ago, to whoever is signed in."""
    person = await asyncio.to_thread(session_holder, system, session_of(request))
    found = drawings.spec(request.path_params["digest"]) if person is not None else None
    if found is None:
        raise NotFound("that chart is not there any more", help="load its page again")
    return Response(found, media_type="application/json", headers=HEADERS)


async def _not_found(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if request.url.path.startswith("/v1/"):
        message = f"{request.method} {request.url.path[:80]} is not served — use POST /v1/chat/completions"
        body = {"message": message, "type": "invalid_request_error", "param": None, "code": "not-found"}
        return JSONResponse({"error": body}, status)
    fault = NotFound("there is no such page", help="go back to the overview")
    return render("fault.html", status=status, error=fault)


exception_handlers = {404: _not_found, 405: _not_found}
