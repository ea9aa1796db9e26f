"""What providers, callers and disks do wrong: a clear error, one entry, no hold left, sound books."""

from __future__ import annotations

import json
import resource
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import openai
import pytest

from conftest import BASE, CASE, House, Server
from tls_front import tls_before
from upstream_faults import STATUSES, USAGES, Upstream, upstream

QUESTION: Any = [{"role": "user", "content": "is it so?"}]
OF_UPSTREAM = (*STATUSES, *USAGES, "fine", "hang", "slow", "late", "truncated", "not-json", "broken", "begun")
OUTPUT_MAX = 100
FINE = (200, None)
HANG_UPS, AT_ONCE = 1_000, 100
GROWN_MAX_MIB = 16


def declared(hosted: Upstream, *, tls: str = "", gone: str = "") -> str:
    addresses = {"hosted": hosted.address, "tls": tls, "gone": gone}
    providers = [
        f'  {name}: {{technology: openai, base_url: "{address}"}}'
        for name, address in addresses.items()
        if address
    ]
    of = dict.fromkeys((*OF_UPSTREAM, "endless"), "hosted") | {
        name: name for name in ("tls", "gone") if addresses[name]
    }
    blocks = [
        f"""
  model/{name}:
    name: {name}
    provider: {provider}
    options: {{model: "{name}"}}
    context_tokens: 100000
    output_tokens_max: {5_000 if name == "endless" else OUTPUT_MAX}
    data_class_max: confidential
    prices: [{{starts: 2020-01-01, input: 1.00, output: 2.00}}]
    retries: 0
    total_seconds: {0.2 if name == "hang" else 60}
"""
        for name, provider in of.items()
    ]
    return "providers:\n" + "\n".join(providers) + "\nblocks:" + "".join(blocks)


@dataclass
class Door:
    """A served house, and the provider that its models are asked of."""

    house: House
    upstream: Upstream
    server: Server
    key: str

    @property
    def client(self) -> openai.OpenAI:
        return self.server.client(self.key)

    def lines(self) -> list[dict[str, Any]]:
        path = self.house.home / "journal" / "gateway" / "000000000000000.journal"
        return [json.loads(line.split(" ", 1)[1]) for line in path.read_text("utf-8").splitlines()]

    def calls(self, *models: str) -> list[dict[str, Any]]:
        """Return the calls of some models, or of all."""
        found = [each for each in self.lines() if each["kind"] == "call"]
        return [each for each in found if not models or each["purpose"]["model"][6:] in models]

    def estimate(self, call: dict[str, Any]) -> int:
        """Return what the call's hold took its input to be."""
        [found] = [each for each in self.lines() if each["kind"] == "hold" and each["id"] == call["id"]]
        return int(found["input_tokens_estimate"])

    def ask(self, model: str, *, streamed: bool) -> tuple[int, str | None, float]:
        """Ask a model; returns the status and the code of what comes, and when it says to come back."""
        try:
            answer: Any = self.client.chat.completions.create(model=model, messages=QUESTION, stream=streamed)
            if streamed:
                list(answer)
        except openai.APIStatusError as error:
            return error.status_code, error.code, float(error.response.headers.get("retry-after", 0))
        except openai.APIError as error:
            return 200, error.code, 0
        return 200, None, 0


def is_sound(house: House, calls: list[dict[str, Any]]) -> None:
    """Hold that the ledger verifies, no hold is open, and what is posted is the sum of all calls."""
    assert house.verify() == ()
    assert house.posted()["organisation"] == sum(Decimal(each["charge"]) for each in calls)
    with house.system() as system:
        assert system.store.open_holds() == []


