"""What each step of a governed call costs in processor time, measured on the product's own functions.

It runs alone in one process, with a real journal and store, and prints its figures as JSON. Waiting is not
counted, only work.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import count
from pathlib import Path

import msgspec
import uvloop

from exchange import INPUT_TOKENS, KINDS, OUTPUT_TOKENS, PIECES, WORD, Kind
from governed import environment_of, install
from remit.bootstrap import open_system
from remit.declare.block import ModelBlock
from remit.declare.policy import Policy
from remit.declare.provider import Provider as DeclaredProvider
from remit.enforce import policy
from remit.enforce.answer import Delta, Finish, ModelEvent, Piece
from remit.enforce.decision import ALLOW, Decision
from remit.enforce.guardrail.look import look
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.spans import spans_of
from remit.enforce.guardrail.trust import Span
from remit.enforce.key import Key
from remit.enforce.policy import compile_policies, evaluate, parties
from remit.enforce.rate import fullest, meters_of
from remit.enforce.rate_limit import RateLimit
from remit.enforce.request import ModelRequest, Request, Terms, estimated_tokens
from remit.gateway.account import account_of
from remit.gateway.openai_chat import FORMAT
from remit.gateway.wire import Ask, Head, Writer
from remit.kernel.usage import Usage
from remit.operations.admitted import Admitted
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.authorize import authorize
from remit.operations.call_model import stream
from remit.operations.fold_ledger import fold_ledger
from remit.operations.rates import Rates
from remit.operations.system import GATEWAY, System
from remit.operations.worker import Worker
from remit.ports import Provider
from remit.record.call_entry import Mark
from remit.record.entry import Entry
from remit.settings import read_settings

_REPEATS = 5
_CONNECTIONS = 32
_FINISH = Finish("stop", Usage(input_tokens=INPUT_TOKENS, output_tokens=OUTPUT_TOKENS), "static")


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """Microseconds of one call of one kind, step by step, and of all but `fold` in turn (`together`)."""

    decode: float
    authenticate: float
    guard: float
    authorize: float
    ask: float
    pass_on: float
    settle: float
    write: float
    together: float
    fold: float
    one_append: float
    ten_policies: float
    three_rates: float
    appends: int


class _Ready:
    """A provider in memory, so that what stands around it can be measured without it."""

    name = "ready"
    simulated = False
    counts = False

    def __init__(self) -> None:
        self.texts: list[str] = []

    def refuses(self, request: Request, *, options: Mapping[str, str]) -> str:
        return ""

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        for text in self.texts:
            yield [Delta(text, tokens=estimated_tokens(text))]
        yield [_FINISH]

    async def count(self, request: ModelRequest, terms: Terms) -> int | None:
        return None

    async def close(self) -> None:
        return


def _us(work: Callable[[], object], *, times: int) -> float:
    """Time a function: the median over some repeats of its mean."""
    means = []
    for _ in range(_REPEATS):
        began = time.thread_time_ns()
        for _ in range(times):
            work()
        means.append((time.thread_time_ns() - began) / times / 1000)
    return statistics.median(means)


def _decoded(kind: Kind) -> Ask:
    ask = FORMAT.decode(kind.body, "")
    assert isinstance(ask, Ask)
    return ask


def _writer(ask: Ask, admitted: Admitted, kind: Kind) -> Writer:
    return FORMAT.writer(ask, Head(admitted.hold.id, kind.model, 0, admitted.hold.input_tokens_estimate))


def _admit(worker: Worker, key: Key, kind: Kind) -> Admitted:
    admitted = authorize(worker, key, Asked(_decoded(kind).request, kind.streamed))
    assert isinstance(admitted, Admitted)
    return admitted


async def _drain(admitted: list[Admitted]) -> float:
    """Read calls to their end, with nobody to send them to; returns microseconds for each."""
    began = time.thread_time_ns()
    for each in admitted:
        async with aclosing(stream(each)) as events:
            async for _ in events:
                pass
    return (time.thread_time_ns() - began) / len(admitted) / 1000


async def _calls(
    worker: Worker, key: Key, kind: Kind, *, texts: list[str], ready: _Ready, times: int
) -> tuple[float, float, float]:
    """Run calls over a provider in memory; returns the cost of authorizing, draining and folding one."""
    ready.texts = texts
    asked = Asked(_decoded(kind).request, kind.streamed)
    spent: list[tuple[float, float, float]] = []
    for _ in range(_REPEATS):
        began = time.thread_time_ns()
        admitted = [authorize(worker, key, asked) for _ in range(times)]
        authorized = (time.thread_time_ns() - began) / times / 1000
        drained = await _drain([each for each in admitted if isinstance(each, Admitted)])
        began = time.thread_time_ns()
        fold_ledger(worker.system)
        spent.append((authorized, drained, (time.thread_time_ns() - began) / times / 1000))
    first, second, third = (statistics.median(column) for column in zip(*spent, strict=True))
    return first, second, third


async def _at_once(call: Callable[[], Awaitable[None]], *, times: int) -> float:
    """Time calls that wait, many at once; returns this process's microseconds for each."""
    each = max(1, times // _CONNECTIONS)

    async def in_turn() -> None:
        for _ in range(each):
            await call()

    means = []
    for _ in range(_REPEATS):
        began = time.process_time_ns()
        await asyncio.gather(*(in_turn() for _ in range(_CONNECTIONS)))
        means.append((time.process_time_ns() - began) / (each * _CONNECTIONS) / 1000)
    return statistics.median(means)


async def _ask(provider: Provider, kind: Kind, *, times: int) -> float:
    """Ask the static upstream over the real adapter."""
    request, terms = _decoded(kind).request, Terms(whole=not kind.streamed)

    async def ask() -> None:
        async with aclosing(provider.stream(request, terms)) as batches:
            async for _ in batches:
                pass

    return await _at_once(ask, times=times)


async def _together(worker: Worker, secret: str, kind: Kind, *, times: int) -> float:
    """Make whole calls as the gateway does, from the body's bytes to the answer's, without a server."""

    async def call() -> None:
        key = authenticate(worker, secret)
        assert isinstance(key, Key)
        ask = _decoded(kind)
        admitted = authorize(worker, key, Asked(ask.request, ask.streamed))
        assert isinstance(admitted, Admitted)
        writer = _writer(ask, admitted, kind)
        pieces: list[Piece] = []
        if kind.streamed:
            writer.opening()
        async with aclosing(stream(admitted)) as batches:
            async for batch in batches:
                *before, last = batch
                pieces += [event for event in before if not isinstance(event, Finish)]
                if not isinstance(last, Finish):
                    pieces.append(last)
                if kind.streamed:
                    writer.pieces(pieces)
                    pieces.clear()
                if isinstance(last, Finish):
                    account = account_of(admitted)
                    writer.closing(last, account) if kind.streamed else writer.whole(pieces, last, account)

    return await _at_once(call, times=times)


def _write(kind: Kind, admitted: Admitted) -> Callable[[], object]:
    """Write the whole answer in the caller's format, with what the call cost."""
    ask = _decoded(kind)
    pieces = [Delta(WORD) for _ in range(PIECES)]

    def write() -> object:
        writer, account = _writer(ask, admitted, kind), account_of(admitted)
        if not kind.streamed:
            return writer.whole(pieces, _FINISH, account)
        written = [writer.pieces([piece]) for piece in pieces]
        return writer.opening(), written, writer.closing(_FINISH, account)

    return write


async def _steps(worker: Worker, real: Worker, secret: str, kind: Kind, *, times: int) -> Steps:
    """Measure one kind; `worker` asks a provider in memory, `real` the static upstream."""
    ready = worker.provider("static")
    assert isinstance(ready, _Ready)
    key = authenticate(worker, secret)
    assert isinstance(key, Key)
    for each in (worker, real):
        await each.screens.prepare(each.view, each.view.day(each.system.clock.now()))
    texts = [WORD] * PIECES if kind.pieces == PIECES else [WORD * PIECES]
    authorized, settled, _ = await _calls(worker, key, kind, texts=[], ready=ready, times=times)
    _, drained, folded = await _calls(worker, key, kind, texts=texts, ready=ready, times=times)

    ready.texts = texts
    [one] = admitted = [_admit(worker, key, kind)]
    counted = _Counted(worker)
    await _drain(admitted)
    appends = 1 + counted.stop()  # the hold was written before
    mark = Mark(id=one.hold.id, at=one.hold.at, output_tokens=1)
    provider = real.provider("static")
    ask = await _ask(provider, kind, times=times)
    together = await _together(real, secret, kind, times=times)
    await provider.close()
    return Steps(
        decode=_us(lambda: _decoded(kind), times=times),
        authenticate=_us(lambda: authenticate(worker, secret), times=times),
        guard=_us(_read(worker, key, kind), times=times),
        authorize=authorized,
        ask=ask,
        pass_on=max(0.0, drained - settled),
        settle=settled,
        write=_us(_write(kind, one), times=times),
        together=together,
        fold=folded,
        one_append=_us(lambda: worker.record(mark), times=times),
        ten_policies=_us(_ask_policies(worker, key, one), times=times),
        three_rates=_us(_count_rates(worker, key), times=times),
        appends=appends,
    )


def _read(worker: Worker, key: Key, kind: Kind) -> Callable[[], object]:
    """Have the baseline guardrail read an input that it has not read before."""
    guards = worker.view.guards(key.use_case, worker.view.day(worker.system.clock.now()))
    assert not isinstance(guards, Decision)
    screen = worker.screens.ready(guards)
    assert screen is not None, "prepared above"
    question, numbers = _decoded(kind).request, count()

    def read() -> object:
        spans = [Span(f"{next(numbers)} {span.text}", span.trust) for span in spans_of(question)]
        return look(screen, "input", spans, Vault(), mark=lambda type, text: "")

    return read


def _count_rates(worker: Worker, key: Key) -> Callable[[], object]:
    """Ask three limits of a key, count a call like those that are measured, and end it."""
    remit = worker.view.remit(key.use_case)
    remit = replace(
        remit,
        requests_per_minute=(RateLimit("unit/claims", "", 10**9, "lead@example.com"),),
        tokens_per_minute=(RateLimit("organisation", "key", 10**12, "head@example.com"),),
        concurrency_max=(RateLimit("unit/claims", "", 100, "lead@example.com"),),
    )
    block = next(each for each in worker.view.model.blocks.values() if isinstance(each, ModelBlock))
    meters = meters_of(remit, "model/static", block, key=key.id, agent="", administrator="")
    rates, now = Rates(), worker.system.clock.now()
    used = INPUT_TOKENS + OUTPUT_TOKENS

    def counted() -> None:
        assert fullest(meters, rates.at(now), at=now, tokens=used) is None
        rates.take("", meters, tokens=used)
        rates.settle("", tokens=used, now=now)

    return counted


def _ask_policies(worker: Worker, key: Key, admitted: Admitted) -> Callable[[], object]:
    """Ask ten policies, none of which is met, of a call like those that are measured."""
    model = worker.view.model
    text = """forbid (principal in Unit::"claims", action == Action::"call_model", resource) when {
      [DataClass::"confidential", DataClass::"restricted"].contains(principal.data_class)
      && context.amount.greaterThan(decimal("90000.00")) && context.hour >= 0 };"""
    policies = {f"p{number}": Policy(text=text) for number in range(10)}
    compiled = compile_policies(model.model_copy(update={"policies": policies}))
    assert compiled is not None
    remit, address = worker.view.remit(key.use_case), admitted.target.model
    asked = parties(compiled, model, remit, key=key.id, address=address)
    amount, local = admitted.hold.amount, admitted.hold.at.astimezone(worker.view.zone)

    def ask() -> object:
        return evaluate(asked, policy.Ask(INPUT_TOKENS, OUTPUT_TOKENS, amount, local, admitted.streamed))

    assert (
        evaluate(asked, policy.Ask(INPUT_TOKENS, OUTPUT_TOKENS, amount, local, streamed=False)).decision
        == ALLOW
    )
    return ask


class _Counted:
    """Counts what a worker appends, between its making and `stop`."""

    def __init__(self, worker: Worker) -> None:
        self._worker, self._journal, self._count = worker, worker.journal, 0
        worker.journal = self

    def append(self, entries: Sequence[Entry]) -> None:
        self._count += 1
        self._journal.append(entries)

    @property
    def size(self) -> int:
        return self._journal.size

    def sync(self) -> None:
        self._journal.sync()

    def close(self) -> None:
        self._journal.close()

    def stop(self) -> int:
        self._worker.journal = self._journal
        return self._count


def _over_ready(system: System) -> System:
    ready = _Ready()

    def make_provider(name: str, described: DeclaredProvider) -> Provider:
        return ready

    return replace(system, make_provider=make_provider)


def measure(upstream_port: int, *, times: int) -> dict[str, Steps]:
    """Measure every kind in a fresh installation of its own."""
    with tempfile.TemporaryDirectory(prefix="remit-steps-") as folder:
        home = Path(folder)
        secret = install(home, upstream_port=upstream_port)
        with (
            open_system(read_settings(environment_of(home))) as system,
            system.journals.exclusive(GATEWAY) as journal,
        ):
            worker = Worker(_over_ready(system), journal)
            # A provider's connections belong to one event loop, so each kind has a worker of its own.
            return {
                kind.name: uvloop.run(_steps(worker, Worker(system, journal), secret, kind, times=times))
                for kind in KINDS
            }


if __name__ == "__main__":
    print(msgspec.json.encode(measure(int(sys.argv[1]), times=int(sys.argv[2]))).decode(), flush=True)
