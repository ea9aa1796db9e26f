"""One call from inside: what a door and a crash cannot show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from remit.adapters.provider_echo import EchoProvider
from remit.declare import block as declared
from remit.declare.remit_layer import RemitLayer
from remit.enforce.request import Delta, Message, ModelEvent, ModelRequest
from remit.kernel.errors import JournalError, StoreError
from remit.operations.call_model import Admitted, Asked, Refused, authenticate, authorize
from remit.operations.follow_ledger import catch_up
from remit.operations.issue_key import issue_key, revoke_key
from remit.operations.system import CONTROL, GATEWAY
from remit.operations.worker import Worker, read_view
from remit.ports import Provider
from remit.record.entry import Call, Entry

ASKED = Asked(ModelRequest("model/echo", (Message("user", "x"),)), streamed=True)


class OddProvider(EchoProvider):
    """Fails in a way that no provider should."""

    async def stream(
        self, request: ModelRequest, *, options: Mapping[str, str]
    ) -> AsyncGenerator[ModelEvent, None]:
        yield Delta("one")
        raise ValueError("what nobody foresaw")


class FullDisk:
    """A journal on a disk that has no space."""

    def append(self, entries: Sequence[Entry]) -> None:
        raise JournalError("the disk is full", help="free space")

    def close(self) -> None: ...


@contextmanager
def at_work(house: Any, provider: type[EchoProvider] = EchoProvider) -> Iterator[tuple[Worker, str]]:
    """Open a worker on the base model, with a key of its use case."""
    house.apply()

    def make_provider(name: str, declared: declared.Provider) -> Provider:
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
    async with aclosing(call.stream()) as events:
        return [event async for event in events]


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
        call.abandon()
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
            call.abandon()
        worker.journal = journal
        worker.record()
        admitted(worker, secret).abandon()


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
        with (house.home / "journal" / f"{CONTROL}.journal").open("ab") as journal:
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
