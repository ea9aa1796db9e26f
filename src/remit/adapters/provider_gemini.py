"""Gemini, or any server that speaks its generateContent format, reached over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from urllib.parse import quote

from remit.adapters import wire_gemini_embeddings
from remit.adapters.http_client import HttpClient, Response, Timeouts
from remit.adapters.remote import FAULT_BYTES_MAX, model_of
from remit.adapters.sse import EVENT_BYTES_MAX, ServerSentEvents
from remit.adapters.wire_gemini import body, count_body, refuses
from remit.adapters.wire_gemini_answer import GeminiAnswer, counted, refusal_of
from remit.enforce.answer import ModelEvent
from remit.enforce.request import EmbedRequest, ModelRequest, Request, Terms
from remit.kernel.errors import ProviderError, ProviderFailed

PUBLIC_URL = "https://generativelanguage.googleapis.com/v1beta"

# A token comes in an event of some 500 bytes. Past this the server does not hold the output limit.
_STREAM_BYTES_PER_TOKEN_MAX = 4096
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
        self._closed = False

    def refuses(self, request: Request, *, options: Mapping[str, str]) -> str:
        return refuses(request, options) if isinstance(request, ModelRequest) else ""

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        model = model_of(request.model, terms.options)
        if isinstance(request, EmbedRequest):
            yield await self._embed(request, model, terms)
            return
        answer = GeminiAnswer(request, served_model=model)
        assert request.output_tokens_max is not None, "the remit sets the output limit before a provider"
        bytes_max = EVENT_BYTES_MAX + request.output_tokens_max * _STREAM_BYTES_PER_TOKEN_MAX
        verb = "generateContent" if terms.whole else "streamGenerateContent?alt=sse"
        response = await self._post(model, verb, body(request, options=terms.options), terms)
        # Leaving before the answer's end hangs up, which is what stops the work upstream.
        try:
            if response.status != 200:
                raise await _refusal(response)
            if terms.whole:
                yield answer.take(await response.read(bytes_max=bytes_max))
                return
            events = ServerSentEvents()
            async for piece in response.pieces(bytes_max=bytes_max):
                found: list[ModelEvent] = []
                try:
                    for event in events.feed(piece):
                        found += answer.add(event)
                except ProviderError:
                    # What came before the fault was said, however the bytes were cut.
                    if found:
                        yield found
                    raise
                if found:
                    yield found
            # The format has no last event of its own: the end of the body is the end.
            last = [each for event in events.end() for each in answer.add(event)]
            yield [*last, answer.finish()]
        finally:
            response.close(ended=answer.done)

    async def _embed(self, request: EmbedRequest, model: str, terms: Terms) -> Sequence[ModelEvent]:
        data = wire_gemini_embeddings.body(request, model=model)
        held = await self._whole(model, "batchEmbedContents", data, terms, bytes_max=_EMBEDDINGS_BYTES_MAX)
        return wire_gemini_embeddings.answer(held, request, model=model)

    async def count(self, request: ModelRequest, terms: Terms) -> int | None:
        data = count_body(request, options=terms.options)
        model = model_of(request.model, terms.options)
        return counted(await self._whole(model, "countTokens", data, terms, bytes_max=FAULT_BYTES_MAX))

    async def _whole(self, model: str, verb: str, data: bytes, terms: Terms, *, bytes_max: int) -> bytes:
        response = await self._post(model, verb, data, terms)
        try:
            if response.status != 200:
                raise await _refusal(response)
            return await response.read(bytes_max=bytes_max)
        finally:
            response.close()

    async def _post(self, model: str, verb: str, data: bytes, terms: Terms) -> Response:
        if self._closed:
            raise ProviderFailed("the provider's connections are closed", help="start the server again")
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if self._key:
            # In a header and not in the address, which servers on the way write to their logs.
            headers["x-goog-api-key"] = self._key
        path = f"/models/{quote(model, safe='')}:{verb}"
        return await self._client.post(path, headers, data, timeouts=Timeouts.of(terms))

    async def close(self) -> None:
        self._closed = True
        self._client.close()


async def _refusal(response: Response) -> ProviderError:
    try:
        held = await response.read(bytes_max=FAULT_BYTES_MAX)
    except ProviderFailed:
        held = b""
    return refusal_of(response.status, response.headers, held)
