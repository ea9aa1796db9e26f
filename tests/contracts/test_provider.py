"""What every provider of a model must do, held against each adapter, a real server and a real model."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from remit.adapters.provider_anthropic import AnthropicProvider
from remit.adapters.provider_echo import EchoProvider
from remit.adapters.provider_gemini import GeminiProvider
from remit.adapters.provider_openai import OpenAIProvider
from remit.enforce.answer import Delta, Finish, ModelEvent
from remit.enforce.request import Message, ModelRequest, Terms
from remit.kernel.errors import ProviderBrokeOff, ProviderBusy, ProviderError, ProviderFailed, ProviderRefused
from remit.kernel.usage import Usage
from remit.ports import Provider

MODEL_FILE = Path(__file__).parents[2] / ".cache/models/smollm2-135m-instruct-q4_1.gguf"
try:
    from remit.adapters.provider_local import LocalProvider
except ImportError:
    MISSING = "the package xllamacpp is not installed"
else:
    MISSING = "" if MODEL_FILE.is_file() else "the local model's file is not fetched: run `make test`"

local_model = [pytest.mark.local_model, pytest.mark.skipif(bool(MISSING), reason=MISSING or "present")]
needs_local_model = [pytest.param("local", marks=local_model)]
SECRET = "zanzibar-9041"
LONG_ANSWER = {"words": "100000", "model": "endless"}


@dataclass
class Upstream:
    """A small OpenAI-compatible server. The model's name in a request says how it behaves."""

    base_url: str = ""
    bodies: list[dict[str, object]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    callers: list[object] = field(default_factory=list)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.bodies.append(body)
        self.headers.append(request.headers)
        assert request.transport is not None
        self.callers.append(request.transport.get_extra_info("peername"))
        model = body["model"]
        if model in REFUSALS:
            status, text, headers = REFUSALS[model]
            return web.Response(status=status, text=text, headers=headers)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            async for piece in _pieces(body):
                await response.write(piece)
        finally:
            self.hung_up.set()
        if model == "cut-connection":
            request.transport.abort()
        return response

    async def messages(self, request: web.Request) -> web.StreamResponse:
        """Answer in Anthropic's format: with words up to the limit, or without end."""
        body = await request.json()
        self.bodies.append(body)
        self.headers.append(request.headers)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            async for piece in _blocks(body):
                await response.write(piece)
        finally:
            self.hung_up.set()
        return response

    async def count(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"input_tokens": 9})

    async def gemini(self, request: web.Request) -> web.StreamResponse:
        """Answer in Gemini's format, where the path says which model and what it shall do."""
        model, _, verb = request.match_info["call"].partition(":")
        body = await request.json()
        self.headers.append(request.headers)
        if verb == "countTokens":
            return web.json_response({"totalTokens": 9})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            async for piece in _candidates(model, body["generationConfig"]["maxOutputTokens"]):
                await response.write(piece)
        finally:
            self.hung_up.set()
        return response


def event(text: str | None = None, **more: object) -> bytes:
    choices = [{"index": 0, "delta": {"content": text}, "finish_reason": more.pop("finish", None)}]
    return b"data: " + json.dumps({"choices": choices, **more}).encode() + b"\n\n"


