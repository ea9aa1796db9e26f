"""What a crash leaves behind: every entry, no open hold, exact balances."""

from __future__ import annotations

import json
import signal
from decimal import Decimal
from typing import Any

import httpx2 as httpx
import pytest

SLOW = """
blocks:
  model/slow:
    name: Slow
    provider: echo
    options: {words: '3000', pace_ms: '1'}
    context_tokens: 100000
    output_tokens_max: 50000
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
"""


def _stream_until(house: Any, pieces: int) -> tuple[int, str]:
    """Begin a stream, read some of it, and kill the server; returns what was read and the call's id."""
    house.apply(house.base, house.case, SLOW)
    server = house.serve()
    key = house.key()
    body = {"model": "slow", "stream": True, "messages": [{"role": "user", "content": "so many words"}]}
    read = 0
    with httpx.stream(
        "POST",
        f"{server.address}/v1/chat/completions",
        json=body,
        headers={"Authorization": f"Bearer {key}"},
    ) as answer:
        call: str = answer.headers["x-remit-call"]
        for line in answer.iter_lines():
            if line.startswith("data: ") and '"content":"' in line and '"role"' not in line:
                read += 1
            if read >= pieces:
                server.kill()
                break
    return read, call


@pytest.mark.parametrize("pieces", [1, 2, 7, 64, 300])
def test_a_kill_in_the_middle_of_a_stream_loses_no_entry_and_leaks_no_budget(house: Any, pieces: int) -> None:
    read, call = _stream_until(house, pieces)
    server = house.serve()
    entry = json.loads(house.run("ledger", "show", call))
    assert entry["status"] == "interrupted"
    assert entry["streamed"] is True
    assert entry["usage_estimated"] is True
    released = entry["usage"]["output_tokens"]
    # The mark on disk covers what was released, and is less than twice of what the server had sent by then.
    assert read <= released <= 3000
    charge = Decimal(entry["charge"])
    expected = (entry["usage"]["input_tokens"] * Decimal(1) + released * Decimal(2)) / 1_000_000
    assert charge == expected <= Decimal(entry["held"])
    assert house.posted()["organisation"] == charge
    assert house.verify() == ()
    # Nothing stays held: what is left is the limit less what is posted.
    key = house.key()
    answer = httpx.post(
        f"{server.address}/v1/chat/completions",
        json={"model": "echo", "messages": [{"role": "user", "content": "x"}]},
        headers={"Authorization": f"Bearer {key}"},
    )
    spent = charge + Decimal(answer.headers["x-remit-cost"])
    assert Decimal(answer.headers["x-remit-budget-left"]) == Decimal(100) - spent


def test_a_second_restart_settles_nothing_twice(house: Any) -> None:
    _, call = _stream_until(house, 5)
    house.serve().stop()
    before = house.posted()
    house.serve().stop()
    assert house.posted() == before
    assert [entry["id"] for entry in house.entries("call")] == [call]


def test_a_torn_last_write_is_set_aside_and_said(house: Any) -> None:
    house.apply()
    server = house.serve()
    key = house.key()
    server.client(key).chat.completions.create(model="echo", messages=[{"role": "user", "content": "x"}])
    server.kill()
    journal = house.home / "journal" / "gateway" / "000000000000000.journal"
    whole = journal.read_bytes()
    journal.write_bytes(whole + b"0123 torn")
    house.serve().stop()
    [recovery] = house.entries("recovery")
    assert recovery["bytes_set_aside"] == 9
    assert (house.home / "journal" / "gateway" / f"torn-{len(whole)}").read_bytes() == b"0123 torn"
    assert house.verify() == ()


def test_stopping_lets_a_call_end_first(house: Any) -> None:
    house.apply(house.base, house.case, SLOW)
    server = house.serve()
    key = house.key()
    stream = server.client(key).chat.completions.create(
        model="slow", messages=[{"role": "user", "content": "x"}], max_tokens=300, stream=True
    )
    next(iter(stream))
    server.process.send_signal(signal.SIGTERM)
    reasons = [chunk.choices[0].finish_reason for chunk in stream]
    assert reasons[-1] == "length"
    assert server.process.wait(timeout=30) == 0
    [entry] = house.entries("call")
    assert entry["status"] == "completed"


def test_the_store_is_made_again_from_the_journals(house: Any) -> None:
    """Only the texts of operating models are kept nowhere else, so they are applied again."""
    house.apply()
    server = house.serve()
    key = house.key()
    server.client(key).chat.completions.create(model="echo", messages=[{"role": "user", "content": "x"}])
    server.stop()
    before = house.entries()
    posted = house.posted()
    for file in house.home.glob("store.sqlite*"):
        file.unlink()
    house.apply()
    assert house.entries() == before
    assert house.posted() == posted
    again = house.serve().client(key)
    again.chat.completions.create(model="echo", messages=[{"role": "user", "content": "x"}])
