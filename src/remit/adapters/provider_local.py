"""A small language model that runs inside this process, so that no account and no network are needed."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from remit.adapters.local_server import open_server, read_through
from remit.enforce.answer import Delta, Finish, ModelEvent, StopReason
from remit.enforce.request import EmbedRequest, ModelRequest, Request, Terms, Text
from remit.kernel.errors import ProviderBusy, ProviderError, ProviderFailed, ProviderRefused
from remit.kernel.usage import Usage

_NOT_SAID = ("tools", "tool_choice", "output_format", "think", "verbosity", "service_tier")
# Assumed until the model's own figures are known; slower than two cores of 2020 are.
_OUTPUT_TOKEN_S = 0.05
_INPUT_TOKEN_S = 0.01


class _Text(msgspec.Struct, frozen=True):
    content: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    delta: _Text = _Text()
    finish_reason: str | None = None


class _Tokens(msgspec.Struct, frozen=True):
    prompt_tokens: int
    completion_tokens: int


class _Timings(msgspec.Struct, frozen=True):
    predicted_n: int = 0
    predicted_ms: float = 0
    prompt_n: int = 0
    prompt_ms: float = 0


class _Fault(msgspec.Struct, frozen=True):
    """What went wrong. Its message is not read, because it can quote the request."""

    code: int = 500
    type: str = ""
    n_prompt_tokens: int = 0


class _Progress(msgspec.Struct, frozen=True):
    total: int = 0


class _Chunk(msgspec.Struct, frozen=True):
    choices: tuple[_Choice, ...] = ()
    usage: _Tokens | None = None
    timings: _Timings = _Timings()
    error: _Fault | None = None
    prompt_progress: _Progress | None = None


class _Call:
    """One answer on its way from the model's thread to the event loop."""

    def __init__(self, request: ModelRequest) -> None:
        assert request.output_tokens_max is not None, "the remit sets the output limit before a provider"
        self.body = _body(request, output_tokens_max=request.output_tokens_max)
        self.input_tokens = request.input_tokens_estimate
        self.output_tokens_max = request.output_tokens_max
        self.output_tokens = 0
        self.stopped = False
        # Bounded by what one call may generate, which the context bounds.
        self.pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def receive(self, piece: bytes) -> bool:
        """Hand over a piece, in the model's thread. True tells the model to stop."""
        if not self.stopped:
            self._put(piece)
        return self.stopped

    def leave(self) -> None:
        """Stop the work. A call that has not begun waits for its turn to do nothing, and holds no text."""
        self.stopped = True
        self.body = b""

    def end(self, _: Future[None]) -> None:
        self._put(None)

    def _put(self, piece: bytes | None) -> None:
        # The loop is gone when the program ends in the middle of an answer; nobody waits for it then.
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.pieces.put_nowait, piece)


