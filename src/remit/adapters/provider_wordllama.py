"""Embeddings on this machine: the word vectors that travel in the package `wordllama`, as a provider."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING

from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.enforce.answer import Finish, ModelEvent, Vectors
from remit.enforce.request import EmbedRequest, ModelRequest, Request, Terms
from remit.kernel.errors import ProviderFailed, RemitError
from remit.kernel.usage import Usage

if TYPE_CHECKING:
    from remit.adapters.embedding_wordllama import Rows

DIMENSIONS = (64, 128, 256)
"""The lengths at which these vectors were trained to mean something."""


class WordllamaProvider:
    """Embeds texts in a thread of its own, so that other calls go on meanwhile."""

    name = "wordllama"
    simulated = False
    counts = True

    def __init__(self, embedding: WordllamaEmbedding) -> None:
        self._embedding = embedding
        self._closed = False
        # One at a time: more would only share the same cores, and each holds its texts as tokens.
        self._turn = asyncio.Lock()

    def refuses(self, request: Request, *, options: Mapping[str, str]) -> str:
        if not isinstance(request, EmbedRequest):
            return "messages; it only embeds texts"
        if request.dimensions not in (None, *DIMENSIONS):
            return "`dimensions` other than 64, 128 or 256"
        return ""

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        assert isinstance(request, EmbedRequest), "it refuses what is no embedding"
        if self._closed:
            raise ProviderFailed("the provider `wordllama` is closed", help="start the server again")
        async with self._turn:
            rows, tokens = await asyncio.to_thread(self._counted, request)
        vectors = tuple(array("f", row.tobytes()) for row in rows)
        yield [Vectors(vectors), Finish("stop", Usage(input_tokens=tokens), "wordllama-l2-supercat-256")]

    def _counted(self, request: EmbedRequest) -> tuple[Rows, int]:
        try:
            return self._embedding.counted(request.inputs, dimensions=request.dimensions)
        except RemitError as error:
            raise ProviderFailed(error.summary, help=error.help) from error

    async def count(self, request: ModelRequest, terms: Terms) -> int | None:
        return None

    async def close(self) -> None:
        self._closed = True
