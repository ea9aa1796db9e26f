"""Bundles from inside: what a provider's batch service can do to them, and what a crash leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

from conftest import BASE, CASE, House
from remit.adapters.provider_echo import EchoProvider
from remit.declare.provider import Provider as DeclaredProvider
from remit.enforce.answer import Delta, Finish
from remit.enforce.batch import Batch
from remit.enforce.bundle import Bundle
from remit.enforce.key import Key
from remit.enforce.request import Request
from remit.gateway.openai_batches import LINES
from remit.gateway.openai_files import lines_of
from remit.kernel.errors import ProviderFailed
from remit.kernel.usage import Usage
from remit.operations.authenticate import authenticate
from remit.operations.issue_key import issue_key
from remit.operations.keep_files import Order, Upload, keep_file, take_in
from remit.operations.run_batches import Queue
from remit.operations.system import GATEWAY, System
from remit.operations.worker import Worker
from remit.ports import Provider
from remit.ports_batches import Outcome

URL = "/v1/chat/completions"
MODELS = """
providers:
  hosted: {technology: openai, base_url: "http://127.0.0.1:1/v1"}
blocks:
  model/nightly:
    name: Nightly
    provider: hosted
    batch: provider
    context_tokens: 100000
    output_tokens_max: 100
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00, tiers: {batch: {factor: 0.5}}}]
"""


class Service:
    """A batch service that answers at once, but for the lines that it is told to leave out."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []
        self.found: str | None = None
        self.fails_first = False
        self.leaves_out: frozenset[str] = frozenset()

    def refuses(self, request: Request) -> str:
        return ""

    async def send(
        self, bundle: Bundle, requests: Mapping[str, Request], *, options: Mapping[str, str]
    ) -> str:
        if self.fails_first:
            self.fails_first = False
            raise ProviderFailed("the provider is away", help="try again")
        self.sent.append([_text(each) for each in requests.values()])
        return "remote"

    async def find(self, bundle: Bundle, *, options: Mapping[str, str]) -> str | None:
        return self.found

    async def has_ended(self, remote: str, *, options: Mapping[str, str]) -> bool:
        return True

    async def cancel(self, remote: str, *, options: Mapping[str, str]) -> None:
        pass

    async def outcomes(
        self, remote: str, requests: Mapping[str, Request], *, options: Mapping[str, str]
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        for call, request in requests.items():
            if _text(request) not in self.leaves_out:
                finish = Finish("stop", Usage(input_tokens=20, output_tokens=10), "nightly")
                yield call, [Delta("Yes.", 1), finish]


def _text(request: Any) -> str:
    return str(request.messages[-1].text)


class Hosted(EchoProvider):
    """A provider with a batch service."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.batches = service


class Desk:
    """A worker and its queue."""

    def __init__(self, worker: Worker, key: Key) -> None:
        self.worker, self.key = worker, key
        self.queue = Queue(worker, LINES)

    def batch(self, *texts: str) -> Batch:
        bodies = [{"model": "nightly", "messages": [{"role": "user", "content": text}]} for text in texts]
        lines = [
            {"custom_id": str(number), "method": "POST", "url": URL, "body": body}
            for number, body in enumerate(bodies, 1)
        ]
        content = "\n".join(map(json.dumps, lines)).encode()
        file = keep_file(
            self.worker.system,
            self.key.use_case,
            Upload("a.jsonl", list(lines_of(content)), len(content)),
        )
        made = take_in(self.worker.system, self.key, Order(file.id, URL))
        self.queue.add(made)
        return made

    async def until(self, what: Callable[[], bool]) -> None:
        for _ in range(20_000):
            await self.queue.step()
            if await asyncio.to_thread(what):
                return
        raise AssertionError("it does not come about")

    def ended(self, batch: Batch) -> bool:
        found = self.worker.system.batches.batch(batch.id)
        return found is not None and found.ended


@contextmanager
def opened(house: House, service: Service) -> Iterator[System]:
    provider = Hosted(service)

    def make_provider(name: str, declared: DeclaredProvider) -> Provider:
        return provider

    with house.system() as system:
        yield replace(system, make_provider=make_provider)


@contextmanager
def at_work(house: House, system: System, secret: str) -> Iterator[Desk]:
    with system.journals.exclusive(GATEWAY) as journal:
        worker = Worker(system, journal)
        key = authenticate(worker, secret)
        assert isinstance(key, Key)
        yield Desk(worker, key)


def made(house: House, case: str = CASE) -> None:
    house.apply(BASE, case, MODELS)


def test_a_line_without_a_result_is_charged_for_what_it_may_have_used_and_is_not_sent_again(
    house: House,
) -> None:
    made(house)
    service = Service()
    service.leaves_out = frozenset({"two"})
    with opened(house, service) as system:
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        with at_work(house, system, secret) as desk:
            batch = desk.batch("one", "two")
            asyncio.run(desk.until(lambda: desk.ended(batch)))
        assert system.batches.bundles() == []
    assert service.sent == [["one", "two"]]
    one, two = sorted(house.entries("call"), key=lambda call: call["batch_line"])
    assert (one["status"], one["charge"], one["tier"]) == ("completed", "0.00002", "batch")
    assert (two["status"], two["usage_estimated"]) == ("failed", True)
    assert 0 < Decimal(two["charge"]) < Decimal(two["held"])


def test_what_may_have_been_sent_is_looked_for_before_it_is_sent_again(house: House) -> None:
    made(house)
    for found, times in (("remote", 0), (None, 1)):
        service = Service()
        service.fails_first, service.found = True, found
        with opened(house, service) as system:
            secret = issue_key(system, "pilot", author="tester@example.com").secret
            with at_work(house, system, secret) as desk:
                batch = desk.batch("one")
                asyncio.run(desk.until(lambda desk=desk, batch=batch: desk.ended(batch)))  # type: ignore[misc]
        assert len(service.sent) == times


def test_a_line_that_was_only_gathered_when_the_process_ended_costs_nothing_and_is_asked_again(
    house: House,
) -> None:
    # The second line finds no place, so the first waits for it.
    made(house, CASE.rstrip() + "\n    remit: {requests_per_minute: 1}\n")
    service = Service()
    with opened(house, service) as system:
        secret = issue_key(system, "pilot", author="tester@example.com").secret

        async def begin(desk: Desk) -> Batch:
            batch = desk.batch("one", "two")
            await desk.until(lambda: desk.queue._bundles.waiting == 1)
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                # The process ends: nobody settles what was under way.
                for admitted in desk.queue._asking._under_way.values():
                    admitted.parked = True
                task.cancel()
            return batch

        with at_work(house, system, secret) as desk:
            batch = asyncio.run(begin(desk))
        assert (service.sent, system.batches.bundles()) == ([], [])
        with at_work(house, system, secret) as desk:
            asyncio.run(desk.until(lambda: desk.queue._bundles.waiting == 1))
            assert not desk.ended(batch)
    [call] = [each for each in house.entries("call") if each["status"] == "interrupted"]
    assert (call["charge"], call["settlement"]) == ("0", "void")
