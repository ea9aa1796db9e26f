"""Single sign-on: to a declared issuer and back, with what only this browser and the issuer can bring."""

from __future__ import annotations

import asyncio
import hmac
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from remit.kernel.errors import NotPermitted, RemitError
from remit.operations.sign_in import begin_session
from remit.operations.single_sign_on import Through, ask_at, find_issuer, person_through
from remit.operations.system import System
from remit.portal.page import HEADERS, render
from remit.portal.sign_in import FirstPage, Refused, Serves, set_session

STATE = "remit_state"
HOST_STATE = "__Host-remit_state"
STATE_S = 600
_FIELD_MAX = 4_000


def _secure(through: Through) -> bool:
    return urlsplit(through.sign_in.portal_url).scheme == "https"


def _state_cookie(through: Through) -> str:
    return HOST_STATE if _secure(through) else STATE


async def leave(system: System, request: Request) -> Response:
    """Send a person to the issuer that the path names, with a state that only their browser has."""
    through = await asyncio.to_thread(find_issuer, system, request.path_params["issuer"][:80])
    state = system.ids.secret()
    response = RedirectResponse(ask_at(system, through, state), 303, HEADERS)
    response.set_cookie(
        _state_cookie(through),
        state,
        max_age=STATE_S,
        path="/",
        httponly=True,
        # The issuer sends them back from another site, where a strict cookie would not come along.
        samesite="lax",
        secure=_secure(through),
    )
    return response


def come_back_with(refused: Refused, first: FirstPage) -> Serves:
    """Make what takes in whom an issuer sends back; `refused` answers whoever is not let in."""

    async def come_back(system: System, request: Request) -> Response:
        """Take in a person whom the issuer sends back with a code, and go to the first page."""
        through = await asyncio.to_thread(find_issuer, system, request.path_params["issuer"][:80])
        try:
            person = await _person(system, through, request)
        except NotPermitted as error:
            return refused(system, request, 403, said=f"{error.summary}: {error.help}")
        except RemitError as error:
            return render("sign_in.html", issuers=(), said=f"{error.summary}: {error.help}", status=503)
        session = await asyncio.to_thread(begin_session, system, person, issuer=through.name)
        # A page of ours goes on by itself: a strict cookie is not sent along while another site still leads.
        response = render(
            "signed_in.html", person=person, first=await asyncio.to_thread(first, system, person)
        )
        set_session(response, session.secret, secure=_secure(through))
        response.delete_cookie(_state_cookie(through), path="/", secure=_secure(through))
        return response

    return come_back


async def _person(system: System, through: Through, request: Request) -> str:
    query = request.query_params
    code, state = query.get("code", "")[:_FIELD_MAX], query.get("state", "")[:_FIELD_MAX]
    own = request.cookies.get(_state_cookie(through), "")
    if not own or not hmac.compare_digest(own.encode(), state.encode()):
        raise NotPermitted(
            "that sign-in was not begun in this browser, or too long ago",
            help="sign in again",
            code="sign-in-refused",
        )
    if not code:
        raise NotPermitted(
            "the issuer has not let you in", help="sign in again, or use a token", code="sign-in-refused"
        )
    return await person_through(system, through, code=code, state=state)
