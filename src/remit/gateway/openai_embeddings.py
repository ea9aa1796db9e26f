"""The OpenAI embeddings format: texts in, their meaning as numbers out."""

from __future__ import annotations

import sys
from array import array
from base64 import b64encode
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from remit.enforce.answer import Finish, Piece, Vectors
from remit.enforce.request import EmbedRequest
from remit.gateway.openai_error import error
from remit.gateway.reading import invalid, model_address, read_object, unsupported
from remit.gateway.wire import Account, Ask, Failure, Format, Head

INPUTS_MAX = 2_048
INPUT_BYTES_MAX = 8 << 20
DIMENSIONS_MAX = 65_536


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    model: str
    input: str | list[str | int | list[int]]
    dimensions: int | None = None
    encoding_format: Literal["float", "base64"] | None = None
    user: str | None = None


SERVED = frozenset(_Body.__struct_fields__)
_BODY = msgspec.json.Decoder(_Body)
_ENCODER = msgspec.json.Encoder()


def decode(body: bytes, target: str = "") -> Ask | Failure:
    """Read a body; texts alone are taken, because a remit's bounds count what a text can become."""
    given = read_object(body, _BODY, served=SERVED, not_served=frozenset())
    if isinstance(given, Failure):
        return given
    inputs = [given.input] if isinstance(given.input, str) else given.input
    texts = tuple(each for each in inputs if isinstance(each, str))
    if len(texts) < len(inputs):
        help = "send texts; LangChain does with `check_embedding_ctx_length=False`"
        return unsupported("input", "`input` as tokens is not served by this gateway", help)
    wrong = _checked(texts, given.dimensions)
    if wrong is not None:
        return wrong
    request = EmbedRequest(model_address(given.model), texts, given.dimensions, given.user)
    return Ask(request, False, given.encoding_format == "base64")


def _checked(texts: Sequence[str], dimensions: int | None) -> Failure | None:
    if not 1 <= len(texts) <= INPUTS_MAX:
        return invalid(
            "input", f"`input` has {len(texts)} texts", f"send 1 to {INPUTS_MAX:,}, the rest in another call"
        )
    if not all(texts):
        return invalid("input", "`input` has a text that is empty", "leave it out")
    if sum(len(text) for text in texts) > INPUT_BYTES_MAX:
        summary = f"`input` has more than {INPUT_BYTES_MAX:,} characters in all"
        return invalid("input", summary, "send the rest in another call")
    if dimensions is not None and not 1 <= dimensions <= DIMENSIONS_MAX:
        return invalid("dimensions", "`dimensions` is out of range", f"send 1 to {DIMENSIONS_MAX:,}")
    return None


class _Writer:
    """Writes an answer, which always comes whole."""

    __slots__ = ("_base64", "_model")

    def __init__(self, ask: Ask, head: Head) -> None:
        self._model, self._base64 = head.model, bool(ask.options)

    def whole(self, pieces: Sequence[Piece], finish: Finish, account: Account) -> bytes:
        vectors = [each for piece in pieces if isinstance(piece, Vectors) for each in piece.vectors]
        write = _packed if self._base64 else list
        usage = finish.usage
        return _ENCODER.encode(
            {
                "object": "list",
                "data": [
                    {"object": "embedding", "index": place, "embedding": write(each)}
                    for place, each in enumerate(vectors)
                ],
                "model": self._model,
                "usage": {"prompt_tokens": usage.input_total, "total_tokens": usage.total},
                "remit": account.fields,
            }
        )

    def opening(self) -> bytes:
        raise AssertionError("embeddings are not streamed")

    def pieces(self, pieces: Sequence[Piece]) -> bytes:
        raise AssertionError("embeddings are not streamed")

    def closing(self, finish: Finish, account: Account) -> bytes:
        raise AssertionError("embeddings are not streamed")

    def failing(self, fault: Failure) -> bytes:
        raise AssertionError("embeddings are not streamed")


def _packed(vector: Sequence[float]) -> Any:
    """Write numbers as the format's clients ask for them: 32-bit floats, the lowest byte first, in base64."""
    numbers = array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return b64encode(numbers).decode()


FORMAT = Format("openai-embeddings", decode, _Writer, error)
