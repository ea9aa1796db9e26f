"""One call that is led to several models: what is tried after a fault, what is held, and what is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from conftest import BASE, CASE
from remit.adapters.provider_echo import EchoProvider
from remit.declare.provider import Provider as DeclaredProvider
from remit.enforce.answer import Delta, Finish, ModelEvent
from remit.enforce.breaker import IN_A_ROW
from remit.enforce.request import Message, ModelRequest, Request, Terms
from remit.kernel.errors import ProviderBusy, ProviderError, ProviderFailed, ProviderRefused, StoreError
from remit.kernel.money import ZERO
from remit.operations import call_model
from remit.operations.admitted import Admitted, Busy, Short, Unseen
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.authorize import authorize
from remit.operations.call_model import stream
from remit.operations.fold_ledger import fold_ledger
from remit.operations.follow_ledger import catch_up
from remit.operations.issue_key import issue_key, revoke_key
from remit.operations.refused import Refused
from remit.operations.system import GATEWAY
from remit.operations.worker import Worker
from remit.ports import Ids, Provider
from remit.record.call_entry import Call

BLOCKS = """
providers:
  first: {technology: echo}
  second: {technology: echo}
blocks:
  model/first:
    name: First
    provider: first
    context_tokens: 1000
    output_tokens_max: 100
    data_class_max: restricted
    retries: 1
    prices: [{starts: 2026-01-01, input: 1, output: 1}]
  model/second:
    name: Second
    provider: second
    context_tokens: 1000
    output_tokens_max: 100
    data_class_max: restricted
    retries: 0
    prices: [{starts: 2026-01-01, input: 10, output: 10}]
  route/either:
    name: Either
    targets: [{to: model/first}, {to: model/second}]
"""

FAILS = ProviderFailed("the provider answered with status 500", help="try again")
REFUSES = ProviderRefused("the provider refuses this", help="ask something else")


@dataclass(frozen=True)
class Sure:
    """Ids whose draws are all 0, so that nothing waits."""

    ids: Ids

    def new(self, at: datetime) -> str:
        return self.ids.new(at)

    def secret(self) -> str:
        return self.ids.secret()

    def draw(self) -> float:
        return 0.0


class Scripted(EchoProvider):
    """Does what it was told, one call after the other, and answers like the echo after that."""

    def __init__(self, script: list[ProviderError | str]) -> None:
        super().__init__()
        self.script = script
        self.asked: list[Request] = []

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        self.asked.append(request)
        for word in self.script[:1]:
            del self.script[0]
            if isinstance(word, str):
                yield [Delta(word)]
                raise FAILS
            raise word
        async with aclosing(super().stream(request, terms)) as batches:
            async for batch in batches:
                yield batch


@dataclass
class Work:
    worker: Worker
    secret: str
    providers: dict[str, Scripted]

    def admit(self, model: str = "model/either") -> Admitted | Refused:
        key = authenticate(self.worker, self.secret)
        assert not isinstance(key, Refused)
        request = ModelRequest(model, (Message.of("user", "x"),), output_tokens_max=10)
        found = authorize(self.worker, key, Asked(request, streamed=True))
        assert not isinstance(found, Short | Busy | Unseen)
        return found

    def call(self, model: str = "model/either") -> tuple[Call, list[ModelEvent]]:
        """Make a call to its end; a provider's fault is in its entry."""
        admitted = self.admit(model)
        assert isinstance(admitted, Admitted)
        events = asyncio.run(_events(admitted))
        assert admitted.settled is not None
        return admitted.settled.call, events


async def _events(admitted: Admitted) -> list[ModelEvent]:
    found: list[ModelEvent] = []
    try:
        async with aclosing(stream(admitted)) as batches:
            async for batch in batches:
                found += batch
    except ProviderError:
        pass
    return found


@contextmanager
def at_work(
    house: Any, first: Sequence[ProviderError | str] = (), second: Sequence[ProviderError | str] = ()
) -> Iterator[Work]:
    house.apply(BASE, CASE, BLOCKS)
    scripts = {"first": Scripted(list(first)), "second": Scripted(list(second))}

    def make_provider(name: str, declared: DeclaredProvider) -> Provider:
        return scripts.get(name, Scripted([]))

    with house.system() as opened, opened.journals.exclusive(GATEWAY) as journal:
        system = replace(opened, make_provider=make_provider, ids=Sure(opened.ids))
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        yield Work(Worker(system, journal), secret, scripts)


def pending(worker: Worker) -> set[Decimal]:
    return {account.pending for account in worker.accounts.values()}


def test_a_route_leads_to_its_first_target_and_the_entry_names_both(house: Any) -> None:
    with at_work(house) as work:
        call, _ = work.call()
    assert (call.purpose.model, call.purpose.asked) == ("model/first", "route/either")
    assert call.attempts == ()


