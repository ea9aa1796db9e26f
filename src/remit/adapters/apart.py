"""Apart: run what may never end in threads that nobody waits for, not even the end of the process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Full, Queue
from typing import Any, TypeVar

from remit.kernel.errors import JudgeFailed

_T = TypeVar("_T")
_Job = tuple[Callable[[], Any], "Future[Any]"]


class Apart:
    """A few threads, begun when they are first needed. `name` says whose they are."""

    def __init__(self, name: str, *, threads: int = 4, waiting_max: int = 64) -> None:
        self._name = name
        self._threads_max = threads
        self._threads = 0
        self._jobs: Queue[_Job | None] = Queue(waiting_max)
        self._closed = False

    def submit(self, work: Callable[[], _T]) -> Future[_T]:
        """Have something done; raises JudgeFailed where too much of it waits already."""
        future: Future[_T] = Future()
        try:
            if self._closed:
                raise Full
            self._jobs.put_nowait((work, future))
        except Full:
            raise JudgeFailed(
                f"`{self._name}` is asked more than it can answer",
                help="make it quicker, or name it in fewer guardrails",
            ) from None
        if self._threads < self._threads_max:
            self._threads += 1
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        return future

    async def run(self, work: Callable[[], _T], *, within_s: float) -> _T:
        """Wait so long for something to be done; raises JudgeFailed if it is not, whatever went wrong."""
        waiting = asyncio.wrap_future(self.submit(work))
        try:
            await asyncio.wait([waiting], timeout=within_s)
            if not waiting.done():
                raise JudgeFailed(
                    f"`{self._name}` took too long", help="make it quicker, or give it more time"
                )
            fault = waiting.exception()
            if fault is None:
                return waiting.result()
            if isinstance(fault, JudgeFailed):
                raise fault
            # What it says could quote the text.
            raise JudgeFailed(f"`{self._name}` failed with `{type(fault).__name__}`", help="ask who keeps it")
        finally:
            # What nobody has begun with is left undone.
            waiting.cancel()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            work, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as fault:  # noqa: BLE001 - it belongs to whoever waits for the work
                future.set_exception(fault)
            del job, work, future

    def close(self) -> None:
        """Take no more; the threads end when they are done."""
        self._closed = True
        for _ in range(self._threads):
            try:
                self._jobs.put_nowait(None)
            except Full:
                return