class LocalProvider:
    """Serves one GGUF file, one call at a time; up to `queue_max` others wait in the order they came.

    The model works in a thread of its own and lets go of the interpreter while it computes. It holds it
    while it loads (a quarter of a second for the model that Remit fetches).
    """

    name = "local"
    simulated = False
    counts = True

    def __init__(
        self, model_path: Path, *, threads: int = 2, context_tokens: int = 4096, queue_max: int = 8
    ) -> None:
        self._model_path = model_path
        self._threads = threads
        self._context_tokens = context_tokens
        self._queue_max = queue_max
        # INVARIANT: one thread. It loads the model first and then serves calls in the order they came.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="remit-local-model")
        self._calls: list[_Call] = []
        self._server: Any = None  # the library has no types
        self._load_fault = "the local model is not loaded"
        self._started = False
        self._closed = False
        self._output_token_s = _OUTPUT_TOKEN_S
        self._input_token_s = _INPUT_TOKEN_S

    def start(self) -> None:
        """Begin to load the model and return at once; calls wait for it. Starting again does nothing."""
        if not self._started and not self._closed:
            self._started = True
            self._thread.submit(self._load)

    def refuses(self, request: Request, *, options: Mapping[str, str]) -> str:
        if isinstance(request, EmbedRequest):
            return "embeddings"
        for name in _NOT_SAID:
            if getattr(request, name):
                return f"`{name}`"
        for message in request.messages:
            if message.name:
                return "the name of a message's author"
            for part in message.parts:
                if not isinstance(part, Text):
                    return "anything but text"
                if part.cache and options.get("cache_points") != "drop":
                    return "a cache point (the block's option `cache_points: drop` leaves it out)"
        return ""

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        assert isinstance(request, ModelRequest), "it refuses embeddings"
        async with self._place(request) as (call, work), aclosing(self._events(call, work)) as events:
            async for event in events:
                yield [event]

    async def count(self, request: ModelRequest, terms: Terms) -> int | None:
        """Begin a call and leave it once the model says how long its input is, which is before it is read."""
        async with self._place(msgspec.structs.replace(request, output_tokens_max=1)) as (call, work):
            while (piece := await call.pieces.get()) is not None:
                chunk = msgspec.json.decode(piece, type=_Chunk)
                if chunk.prompt_progress is not None:
                    return chunk.prompt_progress.total
                if chunk.error is not None and not chunk.error.n_prompt_tokens:
                    raise self._error(chunk.error)
                if chunk.error is not None:
                    return chunk.error.n_prompt_tokens
            work.result()
            return None

    @asynccontextmanager
    async def _place(self, request: ModelRequest) -> AsyncGenerator[tuple[_Call, Future[None]], None]:
        """Take a place in the queue, and give it back however the call ends."""
        if self._closed:
            raise ProviderFailed("the local model is closed", help="start the server again")
        if len(self._calls) > self._queue_max:
            raise ProviderBusy(
                f"the local model already has {self._queue_max} calls waiting",
                help="try again later, or use a model with more capacity",
                retry_after_s=self._retry_after_s(),
            )
        self.start()
        call = _Call(request)
        self._calls.append(call)
        work = self._thread.submit(self._generate, call)
        work.add_done_callback(call.end)
        try:
            yield call, work
        finally:
            call.leave()
            self._calls.remove(call)

    async def close(self) -> None:
        """Stop every call, unload the model and end its thread."""
        if self._closed:
            return
        self._closed = True
        for call in self._calls:
            call.leave()
        self._thread.submit(self._unload)
        await asyncio.to_thread(self._thread.shutdown)

    async def _events(self, call: _Call, work: Future[None]) -> AsyncGenerator[ModelEvent, None]:
        finished: str | None = None
        tokens: _Tokens | None = None
        while (piece := await call.pieces.get()) is not None:
            chunk = msgspec.json.decode(piece, type=_Chunk)
            if chunk.error is not None:
                raise self._error(chunk.error)
            text = "".join(choice.delta.content or "" for choice in chunk.choices)
            finished = next((choice.finish_reason for choice in chunk.choices), None) or finished
            if text:
                # A character or a stop word can take several tokens: the model's own count, not one a piece.
                fresh = chunk.timings.predicted_n - call.output_tokens
                call.output_tokens += fresh
                yield Delta(text, tokens=fresh)
            if chunk.usage is not None:
                tokens = chunk.usage
                self._learn(chunk.timings)
        # INVARIANT: the end is put when the work is done, so this raises what it raised and never waits.
        work.result()
        if tokens is None or finished is None:
            raise ProviderFailed("the local model broke off", help="try again")
        if tokens.completion_tokens > call.output_tokens:
            # The mark that ends an answer is a token that was generated and has no text.
            yield Delta("", tokens=tokens.completion_tokens - call.output_tokens)
        reason: StopReason = "length" if finished == "length" else "stop"
        usage = Usage(input_tokens=tokens.prompt_tokens, output_tokens=tokens.completion_tokens)
        yield Finish(stop_reason=reason, usage=usage, served_model=self._model_path.stem)

    def _load(self) -> None:
        file = self._model_path.name
        try:
            read_through(self._model_path)
        except OSError:
            self._load_fault = f"the local model's file `{file}` cannot be read"
            return
        try:
            self._server = open_server(
                self._model_path, threads=self._threads, context_tokens=self._context_tokens
            )
        except (RuntimeError, ValueError, OSError):
            self._load_fault = (
                f"the local model's file `{file}` cannot be loaded: it is damaged or of no known kind"
            )

    def _unload(self) -> None:
        self._server = None

    def _generate(self, call: _Call) -> None:
        body = call.body
        if call.stopped:
            return
        if self._server is None:
            raise ProviderFailed(
                self._load_fault,
                help="fetch the file again, then restart: `make up` does both when it is absent",
            )
        # What the library says is dropped, because it can quote the request.
        try:
            self._server.handle_chat_completions(body, call.receive)
        except ValueError:
            raise ProviderRefused(
                "the local model does not accept this request", help="check the messages and the settings"
            ) from None
        except (RuntimeError, IndexError, MemoryError):
            raise ProviderFailed("the local model failed", help="try again, or restart the server") from None

    def _error(self, fault: _Fault) -> ProviderError:
        if fault.type == "exceed_context_size_error":
            return ProviderRefused(
                f"the input is {fault.n_prompt_tokens} tokens; the local model takes {self._context_tokens}",
                help="shorten the messages, or use a model with a larger context",
                code="input-too-large",
            )
        if 400 <= fault.code < 500:
            return ProviderRefused(
                "the local model does not accept this request", help="check the messages and the settings"
            )
        return ProviderFailed("the local model failed", help="try again, or restart the server")

    def _learn(self, timings: _Timings) -> None:
        if timings.predicted_n > 1:
            self._output_token_s = timings.predicted_ms / 1000 / timings.predicted_n
        if timings.prompt_n > 0:
            self._input_token_s = timings.prompt_ms / 1000 / timings.prompt_n

    def _retry_after_s(self) -> int:
        """When the call that runs ends at the latest, at the speed last measured: then a place is free."""
        running = self._calls[0]
        left = min(running.output_tokens_max, self._context_tokens) - running.output_tokens
        reading = 0 if running.output_tokens else min(running.input_tokens, self._context_tokens)
        return max(1, math.ceil(left * self._output_token_s + reading * self._input_token_s))


def _body(request: ModelRequest, *, output_tokens_max: int) -> bytes:
    body: dict[str, object] = {
        "messages": [
            # The model's own marks of a turn begin so. Left whole inside a message, they would let its text
            # speak as the system.
            {"role": message.role, "content": message.text.replace("<|", "< |")}
            for message in request.messages
        ],
        "max_tokens": output_tokens_max,
        "stop": [text for text in request.stop if text],
        "stream": True,
        "stream_options": {"include_usage": True},
        "timings_per_token": True,
        # Pieces that tell of progress are where a call can be stopped while its input is read.
        "return_progress": True,
        # Reusing what an earlier call left would change results by rounding, and time would tell one use case
        # what another one asked.
        "cache_prompt": False,
        "reasoning_format": "none",
    }
    settings = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "seed": request.seed,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
    }
    body |= {key: value for key, value in settings.items() if value is not None}
    return msgspec.json.encode(body)