@pytest.fixture(scope="module")
def door(shared_house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with ExitStack() as stack:
        hosted = stack.enter_context(upstream())
        # Its certificate is its own, which nobody vouches for.
        tls = stack.enter_context(tls_before(hosted.address, tmp_path_factory.mktemp("tls") / "own.pem"))
        closed = stack.enter_context(socket.socket())
        closed.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{closed.getsockname()[1]}"
        shared_house.apply(BASE, CASE, declared(hosted, tls=tls, gone=gone))
        yield Door(shared_house, hosted, shared_house.serve(), shared_house.key())


NOTHING, COUNTED, INPUT = (0, 0), (5, 2), (-1, 0)
"""What is charged: nothing, what was counted, or the input by estimate and so many output tokens."""

# Each with what the caller sees (status and code), and of the entry the fault and the tokens.
WHOLE = {
    "fine": (200, None, None, COUNTED),
    "hang": (504, "provider-timeout", "provider-timeout", INPUT),
    "429": (429, "provider-busy", "provider-busy", NOTHING),
    "500": (502, "provider-failed", "provider-failed", NOTHING),
    "502": (502, "provider-failed", "provider-failed", NOTHING),
    "503": (502, "provider-failed", "provider-failed", NOTHING),
    "truncated": (502, "provider-broke-off", "provider-broke-off", INPUT),
    "not-json": (502, "provider-failed", "provider-failed", INPUT),
    "usage-absent": (200, None, None, (-1, 3)),
    "usage-negative": (502, "provider-failed", "provider-failed", INPUT),
    "usage-text": (502, "provider-failed", "provider-failed", INPUT),
    "usage-vast": (502, "provider-failed", "provider-failed", INPUT),
    "usage-above": (200, None, "usage-above-hold", (5, 40_000)),
    "tls": (502, "provider-unreachable", "provider-unreachable", NOTHING),
    "gone": (502, "provider-unreachable", "provider-unreachable", NOTHING),
}
STREAMED = WHOLE | {
    "truncated": (502, "provider-broke-off", "provider-broke-off", INPUT),
    "broken": (200, "provider-broke-off", "provider-broke-off", (-1, 2)),
    "usage-absent": (200, None, None, (-1, 1)),
    # A word had left before the count came.
    "usage-negative": (200, "provider-failed", "provider-failed", (-1, 1)),
    "usage-text": (200, "provider-failed", "provider-failed", (-1, 1)),
    "usage-vast": (200, "provider-failed", "provider-failed", (-1, 1)),
}
CASES = [(name, False, *each) for name, each in WHOLE.items()] + [
    (name, True, *each) for name, each in STREAMED.items()
]


@pytest.mark.parametrize(("model", "streamed", "status", "code", "fault", "tokens"), CASES)
def test_a_fault_is_told_and_charged_for_what_was_most_likely_done(
    door: Door, model: str, streamed: bool, status: int, code: str | None, fault: str, tokens: tuple[int, int]
) -> None:
    before = len(door.calls(model))
    told = door.ask(model, streamed=streamed)
    assert told == (status, code, 3.0 if model == "429" else 0.0)
    [call] = door.calls(model)[before:]
    assert call["status"] == ("completed" if code is None else "failed")
    assert call.get("fault") == fault
    given, output = tokens
    given = door.estimate(call) if given < 0 else given
    assert (call["usage"].get("input_tokens", 0), call["usage"].get("output_tokens", 0)) == (given, output)
    counted = model == "usage-above" or tokens == NOTHING or (code is None and model != "usage-absent")
    assert call.get("usage_estimated", False) is not counted
    charge = Decimal(call["charge"])
    assert charge == (given + 2 * output) / Decimal(1_000_000)
    assert call["settlement"] == ("post" if charge else "void")
    assert charge <= Decimal(call["held"]) or fault == "usage-above-hold"
    is_sound(door.house, door.calls())


def test_a_slow_provider_is_waited_for_with_its_worst_case_held(door: Door) -> None:
    door.upstream.go(False)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(door.ask, "slow", streamed=False)
        door.upstream.wait_asked("slow", 1)
        assert door.calls("slow") == []
        assert [each["purpose"]["model"] for each in door.lines() if each["kind"] == "hold"][
            -1
        ] == "model/slow"
        door.upstream.go()
        assert asked.result(timeout=30) == (200, None, 0)
    [call] = door.calls("slow")
    assert (call["status"], call["charge"]) == ("completed", "0.000009")
    is_sound(door.house, door.calls())


class Caller:
    """A caller on a socket of its own, who may hang up or never read."""

    def __init__(self, door: Door, model: str, *, buffer: int | None = None) -> None:
        parts = urlsplit(door.server.address)
        assert parts.hostname
        assert parts.port
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(30)
        self.socket.connect((parts.hostname, parts.port))
        body = json.dumps({"model": model, "stream": True, "messages": QUESTION}).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {door.key}\r\n"
        self.socket.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def hang_up(self) -> None:
        self.socket.close()


def memory_mib(pid: int) -> float:
    [line] = [
        each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("VmRSS")
    ]
    return int(line.split()[1]) / 1024


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < ends, "it has not come to that in time"


def test_a_thousand_hang_ups_are_one_entry_each_and_leave_nothing_behind(door: Door) -> None:
    rounds = [("begun", "late")[number % 2] for number in range(HANG_UPS // AT_ONCE)]
    memory = 0.0
    for number, model in enumerate(rounds):
        door.upstream.go(False)
        asked = door.upstream.asked[model]
        callers = [Caller(door, model) for _ in range(AT_ONCE)]
        door.upstream.wait_asked(model, asked + AT_ONCE)
        for caller in callers:
            # Half of them leave in the middle of an answer, half before it.
            if model == "begun":
                assert caller.socket.recv(1)
            caller.hang_up()
        door.upstream.go()
        until(lambda: len(door.calls("begun", "late")) == (number + 1) * AT_ONCE)  # noqa: B023 - called at once
        if number == 1:
            memory = memory_mib(door.server.process.pid)
    calls = door.calls("begun", "late")
    assert len({each["id"] for each in calls}) == len(calls) == HANG_UPS
    assert {each["status"] for each in calls} == {"hung_up"}
    assert all(Decimal(each["charge"]) > 0 for each in calls)
    assert memory_mib(door.server.process.pid) - memory < GROWN_MAX_MIB
    is_sound(door.house, door.calls())


def test_a_stream_that_nobody_reads_is_bounded_and_accounted(door: Door) -> None:
    before = memory_mib(door.server.process.pid)
    caller = Caller(door, "endless", buffer=4096)
    door.upstream.wait_asked("endless", 1)
    still, sent = 0, -1
    while still < 20:
        # Each call that is answered meanwhile is time in which more could have been taken from the provider.
        assert door.ask("fine", streamed=False)[0] == 200
        now = door.upstream.sent["endless"]
        still, sent = (still + 1, sent) if now == sent else (0, now)
    assert 0 < sent < 20 << 20
    assert memory_mib(door.server.process.pid) - before < GROWN_MAX_MIB
    caller.hang_up()
    until(lambda: len(door.calls("endless")) == 1)
    [call] = door.calls("endless")
    # Read on for its count, until it has said more than any answer of this length can be.
    assert (call["status"], call["fault"]) == ("failed", "provider-failed")
    assert call["usage_estimated"]
    assert 0 < Decimal(call["charge"]) <= Decimal(call["held"])
    is_sound(door.house, door.calls())


def test_a_full_disk_of_two_workers_refuses_calls_and_loses_none(house: House) -> None:
    house.apply()
    server = house.serve(REMIT_WORKERS="2")
    key = house.key()
    journals = house.home / "journal"

    def ask() -> tuple[int, str | None]:
        # A client of its own has a connection of its own, which any worker may get.
        with openai.OpenAI(base_url=f"{server.address}/v1", api_key=key, max_retries=0) as client:
            try:
                client.chat.completions.create(model="echo", messages=QUESTION)
            except openai.APIStatusError as error:
                return error.status_code, error.code
            return 200, None

    served = 0
    while not all(any((journals / name).glob("*.journal")) for name in ("gateway", "gateway-2")):
        served += ask() == FINE
    served += sum(ask() == FINE for _ in range(8))
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [line.split() for line in listed.stdout.splitlines()]
    workers = [int(pid) for pid, parent in pairs if int(parent) == server.process.pid]
    assert len(workers) == 2
    least = min(path.stat().st_size for path in journals.glob("gateway*/*.journal"))
    _, hard = resource.prlimit(workers[0], resource.RLIMIT_FSIZE)
    for pid in workers:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (least, hard))
    assert [ask() for _ in range(8)] == [(503, "journal-unavailable")] * 8
    for pid in workers:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
    assert [ask() for _ in range(8)] == [FINE] * 8
    server.stop()
    calls = house.entries("call")
    assert [each["status"] for each in calls] == ["completed"] * (served + 8)
    is_sound(house, calls)


def test_two_workers_without_their_store_refuse_what_they_cannot_hold_and_lose_nothing(house: House) -> None:
    house.apply()
    server = house.serve(REMIT_WORKERS="2")
    key = house.key()

    def ask() -> tuple[int, str | None]:
        with openai.OpenAI(base_url=f"{server.address}/v1", api_key=key, max_retries=0) as client:
            try:
                client.chat.completions.create(model="echo", messages=QUESTION)
            except openai.APIStatusError as error:
                return error.status_code, error.code
            return FINE

    with closing(sqlite3.connect(house.home / "store.sqlite", isolation_level=None)) as db:
        # Whoever has it for long takes it away from both: neither has leased anything yet.
        db.execute("begin immediate")
        assert ask() == (503, "store-unavailable")
        db.execute("rollback")
    until(lambda: ask() == FINE)
    assert [ask() for _ in range(8)] == [FINE] * 8
    server.stop()
    calls = house.entries("call")
    assert [each["status"] for each in calls] == ["completed"] * 9
    is_sound(house, calls)
