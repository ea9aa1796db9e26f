"""What every keeper of files and batches promises, whichever technology it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from remit.adapters.batches_sqlite import SqliteBatches
from remit.enforce.batch import KEPT, WINDOW, Batch, File, LineFault, Status
from remit.kernel.errors import StoreError
from remit.kernel.usage import Usage
from remit.ports_batches import Batches, Kept, Line

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LINES: list[Line] = [(1, b'{"a": "a word"}\n\n'), (3, b'{"b": "more words"}\n'), (4, b"{}")]
PEPPER = b"p" * 32

KEEPERS: dict[str, Callable[[Path], Batches]] = {
    "sqlite": lambda path: SqliteBatches(path / "batches.sqlite", PEPPER)
}


@pytest.fixture(params=KEEPERS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Batches]]:
    keepers: list[Batches] = []

    def again() -> Batches:
        keeper = KEEPERS[request.param](tmp_path)
        keepers.append(keeper)
        return keeper

    yield again
    for keeper in keepers:
        keeper.close()


@pytest.fixture
def batches(opened: Callable[[], Batches]) -> Batches:
    return opened()


def file(id: str = "file-1", use_case: str = "pilot", *, expires: datetime = NOW + KEPT) -> File:
    return File(
        id=id, use_case=use_case, purpose="batch", name="a.jsonl", bytes=40, created=NOW, expires=expires
    )


def batch(id: str = "batch_1", use_case: str = "pilot", input_file: str = "file-1") -> Batch:
    return Batch(
        id=id,
        use_case=use_case,
        key="k",
        endpoint="/v1/embeddings",
        input_file=input_file,
        output_file=f"{id}-output",
        error_file=f"{id}-error",
        created=NOW,
        deadline=NOW + WINDOW,
        since="01",
    )


def test_a_file_is_what_was_put_and_survives_its_keeper(opened: Callable[[], Batches]) -> None:
    opened().put_file(file(), LINES)
    again = opened()
    assert again.file("file-1", now=NOW) == file()
    assert again.lines("file-1", bytes_max=1000) == LINES
    assert again.size("file-1") == sum(len(text) for _, text in LINES)
    assert again.file("file-2", now=NOW) is None


def test_lines_come_in_order_as_many_as_fit_and_at_least_one(batches: Batches) -> None:
    batches.put_file(file(), reversed(LINES))
    assert batches.lines("file-1", bytes_max=1) == LINES[:1]
    assert batches.lines("file-1", after=1, bytes_max=1000) == LINES[1:]
    assert batches.lines("file-1", after=4, bytes_max=1000) == []


def test_a_file_past_its_time_is_not_there_and_is_forgotten(batches: Batches) -> None:
    batches.put_file(file(expires=NOW), LINES)
    assert batches.file("file-1", now=NOW) is None
    assert batches.file("file-1", now=NOW - timedelta(seconds=1)) is not None
    assert batches.files("pilot", now=NOW) == []
    assert batches.kept("pilot", now=NOW).files == 0
    batches.purge(NOW)
    assert batches.lines("file-1", bytes_max=1000) == []


def test_each_use_case_s_files_and_batches_are_listed_newest_first(batches: Batches) -> None:
    for id, use_case in (("file-1", "pilot"), ("file-2", "pilot"), ("file-3", "other")):
        batches.put_file(file(id, use_case), LINES)
    for id, use_case in (("batch_1", "pilot"), ("batch_2", "pilot"), ("batch_3", "other")):
        batches.put_batch(batch(id, use_case))
    assert [each.id for each in batches.files("pilot", now=NOW)] == ["file-2", "file-1"]
    assert [each.id for each in batches.batches("pilot")] == ["batch_2", "batch_1"]
    assert [each.id for each in batches.batches()] == ["batch_3", "batch_2", "batch_1"]
    assert batches.kept("pilot", now=NOW) == Kept(2, 80, 2, 2)
    assert batches.kept("none", now=NOW) == Kept(0, 0, 0, 0)


def test_a_batch_is_what_was_put_last(opened: Callable[[], Batches]) -> None:
    full = msgspec.structs.replace(
        batch().turned("failed", NOW),
        metadata={"a": "b"},
        faults=(LineFault(3, "invalid-json", "it is none", "body"),),
        charge=Decimal("0.000000001"),
        usage=Usage(input_tokens=3, output_tokens=4),
        results_kept=timedelta(hours=1),
    )
    keeper = opened()
    keeper.put_batch(batch())
    keeper.put_batch(full)
    assert opened().batch("batch_1") == full
    assert keeper.batch("batch_2") is None


@pytest.mark.parametrize("status", ["failed", "completed", "expired", "cancelled"])
def test_a_batch_that_ended_is_open_no_more(batches: Batches, status: Status) -> None:
    batches.put_batch(batch())
    batches.put_batch(batch("batch_2"))
    batches.put_batch(batch().turned(status, NOW))
    assert [each.id for each in batches.open_batches()] == ["batch_2"]
    assert batches.kept("pilot", now=NOW)[2:] == (2, 1)


def test_lines_are_pending_until_their_result_is_kept(batches: Batches) -> None:
    batches.put_file(file(), LINES)
    batches.put_batch(batch())
    assert batches.pending(batch(), bytes_max=1000) == LINES
    counted = batch().counted(completed=1, since="02")
    batches.put_results(counted, "batch_1-output", [(3, b"answer\n")])
    assert batches.pending(batch(), bytes_max=1000) == [LINES[0], LINES[2]]
    assert batches.pending(batch(), after=1, bytes_max=1000) == [LINES[2]]
    batches.put_results(counted.counted(failed=1, since="03"), "batch_1-error", [(1, b"fault\n")])
    assert batches.pending(batch(), bytes_max=1000) == [LINES[2]]
    assert [batches.has_result(batch(), line) for line in (1, 3, 4)] == [True, True, False]
    found = batches.batch("batch_1")
    assert found is not None
    assert (found.completed, found.failed, found.since) == (1, 1, "03")
    assert batches.pending(batch("batch_2"), bytes_max=1000) == LINES


def test_a_result_that_is_there_stays(batches: Batches) -> None:
    batches.put_file(file(), LINES)
    for text in (b"first", b"second"):
        batches.put_results(batch(), "batch_1-output", [(1, text)])
    assert batches.lines("batch_1-output", bytes_max=100) == [(1, b"first")]


def test_results_become_a_file_with_the_end_of_their_batch(batches: Batches) -> None:
    batches.put_file(file(), LINES)
    batches.put_results(batch(), "batch_1-output", [(1, b"one\n"), (3, b"three\n")])
    assert batches.file("batch_1-output", now=NOW) is None
    batches.put_batch(batch().turned("completed", NOW), files=[file("batch_1-output")])
    assert batches.file("batch_1-output", now=NOW) == file("batch_1-output")
    assert batches.size("batch_1-output") == 10


def test_a_file_that_a_batch_reads_stays_until_the_batch_has_ended(batches: Batches) -> None:
    batches.put_file(file(expires=NOW), LINES)
    batches.put_batch(batch())
    batches.purge(NOW)
    assert not batches.delete_file("file-1")
    assert batches.lines("file-1", bytes_max=1000) == LINES
    batches.put_batch(batch().turned("cancelled", NOW))
    assert batches.delete_file("file-1")
    assert batches.lines("file-1", bytes_max=1000) == []


def test_a_batch_is_remembered_for_a_while_after_its_end(batches: Batches) -> None:
    batches.put_batch(batch().turned("completed", NOW))
    batches.put_batch(batch("batch_2"))
    batches.purge(NOW + KEPT - timedelta(seconds=1))
    assert batches.batch("batch_1") is not None
    batches.purge(NOW + KEPT)
    assert batches.batch("batch_1") is None
    assert batches.batch("batch_2") is not None


# What is sealed.


def _tamper(path: Path, sql: str, *values: object) -> None:
    with sqlite3.connect(path / "batches.sqlite") as db:
        db.execute(sql, values)
    db.close()


@pytest.mark.parametrize(
    ("sql", "id"),
    [
        ("update line set body = (select body from line where number = 3) where number = 1", "file-1"),
        ("update line set body = x'00' where number = 1", "file-1"),
        ("update line set file = 'file-2'", "file-2"),
    ],
)
def test_a_line_in_another_s_place_is_not_opened(tmp_path: Path, sql: str, id: str) -> None:
    keeper = SqliteBatches(tmp_path / "batches.sqlite", PEPPER)
    keeper.put_file(file(), LINES)
    _tamper(tmp_path, sql)
    with pytest.raises(StoreError) as found:
        keeper.lines(id, bytes_max=1000)
    assert found.value.code == "file-unreadable"
    keeper.close()


def test_another_pepper_opens_nothing(tmp_path: Path) -> None:
    keeper = SqliteBatches(tmp_path / "batches.sqlite", PEPPER)
    keeper.put_file(file(), LINES)
    keeper.put_batch(batch())
    other = SqliteBatches(tmp_path / "batches.sqlite", b"q" * 32)
    for read in (
        lambda: other.lines("file-1", bytes_max=1000),
        lambda: other.file("file-1", now=NOW),
        lambda: other.batch("batch_1"),
        other.open_batches,
    ):
        with pytest.raises(StoreError, match="cannot be opened"):
            read()
    keeper.close()
    other.close()


def test_what_another_version_wrote_is_left_alone(tmp_path: Path) -> None:
    SqliteBatches(tmp_path / "batches.sqlite", PEPPER).close()
    _tamper(tmp_path, "pragma user_version = 99")
    with pytest.raises(StoreError) as found:
        SqliteBatches(tmp_path / "batches.sqlite", PEPPER)
    assert found.value.code == "store-schema"
