"""Letting go: old parts of journals and the store's copies go once the lake has them, and nothing is lost."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from remit.adapters.lake_manifest import Manifest
from remit.declare.price import Rates
from remit.enforce.decision import deny
from remit.kernel.errors import RemitError
from remit.kernel.usage import Usage
from remit.operations.fill_lake import compact_lake, fill_lake
from remit.operations.find_entries import find_entry, list_entries
from remit.operations.fold_ledger import fold_ledger
from remit.operations.followers import read_next
from remit.operations.keep_lake import tidy
from remit.operations.let_go import let_go, tidy_ledger
from remit.operations.prove_entry import prove_entry
from remit.operations.query_ledger import query_ledger
from remit.operations.read_entries import read_entries
from remit.operations.seal_ledger import seal_ledger
from remit.operations.system import CONTROL, GATEWAY, RECORD, System
from remit.operations.verify_ledger import Verification, verify_ledger
from remit.ports_lake import Bounds
from remit.record.call_entry import Call, Hold, Purpose, Refusal
from remit.record.chain import start
from remit.record.entry import Entry
from remit.record.projection import EntryFilter, Row
from remit.record.proof import check
from remit.report.entry_line import describe
from remit.settings import read_settings

BEGAN = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS = 8
HOT = 3
AUTHOR = "auditor@example.com"
EVERYTHING = EntryFilter()
OLD = "2026-09-01-0"
"""The id of a call of the first day."""


@dataclass(frozen=True)
class Standing:
    """A clock that stands at one moment."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def pair(at: datetime, number: int, use_case: str) -> tuple[Hold, Call]:
    """A hold and its call."""
    id = f"{at:%Y-%m-%d}-{number}"
    purpose = Purpose(
        key="k1", use_case=use_case, unit="desk", stage="launch", model="model/m", model_version=1, remit="r"
    )
    held = Hold(
        id=id,
        at=at,
        purpose=purpose,
        provider="p",
        simulated=False,
        accounts=(f"organisation:day:{at:%Y-%m-%d}", "organisation:year:2026"),
        amount=Decimal("0.5"),
        currency="EUR",
        rates=Rates(date(2026, 1, 1), Decimal("0.1"), Decimal("0.3")),
        input_tokens_estimate=10,
        output_tokens_max=100,
    )
    call = Call(
        id=id,
        at=at,
        purpose=purpose,
        provider="p",
        simulated=False,
        served_model="m",
        streamed=False,
        status="completed" if number % 2 else "failed",
        settlement="post",
        usage=Usage(input_tokens=3, output_tokens=4),
        accounts=held.accounts,
        held=held.amount,
        charge=Decimal(f"0.01{number}"),
        currency="EUR",
        rates=held.rates,
        began=at,
        latency_ms=7,
    )
    return held, call


def on_day(system: System, number: int) -> System:
    return replace(system, clock=Standing(BEGAN + number * DAY), hot_days=HOT)


def write_day(system: System, number: int, journal: str = GATEWAY) -> None:
    """Write what calls do in a day: two of each of two use cases, and a refusal."""
    at = BEGAN + number * DAY
    written: list[Entry] = []
    for each in range(4):
        written += pair(at, each, f"case-{each % 2}")
    decision = deny("unknown-use-case", "no", layer="", owner="", help="")
    written.append(Refusal(id=f"{at:%Y-%m-%d}-r", at=at, decision=decision))
    with system.journals.exclusive(journal) as opened:
        opened.append(written)


def live(system: System, days: range) -> None:
    """Live through some days: calls, seals twice a day, and the lake; nothing is let go of."""
    for number in days:
        now = on_day(system, number)
        write_day(now, number)
        seal_ledger(now, author=AUTHOR)
        fill_lake(now, now.make_lake())
        compact_lake(now, now.make_lake())


@pytest.fixture(scope="module")
def lived(shared_house: Any) -> Any:
    shared_house.apply()
    with shared_house.system() as system:
        live(system, range(DAYS))
    return shared_house


@pytest.fixture
def house(lived: Any, tmp_path: Path) -> Any:
    """A copy of what was lived through, which a test may change."""
    made = type(lived)(tmp_path, lived.forks)
    shutil.copytree(lived.home, made.home)
    return made


