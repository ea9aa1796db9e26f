"""A client's end of a connection in memory, and the server that answers it: quick, for many streams."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import h11

from remit.gateway.http import Connection, Reply, Request, Server
from remit.gateway.http_request import Limits

_STATUS = re.compile(rb"HTTP/1\.1 (\d\d\d) ")


class Pipe(asyncio.Transport):
    """What the server writes to; it takes everything at once, unless told not to."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = b""
        self.closed = False
        self.half_closed = False
        self.paused: list[bool] = []

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("192.0.2.1", 50000) if name == "peername" else default

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        assert high is not None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.half_closed, "nothing follows the end"
        self.taken += data

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.half_closed = True

    def pause_reading(self) -> None:
        self.paused.append(True)

    def resume_reading(self) -> None:
        self.paused.append(False)

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True


@dataclass
class Client:
    """One connection to a server in memory."""

    server: Server
    pipe: Pipe = field(default_factory=Pipe)
    connection: Connection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = self.server.connect()
        self.connection.connection_made(self.pipe)

    async def send(self, pieces: Iterable[bytes], *, wait: bool = True) -> None:
        """Send pieces as the network delivers them; with `wait`, until the server has answered them."""
        for piece in pieces:
            if not self.pipe.closed:
                self.connection.data_received(piece)
        if wait:
            await self.settle()

    async def settle(self) -> None:
        while self.connection.busy:
            await asyncio.sleep(0)
        # What was written leaves when the loop has done what was ready.
        await asyncio.sleep(0)

    def leave(self) -> None:
        self.connection.connection_lost(None)

    @property
    def over(self) -> bool:
        """Say whether the server has ended the connection, or its answers on it."""
        return self.pipe.closed or self.pipe.half_closed

    @property
    def statuses(self) -> list[int]:
        return [int(each) for each in _STATUS.findall(self.pipe.taken)]


def reject(status: int, code: str, summary: str, help: str) -> bytes:
    return code.encode()


async def echo(request: Request, reply: Reply) -> None:
    """Answer with what was understood, so that two readings of the same bytes can be compared."""
    if request.query == "later":
        await asyncio.sleep(0)
    said = f"{request.method} {request.path} {request.query} {sorted(request.headers.items())} ".encode()
    if request.query == "pieces":
        reply.start(200, [])
        reply.write(said)
        await reply.drain()
        reply.write(request.body)
        reply.end()
    else:
        reply.send(200, [], said + request.body)


def echoing(**limits: Any) -> Server:
    return Server(echo, reject=reject, limits=Limits(**limits))


def read_answers(data: bytes, methods: Iterable[str]) -> list[tuple[int, bytes]]:
    """Read the answers to requests of these methods with another implementation: statuses and bodies."""
    client = h11.Connection(h11.CLIENT)
    client.receive_data(data)
    answers: list[tuple[int, bytes]] = []
    for method in methods:
        client.send(h11.Request(method=method, target="/", headers=[("host", "a")]))
        client.send(h11.EndOfMessage())
        status, body = 0, b""
        while not isinstance(event := client.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA or isinstance(event, h11.ConnectionClosed):
                return answers
            if isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += event.data
        answers.append((status, body))
        if client.our_state is h11.MUST_CLOSE:
            break
        client.start_next_cycle()
    return answers
