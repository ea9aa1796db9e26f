"""Sign in: a token that is good once becomes a session, which a cookie names."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from remit.enforce.attempts import Attempts
from remit.enforce.sender import Sender
from remit.enforce.way_in import SESSION, SIGN_IN, ref_of
from remit.kernel.errors import Conflict, NotFound
from remit.operations.sign_in import SESSION_HOURS, begin_session, end_way_in, holder_of
from remit.operations.single_sign_on import issuers_for_persons
from remit.operations.system import System
from remit.portal.form import read_form
from remit.portal.page import HEADERS, render

COOKIE = "remit_session"
HOST_COOKIE = "__Host-remit_session"
"""The cookie's name under `https`, which no neighbouring host can set."""
FORM_MAX = 4096

FirstPage = Callable[[System, str], str]
Serves = Callable[[System, Request], Awaitable[Response]]


def session_of(request: Request) -> str:
    """Read the session that a request names; under `https` only from the cookie of this very host."""
    found = request.cookies.get(HOST_COOKIE, "")
    return found if found or request.url.scheme == "https" else request.cookies.get(COOKIE, "")


def session_holder(system: System, session: str) -> str | None:
    """Return who a session belongs to, or None where it is not good."""
    return holder_of(system, session, purpose=SESSION)


def proof_of(system: System, session: str) -> str:
    """Make what only pages of a session have, so that no other site can send a form or a call of theirs."""
    return system.hash_secret(f"form {session}")


def set_session(response: Response, session: str, *, secure: bool) -> None:
    """Name a session to the browser."""
    response.set_cookie(
        HOST_COOKIE if secure else COOKIE,
        session,
        max_age=SESSION_HOURS * 3600,
        path="/",
        httponly=True,
        samesite="strict",
        secure=secure,
    )


class Refused:
    """Answers whoever is not let in, who may not fail too often; `proxies` are believed about who sends."""

    def __init__(self, proxies: tuple[str, ...] = ()) -> None:
        self._proxies, self._attempts = proxies, Attempts()

    def __call__(self, system: System, request: Request, status: int, *, said: str) -> Response:
        peer = request.client.host if request.client else ""
        sender = Sender(peer, request.headers.get("x-forwarded-for", ""), self._proxies)
        wait_s = self._attempts.refuse(str(sender.address), system.clock.now())
        if not wait_s:
            return render(
                "sign_in.html", issuers=tuple(issuers_for_persons(system)), said=said, status=status
            )
        said = f"too many sign-ins from here were refused: try again in {wait_s} s"
        response = render("sign_in.html", issuers=(), said=said, status=429)
        response.headers["retry-after"] = str(wait_s)
        return response


_NOT_GOOD = "that token is not good any more: `remit sign-in` prints a new one, and each signs in once"


def sign_in_with(refused: Refused, first: FirstPage) -> Serves:
    """Make what serves sign-in; `refused` answers whoever is not let in, and `first` says where others go."""

    async def sign_in(system: System, request: Request) -> Response:
        """Exchange the one-time token for a session; the token travels in the body, never in the address."""
        if request.method == "GET":
            issuers = await asyncio.to_thread(issuers_for_persons, system)
            return render("sign_in.html", issuers=tuple(issuers))
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return refused(system, request, 403, said="that form was not of this site: sign in here")
        try:
            token = (await read_form(request, bytes_max=FORM_MAX)).get("token", "")
        except Conflict:
            return refused(system, request, 413, said=_NOT_GOOD)
        hashed, now = system.hash_secret(token), system.clock.now()
        person = await asyncio.to_thread(system.store.take_pass, hashed, purpose=SIGN_IN, now=now)
        if person is None:
            return refused(system, request, 403, said=_NOT_GOOD)
        session = await asyncio.to_thread(begin_session, system, person)
        response = RedirectResponse(await asyncio.to_thread(first, system, person), 303, HEADERS)
        set_session(response, session.secret, secure=request.url.scheme == "https")
        return response

    return sign_in


async def sign_out(system: System, request: Request) -> Response:
    """End the session that the cookie names."""
    session = session_of(request)[:200]
    if request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none"):
        await asyncio.to_thread(_end, system, session)
    response = RedirectResponse("/sign-in", 303, HEADERS)
    response.delete_cookie(COOKIE)
    response.delete_cookie(HOST_COOKIE, secure=True)
    return response


def _end(system: System, session: str) -> None:
    person = session_holder(system, session)
    if person is None:
        return
    try:
        end_way_in(system, ref_of(system.hash_secret(session)), purpose=SESSION, author=person)
    except NotFound:
        # It has ended meanwhile, which is what was asked for.
        return
