"""Bundles: lines that are gathered, sent to their provider's batch service, and waited for.

A line is a call under way like any other, whose provider takes its time: it is admitted and held for before,
and its answer is read, screened, charged and written as every answer is. Here is what lies between.

    gathered → kept → sent → named → ended → read → forgotten

INVARIANT: a bundle is kept from before it may be sent until each of its lines has a result, and while it is
kept its lines are sent by nobody else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

import msgspec

from remit.declare.block import ModelBlock
from remit.enforce.answer import Finish, ModelEvent
from remit.enforce.bundle import (
    BYTES_MAX,
    GATHERED_S,
    GIVEN_UP_S,
    LINES_MAX,
    UNSERVED,
    WAITING_MAX,
    Bundle,
    Unserved,
    poll_after,
    unserved,
)
from remit.enforce.patience import jitter
from remit.enforce.request import EmbedRequest, ModelRequest, Request, Terms
from remit.kernel.errors import (
    ProviderBusy,
    ProviderError,
    ProviderFailed,
    ProviderRefused,
    StoreError,
    where,
)
from remit.operations.system import System
from remit.operations.take_back import way_to
from remit.operations.worker import Worker
from remit.ports import Provider
from remit.ports_batches import BatchService, HasBatchService, Outcome
from remit.record.call_entry import Hold

_LOG = logging.getLogger("remit.gateway")
_FULL_S = 60
_READ_AGAIN = 5
Answered = asyncio.Future[Sequence[ModelEvent]]


class Apart(Provider):
    """A provider as one line of a batch meets it: by way of its batch service, and once."""

    counts = False

    def __init__(self, bundles: Bundles, provider: Provider, block: ModelBlock, hold: Hold) -> None:
        self.name, self.simulated = provider.name, provider.simulated
        self.provider, self.block, self.hold = provider, block, hold
        self._bundles = bundles
        self._fault: ProviderError | None = None

    @property
    def service(self) -> BatchService | None:
        return self.provider.batches if isinstance(self.provider, HasBatchService) else None

    def refuses(self, request: Request, *, options: object) -> str:
        return ""

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        """Wait for the answer; a line that failed is not sent again."""
        if self._fault is not None:
            raise self._fault
        try:
            yield await self._bundles.answer(self, request)
        except ProviderError as error:
            self._fault = error
            raise

    async def count(self, request: ModelRequest, terms: Terms) -> int | None:
        return None

    async def close(self) -> None:
        pass


@dataclass(slots=True, eq=False)
class _Lines:
    """Lines of one bundle that wait for their answers; `missing` are those of it that are not back yet."""

    service: BatchService
    block: ModelBlock
    batch: str
    embeds: bool
    since: float
    bundle: Bundle | None = None
    missing: set[str] = field(default_factory=set)
    numbers: dict[str, int] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    waiting: dict[str, Answered] = field(default_factory=dict)
    bytes: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.waiting) >= LINES_MAX or self.bytes >= BYTES_MAX

    def fail(self, error: ProviderError) -> None:
        for each in self.waiting.values():
            if not each.done():
                each.set_exception(error)
        self.waiting.clear()


class Bundles:
    """The bundles of one worker's batches. Only its event loop's thread touches it."""

    def __init__(self, system: System, is_over: Callable[[str], Unserved | None]) -> None:
        """`is_over` says as what a batch ends of which no more lines may begin."""
        self._system = system
        self._is_over = is_over
        self._gathering: dict[tuple[str, str, bool], _Lines] = {}
        self._back: dict[str, _Lines] = {}
        self._tasks: dict[asyncio.Task[None], Bundle] = {}
        self._done: list[Bundle] = []
        self._wake = asyncio.Event()
        # Lines that wait for their provider; nothing is done for them meanwhile.
        self.waiting = 0

    def apart(self, provider: Provider, block: ModelBlock, hold: Hold) -> Provider:
        """Bind one line to its provider's batch service."""
        return Apart(self, provider, block, hold)

    async def answer(self, apart: Apart, request: Request) -> Sequence[ModelEvent]:
        """Send a line with others of its batch, and wait for its answer, for a day or longer."""
        lines = self._join(apart, request)
        answered: Answered = asyncio.get_running_loop().create_future()
        call = apart.hold.id
        lines.waiting[call], lines.requests[call] = answered, request
        lines.numbers[call] = apart.hold.batch_line
        lines.missing.discard(call)
        self._begin_if_back(lines)
        self.waiting += 1
        try:
            return await answered
        finally:
            self.waiting -= 1

    def _join(self, apart: Apart, request: Request) -> _Lines:
        back = self._back.get(apart.hold.id)
        if back is not None:
            return back
        service = apart.service
        refused = "batches" if service is None else service.refuses(request)
        if service is None or refused:
            raise ProviderRefused(
                f"the provider's batch service does not take {refused}",
                help="take `batch: provider` out of the model block, or ask for another model",
            )
        if self.waiting >= WAITING_MAX:
            raise ProviderBusy(
                f"{WAITING_MAX:,} lines lie with providers already",
                help="the line waits until some are answered",
                retry_after_s=_FULL_S,
            )
        embeds = isinstance(request, EmbedRequest)
        kind = apart.hold.batch, apart.hold.purpose.model, embeds
        found = self._gathering.get(kind)
        if found is not None and found.is_full:
            self._send(kind[1], found)
            found = None
        if found is None:
            found = _Lines(service, apart.block, apart.hold.batch, embeds, monotonic())
            self._gathering[kind] = found
        found.bytes += request.input_tokens_bound
        return found

    # Sending.

    def send(self, is_all: Callable[[str], bool]) -> None:
        """Send what is full, what has waited long, and what `is_all` of its batch that can be sent now."""
        for kind, lines in list(self._gathering.items()):
            if lines.is_full or is_all(lines.batch) or monotonic() - lines.since >= GATHERED_S:
                del self._gathering[kind]
                self._send(kind[1], lines)

    def _send(self, model: str, lines: _Lines) -> None:
        now = self._system.clock.now()
        bundle = Bundle(
            id=self._system.ids.new(now),
            batch=lines.batch,
            provider=lines.block.provider,
            model=model,
            at=now,
            calls=dict(lines.numbers),
            embeds=lines.embeds,
        )
        self._start(bundle, lines, may_be_sent=False)

    def _start(self, bundle: Bundle, lines: _Lines, *, may_be_sent: bool) -> None:
        task = asyncio.create_task(self._see_through(bundle, lines, may_be_sent=may_be_sent))
        self._tasks[task] = bundle
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        bundle = self._tasks.pop(task)
        if not task.cancelled():
            self._done.append(bundle)
            if fault := task.exception():
                _LOG.error("%s (bundle %s)", where(fault), bundle.id)

    async def _see_through(self, bundle: Bundle, lines: _Lines, *, may_be_sent: bool) -> None:
        try:
            if not may_be_sent:
                await self._kept(bundle)
            if not bundle.remote:
                bundle = bundle.named(await self._sent(bundle, lines, may_be_sent=may_be_sent))
                await self._kept(bundle)
            await self._wait(bundle, lines)
            await self._read(bundle, lines)
        except ProviderError as error:
            lines.fail(error)
        except Exception:
            lines.fail(_lost("the gateway could not read what the provider's batch service said"))
            raise

    async def _kept(self, bundle: Bundle) -> None:
        tries = 0
        while True:
            try:
                await asyncio.to_thread(self._system.batches.put_bundle, bundle)
                return
            except StoreError:
                await self._rest(tries)
                tries += 1

    async def _sent(self, bundle: Bundle, lines: _Lines, *, may_be_sent: bool) -> str:
        """Send a bundle once, however often that has to be tried; returns what the provider calls it."""
        options, tries = lines.block.options, 0
        while True:
            ends_as = self._is_over(bundle.batch)
            if ends_as is not None and not may_be_sent:
                raise unserved(ends_as)
            try:
                remote = await lines.service.find(bundle, options=options) if may_be_sent else None
                may_be_sent = False
                if remote is None and ends_as is not None:
                    raise unserved(ends_as)
                if remote is None:
                    # Cancelling may strike while it is under way: what is kept says that it may be sent.
                    remote = await lines.service.send(bundle, lines.requests, options=options)
                return remote
            except ProviderBusy as error:
                # It was turned away, or it cannot be told yet whether it was sent before.
                await self._rest(tries, at_least_s=error.retry_after_s)
            except ProviderFailed:
                may_be_sent = True
                await self._rest(tries)
            tries += 1
            self._require_time(bundle)

    # Waiting and reading.

    async def _wait(self, bundle: Bundle, lines: _Lines) -> None:
        """Ask until the provider has ended it, less and less often; cancel it where its batch is over."""
        options, tries, cancelled = lines.block.options, 0, False
        while True:
            with suppress(ProviderError):
                if not cancelled and self._is_over(bundle.batch) is not None:
                    await lines.service.cancel(bundle.remote, options=options)
                    cancelled = True
                if await lines.service.has_ended(bundle.remote, options=options):
                    return
            self._require_time(bundle)
            await self._rest(tries)
            tries += 1

    async def _read(self, bundle: Bundle, lines: _Lines) -> None:
        for tries in range(_READ_AGAIN):
            try:
                outcomes = lines.service.outcomes(bundle.remote, lines.requests, options=lines.block.options)
                async for call, outcome in outcomes:
                    self._tell(bundle, lines, call, outcome)
                break
            except ProviderError:
                if tries == _READ_AGAIN - 1:
                    raise
                await self._rest(tries)
        lines.fail(_lost("the provider's batch service gave no result for this line"))

    def _tell(self, bundle: Bundle, lines: _Lines, call: str, outcome: Outcome) -> None:
        answered = lines.waiting.pop(call, None)
        if answered is None or answered.done():
            return
        if isinstance(outcome, ProviderError):
            ends_as = self._is_over(bundle.batch)
            why = unserved(ends_as) if ends_as and outcome.code in UNSERVED else outcome
            answered.set_exception(why)
            return
        *pieces, finish = outcome
        assert isinstance(finish, Finish), "an answer has an end"
        # Whatever tier its body names, it is charged as a batch's.
        answered.set_result([*pieces, msgspec.structs.replace(finish, tier="batch")])

    async def _rest(self, tries: int, *, at_least_s: float = 0.0) -> None:
        wait_s = max(at_least_s, poll_after(tries)) + jitter(0, self._system.ids.draw())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), wait_s)
            # Whoever woke all wants the state of each looked at, and not over and over.
            await asyncio.sleep(jitter(1, self._system.ids.draw()))

    def _require_time(self, bundle: Bundle) -> None:
        if (self._system.clock.now() - bundle.at).total_seconds() > GIVEN_UP_S:
            raise _lost("the provider's batch service did not end in time")

    # Around it.

    def wake(self) -> None:
        """Have every bundle looked at now: a batch was cancelled."""
        self._wake.set()
        self._wake = asyncio.Event()

    def take_back(self, worker: Worker, bundle: Bundle, calls: set[str]) -> None:
        """Go on with a bundle of the last process once those of its lines that have no end are back.

        Where its provider or model is not declared any more, none comes back.
        """
        found = way_to(worker, bundle.provider, bundle.model)
        if found is None or not isinstance(found[0], HasBatchService):
            return
        service, block = found[0].batches, found[1]
        lines = _Lines(service, block, bundle.batch, bundle.embeds, monotonic(), bundle, missing=calls)
        for call in calls:
            self._back[call] = lines

    def without(self, call: str) -> None:
        """Go on without a line that cannot be taken back."""
        lines = self._back.pop(call, None)
        if lines is not None:
            lines.missing.discard(call)
            self._begin_if_back(lines)

    def _begin_if_back(self, lines: _Lines) -> None:
        bundle = lines.bundle
        if bundle is not None and not lines.missing:
            lines.bundle = None
            for call in bundle.calls:
                self._back.pop(call, None)
            self._start(bundle, lines, may_be_sent=True)

    async def forget(self, has_ended: Callable[[Bundle], bool]) -> None:
        """Forget bundles whose lines all have a result."""
        for bundle in [each for each in self._done if has_ended(each)]:
            await asyncio.to_thread(self._system.batches.forget_bundle, bundle.id)
            self._done.remove(bundle)

    async def park(self) -> None:
        """Leave everything as it is for the next process."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _lost(summary: str) -> ProviderFailed:
    error = ProviderFailed(summary, help="it is charged for what it may have used; its entry says more")
    error.worked = True
    return error
