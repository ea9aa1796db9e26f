"""Two workers of one directory from inside: calls that go on because the other one gives something back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import wraps
from typing import Any

from conftest import BASE, House
from remit.adapters.provider_echo import EchoProvider
from remit.declare.guardrail_price import UnitRate
from remit.declare.provider import Provider as DeclaredProvider
from remit.enforce.answer import ModelEvent
from remit.enforce.guardrail.trust import Span
from remit.enforce.key import Key
from remit.enforce.request import Message, ModelRequest, Request, Terms
from remit.kernel.errors import ProviderFailed
from remit.kernel.money import canonical
from remit.operations.admitted import Admitted
from remit.operations.apply_guardrail import Applied, Check, apply_guardrail
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.call_model import abandon, stream
from remit.operations.fold_ledger import fold_ledger
from remit.operations.follow_ledger import catch_up
from remit.operations.issue_key import issue_key, revoke_key
from remit.operations.read_own_remit import read_own_remit
from remit.operations.refused import Refused
from remit.operations.system import System, journal_of
from remit.operations.view import read_view
from remit.operations.wait_for_lease import authorize_or_wait
from remit.operations.worker import Worker
from remit.ports import Provider
from remit.record.call_entry import Call
from remit.record.guardrail_charge import GuardrailCharge

# A call of `x` and 10 output tokens holds (64 + 16 + 1) + 10 = 91 millionths at a price of 1.
ONE = Decimal("0.000091")

MODELS = """
providers:
  failing: {technology: echo}
blocks:
  model/cheap:
    name: Cheap
    provider: echo
    options: {words: '1'}
    context_tokens: 1000
    output_tokens_max: 100
    retries: 0
    prices: [{starts: 2026-01-01, input: 1, output: 1}]
  model/failing:
    name: Failing
    provider: failing
    context_tokens: 1000
    output_tokens_max: 100
    retries: 0
    prices: [{starts: 2026-01-01, input: 1, output: 1}]
  model/dear:
    name: Dear
    provider: echo
    options: {words: '1'}
    context_tokens: 1000
    output_tokens_max: 100
    downgrade_to: model/cheap
    prices: [{starts: 2026-01-01, input: 10, output: 10}]
  route/either:
    name: Either
    targets: [{to: model/failing}, {to: model/dear}]
"""


def case(limit: Decimal, more: str = "", breach: str = "deny") -> str:
    return f"""
use_cases:
  pilot:
    name: A pilot
    unit: desk
    purpose: Share what is left.
    adoption: {{stage: experiment, basis: It runs in this test.}}
    remit: {{spend: [{{limit: {canonical(limit)} EUR, per: day, on_breach: {breach}}}]{more}}}
