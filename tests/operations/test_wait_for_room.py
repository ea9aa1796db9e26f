"""Calls that wait for room under a limit: in which order they go, how long, and what is written of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conftest import BASE, CASE
from remit.enforce.key import Key
from remit.enforce.request import Message, ModelRequest
from remit.operations import lines
from remit.operations.admitted import Admitted
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.call_model import abandon
from remit.operations.follow_ledger import catch_up
from remit.operations.issue_key import issue_key, revoke_key
from remit.operations.lines import Lines
from remit.operations.refused import Refused
from remit.operations.system import GATEWAY
from remit.operations.wait_for_room import authorize_in_turn
from remit.operations.worker import Worker

ASKED = Asked(ModelRequest("model/echo", (Message.of("user", "x"),), output_tokens_max=9), streamed=False)
ONE_AT_ONCE = BASE.replace("spend: [{limit: 100.00 EUR", "concurrency_max: 1\n    spend: [{limit: 100.00 EUR")
OTHER = """
  model/other: {name: Other, provider: echo, context_tokens: 9000, output_tokens_max: 900,
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]}
stages:"""


@contextmanager
def at_work(house: Any, base: str = ONE_AT_ONCE) -> Iterator[tuple[Worker, Key]]:
    house.apply(base.replace("stages:", OTHER.strip("\n"), 1), CASE)
    with house.system() as system, system.journals.exclusive(GATEWAY) as journal:
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        worker = Worker(system, journal)
        key = authenticate(worker, secret)
        assert isinstance(key, Key)
        yield worker, key


async def until(condition: Any) -> None:
    while not condition():
        await asyncio.sleep(0)


def test_calls_go_in_the_order_in_which_they_came_and_none_that_got_through_was_refused(house: Any) -> None:
    with at_work(house) as (worker, key):
        order: list[int] = []

        async def one(number: int) -> None:
            admitted = await authorize_in_turn(worker, key, ASKED, wait_s=60)
            assert isinstance(admitted, Admitted)
            order.append(number)
            abandon(admitted)

        async def run() -> None:
            first = await authorize_in_turn(worker, key, ASKED, wait_s=60)
            assert isinstance(first, Admitted)
            tasks = []
            for number in range(5):
                tasks.append(asyncio.create_task(one(number)))
                await until(lambda: len(worker.lines) == number + 1)  # noqa: B023 (asked at once)
            abandon(first)
            await asyncio.gather(*tasks)

        asyncio.run(run())
        assert order == [0, 1, 2, 3, 4]
        assert len(worker.lines) == 0
    assert house.entries("refusal") == []
    assert len(house.entries("call")) == 6


def test_who_has_waited_in_vain_is_refused_once(house: Any) -> None:
    with at_work(house) as (worker, key):

        async def run() -> Refused:
            held = await authorize_in_turn(worker, key, ASKED, wait_s=60)
            assert isinstance(held, Admitted)
            refused = await authorize_in_turn(worker, key, ASKED, wait_s=0.05)
            assert isinstance(refused, Refused)
            abandon(held)
            return refused

        refused = asyncio.run(run())
        assert (refused.decision.rule, len(worker.lines)) == ("too-many-at-once", 0)
    assert [entry["id"] for entry in house.entries("refusal")] == [refused.id]


def test_what_time_does_not_mend_is_refused_at_once(house: Any) -> None:
    with at_work(house, BASE.replace("100.00 EUR", "0 EUR")) as (worker, key):
        refused = asyncio.run(authorize_in_turn(worker, key, ASKED, wait_s=600))
        assert isinstance(refused, Refused)
        assert refused.decision.rule == "budget-exhausted"


def test_a_key_that_is_revoked_while_its_call_waits_opens_nothing(house: Any) -> None:
    with at_work(house) as (worker, key):

        async def run() -> Admitted | Refused:
            held = await authorize_in_turn(worker, key, ASKED, wait_s=60)
            assert isinstance(held, Admitted)
            waits = asyncio.create_task(authorize_in_turn(worker, key, ASKED, wait_s=60))
            await until(lambda: len(worker.lines) == 1)
            revoke_key(worker.system, key.id, author="tester@example.com")
            await catch_up(worker)
            abandon(held)
            return await waits

        refused = asyncio.run(run())
        assert isinstance(refused, Refused)
        assert refused.decision.rule == "revoked-key"


def test_who_leaves_while_it_waits_is_called_for_no_more_and_the_next_one_goes(house: Any) -> None:
    with at_work(house) as (worker, key):

        async def run() -> None:
            held = await authorize_in_turn(worker, key, ASKED, wait_s=60)
            assert isinstance(held, Admitted)
            leaves = asyncio.create_task(authorize_in_turn(worker, key, ASKED, wait_s=60))
            await until(lambda: len(worker.lines) == 1)
            stays = asyncio.create_task(authorize_in_turn(worker, key, ASKED, wait_s=60))
            await until(lambda: len(worker.lines) == 2)
            leaves.cancel()
            await asyncio.wait([leaves])
            abandon(held)
            admitted = await stays
            assert isinstance(admitted, Admitted)
            abandon(admitted)

        asyncio.run(run())
        assert len(worker.lines) == 0
    assert len(house.entries("call")) == 2


def test_where_too_many_wait_the_next_is_refused_at_once(house: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(lines, "WAITING_MAX", 1)
    with at_work(house) as (worker, key):

        async def run() -> None:
            held = await authorize_in_turn(worker, key, ASKED, wait_s=60)
            assert isinstance(held, Admitted)
            waits = asyncio.create_task(authorize_in_turn(worker, key, ASKED, wait_s=60))
            await until(lambda: len(worker.lines) == 1)
            assert isinstance(await authorize_in_turn(worker, key, ASKED, wait_s=60), Refused)
            abandon(held)
            admitted = await waits
            assert isinstance(admitted, Admitted)
            abandon(admitted)

        asyncio.run(run())


def test_lines_of_different_keys_and_for_different_models_do_not_stand_in_each_others_way() -> None:
    waiting = Lines()
    first, second, other, theirs = (
        waiting.join("pilot", key, model) for key, model in (("k", "a"), ("k", "a"), ("k", "b"), ("l", "a"))
    )
    assert first is not None
    assert second is not None
    assert other is not None
    assert theirs is not None
    assert [waiting.is_first(each) for each in (first, second, other, theirs)] == [True, False, True, True]
    waiting.freed("elsewhere")
    assert not first.called.is_set()
    waiting.freed("pilot")
    assert [each.called.is_set() for each in (first, second, other, theirs)] == [True, False, True, True]
    waiting.leave(first)
    assert second.called.is_set()
    assert len(waiting) == 3


def test_one_use_case_does_not_take_all_places() -> None:
    waiting = Lines()
    taken = [waiting.join("greedy", "k", "a") for _ in range(lines.OF_ONE_USE_CASE_MAX + 1)]
    assert taken[-1] is None
    assert None not in taken[:-1]
    assert waiting.join("modest", "k", "a") is not None
