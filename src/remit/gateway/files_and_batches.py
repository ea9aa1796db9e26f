"""What a use case keeps or searches here, in OpenAI's format: files, batches and knowledge bases."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

import msgspec

from remit.enforce.batch import BATCHES_MAX, FILES_MAX
from remit.enforce.key import Key
from remit.enforce.sender import Sender
from remit.gateway import answer, openai_batches, openai_files, openai_vector_stores
from remit.gateway.guardrail_call import GUARDRAIL
from remit.gateway.http import Reply, Request
from remit.gateway.reading import invalid, unsupported
from remit.gateway.wire import Failure
from remit.operations.ask_knowledge import ask_knowledge
from remit.operations.keep_files import delete_file, keep_file, require_batch, require_file, take_in
from remit.operations.refused import Refused
from remit.operations.run_batches import Queue


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and from where."""

    key: Key
    sender: Sender


Said = dict[str, Any] | Failure | None
"""What is answered: an object, or why not; None where the answer was sent already."""

_CONTENT_BYTES = 1 << 20
_QUERY_FIELDS_MAX = 16
_LISTED = 20


async def _upload(queue: Queue, caller: Caller, id: str, request: Request, reply: Reply) -> Said:
    body, request.body = request.body, b""
    upload = await asyncio.to_thread(openai_files.read_upload, request.headers, body)
    if isinstance(upload, Failure):
        return upload
    async with queue.taking_in:
        file = await asyncio.to_thread(keep_file, queue.system, caller.key.use_case, upload)
    return openai_files.written(file)


async def _files(queue: Queue, caller: Caller, id: str, request: Request, reply: Reply) -> Said:
    asked = _listing(request, most=FILES_MAX, usual=FILES_MAX)
    if isinstance(asked, Failure):
        return asked
    now = queue.system.clock.now()
    files = await asyncio.to_thread(queue.system.batches.files, caller.key.use_case, now=now)
    purpose = asked.purpose
    wanted = [openai_files.written(file) for file in files if purpose in ("", file.purpose)]
    return _part(wanted, asked)


async def _file(queue: Queue, caller: Caller, id: str, request: Request, reply: Reply) -> Said:
    file = await asyncio.to_thread(require_file, queue.system, caller.key.use_case, id)
    return openai_files.written(file)


async def _content(queue: Queue, caller: Caller, id: str, request: Request, reply: Reply) -> Said:
    """Give a file's content as it is read, so that none is in memory whole."""
    await asyncio.to_thread(require_file, queue.system, caller.key.use_case, id)
    after = 0
    while page := await asyncio.to_thread(
        queue.system.batches.lines, id, after=after, bytes_max=_CONTENT_BYTES
    ):
        if not reply.begun:
            reply.start(200, [("content-type", "application/octet-stream")])
        reply.write(b"".join(text for _, text in page))
        await reply.drain()
        if reply.gone:
            break
        after = page[-1][0]
    reply.end()
    return None


async def _delete(queue: Queue, caller: Caller, id: str, request: Request, reply: Reply) -> Said:
    await asyncio.to_thread(delete_file, queue.system, caller.key.use_case, id)
    return {"id": id, "object": "file", "deleted": True}


async def _create(queue: Queue, caller: Caller, id: str, request: Request, reply: Reply) -> Said:
    if GUARDRAIL in request.headers:
        summary = f"`{GUARDRAIL}` does not reach the lines of a batch"
        return unsupported(GUARDRAIL, summary, "ask the owner of the remit to name it in a layer")
    order = openai_batches.read_order(request.body)
    if isinstance(order, Failure):
        return order
    async with queue.taking_in:
        batch = await asyncio.to_thread(take_in, queue.system, caller.key, order, sender=caller.sender)
        queue.add(batch)
    return openai_batches.written(batch, queue.currency)


async def _batches(queue: Queue, caller: Caller, id: str, request: Request, reply: Reply) -> Said:
    asked = _listing(request, most=BATCHES_MAX, usual=_LISTED)
    if isinstance(asked, Failure):
        return asked
    batches = await asyncio.to_thread(queue.system.batches.batches, caller.key.use_case)
    return _part([openai_batches.written(each, queue.currency) for each in batches], asked)


