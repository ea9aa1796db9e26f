"""The gateway's routes: decode, ask the one operation, write the answer in the caller's format."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from remit.enforce.key import Key
from remit.enforce.model_name import usable
from remit.enforce.request import Delta, Finish
from remit.gateway import answer
from remit.gateway.openai_chat import Chat, Malformed, Writer, decode, error_body, error_event
from remit.kernel.errors import RemitError, where
from remit.kernel.money import canonical
from remit.operations.call_model import Admitted, Asked, Refused, authenticate, authorize, knows
from remit.operations.follow_ledger import catch_up
from remit.operations.worker import Worker

BODY_MAX = 4 << 20
REFERENCE_MAX = 200

_JSON = "application/json"
_LOG = logging.getLogger("remit.gateway")


def routes(worker: Worker) -> list[Route]:
    """Build the routes of one worker."""

    def bound(
        serve: Callable[[Worker, Request], Awaitable[Response]],
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                return await serve(worker, request)
            except RemitError as error:
                status, body, headers = answer.of_fault(error)
                return Response(error_body(body), status, headers, _JSON)
            except Exception as error:  # noqa: BLE001 (the door: whatever is left is our fault)
                now = worker.system.clock.now()
                return Response(error_body(_internal(error, worker.system.ids.new(now))), 500, None, _JSON)

        return endpoint

    return [
        Route("/v1/chat/completions", bound(chat_completions), methods=["POST"]),
        Route("/v1/models", bound(models), methods=["GET"]),
    ]


def _internal(error: Exception, id: str) -> dict[str, Any]:
    """Log where it went wrong, without values, under the id that the caller is told."""
    _LOG.error("%s (id %s)", where(error), id)
    return answer.of_internal_fault(id)


async def chat_completions(worker: Worker, request: Request) -> Response:
    key = await _authenticated(worker, request)
    if isinstance(key, Refused):
        return _refusal(key)
    reference = request.headers.get("x-remit-reference")
    body = await _body(request)
    chat = decode(body) if isinstance(body, bytes) else body
    if isinstance(chat, Malformed):
        return _malformed(chat)
    if reference is not None and len(reference) > REFERENCE_MAX:
        summary = f"`x-remit-reference` has more than {REFERENCE_MAX} characters"
        return _malformed(Malformed("invalid-field", summary, "shorten it"))
    admitted = authorize(worker, key, Asked(chat.request, chat.streamed, reference))
    if isinstance(admitted, Refused):
        return _refusal(admitted)
    writer = Writer(admitted.hold.id, _served(admitted), int(admitted.hold.at.timestamp()))
    if chat.streamed:
        return EventStream(admitted, writer, chat)
    return await _buffered(admitted, writer)


async def models(worker: Worker, request: Request) -> Response:
    """List the names that the key's use case can call a model by today, as the format does."""
    key = await _authenticated(worker, request)
    if isinstance(key, Refused):
        return _refusal(key)
    view = worker.view
    day = worker.system.clock.now().astimezone(view.zone).date()
    data = [
        {"id": name.partition("/")[2], "object": "model", "created": 0, "owned_by": "remit"}
        for name in sorted(usable(view.model, view.names(key.use_case, day), day))
    ]
    return JSONResponse({"object": "list", "data": data})


async def _authenticated(worker: Worker, request: Request) -> Key | Refused:
    """Find the caller's key; one that was issued a moment ago is looked for before it is refused."""
    secret = _secret(request)
    if not knows(worker, secret) and worker.is_behind():
        await catch_up(worker)
    return authenticate(worker, secret)


def _refusal(refused: Refused) -> Response:
    status, error = answer.of_refusal(refused)
    return Response(error_body(error), status, answer.headers_of(refused), _JSON)


def _malformed(malformed: Malformed) -> Response:
    status, error = answer.of_malformed(malformed)
    return Response(error_body(error), status, media_type=_JSON)


def _secret(request: Request) -> str:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip()[:200] if scheme.lower() == "bearer" else ""


