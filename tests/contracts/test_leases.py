"""What every keeper of leases promises, whichever technology it is."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from remit.adapters.leases_sqlite import SqliteLeases
from remit.adapters.store_sqlite import SqliteStore
from remit.enforce.escrow import FINAL, Grant, Retained, Want
from remit.kernel.errors import StoreError
from remit.kernel.money import ZERO
from remit.ports import Leases, Store
from remit.record.chain import Position, start
from remit.record.projection import Changes

MONTH = datetime(2026, 11, 1, tzinfo=UTC)
A = "organisation:month:2026-11-01"


@dataclass
class Keeper:
    """Leases and the store that they stand in, as often opened as there are workers."""

    make: Callable[[], tuple[Store, Leases]]
    opened: list[tuple[Store, Leases]] = field(default_factory=list)

    def open(self) -> Leases:
        self.opened.append(self.make())
        return self.opened[-1][1]

    def post(self, worker: str, amount: str, account: str = A) -> None:
        """Fold a charge as a worker's journal holds it."""
        store = self.opened[0][0]
        before = store.positions().get(worker, start(worker))
        after = Position(before.lines + 1, before.offset + 100, b"1" * 32)
        changes = Changes(posted={account: Decimal(amount)})
        assert store.fold(worker, before=before, after=after, changes=changes)

    def call(self, use_case: str, user: str, at: datetime) -> None:
        store = self.opened[0][0]
        before = store.positions().get("gateway", start("gateway"))
        after = Position(before.lines + 1, before.offset + 100, b"1" * 32)
        changes = Changes(users={(use_case, user): at})
        assert store.fold("gateway", before=before, after=after, changes=changes)


def sqlite(path: Path) -> tuple[Store, Leases]:
    return SqliteStore(path / "store.sqlite"), SqliteLeases(path / "store.sqlite")


KEEPERS = {"sqlite": sqlite}


@pytest.fixture(params=KEEPERS)
def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keeper]:
    made = Keeper(lambda: KEEPERS[request.param](tmp_path))
    yield made
    for store, leases in made.opened:
        leases.close()
        store.close()


@pytest.fixture
def leases(keeper: Keeper) -> Leases:
    return keeper.open()


def want(
    limit: str, least: str, *, used: str = "0", most: str = "", account: str = A, marks: bool = False
) -> Want:
    return Want(account, Decimal(limit), Decimal(used), Decimal(least), Decimal(most or least), marks)


def one(leases: Leases, worker: str, asked: Want) -> Grant:
    [grant] = leases.lease(worker, [asked])
    return grant


def test_two_workers_share_a_limit_that_is_never_overdrawn(keeper: Keeper) -> None:
    first, second = keeper.open(), keeper.open()
    for leases, name in ((first, "gateway"), (second, "gateway-2")):
        leases.begin(name)
    assert one(first, "gateway", want("3.5", "1")).granted == 1
    grant = one(second, "gateway-2", want("3.5", "1"))
    assert (grant.granted, grant.elsewhere) == (Decimal(1), Decimal(1))
    assert one(first, "gateway", want("3.5", "1", used="1")).granted == 2
    grant = one(second, "gateway-2", want("3.5", "1", used="1"))
    assert (grant.granted, grant.elsewhere) == (Decimal(1), Decimal(2))


def test_a_grant_is_the_whole_of_what_a_worker_has_so_that_asking_twice_gives_it_once(leases: Leases) -> None:
    leases.begin("gateway")
    asked = want("3.5", "3")
    assert [one(leases, "gateway", asked).granted for _ in range(3)] == [3, 3, 3]


def test_slices_are_smaller_where_more_workers_have_begun_and_not_ended(leases: Leases) -> None:
    leases.begin("gateway")
    assert one(leases, "gateway", want("100", "1")).granted == 50
    leases.begin("gateway-2")
    assert leases.holders() == ["gateway", "gateway-2"]
    assert one(leases, "gateway-2", want("100", "1")).granted == Decimal("12.5")
    leases.end("gateway-2")
    assert leases.holders() == ["gateway"]


def test_what_a_journal_posted_is_claimed_with_a_lease_or_without(keeper: Keeper) -> None:
    leases = keeper.open()
    leases.begin("gateway")
    keeper.post("gateway-2", "0.5")
    keeper.post("gateway", "0.25")
    grant = one(leases, "gateway", want("3.5", "2.75", used="0.25"))
    assert (grant.granted, grant.elsewhere, grant.gone) == (Decimal(3), Decimal("0.5"), Decimal("0.5"))
    # More is posted than was leased, as a provider may count more than it was allowed.
    keeper.post("gateway", "2.9")
    assert one(leases, "gateway-3", want("3.5", "0.1")).elsewhere == Decimal("3.65")


def test_a_worker_that_begins_or_ends_leaves_no_lease_but_what_it_posted(keeper: Keeper) -> None:
    leases = keeper.open()
    for step in (leases.begin, leases.end):
        leases.begin("gateway")
        one(leases, "gateway", want("3", "3"))
        assert one(leases, "gateway-2", want("3", "1")).elsewhere == 3
        step("gateway")
        assert one(leases, "gateway-2", want("3", "1")).elsewhere == 0
        leases.end("gateway-2")
    keeper.post("gateway", "2")
    assert one(leases, "gateway-2", want("3", "1")).elsewhere == 2