@contextmanager
def opened(house: Any, number: int = DAYS) -> Iterator[System]:
    with house.system() as system:
        yield on_day(system, number)


def tidied(house: Any, number: int = DAYS) -> list[Any]:
    with opened(house, number) as system:
        return tidy_ledger(system, author=AUTHOR)


def verified(house: Any, **more: Any) -> Verification:
    with opened(house) as system:
        return verify_ledger(system, **more)


def segments(house: Any, name: str = GATEWAY) -> list[str]:
    return sorted(path.name for path in (house.home / "journal" / name).glob("*.journal"))


def copies(house: Any) -> int:
    with opened(house) as system:
        return len(system.store.copies(GATEWAY, first=1, last=1 << 40))


def seen(system: System) -> dict[str, Any]:
    """All that can be read of the ledger, wherever it lies."""
    until = BEGAN + 90 * DAY
    return {
        "listed": list_entries(system, EVERYTHING, limit=1_000),
        "read": sorted(map(repr, read_entries(system, since=BEGAN - DAY, until=until))),
        "asked": query_ledger(
            system, "select journal, line, body, charge from entries order by all", Bounds(rows=9_999)
        ).rows,
        "posted": system.store.posted(),
        "usage": system.store.usage(since=BEGAN - DAY),
        "refused": system.store.refusals(since=BEGAN - DAY),
        "holds": system.store.open_holds(),
        "sealed": system.store.sealed(),
        "folded": system.store.positions(),
    }


def without_record(found: dict[str, Any]) -> dict[str, Any]:
    """Leave out what letting go itself has added to the ledger."""
    kept = dict(found)
    kept["listed"] = [row for row in found["listed"] if row.journal != RECORD]
    kept["asked"] = [row for row in found["asked"] if row[0] != RECORD]
    kept["read"] = [each for each in found["read"] if not each.startswith(("LetGo", "Seal"))]
    kept["folded"] = {name: at for name, at in found["folded"].items() if name != RECORD}
    return kept


def test_what_is_old_goes_from_journal_and_store_and_can_be_read_as_before(house: Any) -> None:
    with opened(house) as system:
        before = seen(system)
    assert len(segments(house)) == DAYS
    assert copies(house) == DAYS * 5
    done = tidied(house)
    # The part of a day ends when the next one begins: that of day 4 ended on day 5, three days ago.
    assert [each.lines for each in done] == [9, 18, 27, 36, 45]
    assert len(segments(house)) == 3
    assert copies(house) == 3 * 5
    with opened(house) as system:
        assert without_record(seen(system)) == without_record(before)
    found = verified(house)
    assert found.faults == ()
    assert (found.in_lake, found.expired, found.unreachable) == (45, 0, 0)
    assert tidied(house) == []


def test_nothing_goes_that_is_younger_or_not_sealed_or_not_in_the_lake_and_never_the_last(house: Any) -> None:
    assert tidied(house, 3) == []
    shutil.rmtree(house.home / "lake")
    with opened(house) as system:
        assert let_go(system, system.make_lake(), author=AUTHOR) == []
        write_day(system, DAYS)
        write_day(system, DAYS + 1)
    assert len(tidied(house, DAYS + 90)) == DAYS
    # Of the two that are left nothing is sealed.
    assert len(segments(house)) == 2
    with opened(house, DAYS + 90) as system:
        seal_ledger(system, author=AUTHOR)
    assert len(tidied(house, DAYS + 90)) == 1
    assert len(segments(house)) == 1
    with opened(house, DAYS + 91) as system:
        write_day(system, DAYS + 91)
    assert verified(house).faults == ()


def test_decisions_and_seals_stay_whole(house: Any) -> None:
    before = segments(house, CONTROL), segments(house, RECORD)
    assert len(before[1]) > 1
    assert tidied(house, DAYS + 900)
    assert (segments(house, CONTROL), segments(house, RECORD)[: len(before[1])]) == before


class Ended(BaseException):
    """The process ends here."""


