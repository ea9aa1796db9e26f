"""What followers of the ledger are promised, on every store and set of journals."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from remit.bootstrap import open_system
from remit.kernel.errors import JournalTampered, RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.followers import ENTRIES_MAX, Pause, begin, follow, keep_following, pause_s, take_new
from remit.operations.read_followers import read_followers
from remit.operations.system import CONTROL, GATEWAY, System
from remit.record.call_entry import Mark
from remit.record.chain import Position, first_link, leaf, line, link, start
from remit.record.following import Fault
from remit.record.ledgered import Ledgered
from remit.report.follower_lag import FollowerLag
from remit.settings import read_settings

FIRST = "home/journal/gateway/000000000000000.journal"
NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)


class Unreachable(RemitError):
    code = "not-reached"
    retry_after_s = 9


@dataclass
class Reader:
    """A follower that keeps what it is given, after failing as often as it is told to."""

    name: str = "reader"
    fails: list[Exception] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)

    async def take(self, entries: Sequence[Ledgered]) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.taken += [each.id for each in entries]
        self.batches.append(len(entries))


class Ended(Exception):
    """Ends a loop that has no end of its own, from the pause that it makes."""


def pauses(*, until: int) -> tuple[list[float], Pause]:
    """Return what makes no pause, keeps how long each was to be, and ends the loop at one of them."""
    made: list[float] = []

    async def pause(seconds: float) -> None:
        made.append(seconds)
        if len(made) == until:
            raise Ended

    return made, pause


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with open_system(read_settings({"REMIT_HOME": str(tmp_path / "home")})) as system:
        yield system


def write(system: System, *ids: str, journal: str = GATEWAY) -> None:
    with system.journals.exclusive(journal) as opened:
        opened.append([Mark(id=id, at=NOW, output_tokens=1) for id in ids])


def run(system: System, *followers: Reader) -> None:
    for each in followers:
        asyncio.run(take_new(system, each, begin(system, each.name)))


def test_a_follower_begins_where_the_ledger_ends_and_is_given_what_comes_after(system: System) -> None:
    write(system, "before")
    reader = Reader()
    run(system, reader)
    assert reader.taken == []
    write(system, "a", "b")
    write(system, "c", journal="gateway-2")
    run(system, reader)
    assert reader.taken == ["a", "b", "c"]


def test_a_follower_that_is_made_again_goes_on_where_it_was(system: System) -> None:
    run(system, Reader())
    write(system, "a")
    run(system, Reader())
    write(system, "b")
    later = Reader()
    run(system, later)
    assert later.taken == ["b"]


def test_a_journal_that_is_made_later_is_taken_from_its_first_line(system: System) -> None:
    write(system, "before")
    reader = Reader()
    run(system, reader)
    write(system, "first", journal="gateway-7")
    run(system, reader)
    assert reader.taken == ["first"]


def test_a_set_up_that_was_broken_off_begins_anew(system: System) -> None:
    write(system, "before")
    system.store.follow("reader", GATEWAY, start(GATEWAY))
    reader = Reader()
    run(system, reader)
    assert reader.taken == []


def test_what_failed_to_be_taken_is_given_again_and_nothing_after_it_first(system: System) -> None:
    reader = Reader(fails=[Unreachable("it is away", help="wait")])
    begin(system, reader.name)
    write(system, "a", "b")
    with pytest.raises(Unreachable):
        run(system, reader)
    write(system, "c")
    run(system, reader)
    assert reader.taken == ["a", "b", "c"]


def test_many_entries_come_in_batches_each_kept_when_it_was_taken(system: System) -> None:
    reader = Reader()
    begin(system, reader.name)
    write(system, *(f"m{number}" for number in range(2 * ENTRIES_MAX + 1)))
    reader.fails = []
    run(system, reader)
    assert reader.batches == [ENTRIES_MAX, ENTRIES_MAX, 1]
    assert system.store.follower("reader")[GATEWAY].lines == 2 * ENTRIES_MAX + 1


@dataclass
class Patient(Reader):
    """A follower that looks for what is new only now and then, and is closed at the end."""

    interval_s: float = 77.0
    closed: bool = False

    async def close(self) -> None:
        self.closed = True


def test_a_follower_may_look_only_so_often(system: System) -> None:
    made, pause = pauses(until=2)
    with pytest.raises(Ended):
        asyncio.run(follow(system, Patient(), pause=pause))
    assert made == [77.0, 77.0]


def test_what_a_follower_holds_is_given_back_at_the_end(system: System) -> None:
    patient = Patient()

    async def run() -> None:
        stop = asyncio.Event()
        stop.set()
        await keep_following(system, (Reader(), patient), stop)

    asyncio.run(run())
    assert patient.closed


@dataclass
class Unlucky(Reader):
    """A follower that fails at random, before or after it has told what it was given."""

    chance: random.Random = field(default_factory=random.Random)

    async def take(self, entries: Sequence[Ledgered]) -> None:
        luck = self.chance.random()
        if luck < 0.3:
            raise Unreachable("it is away", help="wait")
        self.taken += [each.id for each in entries]
        if luck > 0.7:
            # As if the process ended before its position was kept.
            raise Unreachable("its answer was lost", help="wait")


@pytest.mark.parametrize("seed", range(8))
def test_whenever_it_fails_every_entry_is_given_in_the_order_of_its_journal(
    system: System, seed: int
) -> None:
    chance = random.Random(seed)
    reader = Unlucky(chance=chance)
    begin(system, reader.name)
    written: dict[str, list[str]] = {GATEWAY: [], "gateway-2": []}
    for number in range(60):
        journal = chance.choice(list(written))
        ids = [f"{journal} {number} {each}" for each in range(chance.randint(1, 3))]
        write(system, *ids, journal=journal)
        written[journal] += ids
        with suppress(Unreachable):
            run(system, reader)
    reader.chance = random.Random(1)
    while any(lag.entries for lag in after_folding(system)):
        with suppress(Unreachable):
            run(system, reader)
    for journal, ids in written.items():
        told = [id for id in reader.taken if id.startswith(f"{journal} ")]
        assert list(dict.fromkeys(told)) == ids


def after_folding(system: System) -> tuple[FollowerLag, ...]:
    fold_ledger(system)
    return read_followers(system)


def test_one_that_fails_is_tried_again_after_longer_pauses_and_its_fault_is_seen(system: System) -> None:
    reader = Reader(fails=[RemitError("it is away", help="wait")] * 6)
    begin(system, reader.name)
    write(system, "a")
    made, pause = pauses(until=6)
    with pytest.raises(Ended):
        asyncio.run(follow(system, reader, pause=pause))
    assert all(0.25 * 2**n <= seconds < 0.5 * 2**n for n, seconds in enumerate(made))
    [lag] = read_followers(system)
    assert (lag.code, lag.summary) == ("internal-fault", "it is away")
    assert lag.since is not None
    made, pause = pauses(until=1)
    with pytest.raises(Ended):
        asyncio.run(follow(system, reader, pause=pause))
    assert reader.taken == ["a"]
    assert made == [0.2]
    [lag] = read_followers(system)
    assert (lag.code, lag.since) == ("", None)


def test_who_says_when_to_come_again_is_not_asked_before(system: System) -> None:
    reader = Reader(fails=[Unreachable("it is away", help="wait")])
    begin(system, reader.name)
    write(system, "a")
    made, pause = pauses(until=1)
    with pytest.raises(Ended):
        asyncio.run(follow(system, reader, pause=pause))
    assert made == [9.0]


def test_no_pause_is_longer_than_a_minute_however_often_it_fails() -> None:
    assert max(pause_s(failed, 0.999999) for failed in (1, 8, 9, 10_000)) < 60.0
    assert pause_s(1, 0, at_least_s=86_400) == 60.0


def test_a_fault_of_ours_in_one_holds_up_no_other_and_tells_nothing_of_what_it_read(system: System) -> None:
    broken, sound = Reader("broken", fails=[ValueError("secret")] * 1000), Reader("sound")
    begin(system, "broken")
    begin(system, "sound")
    write(system, "a")

    async def both() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(keep_following(system, (broken, sound), stop))
        while not (sound.taken and system.store.followers()["broken"].fault):
            await asyncio.sleep(0)
        stop.set()
        await running

    asyncio.run(both())
    assert sound.taken == ["a"]
    fault = system.store.followers()["broken"].fault
    assert fault is not None
    assert fault.code == "internal-fault"
    assert "ValueError" in fault.summary
    assert "secret" not in fault.summary


def test_a_journal_that_was_tampered_with_stops_and_the_others_go_on(system: System, tmp_path: Path) -> None:
    reader = Reader()
    begin(system, reader.name)
    write(system, "a", "b", "c")
    write(system, "d", journal="gateway-2")
    path = tmp_path / FIRST
    path.write_bytes(path.read_bytes().replace(b'"id":"b"', b'"id":"x"'))
    with pytest.raises(JournalTampered, match="line 2 of journal `gateway`"):
        run(system, reader)
    assert reader.taken == ["a", "d"]
    assert system.store.halted() is not None
    with pytest.raises(JournalTampered):
        run(system, reader)
    assert reader.taken == ["a", "d"]


def test_a_journal_that_was_cut_short_stops(system: System, tmp_path: Path) -> None:
    reader = Reader()
    begin(system, reader.name)
    write(system, "a")
    run(system, reader)
    (tmp_path / FIRST).write_bytes(b"")
    with pytest.raises(JournalTampered, match="ends before"):
        run(system, reader)


def test_a_line_whose_chain_holds_and_that_is_no_entry_stops(system: System, tmp_path: Path) -> None:
    reader = Reader()
    begin(system, reader.name)
    (tmp_path / FIRST).parent.mkdir(parents=True, exist_ok=True)
    body = b'{"kind":"nothing"}'
    text = line(link(first_link(GATEWAY), leaf(body)), body)
    (tmp_path / FIRST).write_bytes(text)
    with pytest.raises(JournalTampered, match="not an entry"):
        run(system, reader)


def test_a_line_without_an_end_waits_for_the_rest_of_it(system: System, tmp_path: Path) -> None:
    reader = Reader()
    begin(system, reader.name)
    write(system, "a", "b")
    path = tmp_path / FIRST
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    run(system, reader)
    assert reader.taken == ["a"]
    path.write_bytes(whole)
    run(system, reader)
    assert reader.taken == ["a", "b"]


def test_how_far_each_is_behind_is_told_in_entries_and_bytes(system: System) -> None:
    write(system, "before")
    reader = Reader()
    run(system, reader)
    assert [(lag.name, lag.entries, lag.bytes) for lag in read_followers(system)] == [("reader", 0, 0)]
    size = system.journals.size(GATEWAY)
    write(system, "a", "b")
    begin(system, "other")
    behind = {lag.name: (lag.entries, lag.bytes) for lag in read_followers(system)}
    assert behind == {"reader": (2, system.journals.size(GATEWAY) - size), "other": (0, 0)}


def test_a_position_is_kept_and_never_goes_back(system: System) -> None:
    assert system.store.follower("reader") == {}
    first, second = Position(1, 100, b"1" * 32), Position(2, 200, b"2" * 32)
    system.store.follow("reader", CONTROL, first)
    system.store.follow("reader", GATEWAY, second)
    system.store.follow("reader", GATEWAY, first)
    system.store.follow("other", GATEWAY, first)
    assert system.store.follower("reader") == {CONTROL: first, GATEWAY: second}
    assert {name: each.positions for name, each in system.store.followers().items()} == {
        "other": {GATEWAY: first},
        "reader": {CONTROL: first, GATEWAY: second},
    }


def test_a_follower_waits_since_its_first_fault_on_end(system: System) -> None:
    later = NOW + timedelta(hours=1)
    system.store.note_fault("reader", Fault(NOW, "a", "first"))
    system.store.note_fault("reader", Fault(later, "b", "second"))
    assert system.store.followers()["reader"].fault == Fault(NOW, "b", "second")
    system.store.note_fault("reader", None)
    assert system.store.followers() == {}


def test_a_store_that_fails_keeps_a_follower_waiting_and_does_not_end_it(system: System) -> None:
    reader = Reader()
    begin(system, reader.name)
    write(system, "a")
    system.store.close()
    made, pause = pauses(until=3)
    with pytest.raises(Ended):
        asyncio.run(follow(system, reader, pause=pause))
    assert len(made) == 3
    assert made[0] >= 0.25
