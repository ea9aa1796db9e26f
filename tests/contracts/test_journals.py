"""What every set of journals promises, whichever technology keeps it."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from remit.adapters.ids_random import RandomIds
from remit.adapters.journal_file import FileJournals
from remit.kernel.errors import DirectoryInUse, JournalError
from remit.ports import Journals
from remit.record.call_entry import Mark
from remit.record.chain import Broken, Position, start, walk
from remit.record.keeping import Recovery
from remit.record.ledgered import decode

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)


class FixedClock:
    def now(self) -> datetime:
        return NOW


def _files(directory: Path) -> Journals:
    return FileJournals(directory, clock=FixedClock(), ids=RandomIds())


JOURNALS: dict[str, Callable[[Path], Journals]] = {"file": _files}


@pytest.fixture(params=JOURNALS)
def journals(request: pytest.FixtureRequest, tmp_path: Path) -> Journals:
    return JOURNALS[request.param](tmp_path / "journal")


def mark(number: int) -> Mark:
    return Mark(id=f"m{number}", at=NOW, output_tokens=number)


def lines(journals: Journals, name: str) -> list[bytes]:
    found = list(walk(journals.read(name, 0, bytes_max=1 << 20), start(name)))
    assert not any(isinstance(step, Broken) for step in found)
    return [step[1] for step in found if not isinstance(step, Broken)]


def test_what_is_appended_is_read_back_chained_and_in_order(journals: Journals) -> None:
    with journals.exclusive("gateway") as journal:
        journal.append([mark(1), mark(2)])
        journal.append([mark(3)])
    with journals.exclusive("gateway") as journal:
        journal.append([mark(4)])
    assert [decode(body) for body in lines(journals, "gateway")] == [mark(n) for n in (1, 2, 3, 4)]
    assert journals.names() == ("gateway",)


def test_reading_gives_whole_lines_from_an_offset(journals: Journals) -> None:
    with journals.exclusive("gateway") as journal:
        journal.append([mark(n) for n in range(5)])
    data = journals.read("gateway", 0, bytes_max=1 << 20)
    assert len(data) == journals.size("gateway")
    [first, *_] = [step for step in walk(data, start("gateway")) if not isinstance(step, Broken)]
    position: Position = first[0]
    rest = journals.read("gateway", position.offset, bytes_max=1 << 20)
    assert data.endswith(rest)
    assert rest.count(b"\n") == 4


def test_a_journal_that_is_not_there_is_empty(journals: Journals) -> None:
    assert journals.names() == ()
    assert journals.size("gateway") == 0
    assert journals.read("gateway", 0, bytes_max=100) == b""


def test_only_one_holds_a_journal_and_journals_do_not_hinder_each_other(journals: Journals) -> None:
    with journals.exclusive("gateway") as journal:
        journal.append([mark(1)])
        with pytest.raises(DirectoryInUse), journals.exclusive("gateway", wait_s=0):
            pass
        with journals.exclusive("control", wait_s=0) as other:
            other.append([mark(2)])
    with journals.exclusive("gateway", wait_s=0) as journal:
        journal.append([mark(3)])
    assert len(lines(journals, "gateway")) == 2


@pytest.mark.parametrize("kept", [0, 1, 63, 64, 65, 80])
def test_a_torn_last_line_is_set_aside_wherever_it_was_torn(tmp_path: Path, kept: int) -> None:
    journals = _files(tmp_path)
    with journals.exclusive("gateway") as journal:
        journal.append([mark(1)])
    path = tmp_path / "gateway" / "000000000000000.journal"
    whole = path.read_bytes()
    with journals.exclusive("gateway") as journal:
        journal.append([mark(2)])
    path.write_bytes(path.read_bytes()[: len(whole) + kept])
    with journals.exclusive("gateway") as journal:
        journal.append([mark(3)])
    expected: list[object] = [mark(1), mark(3)]
    if kept:
        expected.insert(1, Recovery)
    for found, wanted in zip([decode(body) for body in lines(journals, "gateway")], expected, strict=True):
        assert found == wanted or type(found) is wanted


def later(days: int, number: int) -> Mark:
    return Mark(id=f"m{number}", at=NOW + timedelta(days=days), output_tokens=number)


def test_each_day_has_a_segment_and_reading_goes_over_their_borders(tmp_path: Path) -> None:
    journals = _files(tmp_path)
    # It had been looked at before there were several.
    with journals.exclusive("gateway") as journal:
        journal.append([later(0, 1)])
        assert journals.size("gateway") == journal.size
        journal.append([later(0, 2)])
        journal.append([later(1, 3)])
        journal.append([later(3, 4)])
    with journals.exclusive("gateway") as journal:
        journal.append([later(3, 5)])
        journal.append([later(4, 6)])
    assert len(list((tmp_path / "gateway").glob("*.journal"))) == 4
    for seen in (journals, _files(tmp_path)):
        at, found = start("gateway"), []
        while data := seen.read("gateway", at.offset, bytes_max=1):
            for step in walk(data, at):
                assert not isinstance(step, Broken)
                at, body = step
                found.append(decode(body).id)
        assert found == [f"m{number}" for number in range(1, 7)]
        assert at.offset == seen.size("gateway")


def test_a_clock_that_is_set_back_begins_no_segment_and_loses_nothing(tmp_path: Path) -> None:
    journals = _files(tmp_path)
    with journals.exclusive("gateway") as journal:
        journal.append([later(5, 1)])
        journal.append([later(-3, 2)])
    with journals.exclusive("gateway") as journal:
        journal.append([later(-2, 3)])
        journal.append([later(5, 4)])
        journal.append([later(6, 5)])
    assert len(list((tmp_path / "gateway").glob("*.journal"))) == 2
    assert journals.size("gateway") == sum(path.stat().st_size for path in tmp_path.glob("gateway/*.journal"))


def test_a_segment_that_was_begun_and_not_written_to_is_gone_on_with(tmp_path: Path) -> None:
    journals = _files(tmp_path)
    with journals.exclusive("gateway") as journal:
        journal.append([mark(1)])
        size = journal.size
    (tmp_path / "gateway" / f"{size:015d}.journal").touch()
    assert journals.size("gateway") == size
    with journals.exclusive("gateway") as journal:
        journal.append([mark(2)])
    first = journals.read("gateway", 0, bytes_max=1 << 20)
    second = journals.read("gateway", size, bytes_max=1 << 20)
    steps = list(walk(first + second, start("gateway")))
    assert [decode(step[1]).id for step in steps if not isinstance(step, Broken)] == ["m1", "m2"]


def test_what_is_written_is_brought_to_the_disk_while_others_append(journals: Journals) -> None:
    with journals.exclusive("gateway") as journal:
        journal.append([mark(1)])
        journal.sync()
        journal.append([mark(2)])
    journals.sync("gateway")
    journals.sync("never-begun")
    assert len(lines(journals, "gateway")) == 2


def test_journals_of_an_earlier_version_are_not_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "gateway.journal").write_bytes(b"")
    with pytest.raises(JournalError) as refused:
        _files(tmp_path)
    assert refused.value.code == "journal-format"


def test_a_last_line_that_is_no_entry_stops_appending(tmp_path: Path) -> None:
    journals = _files(tmp_path)
    (tmp_path / "gateway").mkdir()
    (tmp_path / "gateway" / "000000000000000.journal").write_bytes(b"not an entry\n")
    with pytest.raises(JournalError) as refused, journals.exclusive("gateway"):
        pass
    assert refused.value.code == "journal-tampered"
    assert "verify" in refused.value.help


def test_a_disk_that_takes_some_of_several_entries_keeps_those_and_says_how_many(tmp_path: Path) -> None:
    journals = _files(tmp_path)
    with journals.exclusive("gateway") as journal:
        journal.append([mark(1)])
        size = journals.size("gateway")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        try:
            # Room for one more line and a half.
            resource.setrlimit(resource.RLIMIT_FSIZE, (size * 2 + size // 2, hard))
            with pytest.raises(JournalError) as refused:
                journal.append([mark(2), mark(3), mark(4)])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert refused.value.written == 1
        journal.append([mark(3), mark(4)])
    assert [decode(body) for body in lines(journals, "gateway")] == [mark(n) for n in (1, 2, 3, 4)]


def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError) as refused, _files(tmp_path / "file").exclusive("gateway"):
        pass
    assert "REMIT_HOME" in refused.value.help


def test_a_disk_that_fails_as_a_day_ends_is_not_believed_when_it_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Linux tells of a failed write once; the next sync of the same file says that all is well."""

    def refuses(descriptor: int) -> None:
        raise OSError(errno.EIO, "the disk is broken")

    journals = _files(tmp_path)
    with journals.exclusive("gateway") as journal:
        journal.append([later(0, 1)])
        with monkeypatch.context() as patched:
            patched.setattr("os.fdatasync", refuses)
            with pytest.raises(JournalError):
                journal.append([later(1, 2)])
        with pytest.raises(JournalError):
            journal.append([later(1, 3)])
    assert len(list((tmp_path / "gateway").glob("*.journal"))) == 1


