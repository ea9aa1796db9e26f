"""Many calls at once against little money: what is admitted is what the budget covers, never one more."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import httpx2 as httpx

CASE = """
use_cases:
  pilot:
    name: A pilot
    unit: desk
    purpose: Race for the last money.
    adoption: {stage: experiment, basis: It runs in this test.}
    # A call of 10 output tokens may cost (64 + 16 + 1) x 1.00 + 10 x 2.00 = 101 millionths.
    remit: {spend: [{limit: 0.000353 EUR, per: day}]}
blocks:
  model/slow:
    name: Slow
    provider: echo
    options: {words: '10', pace_ms: '40'}
    context_tokens: 100000
    output_tokens_max: 10
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
"""


async def _race(address: str, key: str, calls: int) -> list[httpx.Response]:
    body = {"model": "slow", "messages": [{"role": "user", "content": "x"}]}
    limits = httpx.Limits(max_connections=calls)
    async with httpx.AsyncClient(
        base_url=address, headers={"Authorization": f"Bearer {key}"}, limits=limits, timeout=60
    ) as client:
        asked = (client.post("/v1/chat/completions", json=body) for _ in range(calls))
        return list(await asyncio.gather(*asked))


def test_64_calls_with_money_for_three_and_a_half_are_3_calls(house: Any) -> None:
    house.apply(house.base, CASE)
    server = house.serve()
    answers = asyncio.run(_race(server.address, house.key(), 64))
    admitted = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 402]
    assert (len(admitted), len(refused)) == (3, 61)
    assert {answer.json()["error"]["code"] for answer in refused} == {"budget-exhausted"}
    server.stop()
    calls = house.entries("call")
    assert len(calls) == 3
    posted = house.posted()["use-case/pilot"]
    assert posted == sum(Decimal(call["charge"]) for call in calls) <= Decimal("0.000353")


def test_money_that_a_call_did_not_need_is_free_again(house: Any) -> None:
    house.apply(house.base, CASE)
    server = house.serve()
    key = house.key()
    rounds = [asyncio.run(_race(server.address, key, 8)) for _ in range(4)]
    admitted = [sum(answer.status_code == 200 for answer in answers) for answers in rounds]
    # Each call costs 1 + 20 millionths of the 101 held, so three holds fit until 150 or more are posted.
    assert admitted[0] == 3
    assert sum(admitted) > 6
    server.stop()
    assert house.posted()["use-case/pilot"] <= Decimal("0.000353")
