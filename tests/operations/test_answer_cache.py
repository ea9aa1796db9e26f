"""Answers that are given again, from inside: what is kept, what is not, and what the ledger says of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from conftest import BASE, CASE
from full_disk import FullDisk
from remit.adapters.provider_echo import EchoProvider
from remit.cli.status import render
from remit.declare.provider import Provider as DeclaredProvider
from remit.declare.remit_layer import RemitLayer
from remit.enforce.answer import Delta, Finish, ModelEvent, StopReason
from remit.enforce.request import EmbedRequest, Media, Message, ModelRequest, Request, Terms
from remit.kernel.errors import JournalError, ProviderFailed
from remit.kernel.money import ZERO
from remit.kernel.usage import Usage
from remit.operations.admitted import Admitted
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.authorize import authorize
from remit.operations.call_model import abandon, leave, stream
from remit.operations.fold_ledger import fold_ledger
from remit.operations.follow_ledger import catch_up
from remit.operations.issue_key import issue_key
from remit.operations.read_overview import read_overview
from remit.operations.refused import Refused
from remit.operations.system import GATEWAY
from remit.operations.worker import Worker
from remit.ports import Provider
from remit.record.call_entry import Call
from strategies import MOMENT

CACHED = CASE.rstrip() + "\n    remit: {cache_minutes: 60}\n"
DEARER = BASE.replace("output: 2.00", "output: 4.00")
ROUTE = """
  model/other:
    name: Other
    provider: echo
    context_tokens: 100000
    output_tokens_max: 50000
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
  route/either:
    name: Either
    targets: [{to: model/echo}, {to: model/other}]
    fallback_on: [failed]
