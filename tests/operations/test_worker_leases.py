"""Leases between workers of one loop, with the real store: who waits, for how long, and who is asked what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from remit.adapters.leases_sqlite import SqliteLeases
from remit.adapters.store_sqlite import SqliteStore
from remit.declare.remit_layer import RATE_FIELDS, RateField
from remit.enforce.account import Account
from remit.enforce.escrow import Grant, Need, Retained, Want
from remit.enforce.rate import Meter
from remit.enforce.rate_limit import RateLimit
from remit.kernel.errors import StoreError
from remit.kernel.money import ZERO
from remit.operations.leases import LATE_S, Escrow
from remit.operations.rates import Rates

NAME = "unit/desk:day:2026-11-23"
NOW = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
LONG_S = 30.0
"""Longer than any test takes: nothing may rest on a deadline."""


class Counting(SqliteLeases):
    """Leases that note what is asked, and that can be out of reach."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked: list[Sequence[Want]] = []
        self.away = False
        # The questions that fail once.
        self.faults: set[str] = set()
        self.looks = 0

    def _meet_faults(self, question: str) -> None:
        if question in self.faults:
            self.faults.remove(question)
            raise StoreError("the store is away for a moment", help="ask again")

    def wanted(self, *, after: int) -> dict[str, int]:
        self.looks += 1
        return super().wanted(after=after)

    def lease(self, worker: str, wants: Sequence[Want]) -> list[Grant]:
        if self.away:
            raise StoreError("the store is away", help="bring it back")
        self._meet_faults("lease")
        self.asked.append(wants)
        return super().lease(worker, wants)

    def give_back(self, worker: str, kept: Sequence[Retained]) -> None:
        self._meet_faults("give_back")
        super().give_back(worker, kept)


def in_a_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    @wraps(test)
    def run(**given: Any) -> None:
        asyncio.run(asyncio.wait_for(test(**given), LONG_S))

    return run


@dataclass
class Desk:
    """One worker: its accounts, and calls as they draw from them."""

    leases: Counting
    name: str
    accounts: dict[str, Account] = field(default_factory=dict)
    rates: Rates = field(default_factory=Rates)
    rest_s: float = LONG_S

    def __post_init__(self) -> None:
        self.rates.at(NOW)
        self.escrow = Escrow(
            self.leases, self.name, accounts=self.accounts, elsewhere={}, rates=self.rates, rest_s=self.rest_s
        )

    async def hold(self, amount: str, *, limit: str = "3.5", hopes: bool = True) -> bool:
        """Hold as a call does, waiting for a lease where it must; False if it cannot be had."""
        until = asyncio.get_running_loop().time() + LONG_S
        while needs := self.escrow.purses.short({NAME: Decimal(limit)}, Decimal(amount)):
            if not await self.escrow.obtain(needs, hopes=hopes, until=until):
                return False
        self.accounts[NAME] = self.accounts.get(NAME, Account()).hold(Decimal(amount))
        return True

    def post(self, held: str, charge: str) -> None:
        self.accounts[NAME] = self.accounts[NAME].post(Decimal(held), Decimal(charge))


@asynccontextmanager
async def desks(path: Path, count: int = 2, *, rest_s: float = LONG_S) -> AsyncIterator[list[Desk]]:
    """Run workers that share the limits of one store."""
    store = SqliteStore(path / "store.sqlite")
    names = ["gateway", *(f"gateway-{number}" for number in range(2, count + 1))]
    made = [Desk(Counting(path / "store.sqlite"), name, rest_s=rest_s) for name in names]
    for desk in made:
        desk.leases.begin(desk.name)
    tasks = [asyncio.create_task(desk.escrow.run()) for desk in made]
    await asyncio.sleep(0)
    yield made
    for desk in made:
        await desk.escrow.close()
        desk.leases.close()
    await asyncio.gather(*tasks)
    store.close()


@in_a_loop
async def test_calls_that_wait_at_the_same_time_are_one_question(tmp_path: Path) -> None:
    async with desks(tmp_path) as [first, _]:
        assert all(await asyncio.gather(*(first.hold("0.01") for _ in range(64))))
        assert len(first.leases.asked) <= 3
        [want] = first.leases.asked[0]
        assert (want.account, want.least) == (NAME, Decimal("0.01"))