"""


class Failing(EchoProvider):
    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        if terms.total_s > 0:
            raise ProviderFailed("the provider answered with status 500", help="try again")
        yield ()


@dataclass
class Desk:
    worker: Worker
    key: Key

    async def admit(self, model: str, user: str = "") -> Admitted | Refused:
        request = ModelRequest(f"model/{model}", (Message.of("user", "x"),), output_tokens_max=10)
        return await authorize_or_wait(self.worker, self.key, Asked(request, streamed=False, user=user))

    async def hold(self, model: str) -> Admitted:
        admitted = await self.admit(model)
        assert isinstance(admitted, Admitted), admitted
        return admitted

    async def call(self, model: str) -> Call:
        admitted = await self.hold(model)
        async with aclosing(stream(admitted)) as batches:
            async for _ in batches:
                pass
        assert admitted.settled is not None
        return admitted.settled.call


def in_a_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    @wraps(test)
    def run(**given: Any) -> None:
        asyncio.run(asyncio.wait_for(test(**given), 30))

    return run


def make_provider(name: str, declared: DeclaredProvider) -> Provider:
    return Failing() if name == "failing" else EchoProvider()


def begin(system: System, number: int, stack: ExitStack, secret: str) -> Desk:
    name = journal_of(number)
    worker = Worker(system, stack.enter_context(system.journals.exclusive(name)), name=name, shares=True)
    key = authenticate(worker, secret)
    assert isinstance(key, Key)
    return Desk(worker, key)


@asynccontextmanager
async def desks(house: House, *texts: str) -> AsyncIterator[tuple[Desk, Desk]]:
    house.apply(BASE, MODELS, *texts)
    with house.system() as opened, ExitStack() as stack:
        system = replace(opened, make_provider=make_provider)
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        first, second = (begin(system, number, stack, secret) for number in (1, 2))
        tasks = [asyncio.create_task(desk.worker.keep_leases()) for desk in (first, second)]
        await asyncio.sleep(0)
        yield first, second
        for desk in (first, second):
            await desk.worker.close()
        await asyncio.gather(*tasks)
        assert system.leases.holders() == []


@in_a_loop
async def test_a_route_goes_on_to_a_dearer_model_with_what_another_worker_gives_back(house: House) -> None:
    async with desks(house, case(12 * ONE)) as (first, second):
        held = await second.hold("cheap")
        # Ten of these are held for the dear model, in the place of one: more than is leased here and free.
        call = await first.call("either")
        assert (call.purpose.model, call.held) == ("model/dear", 10 * ONE)
        assert [each.model for each in call.attempts] == ["model/failing"]
        abandon(held)


@in_a_loop
async def test_a_route_does_not_go_on_to_what_no_worker_can_give(house: House) -> None:
    async with desks(house, case(12 * ONE)) as (first, second):
        held = [await second.hold("cheap") for _ in range(3)]
        admitted = await first.hold("either")
        with suppress(ProviderFailed):
            async with aclosing(stream(admitted)) as batches:
                async for _ in batches:
                    raise AssertionError("nothing was to come")
        assert admitted.settled is not None
        assert admitted.settled.call.purpose.model == "model/failing"
        for each in held:
            abandon(each)


@in_a_loop
async def test_a_cheaper_model_serves_only_if_nobody_can_give_back_enough_for_the_asked_one(
    house: House,
) -> None:
    async with desks(house, case(25 * ONE, breach="downgrade")) as (first, second):
        cost = (await second.call("dear")).charge
        assert 0 < cost < 10 * ONE
        held = [await first.hold("dear") for _ in range(3)]
        assert [each.hold.purpose.model for each in held] == ["model/dear", "model/dear", "model/cheap"]
        for each in held:
            abandon(each)


@in_a_loop
async def test_what_no_lease_could_change_is_refused_as_by_one_worker(house: House) -> None:
    async with desks(house, case(12 * ONE)) as (first, _):
        refused = await first.admit("nowhere")
        assert isinstance(refused, Refused)
        assert refused.decision.rule == "model-outside-remit"


@in_a_loop
async def test_a_key_that_is_revoked_while_its_call_waits_opens_nothing(house: House) -> None:
    async with desks(house, case(3 * ONE)) as (first, second):
        held = [await second.hold("cheap") for _ in range(2)]
        waiting = asyncio.create_task(first.admit("cheap"))
        await asyncio.sleep(0)
        revoke_key(first.worker.system, first.key.id, author="tester@example.com")
        fold_ledger(first.worker.system)
        first.worker.see(read_view(first.worker.system))
        refused = await waiting
        assert isinstance(refused, Refused)
        assert refused.decision.rule == "revoked-key"
        for each in held:
            abandon(each)


@in_a_loop
async def test_a_lowered_limit_holds_for_both_as_soon_as_they_see_it(house: House) -> None:
    async with desks(house, case(100 * ONE)) as (first, second):
        held = [await desk.hold("cheap") for desk in (first, second)]
        house.apply(BASE, MODELS, case(3 * ONE))
        for desk in (first, second):
            await catch_up(desk.worker)
        admitted = await asyncio.gather(*(desk.admit("cheap") for desk in (first, second)))
        assert sorted(type(each).__name__ for each in admitted) == ["Admitted", "Refused"]
        for each in (*held, *admitted):
            if isinstance(each, Admitted):
                abandon(each)


async def left(desk: Desk) -> Decimal:
    budgets = {each.budget: each for each in (await read_own_remit(desk.worker, desk.key)).budgets}
    return Decimal(budgets["use-case/pilot:day"].available)


@in_a_loop
async def test_one_who_asks_hears_what_the_other_has_taken(house: House) -> None:
    async with desks(house, case(100 * ONE)) as (first, second):
        await first.call("cheap")
        charge = (await second.call("cheap")).charge
        fold_ledger(first.worker.system)
        for desk in (first, second):
            # What either has leased and not spent is left.
            assert await left(desk) == 100 * ONE - 2 * charge
        call = await first.hold("cheap")
        async with aclosing(stream(call)) as batches:
            async for _ in batches:
                pass
        assert call.settled is not None
        assert call.settled.budget_left == 100 * ONE - 3 * charge


@in_a_loop
async def test_a_new_user_is_counted_once_for_both_and_a_refused_call_counts_nobody(house: House) -> None:
    async with desks(house, case(3 * ONE, ", users_max: 1")) as (first, second):
        refused = await first.admit("dear", user="a")
        assert isinstance(refused, Refused)
        assert refused.decision.rule == "budget-exhausted"
        admitted = await second.admit("cheap", user="b")
        assert isinstance(admitted, Admitted)
        refused = await first.admit("cheap", user="c")
        assert isinstance(refused, Refused)
        assert refused.decision.rule == "too-many-users"
        again = await first.admit("cheap", user="b")
        assert isinstance(again, Admitted)
        abandon(admitted)
        abandon(again)


@in_a_loop
async def test_what_a_worker_that_is_gone_held_and_leased_is_free_when_another_takes_its_place(
    house: House,
) -> None:
    house.apply(BASE, MODELS, case(5 * ONE))
    with house.system() as opened, ExitStack() as stack, ExitStack() as gone:
        system = replace(opened, make_provider=make_provider)
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        first, second = begin(system, 1, stack, secret), begin(system, 2, gone, secret)
        tasks = [asyncio.create_task(desk.worker.keep_leases()) for desk in (first, second)]
        await asyncio.sleep(0)
        for _ in range(2):
            await second.hold("cheap")
        # As a kill leaves it: nothing is given back, and the lock of its journal is free.
        tasks[1].cancel()
        gone.close()
        held = [await first.hold("cheap") for _ in range(3)]
        assert isinstance(await first.admit("cheap"), Refused)
        third = begin(system, 2, stack, secret)
        assert third.worker.recovered == 2
        # Two were held; their input was charged, so of the two one fits.
        held.append(await first.hold("cheap"))
        assert isinstance(await first.admit("cheap"), Refused)
        for each in held:
            abandon(each)
        await first.worker.close()
        await third.worker.close()
        await tasks[0]
        assert system.store.open_holds() == []


@in_a_loop
async def test_checks_of_guardrails_count_with_calls_for_both(house: House) -> None:
    guardrail = "\nblocks: {guardrail/own: {name: Own, words: {listed: [darn]}}}\n"
    check = Check(("guardrail/own",), "input", (Span("hello", "person"),))
    async with desks(house, case(100 * ONE, ", requests_per_minute: 5"), guardrail) as (first, second):
        done: list[Any] = [await first.call("cheap"), await second.call("cheap")]
        for desk in (first, second) * 4:
            done.append(await apply_guardrail(desk.worker, desk.key, check))
        applied = [each for each in done if isinstance(each, Applied)]
        refused = [each.decision.rule for each in done if isinstance(each, Refused)]
    assert (len(applied), refused) == (3, ["rate-limited"] * 5)


@in_a_loop
async def test_what_a_guardrail_costs_in_one_worker_leaves_the_others_less(house: House) -> None:
    async with desks(house, case(12 * ONE)) as (first, second):
        call = await first.call("cheap")
        rate = UnitRate(date(2026, 1, 1), Decimal(1))
        first.worker.post(
            GuardrailCharge(
                id="g1",
                at=call.at,
                purpose=call.purpose,
                guardrail="guardrail/a",
                custom="cloud",
                side="output",
                characters=5,
                units=1,
                rate=rate,
                charge=12 * ONE,
                currency="EUR",
                judges=call.id,
                accounts=call.accounts,
            )
        )
        for each in (first, second):
            fold_ledger(each.worker.system)
            refused = await each.admit("cheap")
            assert isinstance(refused, Refused)
            assert refused.decision.rule == "budget-exhausted"