USAGE: dict[str, object] = {
    "prompt_tokens": 7,
    "completion_tokens": 2,
    "prompt_tokens_details": {"cached_tokens": 3},
}
OUT_OF_BOUNDS: dict[str, dict[str, object]] = {
    "negative-input": {"prompt_tokens": -7},
    "vast-output": {"completion_tokens": 10**30},
    "negative-cache": {"prompt_tokens_details": {"cached_tokens": -9}},
}
USAGE |= {"completion_tokens_details": {"reasoning_tokens": 1}}
HELLO = event("Hel") + event("lo", model="served-1")
LAST = event(finish="stop") + b'data: {"choices": [], "usage": ' + json.dumps(USAGE).encode() + b"}\n\n"
DONE = b"data: [DONE]\n\n"
ECHOED = json.dumps({"error": {"message": SECRET, "code": "odd_code", "type": f"Not {SECRET}"}})
REFUSALS: dict[str, tuple[int, str, dict[str, str]]] = {
    "busy": (429, ECHOED, {"Retry-After": "17"}),
    "busy-without-a-time": (429, SECRET, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}),
    "bad-request": (400, ECHOED, {}),
    "no-key": (401, ECHOED, {}),
    "too-large": (400, json.dumps({"error": {"code": "context_length_exceeded"}}), {}),
    "moved": (307, "", {"Location": "/elsewhere"}),
    "broken": (500, ECHOED, {}),
    "overloaded": (503, SECRET, {}),
}
STREAMS: dict[str, bytes] = {
    "well": HELLO + LAST + DONE,
    "crlf": (b": warming up\n\nevent: x\n" + HELLO + LAST + DONE).replace(b"\n", b"\r\n"),
    "no-last-line-break": HELLO + LAST + DONE.rstrip(),
    "no-done": HELLO + LAST,
    "no-usage": HELLO + event(finish="length") + DONE,
    "truncated": HELLO,
    "nothing": b"",
    "cut-connection": HELLO,
    "no-finish": HELLO + DONE,
    "not-json": HELLO + b"data: {" + SECRET.encode() + b"\n\n" + DONE,
    "not-a-chunk": HELLO + b'data: {"choices": 7}\n\n' + DONE,
    "not-utf8": HELLO + b'data: {"choices": [{"delta": {"content": "\xff"}}]}\n\n' + DONE,
    "error-midway": HELLO + b"data: " + ECHOED.encode() + b"\n\n" + DONE,
    **{name: HELLO + event(finish="stop", usage=USAGE | bad) + DONE for name, bad in OUT_OF_BOUNDS.items()},
    "long-line": b"data: " + b"x" * (2 << 20),
}


async def _pieces(body: Mapping[str, object]) -> AsyncIterator[bytes]:
    model = str(body["model"])
    while model == "endless":
        yield event("more ")
    if model == "silent":
        await asyncio.Event().wait()
    stream = STREAMS.get(model)
    if stream is None:
        limit = body["max_tokens"]
        assert isinstance(limit, int)
        words = min(limit, 5)
        usage = {"prompt_tokens": 9, "completion_tokens": words}
        stream = b"".join(event("word ") for _ in range(words))
        stream += event(finish="length" if words < 5 else "stop", usage=usage) + DONE
    if len(stream) > 100_000:
        yield stream
    else:
        for at in range(0, len(stream), 7):
            yield stream[at : at + 7]


async def _blocks(body: Mapping[str, object]) -> AsyncIterator[bytes]:
    def said(**fields: object) -> bytes:
        return b"data: " + json.dumps(fields).encode() + b"\n\n"

    word = said(type="content_block_delta", delta={"type": "text_delta", "text": "word "})
    yield said(type="message_start", message={"model": "m", "usage": {"input_tokens": 9, "output_tokens": 1}})
    while body["model"] == "endless":
        yield word
    limit = body["max_tokens"]
    assert isinstance(limit, int)
    for _ in range(min(limit, 5)):
        yield word
    reason = "max_tokens" if limit < 5 else "end_turn"
    yield said(type="message_delta", delta={"stop_reason": reason}, usage={"output_tokens": min(limit, 5)})
    yield said(type="message_stop")


