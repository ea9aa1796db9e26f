"""What every keeper of prompts and answers promises, whichever technology it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from remit.adapters.captures_sqlite import DELETED_AT_ONCE, SqliteCaptures
from remit.adapters.master_key import LocalMasterKey
from remit.kernel.errors import StoreError
from remit.ports_capture import Captures
from remit.record.keeping import CaptureErased
from remit.record.kept import DataKey, Draft, Missed, Remains

NOW = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
DAY = datetime(2026, 11, 25, tzinfo=UTC)
SAID = b"the words that somebody said"
MASTER = LocalMasterKey(b"m" * 32)

KEEPERS: dict[str, Callable[[Path], Captures]] = {
    "sqlite": lambda path: SqliteCaptures(path / "captures.sqlite", MASTER)
}


@pytest.fixture(params=KEEPERS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Captures]]:
    keepers: list[Captures] = []

    def again() -> Captures:
        keeper = KEEPERS[request.param](tmp_path)
        keepers.append(keeper)
        return keeper

    yield again
    for keeper in keepers:
        keeper.close()


@pytest.fixture
def captures(opened: Callable[[], Captures]) -> Captures:
    return opened()


def draft(
    call: str = "c1",
    use_case: str = "pilot",
    *,
    at: datetime = NOW,
    days: int | None = 30,
    body: bytes = SAID,
) -> Draft:
    return Draft(call, use_case, at, days, body)


def erasure(id: str = "e1", key: str = "", use_case: str = "pilot") -> CaptureErased:
    return CaptureErased(
        id=id, at=NOW, use_case=use_case, key=key, captures=0, basis="request", author="a", reason="r"
    )


def only_key(captures: Captures) -> DataKey:
    [key] = captures.data_keys()
    return key


def test_what_is_kept_is_read_by_its_call_and_survives_its_keeper(opened: Callable[[], Captures]) -> None:
    opened().keep([draft(), draft("c2", body=b"other")])
    again = opened()
    assert (again.open("c1"), again.open("c2"), again.open("c3")) == (SAID, b"other", None)
    assert again.opens(only_key(again).fingerprint)
    # A second keeper goes on under the key of the first.
    again.keep([draft("c3")])
    assert only_key(again).captures == 3


def test_a_call_is_kept_once(captures: Captures) -> None:
    captures.keep([draft()])
    captures.keep([draft(body=b"again"), draft("c2")])
    assert (captures.open("c1"), only_key(captures).captures) == (SAID, 2)


def test_use_cases_days_and_retentions_have_keys_of_their_own(captures: Captures) -> None:
    captures.keep(
        [
            draft("c1"),
            draft("c2", "other"),
            draft("c3", at=NOW + timedelta(days=1)),
            draft("c4", days=None),
            draft("c5", days=7),
        ]
    )
    hour = DAY + timedelta(hours=12)
    found = [(key.use_case, key.start, key.end, key.days, key.captures) for key in captures.data_keys()]
    tomorrow = DAY + timedelta(days=1)
    assert sorted(found, key=repr) == sorted(
        [
            ("pilot", DAY, tomorrow, 30, 1),
            ("other", DAY, tomorrow, 30, 1),
            ("pilot", tomorrow, tomorrow + timedelta(days=1), 30, 1),
            ("pilot", DAY, tomorrow, None, 1),
            ("pilot", hour, hour + timedelta(hours=1), 7, 1),
        ],
        key=repr,
    )
    assert len({key.fingerprint for key in captures.data_keys()}) == 5


def test_what_is_kept_and_missed_is_counted_by_use_case(captures: Captures) -> None:
    captures.keep([draft(), draft("c2", at=NOW + timedelta(minutes=1)), draft("c3", "other")])
    captures.miss([Missed("c9", "pilot", NOW, "backlog-full"), Missed("", "silent", NOW, "not-written", 7)])
    other, pilot, silent = captures.gathered()
    assert (pilot.use_case, pilot.captures, pilot.keys, pilot.missed) == ("pilot", 2, 1, 1)
    assert (pilot.first, pilot.last) == (NOW, NOW + timedelta(minutes=1))
    assert pilot.bytes > 2 * len(SAID)
    assert (other.captures, other.missed) == (1, 0)
    assert (silent.captures, silent.bytes, silent.first, silent.missed) == (0, 0, None, 7)
    assert captures.missed("c9") == Missed("c9", "pilot", NOW, "backlog-full")
    assert captures.missed("") is None
    captures.forget_missed(NOW + timedelta(seconds=1))
    assert captures.missed("c9") is None


def test_an_erased_key_takes_all_under_it_and_nothing_else(captures: Captures) -> None:
    captures.keep([draft("c1"), draft("c3"), draft("c2"), draft("c4", "other")])
    key = next(each for each in captures.data_keys() if each.use_case == "pilot")
    found = captures.intend(erasure(key=key.fingerprint))
    assert found is not None
    assert (found.captures, found.calls, found.key) == (3, ("c1", "c3"), key.fingerprint)
    # Until it is destroyed, nothing is claimed and nothing is lost.
    assert captures.intended() == [found]
    assert captures.open("c1") == SAID
    captures.destroy("e1")
    assert [captures.open(call) for call in ("c1", "c2", "c3", "c4")] == [None, None, None, SAID]
    assert captures.remains(key.fingerprint) == Remains(0, 0)
    assert not captures.opens(key.fingerprint)
    assert captures.intended() == [found]
    captures.told("e1")
    assert captures.intended() == []


def test_one_call_is_erased_and_those_beside_it_stay(captures: Captures) -> None:
    captures.keep([draft("c1"), draft("c2")])
    assert captures.intend(erasure(use_case="other"), call="c1") is None
    found = captures.intend(erasure(), call="c1")
    assert found is not None
    assert (found.captures, found.calls) == (1, ("c1",))
    assert found.key != only_key(captures).fingerprint
    assert captures.intend(erasure("e2"), call="c1") is None
    assert captures.remains(found.key) == Remains(0, 1)
    captures.destroy("e1")
    assert (captures.open("c1"), captures.open("c2")) == (None, SAID)
    assert captures.remains(found.key) == Remains(0, 0)
    assert only_key(captures).captures == 1


def test_to_destroy_once_more_changes_nothing(captures: Captures) -> None:
    captures.keep([draft()])
    captures.intend(erasure(key=only_key(captures).fingerprint))
    captures.destroy("e1")
    captures.destroy("e1")
    captures.told("e1")
    captures.told("e1")
    captures.destroy("e1")
    captures.keep([draft("c2")])
    assert captures.open("c2") == SAID


def test_nothing_more_comes_under_a_key_that_is_to_go(opened: Callable[[], Captures]) -> None:
    one, other = opened(), opened()
    one.keep([draft("c1")])
    other.keep([draft("c2")])
    key = only_key(one).fingerprint
    assert one.intend(erasure(key=key)) is not None
    assert one.intend(erasure("e2", key=key)) is None
    # The other has it in its memory still.
    other.keep([draft("c3"), draft("c4", "another")])
    one.destroy("e1")
    other.keep([draft("c5")])
    assert [one.open(call) for call in ("c1", "c2", "c3", "c5")] == [None, None, SAID, SAID]
    assert key not in {each.fingerprint for each in one.data_keys()}


def test_a_key_with_more_under_it_than_goes_at_once_is_erased_whole(captures: Captures) -> None:
    captures.keep([draft(f"c{number}") for number in range(2 * DELETED_AT_ONCE + 1)])
    key = only_key(captures).fingerprint
    captures.intend(erasure(key=key))
    captures.destroy("e1")
    assert captures.remains(key) == Remains(0, 0)


def test_neither_the_text_nor_the_destroyed_key_is_in_any_file(tmp_path: Path) -> None:
    keeper = SqliteCaptures(tmp_path / "captures.sqlite", MASTER)
    keeper.keep([draft("c1"), draft("c2", body=SAID * 1_000), draft("c3", "other")])
    key = next(each.fingerprint for each in keeper.data_keys() if each.use_case == "pilot")
    with sqlite3.connect(tmp_path / "captures.sqlite") as db:
        [(wrapped,)] = db.execute("select wrapped from data_key where fingerprint = ?", (key,))
        parts = [
            part
            for row in db.execute("select sealed_key, body from capture where use_case = 'pilot'")
            for part in row
        ]
    db.close()
    # Long bodies lie in pieces; what any of them begins with is enough to tell.
    secrets = [wrapped, *(part[:64] for part in parts)]
    assert any(each in files(tmp_path) for each in secrets)
    assert SAID not in files(tmp_path)
    keeper.intend(erasure(key=key))
    keeper.destroy("e1")
    left = files(tmp_path)
    assert [each in left for each in secrets] == [False] * len(secrets)
    assert (tmp_path / "captures.sqlite-wal").stat().st_size == 0
    assert keeper.open("c3") == SAID
    keeper.close()


def files(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in path.iterdir())


def test_a_reader_keeps_an_erasure_from_being_called_done(tmp_path: Path) -> None:
    keeper = SqliteCaptures(tmp_path / "captures.sqlite", MASTER)
    with keeper._reading() as db:
        db.execute("pragma busy_timeout = 1")
    keeper.keep([draft()])
    keeper.intend(erasure(key=only_key(keeper).fingerprint))
    reader = sqlite3.connect(tmp_path / "captures.sqlite", isolation_level=None)
    reader.execute("begin")
    reader.execute("select count(*) from capture").fetchone()
    with pytest.raises(StoreError) as fault:
        keeper.destroy("e1")
    assert fault.value.code == "erasure-unfinished"
    assert len(keeper.intended()) == 1
    reader.close()
    keeper.destroy("e1")
    keeper.close()


def test_without_its_master_key_nothing_can_be_opened_and_new_calls_are_kept(tmp_path: Path) -> None:
    one = SqliteCaptures(tmp_path / "captures.sqlite", MASTER)
    one.keep([draft("c1")])
    one.close()
    other = SqliteCaptures(tmp_path / "captures.sqlite", LocalMasterKey(b"n" * 32))
    with pytest.raises(StoreError) as fault:
        other.open("c1")
    assert fault.value.code == "capture-unreadable"
    other.keep([draft("c2")])
    assert other.open("c2") == SAID
    old, new = sorted(other.data_keys(), key=lambda key: other.opens(key.fingerprint))
    assert (other.opens(old.fingerprint), other.opens(new.fingerprint)) == (False, True)
    other.close()


@pytest.mark.parametrize(
    "change",
    [
        "update capture set body = (select max(body) from capture)",
        "update capture set sealed_key = (select max(sealed_key) from capture)",
        "update capture set use_case = 'other' where call = 'c1'",
        "update data_key set wrapped = zeroblob(60)",
        "delete from data_key",
    ],
)
def test_what_was_changed_or_put_elsewhere_cannot_be_opened(tmp_path: Path, change: str) -> None:
    keeper = SqliteCaptures(tmp_path / "captures.sqlite", MASTER)
    keeper.keep([draft("c1"), draft("c2", body=b"other")])
    with keeper._transaction() as db:
        db.execute(change)
    faults = []
    for call in ("c1", "c2"):
        try:
            keeper.open(call)
        except StoreError as fault:
            faults.append(fault.code)
    # Of two of which one was put in the place of the other, that one is where it was.
    assert faults in (["capture-unreadable"], ["capture-unreadable"] * 2)
    keeper.close()


def test_calls_are_kept_beside_a_data_key_that_cannot_be_opened(tmp_path: Path) -> None:
    SqliteCaptures(tmp_path / "captures.sqlite", MASTER).close()
    for number in range(3):
        keeper = SqliteCaptures(tmp_path / "captures.sqlite", MASTER)
        later = NOW + timedelta(seconds=number)
        keeper.keep([draft(f"c{number}", at=later)])
        assert keeper.open(f"c{number}") == SAID
        if number == 0:
            with keeper._transaction() as db:
                db.execute("update data_key set wrapped = zeroblob(60)")
        keeper.close()
    keeper = SqliteCaptures(tmp_path / "captures.sqlite", MASTER)
    assert sorted(keeper.opens(key.fingerprint) for key in keeper.data_keys()) == [False, True]
    keeper.close()


def test_another_version_s_file_is_refused(tmp_path: Path) -> None:
    SqliteCaptures(tmp_path / "captures.sqlite", MASTER).close()
    with sqlite3.connect(tmp_path / "captures.sqlite") as db:
        db.execute("pragma user_version = 99")
    db.close()
    with pytest.raises(StoreError) as fault:
        SqliteCaptures(tmp_path / "captures.sqlite", MASTER)
    assert fault.value.code == "store-schema"
