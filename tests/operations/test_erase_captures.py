"""Erasing: whatever stops it and wherever, no erasure is claimed that was not, and none that was is lost."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import BASE, CASE, House
from remit.adapters.captures_sqlite import SqliteCaptures
from remit.kernel.errors import JournalError, NotFound, RemitError, StoreError
from remit.operations.erase_captures import erase_captures, purge_captures, resume_erasures
from remit.operations.fold_ledger import fold_ledger
from remit.operations.keep_captures import Keeper
from remit.operations.show_capture import erasures, show_capture
from remit.operations.system import RECORD, System
from remit.operations.verify_captures import verify_captures
from remit.operations.view import read_view
from remit.ports import Journal
from remit.record.captured import Captured, encode
from remit.record.entry import Entry
from remit.record.keeping import CaptureErased
from remit.record.kept import Draft, Remains
from remit.record.projection import EntryFilter

NOW = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
KEEPING = CASE.rstrip() + "\n    remit: {capture_max: raw, retention_days: 30}\n"


class Clock:
    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Fault(Exception):
    """The process ends here."""


class Faults:
    """Ends the process at the step with this number; each door beneath has a step before it and one after."""

    def __init__(self, at: int | None) -> None:
        self.at = at
        self.steps = 0

    def step(self) -> None:
        if self.steps == self.at:
            self.steps += 1
            raise Fault
        self.steps += 1


class Breaking:
    """A port whose calls are steps."""

    def __init__(self, inner: Any, faults: Faults, names: Sequence[str]) -> None:
        self._inner, self._faults, self._names = inner, faults, names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in self._names:
            return found

        def call(*given: Any, **more: Any) -> Any:
            self._faults.step()
            answer = found(*given, **more)
            self._faults.step()
            return answer

        return call


class BreakingJournals(Breaking):
    @contextmanager
    def exclusive(self, name: str, **more: Any) -> Iterator[Any]:
        with self._inner.exclusive(name, **more) as journal:
            self._faults.step()
            yield Breaking(journal, self._faults, ["append"])
            self._faults.step()


def breaking(system: System, faults: Faults) -> System:
    """Let any step of an erasure be the last one, those within the destroying too."""
    captures: Any = Breaking(system.captures, faults, ["intend", "destroy", "told"])
    journals: Any = BreakingJournals(system.journals, faults, [])
    return replace(system, captures=captures, journals=journals)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def system(house: House, clock: Clock) -> Iterator[System]:
    house.apply(BASE, KEEPING)
    with house.system() as opened:
        fold_ledger(opened)
        yield replace(opened, clock=clock)


def keep(
    system: System, *calls: str, use_case: str = "pilot", at: datetime = NOW, days: int | None = 30
) -> None:
    drafts = []
    for call in calls:
        found = Captured(call=call, use_case=use_case, at=at, mode="raw", inputs=("said",))
        drafts.append(Draft(call, use_case, at, days, encode(found)))
    system.captures.keep(drafts)


def erase(system: System, use_case: str = "pilot", **more: Any) -> list[CaptureErased]:
    return erase_captures(system, use_case, author="a@example.com", reason="asked for", **more)


def recorded(system: System) -> list[CaptureErased]:
    fold_ledger(system)
    return erasures(system)


def test_a_use_case_is_erased_key_by_key_and_the_ledger_says_so(system: System) -> None:
    keep(system, "c1", "c2")
    keep(system, "c3", at=NOW + timedelta(days=1))
    keep(system, "c4", use_case="other")
    keys = {key.fingerprint for key in system.captures.data_keys() if key.use_case == "pilot"}
    erased = erase(system)
    assert {each.key for each in erased} == keys
    assert sorted((each.captures, each.calls) for each in erased) == [(1, ("c3",)), (2, ("c1", "c2"))]
    assert {(each.basis, each.author, each.reason, each.use_case) for each in erased} == {
        ("request", "a@example.com", "asked for", "pilot")
    }
    assert sorted(recorded(system), key=lambda each: each.id) == erased
    assert [row.use_case for row in system.store.entries(EntryFilter(kind="capture_erased"), limit=9)] == [
        "pilot",
        "pilot",
    ]
    assert system.captures.open("c4") is not None
    assert verify_captures(system).faults == ()
    assert erase(system) == []


def test_only_keys_that_had_ended_before_a_day_are_erased(system: System) -> None:
    keep(system, "c1")
    keep(system, "c2", at=NOW + timedelta(days=1))
    midnight = datetime(2026, 11, 26, tzinfo=UTC)
    assert erase(system, before=midnight - timedelta(seconds=1)) == []
    [erased] = erase(system, before=midnight)
    assert erased.calls == ("c1",)
    assert system.captures.open("c2") is not None


def test_one_call_is_erased_and_who_asks_for_it_is_told(system: System) -> None:
    keep(system, "c1", "c2")
    with pytest.raises(NotFound):
        erase(system, "other", call="c1")
    [erased] = erase(system, call="c1")
    assert (erased.captures, erased.calls) == (1, ("c1",))
    assert show_capture(system, "c2", author="b@example.com").inputs == ("said",)
    with pytest.raises(NotFound):
        erase(system, call="c1")
    assert verify_captures(system).faults == ()


def test_who_looks_is_in_the_ledger_and_who_finds_nothing_is_not(house: House, system: System) -> None:
    keep(system, "c1")
    show_capture(system, "c1", author="b@example.com")
    with pytest.raises(NotFound, match="nothing is kept"):
        show_capture(system, "c9", author="b@example.com")
    [shown] = house.entries("capture_shown")
    assert (shown["call"], shown["use_case"], shown["author"]) == ("c1", "pilot", "b@example.com")


def test_what_cannot_be_recorded_is_not_shown(system: System) -> None:
    keep(system, "c1")
    with system.journals.exclusive(RECORD):
        journals: Any = Breaking(system.journals, Faults(0), ["exclusive"])
        with pytest.raises(Fault):
            show_capture(replace(system, journals=journals), "c1", author="b@example.com")


STEPS = 10
"""Before and after each of intending, destroying, taking the journal, appending and forgetting."""


@pytest.mark.parametrize("call", ["", "c1"])
@pytest.mark.parametrize("step", range(STEPS))
def test_wherever_it_stops_the_next_brings_it_to_its_end(system: System, step: int, call: str) -> None:
    keep(system, "c1", "c2")
    faults = Faults(step)
    with pytest.raises(Fault):
        erase(breaking(system, faults), call=call)
    # INVARIANT: what the ledger claims is so, whatever is still to be done.
    for entry in recorded(system):
        assert system.captures.remains(entry.key) == Remains(0, 0)
    assert verify_captures(system).faults == ()
    begun = bool(system.captures.intended()) or bool(recorded(system))
    resume_erasures(system)
    assert system.captures.intended() == []
    entries = recorded(system)
    assert len(entries) == int(begun)
    assert (system.captures.open("c1") is None) == begun
    assert (system.captures.open("c2") is None) == (begun and not call)
    assert verify_captures(system).faults == ()


def test_the_last_of_these_steps_is_one(system: System) -> None:
    keep(system, "c1")
    faults = Faults(None)
    erase(breaking(system, faults))
    assert faults.steps == STEPS


class Inside(SqliteCaptures):
    """One that ends between two steps of its destroying."""

    faults: Faults

    def _destroy_key(self, key: str) -> None:
        self.faults.step()
        super()._destroy_key(key)
        self.faults.step()

    def _clear_log(self) -> None:
        super()._clear_log()
        self.faults.step()


@pytest.mark.parametrize("step", range(3))
def test_a_fault_within_the_destroying_is_taken_up_too(house: House, system: System, step: int) -> None:
    keep(system, "c1", "c2")
    master = system.captures._master  # type: ignore[attr-defined]  # the same key, in another keeper
    inside = Inside(house.home / "captures.sqlite", master)
    inside.faults = Faults(step)
    with pytest.raises(Fault):
        erase(replace(system, captures=inside))
    inside.close()
    assert recorded(system) == []
    [resumed] = resume_erasures(system)
    assert recorded(system) == [resumed]
    assert (resumed.captures, system.captures.open("c1")) == (2, None)


def test_random_faults_lose_no_erasure_and_claim_none(system: System) -> None:
    drawn = random.Random(6)
    for number in range(60):
        calls = [f"c{number}-{each}" for each in range(3)]
        keep(system, *calls, at=NOW + timedelta(days=number))
        whole = drawn.random() < 0.5
        faults = Faults(drawn.randrange(STEPS))
        with _ending():
            erase(breaking(system, faults), call="" if whole else calls[0])
        while system.captures.intended():
            faults = Faults(drawn.randrange(STEPS))
            with _ending():
                resume_erasures(breaking(system, faults))
            for entry in recorded(system):
                assert system.captures.remains(entry.key) == Remains(0, 0)
        erased = [call for entry in recorded(system) for call in entry.calls]
        assert all(system.captures.open(call) is None for call in erased)
    found = verify_captures(system)
    entries = recorded(system)
    assert (found.faults, found.unfinished) == ((), 0)
    assert len({entry.id for entry in entries}) == len({entry.key for entry in entries}) == len(entries)
    kept = sum(each.captures for each in system.captures.gathered())
    assert kept + sum(entry.captures for entry in entries) == 180


@contextmanager
def _ending() -> Iterator[None]:
    with suppress(Fault):
        yield


class Full:
    """A journal whose disk is full after it has written, or before."""

    def __init__(self, inner: Journal, *, written: bool) -> None:
        self._inner, self._written = inner, written

    def append(self, entries: Sequence[Entry]) -> None:
        if self._written:
            self._inner.append(entries)
        raise JournalError("the disk is full", help="make room", written=len(entries) * self._written)


@pytest.mark.parametrize("written", [False, True])
def test_a_full_disk_leaves_an_erasure_to_be_recorded_later(system: System, *, written: bool) -> None:
    keep(system, "c1")

    class Journals(Breaking):
        @contextmanager
        def exclusive(self, name: str, **more: Any) -> Iterator[Any]:
            with self._inner.exclusive(name, **more) as journal:
                yield Full(journal, written=written)

    journals: Any = Journals(system.journals, Faults(None), [])
    with pytest.raises(JournalError):
        erase(replace(system, journals=journals))
    assert system.captures.open("c1") is None
    assert len(recorded(system)) == int(written)
    resume_erasures(system)
    assert (len(recorded(system)), system.captures.intended()) == (1, [])


def test_what_has_reached_its_age_is_erased_and_not_a_moment_later(system: System, clock: Clock) -> None:
    keep(system, "c1")
    keep(system, "c2", days=None)
    keep(system, "c3", days=7)
    keep(system, "c4", use_case="gone", days=None)
    clock.at = NOW.replace(hour=12, minute=0) + timedelta(days=7) - timedelta(microseconds=1)
    view = read_view(system)
    assert purge_captures(system, view, author="portal") == []
    clock.at += timedelta(microseconds=1)
    [erased] = purge_captures(system, view, author="portal")
    assert (erased.calls, erased.basis, erased.reason) == (("c3",), "retention", "kept for 7 days")
    # What was kept without end goes by what the remit lets be kept now.
    clock.at = NOW.replace(hour=0, minute=0) + timedelta(days=30)
    erased_now = purge_captures(system, view, author="portal")
    assert sorted(each.calls for each in erased_now) == [("c1",), ("c2",)]
    assert system.captures.open("c4") is not None
    assert verify_captures(system).faults == ()


def test_a_shorter_retention_holds_for_what_is_kept_and_a_longer_one_does_not(
    house: House, system: System, clock: Clock
) -> None:
    keep(system, "c1")
    keeper = Keeper(system)
    clock.at = NOW + timedelta(days=20)
    assert keeper.run() == 0
    house.apply(BASE, KEEPING.replace("30", "10"))
    fold_ledger(system)
    assert keeper.run() == 1
    assert system.captures.open("c1") is None
    keep(system, "c2", at=clock.at, days=10)
    house.apply(BASE, KEEPING.replace("30", "90"))
    fold_ledger(system)
    clock.at += timedelta(days=9)
    assert keeper.run() == 0
    clock.at += timedelta(days=1)
    assert keeper.run() == 1
    assert keeper.run() == 0


def test_a_keeper_takes_up_what_a_crash_left(system: System) -> None:
    keep(system, "c1")
    with _ending():
        erase(breaking(system, Faults(3)))
    assert Keeper(system).run() == 0
    assert (len(recorded(system)), system.captures.open("c1")) == (1, None)


def test_verify_names_a_key_that_came_back(system: System) -> None:
    keep(system, "c1", "c2")
    [key] = system.captures.data_keys()
    inner: Any = system.captures
    [row] = inner._all("select * from data_key")
    rows = inner._all("select * from capture")
    erase(system)
    with inner._transaction() as db:
        db.execute("insert into data_key values (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        db.executemany("insert into capture values (?, ?, ?, ?, ?, ?, ?)", rows)
    faults = verify_captures(system).faults
    assert len(faults) == 2
    assert all(key.fingerprint in fault for fault in faults)


def test_verify_names_a_live_key_that_is_another_one(system: System) -> None:
    keep(system, "c1")
    keep(system, "c2", at=NOW + timedelta(days=1))
    inner: Any = system.captures
    with inner._transaction() as db:
        db.execute("update data_key set wrapped = (select max(wrapped) from data_key)")
    found = verify_captures(system)
    assert (len(found.faults), found.keys, found.captures) == (1, 2, 2)


def test_a_reason_that_is_too_long_is_refused_before_anything_is_done(system: System) -> None:
    keep(system, "c1")
    with pytest.raises(RemitError) as fault:
        erase_captures(system, "pilot", author="a", reason="x" * 100_000)
    assert fault.value.code == "value-too-long"
    assert system.captures.open("c1") is not None


def test_a_store_that_cannot_destroy_records_nothing(system: System) -> None:
    keep(system, "c1")

    class Away(Breaking):
        def destroy(self, erasure: str) -> None:
            raise StoreError("it is away", help="wait")

    captures: Any = Away(system.captures, Faults(None), [])
    with pytest.raises(StoreError):
        erase(replace(system, captures=captures))
    assert recorded(system) == []
    assert len(resume_erasures(system)) == 1
