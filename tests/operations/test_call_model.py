"""One call from inside: what a door and a crash cannot show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from conftest import BASE, CASE
from full_disk import FullDisk
from remit.adapters.provider_echo import EchoProvider
from remit.declare.provider import Provider as DeclaredProvider
from remit.declare.remit_layer import RemitLayer
from remit.enforce.answer import Delta, ModelEvent
from remit.enforce.prompt import PromptCall
from remit.enforce.request import Message, ModelRequest, Request, Terms
from remit.kernel.errors import JournalError, StoreError
from remit.operations.admitted import Admitted
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.authorize import authorize
from remit.operations.call_model import abandon, stream
from remit.operations.follow_ledger import catch_up
from remit.operations.issue_key import issue_key, revoke_key
from remit.operations.recover import interrupted
from remit.operations.refused import Refused
from remit.operations.system import CONTROL, GATEWAY
from remit.operations.view import read_view
from remit.operations.worker import Worker
from remit.ports import Provider
from remit.record.call_entry import Call
from remit.record.ledgered import encode

ASKED = Asked(ModelRequest("model/echo", (Message.of("user", "x"),)), streamed=True)


class OddProvider(EchoProvider):
    """Fails in a way that no provider should."""

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        yield [Delta("one")]
        raise ValueError("what nobody foresaw")


@contextmanager
def at_work(
    house: Any, provider: type[EchoProvider] = EchoProvider, *texts: str
) -> Iterator[tuple[Worker, str]]:
    """Open a worker on the base model, or on another, with a key of its use case."""
    house.apply(*texts)

    def make_provider(name: str, declared: DeclaredProvider) -> Provider:
        return provider()

    with house.system() as opened, opened.journals.exclusive(GATEWAY) as journal:
        system = replace(opened, make_provider=make_provider)
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        yield Worker(system, journal), secret


def admitted(worker: Worker, secret: str, asked: Asked = ASKED) -> Admitted:
    key = authenticate(worker, secret)
    assert not isinstance(key, Refused)
    found = authorize(worker, key, asked)
    assert isinstance(found, Admitted)
    return found


async def take(call: Admitted) -> list[ModelEvent]:
    async with aclosing(stream(call)) as events:
        return [event async for batch in events for event in batch]


def settled(call: Admitted) -> Call:
    assert call.settled is not None
    return call.settled.call


def test_a_fault_that_nobody_foresaw_is_ours_and_not_a_caller_who_left(house: Any) -> None:
    with at_work(house, OddProvider) as (worker, secret):
        call = admitted(worker, secret)
        with pytest.raises(ValueError, match="foresaw"):
            asyncio.run(take(call))
        assert (settled(call).status, settled(call).fault) == ("failed", "internal-fault")


def test_a_call_goes_to_the_provider_that_it_was_admitted_for(house: Any) -> None:
    with at_work(house) as (worker, secret):
        call = admitted(worker, secret)
        worker.view = replace(worker.view, model=worker.view.model.model_copy(update={"providers": {}}))
        asyncio.run(take(call))
        assert settled(call).status == "completed"


def test_a_call_that_the_journal_refuses_is_posted_once(house: Any) -> None:
    with at_work(house) as (worker, secret):
        call = admitted(worker, secret)
        worker.journal, journal = FullDisk(), worker.journal
        with pytest.raises(JournalError):
            asyncio.run(take(call))
        abandon(call)
        worker.journal = journal
        worker.record()
        assert [account.pending for account in worker.accounts.values()] == [0]
    assert [entry["id"] for entry in house.entries("call")] == [call.hold.id]
    assert house.posted()["organisation"] == settled(call).charge


def test_a_call_that_cannot_be_written_down_takes_no_place_and_one_that_is_left_gives_its_back(
    house: Any,
) -> None:
    with at_work(house) as (worker, secret):
        remit = {"calls": True, "models": "any", "spend": "unlimited", "concurrency_max": 1}
        case = worker.view.model.use_cases["pilot"]
        limited = case.model_copy(update={"remit": RemitLayer.model_validate(remit)})
        model = worker.view.model.model_copy(update={"use_cases": {"pilot": limited}})
        worker.view = replace(worker.view, model=model)
        key = authenticate(worker, secret)
        assert not isinstance(key, Refused)
        worker.journal, journal = FullDisk(), worker.journal
        with pytest.raises(JournalError):
            authorize(worker, key, ASKED)
        worker.journal = journal
        call = admitted(worker, secret)
        second = authorize(worker, key, ASKED)
        assert isinstance(second, Refused)
        assert (second.decision.rule, second.decision.retry_after) == ("too-many-at-once", 1)
        # A place is free also where the journal refuses the end of a call.
        worker.journal = FullDisk()
        with pytest.raises(JournalError):
            abandon(call)
        worker.journal = journal
        worker.record()
        abandon(admitted(worker, secret))


def test_a_refusal_that_cannot_be_written_is_not_kept_for_later(house: Any) -> None:
    with at_work(house) as (worker, secret):
        key = authenticate(worker, secret)
        assert not isinstance(key, Refused)
        worker.journal, journal = FullDisk(), worker.journal
        outside = Asked(ModelRequest("model/none", ()), streamed=False)
        for _ in range(3):
            with pytest.raises(JournalError):
                authorize(worker, key, outside)
        worker.journal = journal
        authorize(worker, key, outside)
    assert len(house.entries("refusal")) == 1


def test_a_decision_that_cannot_be_read_stops_calls_until_it_can(house: Any) -> None:
    with at_work(house) as (worker, secret), house.system() as elsewhere:
        key = authenticate(worker, secret)
        assert not isinstance(key, Refused)
        revoke_key(elsewhere, key.id, author="tester@example.com")
        store = worker.system.store
        with house.system() as broken:
            worker.system = replace(worker.system, store=broken.store)
        asyncio.run(catch_up(worker))
        with pytest.raises(StoreError):
            authenticate(worker, secret)
        worker.system = replace(worker.system, store=store)
        asyncio.run(catch_up(worker))
        refused = authenticate(worker, secret)
        assert isinstance(refused, Refused)
        assert refused.decision.rule == "revoked-key"


def test_a_torn_decision_does_not_make_the_view_anew_each_moment(house: Any) -> None:
    with at_work(house) as (worker, _):
        asyncio.run(catch_up(worker))
        with (house.home / "journal" / CONTROL / "000000000000000.journal").open("ab") as journal:
            journal.write(b"torn")
        assert worker.is_behind()
        before = worker.view
        asyncio.run(catch_up(worker))
        assert worker.view is before


def test_an_older_view_never_takes_the_place_of_a_newer_one(house: Any) -> None:
    with at_work(house) as (worker, secret):
        older = read_view(worker.system)
        key = next(iter(older.keys.values()))
        revoke_key(worker.system, key.id, author="tester@example.com")
        newer = read_view(worker.system)
        worker.see(newer)
        worker.see(older)
        assert worker.view is newer
        assert isinstance(authenticate(worker, secret), Refused)


def test_a_fault_that_refuses_many_calls_does_not_grow_with_them(house: Any) -> None:
    with at_work(house) as (worker, secret):
        worker.fault = StoreError("the store cannot be used", help="free space")
        depths = set()
        for _ in range(3):
            with pytest.raises(StoreError) as raised:
                authenticate(worker, secret)
            depths.add(len(raised.traceback))
        assert len(depths) == 1


PROMPT = """
blocks:
  prompt/reply@2:
    name: Reply
    messages: [{role: user, text: "Answer: {{letter}}"}]
    variables: {letter: {}}
    model: model/echo
