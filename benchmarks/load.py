"""A load client: so many connections, each sending its next request when the answer to the last is whole.

It reads tasks as JSON lines, measures one after the other, and writes what it measured as JSON lines. It
ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from typing import cast

import msgspec
import uvloop

_CONTENT = re.compile(rb'"content":"([^"]*)"')
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_GRACE_S = 10.0


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What to send where, for how long, and how often a sound answer holds the word."""

    port: int
    request: bytes
    connections: int
    seconds: float
    requests_max: int
    word: str = ""
    words: int = 0


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a task. `sent` counts every request that was written; `unsound` should be zero."""

    sent: int
    unsound: int
    fault: str
    seconds: float
    ms_p50: float
    ms_p95: float
    ms_p99: float
    ms_max: float


class _Run:
    """What the connections of one task share."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.word = task.word.encode()
        self.took_ns: list[int] = []
        self.sent = self.unsound = 0
        self.fault = ""
        self.open = task.connections
        self.ended = asyncio.Event()
        self.began = self.last = time.perf_counter_ns()

    def start(self) -> None:
        self.began = self.last = time.perf_counter_ns()
        self.deadline = self.began + int(self.task.seconds * 1e9)

    def goes_on(self) -> bool:
        return self.last < self.deadline and self.sent < self.task.requests_max

    def judge(self, answer: bytes) -> None:
        sound = answer.startswith(b"HTTP/1.1 200 ")
        if sound and (not self.word or said_in(answer).count(self.word) == self.task.words):
            return
        self.fail(answer[:300].decode("utf-8", "replace"))

    def fail(self, fault: str) -> None:
        self.unsound += 1
        self.fault = self.fault or fault

    def leave(self) -> None:
        self.open -= 1
        if self.open == 0:
            self.ended.set()

    def measured(self) -> Measured:
        ordered = sorted(self.took_ns) or [0]

        def ms(share: float) -> float:
            return ordered[min(len(ordered) - 1, int(share * len(ordered)))] / 1e6

        return Measured(
            sent=self.sent,
            unsound=self.unsound,
            fault=self.fault,
            seconds=(self.last - self.began) / 1e9,
            ms_p50=ms(0.50),
            ms_p95=ms(0.95),
            ms_p99=ms(0.99),
            ms_max=ms(1.0),
        )


def said_in(answer: bytes) -> bytes:
    """Join the words of an answer: guardrails give them on in pieces of their own, cut anywhere."""
    return b"".join(_CONTENT.findall(answer))


class _Connection(asyncio.Protocol):
    def __init__(self, run: _Run) -> None:
        self._run = run
        self._held = b""
        self._body_at = self._size = 0
        self._waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # The loop's own transports do not inherit from asyncio's, whose methods they have.
        self._transport = cast(asyncio.Transport, transport)

    def send(self) -> None:
        run = self._run
        if not run.goes_on():
            self._transport.close()
            return
        self._held, self._body_at, self._waits = b"", 0, True
        run.sent += 1
        self._began = time.perf_counter_ns()
        self._transport.write(run.task.request)

    def data_received(self, data: bytes) -> None:
        self._held += data
        if not self._is_whole():
            return
        run = self._run
        run.last = time.perf_counter_ns()
        run.took_ns.append(run.last - self._began)
        self._waits = False
        run.judge(self._held)
        self.send()

    def _is_whole(self) -> bool:
        if not self._body_at:
            end = self._held.find(b"\r\n\r\n")
            if end < 0:
                return False
            self._body_at = end + 4
            length = _LENGTH.search(self._held, 0, end)
            self._size = int(length[1]) if length else -1
        if self._size < 0:
            # A chunk of size zero ends the body; nothing follows it, as one request is under way at a time.
            return self._held.endswith(b"\r\n0\r\n\r\n")
        return len(self._held) >= self._body_at + self._size

    def connection_lost(self, error: Exception | None) -> None:
        if self._waits:
            self._run.fail("the connection was cut before the answer was whole")
        self._run.leave()


async def _measure(task: Task) -> Measured:
    loop = asyncio.get_running_loop()
    run = _Run(task)
    opened = [
        await loop.create_connection(lambda: _Connection(run), "127.0.0.1", task.port)
        for _ in range(task.connections)
    ]
    run.start()
    for _, connection in opened:
        connection.send()
    try:
        await asyncio.wait_for(run.ended.wait(), task.seconds + _GRACE_S)
    except TimeoutError:
        run.fail(f"no whole answer within {_GRACE_S:.0f} s of the end")
        for transport, _ in opened:
            transport.abort()
    return run.measured()


def main() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for line in sys.stdin:
            task = msgspec.json.decode(line, type=Task)
            print(msgspec.json.encode(runner.run(_measure(task))).decode(), flush=True)


if __name__ == "__main__":
    main()
