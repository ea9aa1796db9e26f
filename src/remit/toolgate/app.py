"""The tool gate's door: who asks, in which run, and what of the protocol is served.

A conversation is nothing but its run: what a client is given as its session is the run's id, which every
process that serves this data directory can find. No call is held open until people have answered.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from remit import __version__
from remit.enforce.key import Key
from remit.gateway import answer
from remit.gateway.credential import authenticated, sender_of
from remit.gateway.http import Reply, Request
from remit.gateway.openai_error import error as openai_error
from remit.gateway.reading import invalid
from remit.gateway.wire import Failure
from remit.kernel.errors import NotFound, RemitError, where
from remit.operations.call_tool import ToolRequest, call_tool, end_run, list_tools, open_run
from remit.operations.keep_run import own_run
from remit.operations.poll_approval import Polled, poll_approval
from remit.operations.refused import Refused
from remit.operations.remember import key_for
from remit.operations.tool_gate import ToolGate, ToolOutcome
from remit.toolgate.mcp import (
    APPROVAL,
    INTERNAL,
    INVALID,
    PARAMS,
    PARSE,
    PREFIX,
    STEP,
    UNKNOWN,
    Message,
    ToolParams,
    answered,
    error,
    hello,
    listed,
    result,
)

RUN = "x-remit-run"
SESSION = "mcp-session-id"
REFERENCE = "x-remit-reference"
ACTOR = "x-remit-user"
"""For whom a run is; what an agent remembers is of them alone."""
ACTOR_MAX = 200

WITHIN_S = 180.0
"""How long any request may take; what was begun of a call goes on, and its outcome is kept."""

_JSON = ("content-type", "application/json")
_NO_STORE = ("cache-control", "no-store")
_LOG = logging.getLogger("remit.tools")
_APPROVAL = re.compile(r"^/runs/(?P<run>[0-9A-Z]{26})/approvals/(?P<approval>[0-9A-Z]{26})$")
_STATUS = {
    "value-too-long": 400,
    "run-over": 400,
    "run-too-deep": 400,
    "too-many-at-once": 429,
}


class RunAsked(msgspec.Struct, forbid_unknown_fields=True):
    """What begins a run: what the person said, in their own words, and the caller's name for it."""

    asked: str
    reference: str | None = None
    parent: str = ""