"""
WITH_PROMPT = (BASE, CASE.rstrip() + "\n    blocks: [prompt/reply@2]\n", PROMPT)


def test_a_prompt_is_held_and_recorded_by_its_address_and_without_its_words(house: Any) -> None:
    call = PromptCall("prompt/reply", {"letter": "zanzibar " * 40})
    with at_work(house, EchoProvider, *WITH_PROMPT) as (worker, secret):
        found = admitted(worker, secret, Asked(ModelRequest("", ()), streamed=True, prompt=call))
        assert found.hold.prompt_block == "prompt/reply@2"
        assert found.hold.purpose.model == "model/echo"
        plain = admitted(worker, secret)
        assert found.hold.amount > plain.hold.amount
        asyncio.run(take(found))
        assert settled(found).prompt_block == "prompt/reply@2"
        assert b"zanzibar" not in encode(settled(found))
        assert interrupted(plain.hold, 0, worker.system).prompt_block == ""
        assert interrupted(found.hold, 0, worker.system).prompt_block == "prompt/reply@2"
        abandon(plain)


def test_a_prompt_that_is_refused_holds_nothing(house: Any) -> None:
    with at_work(house, EchoProvider, *WITH_PROMPT) as (worker, secret):
        key = authenticate(worker, secret)
        assert not isinstance(key, Refused)
        asked = Asked(ModelRequest("", ()), streamed=True, prompt=PromptCall("prompt/reply", {}))
        refused = authorize(worker, key, asked)
        assert isinstance(refused, Refused)
        assert refused.decision.rule == "prompt-incomplete"
        assert not worker.accounts


def test_what_is_kept_of_the_rules_holds_nothing_of_what_was_asked(house: Any) -> None:
    with at_work(house) as (worker, secret):
        told = "what nobody else shall read"
        call = admitted(worker, secret, Asked(ModelRequest("model/echo", (Message.of("user", told),)), True))
        asyncio.run(take(call))
        [(_, kept)] = worker.view.standing.values()
        assert told.encode() not in msgspec.json.encode(kept.request)
        assert kept.granted is not None
        # What was asked is decided on all the same.
        again = admitted(worker, secret)
        assert again.hold.amount < call.hold.amount
        abandon(again)
