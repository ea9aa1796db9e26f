"""Batches from inside: what a client cannot bring about or would have to wait for."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import BASE, CASE
from remit.adapters.provider_echo import EchoProvider
from remit.declare.provider import Provider as DeclaredProvider
from remit.enforce.answer import ModelEvent
from remit.enforce.batch import (
    BATCHES_MAX,
    FILES_BYTES_MAX,
    FILES_MAX,
    INTERACTIVE_MAX,
    OPEN_MAX,
    WINDOW,
    Batch,
    File,
    Status,
)
from remit.enforce.key import Key
from remit.enforce.request import ModelRequest, Request, Terms
from remit.enforce.sender import NOWHERE, Sender
from remit.gateway.openai_batches import LINES
from remit.gateway.openai_files import lines_of
from remit.kernel.errors import RemitError, StoreError
from remit.operations.authenticate import authenticate
from remit.operations.follow_ledger import catch_up
from remit.operations.issue_key import issue_key, revoke_key
from remit.operations.keep_files import Order, Upload, keep_file, take_in
from remit.operations.run_batches import Queue
from remit.operations.system import GATEWAY, System, journal_of
from remit.operations.worker import Worker
from remit.ports import Provider
from remit.ports_batches import Line

URL = "/v1/chat/completions"
MODELS = """
blocks:
  model/busy:
    name: Busy
    provider: echo
    options: {busy: 'true'}
    retries: 0
    context_tokens: 100000
    output_tokens_max: 50000
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
"""


@dataclass
class SetClock:
    """A clock that stands where it was set."""

    at: datetime

    def now(self) -> datetime:
        return self.at


class Counting(EchoProvider):
    """Counts how often it is asked, and what."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        assert isinstance(request, ModelRequest)
        self.asked.append(request.messages[-1].text)
        async for batch in super().stream(request, terms):
            yield batch


class Odd(EchoProvider):
    """Fails in a way that no provider should."""

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        if terms.whole:
            raise ValueError("what nobody foresaw")
        yield []


@dataclass
class Desk:
    """A worker, its queue, a key of its use case, and a clock to set."""

    worker: Worker
    queue: Queue
    key: Key
    clock: SetClock
    provider: EchoProvider

    @property
    def system(self) -> System:
        return self.worker.system

    def batch(
        self,
        *texts: str,
        model: str = "echo",
        key: Key | None = None,
        sender: Sender = NOWHERE,
        **more: Any,
    ) -> Batch:
        """Make a batch of questions, named by their numbers."""
        content = b"".join(
            json.dumps(
                {
                    "custom_id": str(number),
                    "method": "POST",
                    "url": URL,
                    "body": {"model": model, "messages": [{"role": "user", "content": text}], **more},
                }
            ).encode()
            + b"\n"
            for number, text in enumerate(texts, 1)
        )
        upload = Upload("a.jsonl", list(lines_of(content)), len(content))
        file = keep_file(self.system, self.key.use_case, upload)
        made = take_in(self.system, key or self.key, Order(file.id, URL), sender=sender)
        self.queue.add(made)
        return made

    async def ended(self, batch: Batch) -> Batch:
        """Let the queue go on until a batch has ended; the loop has an end too."""
        for _ in range(20_000):
            await self.queue.step()
            found = await asyncio.to_thread(self.system.batches.batch, batch.id)
            assert found is not None
            if found.ended:
                return found
        raise AssertionError("the batch does not end")

    def results(self, file: str) -> list[dict[str, Any]]:
        lines = self.system.batches.lines(file, bytes_max=1 << 20)
        return [json.loads(text) for _, text in lines]


@contextmanager
def at_work(house: Any, *texts: str, provider: type[EchoProvider] = Counting) -> Iterator[Desk]:
    house.apply(*(texts or (BASE, CASE, MODELS)))
    made = provider()

    def make_provider(name: str, declared: DeclaredProvider) -> Provider:
        return made

    with house.system() as opened, opened.journals.exclusive(GATEWAY) as journal:
        clock = SetClock(datetime.now(UTC))
        system = replace(opened, make_provider=make_provider, clock=clock)
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        worker = Worker(system, journal)
        key = authenticate(worker, secret)
        assert isinstance(key, Key)
        yield Desk(worker, Queue(worker, LINES), key, clock, made)