class Ending:
    """Something that ends the process at one of the calls of it."""

    def __init__(self, real: Any, names: frozenset[str], fuse: list[int]) -> None:
        self._real, self._names, self._fuse = real, names, fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name not in self._names:
            return found

        def called(*arguments: Any, **more: Any) -> Any:
            self._fuse[0] -= 1
            if self._fuse[0] == 0:
                raise Ended
            return found(*arguments, **more)

        return called


@pytest.mark.parametrize("seed", range(6))
def test_whenever_the_process_ends_the_next_one_finishes_what_it_began(house: Any, seed: int) -> None:
    with opened(house) as system:
        before = without_record(seen(system))
    draw = random.Random(seed)
    ended = 0
    for _ in range(12):
        fuse = [draw.randrange(1, 12)]
        with opened(house) as system:
            names = frozenset({"let_go", "forget", "exclusive", "fold"})
            ending = replace(
                system,
                journals=Ending(system.journals, names, fuse),
                store=Ending(system.store, names, fuse),
            )
            try:
                tidy_ledger(ending, author=AUTHOR)
            except Ended:
                ended += 1
        with opened(house) as system:
            fold_ledger(system)
            assert verify_ledger(system).faults == ()
            found = without_record(seen(system))
            assert found == before
    tidied(house)
    assert ended
    assert len(segments(house)) == 3
    assert copies(house) == 15


def test_an_old_entry_is_listed_shown_and_proved_by_commands(house: Any) -> None:
    tidied(house)
    shown = json.loads(house.run("ledger", "show", OLD))
    assert (shown["kind"], shown["id"], shown["charge"]) == ("call", OLD, "0.010")
    listed = json.loads(house.run("ledger", "list", "--kind", "call", "--limit", "1000", "--json"))
    assert [each["id"] for each in listed][-4:] == [f"2026-09-01-{number}" for number in (3, 2, 1, 0)]
    assert len(listed) == DAYS * 4
    proof = house.root / "proof.json"
    proof.write_text(house.run("ledger", "prove", OLD))
    assert "stood on line 2 of journal gateway" in house.run("ledger", "check-proof", str(proof))
    assert house.try_run("ledger", "show", "2026-09-01-9").returncode == 1
    done = house.try_run("ledger", "verify")
    assert (done.returncode, "45 lines are in the lake alone" in done.stderr) == (0, True)
    assert json.loads(house.run("ledger", "verify", "--json"))["in_lake"] == 45


@pytest.mark.parametrize(
    "wanted",
    [
        EntryFilter(kind="call"),
        EntryFilter(kind="refusal", rule="unknown-use-case"),
        EntryFilter(use_case="case-1"),
        EntryFilter(stage="launch"),
        EntryFilter(account="organisation:day:2026-09-02"),
        EntryFilter(batch="none"),
        EntryFilter(simulated=False),
        EntryFilter(simulated=True),
        EntryFilter(completed=True),
        EntryFilter(completed=False, use_case="case-0"),
        EntryFilter(blocked=True),
        EntryFilter(since=BEGAN + 2 * DAY),
        EntryFilter(kind="call", before="2026-09-03-2"),
        EntryFilter(since_id="2026-09-04", kind="refusal"),
    ],
)
def test_a_filter_means_the_same_in_the_lake(lived: Any, house: Any, wanted: EntryFilter) -> None:
    tidied(house)
    with opened(lived) as whole, opened(house) as system:
        for limit in (7, 1_000):
            expected = [row for row in whole.store.entries(wanted, limit=1_000) if row.journal != RECORD]
            found = [row for row in list_entries(system, wanted, limit=1_000) if row.journal != RECORD]
            assert found[:limit] == expected[:limit]
        assert list_entries(system, wanted, limit=3) == list_entries(system, wanted, limit=1_000)[:3]


def test_a_store_that_is_made_again_is_what_it_was(house: Any) -> None:
    tidied(house)
    with opened(house) as system:
        before = seen(system)
    for path in house.home.glob("store.sqlite*"):
        path.unlink()
    with opened(house) as system:
        fold_ledger(system)
        assert copies(house) == 15
        assert seen(system) == before
        assert verify_ledger(system).faults == ()


