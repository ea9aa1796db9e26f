"""What guardrails by others cost: each asking is priced once, by what was sent, and written down."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from guarded_calls import INPUT, STOPPED_INPUT, Run, declared
from remit.enforce.guardrail.trust import Span
from remit.enforce.request import Message, ModelRequest
from remit.operations.apply_guardrail import Applied, Check, apply_guardrail
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.count_tokens import Counted, count_tokens
from remit.operations.issue_key import issue_key
from remit.operations.refused import Refused
from remit.operations.system import GATEWAY
from remit.operations.worker import Worker
from upstream import Answer, as_json, serving

EARLIER, NOW = (
    {"custom": "look", "starts": "2020-01-01", "per_1000_units": "9"},
    {"custom": "look", "starts": "2021-01-01", "per_1000_units": "0.85", "source": "list"},
)
LATER = {"custom": "look", "starts": "2999-01-01", "per_1000_units": "1"}
PRICES = {"prices": [EARLIER, NOW, LATER]}
Body = dict[str, Any]


def nothing(body: Body) -> Answer:
    return as_json({"findings": []})


def everything(body: Body) -> Answer:
    return as_json({"findings": [{"text": 0, "type": "animal"}]})


def run(
    house: Any,
    work: Callable[[Run], Any],
    answer: Callable[[Body], Answer] = nothing,
    *,
    prices: dict[str, Any] = PRICES,
    **said: Any,
) -> Any:
    """Do something with a worker whose guardrail asks a web hook that is paid for."""

    async def within(worker: Worker, secret: str) -> Any:
        try:
            return await work(Run(worker, secret))
        finally:
            await worker.close()

    with serving({"/look": answer}) as upstream:
        rule = {"webhook": f"{upstream.address}/look", "timeout_seconds": 60, **said}
        house.apply(declared({"custom": {"look": rule}, **prices}))
        with house.system() as system, system.journals.exclusive(GATEWAY) as journal:
            secret = issue_key(system, "pilot", author="tester@example.com").secret
            done = asyncio.run(within(Worker(system, journal), secret))
        return done, upstream.bodies


def charged(house: Any) -> list[tuple[str, int, int, str]]:
    return [
        (each["side"], each["characters"], each["units"], each["charge"])
        for each in house.entries("guardrail_charge")
    ]


def test_what_is_read_of_an_input_and_of_an_answer_is_charged_apart(house: Any) -> None:
    run(house, lambda on: on.said("a" * 1_001))
    [call] = house.entries("call")
    assert charged(house) == [("input", 1_001, 2, "0.0017"), ("output", 1_012, 2, "0.0017")]
    first = house.entries("guardrail_charge")[0]
    assert first["judges"] == call["id"]
    assert (first["guardrail"], first["custom"], first["currency"]) == ("guardrail/g0", "look", "EUR")
    assert first["rate"] == {"starts": "2021-01-01", "per_1000_units": "0.85", "source": "list"}
    assert (first["purpose"]["use_case"], first["purpose"]["unit"]) == ("pilot", "desk")
    assert "guardrail/g0/look read 2 text units of input, 0.0017 EUR" in house.run(
        "ledger", "list", "--kind", "guardrail_charge"
    )
    assert "guardrail/g0/look      0  0.0034 EUR" in house.run("cost", "--month", first["at"][:7])
    assert '"guardrails": "0.0034"' in house.run("finops", "showback", "--json")


def test_an_input_that_is_stopped_was_read_and_is_charged(house: Any) -> None:
    said, _ = run(house, lambda on: on.said("a badger"), everything)
    assert said == STOPPED_INPUT
    [call] = house.entries("call")
    assert (call["status"], call["charge"], call["accounts"]) == ("blocked", "0", [])
    assert charged(house) == [("input", 8, 1, "0.00085")]


def test_what_nobody_waits_for_is_charged_as_well(house: Any) -> None:
    async def work(on: Run) -> None:
        await on.said("a badger")
        beside = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait(beside)

    run(house, work, wait=False, **INPUT)
    assert charged(house) == [("input", 8, 1, "0.00085")]


def test_a_text_that_an_application_has_read_is_charged(house: Any) -> None:
    async def work(on: Run) -> Applied | Refused:
        key = authenticate(on.worker, on.secret)
        assert not isinstance(key, Refused)
        return await apply_guardrail(on.worker, key, Check((), "input", (Span("a fox", "person"),)))

    run(house, work)
    [check] = house.entries("guardrail_check")
    [charge] = house.entries("guardrail_charge")
    assert charge["judges"] == check["id"]
    assert (charge["units"], charge["charge"]) == (1, "0.00085")


def test_what_fails_costs_nothing_and_what_is_late_was_sent(house: Any) -> None:
    run(house, lambda on: on.said("a fox"), lambda body: as_json({}, status=500), **INPUT)
    assert charged(house) == []
    held = threading.Event()

    def late(body: Body) -> Answer:
        held.wait()
        return nothing(body)

    async def work(on: Run) -> None:
        await on.said("a fox")
        held.set()

    run(house, work, late, **INPUT | {"timeout_seconds": 1})
    assert charged(house) == [("input", 5, 1, "0.00085")]


def test_what_was_sent_is_charged_where_nobody_waits_for_the_word_any_more(house: Any) -> None:
    sent, held = threading.Event(), threading.Event()

    def late(body: Body) -> Answer:
        sent.set()
        held.wait()
        return nothing(body)

    async def work(on: Run) -> None:
        asking = asyncio.create_task(on.said("a fox"))
        await asyncio.to_thread(sent.wait)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        held.set()

    run(house, work, late, **INPUT)
    assert charged(house) == [("input", 5, 1, "0.00085")]
    assert house.entries("call") == []


@pytest.mark.parametrize("prices", [{}, {"prices": [LATER]}, {"prices": [NOW | {"per_1000_units": "0"}]}])
def test_without_a_price_in_force_nothing_is_charged_and_counting_asks(house: Any, prices: Body) -> None:
    (said, counted), bodies = run(house, _said_and_counted, prices=prices, **INPUT)
    assert said == "Simulated: a fox"
    assert isinstance(counted, Counted)
    assert len(bodies) == 2
    assert {each["charge"] for each in house.entries("guardrail_charge")} <= {"0"}


def test_to_count_tokens_nobody_is_asked_who_is_paid_for_it(house: Any) -> None:
    (_, counted), bodies = run(house, _said_and_counted, **INPUT)
    assert isinstance(counted, Counted)
    assert counted.estimated, "what was not read goes to no provider"
    assert len(bodies) == len(charged(house)) == 1


async def _said_and_counted(on: Run) -> tuple[str, Counted | Refused]:
    said = await on.said("a fox")
    key = authenticate(on.worker, on.secret)
    assert not isinstance(key, Refused)
    request = ModelRequest("model/echo", (Message.of("user", "a fox"),), output_tokens_max=10)
    return said, await count_tokens(on.worker, key, Asked(request, streamed=False))
