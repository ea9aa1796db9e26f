"""The gateway's one flow from inside: what a client cannot see of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Any

from remit.adapters.provider_echo import EchoProvider
from remit.declare.provider import Provider as DeclaredProvider
from remit.enforce.answer import ModelEvent
from remit.enforce.key import Key
from remit.enforce.request import Message, ModelRequest, Terms
from remit.enforce.request import Request as Asked
from remit.gateway import answer
from remit.gateway.app import Gateway
from remit.gateway.http import Reply, Request
from remit.kernel.errors import StoreError
from remit.operations.admitted import Admitted
from remit.operations.asked import Asked as Wanted
from remit.operations.authenticate import authenticate
from remit.operations.authorize import authorize
from remit.operations.call_model import abandon
from remit.operations.issue_key import issue_key
from remit.operations.system import GATEWAY
from remit.operations.worker import Worker
from remit.ports import Provider


class Kept:
    """A connection that keeps what is written to it."""

    lost, peer, stays_open = False, "", True

    def __init__(self) -> None:
        self.taken = b""

    def write(self, data: bytes) -> None:
        self.taken += data

    async def drain(self) -> None: ...

    def abort(self, *, reset: bool = False) -> None: ...


def test_the_bytes_of_a_request_are_not_held_while_its_answer_is_awaited(house: Any) -> None:
    house.apply()
    request = Request(b"POST", b"/v1/chat/completions", {}, "1.1", True)
    held: list[int] = []

    class Watching(EchoProvider):
        async def stream(self, asked: Asked, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
            held.append(len(request.body))
            async for batch in super().stream(asked, terms):
                yield batch

    def make_provider(name: str, described: DeclaredProvider) -> Provider:
        return Watching()

    with house.system() as opened, opened.journals.exclusive(GATEWAY) as journal:
        system = replace(opened, make_provider=make_provider)
        key = issue_key(system, "pilot", author="tester@example.com").secret
        request.headers["authorization"] = f"Bearer {key}"
        question = {"role": "user", "content": "two words"}
        request.body = json.dumps({"model": "echo", "messages": [question]}).encode()
        line = Kept()
        asyncio.run(Gateway(Worker(system, journal)).handle(request, Reply(line, request)))
    assert b"two words" in line.taken
    assert held == [0]


def test_nobody_is_asked_in_the_name_of_a_caller_who_has_gone(house: Any) -> None:
    house.apply()
    with house.system() as system, system.journals.exclusive(GATEWAY) as journal:
        key = issue_key(system, "pilot", author="tester@example.com").secret
        request = Request(b"POST", b"/v1/chat/completions", {"authorization": f"Bearer {key}"}, "1.1", True)
        request.body = b'{"model": "echo", "messages": [{"role": "user", "content": "x"}]}'
        line = Kept()
        line.lost = True
        asyncio.run(Gateway(Worker(system, journal)).handle(request, Reply(line, request)))
    assert line.taken == b""
    assert house.entries("call") == []


def test_whoever_leaves_before_there_is_a_call_is_done_with_at_once(house: Any) -> None:
    one = house.base.replace("spend: [{limit", "concurrency_max: 1\n    spend: [{limit")
    house.apply(one, house.case)
    ended: list[float] = []

    async def run(worker: Worker, request: Request) -> None:
        reply = Reply(Kept(), request)
        waits = asyncio.create_task(Gateway(worker).handle(request, reply))
        async with asyncio.timeout(20):
            while not worker.lines:
                await asyncio.sleep(0)
        assert reply.on_gone is not None
        reply.on_gone(ended.append)
        waits.cancel()
        await asyncio.wait([waits])
        assert not worker.lines

    with house.system() as system, system.journals.exclusive(GATEWAY) as journal:
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        headers = {"authorization": f"Bearer {secret}", "x-remit-wait": "60"}
        request = Request(b"POST", b"/v1/chat/completions", headers, "1.1", True)
        request.body = b'{"model": "echo", "messages": [{"role": "user", "content": "x"}]}'
        worker = Worker(system, journal)
        key = authenticate(worker, secret)
        assert isinstance(key, Key)
        running = authorize(worker, key, Wanted(ModelRequest("model/echo", (Message.of("user", "x"),)), True))
        assert isinstance(running, Admitted)
        asyncio.run(run(worker, request))
        abandon(running)
    assert ended == [0]
    assert [entry["id"] for entry in house.entries("call")] == [running.hold.id]


def test_a_store_that_is_away_for_a_moment_says_when_to_come_back() -> None:
    fault = StoreError("the store is away", help="try again", retry_after_s=2)
    assert (answer.of_error(fault).status, answer.of_error(fault).retry_after_s) == (503, 2)
