"""The door of the pages: who is signed in, what was sent, and what goes wrong, for every page alike."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from remit.decide.roles import roles_held
from remit.kernel.errors import Conflict, NotFound, RemitError, where
from remit.operations.model_in_force import current_model
from remit.operations.system import System
from remit.portal.asked import Answers, Asked, Page, Reader
from remit.portal.drawn import Drawings
from remit.portal.form import read_form
from remit.portal.kept import Kept
from remit.portal.page import HEADERS, render
from remit.portal.said import COOKIE as SAID
from remit.portal.said import Said, heard
from remit.portal.sign_in import COOKIE, session_holder

PROOF = "proof"
"""The field of every form that shows that it came from a page of ours."""

_LOG = logging.getLogger("remit.portal")


@dataclass(frozen=True, slots=True)
class House:
    """What all pages are made with. `gateway` says at which address calls are made, if one runs."""

    system: System
    kept: Kept
    gateway: Callable[[], str]
    drawings: Drawings


def page_routes(house: House, pages: Iterable[Page]) -> Iterator[Route]:
    """Build the routes of pages; all of them want a session."""
    for page in pages:
        yield Route(page.path, _endpoint(house, page.answer), methods=["GET"])
        for below, answer in page.send.items():
            path = f"{page.path.rstrip('/')}/{below}" if below else page.path
            yield Route(path, _endpoint(house, answer, sent=True), methods=["POST"])


def _endpoint(
    house: House, answer: Answers, *, sent: bool = False
) -> Callable[[Request], Awaitable[Response]]:
    system = house.system

    async def endpoint(request: Request) -> Response:
        session = request.cookies.get(COOKIE, "")
        try:
            person = await asyncio.to_thread(session_holder, system, session)
            if person is None:
                return RedirectResponse("/sign-in", 303, HEADERS)
            proof = system.hash_secret(f"form {session}")
            form = await read_form(request) if sent else {}
            if sent and not _own(request, form, proof):
                raise Conflict("that form is not one of this session", help="load the page again")
            return await asyncio.to_thread(_answer, house, answer, request, form, (person, proof))
        except RemitError as error:
            return _fault(request, error)
        except Exception as error:  # noqa: BLE001 (the door: whatever is left is our fault)
            return internal(error, system.ids.new(system.clock.now()))

    return endpoint


def _answer(
    house: House,
    answer: Answers,
    request: Request,
    form: Mapping[str, str],
    session: tuple[str, str],
) -> Response:
    person, proof = session
    current = current_model(house.system)
    roles = roles_held(current[1], person) if current else ()
    said = heard(request.cookies)
    asked = Asked(
        system=house.system,
        kept=house.kept,
        gateway=house.gateway,
        drawings=house.drawings,
        reader=Reader(person, roles),
        path=request.url.path,
        names=request.path_params,
        query=request.query_params,
        form=form,
        proof=proof,
        said=said,
        fragment=request.headers.get("x-remit-part") == "1",
    )
    try:
        response = answer(asked)
    except RemitError as error:
        came_from = form.get("back", "")
        if request.method != "POST" or not _ours(came_from):
            raise
        # What could not be done is said on the page that it was asked on, which still has what was typed.
        return asked.back(came_from, Said(f"{error.summary}: {error.help}", failed=True))
    if said is not None and SAID not in response.headers.get("set-cookie", ""):
        response.delete_cookie(SAID, path="/")
    return response


def _ours(path: str) -> bool:
    """Say whether a path leads to a page of this server, and nowhere else."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()


def _own(request: Request, form: Mapping[str, str], proof: str) -> bool:
    """Say whether a form came from a page of this session: by the browser's word and what the page gave."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    return site in ("same-origin", "none") and hmac.compare_digest(
        form.get(PROOF, "").encode(), proof.encode()
    )


def _fault(request: Request, error: RemitError) -> Response:
    status = 404 if isinstance(error, NotFound) else 409 if isinstance(error, Conflict) else 503
    return render("fault.html", status=status, error=error)


def internal(error: Exception, id: str) -> Response:
    """Log where it went wrong, without values, under the id that the page shows."""
    _LOG.error("%s (id %s)", where(error), id)
    fault = RemitError("the server did something wrong", help=f"send {id} to its administrator")
    return render("fault.html", status=500, error=fault)
