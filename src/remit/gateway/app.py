"""The gateway's door: one flow for every wire format. Decode, ask the one operation, write the answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import partial
from urllib.parse import parse_qsl

import msgspec

from remit import __version__
from remit.enforce.answer import Finish
from remit.enforce.key import Key
from remit.enforce.model_name import usable
from remit.gateway import (
    answer,
    anthropic_messages,
    bedrock,
    bedrock_guardrail,
    openai_chat,
    openai_embeddings,
    openai_responses,
)
from remit.gateway.account import account_of, head_of, served
from remit.gateway.credential import authenticated, sender_of
from remit.gateway.files_and_batches import Caller, Route, route_of
from remit.gateway.guardrail_call import GUARDRAIL, guardrails_of
from remit.gateway.http import Reply, Request
from remit.gateway.openai_batches import LINES
from remit.gateway.openai_error import error as openai_error
from remit.gateway.origin import origin_of
from remit.gateway.prompt_call import with_prompt
from remit.gateway.reading import USER_MAX
from remit.gateway.wire import Account, Ask, Failure, Format, Writer, malformed
from remit.kernel.errors import RemitError, where
from remit.operations.admitted import Admitted
from remit.operations.apply_guardrail import Check, apply_guardrail
from remit.operations.asked import Asked, pseudonym_of
from remit.operations.call_model import abandon, leave, stream, whole
from remit.operations.count_tokens import count_tokens
from remit.operations.read_own_remit import read_own_remit
from remit.operations.refused import Refused
from remit.operations.run_batches import Queue
from remit.operations.wait_for_lease import authorize_or_wait
from remit.operations.wait_for_room import WAIT_S_MAX, authorize_in_turn
from remit.operations.worker import Worker
from remit.record.call_entry import Origin

REFERENCE = "x-remit-reference"
REFERENCE_MAX = 200
USER = "x-remit-user"
WAIT = "x-remit-wait"
CACHED = "x-remit-cached"
"""Names the call whose answer is given again."""

_JSON = ("content-type", "application/json")
_NO_STORE = ("cache-control", "no-store")
_LOG = logging.getLogger("remit.gateway")

FORMATS: dict[str, Format] = {
    "/v1/chat/completions": openai_chat.FORMAT,
    "/v1/embeddings": openai_embeddings.FORMAT,
    "/v1/messages": anthropic_messages.FORMAT,
    "/v1/messages/count_tokens": anthropic_messages.COUNT,
    "/v1/responses": openai_responses.FORMAT,
}
"""The wire format that each path speaks; those of Bedrock hold a model, see `bedrock.route`."""

_PLAIN = openai_chat.FORMAT
"""The format in which a fault is said where the path speaks none."""

GETS = ("/healthz", "/v1/models", "/v1/remit")


def _route(path: str) -> tuple[Format | None, str]:
    format = FORMATS.get(path)
    return bedrock.route(path) or (None, "") if format is None else (format, "")


def _header_not_served(format: Format, request: Request) -> Failure | None:
    if not format.headers_not_served or format.headers_not_served.isdisjoint(request.headers):
        return None
    name = min(name for name in format.headers_not_served if name in request.headers)
    summary = f"the header `{name}` is not served by this gateway"
    return malformed("unsupported-field", summary, f"leave out `{name}`", name)


class Gateway:
    """The routes of one worker."""

    def __init__(self, worker: Worker, proxies: tuple[str, ...] = ()) -> None:
        self._worker = worker
        self.queue = Queue(worker, LINES)
        self._proxies = proxies
        serve: tuple[Callable[[Request, Reply], Awaitable[None]], ...]
        serve = (self._health, self._models, self._remit)
        self._gets = dict(zip(GETS, serve, strict=True))

    async def handle(self, request: Request, reply: Reply) -> None:
        """Answer one request, whatever it is; this is what the server calls."""
        format, target = _route(request.path)
        try:
            if format is not None and request.method == "POST":
                await self._call(format, target, request, reply)
            elif request.method == "GET" and request.path in self._gets:
                await self._gets[request.path](request, reply)
            elif (found := route_of(request)) is not None:
                await self._kept(*found, request, reply)
            elif (guardrail := bedrock_guardrail.route(request.path)) is not None:
                format = bedrock.FORMATS["converse"]
                await self._check(*guardrail, request, reply)
            else:
                _fail(reply, format or _PLAIN, _no_such_door(request, format is not None))
        except RemitError as fault:
            _fail(reply, format or _PLAIN, answer.of_error(fault))
        except Exception as fault:  # noqa: BLE001 (the door: whatever is left is our fault)
            _fail(reply, format or _PLAIN, self._internal(fault))

    def _internal(self, fault: Exception) -> Failure:
        """Log where it went wrong, without values, under the id that the caller is told."""
        id = self._worker.system.ids.new(self._worker.system.clock.now())
        _LOG.error("%s (id %s)", where(fault), id)
        return answer.of_internal_fault(id)

    async def _call(self, format: Format, target: str, request: Request, reply: Reply) -> None:
        worker = self._worker
        # Until there is a call, whoever leaves is done with: nobody is asked in the name of someone gone.
        reply.on_gone = _end_at_once
        key = await authenticated(self._worker, request, sender_of(request, reply, self._proxies))
        if isinstance(key, Refused):
            _fail(reply, format, answer.of_refusal(key))
            return
        if reply.gone:
            return
        ask = _header_not_served(format, request) or format.decode(request.body, target)
        # What was read stands in the request by now; the bytes would be held until the answer has ended.
        said, request.body = worker.system.content_hash(key.use_case, request.body).hexdigest(), b""
        if not isinstance(ask, Failure) and format.with_headers is not None:
            ask = format.with_headers(ask, request.headers)
        if not isinstance(ask, Failure):
            ask = with_prompt(ask, request.headers)
        if isinstance(ask, Failure):
            _fail(reply, format, ask)
            return
        origin = origin_of(format.name, ask, request.headers, said)
        asked = origin if isinstance(origin, Failure) else self._asked(key, ask, request, origin)
        if isinstance(asked, Failure):
            _fail(reply, format, asked)
            return
        if format.counted is not None:
            counted = await count_tokens(worker, key, asked)
            if isinstance(counted, Refused):
                _fail(reply, format, answer.of_refusal(counted))
            else:
                reply.send(200, [_JSON], format.counted(counted))
            return
        admitted: Admitted | Refused | Failure
        wait = request.headers.get(WAIT)
        if wait is None:
            admitted = await authorize_or_wait(worker, key, asked)
        else:
            admitted = await self._in_turn(wait, key, asked, reply)
        if isinstance(admitted, Failure):
            _fail(reply, format, admitted)
            return
        if isinstance(admitted, Refused):
            _fail(reply, format, answer.of_refusal(admitted))
            return
        try:
            await self._answer(format, ask, admitted, reply)
        finally:
            abandon(admitted)

    async def _check(self, identifier: str, version: str, request: Request, reply: Reply) -> None:
        """Have guardrails read a text without asking any model."""
        format = bedrock.FORMATS["converse"]
        if request.method != "POST":
            _fail(reply, format, _no_such_door(request, known=True))
            return
        key = await authenticated(self._worker, request, sender_of(request, reply, self._proxies))
        if isinstance(key, Refused):
            _fail(reply, format, answer.of_refusal(key))
            return
        given = bedrock_guardrail.decode(request.body, identifier, version)
        request.body = b""
        if isinstance(given, Failure):
            _fail(reply, format, given)
            return
        check = self._with_beside(key, given.check, request)
        if isinstance(check, Failure):
            _fail(reply, format, check)
            return
        applied = await apply_guardrail(self._worker, key, check)
        if isinstance(applied, Refused):
            _fail(reply, format, bedrock_guardrail.failure(applied))
            return
        headers = [_JSON, ("x-remit-call", applied.id)]
        reply.send(200, headers, bedrock_guardrail.written(applied, images=given.images))

    async def _in_turn(self, said: str, key: Key, asked: Asked, reply: Reply) -> Admitted | Refused | Failure:
        """Decide on a call whose caller says how long it waits for room under a limit on rates."""
        if not (said.isascii() and said.isdecimal() and len(said) <= 3 and 1 <= int(said) <= WAIT_S_MAX):
            summary = f"`{WAIT}` is not a whole number of seconds from 1 to {WAIT_S_MAX}"
            return malformed("invalid-field", summary, "write one, such as `60`, or leave it out")
        return await authorize_in_turn(self._worker, key, asked, wait_s=int(said))

    def _asked(self, key: Key, ask: Ask, request: Request, origin: Origin) -> Asked | Failure:
        """Put what was read and what the headers say of it together."""
        beside = self._beside(key, request, ask.request.end_user)
        if isinstance(beside, Failure):
            return beside
        named = guardrails_of(request.headers) if GUARDRAIL in request.headers else ()
        if isinstance(named, Failure):
            return named
        return Asked(
            ask.request,
            ask.streamed,
            beside[0],
            ask.prompt,
            beside[1],
            guardrails=(*ask.guardrails, *named),
            streaming=ask.streaming,
            origin=origin,
        )

    def _with_beside(self, key: Key, check: Check, request: Request) -> Check | Failure:
        """Put what the headers say beside what a guardrail is to read."""
        beside, named = self._beside(key, request, None), guardrails_of(request.headers)
        if isinstance(beside, Failure):
            return beside
        if isinstance(named, Failure):
            return named
        reference, user = beside
        guardrails = (*check.guardrails, *named)
        return msgspec.structs.replace(check, guardrails=guardrails, reference=reference, user=user)

    def _beside(self, key: Key, request: Request, end_user: str | None) -> tuple[str | None, str] | Failure:
        """Read a call's reference, and whom it is for."""
        reference = request.headers.get(REFERENCE)
        user = request.headers.get(USER) or end_user
        if reference is not None and len(reference) > REFERENCE_MAX:
            return _too_long(REFERENCE, REFERENCE_MAX)
        if user is not None and len(user) > USER_MAX:
            return _too_long(USER, USER_MAX)
        return reference, pseudonym_of(self._worker.system, key, user)

    async def _answer(self, format: Format, ask: Ask, admitted: Admitted, reply: Reply) -> None:
        writer = format.writer(ask, head_of(admitted))
        # A caller who leaves is not the end of the call: its provider is read on for its count, for a while.
        reply.on_gone = partial(leave, admitted)
        try:
            if ask.streamed:
                await self._stream(format, writer, admitted, reply)
                return
            pieces, finish = await whole(admitted)
            account = account_of(admitted)
            reply.send(200, _headers(admitted, account, _JSON), writer.whole(pieces, finish, account))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not reply.gone or task is None:
                raise
            task.uncancel()

    async def _stream(self, format: Format, writer: Writer, admitted: Admitted, reply: Reply) -> None:
        """Pass pieces on as they come, all that came together in one write.

        The status waits for the first of them, so that a provider's refusal is one for the caller as well.
        """
        try:
            async with aclosing(stream(admitted)) as batches:
                async for batch in batches:
                    data, last = b"", batch[-1]
                    account = account_of(admitted) if isinstance(last, Finish) else None
                    if not reply.begun:
                        kind = ("content-type", format.stream_type)
                        reply.start(200, _headers(admitted, account, kind, _NO_STORE))
                        data = writer.opening()
                    if isinstance(last, Finish) and account is not None:
                        data += writer.pieces(batch[:-1]) + writer.closing(last, account)  # type: ignore[arg-type]  # a finish is the last event
                    else:
                        data += writer.pieces(batch)  # type: ignore[arg-type]  # as above
                    if data:
                        reply.write(data)
                        await reply.drain()
        except RemitError as fault:
            if not reply.begun:
                raise
            reply.write(writer.failing(answer.of_error(fault)))
        except Exception as fault:
            if not reply.begun:
                raise
            reply.write(writer.failing(self._internal(fault)))
        reply.end()

    async def _models(self, request: Request, reply: Reply) -> None:
        """List the names that the key can call a model by today, as the format does."""
        key = await authenticated(self._worker, request, sender_of(request, reply, self._proxies))
        if isinstance(key, Refused):
            _fail(reply, _PLAIN, answer.of_refusal(key))
            return
        view = self._worker.view
        day = self._worker.system.clock.now().astimezone(view.zone).date()
        data = [
            {"id": name.partition("/")[2], "object": "model", "created": 0, "owned_by": "remit"}
            for name in sorted(usable(view.model, view.names(key, day), day))
        ]
        _send_json(reply, 200, {"object": "list", "data": data})

    async def _remit(self, request: Request, reply: Reply) -> None:
        """Tell a key what it may do and what is left."""
        key = await authenticated(self._worker, request, sender_of(request, reply, self._proxies))
        if isinstance(key, Refused):
            _fail(reply, _PLAIN, answer.of_refusal(key))
            return
        reference = dict(parse_qsl(request.query)).get("reference", "")
        if len(reference) > REFERENCE_MAX:
            _fail(reply, _PLAIN, _too_long("reference", REFERENCE_MAX))
            return
        _send_json(reply, 200, await read_own_remit(self._worker, key, reference=reference))

    async def _kept(self, route: Route, id: str, request: Request, reply: Reply) -> None:
        """Serve what a use case keeps here: its files and batches."""
        key = await authenticated(self._worker, request, sender_of(request, reply, self._proxies))
        if isinstance(key, Refused):
            _fail(reply, _PLAIN, answer.of_refusal(key))
            return
        caller = Caller(key, sender_of(request, reply, self._proxies))
        said = await route.serve(self.queue, caller, id, request, reply)
        if isinstance(said, Failure):
            _fail(reply, _PLAIN, said)
        elif said is not None:
            _send_json(reply, 200, said)

    async def _health(self, request: Request, reply: Reply) -> None:
        fault = self._worker.fault
        body = {"status": "failing" if fault else "ok", "version": __version__}
        if fault:
            body |= {"code": fault.code, "summary": fault.summary, "help": fault.help}
        _send_json(reply, 503 if fault else 200, body)