def test_what_is_given_back_is_free_and_marks_say_who_has_answered(leases: Leases) -> None:
    for name in ("gateway", "gateway-2"):
        leases.begin(name)
    one(leases, "gateway", want("3", "3"))
    asked = want("3", "1", marks=True)
    grant = one(leases, "gateway-2", asked)
    assert (grant.granted, grant.may_come(grant.mark)) == (ZERO, True)
    assert leases.wanted(after=0) == {A: grant.mark}
    assert leases.wanted(after=grant.mark) == {}
    leases.give_back("gateway", [Retained(A, Decimal("2.5"), grant.mark)])
    again = one(leases, "gateway-2", msgspec.structs.replace(asked, marks=False))
    assert (again.granted, again.elsewhere) == (ZERO, Decimal("2.5"))
    assert not again.may_come(grant.mark)
    leases.give_back("gateway", [Retained(A, ZERO, grant.mark)])
    assert one(leases, "gateway-2", asked).granted >= 1


def test_who_said_that_nothing_will_come_back_is_not_waited_for_until_it_has_more(leases: Leases) -> None:
    for name in ("gateway", "gateway-2"):
        leases.begin(name)
    one(leases, "gateway", want("3", "2"))
    asked = want("3", "2", marks=True)
    first = one(leases, "gateway-2", asked)
    leases.give_back("gateway", [Retained(A, Decimal("1.5"), FINAL)])
    assert one(leases, "gateway-2", want("3", "1.75")).mark == 0
    one(leases, "gateway", want("3", "0.5", used="1.5"))
    again = one(leases, "gateway-2", asked)
    assert not again.may_come(first.mark)
    assert again.may_come(again.mark)


def test_each_mark_is_later_than_all_before_whatever_it_is_for(leases: Leases) -> None:
    for name in ("gateway", "gateway-2"):
        leases.begin(name)
    marks = []
    for account in ("a", "b", "a", "b"):
        one(leases, "gateway", want("3", "3", account=account))
        marks.append(one(leases, "gateway-2", want("3", "1", account=account, marks=True)).mark)
    assert marks == sorted(set(marks))
    assert leases.wanted(after=marks[1]) == {"a": marks[2], "b": marks[3]}


def test_marks_are_forgotten_after_many_later_ones_and_set_anew_for_who_still_waits(leases: Leases) -> None:
    for name in ("gateway", "gateway-2"):
        leases.begin(name)
    one(leases, "gateway", want("3", "3", account="long"))
    first = one(leases, "gateway-2", want("3", "1", account="long", marks=True)).mark
    one(leases, "gateway", want("3", "3"))
    asked = [want("3", "1", marks=True)] * 2_000
    last = leases.lease("gateway-2", asked)[-1].mark
    assert leases.wanted(after=0) == {A: last}
    again = one(leases, "gateway-2", want("3", "1", account="long"))
    assert again.mark > last
    assert again.may_come(first)
    assert leases.wanted(after=last) == {"long": again.mark}


def test_nobody_is_marked_where_nobody_has_anything_to_give_back(keeper: Keeper) -> None:
    leases = keeper.open()
    leases.begin("gateway")
    keeper.post("gateway-2", "2.5")
    grant = one(leases, "gateway", want("3", "1", marks=True))
    assert (grant.granted, grant.mark, grant.may_come(1)) == (ZERO, 0, False)
    assert leases.wanted(after=0) == {}


def test_what_several_threads_ask_at_once_is_granted_one_after_the_other(keeper: Keeper) -> None:
    keepers = {f"gateway-{number}": keeper.open() for number in range(4)}
    for name, leases in keepers.items():
        leases.begin(name)
    begin = threading.Barrier(len(keepers))
    granted: dict[str, Decimal] = {}

    def ask(name: str) -> None:
        begin.wait()
        for number in range(1, 21):
            used = granted.get(name, ZERO)
            granted[name] = one(
                keepers[name], name, want("17.5", "1", used=str(used), most=str(number))
            ).granted

    threads = [threading.Thread(target=ask, args=(name,)) for name in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Decimal(17) <= sum(granted.values()) <= Decimal("17.5")


def test_users_are_counted_for_all_workers_up_to_the_limit(keeper: Keeper) -> None:
    first, second = keeper.open(), keeper.open()
    assert first.claim_user("pilot", "a", since=MONTH, limit=2) == {"a"}
    assert second.claim_user("pilot", "b", since=MONTH, limit=2) == {"a", "b"}
    assert first.claim_user("pilot", "c", since=MONTH, limit=2) == {"a", "b"}
    assert second.claim_user("pilot", "a", since=MONTH, limit=2) == {"a", "b"}
    assert first.claim_user("other", "c", since=MONTH, limit=2) == {"c"}


def test_users_who_called_in_the_month_count_and_earlier_ones_do_not(keeper: Keeper) -> None:
    leases = keeper.open()
    keeper.call("pilot", "old", datetime(2026, 10, 31, 23, tzinfo=UTC))
    keeper.call("pilot", "new", MONTH)
    assert leases.claim_user("pilot", "a", since=MONTH, limit=2) == {"a", "new"}
    assert leases.claim_user("pilot", "old", since=MONTH, limit=2) == {"a", "new"}
    december = datetime(2026, 12, 1, tzinfo=UTC)
    assert leases.claim_user("pilot", "old", since=december, limit=2) == {"old"}


def test_a_call_does_not_wait_long_for_a_store_that_another_writes_to(tmp_path: Path) -> None:
    store, leases = sqlite(tmp_path)
    leases.begin("gateway")
    with closing(sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(StoreError):
            leases.lease("gateway", [want("3", "1")])
        [busy_ms] = leases._db.execute("pragma busy_timeout").fetchone()  # type: ignore[attr-defined]  # it is SQLite's
        assert busy_ms <= 1000
        other.execute("rollback")
    assert one(leases, "gateway", want("3", "1")).granted >= 1
    leases.close()
    store.close()


def test_leases_that_cannot_be_used_are_a_fault_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(StoreError) as caught:
        SqliteLeases(tmp_path / "store.sqlite").begin("gateway")
    assert caught.value.retryable
