"""Run batches: a durable queue of calls that nobody waits for, run when there is room and until a deadline.

The queue is a task of the gateway's process; where there are several, of the first, and the others leave word
with `Batches`. Its state is what `Batches` keeps: a line is done when its
result is there. A result is kept after the call's entry, so a crash between the two leaves an entry without
a result: such a line is not asked again, and its result says so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from time import monotonic

import msgspec

from remit.enforce.batch import Batch, LineFault, not_sent, over, room, waits
from remit.enforce.bundle import Bundle, Unserved
from remit.enforce.patience import jitter
from remit.kernel.errors import Conflict, RemitError, StoreError, where
from remit.operations.ask_line import Asking
from remit.operations.batch_life import PAGE_BYTES, Life, Running
from remit.operations.batch_line import LineFormat, Result, TurnedAway
from remit.operations.bundles import Bundles
from remit.operations.find_entries import list_entries
from remit.operations.system import GATEWAY, System
from remit.operations.worker import Worker
from remit.ports_batches import Line
from remit.record.call_entry import Call, Hold
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter

DRAIN_S = 10.0
"""How long lines under way may take to end when the server stops, as long as callers' calls."""

_ROWS = 1_000
_LOOK_S = 0.2
_LOOK_ELSEWHERE_S = 0.5
_PURGE_S = 60.0
_AGAIN_S = 1.0
_LOG = logging.getLogger("remit.gateway")


