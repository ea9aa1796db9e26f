"""What holds for an answer in every format that is read over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import aclosing

import pytest

import upstream
from bedrock_bodies import streamed
from remit.adapters.provider_anthropic import AnthropicProvider
from remit.adapters.provider_bedrock import BedrockProvider
from remit.adapters.provider_gemini import GeminiProvider
from remit.adapters.provider_openai import OpenAIProvider
from remit.enforce.answer import Delta, ModelEvent
from remit.enforce.request import EmbedRequest, Message, ModelRequest, Request, Terms
from remit.gateway.aws_event_stream import exception
from remit.kernel.errors import ProviderError
from remit.ports import Provider


def sse(*events: object) -> bytes:
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


# How a provider is made, the path that it asks, and a word and a fault that come in one piece.
FORMATS: dict[str, tuple[Callable[[str], Provider], str, bytes]] = {
    "openai": (
        lambda address: OpenAIProvider(address, "a-key"),
        "/chat/completions",
        sse(
            {"choices": [{"index": 0, "delta": {"content": "Hail"}, "finish_reason": None}]},
            {"error": {"message": "", "code": 500}},
        ),
    ),
    "anthropic": (
        lambda address: AnthropicProvider(address, "a-key"),
        "/v1/messages",
        sse(
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hail"}},
            {"type": "error", "error": {"type": "overloaded_error", "message": ""}},
        ),
    ),
    "gemini": (
        lambda address: GeminiProvider(address, "a-key"),
        "/models/m:streamGenerateContent?alt=sse",
        sse(
            {"candidates": [{"content": {"parts": [{"text": "Hail"}]}}]},
            {"error": {"code": 500, "message": "", "status": "INTERNAL"}},
        ),
    ),
    "bedrock": (
        lambda address: BedrockProvider(address, region="eu-central-1", api_key="a-key"),
        "/model/m/converse-stream",
        streamed([("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hail"}})])
        + exception("throttlingException", b"{}"),
    ),
}


@pytest.mark.parametrize("format", FORMATS)
def test_what_came_before_a_fault_is_said_however_they_were_cut(format: str) -> None:
    make, path, data = FORMATS[format]
    request = ModelRequest("model/m", (Message.of("user", "hello"),), output_tokens_max=50)
    heard: list[ModelEvent] = []

    async def run(provider: Provider) -> None:
        try:
            async with aclosing(provider.stream(request, Terms())) as batches:
                async for batch in batches:
                    heard.extend(batch)
        finally:
            await provider.close()

    answers = {path: lambda _: upstream.Answer([data])}
    with upstream.serving(answers) as server, pytest.raises(ProviderError):
        asyncio.run(run(make(server.address)))
    assert [event.text for event in heard if isinstance(event, Delta)] == ["Hail"]


async def _fault(provider: Provider, request: Request, terms: Terms) -> ProviderError:
    try:
        async with aclosing(provider.stream(request, terms)) as batches:
            with pytest.raises(ProviderError) as told:
                await anext(batches)
            return told.value
    finally:
        await provider.close()


WHOLE_PATHS = {name: path for name, (_, path, _) in FORMATS.items()} | {
    "gemini": "/models/m:generateContent",
    "bedrock": "/model/m/converse",
}
EMBEDDING_PATHS = {"openai": "/embeddings", "gemini": "/models/m:batchEmbedContents"}


@pytest.mark.parametrize(("status", "worked"), [(200, True), (500, False), (504, False)])
@pytest.mark.parametrize("format", FORMATS)
def test_a_fault_says_whether_the_provider_had_taken_the_request(
    format: str, status: int, worked: bool
) -> None:
    make, path, _ = FORMATS[format]
    asked: Request = ModelRequest("model/m", (Message.of("user", "hello"),), output_tokens_max=50)
    requests = [(asked, path, Terms()), (asked, WHOLE_PATHS[format], Terms(whole=True))]
    if format in EMBEDDING_PATHS:
        texts = EmbedRequest("model/m", inputs=("hello",))
        requests.append((texts, EMBEDDING_PATHS[format], Terms()))
    for request, place, terms in requests:
        with upstream.serving({place: lambda _: upstream.Answer(b"no", status)}) as server:
            assert asyncio.run(_fault(make(server.address), request, terms)).worked is worked