@in_a_loop
async def test_while_a_lease_lasts_nothing_is_asked_and_it_is_filled_up_before_it_ends(
    tmp_path: Path,
) -> None:
    async with desks(tmp_path) as [first, _]:
        assert await first.hold("0.01")
        # A quarter of the limit is leased, so the next ones fit; at its half it is filled up beside them.
        assert first.escrow.purses.short({NAME: Decimal("3.5")}, Decimal("0.42")) == []
        assert await first.hold("0.42")
        assert len(first.leases.asked) == 1
        assert await first.hold("0.01")
        while len(first.leases.asked) == 1:
            await asyncio.sleep(0)
        [want] = first.leases.asked[1]
        assert want.least == 0


@in_a_loop
async def test_exactly_what_the_limit_covers_is_held_by_both_together(tmp_path: Path) -> None:
    async with desks(tmp_path) as made:
        held = await asyncio.gather(*(made[number % 2].hold("1") for number in range(64)))
        assert sum(held) == 3
        assert sum(desk.accounts[NAME].pending for desk in made) == 3


@in_a_loop
async def test_what_another_has_leased_and_not_spent_is_given_back_for_who_needs_it(tmp_path: Path) -> None:
    async with desks(tmp_path) as [first, second]:
        assert await first.hold("1")
        assert await second.hold("1")
        first.post("1", "0.25")
        second.post("1", "0.25")
        assert await first.hold("3")
        assert not await second.hold("0.01")


@in_a_loop
async def test_a_refused_call_learns_what_is_left(tmp_path: Path) -> None:
    async with desks(tmp_path) as [first, second]:
        assert await first.hold("0.5")
        assert await second.hold("0.5")
        second.post("0.5", "0.125")
        assert not await first.hold("3.25")
        assert first.accounts[NAME].room(Decimal("3.5")) == Decimal("2.875")


@in_a_loop
async def test_without_hopes_nobody_is_waited_for(tmp_path: Path) -> None:
    async with desks(tmp_path) as [first, second]:
        assert await first.hold("3")
        first.post("3", "1")
        assert not await second.hold("1", hopes=False)
        assert await second.hold("1")


@in_a_loop
async def test_three_workers_who_all_lack_something_do_not_keep_it_from_each_other(tmp_path: Path) -> None:
    async with desks(tmp_path, 3) as made:
        for desk in made:
            assert await desk.hold("1")
            desk.post("1", "0")
        held = await asyncio.gather(*(desk.hold("1.75") for desk in made))
        assert sum(held) == 2


@in_a_loop
async def test_a_smaller_call_goes_on_where_a_larger_one_that_came_first_cannot(tmp_path: Path) -> None:
    async with desks(tmp_path) as [first, second]:
        assert await second.hold("3")
        assert await asyncio.gather(first.hold("1"), first.hold("0.5")) == [False, True]  # type: ignore[comparison-overlap]  # it gives a list


@in_a_loop
async def test_a_limit_that_was_lowered_grants_nothing_and_what_is_unspent_goes_back(tmp_path: Path) -> None:
    async with desks(tmp_path) as [first, second]:
        assert await first.hold("1")
        assert await second.hold("0.5")
        first.escrow.release_all()
        second.escrow.release_all()
        assert not await first.hold("0.25", limit="1.5")
        assert await second.hold("0.25", limit="1.75")
        assert not await second.hold("0.01", limit="1.75")


@in_a_loop
async def test_what_others_claim_is_read_when_somebody_wants_to_know_what_is_left(tmp_path: Path) -> None:
    async with desks(tmp_path) as [first, second]:
        assert await first.hold("0.5")
        assert await second.hold("2")
        # It knows at once if it filled up its lease after the second one took what it let go of.
        assert first.accounts[NAME].room(Decimal("3.5")) in (3, 1)
        await first.escrow.read((NAME,))
        assert first.accounts[NAME].room(Decimal("3.5")) == 1
        first.leases.away = True
        await first.escrow.read((NAME,))
        assert first.accounts[NAME].room(Decimal("3.5")) == 1


