"""Gemini, or any server that speaks its generateContent format, reached over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial
from urllib.parse import quote

from remit.adapters import wire_gemini_embeddings
from remit.adapters.exchange import exchange, read_whole
from remit.adapters.http_client import HttpClient, Response, Timeouts
from remit.adapters.remote import model_of
from remit.adapters.sse import EVENT_BYTES_MAX, ServerSentEvents
from remit.adapters.wire_gemini import body, count_body, refuses
from remit.adapters.wire_gemini_answer import GeminiAnswer, counted, refusal_of
from remit.enforce.answer import ModelEvent
from remit.enforce.request import EmbedRequest, ModelRequest, Request, Terms

PUBLIC_URL = "https://generativelanguage.googleapis.com/v1beta"

_EMBEDDINGS_BYTES_MAX = 64 << 20


class GeminiProvider:
    """Serves models of one server.

    Options: `model` is the name to send upstream, else the address after `model/`. `thinking` is `level` or
    `budget`, the way in which a model is told its effort; left out, the model's name shows it.
    `reasoning: drop` leaves out what a model thought before, such as that of another provider;
    `cache_points: drop` leaves out cache points, as its servers cache by themselves. `signature`
    is written on calls of tools that have none, because another provider's model asked for them or the
    caller's format has no place for it, such as `skip_thought_signature_validator`, which Gemini 3 takes.
    """

    name = "gemini"
    simulated = False
    counts = False

    def __init__(self, base_url: str | None, api_key: str | None) -> None:
        self._client = HttpClient(base_url or PUBLIC_URL)
        self._key = api_key

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

    async def _ask(self, request: Request, terms: Terms) -> tuple[GeminiAnswer, Response, int]:
        assert isinstance(request, ModelRequest)
        assert request.output_tokens_max is not None, "the remit sets the output limit before a provider"
        model = model_of(request.model, terms.options)
        answer = GeminiAnswer(request, served_model=model)
        verb = "generateContent" if terms.whole else "streamGenerateContent?alt=sse"
        response = await self._post(model, verb, body(request, options=terms.options), terms)
        return answer, response, request.output_tokens_max

    async def _embed(self, request: EmbedRequest, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        model = model_of(request.model, terms.options)
        data = wire_gemini_embeddings.body(request, model=model)
        response = await self._post(model, "batchEmbedContents", data, terms)
        read = partial(wire_gemini_embeddings.answer, request=request, model=model)
        yield await read_whole(response, read, refusal=refusal_of, bytes_max=_EMBEDDINGS_BYTES_MAX)

    async def count(self, request: ModelRequest, terms: Terms) -> int | None:
        data = count_body(request, options=terms.options)
        response = await self._post(model_of(request.model, terms.options), "countTokens", data, terms)
        return await read_whole(response, counted, refusal=refusal_of)

    async def _post(self, model: str, verb: str, data: bytes, terms: Terms) -> Response:
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if self._key:
            # In a header and not in the address, which servers on the way write to their logs.
            headers["x-goog-api-key"] = self._key
        path = f"/models/{quote(model, safe='')}:{verb}"
        return await self._client.post(path, headers, data, timeouts=Timeouts.of(terms))

    async def close(self) -> None:
        self._client.close()
