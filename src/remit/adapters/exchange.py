"""One exchange with a remote provider, the same in every format: ask, refuse or read, and leave.

A format brings three things: its answer, which makes events of messages; what cuts bytes into messages; and
what its refusals mean.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from remit.adapters.http_client import Response
from remit.adapters.remote import FAULT_BYTES_MAX
from remit.enforce.answer import Finish, ModelEvent
from remit.enforce.request import Request, Terms
from remit.kernel.errors import ProviderError, ProviderFailed

# A token comes in an event of 150 to 500 bytes. Past this the server does not hold the output limit.
_BYTES_PER_TOKEN_MAX = 4096

_M = TypeVar("_M")
_R = TypeVar("_R")
_M_in = TypeVar("_M_in", contravariant=True)
_M_out = TypeVar("_M_out", covariant=True)

Refusal = Callable[[int, Mapping[str, str], bytes], ProviderError]
"""Says what a status, a head and a body mean that are no answer."""


class Answer(Protocol[_M_in]):
    """One answer as it comes; `done` once the format has said its last word."""

    done: bool

    def add(self, message: _M_in, /) -> Sequence[ModelEvent]: ...

    def take(self, body: bytes, /) -> Sequence[ModelEvent]:
        """Read an answer that came whole."""
        ...

    def finish(self) -> Finish: ...


class Messages(Protocol[_M_out]):
    """Cuts a byte stream into its messages, wherever the network cut it."""

    def feed(self, piece: bytes, /) -> Iterable[_M_out]: ...

    def end(self) -> Iterable[_M_out]: ...


async def exchange(
    ask: Callable[[Request, Terms], Awaitable[tuple[Answer[_M], Response, int]]],
    request: Request,
    terms: Terms,
    *,
    messages: Callable[[], Messages[_M]],
    message_bytes_max: int,
    refusal: Refusal,
) -> AsyncGenerator[Sequence[ModelEvent], None]:
    """Give out an answer's events, as many at a time as came together.

    `ask` sends the request; it returns the answer to come, the response, and the tokens it may have.
    """
    answer, response, tokens_max = await ask(request, terms)
    bytes_max = message_bytes_max + tokens_max * _BYTES_PER_TOKEN_MAX
    # Leaving before the answer's end hangs up, which is what stops the work upstream.
    taken = response.status == 200
    try:
        if not taken:
            raise await _refused(response, refusal)
        if terms.whole:
            yield answer.take(await response.read(bytes_max=bytes_max))
            return
        reader = messages()
        async for piece in response.pieces(bytes_max=bytes_max):
            found: list[ModelEvent] = []
            try:
                for message in reader.feed(piece):
                    found += answer.add(message)
            except ProviderError:
                # What came before the fault was said, however the network cut the stream.
                if found:
                    yield found
                raise
            if answer.done:
                yield [*found, answer.finish()]
                return
            if found:
                yield found
        # A format without a last message of its own ends where its body does.
        last = [event for message in reader.end() for event in answer.add(message)]
        yield [*last, answer.finish()]
    except ProviderFailed as error:
        error.worked = taken
        raise
    finally:
        response.close(ended=answer.done)


async def read_whole(
    response: Response, read: Callable[[bytes], _R], *, refusal: Refusal, bytes_max: int = FAULT_BYTES_MAX
) -> _R:
    """Take what is no stream of events, such as a count, as `read` reads it, and leave."""
    taken = response.status == 200
    try:
        if not taken:
            raise await _refused(response, refusal)
        return read(await response.read(bytes_max=bytes_max))
    except ProviderFailed as error:
        error.worked = taken
        raise
    finally:
        response.close()


async def _refused(response: Response, refusal: Refusal) -> ProviderError:
    try:
        held = await response.read(bytes_max=FAULT_BYTES_MAX)
    except ProviderFailed:
        held = b""
    return refusal(response.status, response.headers, held)
