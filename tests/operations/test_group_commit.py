"""Answers that wait for the disk: none leaves before its entry is there, and many share one sync."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from full_disk import FullDisk
from remit.enforce.answer import Delta, Finish
from remit.enforce.key import Key
from remit.enforce.request import Message, ModelRequest
from remit.kernel.errors import JournalError
from remit.operations.admitted import Admitted
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.authorize import authorize
from remit.operations.call_model import stream, whole
from remit.operations.group_commit import GroupCommit
from remit.operations.system import GATEWAY
from remit.operations.worker import Worker
from remit.record.entry import Entry


class Gate:
    """A journal whose syncs wait until they are let through, and are noted with its size."""

    def __init__(self, journal: Any) -> None:
        self._journal = journal
        self.asked = threading.Semaphore(0)
        self.through = threading.Semaphore(0)
        self.synced: list[int] = []

    @property
    def size(self) -> int:
        return int(self._journal.size)

    def append(self, entries: Sequence[Entry]) -> None:
        self._journal.append(entries)

    def sync(self) -> None:
        self.asked.release()
        assert self.through.acquire(timeout=20)
        self.synced.append(self.size)
        self._journal.sync()

    def close(self) -> None:
        self._journal.close()


def ask(worker: Worker, key: Any, *, streamed: bool = False) -> Admitted:
    request = ModelRequest("model/echo", (Message.of("user", "one two three four five six seven"),))
    found = authorize(worker, key, Asked(request, streamed=streamed))
    assert isinstance(found, Admitted)
    return found


def with_gate(house: Any, work: Any) -> None:
    """Run on a worker whose answers wait for a disk that is let through by the test."""
    house.apply()
    secret = house.key()
    with house.system() as opened, opened.journals.exclusive(GATEWAY) as journal:
        gate = Gate(journal)

        async def run() -> None:
            worker = Worker(replace(opened, power_safe=True), gate)
            key = authenticate(worker, secret)
            assert isinstance(key, Key)
            try:
                await work(worker, key, gate)
            finally:
                for _ in range(100):
                    gate.through.release()
                await worker.close()

        asyncio.run(run())


def test_an_answer_waits_for_the_disk_to_have_its_entry(house: Any) -> None:
    async def work(worker: Worker, key: Any, gate: Gate) -> None:
        admitted = ask(worker, key)
        task = asyncio.create_task(whole(admitted))
        await asyncio.to_thread(gate.asked.acquire)
        assert admitted.settled is not None
        assert not task.done()
        gate.through.release()
        await task
        assert gate.synced == [gate.size]

    with_gate(house, work)


def test_many_that_wait_at_once_share_a_sync(house: Any) -> None:
    async def work(worker: Worker, key: Any, gate: Gate) -> None:
        first = asyncio.create_task(whole(ask(worker, key)))
        await asyncio.to_thread(gate.asked.acquire)
        others = [asyncio.create_task(whole(ask(worker, key))) for _ in range(20)]
        while len(worker.commit._waiting) < 20:  # type: ignore[union-attr]
            await asyncio.sleep(0)
        gate.through.release()
        await first
        assert not any(task.done() for task in others)
        gate.through.release()
        await asyncio.gather(*others)
        assert len(gate.synced) == 2
        assert gate.synced[-1] == gate.size

    with_gate(house, work)


def test_of_a_stream_nothing_leaves_before_the_disk_has_what_it_released(house: Any) -> None:
    async def work(worker: Worker, key: Any, gate: Gate) -> None:
        released = 0
        admitted = ask(worker, key, streamed=True)
        events = stream(admitted)
        for _ in range(100):
            gate.through.release()
        async for batch in events:
            released += sum(each.tokens for each in batch if isinstance(each, Delta))
            assert released <= admitted.marked
            # Whatever the call has written by now was synced before this left.
            assert gate.synced[-1] >= admitted.due
            if isinstance(batch[-1], Finish):
                break
        assert released > 4
        # One sync for the hold and the first mark, one for each doubling, one for the end; not one a piece.
        assert 3 <= len(gate.synced) <= 2 + released.bit_length()

    with_gate(house, work)


def test_a_disk_that_refuses_gives_no_answer(house: Any) -> None:
    class Refusing(FullDisk):
        size = 10

        def sync(self) -> None:
            raise JournalError("the disk is gone", help="replace it")

    async def run() -> None:
        commit = GroupCommit(Refusing())
        waits = [asyncio.create_task(commit.reached(size)) for size in (5, 10)]
        for each in await asyncio.gather(*waits, return_exceptions=True):
            assert isinstance(each, JournalError)
        # What is not on the disk is asked for again, and refused again.
        with pytest.raises(JournalError):
            await commit.reached(5)
        await commit.reached(0)

    asyncio.run(run())


def test_no_answer_waits_for_threads_that_others_have_taken(house: Any) -> None:
    class Quick(FullDisk):
        size = 10

    async def run() -> None:
        free = threading.Event()
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        taken = asyncio.create_task(asyncio.to_thread(free.wait))
        await asyncio.sleep(0)
        commit = GroupCommit(Quick())
        try:
            async with asyncio.timeout(20):
                await commit.reached(5)
        finally:
            free.set()
            await taken
            commit.close()

    asyncio.run(run())


def test_who_waits_hears_of_what_nobody_foresaw(house: Any) -> None:
    class Odd(FullDisk):
        size = 10

        def sync(self) -> None:
            raise RuntimeError("can't start new thread")

    async def run() -> None:
        async with asyncio.timeout(20):
            with pytest.raises(RuntimeError):
                await GroupCommit(Odd()).reached(5)

    asyncio.run(run())


def test_a_journal_whose_disk_refused_a_sync_takes_nothing_more(house: Any, monkeypatch: Any) -> None:
    house.apply()
    with house.system() as opened, opened.journals.exclusive(GATEWAY) as journal:

        def refuses(descriptor: int) -> None:
            raise OSError(5, "input/output error")

        with monkeypatch.context() as patched:
            patched.setattr("os.fdatasync", refuses)
            with pytest.raises(JournalError):
                journal.sync()
        # The kernel tells of a failed write once; asked again, it would say that all is well.
        with pytest.raises(JournalError):
            journal.sync()
        with pytest.raises(JournalError):
            journal.append([Entry(id="1", at=opened.clock.now())])


def test_without_it_nothing_waits_for_the_disk(house: Any) -> None:
    house.apply()
    secret = house.key()
    with house.system() as opened, opened.journals.exclusive(GATEWAY) as journal:
        gate = Gate(journal)

        async def run() -> None:
            worker = Worker(opened, gate)
            key = authenticate(worker, secret)
            assert isinstance(key, Key)
            await whole(ask(worker, key))
            await worker.close()

        asyncio.run(run())
    assert gate.synced == []
