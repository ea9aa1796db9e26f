"""The life of a batch around its calls: checked before the first, its results kept, and an end to it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from remit.enforce.batch import FAULTS_MAX, Batch, File, LineFault, Status, over
from remit.enforce.patience import jitter
from remit.kernel.errors import RemitError, StoreError
from remit.operations.batch_line import BatchLine, LineFormat, Result
from remit.operations.refused import Refused
from remit.operations.system import System
from remit.ports_batches import Line
from remit.record.call_entry import Call

PAGE_BYTES = 256 << 10
"""What is read from disk at a time, of each batch that has not ended."""
CHECKED_LINES = 32
"""What is checked at a time: a millisecond of work, for which other calls wait."""


@dataclass(slots=True, eq=False)
class Running:
    """A batch that has not ended, as this process works on it.

    `begun` has the lines under way, each with an id from before its call; for `held` of them money is held.
    `back` are lines that lay with a provider when this process began; they are not asked anew. `refused` is
    why its key opens nothing any more. Whoever changes `batch` has the lock until that is kept.
    """

    batch: Batch
    ready: deque[Line] = field(default_factory=deque)
    read: int = 0
    all_read: bool = False
    begun: dict[int, str] = field(default_factory=dict)
    held: int = 0
    refused: Refused | None = None
    back: frozenset[int] = frozenset()
    rests_until: float = 0.0
    turned_away: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Life:
    """What happens to a batch beside its calls."""

    def __init__(self, system: System, format: LineFormat) -> None:
        self._system = system
        self._batches = system.batches
        self._format = format

    async def keep(self, running: Running, batch: Batch, files: Sequence[File] = ()) -> None:
        await asyncio.to_thread(self._batches.put_batch, batch, files=files)
        running.batch = batch

    async def validate(self, running: Running) -> None:
        """Read every line before one is asked, so that a mistake in the last one costs nothing."""
        batch, names, after, total = running.batch, set[str](), 0, 0
        faults: list[LineFault] = []
        while page := await asyncio.to_thread(
            self._batches.lines, batch.input_file, after=after, bytes_max=PAGE_BYTES
        ):
            for number, text in page:
                line = self._format.read(text, endpoint=batch.endpoint, batch=batch.id, number=number)
                if isinstance(line, LineFault):
                    faults.append(line)
                elif line.name in names:
                    summary = "`custom_id` is that of a line before"
                    faults.append(LineFault(number, "invalid-field", summary, "custom_id"))
                else:
                    names.add(line.name)
                total += 1
                if not total % CHECKED_LINES:
                    await asyncio.sleep(0)
            after = page[-1][0]
        if not total:
            faults.append(LineFault(0, "not-found", "the file is gone"))
        if faults:
            await self.fail(running, tuple(faults[:FAULTS_MAX]))
            return
        async with running.lock:
            batch = msgspec.structs.replace(running.batch, total=total)
            # It may have been cancelled meanwhile.
            begins = batch.status == "validating"
            await self.keep(
                running, batch.turned("in_progress", self._system.clock.now()) if begins else batch
            )

    async def fail(self, running: Running, faults: tuple[LineFault, ...]) -> None:
        async with running.lock:
            running.batch = msgspec.structs.replace(running.batch, faults=faults)
            await self._end(running, "failed")

    async def end_line(self, running: Running, number: int, result: Result) -> None:
        """Keep a line's result, as often as it takes: its call is in the ledger, and is not made again."""
        while True:
            try:
                async with running.lock:
                    batch = running.batch.counted(
                        completed=int(result.well),
                        failed=int(not result.well),
                        since=self._since(running, number),
                    )
                    if result.call is not None:
                        batch = batch.charged(result.call.usage, result.call.charge)
                    file = batch.output_file if result.well else batch.error_file
                    await asyncio.to_thread(self._batches.put_results, batch, file, [(number, result.text)])
                    running.batch = batch
                return
            except StoreError:
                await asyncio.sleep(1.0 + jitter(4, self._system.ids.draw()))

    def _since(self, running: Running, but: int = 0) -> str:
        """Find an id that no call of a line without a result precedes."""
        others = [id for number, id in running.begun.items() if number != but]
        return min(others) if others else self._system.ids.new(self._system.clock.now())

    async def finish(self, running: Running) -> None:
        """Write the results of the lines that were not asked, and put those of all into files."""
        assert not running.begun, "a batch ends after its lines"
        async with running.lock:
            now, batch = self._system.clock.now(), running.batch
            ends_as = over(batch, now) if running.ready else None
            await self.keep(running, batch.turned("finalizing", now))
            while page := await asyncio.to_thread(self._batches.pending, running.batch, bytes_max=PAGE_BYTES):
                results = await asyncio.to_thread(self._not_asked, running, page, ends_as)
                batch = running.batch.counted(failed=len(results), since=self._since(running))
                await asyncio.to_thread(self._batches.put_results, batch, batch.error_file, results)
                running.batch = batch
            cancelled = "cancelling" in running.batch.at
            await self._end(running, "cancelled" if cancelled else ends_as or "completed")

    async def _end(self, running: Running, status: Status) -> None:
        """Let a batch be at its last status, with a file for the results of each kind that it has."""
        now, batch = self._system.clock.now(), running.batch
        batch = msgspec.structs.replace(batch, total=max(batch.total, batch.completed + batch.failed))
        files = [
            File(
                id=id,
                use_case=batch.use_case,
                purpose="batch_output",
                name=f"{batch.id}_{name}.jsonl",
                bytes=await asyncio.to_thread(self._batches.size, id),
                created=now,
                expires=now + batch.results_kept,
            )
            for id, name, lines in (
                (batch.output_file, "output", batch.completed),
                (batch.error_file, "error", batch.failed),
            )
            if lines
        ]
        await self.keep(running, batch.turned(status, now), files)

    def _not_asked(self, running: Running, lines: Sequence[Line], ends_as: Status | None) -> list[Line]:
        """Write the results of lines that were not asked."""
        batch, refused = running.batch, running.refused
        help = "put it into another batch"
        why = RemitError("the batch was cancelled before this line", help=help, code="batch-cancelled")
        if ends_as == "expired":
            summary = "the batch's time was over before there was room for this line"
            why = RemitError(summary, help=help, code="batch-expired")
        results = []
        for number, text in lines:
            result = self.without_answer(batch, (number, text), why)
            if ends_as is None and refused is not None:
                read = self._format.read(text, endpoint=batch.endpoint, batch=batch.id, number=number)
                if isinstance(read, BatchLine):
                    result = self._format.refused(read, refused)
            results.append((number, result))
        return results

    def without_answer(self, batch: Batch, line: Line, why: RemitError) -> bytes:
        number, text = line
        return self._format.without_answer(text, batch=batch.id, number=number, why=why)

    def lost(self, batch: Batch, call: Call) -> bytes:
        """Write the result of a line whose call has an entry and whose answer is nowhere."""
        why = RemitError(
            f"the server ended in the middle of the call `{call.id}`",
            help="it was charged for what it may have used and is not asked again; its entry says more",
            code="worker-ended",
        )
        return self.without_answer(batch, self.line(batch, call.batch_line), why)

    def line(self, batch: Batch, number: int) -> Line:
        """Read one line of a batch again; where its file is gone it has no text."""
        [line] = self._batches.lines(batch.input_file, after=number - 1, bytes_max=1) or [(number, b"")]
        return line