"""
ROUTED = BASE.replace("stages:", ROUTE + "stages:")
QUESTION = ModelRequest("model/echo", (Message.of("user", "two words"),))


class Clock:
    def __init__(self) -> None:
        self.at = MOMENT

    def now(self) -> datetime:
        return self.at


class Counting(EchoProvider):
    """Says how often it was asked, and ends as it is told."""

    simulated = False

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.ends: StopReason = "stop"
        self.failing: frozenset[str] = frozenset()

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        self.asked += 1
        if request.model in self.failing:
            raise ProviderFailed("it failed", help="try again")
        if isinstance(request, EmbedRequest):
            async for batch in super().stream(request, terms):
                yield batch
            return
        yield [Delta(f"answer {self.asked} "), Delta("to "), Delta(request.messages[-1].text)]
        yield [Finish(self.ends, Usage(input_tokens=10, output_tokens=5), "served")]


class Desk:
    """A worker whose clock and provider a test holds in its hands."""

    def __init__(self, worker: Worker, secret: str, clock: Clock, provider: Counting) -> None:
        self.worker, self.secret, self.clock, self.provider = worker, secret, clock, provider

    def admit(self, request: Request = QUESTION, *, streamed: bool = True, user: str = "") -> Any:
        key = authenticate(self.worker, self.secret)
        assert not isinstance(key, Refused)
        return authorize(self.worker, key, Asked(request, streamed, reference="ours", user=user))

    def ask(self, request: Request = QUESTION, **more: Any) -> tuple[list[ModelEvent], Call]:
        call = self.admit(request, **more)
        assert isinstance(call, Admitted), call
        events = asyncio.run(take(call))
        assert call.settled is not None
        return events, call.settled.call

    def narrow(self, **fields: str) -> None:
        """Give the use case another remit, as an apply would."""
        view = self.worker.view
        case = view.model.use_cases["pilot"].model_copy(update={"remit": RemitLayer.model_validate(fields)})
        self.worker.view = replace(
            view,
            model=view.model.model_copy(update={"use_cases": {"pilot": case}}),
            remits={},
            standing={},
            metered={},
        )


async def take(call: Admitted) -> list[ModelEvent]:
    return [event async for batch in stream(call) for event in batch]


def said(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


@contextmanager
def desk(house: Any, *texts: str) -> Iterator[Desk]:
    house.apply(*(texts or (BASE, CACHED)))
    clock, provider = Clock(), Counting()

    def make_provider(name: str, declared: DeclaredProvider) -> Provider:
        return provider

    with house.system() as opened, opened.journals.exclusive(GATEWAY) as journal:
        system = replace(opened, make_provider=make_provider, clock=clock)
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        yield Desk(Worker(system, journal), secret, clock, provider)


def test_the_same_request_is_answered_again_for_nothing_and_its_saving_is_written_down(house: Any) -> None:
    with desk(house) as at:
        first, paid = at.ask()
        at.clock.at += timedelta(seconds=30)
        again, free = at.ask(user="somebody")
        buffered, whole = at.ask(streamed=False)
        assert at.provider.asked == 1
        assert said(first) == said(again) == said(buffered) == "answer 1 to two words"
        assert first[-1] == again[-1] == buffered[-1]
        # 10 tokens at 1.00 and 5 at 2.00 EUR for a million.
        assert (paid.charge, paid.saved, paid.cached) == (Decimal("0.00002"), ZERO, "")
        for call in (free, whole):
            assert (call.charge, call.held, len(call.accounts)) == (ZERO, ZERO, 0)
            assert (call.saved, call.cached, call.settlement) == (Decimal("0.00002"), paid.id, "void")
            assert (call.usage, call.status, call.stop_reason) == (Usage(), "completed", "stop")
            assert (call.reference, call.served_model) == ("ours", "served")
        assert (free.streamed, whole.streamed) == (True, False)
        assert len({paid.id, free.id, whole.id}) == 3
        assert at.worker.interactive == 0
        assert [account.pending for account in at.worker.accounts.values()] == [0]
        fold_ledger(at.worker.system)
        found = read_overview(at.worker.system)
        [posted] = [use.posted.amount for use in found.budgets if use.pool == "organisation"]
        assert posted == Decimal("0.00002")
        assert "2 calls answered again from what was kept: 0.00004 EUR saved" in render(found)
    assert [entry["id"] for entry in house.entries("call")] == [paid.id, free.id, whole.id]
    assert house.verify() == ()


def test_a_saving_is_priced_as_the_call_would_be_today(house: Any) -> None:
    with desk(house) as at:
        at.ask()
        house.apply(DEARER, CACHED)
        asyncio.run(catch_up(at.worker))
        _, free = at.ask()
        assert (free.saved, free.rates.output) == (Decimal("0.00003"), Decimal(4))
        assert at.provider.asked == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"messages": (Message.of("user", "two  words"),)},
        {"messages": (Message.of("system", "be brief"), Message.of("user", "two words"))},
        {"temperature": 0.5},
        {"seed": 1},
        {"output_tokens_max": 17},
        {"stop": ("end",)},
    ],
)
def test_whatever_else_is_asked_is_asked_of_the_model(house: Any, changed: Any) -> None:
    with desk(house) as at:
        at.ask()
        at.ask(msgspec.structs.replace(QUESTION, **changed))
        assert at.provider.asked == 2


def test_who_asks_makes_no_difference_within_a_use_case(house: Any) -> None:
    with desk(house) as at:
        at.ask(msgspec.structs.replace(QUESTION, end_user="one"), user="one")
        _, free = at.ask(msgspec.structs.replace(QUESTION, end_user="two"), user="two")
        assert free.cached
        assert free.purpose.user == "two"
        assert len(at.worker.users.of("pilot", "2026-11")) == 2


def test_an_answer_ends_to_the_second_and_a_clock_that_is_set_back_lengthens_nothing(house: Any) -> None:
    with desk(house) as at:
        at.ask()
        at.clock.at += timedelta(minutes=60) - timedelta.resolution
        assert at.ask()[1].cached
        at.clock.at = MOMENT - timedelta(seconds=1)
        assert not at.ask()[1].cached
        at.clock.at += timedelta(minutes=60)
        assert not at.ask()[1].cached
        assert at.provider.asked == 3


def test_a_remit_that_is_narrowed_holds_for_what_is_kept_already(house: Any) -> None:
    with desk(house) as at:
        at.ask()
        at.clock.at += timedelta(minutes=2)
        at.narrow(cache_minutes="1")
        assert not at.ask()[1].cached
        at.narrow(cache_minutes="60", capture_max="off")
        assert not at.ask()[1].cached
        at.narrow()
        assert not at.ask()[1].cached
        assert at.provider.asked == 4


@pytest.mark.parametrize(
    ("narrowed", "rule"),
    [
        ({"calls": "false"}, "stage-allows-no-calls"),
        ({"models": []}, "model-outside-remit"),
        ({"expires": "2026-11-01"}, "remit-expired"),
        ({"spend": [{"limit": "0 EUR", "per": "day"}]}, "budget-exhausted"),
        ({"requests_per_minute": "1"}, "rate-limited"),
        ({"users_max": "5"}, "user-missing"),
    ],
)
def test_access_is_decided_first_whatever_is_kept(house: Any, narrowed: Any, rule: str) -> None:
    with desk(house) as at:
        at.narrow(cache_minutes="60", **({} if rule != "rate-limited" else narrowed))
        at.ask()
        at.narrow(cache_minutes="60", **narrowed)
        refused = at.admit()
        assert isinstance(refused, Refused)
        assert refused.decision.rule == rule


def test_an_answer_that_is_given_again_counts_as_a_call_and_takes_no_tokens_and_no_place(house: Any) -> None:
    with desk(house) as at:
        at.narrow(cache_minutes="60", requests_per_minute="3", concurrency_max="1", tokens_per_minute="2000")
        asked = msgspec.structs.replace(QUESTION, output_tokens_max=1500)
        at.ask(asked)
        for _ in range(2):
            assert at.ask(asked)[1].cached
        refused = at.admit(asked)
        assert isinstance(refused, Refused)
        assert refused.decision.rule == "rate-limited"


@pytest.mark.parametrize("reason", ["content_filter", "refusal", "pause"])
def test_an_answer_that_ended_otherwise_is_not_kept(house: Any, reason: Any) -> None:
    with desk(house) as at:
        at.provider.ends = reason
        at.ask()
        assert not at.ask()[1].cached


def test_what_failed_or_was_left_is_not_kept(house: Any) -> None:
    with desk(house) as at:
        at.provider.failing = frozenset({"model/echo"})
        failed = at.admit()
        with pytest.raises(ProviderFailed):
            asyncio.run(take(failed))
        at.provider.failing = frozenset()
        left = at.admit()
        leave(left, lambda seconds: None)
        asyncio.run(take(left))
        assert left.settled.call.status == "hung_up"
        abandon(at.admit())
        assert not at.ask()[1].cached
        assert at.ask()[1].cached


def test_what_stands_at_an_address_is_asked_of_the_model_each_time(house: Any) -> None:
    picture = Message(
        "user", (Media("image", url="https://example.com/a.png"), QUESTION.messages[0].parts[0])
    )
    with desk(house) as at:
        for _ in range(2):
            assert not at.ask(msgspec.structs.replace(QUESTION, messages=(picture,)))[1].cached
        assert at.provider.asked == 2


def test_another_provider_of_the_same_model_is_asked_itself(house: Any) -> None:
    elsewhere = BASE.replace("echo: {technology: echo}", "echo: {technology: openai, base_url: 'http://a'}")
    with desk(house) as at:
        first = at.admit()
        house.apply(elsewhere, CACHED)
        asyncio.run(catch_up(at.worker))
        # It was admitted for the provider of before, so its answer is no answer of the new one.
        asyncio.run(take(first))
        assert not at.ask()[1].cached
        assert at.ask()[1].cached


def test_the_answer_of_a_model_that_was_fallen_back_on_is_not_given_for_the_first(house: Any) -> None:
    routed = msgspec.structs.replace(QUESTION, model="route/either")
    with desk(house, ROUTED, CACHED) as at:
        at.provider.failing = frozenset({"model/echo"})
        _, call = at.ask(routed)
        assert call.purpose.model == "model/other"
        at.provider.failing = frozenset()
        _, call = at.ask(routed)
        assert (call.purpose.model, call.cached) == ("model/echo", "")
        assert at.ask(routed)[1].cached == call.id
        assert not at.ask(msgspec.structs.replace(QUESTION, model="model/other"))[1].cached


def test_vectors_come_back_number_by_number(house: Any) -> None:
    asked = EmbedRequest("model/echo", ("hail", "roof"))
    with desk(house) as at:
        first, _ = at.ask(asked)
        again, call = at.ask(asked)
        assert call.cached
        assert [list(each) for each in first[0].vectors] == [list(each) for each in again[0].vectors]  # type: ignore[union-attr]


def test_nothing_that_is_kept_can_be_read_in_memory(house: Any) -> None:
    with desk(house) as at:
        at.ask()
        answers: Any = at.worker.system.answers
        [kept] = answers._kept.values()
        assert b"words" not in kept.sealed
        assert b"words" not in b"".join(answers._kept)


def test_an_answer_that_cannot_be_written_down_is_not_given(house: Any) -> None:
    with desk(house) as at:
        at.ask()
        at.worker.journal, journal = FullDisk(), at.worker.journal
        with pytest.raises(JournalError):
            at.admit()
        at.worker.journal = journal
        assert at.ask()[1].cached
    assert len(house.entries("call")) == 2


def test_where_no_layer_asks_for_it_nothing_is_kept(house: Any) -> None:
    with desk(house, BASE, CASE) as at:
        for _ in range(2):
            assert not at.ask()[1].cached
        answers: Any = at.worker.system.answers
        assert (at.provider.asked, len(answers._kept)) == (2, 0)


def test_a_number_of_any_size_can_be_asked_for_again(house: Any) -> None:
    huge = msgspec.structs.replace(QUESTION, seed=10**40)
    with desk(house) as at:
        _, paid = at.ask(huge)
        _, free = at.ask(huge)
        _, other = at.ask(msgspec.structs.replace(QUESTION, seed=10**40 + 1))
        assert (free.cached, other.cached) == (paid.id, "")