def test_a_worker_that_runs_no_batches_keeps_none_of_them(house: Any) -> None:
    with at_work(house) as desk:
        desk.worker.name = journal_of(2)
        desk.queue = Queue(desk.worker, LINES)
        batch = desk.batch("one")
        assert not desk.queue._open
        assert [each.id for each in desk.system.batches.open_batches()] == [batch.id]


def test_lines_that_find_no_place_wait_until_the_deadline_and_then_are_told_so(house: Any) -> None:
    with at_work(house) as desk:

        async def run() -> Batch:
            batch = desk.batch("one", "two", "three", model="busy")
            for _ in range(50):
                await desk.queue.step()
                await asyncio.sleep(0)
            desk.clock.at += WINDOW - timedelta(seconds=1)
            await desk.queue.step()
            still = desk.system.batches.batch(batch.id)
            assert still is not None and still.status == "in_progress"  # noqa: PT018 (the type is narrowed)
            desk.clock.at += timedelta(seconds=1)
            return await desk.ended(batch)

        found = asyncio.run(run())
        assert (found.status, found.completed, found.failed, found.total) == ("expired", 0, 3, 3)
        assert desk.system.batches.file(found.output_file, now=desk.clock.at) is None
        results = desk.results(found.error_file)
        assert [each["custom_id"] for each in results] == ["1", "2", "3"]
        assert {each["error"]["code"] for each in results} == {"batch-expired"}
    tried = house.entries("call")
    # After the first that found no place the others did not try either.
    assert len(tried) == 1
    assert {(each["fault"], each["charge"], each["batch_line"]) for each in tried} == {
        ("provider-busy", "0", 1)
    }


def test_no_line_begins_while_callers_fill_the_worker(house: Any) -> None:
    with at_work(house) as desk:

        async def run() -> Batch:
            desk.worker.interactive = INTERACTIVE_MAX
            batch = desk.batch("one", "two")
            for _ in range(50):
                await desk.queue.step()
                await asyncio.sleep(0)
            assert house.entries("call") == []
            desk.worker.interactive = INTERACTIVE_MAX - 1
            return await desk.ended(batch)

        assert asyncio.run(run()).completed == 2
        assert desk.worker.interactive == INTERACTIVE_MAX - 1


def test_the_rest_of_a_batch_is_refused_when_its_key_is_revoked(house: Any) -> None:
    with at_work(house) as desk:

        async def run() -> Batch:
            batch = desk.batch("one", "two", "three")
            revoke_key(desk.system, desk.key.id, author="tester@example.com")
            await catch_up(desk.worker)
            return await desk.ended(batch)

        found = asyncio.run(run())
        assert (found.status, found.completed, found.failed) == ("completed", 0, 3)
        results = [each["response"] for each in desk.results(found.error_file)]
        assert {each["status_code"] for each in results} == {401}
        assert {each["body"]["error"]["code"] for each in results} == {"revoked-key"}
        [refusal] = house.entries("refusal")
        assert {each["request_id"] for each in results} == {refusal["id"]}
    assert house.entries("call") == []


@pytest.mark.parametrize(("peer", "completed"), [("192.0.2.7", 1), ("198.51.100.7", 0), ("", 0)])
def test_a_key_for_some_networks_runs_what_was_sent_from_one_of_them(
    house: Any, peer: str, completed: int
) -> None:
    with at_work(house) as desk:
        secret = issue_key(
            desk.system, "pilot", author="tester@example.com", networks=("192.0.2.0/24",)
        ).secret

        async def run() -> Batch:
            await catch_up(desk.worker)
            key = authenticate(desk.worker, secret, Sender("192.0.2.1"))
            assert isinstance(key, Key)
            return await desk.ended(desk.batch("one", key=key, sender=Sender(peer)))

        found = asyncio.run(run())
        assert (found.status, found.completed, found.failed) == ("completed", completed, 1 - completed)
        assert found.sender == peer
        assert [each["response"]["status_code"] for each in desk.results(found.error_file)] == [
            403
        ] * found.failed