def test_a_model_that_failed_is_tried_again_before_the_next_one_is(house: Any) -> None:
    with at_work(house, first=[FAILS]) as work:
        call, _ = work.call()
        assert pending(work.worker) == {ZERO}
    assert (call.status, call.purpose.model) == ("completed", "model/first")
    assert [(each.model, each.fault) for each in call.attempts] == [("model/first", "provider-failed")]


def test_the_next_model_is_held_for_at_its_own_price_and_charged_at_it(house: Any) -> None:
    with at_work(house, first=[FAILS, FAILS]) as work:
        admitted = work.admit()
        assert isinstance(admitted, Admitted)
        first = admitted.hold
        events = asyncio.run(_events(admitted))
        second = admitted.hold
        assert admitted.settled is not None
        call = admitted.settled.call
        assert pending(work.worker) == {ZERO}
    assert second.amount == 10 * first.amount
    assert (second.id, call.id, call.held) == (first.id, first.id, second.amount)
    assert (call.status, call.purpose.model, call.provider) == ("completed", "model/second", "second")
    assert call.charge == second.rates.cost(call.usage) > 0
    assert [each.model for each in call.attempts] == ["model/first", "model/first"]
    assert [type(event) for event in events].count(Finish) == 1
    assert [each.model for each in work.providers["second"].asked if isinstance(each, ModelRequest)] == [
        "model/second"
    ]
    assert house.posted()["organisation"] == call.charge
    assert [entry["id"] for entry in house.entries("call")] == [call.id]


def test_nothing_is_tried_again_once_a_piece_of_an_answer_has_come(house: Any) -> None:
    with at_work(house, first=["half an answer"]) as work:
        call, events = work.call()
    assert (call.status, call.fault, call.attempts) == ("failed", "provider-failed", ())
    assert events == [Delta("half an answer")]
    assert not work.providers["second"].asked


def test_a_caller_s_mistake_is_not_carried_to_another_model(house: Any) -> None:
    with at_work(house, first=[REFUSES]) as work:
        call, _ = work.call()
    assert (call.status, call.fault) == ("failed", "provider-refused")
    assert not work.providers["second"].asked


def test_a_next_model_that_the_budget_cannot_cover_leaves_the_fault_of_the_first(house: Any) -> None:
    with at_work(house, first=[FAILS, FAILS]) as work:
        admitted = work.admit()
        assert isinstance(admitted, Admitted)
        account = admitted.hold.accounts[0]
        limit = admitted.target.limits[account]
        # What is left covers the first model and not the second, which costs ten times as much.
        others = limit - admitted.hold.amount * 5
        work.worker.accounts[account] = work.worker.accounts[account].hold(others)
        asyncio.run(_events(admitted))
        assert admitted.settled is not None
        call = admitted.settled.call
        assert work.worker.accounts[account].pending == others
    assert (call.status, call.fault, call.purpose.model) == ("failed", "provider-failed", "model/first")
    assert call.charge == 0


def test_a_model_called_by_its_own_name_is_retried_and_never_replaced(house: Any) -> None:
    with at_work(house, first=[FAILS, FAILS]) as work:
        call, _ = work.call("model/first")
    assert (call.status, call.fault, call.purpose.asked) == ("failed", "provider-failed", "")
    assert len(call.attempts) == 1


def test_a_model_that_keeps_failing_rests_and_the_route_leads_past_it(house: Any) -> None:
    with at_work(house, first=[FAILS] * IN_A_ROW * 2) as work:
        while not work.worker.resting(0.0):
            work.call()
        asked = len(work.providers["first"].asked)
        call, _ = work.call()
        assert len(work.providers["first"].asked) == asked == IN_A_ROW
    assert (call.purpose.model, call.attempts) == ("model/second", ())


def test_a_route_whose_models_all_rest_says_when_to_come_back(house: Any) -> None:
    with at_work(house, first=[FAILS] * 99, second=[FAILS] * 99) as work:
        while len(work.worker.resting(0.0)) < 2:
            work.call()
        refused = work.admit()
    assert isinstance(refused, Refused)
    assert refused.decision.rule == "route-rests"
    assert refused.decision.retry_after is not None
    assert 1 <= refused.decision.retry_after <= 5
    assert [entry["decision"]["rule"] for entry in house.entries("refusal")] == ["route-rests"]