def test_a_new_journal_is_in_its_directory_for_good_before_it_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", noted)
    journals = _files(tmp_path / "journal")
    with journals.exclusive("gateway"):
        assert synced == [str(tmp_path / "journal" / "gateway"), str(tmp_path / "journal")]
    with journals.exclusive("gateway"):
        assert len(synced) == 2


def test_old_parts_are_let_go_of_and_offsets_stay_what_they_were(journals: Journals) -> None:
    with journals.exclusive("gateway") as journal:
        for day in range(4):
            journal.append([later(day, day)])
    parts = journals.segments("gateway")
    whole = b"".join(journals.read("gateway", part, bytes_max=1) for part in parts)
    size = journals.size("gateway")
    assert (parts[0], len(parts)) == (0, 4)
    assert journals.let_go("gateway", parts[2] - 1) == 1
    assert journals.segments("gateway") == parts[1:]
    assert journals.let_go("gateway", parts[2]) == 1
    assert journals.let_go("gateway", parts[2]) == 0
    assert journals.names() == ("gateway",)
    assert journals.size("gateway") == size
    assert journals.read("gateway", parts[2], bytes_max=1) == whole[parts[2] : parts[3]]
    for gone in (0, parts[1]):
        with pytest.raises(JournalError) as refused:
            journals.read("gateway", gone, bytes_max=1)
        assert refused.value.code == "journal-let-go"
    # The last one stays, and is gone on with.
    assert journals.let_go("gateway", size) == 1
    assert journals.let_go("gateway", size) == 0
    with journals.exclusive("gateway") as journal:
        assert journal.size == size
        journal.append([later(5, 5)])
    at = parts[3]
    data = journals.read("gateway", at, bytes_max=1) + journals.read("gateway", size, bytes_max=1)
    before = Position(3, at, bytes.fromhex(whole[parts[2] : parts[3]][:64].decode()))
    steps = [step for step in walk(data, before) if not isinstance(step, Broken)]
    assert [decode(body).id for _, body in steps] == ["m3", "m5"]


