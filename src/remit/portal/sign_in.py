"""Sign in: a token that is good once becomes a session, which a cookie names."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from remit.kernel.errors import Conflict
from remit.operations.system import System
from remit.portal.form import read_form
from remit.portal.page import HEADERS, render

COOKIE = "remit_session"
SESSION = "session"
SIGN_IN = "sign-in"
SESSION_HOURS = 12
FORM_MAX = 4096


def session_holder(system: System, session: str) -> str | None:
    """Return who a session belongs to, or None where it is not good."""
    if not session or len(session) > 200:
        return None
    hashed = system.hash_secret(session)
    return system.store.pass_holder(hashed, purpose=SESSION, now=system.clock.now())


def begin_session(system: System, person: str, *, secure: bool) -> Response:
    """Begin a session for a person, and go to the first page."""
    session = system.ids.secret()
    until = system.clock.now() + timedelta(hours=SESSION_HOURS)
    system.store.put_pass(system.hash_secret(session), purpose=SESSION, until=until, holder=person)
    response = RedirectResponse("/", 303, HEADERS)
    response.set_cookie(
        COOKIE,
        session,
        max_age=SESSION_HOURS * 3600,
        httponly=True,
        samesite="strict",
        secure=secure,
    )
    return response


async def sign_in(system: System, request: Request) -> Response:
    """Exchange the one-time token for a session; the token travels in the body, never in the address."""
    if request.method == "GET":
        return render("sign_in.html", failed=False)
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return render("sign_in.html", failed=True, status=403)
    try:
        token = (await read_form(request, bytes_max=FORM_MAX)).get("token", "")
    except Conflict:
        return render("sign_in.html", failed=True, status=413)
    person = await asyncio.to_thread(
        system.store.take_pass, system.hash_secret(token), purpose=SIGN_IN, now=system.clock.now()
    )
    if person is None:
        return render("sign_in.html", failed=True, status=403)
    secure = request.url.scheme == "https"
    return await asyncio.to_thread(begin_session, system, person, secure=secure)


async def sign_out(system: System, request: Request) -> Response:
    """End the session that the cookie names."""
    session = request.cookies.get(COOKIE, "")[:200]
    if request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none"):
        now = system.clock.now()
        await asyncio.to_thread(system.store.take_pass, system.hash_secret(session), purpose=SESSION, now=now)
    response = RedirectResponse("/sign-in", 303, HEADERS)
    response.delete_cookie(COOKIE)
    return response