def test_a_caller_without_a_key_makes_no_batch(house: Any) -> None:
    with at_work(house) as desk:
        vouched = replace(desk.key, issuer="company")
        with pytest.raises(RemitError) as found:
            desk.batch("one", key=vouched)
        assert found.value.code == "batch-without-key"
        assert desk.system.batches.open_batches() == []


def test_whom_a_line_is_for_is_counted_and_never_told(house: Any) -> None:
    with at_work(house) as desk:

        async def run() -> Batch:
            return await desk.ended(desk.batch("one", user="somebody@example.com"))

        assert asyncio.run(run()).completed == 1
        pseudonym = desk.system.pseudonym("pilot", "somebody@example.com")
    [call] = house.entries("call")
    assert call["purpose"]["user"] == pseudonym


def test_a_fault_that_nobody_foresaw_ends_its_line_and_no_other(house: Any) -> None:
    with at_work(house, provider=Odd) as desk:

        async def run() -> Batch:
            return await desk.ended(desk.batch("one", "two"))

        found = asyncio.run(run())
        assert (found.status, found.failed) == ("completed", 2)
        assert {each["error"]["code"] for each in desk.results(found.error_file)} == {"internal-fault"}
    assert [each["fault"] for each in house.entries("call")] == ["internal-fault"] * 2


class Away:
    """Keeps everything but results, as on a disk that is full."""

    def __init__(self, kept: Any) -> None:
        self._kept = kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept, name)

    def put_results(self, batch: Batch, file: str, lines: Sequence[Line]) -> None:
        raise StoreError("the disk is full", help="free space")


def test_a_line_with_an_entry_and_no_result_is_not_asked_again(house: Any) -> None:
    with at_work(house) as desk:
        system = desk.system
        desk.worker.system = replace(system, batches=Away(system.batches))
        first = Queue(desk.worker, LINES)
        desk.worker.system, desk.queue = system, first

        async def until_asked() -> Batch:
            batch = desk.batch("one", "two")
            for _ in range(5_000):
                await first.step()
                await asyncio.to_thread(lambda: None)
                if len(house.entries("call")) == 2:
                    return batch
            raise AssertionError("no line was asked")

        async def go_on(batch: Batch) -> Batch:
            desk.queue = Queue(desk.worker, LINES)
            return await desk.ended(batch)

        # The loop's end is the process's: whatever was under way is gone.
        found = asyncio.run(go_on(asyncio.run(until_asked())))
        assert isinstance(desk.provider, Counting)
        assert sorted(desk.provider.asked) == ["one", "two"]
        assert (found.status, found.completed, found.failed) == ("completed", 0, 2)
        results = desk.results(found.error_file)
        assert {each["error"]["code"] for each in results} == {"worker-ended"}
        assert [each["custom_id"] for each in results] == ["1", "2"]
    calls = house.entries("call")
    assert len(calls) == 2
    assert found.charge == house.posted()["organisation"]
    assert found.usage.total == sum(sum(call["usage"].values()) for call in calls)


@pytest.mark.parametrize(
    ("left", "ends_as", "completed"),
    [
        ((), "completed", 2),
        (("in_progress",), "completed", 2),
        (("in_progress", "finalizing"), "completed", 2),
        (("cancelling",), "cancelled", 0),
        (("in_progress", "cancelling", "finalizing"), "cancelled", 0),
    ],
)
def test_at_whatever_status_a_process_left_a_batch_the_next_one_ends_it(
    house: Any, left: tuple[Status, ...], ends_as: str, completed: int
) -> None:
    with at_work(house) as desk:

        async def run() -> Batch:
            batch = desk.batch("one", "two")
            for status in left:
                batch = batch.turned(status, desk.clock.at)
            desk.system.batches.put_batch(batch)
            desk.queue = Queue(desk.worker, LINES)
            return await desk.ended(batch)

        found = asyncio.run(run())
        assert (found.status, found.completed, found.failed) == (ends_as, completed, 2 - completed)
        assert found.total == 2
    assert len(house.entries("call")) == completed


