"""Entries of the past are found by when they were written and by their kind, in every journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from remit.bootstrap import open_system
from remit.kernel.errors import JournalTampered
from remit.operations.fill_lake import fill_lake, take_until
from remit.operations.keep_lake import fill
from remit.operations.read_entries import read_entries
from remit.operations.seal_ledger import seal_ledger
from remit.operations.system import System
from remit.record.decided import StageChange
from remit.record.entry import Entry
from remit.record.keeping import Recovery
from remit.record.ledgered import Ledgered
from remit.settings import read_settings

NOON = datetime.fromisoformat("2026-11-23T12:00:00Z")
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Standing:
    """A clock that stands at one moment."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with open_system(read_settings({"REMIT_HOME": str(tmp_path)})) as opened:
        yield opened


def recovery(at: datetime) -> Recovery:
    return Recovery(id=f"r{at:%H%M}", at=at, bytes_set_aside=1)


def stage(at: datetime) -> StageChange:
    return StageChange(
        id=f"s{at:%H%M}",
        at=at,
        use_case="pilot",
        stage="experiment",
        since=at.date(),
        basis="adopted",
        author="a@b.example",
    )


def write(system: System, journal: str, *entries: Entry) -> None:
    with system.journals.exclusive(journal) as opened:
        opened.append(entries)


def take(system: System, journal: str) -> None:
    take_until(system, system.make_lake(), journal, system.journals.size(journal))


def ids(entries: Iterator[Ledgered]) -> list[str]:
    return sorted(entry.id for entry in entries)


def test_entries_are_found_from_since_up_to_and_without_until(system: System) -> None:
    write(system, "gateway", recovery(NOON - HOUR), recovery(NOON))
    write(system, "control", recovery(NOON + HOUR), recovery(NOON + 2 * HOUR))
    assert ids(read_entries(system, since=NOON, until=NOON + 2 * HOUR)) == ["r1200", "r1300"]


def test_entries_are_found_once_whether_they_lie_in_the_lake_or_not(system: System) -> None:
    write(system, "gateway", recovery(NOON), stage(NOON))
    take(system, "gateway")
    write(system, "gateway", recovery(NOON + HOUR))
    write(system, "control", stage(NOON + HOUR))
    assert ids(read_entries(system, since=NOON, until=NOON + 2 * HOUR)) == [
        "r1200",
        "r1300",
        "s1200",
        "s1300",
    ]
    found = read_entries(system, since=NOON, until=NOON + 2 * HOUR, kinds=(Recovery,))
    assert ids(found) == ["r1200", "r1300"]


def test_the_lake_takes_no_line_that_does_not_follow(system: System, tmp_path: Path) -> None:
    write(system, "control", recovery(NOON), recovery(NOON + HOUR))
    [path] = (tmp_path / "journal" / "control").glob("*.journal")
    path.write_bytes(path.read_bytes().replace(b'"bytes_set_aside":1', b'"bytes_set_aside":2', 1))
    with pytest.raises(JournalTampered):
        take(system, "control")
    assert system.make_lake().taken() == {}


def test_what_is_sealed_comes_into_the_lake_once(system: System) -> None:
    write(system, "gateway", recovery(NOON), recovery(NOON + HOUR))
    lake = system.make_lake()
    assert fill_lake(system, lake) == 0
    seal_ledger(system, author="a@b.example")
    write(system, "gateway", recovery(NOON + 2 * HOUR))
    assert fill_lake(system, lake) == 2
    assert fill_lake(system, lake) == 0
    seal_ledger(system, author="a@b.example")
    # The line after, the first seal, and the key that it was signed with.
    assert fill_lake(system, lake) == 3
    assert lake.taken() == system.store.sealed()


def test_a_day_that_is_over_is_one_file_once_it_is_sealed(system: System, tmp_path: Path) -> None:
    fill(system)
    assert not (tmp_path / "lake").exists()
    for hour in (0, 1):
        write(system, "gateway", recovery(NOON + hour * HOUR))
        seal_ledger(system, author="a@b.example")
        fill(replace(system, clock=Standing(NOON)))
    files = tmp_path / "lake" / "day=2026-11-23"
    assert len(list(files.glob("gateway-*.parquet"))) == 2
    fill(replace(system, clock=Standing(NOON + 24 * HOUR)))
    assert len(list(files.glob("all-*.parquet"))) == 1
    assert system.make_lake().taken()["gateway"].lines == 2


def test_an_entry_is_found_that_a_clock_set_back_has_put_after_later_ones(system: System) -> None:
    write(system, "gateway", recovery(NOON + HOUR), recovery(NOON), recovery(NOON + 2 * HOUR))
    assert ids(read_entries(system, since=NOON, until=NOON + HOUR)) == ["r1200"]


def test_only_the_kinds_that_are_asked_for_are_read(system: System) -> None:
    write(system, "control", recovery(NOON), stage(NOON))
    found = list(read_entries(system, since=NOON, until=NOON + HOUR, kinds=(StageChange,)))
    assert found == [stage(NOON)]


def test_a_line_that_does_not_follow_ends_the_reading(system: System, tmp_path: Path) -> None:
    write(system, "control", recovery(NOON), recovery(NOON + HOUR))
    [path] = (tmp_path / "journal" / "control").glob("*.journal")
    path.write_bytes(path.read_bytes().replace(b'"bytes_set_aside":1', b'"bytes_set_aside":2', 1))
    with pytest.raises(JournalTampered):
        list(read_entries(system, since=NOON, until=NOON + HOUR))