class Queue:
    """The batches of one worker. Only its event loop's thread touches it."""

    def __init__(self, worker: Worker, format: LineFormat) -> None:
        self._worker = worker
        # What one caller leaves is counted before the next one's.
        self.taking_in = asyncio.Lock()
        self._batches = worker.system.batches
        self._format = format
        self._life = Life(worker.system, format)
        self._bundles = Bundles(worker.system, self._ends_as)
        worker.apart = self._bundles.apart
        self._asking = Asking(worker, format, self._life)
        self._open: dict[str, Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._loaded = False
        self._runs_here = worker.name == GATEWAY
        self._purged = -_PURGE_S

    @property
    def worker(self) -> Worker:
        return self._worker

    @property
    def system(self) -> System:
        return self._worker.system

    @property
    def currency(self) -> str:
        return self._worker.view.model.organisation.currency

    async def run(self, stop: asyncio.Event) -> None:
        """Run lines until told to stop; what is under way then gets some seconds to end."""
        if not self._runs_here:
            await stop.wait()
            return
        idle_s = _PURGE_S if self._worker.escrow is None else _LOOK_ELSEWHERE_S
        while not stop.is_set():
            rest_s = _LOOK_S if self._open else idle_s
            try:
                await self.step()
            except StoreError as error:
                _LOG.error("batches wait: %s (%s)", error.summary, error.code)
                rest_s = _AGAIN_S
            await self._rest(stop, rest_s)
        await self._bundles.park()
        await self._asking.park()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=DRAIN_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _rest(self, stop: asyncio.Event, seconds: float) -> None:
        """Wait until something was asked or ended, or until it may be time for something."""
        events = [asyncio.ensure_future(each.wait()) for each in (stop, self._wake)]
        await asyncio.wait(events, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for each in events:
            each.cancel()
        self._wake.clear()

    async def step(self) -> None:
        """Let every batch go on as far as it can now, and begin as many lines as there is room for."""
        if not self._loaded:
            await self._load()
        if self._worker.escrow is not None:
            await self._take_over()
        if monotonic() - self._purged >= _PURGE_S:
            await asyncio.to_thread(self._batches.purge, self._worker.system.clock.now())
            self._purged = monotonic()
        await self._bundles.forget(self._has_ended)
        for running in list(self._open.values()):
            try:
                await self._go_on(running)
            except StoreError as error:
                if error.code != "file-unreadable" or running.begun:
                    raise
                await self._life.fail(running, (LineFault(0, error.code, error.summary),))
            if running.batch.ended:
                del self._open[running.batch.id]
        self._begin_lines()
        self._bundles.send(self._is_all)

    async def _take_over(self) -> None:
        """Take up the batches that other workers took in, and cancel those that they were asked to."""
        for batch in await asyncio.to_thread(self._batches.open_batches):
            self._open.setdefault(batch.id, Running(batch))
        for id in await asyncio.to_thread(self._batches.asked_cancels):
            found = await asyncio.to_thread(self._batches.batch, id)
            if found is not None:
                # It may have ended meanwhile.
                with suppress(Conflict):
                    await self.cancel(found)
            await asyncio.to_thread(self._batches.forget_cancel, id)

    def add(self, batch: Batch) -> None:
        """Take up a batch that was just kept, if this worker is the one that runs them."""
        if not self._runs_here:
            return
        self._open[batch.id] = Running(batch)
        self._wake.set()

    async def cancel(self, batch: Batch) -> Batch:
        """Let no more lines of a batch begin; those under way end, because they are paid for."""
        if not self._runs_here:
            _require_open(batch)
            await asyncio.to_thread(self._batches.ask_cancel, batch.id)
            return batch.turned("cancelling", self._worker.system.clock.now())
        if not self._loaded:
            raise StoreError("the batches of the last process are not read yet", help="try again in a moment")
        running = self._open.get(batch.id, Running(batch))
        async with running.lock:
            batch = running.batch
            _require_open(batch)
            if batch.status != "cancelling":
                await self._life.keep(running, batch.turned("cancelling", self._worker.system.clock.now()))
        self._bundles.wake()
        self._wake.set()
        return running.batch

    # After a start.

    async def _load(self) -> None:
        """Take up what the last process left, and end the lines that it had begun and not ended.

        Until this is done nothing runs, so that it can be done again from the beginning.
        """
        found: dict[str, Running] = {}
        for batch in await asyncio.to_thread(self._batches.open_batches):
            running = found[batch.id] = Running(batch)
            left = await asyncio.to_thread(self._left, batch)
            running.begun = {call.batch_line: call.id for call in left}
            for call in left:
                text = await asyncio.to_thread(self._life.lost, batch, call)
                await self._life.end_line(running, call.batch_line, Result(text, call=call))
                del running.begun[call.batch_line]
            # Ids of this process need not come after those of the last one, if the clock was set back.
            fresh = self._worker.system.ids.new(self._worker.system.clock.now())
            await self._life.keep(running, msgspec.structs.replace(running.batch, since=fresh))
        await self._take_back(found)
        self._open = {**found, **self._open}
        self._loaded = True

    async def _take_back(self, found: dict[str, Running]) -> None:
        """Go on waiting for the lines that lie with their providers."""
        for bundle in await asyncio.to_thread(self._batches.bundles):
            running, worker = found.get(bundle.batch), self._worker
            left = {call: line for call, line in bundle.calls.items() if call in worker.left_apart}
            if running is None or not left:
                await asyncio.to_thread(self._batches.forget_bundle, bundle.id)
                continue
            running.back |= frozenset(left.values())
            running.begun |= {line: call for call, line in left.items()}
            self._bundles.take_back(worker, bundle, set(left))
            for call, number in left.items():
                hold = worker.left_apart.pop(call)
                self._start(running, (number, b""), self._run_on(running, number, hold), last=False)

    async def _run_on(self, running: Running, number: int, hold: Hold) -> None:
        waited = False
        try:
            waited = await self._asking.wait_on(running, number, hold)
        except Exception:
            self._bundles.without(hold.id)
            raise
        if not waited:
            self._bundles.without(hold.id)

    def _left(self, batch: Batch) -> list[Call]:
        """Find the calls that have an entry, may have cost money, and whose lines have no result."""
        found: list[Call] = []
        before = ""
        while True:
            wanted = EntryFilter(
                kind="call", use_case=batch.use_case, batch=batch.id, since_id=batch.since, before=before
            )
            rows = list_entries(self._worker.system, wanted, limit=_ROWS)
            for row in rows:
                call = decode(row.body)
                assert isinstance(call, Call), "asked for by kind"
                again = waits(call.fault, call.charge) or not_sent(call.fault, call.usage)
                if not again and not self._batches.has_result(batch, call.batch_line):
                    found.append(call)
            if len(rows) < _ROWS:
                return found
            before = rows[-1].id

    # One batch.

    async def _go_on(self, running: Running) -> None:
        """Check a new batch, read ahead in one that runs, and end one that has nothing left to begin."""
        if running.batch.status == "validating":
            await self._life.validate(running)
        if running.batch.ended:
            return
        if not running.ready and not running.all_read:
            page = await asyncio.to_thread(
                self._batches.pending, running.batch, after=running.read, bytes_max=PAGE_BYTES
            )
            running.ready.extend(each for each in page if each[0] not in running.back)
            running.all_read = not page
            running.read = page[-1][0] if page else running.read
        if not running.begun and (self._is_over(running) or not running.ready):
            await self._life.finish(running)

    def _ends_as(self, batch: str) -> Unserved | None:
        running = self._open.get(batch)
        return over(running.batch, self.system.clock.now()) if running is not None else None

    def _has_ended(self, bundle: Bundle) -> bool:
        running = self._open.get(bundle.batch)
        return running is None or running.begun.keys().isdisjoint(bundle.calls.values())

    def _is_all(self, batch: str) -> bool:
        """Say whether every line of a batch that can be begun waits for its provider, or has ended."""
        running = self._open.get(batch)
        if running is None or self._is_over(running):
            return True
        return running.all_read and not running.ready and len(running.begun) == self._asking.apart(batch)

    def _is_over(self, running: Running) -> bool:
        if running.refused is not None:
            return True
        return over(running.batch, self._worker.system.clock.now()) is not None

    # Lines.

    def _begin_lines(self) -> None:
        """Begin lines of each batch in turn, so that a long one does not keep the others waiting."""
        while room(interactive=self._worker.interactive, lines=len(self._tasks) - self._bundles.waiting):
            running = self._next(monotonic())
            if running is None:
                return
            line = running.ready.popleft()
            running.begun[line[0]] = self._worker.system.ids.new(self._worker.system.clock.now())
            self._start(running, line, self._run(running, line), last=False)

    def _next(self, now: float) -> Running | None:
        for id, running in self._open.items():
            if running.ready and running.rests_until <= now and not self._is_over(running):
                # To the end of the row: the others come first the next time.
                self._open[id] = self._open.pop(id)
                return running
        return None

    def _start(self, running: Running, line: Line, work: Coroutine[None, None, None], *, last: bool) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(running, line, done, last=last))

    def _ended(self, running: Running, line: Line, task: asyncio.Task[None], *, last: bool) -> None:
        self._tasks.discard(task)
        self._wake.set()
        if task.cancelled():
            # The server ends. The line stays among those begun, so that the next start looks for its entry.
            return
        number = line[0]
        fault = task.exception()
        if fault is None:
            del running.begun[number]
            return
        id = running.begun[number]
        _LOG.error("%s (id %s)", where(fault), id)
        if not last:
            why = RemitError(
                "the gateway did something wrong",
                help=f"send `{id}` to its administrator",
                code="internal-fault",
            )
            result = Result(self._life.without_answer(running.batch, line, why))
            self._start(running, line, self._life.end_line(running, number, result), last=True)

    async def _run(self, running: Running, line: Line) -> None:
        """Ask one line and keep its result; one that finds no place waits in front of the others."""
        try:
            result = await self._asking.ask(running, line)
        except RemitError:
            # Nothing was asked: a journal or the store is away, or the ledger is in doubt.
            result = TurnedAway(_AGAIN_S)
        if isinstance(result, Result):
            await self._life.end_line(running, line[0], result)
            running.turned_away = 0
            return
        running.ready.appendleft(line)
        if result is not None:
            running.turned_away += 1
            wait_s = result.after_s + jitter(running.turned_away, self._worker.system.ids.draw())
            running.rests_until = max(running.rests_until, monotonic() + wait_s)


def _require_open(batch: Batch) -> None:
    if batch.ended or batch.status == "finalizing":
        raise Conflict(
            f"the batch `{batch.id}` is {batch.status}",
            help="there is nothing left to cancel",
            code="batch-ended",
        )
