"""Any server that speaks the OpenAI chat completions format, reached over HTTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import Annotated, Any

import aiohttp
import msgspec

from remit.declare.version import family
from remit.enforce.request import Delta, Finish, ModelEvent, ModelRequest, StopReason, estimated_tokens
from remit.kernel.errors import ProviderBusy, ProviderError, ProviderFailed, ProviderRefused
from remit.kernel.usage import Usage

_EVENT_BYTES_MAX = 1 << 20
# A token comes in an event of some 300 bytes. Past this the server does not hold the output limit.
_STREAM_BYTES_PER_TOKEN_MAX = 4096
_FAULT_BYTES_MAX = 64 << 10
_CONNECT_S_MAX = 10.0
_CONNECTIONS_MAX = 1024
_READ_OUT_S = 0.25
_RETRY_AFTER_S = 10
_RETRY_AFTER_S_MAX = 3600
# A count outside these bounds is none: a negative one would give money back, a vast one fits no column.
_Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
_WORD = re.compile(r"[a-z_-]{1,48}")
_TOO_LARGE = {"context_length_exceeded", "exceed_context_size_error"}
_LIMIT_FIELDS = ("max_tokens", "max_completion_tokens")


class _Text(msgspec.Struct, frozen=True):
    content: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    delta: _Text | None = None
    finish_reason: str | None = None


class _InputDetails(msgspec.Struct, frozen=True):
    cached_tokens: _Count | None = None


class _OutputDetails(msgspec.Struct, frozen=True):
    reasoning_tokens: _Count | None = None


class _Tokens(msgspec.Struct, frozen=True):
    prompt_tokens: _Count
    completion_tokens: _Count
    prompt_tokens_details: _InputDetails | None = None
    completion_tokens_details: _OutputDetails | None = None


class _Chunk(msgspec.Struct, frozen=True):
    choices: tuple[_Choice, ...] | None = None
    usage: _Tokens | None = None
    model: str | None = None
    error: Any = None  # its shape differs from server to server


class ServerSentEvents:
    """Cuts a byte stream into the data of its events, wherever the network cut it.

    >>> events = ServerSentEvents()
    >>> events.feed(b": hello\\r\\nda"), events.feed(b"ta: one\\r\\n\\r"), events.feed(b"\\ndata:two\\n\\n")
    ([], [], [b'one', b'two'])
    >>> events.feed(b"data: half"), events.end()
    ([], [b'half'])
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> list[bytes]:
        lines = (self._rest + piece).splitlines(keepends=True)
        # A carriage return at the end may be the first half of a line break: it waits for what follows.
        self._rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        events = [event for line in lines if (event := self._line(line.rstrip(b"\r\n"))) is not None]
        if len(self._rest) + sum(map(len, self._data)) > _EVENT_BYTES_MAX:
            raise _broken("sent an event that is too long")
        return events

    def end(self) -> list[bytes]:
        """Return the event that no empty line has closed; some servers forget the last one."""
        last = [self._line(self._rest.rstrip(b"\r\n")), self._line(b"")]
        return [event for event in last if event is not None]

    def _line(self, line: bytes) -> bytes | None:
        if len(line) > _EVENT_BYTES_MAX:
            raise _broken("sent an event that is too long")
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif not line and self._data:
            event, self._data = b"\n".join(self._data), []
            return event
        return None


