"""The door of the control API: who calls, what was sent, and every fault as JSON."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from remit.enforce.attempts import Attempts
from remit.enforce.sender import Sender
from remit.enforce.way_in import API_TOKEN
from remit.kernel.errors import Conflict, DirectoryInUse, NotFound, NotPermitted, RemitError, where
from remit.operations.rights import require_right
from remit.operations.sign_in import holder_of
from remit.operations.system import System
from remit.portal.api.openapi import ROUTES, Fault, FaultAnswer, document
from remit.portal.api.route import ApiRoute, Call
from remit.portal.sign_in import proof_of, session_holder, session_of
from remit.report.json_values import plain

PROOF_HEADER = "x-remit-proof"
"""With a session instead of a token, what the page gave; no other site can send it."""
BODY_MAX = 256 << 10
READ_S = 30
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_STATUS = {"sign-in-needed": 401, "invalid-json": 400, "body-too-large": 413, "request-too-slow": 408}
_KINDS = ((NotFound, 404), (NotPermitted, 403), (Conflict, 409), (DirectoryInUse, 503))

_LOG = logging.getLogger("remit.portal")


def api_routes(system: System, proxies: tuple[str, ...] = ()) -> Iterator[Route]:
    """Build the routes; `proxies` are believed about who calls."""
    attempts = Attempts()
    for route in ROUTES:
        yield Route(route.path, _Endpoint(system, route, attempts, proxies), methods=[route.method])
    described = ApiRoute("GET", "/api/openapi.json", _described, dict)
    yield Route(described.path, _Endpoint(system, described, attempts, proxies), methods=["GET"])


def _described(call: Call) -> dict[str, Any]:
    """Tell what this API serves."""
    return document()


class _Endpoint:
    """One route of the API, as a function of a request."""

    def __init__(self, system: System, route: ApiRoute, attempts: Attempts, proxies: tuple[str, ...]) -> None:
        self._system, self._route, self._attempts, self._proxies = system, route, attempts, proxies

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        system = self._system
        try:
            body = await _body(request) if request.method == "POST" else b""
            return _answered(await asyncio.to_thread(self._answer, request, body))
        except RemitError as error:
            status = _status(error)
            wait_s = self._wait_s(request) if status == 401 else 0
            if wait_s:
                help = f"try again in {wait_s} s"
                return _fault(429, "too-many-attempts", "too many attempts were refused", help, wait_s)
            return _fault(status, error.code, error.summary, error.help)
        except Exception as error:  # noqa: BLE001 (the door: whatever is left is our fault)
            id = system.ids.new(system.clock.now())
            _LOG.error("%s (id %s)", where(error), id)
            help = f"send {id} to its administrator"
            return _fault(500, "internal-fault", "the server did something wrong", help)

    def _wait_s(self, request: Request) -> int:
        peer = request.client.host if request.client else ""
        sender = Sender(peer, request.headers.get("x-forwarded-for", ""), self._proxies)
        return self._attempts.refuse(str(sender.address), self._system.clock.now())

    def _answer(self, request: Request, body: bytes) -> Any:
        person = _person(self._system, request)
        require_right(self._system, person, action="read")
        names = {name: str(value)[:200] for name, value in request.path_params.items()}
        given = _given(self._route, request.query_params, body)
        return self._route.answer(Call(self._system, person, names, given))


def _person(system: System, request: Request) -> str:
    """Say who calls: by a token, or by a session with what only a page of ours has."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        person = holder_of(system, secret.strip(), purpose=API_TOKEN)
    else:
        session = session_of(request)
        person = session_holder(system, session)
        if person is not None and request.method != "GET":
            _require_own(request, proof_of(system, session))
    if person is None:
        raise RemitError(
            "nobody has shown who they are, or their token has ended",
            help="send `Authorization: Bearer TOKEN`; `remit token issue` makes one",
            code="sign-in-needed",
        )
    return person


def _require_own(request: Request, proof: str) -> None:
    site = request.headers.get("sec-fetch-site", "same-origin")
    given = request.headers.get(PROOF_HEADER, "")
    if site not in ("same-origin", "none") or not hmac.compare_digest(given.encode(), proof.encode()):
        raise NotPermitted(
            "the call does not come from a page of this session",
            help=f"send `{PROOF_HEADER}` as the page has it, or use a token",
        )


def _given(route: ApiRoute, query: Mapping[str, str], body: bytes) -> msgspec.Struct:
    try:
        if route.method == "GET":
            given: msgspec.Struct = msgspec.convert(dict(query), route.takes, strict=False)
            return given
        return msgspec.json.decode(body or b"{}", type=route.takes)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # What does not fit is named by its place; what was sent is not told.
        said = str(error) if isinstance(error, msgspec.ValidationError) else "it is no JSON"
        raise RemitError(
            f"what was sent cannot be read: {said[:1].lower()}{said[1:200]}",
            help="`GET /api/openapi.json` says what is taken here",
            code="invalid-json",
        ) from None


async def _body(request: Request) -> bytes:
    """Read the body within bounds of size and time."""
    body = bytearray()
    try:
        async with asyncio.timeout(READ_S):
            async for part in request.stream():
                body += part
                if len(body) > BODY_MAX:
                    raise RemitError(
                        f"the body is larger than {BODY_MAX >> 10} KiB",
                        help="send less at once",
                        code="body-too-large",
                    )
    except TimeoutError:
        raise RemitError(
            f"the body did not come within {READ_S} s", help="send it faster", code="request-too-slow"
        ) from None
    return bytes(body)


def _status(error: RemitError) -> int:
    if error.code in _STATUS:
        return _STATUS[error.code]
    return next(
        (status for kind, status in _KINDS if isinstance(error, kind)), 503 if error.retryable else 422
    )


def _answered(value: Any) -> Response:
    return Response(msgspec.json.encode(plain(value)), media_type="application/json", headers=_HEADERS)


def _fault(status: int, code: str, message: str, help: str, wait_s: int = 0) -> Response:
    headers = _HEADERS | ({"retry-after": str(wait_s)} if wait_s else {})
    if status == 401:
        headers = headers | {"www-authenticate": "Bearer"}
    body = msgspec.json.encode(FaultAnswer(Fault(code, message, help)))
    return Response(body, status, media_type="application/json", headers=headers)