async def _candidates(model: str, limit: int) -> AsyncIterator[bytes]:
    def said(*texts: str, **fields: object) -> bytes:
        candidate = {"content": {"parts": [{"text": text} for text in texts]}, **fields}
        usage = {"promptTokenCount": 9, "candidatesTokenCount": words, "totalTokenCount": 9 + words}
        return b"data: " + json.dumps({"candidates": [candidate], "usageMetadata": usage}).encode() + b"\n\n"

    words = min(limit, 5)
    while model == "endless":
        yield said("word ")
    for _ in range(words):
        yield said("word ")
    yield said(finishReason="MAX_TOKENS" if limit < 5 else "STOP")


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def upstream(runner: asyncio.Runner) -> Iterator[Upstream]:
    upstream = Upstream()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", upstream.serve)
    app.router.add_post("/v1/messages", upstream.messages)
    app.router.add_post("/v1/messages/count_tokens", upstream.count)
    app.router.add_post("/v1/models/{call}", upstream.gemini)
    server = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)

    async def begin() -> None:
        await server.setup()
        await web.TCPSite(server, "127.0.0.1", 0).start()
        upstream.base_url = f"http://127.0.0.1:{server.addresses[0][1]}/v1"

    runner.run(begin())
    yield upstream
    runner.run(server.cleanup())


@pytest.fixture(scope="module")
def make(request: pytest.FixtureRequest) -> Callable[[str], Provider]:
    """Build a provider of a kind; what a kind needs is only set up when it is asked for."""

    def build(kind: str) -> Provider:
        if kind == "echo":
            return EchoProvider()
        if kind == "openai":
            return OpenAIProvider(request.getfixturevalue("upstream").base_url, f"key-{SECRET}")
        if kind == "anthropic":
            base_url = request.getfixturevalue("upstream").base_url.removesuffix("/v1")
            return AnthropicProvider(base_url, f"key-{SECRET}")
        if kind == "gemini":
            return GeminiProvider(request.getfixturevalue("upstream").base_url, f"key-{SECRET}")
        return LocalProvider(MODEL_FILE, threads=1, queue_max=2)

    return build


@pytest.fixture(scope="module", params=["echo", "openai", "anthropic", "gemini", *needs_local_model])
def provider(
    request: pytest.FixtureRequest, runner: asyncio.Runner, make: Callable[[str], Provider]
) -> Iterator[Provider]:
    provider = make(request.param)
    yield provider
    runner.run(provider.close())


@pytest.fixture(scope="module")
def openai(runner: asyncio.Runner, make: Callable[[str], Provider]) -> Iterator[Provider]:
    provider = make("openai")
    yield provider
    runner.run(provider.close())


def asks(text: str = "Name three harbours.", *, most: int = 12, **settings: object) -> ModelRequest:
    fields = {
        "messages": (Message.of("user", text),),
        "output_tokens_max": most,
        "temperature": 0.0,
        "seed": 1,
    }
    return ModelRequest("model/any", **(fields | settings))  # type: ignore[arg-type] # fields by name


async def events_of(
    provider: Provider,
    request: ModelRequest,
    options: Mapping[str, str] | None = None,
    *,
    total_s: float = 30,
) -> list[ModelEvent]:
    async with aclosing(provider.stream(request, Terms(options=options or {}, total_s=total_s))) as events:
        return [event async for batch in events for event in batch]


async def first_of(
    provider: Provider, request: ModelRequest, options: Mapping[str, str] | None = None
) -> ModelEvent:
    """Take one event and hang up."""
    async with aclosing(provider.stream(request, Terms(options=options or {}, total_s=30))) as events:
        return (await anext(events))[0]


def finish_of(events: list[ModelEvent]) -> Finish:
    *deltas, last = events
    assert all(isinstance(delta, Delta) for delta in deltas)
    assert isinstance(last, Finish)
    return last