class ToolDoor:
    """The routes of one process."""

    def __init__(self, gate: ToolGate, proxies: tuple[str, ...] = ()) -> None:
        self._gate = gate
        self._proxies = proxies

    async def handle(self, request: Request, reply: Reply) -> None:
        """Answer one request, whatever it is; this is what the server calls."""
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._served(request, reply)
        except TimeoutError:
            _fail(reply, _TOO_SLOW)
        except RemitError as fault:
            _fail(reply, _failure(fault))
        except Exception as fault:  # noqa: BLE001 (the door: whatever is left is our fault)
            id = self._gate.worker.system.ids.new(self._gate.worker.system.clock.now())
            _LOG.error("%s (id %s)", where(fault), id)
            _fail(reply, answer.of_internal_fault(id))

    async def _served(self, request: Request, reply: Reply) -> None:
        if request.path == "/healthz":
            self._health(reply)
            return
        approval = _APPROVAL.match(request.path)
        if request.path not in ("/mcp", "/runs") and approval is None:
            _fail(reply, _NOTHING_HERE)
            return
        if _is_foreign(request):
            _fail(reply, _FOREIGN)
            return
        key = await authenticated(self._gate.worker, request, sender_of(request, reply, self._proxies))
        if isinstance(key, Refused):
            _fail(reply, answer.of_refusal(key))
            return
        route = (request.method, "/approvals" if approval else request.path)
        if route == ("POST", "/mcp"):
            await self._mcp(key, request, reply)
        elif route == ("DELETE", "/mcp"):
            await self._leave(key, request, reply)
        elif route == ("POST", "/runs"):
            await self._begin(key, request, reply)
        elif route == ("GET", "/approvals") and approval is not None:
            polled = await poll_approval(self._gate, key, approval["run"], approval["approval"])
            _send(reply, 200, _shown(polled))
        else:
            _fail(reply, _OTHER_METHOD, ("allow", "POST" if route[1] == "/runs" else "POST, DELETE, GET"))

    def _health(self, reply: Reply) -> None:
        fault = self._gate.worker.fault
        body: dict[str, Any] = {"status": "failing" if fault else "ok", "version": __version__}
        if fault:
            body |= {"code": fault.code, "summary": fault.summary, "help": fault.help}
        _send(reply, 503 if fault else 200, body)

    async def _begin(self, key: Key, request: Request, reply: Reply) -> None:
        try:
            given = msgspec.json.decode(request.body, type=RunAsked)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            fields = "`asked`, and if you like `reference` and `parent`"
            _fail(reply, invalid("body", "the body cannot be read", f"send a JSON object of {fields}"))
            return
        reference = given.reference or request.headers.get(REFERENCE)
        acting = key_for(self._gate.worker.system, key, key.agent, _actor(request))
        run = await open_run(
            self._gate, acting, asked=given.asked, agent=key.agent, parent=given.parent, reference=reference
        )
        _send(reply, 201, {"id": run})

    async def _leave(self, key: Key, request: Request, reply: Reply) -> None:
        """End a conversation, and its run with it if that was begun for it."""
        run = own_run(self._gate, key, request.headers.get(SESSION, ""))
        if RUN not in request.headers:
            await end_run(self._gate, key, run.id)
        reply.send(204, [_NO_STORE], b"")

    async def _mcp(self, key: Key, request: Request, reply: Reply) -> None:
        try:
            message = msgspec.json.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            _send(reply, 400, error(None, PARSE, "the body is no JSON"))
            return
        finally:
            request.body = b""
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            _send(reply, 400, error(None, INVALID, "send one message of JSON-RPC 2.0"))
            return
        id, method, params = message.get("id"), message.get("method"), message.get("params") or {}
        if not isinstance(method, str) or not isinstance(params, dict):
            known = "result" in message or "error" in message
            # Nothing is ever asked of a client here, so that no answer of one is waited for.
            _send(reply, 202 if known else 400, error(None, INVALID, "this is no request"))
            return
        if id is None:
            reply.send(202, [_NO_STORE], b"")
            return
        if isinstance(id, bool) or not isinstance(id, str | int) or len(str(id)) > 200:
            _send(reply, 400, error(None, INVALID, "`id` is a text or a whole number"))
            return
        await self._ask(key, request, reply, Asking(id, method, params))

    async def _ask(self, key: Key, request: Request, reply: Reply, asking: Asking) -> None:
        if asking.method == "initialize":
            run = await self._run_of_conversation(key, request)
            _send(reply, 200, result(asking.id, hello(asking.params)), (SESSION, run))
            return
        if asking.method == "ping":
            _send(reply, 200, result(asking.id, {}))
            return
        if asking.method not in ("tools/list", "tools/call"):
            _send(reply, 200, error(asking.id, UNKNOWN, "only tools are served here"))
            return
        run = request.headers.get(RUN) or request.headers.get(SESSION) or ""
        if not run:
            text = f"say in which run: begin with `initialize`, or send `{RUN}` with an id from `POST /runs`"
            _send(reply, 400, error(asking.id, INVALID, text))
            return
        try:
            found = own_run(self._gate, key, run).id
            _send(reply, 200, await self._tools(key, request, asking, found), (RUN, found))
        except NotFound as fault:
            # A client that hears this of its session begins another one.
            _send(reply, 404, error(asking.id, INVALID, f"{fault.summary}; {fault.help}"))
        except RemitError as fault:
            more = {"code": fault.code, "help": fault.help}
            _send(reply, 200, error(asking.id, INTERNAL, fault.summary, more))

    async def _run_of_conversation(self, key: Key, request: Request) -> str:
        """Find the run that a client names, or begin one in which nobody has asked for anything."""
        named = request.headers.get(RUN)
        if named:
            return own_run(self._gate, key, named).id
        reference = request.headers.get(REFERENCE)
        acting = key_for(self._gate.worker.system, key, key.agent, _actor(request))
        return await open_run(self._gate, acting, asked="", agent=key.agent, reference=reference)

    async def _tools(self, key: Key, request: Request, asking: Asking, run: str) -> Message:
        if asking.method == "tools/list":
            return result(asking.id, listed(await list_tools(self._gate, key, run)))
        try:
            params = msgspec.convert(asking.params, ToolParams)
        except msgspec.ValidationError:
            return error(asking.id, PARAMS, "send `name`, and `arguments` as an object")
        asked = ToolRequest(
            tool=params.name if params.name.startswith(PREFIX) else f"{PREFIX}{params.name}",
            arguments=params.arguments or {},
            run=run,
            step=params.said(STEP),
            approval=params.said(APPROVAL),
            reference=request.headers.get(REFERENCE),
        )
        outcome = await call_tool(self._gate, key, asked)
        polled = await self._polled(key, run, outcome)
        return result(asking.id, answered(outcome, run=run, polled=polled))

    async def _polled(self, key: Key, run: str, outcome: ToolOutcome) -> Polled | None:
        if outcome.status != "waiting":
            return None
        try:
            return await poll_approval(self._gate, key, run, outcome.approval)
        except NotFound:
            return None


