"""What guardrails by others cost: each asking is priced once, by what was sent, and written down."""

from __future__ import annotations

import asyncio
import sqlite3
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
from remit.operations.verify_ledger import verify_ledger
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


ALL_OF_IT = {"prices": [NOW | {"per_1000_units": "100000"}]}
"""One text unit costs the 100 EUR that the organisation has in a month."""


def test_a_budget_that_guardrails_use_up_refuses_the_next_call_before_it_is_read(house: Any) -> None:
    async def work(on: Run) -> list[str]:
        first, second = await on.admit("a fox"), await on.admit("a fox")
        key = authenticate(on.worker, on.secret)
        assert not isinstance(key, Refused)
        read = await apply_guardrail(on.worker, key, Check((), "input", (Span("a fox", "person"),)))
        for each in (first, second, read):
            assert isinstance(each, Refused)
        return [each.decision.rule for each in (first, second, read) if isinstance(each, Refused)]

    rules, bodies = run(house, work, prices=ALL_OF_IT, **INPUT)
    assert rules == ["budget-exhausted"] * 3
    assert len(bodies) == 1, "what cannot be paid for is sent to nobody"
    [charge] = house.entries("guardrail_charge")
    [account] = charge["accounts"]
    with house.system() as system:
        assert str(system.store.posted()[account]) == "100"
        assert verify_ledger(system).faults == ()


def test_what_guardrails_cost_is_left_out_of_what_calls_may_spend_after_a_restart(house: Any) -> None:
    async def once(on: Run) -> None:
        await on.said("a fox")

    run(house, once, prices=ALL_OF_IT, input_enabled=False)
    [charge] = house.entries("guardrail_charge")
    [call] = house.entries("call")
    assert charge["accounts"] == call["accounts"]
    assert charge["side"] == "output"
    with house.system() as system, system.journals.exclusive(GATEWAY) as journal:
        worker = Worker(system, journal)
        [account] = worker.accounts.values()
        assert account.posted > 100, "it is over by what was asked for a call that was let in before"
        asyncio.run(worker.close())


TAMPERED = {
    "changed": "update guardrail_charge set charge = '0'",
    "of another unit": "update guardrail_charge set unit = 'elsewhere'",
    "asked more often": "update guardrail_charge set askings = askings + 1",
    "gone": "delete from guardrail_charge",
    "of another hour": "update guardrail_charge set hour = '2020-01-01T00:00:00Z'",
}


def test_a_row_of_charges_that_says_something_else_than_the_entries_is_found_and_named(house: Any) -> None:
    run(house, lambda on: on.said("a fox"))
    assert len(house.entries("guardrail_charge")) == 2
    for sql in TAMPERED.values():
        with house.system() as system:
            assert verify_ledger(system).faults == ()
        with sqlite3.connect(house.home / "store.sqlite") as db:
            kept = db.execute("select * from guardrail_charge").fetchall()
            assert db.execute(sql).rowcount > 0
        db.close()
        with house.system() as system:
            faults = verify_ledger(system).faults
        assert any("guardrail `guardrail/g0/look` for `pilot` of unit" in each for each in faults), faults
        with sqlite3.connect(house.home / "store.sqlite") as db:
            db.execute("delete from guardrail_charge")
            db.executemany(f"insert into guardrail_charge values ({', '.join('?' * len(kept[0]))})", kept)
        db.close()