class _Answer:
    """What the chunks of one answer add up to."""

    def __init__(self, request: ModelRequest, *, output_tokens_max: int, served_model: str) -> None:
        self._request = request
        self._output_tokens_max = output_tokens_max
        self._served_model = served_model
        self._text_bytes = 0
        self._counted = 0
        self._finished: str | None = None
        self._tokens: _Tokens | None = None
        self.done = False

    def add(self, event: bytes) -> Delta | None:
        if event.strip() == b"[DONE]":
            self.done = True
            return None
        try:
            chunk = msgspec.json.decode(event, type=_Chunk)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise _broken("sent an event that cannot be read") from None
        if chunk.error is not None:
            raise _broken(f"broke off with an error{_named(_words(chunk.error))}")
        self._tokens = chunk.usage or self._tokens
        self._served_model = chunk.model or self._served_model
        choices = chunk.choices or ()
        self._finished = next((choice.finish_reason for choice in choices), None) or self._finished
        text = "".join(choice.delta.content or "" for choice in choices if choice.delta is not None)
        return Delta(text, tokens=self._count(text)) if text else None

    def _count(self, text: str) -> int:
        """Estimate the tokens of a piece: one at least, and three bytes each over the whole answer."""
        self._text_bytes += len(text.encode())
        counted = min(self._output_tokens_max, max(self._counted + 1, -(-self._text_bytes // 3)))
        fresh, self._counted = counted - self._counted, counted
        return fresh

    def finish(self) -> Finish:
        if self._finished is None or not (self.done or self._tokens):
            raise _broken("ended the answer before its last event")
        reason: StopReason = "length" if self._finished == "length" else "stop"
        return Finish(reason, usage=self._usage(), served_model=self._served_model[:200])

    def _usage(self) -> Usage:
        tokens = self._tokens
        if tokens is None:
            messages = self._request.messages
            read = 64 + sum(16 + estimated_tokens(message.text) for message in messages)
            return Usage(
                input_tokens=min(read, self._request.input_tokens_bound), output_tokens=self._counted
            )
        inputs = tokens.prompt_tokens_details or _InputDetails()
        outputs = tokens.completion_tokens_details or _OutputDetails()
        cached = min(inputs.cached_tokens or 0, tokens.prompt_tokens)
        return Usage(
            input_tokens=tokens.prompt_tokens - cached,
            output_tokens=tokens.completion_tokens,
            cache_read_tokens=cached,
            reasoning_tokens=outputs.reasoning_tokens or 0,
        )


class OpenAIProvider:
    """Serves models of one server; `timeout_s` bounds a whole answer.

    Options: `model` is the name to send upstream, else the address after `model/`. `limit_field` is
    `max_completion_tokens` for servers that refuse `max_tokens`.
    """

    name = "openai"
    simulated = False

    def __init__(self, base_url: str, api_key: str | None, *, timeout_s: float = 600.0) -> None:
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._headers = {"Accept": "text/event-stream", "Content-Type": "application/json"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(_CONNECT_S_MAX, timeout_s))
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def stream(
        self, request: ModelRequest, *, options: Mapping[str, str]
    ) -> AsyncGenerator[ModelEvent, None]:
        if self._closed:
            raise ProviderFailed("the provider's connections are closed", help="start the server again")
        assert request.output_tokens_max is not None, "the remit sets the output limit before a provider"
        model = options.get("model") or family(request.model).removeprefix("model/")
        answer = _Answer(request, output_tokens_max=request.output_tokens_max, served_model=model)
        body = _body(request, model=model, limit_field=_limit_field(options))
        bytes_max = _EVENT_BYTES_MAX + request.output_tokens_max * _STREAM_BYTES_PER_TOKEN_MAX
        try:
            # A redirect would lead to a server that nobody declared. Leaving this block before the answer's
            # end hangs up, which is what stops the work upstream.
            async with (
                self._pool().post(self._url, data=body, allow_redirects=False) as response,
                aclosing(_deltas(response, answer, bytes_max=bytes_max)) as deltas,
            ):
                async for delta in deltas:
                    yield delta
        # These can hold the request's headers, so they are not passed on.
        except TimeoutError:
            raise _broken("did not answer in time") from None
        except (aiohttp.ClientError, OSError):
            raise _broken("could not be reached, or cut the connection") from None
        yield answer.finish()

    async def close(self) -> None:
        self._closed = True
        if self._session is not None:
            await self._session.close()

    def _pool(self) -> aiohttp.ClientSession:
        # Made here because a session belongs to the event loop that runs when it is made.
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self._headers,
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS_MAX),
            )
        return self._session


async def _deltas(
    response: aiohttp.ClientResponse, answer: _Answer, *, bytes_max: int
) -> AsyncGenerator[Delta, None]:
    if response.status != 200:
        raise await _refusal(response)
    async with aclosing(_events(response.content, bytes_max=bytes_max)) as events:
        async for event in events:
            delta = answer.add(event)
            if delta is not None:
                yield delta
            if answer.done:
                break
    if answer.done:
        await _read_out(response.content)


async def _read_out(content: aiohttp.StreamReader) -> None:
    """Take the end of the body after the last event, so that the connection can serve the next call."""
    with suppress(TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(_READ_OUT_S):
            await content.read(1)


async def _events(content: aiohttp.StreamReader, *, bytes_max: int) -> AsyncGenerator[bytes, None]:
    events = ServerSentEvents()
    received = 0
    async for piece in content.iter_any():
        received += len(piece)
        if received > bytes_max:
            raise _broken("sent more than the output limit allows")
        for event in events.feed(piece):
            yield event
    for event in events.end():
        yield event


def _limit_field(options: Mapping[str, str]) -> str:
    field = options.get("limit_field", _LIMIT_FIELDS[0])
    if field not in _LIMIT_FIELDS:
        raise ProviderRefused(
            "the provider's option `limit_field` is not a field that servers know",
            help=f"use `{_LIMIT_FIELDS[0]}` or `{_LIMIT_FIELDS[1]}` in the model block",
        )
    return field


def _body(request: ModelRequest, *, model: str, limit_field: str) -> bytes:
    body: dict[str, object] = {
        "model": model,
        "messages": [{"role": message.role, "content": message.text} for message in request.messages],
        limit_field: request.output_tokens_max,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    settings = {"temperature": request.temperature, "top_p": request.top_p, "seed": request.seed}
    body |= {key: value for key, value in settings.items() if value is not None}
    if request.stop:
        body["stop"] = request.stop
    return msgspec.json.encode(body)


async def _refusal(response: aiohttp.ClientResponse) -> ProviderError:
    status = response.status
    words = await _fault_words(response)
    if status == 429:
        return ProviderBusy(
            f"the provider takes no more calls now{_named(words)}",
            help="try again later, or use another model",
            retry_after_s=_retry_after_s(response.headers.get("Retry-After", "")),
        )
    if _TOO_LARGE.intersection(words):
        return ProviderRefused(
            "the input is longer than the provider's model takes",
            help="shorten the messages, or use a model with a larger context",
            code="input-too-large",
        )
    if status in (401, 403):
        return ProviderRefused(
            f"the provider refused our key with status {status}{_named(words)}",
            help="check the key and its permissions with whoever runs the provider",
        )
    if 400 <= status < 500:
        return ProviderRefused(
            f"the provider refused the request with status {status}{_named(words)}",
            help="check the model block's options, and that the provider serves this model",
        )
    return _broken(f"answered with status {status}{_named(words)}")


async def _fault_words(response: aiohttp.ClientResponse) -> tuple[str, ...]:
    held = b""
    async for piece in response.content.iter_any():
        held += piece
        if len(held) > _FAULT_BYTES_MAX:
            return ()
    try:
        found = msgspec.json.decode(held)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
    return _words(found.get("error")) if isinstance(found, dict) else ()


def _words(error: object) -> tuple[str, ...]:
    """Keep an error's code and type where they are plain words; its message can quote the prompt."""
    if not isinstance(error, dict):
        return ()
    values = (error.get("code"), error.get("type"))
    return tuple(value for value in values if isinstance(value, str) and _WORD.fullmatch(value))


def _named(words: tuple[str, ...]) -> str:
    return f" (`{words[0]}`)" if words else ""


def _retry_after_s(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        return _RETRY_AFTER_S
    return min(max(1, int(text)), _RETRY_AFTER_S_MAX)


def _broken(what: str) -> ProviderFailed:
    return ProviderFailed(f"the provider {what}", help="try again, or use another model")
