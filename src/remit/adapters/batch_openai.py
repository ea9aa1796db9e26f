"""OpenAI's batch service, which others serve too: a file of requests, a batch on it, files of results."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import msgspec

from remit.adapters import wire_openai_embeddings
from remit.adapters.batch_lines import PAGES_MAX, Door, quoted, undecided
from remit.adapters.remote import broken, model_of
from remit.adapters.wire_openai import body
from remit.adapters.wire_openai_answer import OpenAIAnswer
from remit.adapters.wire_openai_error import refusal_of
from remit.enforce.bundle import Bundle, Unserved, unserved
from remit.enforce.request import EmbedRequest, ModelRequest, Request
from remit.kernel.errors import ProviderError
from remit.ports_batches import Outcome

METADATA = "remit_bundle"
"""Under this name a batch says which bundle it is, so that it can be found again."""
BOUNDARY = "remit-bundle-7f3a1c5e9b2d4068"
_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})


class _Named(msgspec.Struct, frozen=True):
    id: str


class _Batch(msgspec.Struct, frozen=True):
    id: str
    status: str = ""
    output_file_id: str | None = None
    error_file_id: str | None = None
    metadata: dict[str, Any] | None = None


class _Page(msgspec.Struct, frozen=True):
    data: tuple[_Batch, ...]
    has_more: bool = False


class _Response(msgspec.Struct, frozen=True):
    status_code: int = 0
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Error(msgspec.Struct, frozen=True):
    code: str | None = None


class _Result(msgspec.Struct, frozen=True):
    custom_id: str
    response: _Response | None = None
    error: _Error | None = None


_NAMED = msgspec.json.Decoder(_Named)
_BATCH = msgspec.json.Decoder(_Batch)
_PAGE = msgspec.json.Decoder(_Page)
_RESULT = msgspec.json.Decoder(_Result)
_UNSERVED: dict[str | None, Unserved] = {"batch_expired": "expired", "batch_cancelled": "cancelled"}


class OpenAIBatches:
    """The batch service of one server; `limit_field` says in which field it takes the output limit."""

    def __init__(self, door: Door, limit_field: Any) -> None:
        self._door = door
        self._limit_field = limit_field

    def refuses(self, request: Request) -> str:
        return ""

    async def send(
        self, bundle: Bundle, requests: Mapping[str, Request], *, options: Mapping[str, str]
    ) -> str:
        url = "/v1/embeddings" if bundle.embeds else "/v1/chat/completions"
        lines = b"\n".join(
            b'{"custom_id":%b,"method":"POST","url":"%b","body":%b}'
            % (msgspec.json.encode(call), url.encode(), self._body(each, options))
            for call, each in requests.items()
        )
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        sent = await self._door.post(
            f"/files{_query(options)}", _upload(bundle.id, lines), options, kind=kind
        )
        file = await self._door.read(sent, _NAMED)
        order = {
            "input_file_id": file.id,
            "endpoint": url,
            "completion_window": "24h",
            "metadata": {METADATA: bundle.id},
        }
        made = await self._door.post(f"/batches{_query(options)}", msgspec.json.encode(order), options)
        return (await self._door.read(made, _BATCH)).id

    def _body(self, request: Request, options: Mapping[str, str]) -> bytes:
        model = model_of(request.model, options)
        if isinstance(request, EmbedRequest):
            return wire_openai_embeddings.body(request, model=model)
        # The service is a tier of its own: a request in it names none.
        plain = msgspec.structs.replace(request, service_tier=None)
        fitting = {name: value for name, value in options.items() if name != "service_tier"}
        return body(plain, model=model, limit_field=self._limit_field(options), options=fitting, whole=True)

    async def find(self, bundle: Bundle, *, options: Mapping[str, str]) -> str | None:
        after = ""
        for _ in range(PAGES_MAX):
            page = await self._door.read(
                await self._door.get(f"/batches{_query(options, f'limit=100{after}')}", options), _PAGE
            )
            for each in page.data:
                if (each.metadata or {}).get(METADATA) == bundle.id:
                    return each.id
            if not page.has_more or not page.data:
                return None
            after = f"&after={quoted(page.data[-1].id)}"
        raise undecided()

    async def _batch(self, remote: str, options: Mapping[str, str]) -> _Batch:
        path = f"/batches/{quoted(remote)}{_query(options)}"
        return await self._door.read(await self._door.get(path, options), _BATCH)

    async def has_ended(self, remote: str, *, options: Mapping[str, str]) -> bool:
        return (await self._batch(remote, options)).status in _ENDED

    async def cancel(self, remote: str, *, options: Mapping[str, str]) -> None:
        path = f"/batches/{quoted(remote)}/cancel{_query(options)}"
        await self._door.read(await self._door.post(path, b"{}", options), _BATCH)

    async def outcomes(
        self, remote: str, requests: Mapping[str, Request], *, options: Mapping[str, str]
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        batch, told = await self._batch(remote, options), set[str]()
        for file in (batch.output_file_id, batch.error_file_id):
            if not file:
                continue
            path = f"/files/{quoted(file)}/content{_query(options)}"
            async for result in self._door.lines(path, options, _RESULT):
                request = requests.get(result.custom_id)
                if request is not None:
                    told.add(result.custom_id)
                    yield result.custom_id, _outcome(result, request, options)
        # Lines that a batch did not come to need not stand in its files.
        how = _UNSERVED.get(f"batch_{batch.status}")
        for call in requests.keys() - told:
            if how is not None:
                yield call, unserved(how)
            elif batch.status == "failed":
                yield call, refusal_of(400, {}, b'{"error": {"code": "batch_failed"}}')


def _outcome(result: _Result, request: Request, options: Mapping[str, str]) -> Outcome:
    if result.error is not None and result.error.code in _UNSERVED:
        return unserved(_UNSERVED[result.error.code])
    response = result.response
    if response is None:
        return broken("could not serve this line")
    data = bytes(response.body)
    if response.status_code != 200:
        return refusal_of(response.status_code, {}, data)
    model = model_of(request.model, options)
    try:
        if isinstance(request, EmbedRequest):
            return wire_openai_embeddings.answer(data, request=request, model=model)
        assert isinstance(request, ModelRequest), "there are two kinds of requests"
        return OpenAIAnswer(request, served_model=model).take(data)
    except ProviderError as error:
        # It was served, whatever it is.
        error.worked = True
        return error


def _query(options: Mapping[str, str], more: str = "") -> str:
    parts = [part for part in (options.get("query", ""), more) if part]
    return f"?{'&'.join(parts)}" if parts else ""


def _upload(name: str, lines: bytes) -> bytes:
    """Write a form with a file. Its boundary stands in no line: a line of JSON has no bare line break."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}.jsonl"\r\n'
        "Content-Type: application/jsonl\r\n\r\n"
    )
    return b"%b%b\n\r\n--%b--\r\n" % (head.encode(), lines, BOUNDARY.encode())
