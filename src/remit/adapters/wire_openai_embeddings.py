"""The OpenAI embeddings format as providers speak it: from the canonical request to bytes, and back."""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode
from collections.abc import Sequence

import msgspec

from remit.adapters.remote import broken
from remit.adapters.wire_openai_answer import Count
from remit.enforce.answer import Finish, Vectors
from remit.enforce.request import EmbedRequest
from remit.kernel.usage import Usage


class _Embedding(msgspec.Struct, frozen=True):
    embedding: str | tuple[float, ...]
    index: int = 0


class _Tokens(msgspec.Struct, frozen=True):
    prompt_tokens: Count


class _Embeddings(msgspec.Struct, frozen=True):
    data: tuple[_Embedding, ...]
    usage: _Tokens | None = None
    model: str | None = None


_EMBEDDINGS = msgspec.json.Decoder(_Embeddings)


def body(request: EmbedRequest, *, model: str) -> bytes:
    """Write a request. Numbers are asked for in base64, a third of their text; some servers send text."""
    fields: dict[str, object] = {"model": model, "input": request.inputs, "encoding_format": "base64"}
    if request.dimensions is not None:
        fields["dimensions"] = request.dimensions
    return msgspec.json.encode(fields)


def answer(data: bytes, request: EmbedRequest, *, model: str) -> tuple[Vectors, Finish]:
    """Read an answer: a vector for each text, in the order of the texts."""
    try:
        found = _EMBEDDINGS.decode(data)
        ordered = sorted(found.data, key=lambda each: each.index)
        vectors = tuple(_numbers(each.embedding) for each in ordered)
    except (msgspec.DecodeError, ValueError):
        raise broken("sent an answer that cannot be read") from None
    if [each.index for each in ordered] != list(range(len(request.inputs))):
        raise broken("sent another number of vectors than there are texts")
    tokens = found.usage.prompt_tokens if found.usage else request.input_tokens_estimate
    usage, served = Usage(input_tokens=tokens), (found.model or model)[:200]
    return Vectors(vectors), Finish("stop", usage, served, estimated=found.usage is None)


def _numbers(embedding: str | tuple[float, ...]) -> Sequence[float]:
    """Read 32-bit floats, the lowest byte first; raises ValueError."""
    if not isinstance(embedding, str):
        return embedding
    numbers = array("f", b64decode(embedding, validate=True))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
