"""The pages: sign in, overview, portfolio, one use case, the ledger. They only render `report` values."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, timedelta
from importlib import resources
from typing import Any
from urllib.parse import parse_qs, urlencode

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from remit.decide.portfolio import Wanted
from remit.declare.organisation import STAGES
from remit.enforce.model_name import names_under
from remit.enforce.remit import resolve
from remit.kernel.errors import NotFound, RemitError, where
from remit.kernel.money import Money
from remit.operations.find_entries import list_entries
from remit.operations.model_in_force import model_in_force
from remit.operations.read_overview import read_overview, read_portfolio
from remit.operations.system import System
from remit.record.projection import EntryFilter
from remit.report.entry_line import describe
from remit.report.explanation import explanation
from remit.report.policies import policies_of

COOKIE = "remit_session"
SESSION = "session"
SIGN_IN = "sign-in"
SESSION_HOURS = 12
PAGE_ROWS = 100
FORM_MAX = 4096

_LOG = logging.getLogger("remit.portal")
_STATIC = {"style.css": "text/css", "icon.svg": "image/svg+xml"}
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}


def money(value: object) -> str:
    return value.display() if isinstance(value, Money) else f"{value:,}"


def sentence(text: str) -> str:
    """Begin with a capital and leave the rest, which holds names of settings and ids, as it is."""
    return text[:1].upper() + text[1:]


def rows_url(wanted: EntryFilter) -> str:
    """Link to the entries that make a figure."""
    fields = {
        "kind": wanted.kind,
        "use_case": wanted.use_case,
        "rule": wanted.rule,
        "stage": wanted.stage,
        "account": wanted.account,
        "simulated": "" if wanted.simulated is None else str(wanted.simulated).lower(),
        "completed": "" if wanted.completed is None else str(wanted.completed).lower(),
        "blocked": "" if wanted.blocked is None else str(wanted.blocked).lower(),
        "since": wanted.since.isoformat() if wanted.since else "",
        "before": wanted.before,
    }
    return "/ledger?" + urlencode({name: value for name, value in fields.items() if value})


_PAGES = Environment(loader=PackageLoader("remit.portal"), autoescape=True, undefined=StrictUndefined)
_PAGES.filters |= {"sentence": sentence, "money": money, "rows_url": rows_url, "describe": describe}
_PAGES.globals |= {"STAGES": STAGES}


def page(name: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    return HTMLResponse(_PAGES.get_template(name).render(**values), status, _HEADERS)


Serve = Callable[[System, Request], Awaitable[Response]]


def routes(system: System) -> list[Route]:
    """Build the routes; every page but sign-in and the stylesheet wants a session."""

    def bound(serve: Serve) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                return await serve(system, request)
            except RemitError as error:
                status = 404 if isinstance(error, NotFound) else 503
                return page("fault.html", status=status, error=error)
            except Exception as error:  # noqa: BLE001 (the door: whatever is left is our fault)
                return _internal(error, system.ids.new(system.clock.now()))

        return endpoint

    def signed_in(serve: Serve) -> Callable[[Request], Awaitable[Response]]:
        async def with_session(system: System, request: Request) -> Response:
            if not await _has_session(system, request):
                return RedirectResponse("/sign-in", 303, _HEADERS)
            return await serve(system, request)

        return bound(with_session)

    return [
        Route("/", signed_in(_overview)),
        Route("/portfolio", signed_in(_portfolio)),
        Route("/use-cases/{id}", signed_in(_use_case)),
        Route("/ledger", signed_in(_ledger)),
        Route("/ledger/{id}", signed_in(_entry)),
        Route("/sign-in", bound(_sign_in), methods=["GET", "POST"]),
        Route("/static/{name}", _static),
    ]


def _internal(error: Exception, id: str) -> Response:
    """Log where it went wrong, without values, under the id that the page shows."""
    _LOG.error("%s (id %s)", where(error), id)
    fault = RemitError("the server did something wrong", help=f"send {id} to its administrator")
    return page("fault.html", status=500, error=fault)


async def _static(request: Request) -> Response:
    """Serve one of the files that ship; any other name is not there."""
    name = request.path_params["name"]
    if name not in _STATIC:
        raise HTTPException(404)
    text = resources.files("remit.portal").joinpath("static", name).read_text("utf-8")
    headers = {"cache-control": "max-age=300", "x-content-type-options": "nosniff"}
    return Response(text, media_type=_STATIC[name], headers=headers)


async def _has_session(system: System, request: Request) -> bool:
    session = request.cookies.get(COOKIE, "")
    if not session:
        return False
    now = system.clock.now()
    return await asyncio.to_thread(
        system.store.has_pass, system.hash_secret(session), purpose=SESSION, now=now
    )


async def _sign_in(system: System, request: Request) -> Response:
    """Exchange the one-time token for a session; the token travels in the body, never in the address."""
    if request.method == "GET":
        return page("sign_in.html", failed=False)
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return page("sign_in.html", failed=True, status=403)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM_MAX:
            return page("sign_in.html", failed=True, status=413)
    token = parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0].strip()
    now = system.clock.now()
    taken = await asyncio.to_thread(
        system.store.take_pass, system.hash_secret(token), purpose=SIGN_IN, now=now
    )
    if not taken:
        return page("sign_in.html", failed=True, status=403)
    session = system.ids.secret()
    until = now + timedelta(hours=SESSION_HOURS)
    await asyncio.to_thread(system.store.put_pass, system.hash_secret(session), purpose=SESSION, until=until)
    response = RedirectResponse("/", 303, _HEADERS)
    response.set_cookie(
        COOKIE,
        session,
        max_age=SESSION_HOURS * 3600,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


async def _overview(system: System, request: Request) -> Response:
    return page("overview.html", here="/", found=await asyncio.to_thread(read_overview, system))


async def _portfolio(system: System, request: Request) -> Response:
    given = request.query_params
    wanted = Wanted(given.get("unit", ""), given.get("stage", ""), given.get("text", "")[:200])
    items = await asyncio.to_thread(read_portfolio, system, wanted)
    return page("portfolio.html", here="/portfolio", items=items, wanted=wanted)


async def _use_case(system: System, request: Request) -> Response:
    name = request.path_params["id"]

    def read() -> dict[str, Any]:
        version, model = model_in_force(system)
        if name not in model.use_cases:
            raise NotFound(f"no use case `{name[:80]}` is declared", help="the portfolio lists all")
        fact = system.store.stages(system.clock.now())[name]
        remit = resolve(model, name, fact.stage)
        today = system.clock.now().astimezone(model.organisation.zone).date()
        entries = system.store.entries(EntryFilter(use_case=name), limit=15)
        return {
            "id": name,
            "case": model.use_cases[name],
            "owner": model.owner_of(name),
            "fact": fact,
            "remit": remit,
            "explained": explanation(
                model,
                remit,
                names=names_under(model, remit, today),
                policies=policies_of(model, remit),
            ),
            "rows": entries,
            "version": version,
        }

    return page("use_case.html", here="/portfolio", **await asyncio.to_thread(read))


async def _ledger(system: System, request: Request) -> Response:
    wanted = _filter(request.query_params)
    rows = await asyncio.to_thread(list_entries, system, wanted, limit=PAGE_ROWS + 1)
    older = replace(wanted, before=rows[PAGE_ROWS - 1].id) if len(rows) > PAGE_ROWS else None
    return page("ledger.html", here="/ledger", rows=rows[:PAGE_ROWS], wanted=wanted, older=older)


def _filter(given: Mapping[str, str]) -> EntryFilter:
    try:
        wanted = msgspec.convert(
            {
                name: value[:200]
                for name in (
                    "kind",
                    "use_case",
                    "rule",
                    "stage",
                    "account",
                    "simulated",
                    "completed",
                    "blocked",
                    "since",
                    "before",
                )
                if (value := given.get(name))
            },
            EntryFilter,
            strict=False,
        )
        # At the calendar's ends some instants have no UTC; without a zone they would have the machine's own.
        in_utc = wanted.since and wanted.since.tzinfo and wanted.since.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError) as error:
        raise NotFound("the address names no such rows", help="follow a link of a page") from error
    if wanted.since and not in_utc:
        raise NotFound("the address names a time without a zone", help="follow a link of a page")
    return replace(wanted, since=in_utc or None)


async def _entry(system: System, request: Request) -> Response:
    row = await asyncio.to_thread(system.store.entry, request.path_params["id"][:40])
    if row is None:
        raise NotFound("no such entry is recorded", help="the ledger lists all")
    text = msgspec.json.format(row.body, indent=2).decode()
    return page("entry.html", here="/ledger", row=row, text=text)


async def _not_found(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if request.url.path.startswith("/v1/"):
        message = f"{request.method} {request.url.path[:80]} is not served — use POST /v1/chat/completions"
        body = {"message": message, "type": "invalid_request_error", "param": None, "code": "not-found"}
        return JSONResponse({"error": body}, status)
    fault = NotFound("there is no such page", help="go back to the overview")
    return page("fault.html", status=status, error=fault)


exception_handlers = {404: _not_found, 405: _not_found}
