"""Any server that speaks Anthropic's Messages format, reached over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence

from remit.adapters.batch_anthropic import AnthropicBatches
from remit.adapters.batch_lines import Door
from remit.adapters.exchange import exchange, read_whole
from remit.adapters.http_client import HttpClient, Response, Timeouts
from remit.adapters.remote import error_in, model_of, refusal, words_of
from remit.adapters.sse import EVENT_BYTES_MAX, ServerSentEvents
from remit.adapters.wire_anthropic import body, count_body, refuses
from remit.adapters.wire_anthropic_answer import AnthropicAnswer, counted
from remit.enforce.answer import ModelEvent
from remit.enforce.request import ModelRequest, Request, Terms
from remit.kernel.errors import ProviderError

PUBLIC_URL = "https://api.anthropic.com"
VERSION = "2023-06-01"

_TOO_LONG = "prompt is too long"


class AnthropicProvider:
    """Serves models of one server.

    Options: `model` is the name to send upstream, else the address after `model/`. `version` and `beta` are
    what the headers `anthropic-version` and `anthropic-beta` say. `system: anywhere` is for models that take
    system messages in the middle of a conversation; `reasoning: drop` leaves out reasoning that has no
    signature, such as that of another model.
    """

    name = "anthropic"
    simulated = False
    counts = False

    def __init__(self, base_url: str | None, api_key: str | None) -> None:
        self._client = HttpClient(base_url or PUBLIC_URL)
        self._key = api_key
        self.batches = AnthropicBatches(Door(self._client, self._headers, _refusal_of))

    def refuses(self, request: Request, *, options: Mapping[str, str]) -> str:
        return refuses(request, options) if isinstance(request, ModelRequest) else "texts to embed"

    def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        return exchange(
            self._ask,
            request,
            terms,
            messages=ServerSentEvents,
            message_bytes_max=EVENT_BYTES_MAX,
            refusal=_refusal_of,
        )

    async def _ask(self, request: Request, terms: Terms) -> tuple[AnthropicAnswer, Response, int]:
        assert isinstance(request, ModelRequest), "it refuses embeddings"
        assert request.output_tokens_max is not None, "the remit sets the output limit before a provider"
        model = model_of(request.model, terms.options)
        answer = AnthropicAnswer(request, served_model=model)
        data = body(request, model=model, options=terms.options, whole=terms.whole)
        response = await self._post("/v1/messages", data, terms)
        return answer, response, request.output_tokens_max

    async def count(self, request: ModelRequest, terms: Terms) -> int | None:
        data = count_body(request, model=model_of(request.model, terms.options), options=terms.options)
        response = await self._post("/v1/messages/count_tokens", data, terms)
        return await read_whole(response, counted, refusal=_refusal_of)

    async def _post(self, path: str, data: bytes, terms: Terms) -> Response:
        headers = self._headers(terms.options)
        return await self._client.post(path, headers, data, timeouts=Timeouts.of(terms))

    def _headers(self, options: Mapping[str, str]) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "anthropic-version": options.get("version", VERSION),
        }
        if "beta" in options:
            headers["anthropic-beta"] = options["beta"]
        if self._key:
            headers["x-api-key"] = self._key
        return headers

    async def close(self) -> None:
        self._client.close()


def _refusal_of(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    error = error_in(body)
    words = words_of(error, fields=("type",))
    # The server has no word of its own for an input beyond the model's context; only its sentence tells.
    said = error.get("message") if isinstance(error, dict) else None
    if isinstance(said, str) and said.startswith(_TOO_LONG):
        words = ("request_too_large", *words)
    return refusal(status, headers, words)