async def _body(request: Request) -> bytes | Malformed:
    """Read the body, but never more of it than is served."""
    too_large = Malformed(
        "body-too-large", f"the body is larger than {BODY_MAX:,} bytes", "send a shorter input"
    )
    if int(request.headers.get("content-length") or 0) > BODY_MAX:
        return too_large
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > BODY_MAX:
                return too_large
            parts.append(part)
    except ClientDisconnect:
        return Malformed("invalid-json", "the body ended early", "send it whole")
    return b"".join(parts)


async def _buffered(admitted: Admitted, writer: Writer) -> Response:
    text: list[str] = []
    async with aclosing(admitted.stream()) as events:
        async for event in events:
            if isinstance(event, Delta):
                text.append(event.text)
            else:
                return Response(
                    writer.answer("".join(text), event, _account(admitted)),
                    headers=_headers(admitted),
                    media_type=_JSON,
                )
    raise AssertionError("the answer ended without its last event")


def _served(admitted: Admitted) -> str:
    """Name the model that serves a call, as callers do; it need not be the one that was asked for."""
    return admitted.hold.purpose.model.partition("/")[2]


def _headers(admitted: Admitted) -> dict[str, str]:
    headers = {"x-remit-call": admitted.hold.id, "x-remit-model": _served(admitted)}
    if admitted.settled is not None:
        headers["x-remit-cost"] = canonical(admitted.settled.call.charge)
        headers["x-remit-currency"] = admitted.hold.currency
        if admitted.settled.budget_left is not None:
            headers["x-remit-budget-left"] = canonical(admitted.settled.budget_left)
    return headers


def _account(admitted: Admitted) -> dict[str, Any]:
    settled = admitted.settled
    assert settled is not None, "a call is settled before its answer is written"
    left, asked = settled.budget_left, settled.call.purpose.asked
    return {
        "call": settled.call.id,
        "cost": canonical(settled.call.charge),
        "budget_left": None if left is None else canonical(left),
        "currency": settled.call.currency,
        **({"simulated": True} if settled.call.simulated else {}),
        **({"downgraded_from": asked.partition("/")[2]} if asked else {}),
    }


async def _disconnected(receive: Receive) -> None:
    """Return when the caller has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


class EventStream(Response):
    """A streamed answer. However it ends, the call is settled."""

    media_type = "text/event-stream"

    def __init__(self, admitted: Admitted, writer: Writer, chat: Chat) -> None:
        super().__init__(headers={"cache-control": "no-store", **_headers(admitted)})
        del self.headers["content-length"]
        self._admitted = admitted
        self._writer = writer
        self._chat = chat
        self._answered = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answering = asyncio.current_task()
        assert answering is not None
        hung_up = asyncio.create_task(_disconnected(receive))
        # A caller who leaves ends the answer at once, also while the provider is silent.
        hung_up.add_done_callback(lambda left: left.cancelled() or self._answered or answering.cancel())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async with aclosing(self._events()) as events:
                async for data in events:
                    await send({"type": "http.response.body", "body": data, "more_body": True})
            self._answered = True
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:
            return
        except asyncio.CancelledError:
            if not hung_up.done():
                raise
            answering.uncancel()
        finally:
            hung_up.cancel()
            self._admitted.abandon()

    async def _events(self) -> AsyncGenerator[bytes, None]:
        writer = self._writer
        yield writer.opening()
        try:
            async with aclosing(self._admitted.stream()) as events:
                async for event in events:
                    if isinstance(event, Finish):
                        account = _account(self._admitted)
                        yield writer.closing(event, account, include_usage=self._chat.include_usage)
                    elif event.text:
                        yield writer.delta(event.text)
        except RemitError as error:
            _, body, _ = answer.of_fault(error)
            yield error_event(body)
        except Exception as error:  # noqa: BLE001 (the door: whatever is left is our fault)
            yield error_event(_internal(error, self._admitted.hold.id))