def _end_at_once(end_in: Callable[[float], None]) -> None:
    end_in(0)


def reject(status: int, code: str, summary: str, help: str) -> bytes:
    """Write the refusal of a request that the server did not pass on."""
    return openai_error(Failure(status=status, code=code, summary=summary, help=help))


def _no_such_door(request: Request, known: bool) -> Failure:
    if known:
        return Failure(
            status=405,
            code="not-found",
            summary=f"`{request.path[:100]}` is asked with POST",
            help="send the request as its format has it",
        )
    return Failure(
        status=404,
        code="not-found",
        summary="the gateway serves nothing at this path",
        help=f"use one of {', '.join(sorted([*FORMATS, *GETS[1:], '/v1/batches', '/v1/files']))}, or one of"
        " Bedrock's, such as `/model/small/converse`",
    )


def _too_long(name: str, most: int) -> Failure:
    return malformed("invalid-field", f"`{name}` has more than {most} characters", "shorten it")


def _fail(reply: Reply, format: Format, fault: Failure) -> None:
    if reply.begun:
        reply.cut()
        return
    headers = [_JSON, *format.error_headers(fault)]
    if fault.status == 405:
        headers.append(("allow", "POST"))
    if fault.retry_after_s is not None:
        headers.append(("retry-after", str(fault.retry_after_s)))
    reply.send(format.status(fault), headers, format.error(fault))


def _send_json(reply: Reply, status: int, body: object) -> None:
    reply.send(status, [_JSON], msgspec.json.encode(body))


def _headers(admitted: Admitted, account: Account | None, *first: tuple[str, str]) -> list[tuple[str, str]]:
    arm = [("x-remit-arm", admitted.hold.purpose.arm)] if admitted.hold.purpose.arm else []
    headers = [*first, ("x-remit-call", admitted.hold.id), ("x-remit-model", served(admitted)), *arm]
    if account is not None:
        headers += [("x-remit-cost", account.cost), ("x-remit-currency", account.currency)]
        if "cached" in account.more:
            headers.append((CACHED, account.more["cached"]))
        if account.budget_left is not None:
            headers.append(("x-remit-budget-left", account.budget_left))
    return headers