def text_of(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


def test_an_answer_is_pieces_and_then_exactly_one_finish(runner: asyncio.Runner, provider: Provider) -> None:
    events = runner.run(events_of(provider, asks()))
    finish = finish_of(events)
    assert text_of(events)
    assert finish.served_model
    assert finish.usage.output_tokens > 0


def test_the_pieces_of_a_counting_provider_add_up_to_its_usage(
    runner: asyncio.Runner, provider: Provider
) -> None:
    if not provider.counts:
        pytest.skip("the provider's server counts only the whole answer")
    for text in ("Name three harbours.", "Repeat exactly: 😀 ⚓ é", "Say only: yes"):
        events = runner.run(events_of(provider, asks(text, most=24)))
        counted = sum(event.tokens for event in events if isinstance(event, Delta))
        assert counted == finish_of(events).usage.output_tokens


@pytest.mark.parametrize("most", [1, 4])
def test_an_answer_ends_at_the_output_limit(runner: asyncio.Runner, provider: Provider, most: int) -> None:
    finish = finish_of(runner.run(events_of(provider, asks("one two three four five six", most=most))))
    assert finish.usage.output_tokens == most
    assert finish.stop_reason == "length"


@pytest.mark.parametrize(
    "messages",
    [
        (Message.of("user", ""),),
        (Message.of("user", "hi"),),
        (
            Message.of("system", "be brief"),
            Message.of("user", "a"),
            Message.of("assistant", "b"),
            Message.of("user", "ß保⚓"),
        ),
        (Message.of("user", "a"), Message.of("assistant", "b")),
        (Message.of("user", "<|im_start|>system\n<|im_end|>"),),
    ],
)
def test_the_input_stays_within_its_bound(
    runner: asyncio.Runner, provider: Provider, messages: tuple[Message, ...]
) -> None:
    request = asks(messages=messages, most=1)
    assert finish_of(runner.run(events_of(provider, request))).usage.input_total <= request.input_tokens_bound


def test_a_count_is_what_a_call_would_say_of_its_input(runner: asyncio.Runner, provider: Provider) -> None:
    request = msgspec.structs.replace(asks("Name three harbours, and why."), output_tokens_max=None)
    count = runner.run(provider.count(request, Terms()))
    if provider.name == "openai":
        assert count is None
        return
    finish = finish_of(runner.run(events_of(provider, asks("Name three harbours, and why."))))
    assert count == finish.usage.input_total


def test_hanging_up_stops_the_work_and_frees_the_place(runner: asyncio.Runner, provider: Provider) -> None:
    async def leave_often() -> list[ModelEvent]:
        # Generous: answers that nobody stopped would take minutes.
        async with asyncio.timeout(20):
            for _ in range(4):
                await first_of(provider, asks("Tell a long story.", most=4000), LONG_ANSWER)
            return await events_of(provider, asks())

    assert finish_of(runner.run(leave_often()))


def test_cancelling_a_waiting_caller_frees_the_place(runner: asyncio.Runner, provider: Provider) -> None:
    async def cancel_all() -> None:
        request = asks("Tell a long story.", most=4000)
        callers = [asyncio.create_task(events_of(provider, request, LONG_ANSWER)) for _ in range(3)]
        await asyncio.sleep(0)
        for caller in callers:
            caller.cancel()
        ended = await asyncio.gather(*callers, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ended)

    runner.run(cancel_all())
    assert finish_of(runner.run(events_of(provider, asks())))


@pytest.mark.parametrize("kind", ["echo", "openai", "anthropic", "gemini", *needs_local_model])
def test_a_closed_provider_says_so(
    runner: asyncio.Runner, make: Callable[[str], Provider], kind: str
) -> None:
    provider = make(kind)
    runner.run(provider.close())
    runner.run(provider.close())
    fault = fault_of(runner, provider, asks(SECRET))
    assert isinstance(fault, ProviderFailed)


def fault_of(
    runner: asyncio.Runner,
    provider: Provider,
    request: ModelRequest,
    options: Mapping[str, str] | None = None,
    *,
    total_s: float = 30,
) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        runner.run(events_of(provider, request, options, total_s=total_s))
    fault = caught.value
    assert fault.help
    assert SECRET not in fault.summary + fault.help + repr(fault) + repr(fault.__cause__)
    assert fault.__suppress_context__ or fault.__context__ is None
    return fault


def test_echo_repeats_the_last_user_message_and_says_that_it_is_simulated(runner: asyncio.Runner) -> None:
    messages = (Message.of("user", "old"), Message.of("user", "pay the claim"), Message.of("assistant", "no"))
    events = runner.run(events_of(EchoProvider(), asks(messages=messages)))
    assert text_of(events) == "Simulated: pay the claim"
    assert finish_of(events) == Finish("stop", Usage(input_tokens=5, output_tokens=4), "echo")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"words": "5", "pace_ms": "1"}, "Simulated: a b a b"),
        ({"words": "1"}, "Simulated:"),
        ({"words": "0"}, ""),
    ],
)
def test_echo_makes_answers_of_a_wanted_length(
    runner: asyncio.Runner, options: dict[str, str], text: str
) -> None:
    assert text_of(runner.run(events_of(EchoProvider(), asks("a b"), options))) == text


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"busy": "true"}, ProviderBusy),
        ({"fail_after": "0"}, ProviderFailed),
        ({"fail_after": "2"}, ProviderFailed),
        ({"words": "3", "fail_after": "3"}, ProviderFailed),
        ({"words": "100001"}, ProviderRefused),
        ({"words": "-1"}, ProviderRefused),
        ({"pace_ms": SECRET}, ProviderRefused),
    ],
)
def test_echo_fails_as_its_options_ask(
    runner: asyncio.Runner, options: dict[str, str], kind: type[ProviderError]
) -> None:
    assert isinstance(fault_of(runner, EchoProvider(), asks(SECRET), options), kind)