@in_a_loop
async def test_a_store_that_is_away_turns_calls_away_and_is_asked_again_by_the_next(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with desks(tmp_path) as [first, _]:
        first.leases.away = True
        with caplog.at_level("ERROR", "remit.gateway"):
            for _ in range(2):
                with pytest.raises(StoreError, match="does not answer") as caught:
                    await first.hold("1")
        # What is wrong with it is for the operator, once and not for each call.
        assert "away" not in caught.value.summary
        assert caught.value.retry_after_s == 1
        assert caplog.messages == ["nothing can be leased: the store is away (store-unavailable)"]
        first.leases.away = False
        assert await first.hold("1")


@in_a_loop
async def test_a_store_that_does_not_answer_holds_no_call_longer_than_others_are_waited_for(
    tmp_path: Path,
) -> None:
    async with desks(tmp_path) as [first, _]:
        assert await first.hold("0.25")
        with first.leases._lock:
            needs = (Need(NAME, Decimal("3.5"), Decimal(3)),)
            over = asyncio.get_running_loop().time() - LATE_S
            with pytest.raises(StoreError, match="does not answer"):
                await first.escrow.obtain(needs, hopes=True, until=over)
            with pytest.raises(StoreError, match="does not answer"):
                await first.escrow.claim_user("pilot", "a", since=NOW, limit=1, until=over)
        assert await first.hold("3")


@in_a_loop
async def test_what_could_not_be_given_back_once_is_given_back_the_next_time(tmp_path: Path) -> None:
    async with desks(tmp_path) as [first, second]:
        assert await second.hold("0.5")
        second.leases.faults.add("give_back")
        assert await first.hold("3")
        assert not second.leases.faults
        assert second.escrow.purses.money(NAME).room() == 0


@in_a_loop
async def test_what_a_changed_limit_calls_back_is_not_forgotten_in_a_fault(tmp_path: Path) -> None:
    async with desks(tmp_path) as [first, _]:
        assert await first.hold("0.5")
        first.leases.faults.add("give_back")
        first.escrow.release_all()
        while lease_rows(first) != {NAME: "0.5"}:
            await asyncio.sleep(0)
        assert not first.leases.faults


@in_a_loop
async def test_what_is_to_be_read_and_filled_up_is_asked_for_again_after_a_fault(tmp_path: Path) -> None:
    async with desks(tmp_path) as [first, second]:
        assert await first.hold("0.01")
        assert await second.hold("2")
        first.leases.faults.add("lease")
        # More than half of what is leased: it is filled up beside the call.
        assert await first.hold("0.5")
        await first.escrow.read((NAME,))
        assert not first.leases.faults
        asked = len(first.leases.asked)
        while len(first.leases.asked) == asked:
            await asyncio.sleep(0)
        [want] = first.leases.asked[-1]
        assert want.most == Decimal("0.5")


@in_a_loop
async def test_a_worker_without_calls_gives_everything_back_and_is_asked_nothing_more(tmp_path: Path) -> None:
    async with desks(tmp_path, rest_s=0.0) as [first, second]:
        assert await first.hold("1")
        while NAME not in lease_rows(first):
            await asyncio.sleep(0)
        first.post("1", "0.25")
        while lease_rows(first) != {NAME: "0.25"}:
            await asyncio.sleep(0)
        looks = first.leases.looks
        # As long as this takes nobody looks whether others want something.
        assert await second.hold("3.25")
        assert first.leases.looks <= looks + 1
        assert not await first.hold("0.25")


def lease_rows(desk: Desk) -> dict[str, str]:
    with desk.leases._transaction() as db:
        sql = "select account, granted from lease where worker = ?"
        return dict(db.execute(sql, (desk.name,)).fetchall())


@in_a_loop
async def test_a_worker_that_does_not_answer_keeps_nobody_waiting_for_ever(tmp_path: Path) -> None:
    async with desks(tmp_path) as [first, second]:
        stuck = Desk(second.leases, "gateway-3")
        stuck.leases.begin(stuck.name)
        stuck.leases.lease(stuck.name, [Want(NAME, Decimal("3.5"), ZERO, Decimal(3), Decimal(3))])
        needs = (Need(NAME, Decimal("3.5"), Decimal(1)),)
        until = asyncio.get_running_loop().time() + 0.1
        assert not await first.escrow.obtain(needs, hopes=True, until=until)
        assert asyncio.get_running_loop().time() >= until
        assert first.accounts[NAME].room(Decimal("3.5")) == Decimal("0.5")


@in_a_loop
async def test_a_caller_who_leaves_while_it_waits_takes_nothing_and_keeps_nobody_up(tmp_path: Path) -> None:
    async with desks(tmp_path) as [first, second]:
        assert await second.hold("3")
        waiting = asyncio.create_task(first.hold("1"))
        await asyncio.sleep(0)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        assert await first.hold("0.5")
        assert first.accounts[NAME].pending == Decimal("0.5")


@in_a_loop
async def test_who_waits_when_the_worker_ends_is_turned_away(tmp_path: Path) -> None:
    async with desks(tmp_path) as [first, second]:
        assert await second.hold("3")
        waiting = asyncio.create_task(first.hold("1"))
        await asyncio.sleep(0)
        await first.escrow.close()
        with pytest.raises(StoreError, match="about to end"):
            await waiting
        with pytest.raises(StoreError, match="about to end"):
            await first.hold("1")


def meter(field: RateField, limit: int) -> Meter:
    kind = field == "concurrency_max", field == "tokens_per_minute"
    most = limit * 60_000
    return Meter(
        *kind, f"{field} unit/desk", "", "", most, most, field, RateLimit("unit/desk", "", limit, "o")
    )


async def take(desk: Desk, limited: Meter, at: datetime, tokens: int = 1) -> bool:
    """Let a call through as admission does, waiting for a lease where it must."""
    until = asyncio.get_running_loop().time() + LONG_S
    while needs := desk.escrow.purses.short_of_rates((limited,), tokens, at):
        if not await desk.escrow.obtain(needs, hopes=True, until=until):
            return False
    desk.rates.take("c", (limited,), tokens=tokens)
    return True


@pytest.mark.parametrize("field", RATE_FIELDS)
@in_a_loop
async def test_workers_let_through_together_what_a_limit_on_rates_allows(
    tmp_path: Path, field: RateField
) -> None:
    limited = meter(field, 7)
    async with desks(tmp_path, 3) as made:
        passed = await asyncio.gather(*(take(made[number % 3], limited, NOW) for number in range(30)))
        assert sum(passed) == 7


@in_a_loop
async def test_a_new_minute_counts_what_others_had_in_the_last_one(tmp_path: Path) -> None:
    limited = meter("requests_per_minute", 6)
    async with desks(tmp_path) as [first, second]:
        assert [await take(first, limited, NOW) for _ in range(6)] == [True] * 6
        # At its half, the minute before counts half: three of its six.
        later = NOW.replace(minute=1)
        assert await take(second, limited, later)
        assert second.rates.at(later).before[limited.name] == 6
        assert [await take(first, limited, later) for _ in range(3)] == [True, True, False]


@in_a_loop
async def test_what_is_left_of_minutes_that_are_over_is_forgotten(tmp_path: Path) -> None:
    limited = meter("requests_per_minute", 6)
    async with desks(tmp_path) as [first, _]:
        for minute in range(4):
            assert await take(first, limited, NOW.replace(minute=minute))
        nothing = (Need("nothing", Decimal(0), Decimal(1)),)
        until = asyncio.get_running_loop().time()
        assert not await first.escrow.obtain(nothing, hopes=False, until=until)
        names = [want.account for wants in first.leases.asked for want in wants]
        assert len({name for name in names if "@" in name}) >= 4
        with first.leases._transaction() as db:
            rows = db.execute("select account from lease where account like '%@%'").fetchall()
        assert {account.rpartition("@")[2][14:16] for (account,) in rows} <= {"02", "03"}
