"""A call is charged once, by the tier that served it and by its own size; what has no rates is listed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from conftest import BASE, CASE
from remit.adapters.provider_echo import EchoProvider
from remit.decide.finops.unpriced import Unpriced
from remit.declare.price import Rates
from remit.declare.provider import Provider as DeclaredProvider
from remit.enforce.answer import Delta, Finish, ModelEvent
from remit.enforce.request import Message, ModelRequest, Request, Terms
from remit.kernel.money import Money
from remit.kernel.usage import Usage
from remit.operations.adjust import adjust
from remit.operations.admitted import Admitted
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.authorize import authorize
from remit.operations.call_model import stream
from remit.operations.find_unpriced import find_unpriced
from remit.operations.issue_key import issue_key
from remit.operations.refused import Refused
from remit.operations.system import GATEWAY
from remit.operations.worker import Worker
from remit.ports import Provider

TIERED = BASE.replace(
    "    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]\n",
    """\
    prices:
      - starts: 2020-01-01
        input: 1.00
        output: 2.00
        long_context: [{above: 5, input: 3.00, output: 6.00}]
        tiers: {flex: {factor: 0.5}, priority: {input: 4.00, output: 8.00}}
        source: the contract
""",
)


class Served(EchoProvider):
    """Says one word, and in which tier it served how much."""

    simulated = False

    def __init__(self, tier: str, usage: Usage) -> None:
        super().__init__()
        self.finish = Finish("stop", usage, "served", tier=tier)

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        yield [Delta("word")]
        yield [self.finish]


def unpriced_after_a_call(house: Any, tier: str, usage: Usage, asked: str | None) -> list[Unpriced]:
    """Make one call, list what lacks a price, put it right if that is anything, and list again."""
    house.apply(TIERED, CASE)
    made = Served(tier, usage)

    def make_provider(name: str, declared: DeclaredProvider) -> Provider:
        return made

    request = ModelRequest(
        "model/echo", (Message.of("user", "x"),), output_tokens_max=50_000, service_tier=asked
    )
    with house.system() as opened:
        system = replace(opened, make_provider=make_provider)
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        with system.journals.exclusive(GATEWAY) as journal:
            worker = Worker(system, journal)
            key = authenticate(worker, secret)
            assert not isinstance(key, Refused)
            call = authorize(worker, key, Asked(request, streamed=True))
            assert isinstance(call, Admitted)
            asyncio.run(_to_its_end(call))
        _, found = find_unpriced(system)
        if found:
            day = system.clock.now().date()
            adjust(
                system,
                Money(Decimal("0.01"), "EUR"),
                reason="price",
                note="The provider said what the tier costs.",
                since=day - timedelta(days=1),
                until=day + timedelta(days=1),
                model="model/echo",
                author="finance@example.com",
            )
            assert find_unpriced(system)[1] == []
    return found


async def _to_its_end(call: Admitted) -> None:
    async with aclosing(stream(call)) as batches:
        async for _ in batches:
            pass


@pytest.mark.parametrize(
    ("asked", "served", "usage", "charge", "tier"),
    [
        (None, "default", Usage(input_tokens=5, output_tokens=1), "0.000007", ""),
        (None, "default", Usage(input_tokens=6, output_tokens=1), "0.000024", ""),
        ("flex", "flex", Usage(input_tokens=2, cache_read_tokens=4), "0.000009", "flex"),
        ("flex", "", Usage(input_tokens=1), "0.0000005", "flex"),
        ("priority", "default", Usage(input_tokens=1), "0.000001", ""),
        (None, "priority", Usage(input_tokens=6), "0.000024", "priority"),
    ],
)
def test_the_tier_that_served_and_the_size_of_the_call_decide_its_charge(
    house: Any, asked: str | None, served: str, usage: Usage, charge: str, tier: str
) -> None:
    assert unpriced_after_a_call(house, served, usage, asked) == []
    [entry] = house.entries("call")
    assert (Decimal(entry["charge"]), entry["rates"].get("tier", "")) == (Decimal(charge), tier)
    assert Decimal(entry["held"]) >= Decimal(charge)
    assert entry["rates"]["source"] == "the contract"
    assert "becomes" not in entry["rates"]
    rates = msgspec.convert(entry["rates"], Rates)
    assert rates.cost(usage) == Decimal(charge)
    assert house.posted()["organisation"] == Decimal(charge)


def test_a_tier_without_rates_is_charged_at_the_dearest_and_listed_until_it_is_adjusted(house: Any) -> None:
    [found] = unpriced_after_a_call(house, "scale", Usage(input_tokens=1), None)
    assert (found.kind, found.subject, found.calls) == ("tier", "model/echo", 1)
    assert found.charged == Money(Decimal("0.000004"), "EUR")
    [entry] = house.entries("call")
    assert (entry["charge"], entry["tier"], entry["unpriced"]) == ("0.000004", "scale", ["tier"])