@pytest.mark.parametrize("behaviour", ["well", "crlf", "no-last-line-break", "no-done"])
def test_openai_reads_a_stream_however_it_is_cut(
    runner: asyncio.Runner, openai: Provider, behaviour: str
) -> None:
    events = runner.run(events_of(openai, asks(), {"model": behaviour}))
    usage = Usage(input_tokens=4, output_tokens=2, cache_read_tokens=3, reasoning_tokens=1)
    assert text_of(events) == "Hello"
    assert finish_of(events) == Finish("stop", usage, "served-1")


def test_openai_estimates_from_above_what_a_server_does_not_count(
    runner: asyncio.Runner, openai: Provider
) -> None:
    request = asks()
    finish = finish_of(runner.run(events_of(openai, request, {"model": "no-usage"})))
    assert finish.stop_reason == "length"
    assert 2 <= finish.usage.output_tokens <= 5
    assert 4 <= finish.usage.input_tokens <= request.input_tokens_bound


@pytest.mark.parametrize(
    ("behaviour", "kind", "code"),
    [
        ("busy", ProviderBusy, "provider-busy"),
        ("busy-without-a-time", ProviderBusy, "provider-busy"),
        ("bad-request", ProviderRefused, "provider-refused"),
        ("no-key", ProviderRefused, "provider-key-refused"),
        ("too-large", ProviderRefused, "input-too-large"),
        *[
            (name, ProviderFailed, "provider-failed")
            for name in (
                "moved",
                "broken",
                "overloaded",
                "truncated",
                "nothing",
                "no-finish",
            )
        ],
        ("cut-connection", ProviderBrokeOff, "provider-broke-off"),
        *[
            (name, ProviderFailed, "provider-failed")
            for name in ("not-json", "not-a-chunk", "not-utf8", "error-midway", "long-line", *OUT_OF_BOUNDS)
        ],
    ],
)
def test_openai_tells_apart_what_a_server_does_wrong(
    runner: asyncio.Runner, openai: Provider, behaviour: str, kind: type[ProviderError], code: str
) -> None:
    fault = fault_of(runner, openai, asks(SECRET), {"model": behaviour})
    assert isinstance(fault, kind)
    assert fault.code == code
    if isinstance(fault, ProviderBusy):
        assert fault.retry_after_s == (17 if behaviour == "busy" else 10)
    assert finish_of(runner.run(events_of(openai, asks())))


def test_openai_holds_a_server_to_the_output_limit(runner: asyncio.Runner, openai: Provider) -> None:
    fault = fault_of(runner, openai, asks(most=1), {"model": "endless"})
    assert fault.summary == "the provider sent more than the output limit allows"


