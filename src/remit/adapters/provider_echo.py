"""A provider that repeats the question, openly simulated: for trying things out and for exact tests."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from itertools import cycle, islice

from remit.enforce.answer import Delta, Finish, ModelEvent, Vectors
from remit.enforce.request import EmbedRequest, ModelRequest, Request, Terms
from remit.kernel.errors import ProviderBusy, ProviderFailed, ProviderRefused
from remit.kernel.usage import Usage

_PREFIX = "Simulated:"
_WORDS_MAX = 100_000
_PACE_MS_MAX = 60_000
_WORDS_BETWEEN_YIELDS = 32
_DIMENSIONS = 64
_DIMENSIONS_MAX = 4096


class EchoProvider:
    """Answers `Simulated:` and the words of the last user message; one word is one token.

    Options: `words` makes the answer that many words long, the first one included; `pace_ms` waits between
    words; `fail_after` breaks off after so many words; `busy: "true"` has no place free.
    """

    name = "echo"
    simulated = True
    counts = True

    def __init__(self) -> None:
        self._closed = False

    def refuses(self, request: Request, *, options: Mapping[str, str]) -> str:
        return ""

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        assert request.output_tokens_max is not None, "the remit sets the output limit before a provider"
        options = terms.options
        if self._closed:
            raise ProviderFailed("the echo provider is closed", help="start the server again")
        if options.get("busy") == "true":
            raise ProviderBusy(
                "the echo provider is busy, as its options ask", help="remove `busy`", retry_after_s=1
            )
        if isinstance(request, EmbedRequest):
            spoken = sum(len(text.split()) for text in request.inputs)
            finish = Finish("stop", Usage(input_tokens=spoken), "echo")
            yield [Vectors(tuple(_vector(text, request.dimensions) for text in request.inputs)), finish]
            return
        length = _number(options, "words", at_most=_WORDS_MAX)
        pace_ms = _number(options, "pace_ms", at_most=_PACE_MS_MAX) or 0
        fail_after = _number(options, "fail_after", at_most=_WORDS_MAX)
        words = _answer(request, length)
        kept = words[: request.output_tokens_max]
        for position, word in enumerate(kept):
            if position == fail_after:
                raise _broken_off(position)
            if pace_ms > 0 and position > 0:
                await asyncio.sleep(pace_ms / 1000)
            elif position % _WORDS_BETWEEN_YIELDS == 0:
                await asyncio.sleep(0)
            yield [Delta(word if position == 0 else f" {word}")]
        if fail_after == len(kept):
            raise _broken_off(fail_after)
        yield [
            Finish(
                stop_reason="length" if len(kept) < len(words) else "stop",
                usage=Usage(input_tokens=_spoken(request), output_tokens=len(kept)),
                served_model="echo",
            )
        ]

    async def count(self, request: ModelRequest, terms: Terms) -> int | None:
        return _spoken(request)

    async def close(self) -> None:
        self._closed = True


def _spoken(request: ModelRequest) -> int:
    return sum(len(message.text.split()) for message in request.messages)


def _vector(text: str, dimensions: int | None) -> tuple[float, ...]:
    """Make numbers of a text that are the same for the same text, and mean nothing."""
    size = min(dimensions or _DIMENSIONS, _DIMENSIONS_MAX)
    seed = hashlib.blake2b(text.encode(), digest_size=32).digest()
    raw = [seed[place % 32] / 255 - 0.5 for place in range(size)]
    length = math.sqrt(sum(number * number for number in raw)) or 1.0
    return tuple(number / length for number in raw)


def _answer(request: ModelRequest, length: int | None) -> list[str]:
    asked = next(
        (message.text.split() for message in reversed(request.messages) if message.role == "user"), []
    )
    if length is None:
        return [_PREFIX, *asked]
    filling: Iterator[str] = cycle(asked or ["word"])
    return [_PREFIX, *islice(filling, max(0, length - 1))][:length]


def _number(options: Mapping[str, str], key: str, *, at_most: int) -> int | None:
    text = options.get(key)
    if text is None:
        return None
    # `isdecimal` alone takes digits of other scripts, and int() refuses very long ones with its own error.
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) <= at_most):
        raise ProviderRefused(
            f"the echo provider's option `{key}` is not a whole number from 0 to {at_most}",
            help=f"correct `{key}` in the model block, or remove it",
        )
    return int(text)


def _broken_off(words: int) -> ProviderFailed:
    return ProviderFailed(
        f"the echo provider broke off after {words} words, as its options ask", help="remove `fail_after`"
    )
