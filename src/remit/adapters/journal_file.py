"""Journals as files: a directory for each, in it segments of one chained line for each entry.

A segment's name is the offset of its first byte in the whole journal. The writer begins a new one with each
UTC day, so that a day can be sealed and moved away while later ones grow.

A write goes to the operating system before it counts, so the end of this process loses nothing. What the end
of the machine's power may lose is up to whoever calls `sync`.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from remit.adapters.journal_segments import SUFFIX, Segments, refusing, segment, segment_starts
from remit.adapters.whole_file import sync_directory
from remit.kernel.errors import DirectoryInUse, JournalError
from remit.ports import Clock, Ids
from remit.record.chain import HASH_CHARS, LINE_MAX, first_link, leaf, line, link
from remit.record.entry import Entry
from remit.record.keeping import Recovery
from remit.record.ledgered import decode, encode

SEGMENT_BYTES = 256 << 20
"""A segment that has become as large as this ends even before its day does."""


class FileJournal:
    """One journal, open to write. `last` is the hash of its last line."""

    def __init__(self, directory: Path, descriptor: int, *, start: int, size: int, last: bytes) -> None:
        self._directory = directory
        self._descriptor = descriptor
        self._start = start
        self._size = size
        self._last = last
        self._sound = True
        self._turns: datetime | None = None
        self._swapping = threading.Lock()

    @property
    def size(self) -> int:
        return self._start + self._size

    @property
    def closed(self) -> bool:
        return self._descriptor < 0

    def append(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        self._must_be_sound()
        if self._turns is None or entries[0].at >= self._turns or self._size >= SEGMENT_BYTES:
            self._turn(entries[0].at)
        lines: list[bytes] = []
        last = self._last
        for entry in entries:
            body = encode(entry)
            assert len(body) < LINE_MAX - HASH_CHARS - 2, "an entry is larger than a line may be"
            last = link(last, leaf(body))
            lines.append(line(last, body))
        data = lines[0] if len(lines) == 1 else b"".join(lines)
        sent, fault = self._write(data)
        if fault is None:
            self._last = last
            self._size += sent
        else:
            raise self._refused(lines, sent, fault) from fault

    def _must_be_sound(self) -> None:
        if not self._sound:
            raise JournalError(
                "the disk failed in the middle of a write, and what it holds of the journal is not known",
                help="free space on the disk, or replace it, and restart; what was acknowledged is safe",
            )

    def _turn(self, at: datetime) -> None:
        """Begin a new segment where this one's day is over; a clock that was set back begins none.

        The old one is on the disk before there is a new one, so that no gap can come between them.
        """
        day = _midnight(at)
        began = self._began() if self._size else day
        if self._size >= SEGMENT_BYTES or day > began:
            with refusing("cannot be gone on with"):
                self._sync(self._descriptor)
                path = segment(self._directory, self.size)
                descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    sync_directory(self._directory)
                except OSError:
                    os.close(descriptor)
                    raise
            with self._swapping:
                os.close(self._descriptor)
                self._descriptor, self._start, self._size = descriptor, self.size, 0
            began = day
        self._turns = began + timedelta(days=1)

    def _began(self) -> datetime:
        """Say on which day this segment was begun: that of its first entry."""
        head = os.pread(self._descriptor, LINE_MAX, 0)
        try:
            return _midnight(decode(head[HASH_CHARS + 1 : head.find(b"\n")]).at)
        except msgspec.DecodeError:
            raise _no_entry("first", self._directory.name) from None

    def _refused(self, lines: Sequence[bytes], sent: int, fault: OSError) -> JournalError:
        """Go on from the last line that got through whole, and say how many did."""
        written = 0
        while written < len(lines) and len(lines[written]) <= sent:
            sent -= len(lines[written])
            self._size += len(lines[written])
            self._last = bytes.fromhex(lines[written][:HASH_CHARS].decode())
            written += 1
        self._cut_back()
        return JournalError(
            f"the journal cannot be written ({errno.errorcode.get(fault.errno or 0, 'error')})",
            help="free space on the data directory's disk, or make it writable",
            written=written,
        )

    def _write(self, data: bytes) -> tuple[int, OSError | None]:
        """Write as much as the disk takes: how many bytes it took, and why not all."""
        sent = 0
        try:
            sent = os.write(self._descriptor, data)
            while sent < len(data):
                sent += os.write(self._descriptor, data[sent:])
        except OSError as error:
            return sent, error
        return sent, None

    def _cut_back(self) -> None:
        """Remove the part of a line that got through. Whole lines stay: they may have been read already."""
        try:
            os.ftruncate(self._descriptor, self._size)
        except OSError:
            self._sound = False

    def sync(self) -> None:
        # A segment that was ended meanwhile was synced before its descriptor was closed.
        with refusing("cannot be brought to the disk"):
            with self._swapping:
                descriptor = os.dup(self._descriptor)
            try:
                self._sync(descriptor)
            finally:
                os.close(descriptor)

    def _sync(self, descriptor: int) -> None:
        # The system tells once of what it dropped: asked again, it says that all is well.
        self._must_be_sound()
        try:
            os.fdatasync(descriptor)
        except OSError:
            # What the system dropped it will not write later: nothing may be built on it.
            self._sound = False
            raise

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class FileJournals(Segments):
    """The journals in one directory."""

    def __init__(self, directory: Path, *, clock: Clock, ids: Ids, power_safe: bool = False) -> None:
        """With `power_safe`, what a holder wrote is on the disk when it lets go of a journal."""
        super().__init__(directory)
        self._power_safe = power_safe
        self._clock = clock
        self._ids = ids
        if any(directory.glob(f"*{SUFFIX}")):
            raise JournalError(
                "the journals were written by an earlier version of remit",
                help="use that version for them, or move the data directory aside and begin anew",
                code="journal-format",
            )

    @contextmanager
    def exclusive(self, name: str, *, wait_s: float = 5) -> Iterator[FileJournal]:
        directory = self._directory / name
        with refusing(f"`{name}` cannot be opened"):
            directory.mkdir(parents=True, exist_ok=True)
            held = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            lock(held, wait_s=wait_s, what=f"journal `{name}`")
            journal = self._open(directory, name)
            try:
                yield journal
            finally:
                self._end(journal)
        finally:
            os.close(held)

    def _end(self, journal: FileJournal) -> None:
        try:
            if self._power_safe and not journal.closed:
                journal.sync()
        finally:
            journal.close()

    def _open(self, directory: Path, name: str) -> FileJournal:
        starts = segment_starts(directory)
        is_new = not starts
        starts = starts or [0]
        with refusing(f"`{name}` cannot be opened"):
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            descriptor = os.open(segment(directory, starts[-1]), flags, 0o600)
        try:
            if is_new:
                with refusing(f"`{name}` cannot be opened"):
                    # Else the end of the power may take the file away, whatever was synced into it.
                    for each in (directory, self._directory):
                        sync_directory(each)
            return self._continue(directory, descriptor, starts, name)
        except BaseException:
            os.close(descriptor)
            raise

    def _continue(self, directory: Path, descriptor: int, starts: list[int], name: str) -> FileJournal:
        """Find the last line, set aside what stands after it, and go on from there."""
        start, size = starts[-1], os.fstat(descriptor).st_size
        tail = os.pread(descriptor, 2 * LINE_MAX, max(0, size - 2 * LINE_MAX))
        torn = len(tail) - (tail.rfind(b"\n") + 1)
        if torn:
            aside = directory / f"torn-{start + size - torn}"
            aside.write_bytes(tail[-torn:])
            os.ftruncate(descriptor, size - torn)
            tail, size = tail[:-torn], size - torn
        if size == 0 and len(starts) > 1:
            # A segment that nothing was written to yet: the last line stands in the one before.
            before = segment(directory, starts[-2]).read_bytes()[-LINE_MAX:]
            last = _hash_of_last(before, name)
        else:
            last = _hash_of_last(tail, name) if size else first_link(name)
        journal = FileJournal(directory, descriptor, start=start, size=size, last=last)
        if torn:
            now = self._clock.now()
            journal.append([Recovery(id=self._ids.new(now), at=now, bytes_set_aside=torn)])
        return journal


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _hash_of_last(tail: bytes, name: str) -> bytes:
    begin = tail.rfind(b"\n", 0, len(tail) - 1) + 1
    try:
        return bytes.fromhex(tail[begin : begin + HASH_CHARS].decode("ascii"))
    except (UnicodeDecodeError, ValueError):
        raise _no_entry("last", name) from None


def _no_entry(which: str, name: str) -> JournalError:
    return JournalError(
        f"the {which} line of journal `{name}` is not an entry",
        help="run `remit ledger verify`; do not append until it passes",
        code="journal-tampered",
    )


def lock(descriptor: int, *, wait_s: float, what: str) -> None:
    """Lock an open file for this process alone; the lock ends with the process, however it ends."""
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise DirectoryInUse(
                    f"{what} is in use by another process",
                    help="stop the other one with `remit down`, or set REMIT_HOME to another directory",
                ) from None
            time.sleep(0.02)