def test_a_store_whose_making_was_cut_short_is_finished(house: Any) -> None:
    tidied(house)
    with opened(house) as system:
        before = seen(system)
    for path in house.home.glob("store.sqlite*"):
        path.unlink()
    with opened(house) as system:
        # `control`, `record` segment by segment, and of `gateway` the parts under two seals.
        steps = 1 + len(segments(house, RECORD)) + 2
        cut = replace(system, store=Ending(system.store, frozenset({"fold"}), [steps + 1]))
        with pytest.raises(Ended):
            fold_ledger(cut)
        assert system.store.positions()[GATEWAY].lines == 18
    with opened(house) as system:
        fold_ledger(system)
        assert seen(system) == before


def expired(house: Any, days: dict[tuple[str, str], int]) -> None:
    with opened(house) as system:
        system.make_lake().expire(days, today=system.clock.now().date())


def test_what_has_expired_is_counted_and_holds_are_not_needed_for_a_new_store(house: Any) -> None:
    expired(house, {("hold", ""): 4})
    tidied(house)
    found = verified(house)
    assert (found.faults, found.in_lake, found.expired) == ((), 45, 16)
    with opened(house) as system:
        before = seen(system)
    for path in house.home.glob("store.sqlite*"):
        path.unlink()
    with opened(house) as system:
        fold_ledger(system)
        assert seen(system) == before


def test_a_store_is_not_made_again_of_less_than_it_was_made_of(house: Any) -> None:
    expired(house, {("call", "case-1"): 4})
    tidied(house)
    found = verified(house)
    assert (found.faults, found.expired) == ((), 8)
    with opened(house) as system:
        with pytest.raises(RemitError) as gone:
            find_entry(system, "2026-09-01-1")
        assert gone.value.code == "entry-expired"
        with pytest.raises(RemitError) as unproved:
            prove_entry(system, "2026-09-01-1")
        assert unproved.value.code == "entry-expired"
        # Its neighbour, under the same seal, is proved by its leaf.
        assert check(prove_entry(system, OLD)).faults == ()
    shutil.copytree(house.home, house.root / "copy")
    for path in house.home.glob("store.sqlite*"):
        path.unlink()
    with opened(house) as system:
        with pytest.raises(RemitError) as refused:
            fold_ledger(system)
        assert refused.value.code == "entries-expired"
        assert "line 4 of journal `gateway`" in refused.value.summary
        assert GATEWAY not in system.store.positions()
    for path in (house.root / "copy").glob("store.sqlite*"):
        shutil.copy(path, house.home)
    assert verified(house).faults == ()


def rewritten(house: Any, change: str, day: str = "2026-09-02", *, told: bool = True) -> None:
    """Change rows of a day's file; `told` is the manifest of its new checksum."""
    [path] = (house.home / "lake" / f"day={day}").glob("all-*.parquet")
    with duckdb.connect() as db:
        db.execute(f"create table rows as select * from read_parquet('{path}', hive_partitioning = false)")
        db.execute(change)
        path.unlink()
        db.execute(f"copy rows to '{path}' (format parquet, compression zstd)")
    if told:
        kept = house.home / "lake" / "manifest.json"
        manifest = msgspec.json.decode(kept.read_bytes(), type=Manifest)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        files = tuple(
            msgspec.structs.replace(file, sha256=sha256) if file.path.endswith(path.name) else file
            for file in manifest.files
        )
        kept.write_bytes(msgspec.json.encode(msgspec.structs.replace(manifest, files=files)))


CHEAPER = """
    update rows set body = replace(body, '"charge":"0.011"', '"charge":"0.001"'), charge = 0.001,
    list_charge = 0.001 where line = 13 and journal = 'gateway'
"""
FORGED = "; update rows set leaf = unhex(sha256('\\x00'::blob || encode(body)))"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (CHEAPER, "journal `gateway`, line 13: the entry in the lake was changed"),
        (CHEAPER + FORGED, "lines 10 to 18 are not what it closed"),
        ("delete from rows where line = 13", "journal `gateway`, line 13: 1 lines from here on are not"),
        ("insert into rows select * from rows where line = 13", "line 13: it is in the lake more than once"),
        ("update rows set line = 28 - line where journal = 'gateway'", "are not what it closed"),
    ],
    ids=["changed", "changed with its leaf", "removed", "doubled", "moved"],
)
def test_a_row_of_the_lake_that_was_tampered_with_is_found(house: Any, change: str, fault: str) -> None:
    tidied(house)
    rewritten(house, change)
    found = verified(house).faults
    assert fault in found[0]
    # It accuses no others.
    assert len(found) == 1
    assert house.try_run("ledger", "verify").returncode == 1


