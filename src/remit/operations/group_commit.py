"""Group commit: answers wait until the disk has their entries; one sync serves all who wait meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import TYPE_CHECKING

from remit.enforce.answer import Finish, ModelEvent
from remit.ports import Journal

if TYPE_CHECKING:
    from remit.operations.admitted import Admitted


class GroupCommit:
    """Brings one journal to the disk, in a thread; only the event loop's thread touches it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._synced = 0
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None
        # One of its own: those that all share may be taken, by names that are slow to be looked up for one.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")

    async def reached(self, size: int) -> None:
        """Wait until so many bytes of the journal are on the disk; raises JournalError if it refuses."""
        if size <= self._synced:
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((size, future))
        if self._task is None:
            self._task = asyncio.create_task(self._sync())
        await future

    async def _sync(self) -> None:
        """Sync as long as somebody waits; what is written while a sync runs waits for the next one."""
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                size = self._journal.size
                fault: Exception | None = None
                try:
                    await asyncio.get_running_loop().run_in_executor(self._thread, self._journal.sync)
                    self._synced = size
                except Exception as error:  # noqa: BLE001 (a door: whoever waits must hear of it)
                    fault = error
                for _, future in waiting:
                    if future.done():
                        continue
                    if fault is None:
                        future.set_result(None)
                    else:
                        future.set_exception(fault)
        finally:
            self._task = None

    def close(self) -> None:
        """End the thread, once it has nothing to do."""
        self._thread.shutdown(wait=False)


async def committed(
    admitted: Admitted, commit: GroupCommit, events: AsyncGenerator[Sequence[ModelEvent], None]
) -> AsyncGenerator[Sequence[ModelEvent], None]:
    """Give out an answer's events, each after what the call has written by then is on the disk.

    Of an answer that is given whole nothing leaves before its last event, so only that waits.
    """
    admitted.due = max(admitted.due, admitted.worker.journal.size)
    async with aclosing(events) as batches:
        async for batch in batches:
            if admitted.streamed or isinstance(batch[-1], Finish):
                await commit.reached(admitted.due)
            yield batch