class Asking(msgspec.Struct):
    """One request of the protocol."""

    id: str | int
    method: str
    params: Mapping[str, Any]


def reject(status: int, code: str, summary: str, help: str) -> bytes:
    """Write the refusal of a request that the server did not pass on."""
    return openai_error(Failure(status=status, code=code, summary=summary, help=help))


def _failure(fault: RemitError) -> Failure:
    if fault.code in _STATUS:
        return Failure(status=_STATUS[fault.code], code=fault.code, summary=fault.summary, help=fault.help)
    return answer.of_error(fault)


def _is_foreign(request: Request) -> bool:
    """Say whether a page of somebody else's asks, through the browser of a person who looks at it."""
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc != request.headers.get("host", "")


def _shown(polled: Polled) -> Mapping[str, Any]:
    return {
        "approval": polled.id,
        "tool": polled.tool,
        "state": polled.state,
        "summary": polled.summary,
        "at_stake": polled.stakes,
        "who_decides": polled.roles,
        "people": polled.people,
        "expires": polled.expires,
        "used": polled.used,
    }


_NOTHING_HERE = Failure(
    status=404,
    code="not-found",
    summary="the tool gate serves nothing at this path",
    help="use `/mcp`, `POST /runs` or `/runs/RUN/approvals/ID`",
)
_OTHER_METHOD = Failure(
    status=405,
    code="not-found",
    summary="the tool gate does not serve this path with this method",
    help="POST messages to `/mcp`: nothing is sent but answers",
)
_FOREIGN = Failure(
    status=403,
    code="not-permitted",
    summary="a page of another site asks",
    help="call the tool gate from a program, not from a page",
)
_TOO_SLOW = Failure(
    status=504,
    code="request-too-slow",
    summary=f"it took more than {WITHIN_S:.0f} seconds",
    help="ask again with the same step: what was begun goes on, and its outcome is kept",
)


def _actor(request: Request) -> str:
    return request.headers.get(ACTOR, "")[:ACTOR_MAX]


def _send(reply: Reply, status: int, body: object, *more: tuple[str, str]) -> None:
    reply.send(status, [_JSON, _NO_STORE, *more], msgspec.json.encode(body))


def _fail(reply: Reply, fault: Failure, *more: tuple[str, str]) -> None:
    if reply.begun:
        reply.cut()
        return
    headers = [_JSON, *more]
    if fault.status == 401:
        headers.append(("www-authenticate", "Bearer"))
    if fault.retry_after_s is not None:
        headers.append(("retry-after", str(fault.retry_after_s)))
    reply.send(fault.status, headers, openai_error(fault))