@pytest.mark.parametrize("change", [CHEAPER, CHEAPER + FORGED, "delete from rows where line = 13"])
def test_nothing_is_let_go_of_that_is_not_in_the_lake_as_it_was_sealed(house: Any, change: str) -> None:
    rewritten(house, change)
    with opened(house) as system, pytest.raises(RemitError) as refused:
        tidy_ledger(system, author=AUTHOR)
    assert refused.value.code == "lake-unsound"
    # The day before is sound.
    assert len(segments(house)) == DAYS - 1


@pytest.mark.parametrize(
    "change", ["charge = charge / 2", "use_case = 'another'", "output_tokens = null", "kind = 'hold'"]
)
def test_columns_that_say_something_else_than_the_entry_are_found(house: Any, change: str) -> None:
    tidied(house)
    rewritten(house, f"update rows set {change} where line = 13 and journal = 'gateway'")
    assert verified(house).faults == (
        "journal `gateway`, line 13: columns in the lake do not say what the entry says",
    )


def test_a_body_that_is_no_json_is_found_as_any_other(house: Any) -> None:
    tidied(house)
    rewritten(house, "update rows set body = 'none' where line = 13" + FORGED)
    found = "\n".join(verified(house).faults)
    assert "line 13: columns in the lake" in found
    assert "line 13: the line is not an entry" in found
    assert "lines 10 to 18 are not what it closed" in found


def test_a_file_of_the_lake_that_is_not_what_was_written_is_named(house: Any) -> None:
    tidied(house)
    rewritten(house, "update rows set charge = 0 where line = 13", told=False)
    [fault] = verified(house).faults
    assert fault.startswith("file `day=2026-09-02/all-")
    [path] = (house.home / "lake" / "day=2026-09-02").glob("all-*.parquet")
    path.write_bytes(b"not what it was")
    assert any(fault.startswith("file `day=2026-09-02/all-") for fault in verified(house).faults)
    path.unlink()
    assert any("line 10: 9 lines from here on" in fault for fault in verified(house).faults)


def test_archived_days_that_are_out_of_reach_are_said_and_the_rest_is_checked(house: Any) -> None:
    tidied(house)
    archive = house.root / "archive"
    with opened(house) as system:
        system.make_lake().archive(before=date(2026, 9, 3), to=str(archive))
        # What was copied is removed by the next writer.
        system.make_lake().compact(before=date(2026, 9, 3))
    assert verified(house).faults == ()
    archive.rename(house.root / "elsewhere")
    found = verified(house)
    assert (found.faults, found.unreachable, found.in_lake) == ((), 18, 45)
    assert house.try_run("ledger", "verify").returncode == 0
    assert house.try_run("ledger", "verify", "--strict").returncode == 1
    rewritten(house, "update rows set leaf = unhex(repeat('00', 32)) where line = 22", "2026-09-03")
    assert any("line 22" in fault for fault in verified(house).faults)
    # What is out of reach excuses nothing that lies elsewhere.
    rewritten(house, "delete from rows where line = 31", "2026-09-04")
    assert any("line 31: 1 lines from here on" in fault for fault in verified(house).faults)


def test_a_part_that_is_gone_without_a_word_in_the_ledger_is_found(house: Any) -> None:
    (house.home / "journal" / GATEWAY / segments(house)[0]).unlink()
    [fault, *_] = verified(house).faults
    assert "journal `gateway`, line 1 (byte 0): the journal begins at byte" in fault
    assert tidied_or_refused(house)


def tidied_or_refused(house: Any) -> str:
    with opened(house) as system, pytest.raises(RemitError) as refused:
        tidy_ledger(system, author=AUTHOR)
    return refused.value.code