def test_a_long_batch_does_not_keep_a_short_one_waiting(house: Any) -> None:
    with at_work(house) as desk:

        async def run() -> Batch | None:
            long, short = desk.batch(*(["word"] * 200)), desk.batch("one")
            await desk.ended(short)
            return desk.system.batches.batch(long.id)

        found = asyncio.run(run())
        assert found is not None
        assert found.status == "in_progress"
        assert found.completed < 100


def test_lines_wait_for_a_budget_that_other_lines_hold(house: Any) -> None:
    base = BASE.replace("100.00 EUR", "0.25 EUR")
    with at_work(house, base, CASE) as desk:

        async def run() -> Batch:
            return await desk.ended(desk.batch("one", "two", "three"))

        # Each holds a tenth for the most that it could write, and costs next to nothing.
        found = asyncio.run(run())
        assert (found.status, found.completed, found.failed) == ("completed", 3, 0)
    assert {each["decision"]["rule"] for each in house.entries("refusal")} <= {"budget-exhausted"}


def test_a_budget_that_is_spent_refuses_every_line_and_ends_the_batch(house: Any) -> None:
    with at_work(house, BASE.replace("100.00 EUR", "0.01 EUR"), CASE) as desk:

        async def run() -> Batch:
            return await desk.ended(desk.batch("one", "two"))

        found = asyncio.run(run())
        assert (found.status, found.failed) == ("completed", 2)
        assert [each["response"]["status_code"] for each in desk.results(found.error_file)] == [402, 402]


def test_a_file_that_was_tampered_with_fails_its_batch(house: Any) -> None:
    with at_work(house) as desk:

        async def run() -> Batch:
            batch = desk.batch("one", "two")
            with sqlite3.connect(house.home / "batches.sqlite") as db:
                db.execute("update line set body = x'00' where number = 2")
            db.close()
            return await desk.ended(batch)

        found = asyncio.run(run())
        assert (found.status, [each.code for each in found.faults]) == ("failed", ["file-unreadable"])
    assert house.entries("call") == []


def test_a_batch_whose_file_is_gone_fails(house: Any) -> None:
    with at_work(house) as desk:

        async def run() -> Batch:
            batch = desk.batch("one")
            with sqlite3.connect(house.home / "batches.sqlite") as db:
                db.execute("delete from line")
            db.close()
            return await desk.ended(batch)

        assert [each.code for each in asyncio.run(run()).faults] == ["not-found"]


def test_what_a_use_case_may_leave_here_has_limits(house: Any) -> None:
    with at_work(house) as desk:
        batches, now = desk.system.batches, desk.clock.at

        def put(number: int, size: int) -> File:
            file = File(
                id=f"file-{number}",
                use_case="pilot",
                purpose="batch",
                name="a",
                bytes=size,
                created=now,
                expires=now + WINDOW,
            )
            batches.put_file(file, [])
            return file

        def refused(wanted: Upload | Order) -> str:
            with pytest.raises(RemitError) as found:
                leave(wanted)
            return found.value.code

        def leave(wanted: Upload | Order) -> None:
            if isinstance(wanted, Upload):
                keep_file(desk.system, "pilot", wanted)
            else:
                take_in(desk.system, desk.key, wanted)

        large = put(0, FILES_BYTES_MAX - 2)
        keep_file(desk.system, "pilot", Upload("a", [(1, b"{}")], 2))
        assert refused(Upload("a", [(1, b"{")], 1)) == "too-much-kept"
        batches.delete_file(large.id)
        order = Order(put(1, 1).id, URL)
        for _ in range(OPEN_MAX):
            take_in(desk.system, desk.key, order)
        assert refused(order) == "too-much-kept"
        for batch in batches.open_batches():
            batches.put_batch(batch.turned("cancelled", now))
        for _ in range(OPEN_MAX, BATCHES_MAX):
            batches.put_batch(take_in(desk.system, desk.key, order).turned("cancelled", now))
        assert refused(order) == "too-much-kept"
        for number in range(2, FILES_MAX):
            put(number, 1)
        assert refused(Upload("a", [(1, b"{}")], 1)) == "too-much-kept"
        # Another use case's room is its own.
        keep_file(desk.system, "other", Upload("a", [(1, b"{}")], 2))
