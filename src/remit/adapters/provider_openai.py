"""Any server that speaks the OpenAI chat completions format, reached over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial
from urllib.parse import quote

from remit.adapters import wire_openai_embeddings
from remit.adapters.batch_lines import Door
from remit.adapters.batch_openai import OpenAIBatches
from remit.adapters.exchange import exchange, read_whole
from remit.adapters.http_client import HttpClient, Response, Timeouts
from remit.adapters.remote import model_of
from remit.adapters.sse import EVENT_BYTES_MAX, ServerSentEvents
from remit.adapters.wire_openai import body, refuses
from remit.adapters.wire_openai_answer import OpenAIAnswer
from remit.adapters.wire_openai_error import refusal_of
from remit.enforce.answer import ModelEvent
from remit.enforce.request import EmbedRequest, ModelRequest, Request, Terms
from remit.kernel.errors import ProviderRefused

_EMBEDDINGS_BYTES_MAX = 64 << 20
_LIMIT_FIELDS = ("max_tokens", "max_completion_tokens")


class OpenAIProvider:
    """Serves models of one server.

    Options: `model` is the name to send upstream, else the address after `model/`. `limit_field` is
    `max_completion_tokens` for servers that refuse `max_tokens`. `reasoning` names the field in which
    reasoning goes back to the model (`reasoning_content`, `reasoning`), or is `drop`; with it, callers may
    ask that reasoning be shown, which a server of this format does or does not by itself. `cache_points` is
    `send` for servers that know `prompt_cache_breakpoint`, or `drop` for those that cache by themselves.
    `query` is added to the address, such as `api-version=2026-01-01`; `key_header` sends the key in a header
    of that name, such as `api-key`; `deployment` is asked at an address of its own, as Azure has it. `fields`
    is a JSON object that is added to every request, for what only this server knows. `service_tier` is the
    tier that is asked for, whatever the caller names: a tier with a price of its own is a block of its own.
    """

    name = "openai"
    simulated = False
    counts = False

    def __init__(self, base_url: str, api_key: str | None) -> None:
        self._client = HttpClient(base_url)
        self._key = api_key
        self.batches = OpenAIBatches(Door(self._client, self._headers, refusal_of), _limit_field)

    def refuses(self, request: Request, *, options: Mapping[str, str]) -> str:
        return refuses(request, options) if isinstance(request, ModelRequest) else ""

    def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        if isinstance(request, EmbedRequest):
            return self._embed(request, terms)
        return exchange(
            self._ask,
            request,
            terms,
            messages=ServerSentEvents,
            message_bytes_max=EVENT_BYTES_MAX,
            refusal=refusal_of,
        )

    async def _ask(self, request: Request, terms: Terms) -> tuple[OpenAIAnswer, Response, int]:
        assert isinstance(request, ModelRequest)
        assert request.output_tokens_max is not None, "the remit sets the output limit before a provider"
        options = terms.options
        model = model_of(request.model, options)
        answer = OpenAIAnswer(request, served_model=model)
        data = body(
            request, model=model, limit_field=_limit_field(options), options=options, whole=terms.whole
        )
        response = await self._post("/chat/completions", data, terms)
        return answer, response, request.output_tokens_max

    async def _embed(self, request: EmbedRequest, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        model = model_of(request.model, terms.options)
        data = wire_openai_embeddings.body(request, model=model)
        response = await self._post("/embeddings", data, terms)
        read = partial(wire_openai_embeddings.answer, request=request, model=model)
        yield await read_whole(response, read, refusal=refusal_of, bytes_max=_EMBEDDINGS_BYTES_MAX)

    async def _post(self, path: str, data: bytes, terms: Terms) -> Response:
        options = terms.options
        headers = self._headers(options)
        before = f"/deployments/{quote(options['deployment'], safe='')}" if "deployment" in options else ""
        query = f"?{options['query']}" if "query" in options else ""
        return await self._client.post(f"{before}{path}{query}", headers, data, timeouts=Timeouts.of(terms))

    def _headers(self, options: Mapping[str, str]) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if self._key:
            header = options.get("key_header", "Authorization")
            headers[header] = self._key if header != "Authorization" else f"Bearer {self._key}"
        return headers

    async def count(self, request: ModelRequest, terms: Terms) -> int | None:
        return None

    async def close(self) -> None:
        self._client.close()


def _limit_field(options: Mapping[str, str]) -> str:
    field = options.get("limit_field", _LIMIT_FIELDS[0])
    if field not in _LIMIT_FIELDS:
        raise ProviderRefused(
            "the provider's option `limit_field` is not a field that servers know",
            help=f"use `{_LIMIT_FIELDS[0]}` or `{_LIMIT_FIELDS[1]}` in the model block",
        )
    return field