def test_a_lake_that_is_lost_after_that_is_missed_and_not_taken_for_empty(house: Any) -> None:
    tidied(house)
    shutil.rmtree(house.home / "lake")
    with opened(house) as system:
        for act in (
            lambda: list(read_entries(system, since=BEGAN, until=BEGAN + DAY)),
            lambda: query_ledger(system, "select 1", Bounds()),
            lambda: fill_lake(system, system.make_lake()),
        ):
            with pytest.raises(RemitError) as refused:
                act()
            assert refused.value.code == "journal-let-go"
    assert any("line 1: 45 lines from here on" in fault for fault in verified(house).faults)


def test_a_follower_that_was_away_is_told_what_the_lake_has_still(house: Any) -> None:
    expired(house, {("hold", ""): 4})
    tidied(house)
    with opened(house) as system:
        at, told = start(GATEWAY), []
        while at.offset < system.journals.size(GATEWAY):
            entries, at = read_next(system, GATEWAY, at)
            told += [type(entry).__name__ for entry in entries]
        assert at == system.store.positions()[GATEWAY]
    # Of four days' holds nothing is left; the fifth day's are not four days old.
    assert (told.count("Hold"), told.count("Call"), told.count("Refusal")) == (16, 32, 8)


@pytest.mark.parametrize(
    "change",
    [
        "update entry set body = cast(replace(body, '0.011', '0.001') as blob) where line = 4",
        "update entry set use_case = 'another' where line = 4",
    ],
)
def test_a_copy_that_the_store_has_not_let_go_of_yet_is_compared_as_well(house: Any, change: str) -> None:
    with opened(house) as system:
        cut = replace(system, store=Ending(system.store, frozenset({"forget"}), [1]))
        with pytest.raises(Ended):
            tidy_ledger(cut, author=AUTHOR)
    assert verified(house).faults == ()
    with closing(sqlite3.connect(house.home / "store.sqlite")) as db, db:
        assert db.execute(change + " and journal = 'gateway'").rowcount == 1
    assert verified(house).faults == (
        "entry `2026-09-01-1` (journal `gateway`, line 4) differs in the store",
    )


class TidiedMeanwhile:
    """A store beside which old parts are let go of as soon as somebody compares its copies."""

    def __init__(self, system: System) -> None:
        self._system, self._done = system, False

    def copies(self, name: str, *, first: int, last: int) -> list[Row]:
        if name == GATEWAY and not self._done:
            self._done = True
            tidy_ledger(self._system, author=AUTHOR)
        return self._system.store.copies(name, first=first, last=last)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._system.store, name)


def test_what_is_let_go_of_while_the_ledger_is_verified_is_not_missed(house: Any) -> None:
    with opened(house) as system:
        found = verify_ledger(replace(system, store=TidiedMeanwhile(system)))
    assert (found.faults, found.in_lake) == ((), 45)


@pytest.mark.parametrize(
    "wrong", [{"lines": 10**15}, {"lines": 46}, {"hash": "no hash"}, {"hash": "00" * 32}]
)
def test_who_says_in_the_ledger_that_another_part_was_let_go_of_is_found(house: Any, wrong: Any) -> None:
    done = tidied(house)
    with opened(house) as system, system.journals.exclusive(RECORD) as journal:
        journal.append([msgspec.structs.replace(done[-1], id="forged", **wrong)])
    assert any("journal `gateway`, line" in fault for fault in verified(house).faults)


def test_what_keeps_the_lake_lets_go_as_well_in_its_own_name(house: Any) -> None:
    with opened(house) as system:
        tidy(system)
        tidy(system)
        done = system.store.entries(EntryFilter(kind="let_go"), limit=9)
    assert len(segments(house)) == 3
    assert [describe(row) for row in done] == [
        f"journal gateway was let go of up to line {line}, by remit" for line in (45, 36, 27, 18, 9)
    ]


@pytest.mark.parametrize("wrong", ["0", "-1", "some", "36501"])
def test_hot_days_are_at_least_one(wrong: str) -> None:
    assert read_settings({}).hot_days == 35
    with pytest.raises(RemitError) as refused:
        read_settings({"REMIT_HOT_DAYS": wrong})
    assert refused.value.code == "invalid-setting"
