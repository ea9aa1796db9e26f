"""A receiver of web hooks that does wrong in every way, over a raw socket; what it does is said in words."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass
class Received:
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body)

    def is_signed_by(self, secret: bytes) -> bool:
        """Check the signature as a receiver does, with nothing of the sender's."""
        content = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        expected = "v1," + base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
        return any(
            hmac.compare_digest(each, expected) for each in self.headers["webhook-signature"].split(" ")
        )


@dataclass
class Hook:
    """What it was sent, and what it does next: a status, `429 after 120`, or a way to do wrong."""

    address: str
    does: list[str] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def wait(self, times: int) -> None:
        async with asyncio.timeout(30), self.arrived:
            await self.arrived.wait_for(lambda: len(self.received) >= times)


@asynccontextmanager
async def receiving(*does: str) -> AsyncIterator[Hook]:
    """Serve until the block is left; what is not said is answered with 204."""
    tasks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await _serve_one(hook, reader, writer):
                pass
        writer.close()
        tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    hook = Hook(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", list(does))
    try:
        yield hook
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _serve_one(hook: Hook, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    head = await reader.readuntil(b"\r\n\r\n")
    found = _LENGTH.search(head)
    body = await reader.readexactly(int(found[1]) if found else 0)
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[:-2])}
    does = hook.does.pop(0) if hook.does else "204"
    async with hook.arrived:
        hook.received.append(Received(first.split(" ")[1], headers, body))
        hook.arrived.notify_all()
    return await _answer(does, hook, writer)


async def _answer(does: str, hook: Hook, writer: asyncio.StreamWriter) -> bool:
    if does == "hang-up":
        return False
    if does == "silent":
        await asyncio.Event().wait()
    if does == "not-http":
        writer.write(b"what is it?\r\n\r\n")
        return False
    status, _, after = does.partition(" after ")
    if does == "slow-body":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nso")
        await writer.drain()
        await asyncio.Event().wait()
    more = f"Retry-After: {after}\r\n" if after else ""
    if does.startswith("30"):
        more += f"Location: {hook.address}/elsewhere\r\n"
    writer.write(f"HTTP/1.1 {status} X\r\n{more}Content-Length: 0\r\n\r\n".encode())
    await writer.drain()
    return True
