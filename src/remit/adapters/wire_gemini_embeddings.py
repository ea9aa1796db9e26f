"""Gemini's format for texts to embed: from the canonical request to bytes, and back."""

from __future__ import annotations

from typing import Any

import msgspec

from remit.adapters.remote import broken
from remit.adapters.wire_openai_answer import Count
from remit.enforce.answer import Finish, Vectors
from remit.enforce.request import EmbedRequest
from remit.kernel.usage import Usage


class _Embedding(msgspec.Struct, frozen=True):
    values: tuple[float, ...]


class _Tokens(msgspec.Struct, frozen=True, rename="camel"):
    prompt_token_count: Count | None = None


class _Embeddings(msgspec.Struct, frozen=True, rename="camel"):
    embeddings: tuple[_Embedding, ...]
    usage_metadata: _Tokens | None = None


_EMBEDDINGS = msgspec.json.Decoder(_Embeddings)


def body(request: EmbedRequest, *, model: str) -> bytes:
    """Write a request; each text names the model again, as the format wants it."""
    more: dict[str, Any] = {}
    if request.dimensions is not None:
        more["outputDimensionality"] = request.dimensions
    asked = [
        {"model": f"models/{model}", "content": {"parts": [{"text": text}]}} | more for text in request.inputs
    ]
    return msgspec.json.encode({"requests": asked})


def answer(data: bytes, request: EmbedRequest, *, model: str) -> tuple[Vectors, Finish]:
    """Read an answer: a vector for each text. Not every server counts the tokens; then they are estimated."""
    try:
        found = _EMBEDDINGS.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise broken("sent an answer that cannot be read") from None
    if len(found.embeddings) != len(request.inputs):
        raise broken("sent another number of vectors than there are texts")
    counted = found.usage_metadata.prompt_token_count if found.usage_metadata else None
    tokens = request.input_tokens_estimate if counted is None else counted
    vectors = tuple(each.values for each in found.embeddings)
    usage = Usage(input_tokens=tokens)
    return Vectors(vectors), Finish("stop", usage, model[:200], estimated=counted is None)
