"""The door of the pages: who is signed in, what was sent, and what goes wrong, for every page alike."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from remit.decide.roles import roles_held
from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import Conflict, NotFound, NotPermitted, RemitError, where
from remit.operations.model_in_force import current_model
from remit.operations.system import System
from remit.portal.asked import Answers, Asked, Page, Reader, ReadWaiting, nothing_waits
from remit.portal.drawn import Drawings
from remit.portal.form import read_form
from remit.portal.kept import Kept
from remit.portal.page import HEADERS, render
from remit.portal.said import COOKIE as SAID
from remit.portal.said import Said, heard
from remit.portal.sign_in import proof_of, session_holder, session_of

PROOF = "proof"
"""The field of every form that shows that it came from a page of ours."""

_STATUS = ((NotFound, 404), (NotPermitted, 403), (Conflict, 409))

_LOG = logging.getLogger("remit.portal")


class Holders:
    """The roles of persons in the operating model in force, looked up once for each of them."""

    def __init__(self) -> None:
        self._model: OperatingModel | None = None
        self._roles: dict[str, tuple[str, ...]] = {}

    def roles(self, system: System, person: str) -> tuple[str, ...]:
        current = current_model(system)
        if current is None:
            return ()
        if current[1] is not self._model:
            self._model, self._roles = current[1], {}
        found = self._roles
        if person not in found:
            found[person] = roles_held(current[1], person)
        return found[person]


@dataclass(frozen=True, slots=True)
class House:
    """What all pages are made with.

    `gateway` says at which address models are called, if one runs, and `toolgate` at which tools are.
    """

    system: System
    kept: Kept
    gateway: Callable[[], str]
    drawings: Drawings
    holders: Holders = field(default_factory=Holders)
    toolgate: Callable[[], str] = str
    waiting: ReadWaiting = nothing_waits
    """Shows what a call that waits for a person would be given, for those who may answer."""


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
        session = session_of(request)
        try:
            person = await asyncio.to_thread(session_holder, system, session)
            if person is None:
                return RedirectResponse("/sign-in", 303, HEADERS)
            proof = proof_of(system, session)
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
    said = heard(request.cookies)
    asked = Asked(
        system=house.system,
        kept=house.kept,
        gateway=house.gateway,
        toolgate=house.toolgate,
        drawings=house.drawings,
        waiting_call=house.waiting,
        reader=Reader(person, house.holders.roles(house.system, person)),
        path=request.url.path,
        names=request.path_params,
        query=request.query_params,
        form=form,
        proof=proof,
        said=said,
        origin=f"{request.url.scheme}://{request.url.netloc}",
        fragment=request.headers.get("x-remit-part") == "1",
    )
    try:
        asked.require("read")
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
    return render("fault.html", status=status_of(error), error=error)


def status_of(error: RemitError) -> int:
    """Say a fault in HTTP; what is nobody's fault who asks is the world's."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 503)


def internal(error: Exception, id: str) -> Response:
    """Log where it went wrong, without values, under the id that the page shows."""
    _LOG.error("%s (id %s)", where(error), id)
    fault = RemitError("the server did something wrong", help=f"send {id} to its administrator")
    return render("fault.html", status=500, error=fault)
