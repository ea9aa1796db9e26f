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
from remit.enforce.request import Request as Asked
from remit.enforce.request import Terms
from remit.gateway.app import Gateway
from remit.gateway.http import Reply, Request
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