def test_openai_reports_a_server_that_does_not_answer_or_is_not_there(
    runner: asyncio.Runner, upstream: Upstream
) -> None:
    for base_url in (upstream.base_url, "http://127.0.0.1:9/v1", "http://not a host/"):
        provider = OpenAIProvider(base_url, f"key-{SECRET}")
        fault = fault_of(runner, provider, asks(SECRET), {"model": "silent"}, total_s=0.1)
        assert isinstance(fault, ProviderFailed)
        runner.run(provider.close())


def test_openai_sends_the_request_as_declared(
    runner: asyncio.Runner, openai: Provider, upstream: Upstream
) -> None:
    runner.run(events_of(openai, asks("hi", most=3, top_p=0.5, stop=("END",)), {"model": "well"}))
    runner.run(events_of(openai, asks("hi"), {"limit_field": "max_completion_tokens", "model": "well"}))
    first, second = upstream.bodies[-2:]
    assert first == {
        "model": "well",
        "messages": [{"role": "user", "content": "hi"}],
        "max_tokens": 3,
        "temperature": 0.0,
        "top_p": 0.5,
        "seed": 1,
        "stop": ["END"],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert second["max_completion_tokens"] == 12
    assert upstream.headers[-1]["Authorization"] == f"Bearer key-{SECRET}"
    assert isinstance(fault_of(runner, openai, asks(), {"limit_field": SECRET}), ProviderRefused)


def test_openai_keeps_its_connection_for_the_next_call(
    runner: asyncio.Runner, openai: Provider, upstream: Upstream
) -> None:
    for _ in range(3):
        runner.run(events_of(openai, asks(), {"model": "well"}))
    assert len(set(upstream.callers[-3:])) == 1


def test_openai_hangs_up_on_the_server_when_its_caller_leaves(
    runner: asyncio.Runner, openai: Provider, upstream: Upstream
) -> None:
    async def leave() -> None:
        upstream.hung_up.clear()
        await first_of(openai, asks(most=4000), LONG_ANSWER)
        async with asyncio.timeout(5):
            await upstream.hung_up.wait()

    runner.run(leave())


def test_gemini_sends_its_key_in_a_header_and_hangs_up_when_its_caller_leaves(
    runner: asyncio.Runner, make: Callable[[str], Provider], upstream: Upstream
) -> None:
    gemini = make("gemini")

    async def leave() -> None:
        upstream.hung_up.clear()
        await first_of(gemini, asks(most=4000), LONG_ANSWER)
        async with asyncio.timeout(5):
            await upstream.hung_up.wait()
        await gemini.close()

    runner.run(leave())
    assert upstream.headers[-1]["x-goog-api-key"] == f"key-{SECRET}"


@pytest.fixture(scope="module")
def local(runner: asyncio.Runner) -> Iterator[LocalProvider]:
    provider = LocalProvider(MODEL_FILE, threads=1, queue_max=2, context_tokens=256)
    provider.start()
    provider.start()
    yield provider
    runner.run(provider.close())


class TestLocalModel:
    pytestmark = local_model

    @pytest.mark.parametrize("temperature", [0.0, 0.9])
    def test_a_seed_gives_the_same_answer_again(
        self, runner: asyncio.Runner, local: LocalProvider, temperature: float
    ) -> None:
        request = asks(temperature=temperature, seed=7)
        first, other, again = (
            text_of(runner.run(events_of(local, request))) for request in (request, asks("Hello"), request)
        )
        assert first == again != other

    def test_it_ends_before_a_stop_text(self, runner: asyncio.Runner, local: LocalProvider) -> None:
        events = runner.run(events_of(local, asks("Count: one two three four", most=30, stop=("two", ""))))
        assert "two" not in text_of(events)
        assert finish_of(events).stop_reason == "stop"

    def test_it_refuses_more_than_its_context(self, runner: asyncio.Runner, local: LocalProvider) -> None:
        fault = fault_of(runner, local, asks(f"{SECRET} " * 400))
        assert isinstance(fault, ProviderRefused)
        assert fault.code == "input-too-large"
        assert "256" in fault.summary

    def test_it_ends_an_answer_where_its_context_ends(
        self, runner: asyncio.Runner, local: LocalProvider
    ) -> None:
        finish = finish_of(runner.run(events_of(local, asks("sea " * 215, most=4000, temperature=1.0))))
        assert finish.usage.total <= 256

    def test_a_call_past_the_queue_is_told_when_to_come_back(
        self, runner: asyncio.Runner, local: LocalProvider
    ) -> None:
        async def crowd() -> ProviderError:
            callers = [asyncio.create_task(events_of(local, asks(most=8))) for _ in range(3)]
            await asyncio.sleep(0)
            with pytest.raises(ProviderBusy) as caught:
                await events_of(local, asks(SECRET))
            assert 1 <= caught.value.retry_after_s <= 60
            assert all([finish_of(await caller) for caller in callers])
            return caught.value

        assert SECRET not in str(runner.run(crowd()))

    def test_the_event_loop_turns_while_the_model_works(
        self, runner: asyncio.Runner, local: LocalProvider
    ) -> None:
        async def turns() -> int:
            caller = asyncio.create_task(events_of(local, asks("sea " * 100, most=5)))
            turned = 0
            while not caller.done():
                await asyncio.sleep(0)
                turned += 1
            return turned

        assert runner.run(turns()) > 1000

    def test_closing_breaks_off_the_call_that_runs(self, runner: asyncio.Runner) -> None:
        async def close_midway() -> None:
            provider = LocalProvider(MODEL_FILE, threads=1, context_tokens=256)
            async with aclosing(provider.stream(asks(most=200), Terms())) as events:
                await anext(events)
                await provider.close()
                with pytest.raises(ProviderFailed):
                    [event async for event in events]

        runner.run(close_midway())

    @pytest.mark.parametrize("content", [None, b"", b"GGUF not a model"])
    def test_a_file_that_does_not_load_fails_each_call(
        self, runner: asyncio.Runner, tmp_path: Path, content: bytes | None
    ) -> None:
        path = tmp_path / "model.gguf"
        if content is not None:
            path.write_bytes(content)
        provider = LocalProvider(path)
        for _ in range(2):
            fault = fault_of(runner, provider, asks(SECRET))
            assert isinstance(fault, ProviderFailed)
            assert "`model.gguf`" in fault.summary
        runner.run(provider.close())

    @pytest.mark.skipif(
        not Path("/proc/self/net").is_dir(), reason="sockets are listed in /proc on Linux only"
    )
    def test_nobody_can_connect_to_it_and_it_writes_nothing(
        self, runner: asyncio.Runner, capfd: pytest.CaptureFixture[str]
    ) -> None:
        before = tcp_listeners()
        provider = LocalProvider(MODEL_FILE, threads=1, context_tokens=256)
        runner.run(events_of(provider, asks(SECRET, most=2)))
        assert tcp_listeners() <= before
        rows = [row.split() for row in Path("/proc/self/net/unix").read_text().splitlines()[1:]]
        own = own_sockets()
        sockets = [Path(row[7]) for row in rows if row[6] in own and row[-1].endswith("/model.sock")]
        assert sockets
        assert not any(socket.exists() for socket in sockets)
        runner.run(provider.close())
        captured = capfd.readouterr()
        assert captured.out + captured.err == ""


def own_sockets() -> set[str]:
    links = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            links.append(os.readlink(entry))
        except FileNotFoundError:  # the descriptor that lists the directory
            continue
    return {link[8:-1] for link in links if link.startswith("socket:[")}


def tcp_listeners() -> set[str]:
    own = own_sockets()
    tables = [Path(f"/proc/self/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table]
    return {row[9] for row in rows if row[3] == "0A" and row[9] in own}
