"""Outcomes are written once; what was known at any instant can be told for good, whatever comes later."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from completed_call import completed
from remit.declare.price import Rates
from remit.kernel.errors import RemitError
from remit.kernel.money import ZERO
from remit.kernel.usage import Usage
from remit.operations.fill_lake import fill_lake
from remit.operations.fold_ledger import fold_ledger
from remit.operations.let_go import let_go
from remit.operations.model_in_force import model_in_force
from remit.operations.read_outcomes import read_versions
from remit.operations.record_outcomes import (
    Giver,
    Written,
    record_all,
    record_few,
    withdraw,
)
from remit.operations.seal_ledger import seal_ledger
from remit.operations.system import GATEWAY, OUTCOMES, System
from remit.operations.verify_ledger import verify_ledger
from remit.record.call_entry import Call, Purpose
from remit.record.outcome_entry import Outcome
from remit.record.outcome_filter import OutcomeFilter

BEGAN = datetime(2026, 9, 1, 12, tzinfo=UTC)
GIVER = Giver("pilot", "crm", "tester@example.com")
METRICS = """
    outcomes:
      minutes: {name: Minutes, unit: minute, direction: down, baseline: 25}
"""


@dataclass
class SetClock:
    """A clock that a test sets."""

    at: datetime = BEGAN

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def system(house: Any, clock: SetClock) -> Iterator[System]:
    house.apply(house.base, house.case.rstrip() + METRICS)
    with house.system() as opened:
        yield replace(opened, clock=clock)


def row(key: str, value: int = 20, **more: Any) -> dict[str, Any]:
    return {"metric": "minutes", "key": key, "value": value, "happened": "2026-08-01"} | more


def give(system: System, *rows: dict[str, Any], giver: Giver = GIVER) -> list[str]:
    done = record_few(system, rows, giver, model=model_in_force(system)[1])
    return [each.status if isinstance(each, Written) else each.code for each in done]


def known(system: System, at: datetime | None = None) -> dict[str, str]:
    """What is known now, or was before an instant: the value of each key."""
    wanted = OutcomeFilter("pilot", "minutes")
    wanted = wanted if at is None else replace(wanted, known=at)
    return {f"{each.source}:{each.key}": str(each.value) for each in system.store.outcomes(wanted)}


def replayed(entries: list[Outcome], at: datetime) -> dict[str, str]:
    """The same by the entries alone, in the order in which they stand in the journal."""
    newest: dict[str, Outcome] = {f"{each.source}:{each.key}": each for each in entries if each.at < at}
    return {name: str(each.value) for name, each in newest.items() if not each.withdrawn}


numbers = count()
steps = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from((None, 19, 20, 21)),
        st.sampled_from(("crm", "desk")),
        st.integers(-2, 3),
    ),
    max_size=10,
)


@pytest.fixture(scope="module")
def lived_in(shared_house: Any) -> Iterator[System]:
    shared_house.apply(shared_house.base, shared_house.case.rstrip() + METRICS)
    with shared_house.system() as opened:
        yield opened


@hypothesis_settings(max_examples=25)
@given(steps)
def test_what_was_known_at_any_instant_is_what_the_journal_says(lived_in: System, steps: list[Any]) -> None:
    clock = SetClock(BEGAN)
    run = next(numbers)
    system = replace(lived_in, clock=clock)
    seen: dict[datetime, dict[str, str]] = {}
    for key, value, source, seconds in steps:
        # A clock may stand still, or be set back.
        clock.at += timedelta(seconds=seconds)
        giver = replace(GIVER, source=f"{source}{run}")
        withdrawn = {} if value else {"withdrawn": True}
        give(system, row(key, value or 20, **withdrawn), giver=giver)
        last = system.store.last_known()
        assert last is not None or not value
        moment = (last or clock.at) + timedelta(microseconds=1)
        seen[moment] = known(system, moment)
    entries = [
        each
        for source in ("crm", "desk")
        for key in "abc"
        for each in system.store.versions("pilot", "minutes", f"{source}{run}", key)
    ]
    mine = tuple(f"{source}{run}:" for source in ("crm", "desk"))
    for moment, then in seen.items():
        now = {name: value for name, value in known(system, moment).items() if name.startswith(mine)}
        assert now == {name: value for name, value in then.items() if name.startswith(mine)}
        assert now == replayed(sorted(entries, key=lambda each: each.id), moment)


def test_in_which_order_outcomes_arrive_changes_nothing_in_what_is_known_at_the_end(system: System) -> None:
    rows = [row(f"c{number}", 20 + number) for number in range(6)]
    assert give(system, *rows, giver=replace(GIVER, source="one")) == ["recorded"] * 6
    for each in [*reversed(rows), rows[2]]:
        give(system, each, giver=replace(GIVER, source="other"))
    found = known(system)
    assert {key: found[f"one:{key}"] for key in ("c0", "c5")} == {"c0": "20", "c5": "25"}
    assert [found[f"one:c{n}"] for n in range(6)] == [found[f"other:c{n}"] for n in range(6)]


def test_the_same_again_is_no_entry_and_a_correction_leaves_the_past(system: System, clock: SetClock) -> None:
    assert give(system, row("a")) == ["recorded"]
    size = system.journals.size(OUTCOMES)
    clock.at += timedelta(hours=1)
    assert give(system, row("a", happened="2026-08-01T00:00:00+00:00")) == ["unchanged"]
    assert system.journals.size(OUTCOMES) == size
    assert give(system, row("a", 21)) == ["corrected"]
    clock.at += timedelta(hours=1)
    assert withdraw(system, "minutes", "a", giver=GIVER).status == "withdrawn"
    assert known(system) == {}
    assert known(system, BEGAN + timedelta(minutes=1)) == {"crm:a": "20"}
    assert known(system, clock.at) == {"crm:a": "21"}
    assert give(system, row("a", 21)) == ["corrected"]
    with pytest.raises(RemitError, match="nothing is known"):
        read_versions(system, "pilot", metric="minutes", source="crm", key="a", known=BEGAN)


def test_whom_an_outcome_belongs_to_is_kept_as_a_hash_alone(system: System) -> None:
    give(system, row("a", cluster="someone@example.com"), row("b", cluster="someone@example.com"))
    one, other = system.store.outcomes(OutcomeFilter("pilot", "minutes"))
    assert one.cluster == other.cluster != ""
    data = system.journals.read(OUTCOMES, 0, bytes_max=1 << 20)
    assert b"someone" not in data


def test_a_file_is_written_whole_or_not_at_all_unless_the_good_rows_are_asked_for(system: System) -> None:
    rows = [(number, row(f"c{number % 7}", 20 if number != 5 else 99_999)) for number in range(1, 9)]
    found = record_all(system, lambda: rows, GIVER)
    assert (found.written, found.refused, found.recorded) == (False, 2, 0)
    assert [each.code for each in found.shown] == ["outcome-implausible", "outcome-repeated"]
    assert known(system) == {}
    taken = record_all(system, lambda: rows, GIVER, accept_good=True)
    assert (taken.written, taken.refused, taken.recorded) == (True, 2, 6)
    gone = [(1, {"metric": "minutes", "key": "nobody", "withdrawn": True})]
    assert record_all(system, lambda: gone, GIVER).shown[0].code == "outcome-not-there"


def test_of_too_many_rows_none_is_written(system: System) -> None:
    rows = [(number, row(f"c{number}")) for number in range(4)]
    for accept_good in (False, True):
        with pytest.raises(RemitError, match="more than 3 rows") as fault:
            record_all(system, lambda: rows, GIVER, accept_good=accept_good, rows_max=3)
        assert "by day, arm and cluster" in fault.value.help
    assert known(system) == {}
    assert record_all(system, lambda: rows, GIVER, rows_max=4).recorded == 4


def test_outcomes_are_sealed_verified_and_stay_known_when_their_journal_is_let_go_of(
    system: System, clock: SetClock
) -> None:
    give(system, row("a"))
    for days in (1, 100):
        clock.at = BEGAN + timedelta(days=days)
        give(system, row(f"after-{days}"))
    seal_ledger(system, author="tester@example.com")
    lake = system.make_lake()
    fill_lake(system, lake)
    gone = let_go(system, lake, author="tester@example.com")
    assert OUTCOMES in {each.journal for each in gone}
    assert verify_ledger(system).faults == ()
    assert set(known(system)) == {"crm:a", "crm:after-1", "crm:after-100"}
    assert known(system, BEGAN + timedelta(hours=1)) == {"crm:a": "20"}
    assert give(system, row("a")) == ["unchanged"]


def test_what_a_store_that_is_made_again_knows_is_the_same(
    house: Any, system: System, clock: SetClock
) -> None:
    give(system, row("a"))
    clock.at += timedelta(hours=1)
    give(system, row("a", 21), row("b"))
    for file in house.home.glob("store.sqlite*"):
        file.unlink()
    with house.system() as opened:
        fold_ledger(opened)
        assert known(opened) == {"crm:a": "21", "crm:b": "20"}
        assert known(opened, clock.at) == {"crm:a": "20"}
        [first, *_] = opened.store.versions("pilot", "minutes", "crm", "a")
        assert msgspec.structs.asdict(first)["value"] == 20


def called(id: str, use_case: str, reference: str = "claim-1") -> Call:
    purpose = Purpose(
        key="k1",
        use_case=use_case,
        unit="desk",
        stage="launch",
        model="model/m",
        model_version=1,
        remit="r",
    )
    rates = Rates(BEGAN.date(), ZERO, ZERO)
    return completed(id, BEGAN, Usage(), rates, purpose=purpose, reference=reference)


LATER = "2026-08-02T00:00:00.000000+00:00"
TAMPERED = {
    "a value": (
        "update outcome set body = cast(replace(body, '21', '12') as blob) where key = 'a'",
        "differs in",
    ),
    "a day": (
        f"update outcome set happened = '{LATER}' where key = 'a'",
        "differs in",
    ),
    "what is known": (
        f"update outcome set until = '{LATER}' where key = 'b'",
        "differs",
    ),
    "another key": ("update outcome set key = 'z' where key = 'a'", "is missing from"),
    "one less": ("delete from outcome where key = 'b'", "is missing from"),
    "one more": (
        "insert into outcome select number + 100, 'x', known, until, use_case, metric, source, 'x', happened,"
        " reference, results, withdrawn, simulated, body from outcome where key = 'b'",
        "outcomes of `pilot` minutes: the store has 4 versions and the ledger 3",
    ),
    "calls": ("update referred set calls = calls + 1", "say 2 calls for 0 EUR, and its entries 1 calls"),
    "a charge": ("update referred set charge = '5'", "say 1 calls for 5 EUR"),
    "a reference": ("update referred set reference = 'claim-9'", "of other references"),
    "no reference": ("delete from referred", "say 0 calls"),
}


@pytest.mark.parametrize(("sql", "said"), TAMPERED.values(), ids=TAMPERED)
def test_what_the_store_alone_says_of_outcomes_and_references_is_found(
    house: Any, system: System, sql: str, said: str
) -> None:
    give(system, row("a"))
    give(system, row("a", 21), row("b"))
    with system.journals.exclusive(GATEWAY) as journal:
        journal.append([called("c1", "pilot")])
    fold_ledger(system)
    assert verify_ledger(system).faults == ()
    with sqlite3.connect(house.home / "store.sqlite") as db:
        assert db.execute(sql).rowcount > 0
    db.close()
    assert said in "\n".join(verify_ledger(system).faults)


def test_what_is_kept_of_references_ends_with_the_entries_of_their_calls(system: System) -> None:
    for number, use_case in enumerate(("pilot", "other", "third"), 1):
        call = called(f"c{number}", use_case)
        with system.journals.exclusive(GATEWAY) as journal:
            journal.append([call])
    fold_ledger(system)
    later = call.at + timedelta(days=1)
    assert system.store.forget_references("", before=later, but=["pilot", "other"]) == 1
    assert system.store.forget_references("pilot", before=call.at) == 0
    assert system.store.forget_references("pilot", before=later) == 1
    assert system.store.join_sum(OutcomeFilter("other", "minutes")).references == 1


def test_more_outcomes_than_a_page_come_each_once_and_in_order(system: System) -> None:
    give(system, *(row(f"c{number}", happened=f"2026-08-0{1 + number % 3}") for number in range(2_001)))
    found = [(each.happened, each.id) for each in system.store.outcomes(OutcomeFilter("pilot", "minutes"))]
    assert len(set(found)) == 2_001
    assert found == sorted(found)