def test_a_crash_after_falling_back_settles_the_hold_that_stood_last(house: Any) -> None:
    with at_work(house, first=[FAILS, FAILS], second=["part"]) as work:
        admitted = work.admit()
        assert isinstance(admitted, Admitted)

        async def until_the_first_piece() -> None:
            async for _ in (events := stream(admitted)):
                fold_ledger(work.worker.system)
                assert [(hold, marked) for hold, marked in work.worker.system.store.open_holds()] == [
                    (admitted.hold, 1)
                ]
                break
            await events.aclose()

        asyncio.run(until_the_first_piece())
    assert admitted.hold.purpose.model == "model/second"


def test_all_targets_busy_is_said_as_the_last_one_said_it(house: Any) -> None:
    busy = ProviderBusy("the provider takes no more calls now", help="try later", retry_after_s=900)
    with at_work(house, first=[busy], second=[busy]) as work:
        call, _ = work.call()
    assert (call.status, call.fault) == ("failed", "provider-busy")
    assert [each.model for each in call.attempts] == ["model/first"]


def test_a_key_for_one_model_is_led_to_that_one_alone(house: Any) -> None:
    with at_work(house, first=[FAILS, FAILS]) as work:
        key = issue_key(work.worker.system, "pilot", author="tester@example.com", models=["model/second"])
        asyncio.run(catch_up(work.worker))
        narrow = Work(work.worker, key.secret, work.providers)
        call, _ = narrow.call()
        assert (call.purpose.model, len(work.providers["first"].asked)) == ("model/second", 0)
        refused = narrow.admit("model/first")
        assert isinstance(refused, Refused)
        assert refused.decision.rule == "key-outside-models"


def test_whom_a_call_is_for_is_kept_when_another_model_serves(house: Any) -> None:
    with at_work(house, first=[FAILS, FAILS]) as work:
        key = authenticate(work.worker, work.secret)
        assert not isinstance(key, Refused)
        request = ModelRequest("model/either", (Message.of("user", "x"),), output_tokens_max=10)
        admitted = authorize(work.worker, key, Asked(request, streamed=True, user="1f"))
        assert isinstance(admitted, Admitted)
        asyncio.run(_events(admitted))
        assert admitted.settled is not None
        purpose = admitted.settled.call.purpose
        assert (purpose.model, purpose.user) == ("model/second", "1f")


def decided_meanwhile(work: Work, decide: Callable[[Any], object]) -> tuple[Call, list[ModelEvent]]:
    """Make a call whose first model fails, after people have decided something while it was under way."""
    admitted = work.admit()
    assert isinstance(admitted, Admitted)
    decide(work.worker.system)
    asyncio.run(catch_up(work.worker))
    events = asyncio.run(_events(admitted))
    assert admitted.settled is not None
    return admitted.settled.call, events


def test_a_call_falls_back_though_people_have_decided_something_else_meanwhile(house: Any) -> None:
    with at_work(house, first=[FAILS, FAILS]) as work:
        call, _ = decided_meanwhile(work, lambda system: issue_key(system, "pilot", author="a@example.com"))
        assert pending(work.worker) == {ZERO}
    assert (call.status, call.purpose.model) == ("completed", "model/second")


def test_a_call_whose_key_was_revoked_meanwhile_asks_nobody_else(house: Any) -> None:
    with at_work(house, first=[FAILS, FAILS]) as work:
        key = authenticate(work.worker, work.secret)
        assert not isinstance(key, Refused)
        call, _ = decided_meanwhile(
            work, lambda system: revoke_key(system, key.id, author="tester@example.com")
        )
        assert pending(work.worker) == {ZERO}
        assert work.providers["second"].asked == []
    assert (call.status, call.fault) == ("failed", "provider-failed")


def test_a_store_that_is_away_leaves_the_fault_of_the_first(house: Any, monkeypatch: Any) -> None:
    async def away(admitted: Admitted) -> bool:
        raise StoreError("the store is away", help="try again")

    monkeypatch.setattr(call_model, "fall_back_or_wait", away)
    with at_work(house, first=[FAILS, FAILS]) as work:
        call, _ = work.call()
    assert (call.status, call.fault) == ("failed", "provider-failed")


def test_who_leaves_between_two_tries_pays_for_none_that_did_nothing(house: Any) -> None:
    busy = ProviderBusy("the provider takes no more calls now", help="try again later", retry_after_s=5)
    with at_work(house, first=[busy]) as work:
        admitted = work.admit("model/first")
        assert isinstance(admitted, Admitted)

        async def leave() -> None:
            asked = asyncio.create_task(_events(admitted))
            async with asyncio.timeout(20):
                while admitted.asking or not work.providers["first"].asked:
                    await asyncio.sleep(0)
            asked.cancel()
            await asyncio.wait([asked])

        asyncio.run(leave())
        assert admitted.settled is not None
        call = admitted.settled.call
        assert (call.status, call.charge, call.usage_estimated) == ("hung_up", ZERO, False)
        assert pending(work.worker) == {ZERO}
