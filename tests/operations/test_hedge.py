"""A call whose answer is slow to begin: a second asking beside it, and what each of the two costs."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from conftest import BASE, CASE
from remit.adapters.provider_echo import EchoProvider
from remit.declare.provider import Provider as DeclaredProvider
from remit.enforce.answer import Delta, Finish, ModelEvent
from remit.enforce.request import Message, ModelRequest, Request, Terms
from remit.kernel.errors import ProviderBrokeOff, ProviderError, ProviderFailed, ProviderRefused
from remit.kernel.money import ZERO
from remit.kernel.usage import Usage
from remit.operations.admitted import Admitted
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.authorize import authorize
from remit.operations.call_model import stream
from remit.operations.issue_key import issue_key
from remit.operations.refused import Refused
from remit.operations.system import GATEWAY
from remit.operations.worker import Worker
from remit.ports import Provider

ASKED = Asked(ModelRequest("model/echo", (Message.of("user", "x"),), output_tokens_max=10), streamed=True)
HEDGED = BASE.replace(
    "    output_tokens_max: 50000\n",
    "    output_tokens_max: 50000\n    retries: 0\n    hedge_after_seconds: 0.1\n",
)
FINISH = Finish("stop", Usage(input_tokens=3, output_tokens=1), "served")
FAILS = ProviderFailed("the provider answered with status 500", help="try again")
CUT = ProviderBrokeOff("the provider cut the connection", help="try again")
REFUSES = ProviderRefused("the provider refused the request", help="change it")


class Odd:
    """An asking that does something else than to answer or to fail."""


SLOW, SILENT, ODD, LINGERS = Odd(), Odd(), Odd(), Odd()
"""One gives nothing until it is stopped, one ends without a word, one fails as no provider should, and one
takes its time to be stopped."""


class Later(str):
    """A word that is said only after the second asking has ended."""


Script = str | ProviderError | Odd


class Scripted(EchoProvider):
    """Answers each asking in turn with a word, a fault, or never; notes which were stopped."""

    simulated = False

    def __init__(self, script: Sequence[Script]) -> None:
        super().__init__()
        self.script = deque(script)
        self.asked = 0
        self.stopped: list[int] = []
        self.began = asyncio.Event()
        self.ended = asyncio.Event()
        self.lingers = asyncio.Event()
        self.let_go = asyncio.Event()

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        self.asked += 1
        number, said = self.asked, self.script.popleft()
        if number > 1:
            self.began.set()
        try:
            if said is SLOW or said is LINGERS:
                await asyncio.Event().wait()
            if isinstance(said, ProviderError | Odd):
                # The first fails only when there is a second, which is what is to be seen.
                await self.began.wait()
            if said is SILENT:
                return
            if said is ODD:
                raise ValueError("what nobody foresaw")
            if isinstance(said, ProviderError):
                raise said
            if isinstance(said, Later):
                await self.ended.wait()
            yield [Delta(str(said))]
            yield [FINISH]
        finally:
            if said is SLOW or said is LINGERS:
                self.stopped.append(number)
            if said is LINGERS:
                self.lingers.set()
                await self.let_go.wait()
            if number > 1:
                self.ended.set()


@contextmanager
def at_work(house: Any, *script: Script, base: str = HEDGED) -> Iterator[tuple[Worker, str, Scripted]]:
    house.apply(base, CASE)
    made = Scripted(script)

    def make_provider(name: str, declared: DeclaredProvider) -> Provider:
        return made

    with house.system() as opened, opened.journals.exclusive(GATEWAY) as journal:
        system = replace(opened, make_provider=make_provider)
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        yield Worker(system, journal), secret, made


def admitted(worker: Worker, secret: str) -> Admitted:
    key = authenticate(worker, secret)
    assert not isinstance(key, Refused)
    found = authorize(worker, key, ASKED)
    assert isinstance(found, Admitted)
    return found


async def said_by(call: Admitted) -> str:
    async with aclosing(stream(call)) as batches:
        return "".join([event.text async for batch in batches for event in batch if isinstance(event, Delta)])


def nothing_is_held(worker: Worker) -> bool:
    held = [account.pending for account in worker.accounts.values()]
    return held == [ZERO] * len(held) and worker.interactive == 0


def test_the_answer_that_begins_first_is_taken_and_the_other_is_stopped_and_paid_for(house: Any) -> None:
    with at_work(house, SLOW, "second") as (worker, secret, provider):
        call = admitted(worker, secret)
        assert asyncio.run(said_by(call)) == "second"
        assert (provider.asked, provider.stopped) == (2, [1])
        assert nothing_is_held(worker)
    served, lost = sorted(house.entries("call"), key=lambda entry: str(entry["id"]))
    assert (served["id"], served["status"], served["usage"]) == (
        call.hold.id, "completed", {"input_tokens": 3, "output_tokens": 1},
    )  # fmt: skip
    assert (lost["hedge_of"], lost["status"], lost["usage_estimated"]) == (call.hold.id, "hung_up", True)
    assert "hedge_of" not in served
    assert lost["usage"] == {"input_tokens": call.hold.input_tokens_estimate}
    assert house.posted()["organisation"] == sum(
        call.hold.rates.cost(Usage(**each["usage"])) for each in (lost, served)
    )


@pytest.mark.parametrize("fault", [FAILS, REFUSES, CUT])
@pytest.mark.parametrize("number", [1, 2])
def test_a_fault_of_one_is_passed_over_while_the_other_answers(
    house: Any, fault: ProviderError, number: int
) -> None:
    script: list[Script] = [fault, "other"] if number == 1 else [Later("other"), fault]
    with at_work(house, *script) as (worker, secret, provider):
        call = admitted(worker, secret)
        assert asyncio.run(said_by(call)) == "other"
        assert provider.asked == 2
        assert nothing_is_held(worker)
        # A request that is refused says nothing against the model.
        assert [breaker.faults for breaker in worker.breakers.values()] == [1] * (fault is not REFUSES)
    served, lost = sorted(house.entries("call"), key=lambda entry: str(entry["id"]))
    assert (served["status"], served["usage"]) == ("completed", {"input_tokens": 3, "output_tokens": 1})
    assert (lost["hedge_of"], lost["status"], lost["fault"]) == (call.hold.id, "failed", fault.code)
    # Only a provider that had taken the request before it failed has done anything.
    estimate = {"input_tokens": call.hold.input_tokens_estimate} if fault.worked else {}
    assert (lost["usage"], lost.get("usage_estimated", False)) == (estimate, fault.worked)
    assert (Decimal(lost["charge"]) > 0) is fault.worked
    assert house.posted()["organisation"] == Decimal(served["charge"]) + Decimal(lost["charge"])


def test_where_both_fail_the_first_ones_fault_is_told(house: Any) -> None:
    with at_work(house, FAILS, REFUSES) as (worker, secret, _):
        call = admitted(worker, secret)
        with pytest.raises(ProviderFailed) as told:
            asyncio.run(said_by(call))
        assert told.value is FAILS
        assert nothing_is_held(worker)
        assert [breaker.faults for breaker in worker.breakers.values()] == [1]
    first, second = sorted(house.entries("call"), key=lambda entry: str(entry["id"]))
    assert (first["id"], first["fault"], first["charge"]) == (call.hold.id, FAILS.code, "0")
    assert (second["hedge_of"], second["fault"], second["charge"]) == (call.hold.id, REFUSES.code, "0")
    assert {first["status"], second["status"]} == {"failed"}


@pytest.mark.parametrize("fault", [SILENT, ODD])
def test_one_that_ends_as_none_should_is_no_caller_who_left(house: Any, fault: Script) -> None:
    with at_work(house, fault, "second") as (worker, secret, _):
        assert asyncio.run(said_by(admitted(worker, secret))) == "second"
        assert nothing_is_held(worker)
    [lost] = [entry for entry in house.entries("call") if "hedge_of" in entry]
    code = "provider-broke-off" if fault is SILENT else "internal-fault"
    assert (lost["status"], lost["fault"]) == ("failed", code)


def test_both_are_settled_though_cancelling_strikes_twice(house: Any) -> None:
    with at_work(house, LINGERS, LINGERS) as (worker, secret, provider):
        call = admitted(worker, secret)

        async def leave() -> None:
            asking = asyncio.create_task(said_by(call))
            await provider.began.wait()
            asking.cancel()
            await provider.lingers.wait()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            found.append((nothing_is_held(worker), sorted(provider.stopped)))
            provider.let_go.set()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for each in others:
                each.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        found: list[tuple[bool, list[int]]] = []
        asyncio.run(leave())
        assert found == [(True, [1, 2])]
    assert [entry["status"] for entry in house.entries("call")] == ["hung_up", "hung_up"]
    assert house.verify() == ()


def test_there_is_no_second_asking_without_money_for_it(house: Any) -> None:
    poor = HEDGED.replace("100.00 EUR", "0.00015 EUR")
    with at_work(house, SLOW, "second", base=poor) as (worker, secret, provider):
        call = admitted(worker, secret)
        [limit] = call.target.limits.values()
        assert call.hold.amount * 2 > limit > call.hold.amount

        async def leave() -> None:
            asking = asyncio.create_task(said_by(call))
            while not provider.asked:
                await asyncio.sleep(0)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await asking

        asyncio.run(leave())
        assert (provider.asked, provider.stopped) == (1, [1])
        assert nothing_is_held(worker)
    assert [entry["id"] for entry in house.entries("call")] == [call.hold.id]
    assert house.entries("refusal") == []


def test_who_leaves_while_both_are_asked_stops_both(house: Any) -> None:
    with at_work(house, SLOW, SLOW) as (worker, secret, provider):
        call = admitted(worker, secret)

        async def leave() -> None:
            asking = asyncio.create_task(said_by(call))
            await provider.began.wait()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking

        asyncio.run(leave())
        assert sorted(provider.stopped) == [1, 2]
        assert nothing_is_held(worker)
    assert sorted(entry["status"] for entry in house.entries("call")) == ["hung_up", "hung_up"]


def test_an_answer_that_begins_in_time_is_asked_for_once(house: Any) -> None:
    patient = HEDGED.replace("hedge_after_seconds: 0.1", "hedge_after_seconds: 30")
    with at_work(house, "first", base=patient) as (worker, secret, provider):
        assert asyncio.run(said_by(admitted(worker, secret))) == "first"
        assert provider.asked == 1


def test_a_hold_that_a_crash_left_open_still_says_beside_which_call_it_was(house: Any) -> None:
    with at_work(house, SLOW, SLOW) as (worker, secret, provider):
        call = admitted(worker, secret)

        async def crash() -> None:
            asking = asyncio.create_task(said_by(call))
            await provider.began.wait()
            # From here on nothing reaches the journal, as after the end of the process.
            worker.settle = lambda call: None  # type: ignore[method-assign]  # what a crash leaves out
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking

        asyncio.run(crash())
    with house.system() as system, system.journals.exclusive(GATEWAY) as journal:
        assert Worker(system, journal).recovered == 2
    calls = house.entries("call")
    assert {entry["status"] for entry in calls} == {"interrupted"}
    assert [entry["hedge_of"] for entry in calls if "hedge_of" in entry] == [call.hold.id]
