"""Anthropic's Message Batches: requests sent together, and a file of results when all have ended."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import timedelta

import msgspec

from remit.adapters.batch_lines import PAGES_MAX, SETTLED_S, Door, instant_of, quoted, undecided
from remit.adapters.remote import model_of, refusal, words_of
from remit.adapters.wire_anthropic import body
from remit.adapters.wire_anthropic_answer import AnthropicAnswer
from remit.enforce.bundle import Bundle, unserved
from remit.enforce.request import ModelRequest, Request
from remit.kernel.errors import ProviderError
from remit.ports_batches import Outcome

_PATH = "/v1/messages/batches"
_SKEW = timedelta(seconds=SETTLED_S)
"""By how much the provider's clock and ours may differ."""
_STATUS = {"invalid_request_error": 400, "authentication_error": 401, "permission_error": 403}
"""What an error would have had for a status, alone; others are the server's own."""
_STATUS |= {"not_found_error": 404, "request_too_large": 413, "rate_limit_error": 500, "billing_error": 402}


class _Batch(msgspec.Struct, frozen=True):
    id: str
    processing_status: str = ""
    created_at: str = ""


class _Page(msgspec.Struct, frozen=True):
    data: tuple[_Batch, ...]
    has_more: bool = False
    last_id: str | None = None


class _Fault(msgspec.Struct, frozen=True):
    type: str = ""
    error: dict[str, object] | None = None


class _Outcome(msgspec.Struct, frozen=True):
    type: str
    message: msgspec.Raw = msgspec.Raw(b"null")
    error: _Fault | None = None


class _Result(msgspec.Struct, frozen=True):
    custom_id: str
    result: _Outcome


_BATCH = msgspec.json.Decoder(_Batch)
_PAGE = msgspec.json.Decoder(_Page)
_RESULT = msgspec.json.Decoder(_Result)


class AnthropicBatches:
    """The batch service of one server."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def refuses(self, request: Request) -> str:
        return "" if isinstance(request, ModelRequest) else "texts to embed"

    async def send(
        self, bundle: Bundle, requests: Mapping[str, Request], *, options: Mapping[str, str]
    ) -> str:
        asked = [
            {"custom_id": call, "params": msgspec.Raw(_params(each, options))}
            for call, each in requests.items()
        ]
        data = msgspec.json.encode({"requests": asked})
        return (await self._door.read(await self._door.post(_PATH, data, options), _BATCH)).id

    async def find(self, bundle: Bundle, *, options: Mapping[str, str]) -> str | None:
        """Find a bundle by its lines: a batch has no words of ours, and its lines are told when it has ended.

        So it is undecided as long as a batch from about then runs that might be it.
        """
        runs = False
        async for each in self._since(bundle, options):
            if each.processing_status != "ended":
                runs = True
            elif await self._is(each, bundle, options):
                return each.id
        if runs:
            raise undecided()
        return None

    async def _since(self, bundle: Bundle, options: Mapping[str, str]) -> AsyncGenerator[_Batch, None]:
        """Give out the batches from about when a bundle was made on; the list begins with the newest."""
        after = ""
        for _ in range(PAGES_MAX):
            page = await self._door.read(await self._door.get(f"{_PATH}?limit=100{after}", options), _PAGE)
            for each in page.data:
                made = instant_of(each.created_at)
                if made is not None and made < bundle.at - _SKEW:
                    return
                yield each
            if not page.has_more or not page.last_id:
                return
            after = f"&after_id={quoted(page.last_id)}"
        raise undecided()

    async def _is(self, batch: _Batch, bundle: Bundle, options: Mapping[str, str]) -> bool:
        path = f"{_PATH}/{quoted(batch.id)}/results"
        async with aclosing(self._door.lines(path, options, _RESULT)) as lines:
            async for line in lines:
                return line.custom_id in bundle.calls
        return False

    async def has_ended(self, remote: str, *, options: Mapping[str, str]) -> bool:
        found = await self._door.read(await self._door.get(f"{_PATH}/{quoted(remote)}", options), _BATCH)
        return found.processing_status == "ended"

    async def cancel(self, remote: str, *, options: Mapping[str, str]) -> None:
        path = f"{_PATH}/{quoted(remote)}/cancel"
        await self._door.read(await self._door.post(path, b"{}", options), _BATCH)

    async def outcomes(
        self, remote: str, requests: Mapping[str, Request], *, options: Mapping[str, str]
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        async for line in self._door.lines(f"{_PATH}/{quoted(remote)}/results", options, _RESULT):
            request = requests.get(line.custom_id)
            if request is not None:
                yield line.custom_id, _outcome(line.result, request, options)


def _params(request: Request, options: Mapping[str, str]) -> bytes:
    assert isinstance(request, ModelRequest), "it refuses embeddings"
    plain = msgspec.structs.replace(request, service_tier=None)
    return body(plain, model=model_of(request.model, options), options=options, whole=True)


def _outcome(result: _Outcome, request: Request, options: Mapping[str, str]) -> Outcome:
    assert isinstance(request, ModelRequest), "it refuses embeddings"
    if result.type in ("expired", "canceled"):
        return unserved("expired" if result.type == "expired" else "cancelled")
    if result.type != "succeeded":
        error = result.error.error if result.error is not None else None
        words = words_of(error, fields=("type",))
        return refusal(_STATUS.get(words[0] if words else "", 500), {}, words)
    answer = AnthropicAnswer(request, served_model=model_of(request.model, options))
    try:
        return answer.take(bytes(result.message))
    except ProviderError as error:
        # It was served, whatever it is.
        error.worked = True
        return error
