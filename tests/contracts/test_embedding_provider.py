"""What every provider that embeds must do, held against each adapter and a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import aclosing
from math import isclose, sqrt
from typing import Any

import msgspec
import pytest

from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.adapters.provider_echo import EchoProvider
from remit.adapters.provider_openai import OpenAIProvider
from remit.adapters.provider_wordllama import WordllamaProvider
from remit.adapters.wire_openai_embeddings import answer
from remit.enforce.answer import Finish, Vectors
from remit.enforce.request import EmbedRequest, Message, ModelRequest, Terms
from remit.kernel.errors import ProviderFailed
from remit.ports import Provider
from upstream_openai import upstream

TEXTS = ("a claim", "another claim, and a longer one", "a claim")


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module", params=["echo", "openai", "wordllama"])
def made(request: pytest.FixtureRequest) -> Iterator[Callable[[], Provider]]:
    if request.param == "openai":
        with upstream() as server:
            yield lambda: OpenAIProvider(server.base_url, None)
    elif request.param == "echo":
        yield EchoProvider
    else:
        embedding = WordllamaEmbedding()
        yield lambda: WordllamaProvider(embedding)


@pytest.fixture(scope="module")
def provider(runner: asyncio.Runner, made: Callable[[], Provider]) -> Iterator[Provider]:
    provider = made()
    yield provider
    runner.run(provider.close())


async def embedded(provider: Provider, *texts: str, **more: Any) -> tuple[Vectors, Finish]:
    request = EmbedRequest("model/any", texts, **more)
    async with aclosing(provider.stream(request, Terms(whole=True))) as batches:
        [vectors, finish] = [event async for batch in batches for event in batch]
    assert isinstance(vectors, Vectors)
    assert isinstance(finish, Finish)
    return vectors, finish


def test_each_text_has_a_vector_in_its_place(runner: asyncio.Runner, provider: Provider) -> None:
    vectors, finish = runner.run(embedded(provider, *TEXTS))
    first, second, third = (list(each) for each in vectors.vectors)
    assert first == third != second
    assert len(first) == len(second) > 1
    assert finish.usage.input_tokens > 0
    assert finish.usage.output_tokens == 0
    assert (finish.stop_reason, bool(finish.served_model)) == ("stop", True)


def test_a_vector_is_as_long_as_was_asked(runner: asyncio.Runner, provider: Provider) -> None:
    assert not provider.refuses(EmbedRequest("model/any", TEXTS, 64), options={})
    vectors, _ = runner.run(embedded(provider, *TEXTS, dimensions=64))
    assert {len(each) for each in vectors.vectors} == {64}


def test_a_count_of_messages_is_a_number_or_none(runner: asyncio.Runner, provider: Provider) -> None:
    request = ModelRequest("model/any", (Message.of("user", "two words"),))
    count = runner.run(provider.count(request, Terms()))
    assert count == (2 if provider.name == "echo" else None)


def test_a_closed_provider_fails(runner: asyncio.Runner, made: Callable[[], Provider]) -> None:
    provider = made()
    runner.run(provider.close())
    with pytest.raises(ProviderFailed):
        runner.run(embedded(provider, "x"))


def test_word_vectors_write_nothing_and_have_three_lengths(runner: asyncio.Runner) -> None:
    provider = WordllamaProvider(WordllamaEmbedding())
    assert provider.refuses(ModelRequest("model/a", (Message.of("user", "x"),)), options={})
    assert "64" in provider.refuses(EmbedRequest("model/a", ("x",), 100), options={})
    for dimensions in (64, 128, 256):
        vectors, _ = runner.run(embedded(provider, "a claim", dimensions=dimensions))
        [vector] = vectors.vectors
        assert isclose(sqrt(sum(number * number for number in vector)), 1, abs_tol=1e-5)


def test_word_vectors_are_of_the_whole_text_however_long(runner: asyncio.Runner) -> None:
    provider = WordllamaProvider(WordllamaEmbedding())
    long = "claim " * 2000
    one, finish = runner.run(embedded(provider, long))
    other, _ = runner.run(embedded(provider, long + "harbour " * 2000))
    assert list(one.vectors[0]) != list(other.vectors[0])
    assert finish.usage.input_tokens >= 2000


ASKED = EmbedRequest("model/any", ("a", "b"))


def entries(*indexes: int, embedding: Any = (0.5,)) -> bytes:
    return msgspec.json.encode({"data": [{"index": index, "embedding": embedding} for index in indexes]})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{}",
        b'{"data": 7}',
        b'{"data": [{"embedding": "\xff"}]}',
        entries(0),
        entries(0, 0),
        entries(0, 2),
        entries(0, 1, 2),
        entries(0, 1, embedding="AAA"),
        entries(0, 1, embedding="AAAA"),
        entries(0, 1, embedding="!!!!"),
        entries(0, 1, embedding=["x"]),
    ],
)
def test_an_answer_that_does_not_fit_the_texts_is_a_fault(body: bytes) -> None:
    with pytest.raises(ProviderFailed):
        answer(body, ASKED, model="m")


def test_an_answer_without_a_count_is_estimated() -> None:
    vectors, finish = answer(entries(1, 0), ASKED, model="m")
    assert vectors.vectors == ((0.5,), (0.5,))
    assert finish.usage.input_tokens == ASKED.input_tokens_estimate
