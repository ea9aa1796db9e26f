"""Amazon Bedrock, asked in its Converse format."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from urllib.parse import quote

from remit.adapters.aws_credentials import Credentials
from remit.adapters.aws_event_stream import MESSAGE_BYTES_MAX, EventStream
from remit.adapters.bedrock_answer import BedrockAnswer, count_in, refusal_of
from remit.adapters.bedrock_client import BedrockClient
from remit.adapters.exchange import exchange, read_whole
from remit.adapters.http_client import Response
from remit.adapters.remote import model_of
from remit.adapters.wire_bedrock import body, count_body, refuses
from remit.enforce.answer import ModelEvent
from remit.enforce.request import ModelRequest, Request, Terms
from remit.kernel.errors import ProviderRefused

_NO_COUNTER = frozenset({400, 404})


def service_url(service: str, region: str) -> str:
    """Name the address of a service of AWS's in a region."""
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://{service}.{region}.{suffix}"


class BedrockProvider:
    """Serves the models of one account's region.

    Options: `model` is the model id, inference profile or ARN to ask, else the address after `model/`.
    `family` (`anthropic`, `nova`, `openai`) says whose words the model takes where its id does not show it.
    `latency` is `optimized` for models that are served faster for more.

    Exactly one of `api_key` (sent as a bearer token) and `credentials` (signed with) is given.
    """

    name = "bedrock"
    simulated = False
    counts = False

    def __init__(
        self,
        base_url: str,
        *,
        region: str,
        api_key: str | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        self._client = BedrockClient(base_url, region=region, api_key=api_key, credentials=credentials)

    def refuses(self, request: Request, *, options: Mapping[str, str]) -> str:
        return refuses(request, options) if isinstance(request, ModelRequest) else "texts to embed"

    def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        return exchange(
            self._ask,
            request,
            terms,
            messages=EventStream,
            message_bytes_max=MESSAGE_BYTES_MAX,
            refusal=refusal_of,
        )

    async def _ask(self, request: Request, terms: Terms) -> tuple[BedrockAnswer, Response, int]:
        if not isinstance(request, ModelRequest):
            raise ProviderRefused("the provider embeds no texts", help="use another model")
        assert request.output_tokens_max is not None, "the remit sets the output limit before a provider"
        model = model_of(request.model, terms.options)
        answer = BedrockAnswer(request, served_model=model)
        verb = "converse" if terms.whole else "converse-stream"
        data = body(request, options=terms.options)
        response = await self._client.post(f"/model/{quote(model, safe='')}/{verb}", data, terms)
        return answer, response, request.output_tokens_max

    async def count(self, request: ModelRequest, terms: Terms) -> int | None:
        """Ask for a count; the service has none for some models, which it says by refusing to count."""
        model = model_of(request.model, terms.options)
        data = count_body(request, options=terms.options)
        response = await self._client.post(f"/model/{quote(model, safe='')}/count-tokens", data, terms)
        if response.status in _NO_COUNTER:
            response.close()
            return None
        return await read_whole(response, count_in, refusal=refusal_of)

    async def close(self) -> None:
        self._client.close()