async def _batch(queue: Queue, caller: Caller, id: str, request: Request, reply: Reply) -> Said:
    batch = await asyncio.to_thread(require_batch, queue.system, caller.key.use_case, id)
    return openai_batches.written(batch, queue.currency)


async def _cancel(queue: Queue, caller: Caller, id: str, request: Request, reply: Reply) -> Said:
    batch = await asyncio.to_thread(require_batch, queue.system, caller.key.use_case, id)
    return openai_batches.written(await queue.cancel(batch), queue.currency)


async def _search(queue: Queue, caller: Caller, id: str, request: Request, reply: Reply) -> Said:
    body, request.body = request.body, b""
    asked = openai_vector_stores.read_question(body)
    if isinstance(asked, Failure):
        return asked
    question, words = asked
    told = await ask_knowledge(queue.worker, caller.key, id, question)
    if isinstance(told, Refused):
        return answer.of_refusal(told)
    return openai_vector_stores.written(told, words)


Serve = Callable[[Queue, Caller, str, Request, Reply], Awaitable[Said]]


@dataclass(frozen=True, slots=True)
class Route:
    """One address, of which `{id}` is any id, and what serves it."""

    method: str
    path: str
    serve: Serve


ROUTES = (
    Route("POST", "/v1/files", _upload),
    Route("GET", "/v1/files", _files),
    Route("GET", "/v1/files/{id}", _file),
    Route("GET", "/v1/files/{id}/content", _content),
    Route("DELETE", "/v1/files/{id}", _delete),
    Route("POST", "/v1/batches", _create),
    Route("GET", "/v1/batches", _batches),
    Route("GET", "/v1/batches/{id}", _batch),
    Route("POST", "/v1/batches/{id}/cancel", _cancel),
    Route("POST", "/v1/vector_stores/{id}/search", _search),
)
_BY_SHAPE = {(route.method, route.path): route for route in ROUTES}
_PATH = re.compile(r"(/v1/(?:files|batches))(?:/([\w-]{1,80})(/content|/cancel)?)?", re.A)


def route_of(request: Request) -> tuple[Route, str] | None:
    """Find what serves a request, and the id in its path."""
    if base := openai_vector_stores.base_of(request.path):
        route = _BY_SHAPE.get((request.method, "/v1/vector_stores/{id}/search"))
        return None if route is None else (route, base)
    found = _PATH.fullmatch(request.path)
    if found is None:
        return None
    shape = found[1] if found[2] is None else f"{found[1]}/{{id}}{found[3] or ''}"
    route = _BY_SHAPE.get((request.method, shape))
    return None if route is None else (route, found[2] or "")


class _Listing(msgspec.Struct, forbid_unknown_fields=True):
    """Which part of a list is asked for."""

    limit: int
    after: str = ""
    purpose: str = ""
    order: Literal["asc", "desc"] = "desc"


def _listing(request: Request, *, most: int, usual: int) -> _Listing | Failure:
    help = f"send `after`, and `limit` from 1 to {most:,}"
    try:
        given = dict(
            parse_qsl(request.query, strict_parsing=bool(request.query), max_num_fields=_QUERY_FIELDS_MAX)
        )
        asked = msgspec.convert({"limit": usual, **given}, _Listing, strict=False)
    except ValueError:
        return invalid("limit", "the query cannot be read", help)
    if asked.limit < 1:
        return invalid("limit", "`limit` is out of range", help)
    asked.limit = min(asked.limit, most)
    return asked


def _part(items: Sequence[dict[str, Any]], asked: _Listing) -> dict[str, Any]:
    """Take the part of a list that was asked for; its newest come first."""
    items = items if asked.order == "desc" else items[::-1]
    if asked.after:
        ids = [item["id"] for item in items]
        items = items[ids.index(asked.after) + 1 :] if asked.after in ids else []
    page = items[: asked.limit]
    return {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": len(page) < len(items),
    }
