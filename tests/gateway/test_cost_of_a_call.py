"""What a call costs, counted and not timed: how much is done for it, and that nothing of it stays behind.

Time differs from machine to machine; the functions that a call runs do not. A change that adds to them is
seen here, and whoever makes it raises the bound and says why.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any

import pytest

from conftest import BASE
from http_pipe import Client
from remit.gateway.app import Gateway, reject
from remit.gateway.http import Server
from remit.operations.issue_key import issue_key
from remit.operations.system import GATEWAY
from remit.operations.worker import Worker
from studied_house import CASE, STUDY

CALLS = 50
BUFFERED_MAX = 247
"""Functions of ours that a small buffered call runs, from its bytes to its answer's, on the echo provider. A
few of them only find that it has no guardrail to pass; eleven write down how it came in, hash the leaves of
its entries, and digest what was said."""
STUDIED_MAX = 15
"""Functions more that a call runs whose use case is under a study, to draw its lot and to say its arm."""
EACH_PIECE_MAX = 30
"""Those that each further piece of a stream runs."""


@contextmanager
def at_work(house: Any, *texts: str) -> Iterator[Callable[[bytes], bytes]]:
    """Give what sends requests to a gateway in this process, over a connection in memory."""
    house.apply(*texts)
    with house.system() as system, system.journals.exclusive(GATEWAY) as journal:
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {secret}\r\n"
        head += "x-remit-reference: claim-1\r\n" if texts else ""
        with asyncio.Runner() as runner:
            server = Server(Gateway(Worker(system, journal)).handle, reject=reject)

            async def connect() -> Client:
                return Client(server)

            client = runner.run(connect())

            def ask(body: bytes) -> bytes:
                before = len(client.pipe.taken)
                data = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
                runner.run(client.send([data]))
                return bytes(client.pipe.taken[before:])

            yield ask


def functions_run(work: Callable[[], object]) -> Counter[str]:
    """Count the functions of ours that some work runs."""
    counted: Counter[str] = Counter()

    def note(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and "/remit/" in frame.f_code.co_filename:
            counted[frame.f_code.co_qualname] += 1

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return counted


def body(words: int, *, stream: bool = False) -> bytes:
    text = " ".join(["word"] * words)
    streamed = b', "stream": true' if stream else b""
    return b'{"model": "echo", "messages": [{"role": "user", "content": "%b"}]%b}' % (text.encode(), streamed)


def repeat(ask: Callable[[bytes], bytes]) -> None:
    for _ in range(CALLS):
        ask(body(1))


def test_a_small_call_runs_no_more_functions_than_are_stated(house: Any) -> None:
    with at_work(house) as ask:
        for _ in range(3):
            assert b"200 OK" in ask(body(1))
        counted = functions_run(lambda: [ask(body(1)) for _ in range(CALLS)])
    each = counted.total() / CALLS
    assert each <= BUFFERED_MAX, counted.most_common(20)
    # Far below it, the bound says nothing any more.
    assert each > BUFFERED_MAX * 0.8


def test_a_call_under_a_study_runs_few_functions_more(house: Any) -> None:
    study = STUDY.replace("2026-03-01", "2020-01-01").replace("2026-03-28", "2099-12-31")
    study = study.replace("treated: 0.5", "treated: 0.999999")
    each = []
    for texts in ((BASE, CASE), (BASE, CASE, study)):
        with at_work(house, *texts) as ask:
            for _ in range(3):
                assert b"200 OK" in ask(body(1))
            each.append(functions_run(partial(repeat, ask)).total() / CALLS)
    assert 0 < each[1] - each[0] <= STUDIED_MAX, each


def test_a_piece_of_a_stream_runs_no_more_functions_than_are_stated(house: Any) -> None:
    with at_work(house) as ask:
        assert ask(body(1, stream=True)).count(b"data:") > 3
        short = functions_run(lambda: ask(body(10, stream=True))).total()
        long = functions_run(lambda: ask(body(110, stream=True))).total()
    assert 0 < (long - short) / 100 <= EACH_PIECE_MAX


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_leaves_no_circle_behind(house: Any, stream: bool) -> None:
    with at_work(house) as ask:
        for _ in range(5):
            ask(body(3, stream=stream))
        gc.collect()
        gc.disable()
        try:
            for _ in range(CALLS):
                ask(body(3, stream=stream))
            assert gc.collect() < CALLS
        finally:
            gc.enable()