def test_a_journal_that_is_not_there_has_no_parts(journals: Journals) -> None:
    assert journals.segments("gateway") == ()
    assert journals.let_go("gateway", 1 << 40) == 0


def test_the_last_part_with_a_line_in_it_stays(tmp_path: Path) -> None:
    journals = _files(tmp_path)
    with journals.exclusive("gateway") as journal:
        journal.append([later(0, 1)])
        journal.append([later(1, 2)])
        size = journal.size
    (tmp_path / "gateway" / f"{size:015d}.journal").touch()
    assert journals.let_go("gateway", size) == 1
    with journals.exclusive("gateway") as journal:
        journal.append([later(2, 3)])
    assert journals.size("gateway") > size


def test_who_had_looked_before_sees_what_another_process_let_go_of(tmp_path: Path) -> None:
    journals, other = _files(tmp_path), _files(tmp_path)
    with journals.exclusive("gateway") as journal:
        journal.append([later(0, 1)])
    first = journals.size("gateway")
    with other.exclusive("gateway") as journal:
        journal.append([later(1, 2)])
        journal.append([later(2, 3)])
    assert other.let_go("gateway", other.segments("gateway")[1]) == 1
    # All that was seen is gone, and the journal is not taken for a shorter one.
    assert journals.size("gateway") == other.size("gateway")
    assert journals.read("gateway", first, bytes_max=1) == other.read("gateway", first, bytes_max=1) != b""
    with pytest.raises(JournalError):
        journals.read("gateway", 0, bytes_max=1)
