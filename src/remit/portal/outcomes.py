"""Where applications give outcomes: `POST /api/outcomes`, one or a list, with the use case's own key."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from remit.decide.outcome_row import RefusedRow
from remit.declare.operating_model import OperatingModel
from remit.enforce.attempts import REFUSED_MAX, Attempts
from remit.enforce.decision import Decision
from remit.enforce.key import Key
from remit.enforce.sender import Sender
from remit.kernel.errors import DirectoryInUse, RemitError, where
from remit.operations.authenticate_giver import Givers
from remit.operations.record_outcomes import Giver, Written, record_few
from remit.operations.system import System

PATH = "/api/outcomes"
SOURCE = "api"
"""Where outcomes come from that name no other `source`."""
ROWS_MAX = 10_000
BODY_MAX = 8 << 20
_SECRET_MAX = 200
_AT_ONCE = 4
"""How many bodies are held at the same time; others wait."""
_READ_S = 30
STATUS_OF_RULE = dict.fromkeys(("unknown-key", "revoked-key", "expired-key"), 401)
"""Refusals that are not a plain 403."""
STATUS: Mapping[str, int] = {
    "too-many-attempts": 429,
    "body-too-large": 413,
    "too-many-outcomes": 413,
    "request-too-slow": 408,
    "invalid-json": 400,
    "outcome-unsound": 400,
}
"""Faults of the caller's, by their codes; all others are the world's."""

# A number with decimals stays text, so that its value is exact.
_PARTS = msgspec.json.Decoder(dict[str, Any] | list[Any], float_hook=str)
_LOG = logging.getLogger("remit.portal")
_TYPES = {401: "authentication_error", 403: "permission_error"}
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def outcomes_route(system: System, proxies: tuple[str, ...] = ()) -> Route:
    """Build the route; `proxies` are believed about who calls."""
    givers, room, attempts = Givers(system), asyncio.Semaphore(_AT_ONCE), Attempts()

    async def take(request: Request) -> Response:
        try:
            sender = _sender(request, proxies)
            found = await asyncio.to_thread(givers.authenticate, _secret(request), sender)
            if isinstance(found, Decision):
                return _refusal(found, attempts.refuse(str(sender.address), system.clock.now()))
            return await _take(system, *found, room, request)
        except RemitError as error:
            busy = isinstance(error, DirectoryInUse)
            status = STATUS.get(error.code, 503)
            wait = {"retry-after": "1"} if busy or error.retryable else {}
            return _fault(status, error.code, error.summary, error.help, headers=wait)
        except Exception as error:  # noqa: BLE001 (the door: whatever is left is our fault)
            id = system.ids.new(system.clock.now())
            _LOG.error("%s (id %s)", where(error), id)
            said = "the server did something wrong"
            return _fault(500, "internal-fault", said, f"send {id} to its administrator")

    return Route(PATH, take, methods=["POST"])


def _sender(request: Request, proxies: tuple[str, ...]) -> Sender:
    peer = request.client.host if request.client else ""
    return Sender(peer, request.headers.get("x-forwarded-for", ""), proxies)


async def _take(
    system: System, key: Key, model: OperatingModel, room: asyncio.Semaphore, request: Request
) -> Response:
    source = request.query_params.get("source", SOURCE)
    async with room:
        rows = _rows(await _body(request))
        giver = Giver(key.use_case, source, f"key/{key.id}")
        done = await asyncio.to_thread(record_few, system, rows, giver, model=model)
    return _answer(giver, done)


def _secret(request: Request) -> str:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    secret = secret.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "").strip()
    return secret if len(secret) <= _SECRET_MAX else ""


async def _body(request: Request) -> bytes:
    """Read the body within bounds of size and time."""
    body = bytearray()
    try:
        async with asyncio.timeout(_READ_S):
            async for part in request.stream():
                body += part
                if len(body) > BODY_MAX:
                    raise RemitError(
                        f"the body is larger than {BODY_MAX >> 20} MiB",
                        help=f"send at most {ROWS_MAX:,} outcomes at once",
                        code="body-too-large",
                    )
    except TimeoutError:
        raise RemitError(
            f"the body did not come within {_READ_S} s",
            help="send fewer outcomes at once",
            code="request-too-slow",
        ) from None
    return bytes(body)


def _rows(body: bytes) -> Sequence[Any]:
    """Take one outcome, or a list of them, apart; numbers stay as they are written."""
    try:
        parts = _PARTS.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise RemitError(
            "the body is neither an object nor a list of objects in JSON",
            help='send `{"metric": …, "value": …, "happened": …, "key": …}`, or a list of such',
            code="invalid-json",
        ) from None
    rows = [parts] if isinstance(parts, dict) else parts
    if len(rows) > ROWS_MAX:
        raise RemitError(
            f"there are {len(rows):,} outcomes; {ROWS_MAX:,} are taken at once",
            help="send them in several requests, or by `remit outcome import`",
            code="too-many-outcomes",
        )
    return rows


def _answer(giver: Giver, done: Sequence[Written | RefusedRow]) -> Response:
    """Say of each row what became of it: 200 if all are taken, 207 if some are, 422 if none is."""
    counted = Counter("refused" if isinstance(each, RefusedRow) else each.status for each in done)
    taken = len(done) - counted["refused"]
    status = 200 if taken == len(done) else 207 if taken else 422
    said: dict[str, Any] = {
        "use_case": giver.use_case,
        "source": giver.source,
        **{name: counted[name] for name in ("recorded", "corrected", "withdrawn", "unchanged", "refused")},
        "rows": [
            {"row": each.row, "status": "refused", **msgspec.structs.asdict(each)}
            if isinstance(each, RefusedRow)
            else msgspec.structs.asdict(each)
            for each in done
        ],
    }
    if status == 422:
        first = next(each for each in done if isinstance(each, RefusedRow))
        said["error"] = _error(422, first.code, f"row {first.row}: {first.summary}", first.help)
    return _json(said, status)


def _refusal(decision: Decision, wait_s: int) -> Response:
    """Say why it is refused; whoever is refused too often is told to wait, and nothing more."""
    if wait_s:
        often = RemitError(
            f"more than {REFUSED_MAX} attempts from this address were refused in a minute",
            help=f"wait {wait_s} s and see to the key; one that is live is let through at any time",
            code="too-many-attempts",
        )
        headers = {"retry-after": str(wait_s)}
        return _fault(STATUS[often.code], often.code, often.summary, often.help, headers=headers)
    remit = {
        "rule": decision.rule,
        "layer": decision.layer,
        "owner": decision.owner,
        "help": decision.help,
    }
    status = STATUS_OF_RULE.get(decision.rule, 403)
    headers = {"www-authenticate": "Bearer"} if status == 401 else {}
    error = _error(status, decision.rule, decision.summary, decision.help)
    return _json({"error": {**error, "remit": remit}}, status, headers)


def _error(status: int, code: str, summary: str, help: str) -> dict[str, Any]:
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"message": f"{summary} — {help}", "type": kind, "param": None, "code": code}


def _fault(
    status: int, code: str, summary: str, help: str, *, headers: Mapping[str, str] | None = None
) -> Response:
    return _json({"error": _error(status, code, summary, help)}, status, headers or {})


def _json(body: object, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(body), status, {**_HEADERS, **(headers or {})}, media_type="application/json"
    )
