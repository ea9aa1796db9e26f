"""Journals as files: one chained line for each entry, in `<name>.journal`.

A write goes to the operating system before it counts, so the end of this process loses nothing. The end of
the machine's power may lose the last moments.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from remit.kernel.errors import DirectoryInUse, JournalError
from remit.ports import Clock, Ids
from remit.record.chain import HASH_CHARS, LINE_MAX, first_link, line, link
from remit.record.entry import Entry
from remit.record.keeping import Recovery
from remit.record.ledgered import encode

_SUFFIX = ".journal"


class FileJournal:
    """One journal, open to write."""

    def __init__(self, descriptor: int, *, size: int, last: bytes) -> None:
        self._descriptor = descriptor
        self._size = size
        self._last = last
        self._sound = True

    def append(self, entries: Sequence[Entry]) -> None:
        if not self._sound:
            raise JournalError(
                "the journal ends in the middle of a line and could not be cut back",
                help="free space on the disk and restart; what was acknowledged is safe",
            )
        lines: list[bytes] = []
        last = self._last
        for entry in entries:
            body = encode(entry)
            assert len(body) < LINE_MAX - HASH_CHARS - 2, "an entry is larger than a line may be"
            last = link(last, body)
            lines.append(line(last, body))
        data = lines[0] if len(lines) == 1 else b"".join(lines)
        sent, fault = self._write(data)
        if fault is None:
            self._last = last
            self._size += sent
        else:
            raise self._refused(lines, sent, fault) from fault

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

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class FileJournals:
    """The journals in one directory."""

    def __init__(self, directory: Path, *, clock: Clock, ids: Ids) -> None:
        self._directory = directory
        self._clock = clock
        self._ids = ids

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(path.stem for path in self._directory.glob(f"*{_SUFFIX}")))

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}{_SUFFIX}"

    def size(self, name: str) -> int:
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError:
            return 0

    def read(self, name: str, offset: int, *, bytes_max: int) -> bytes:
        try:
            with self._path(name).open("rb") as file:
                file.seek(offset)
                data = file.read(max(bytes_max, LINE_MAX))
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise JournalError(
                f"journal `{name}` cannot be read", help="check the data directory's permissions"
            ) from error
        return data[: data.rfind(b"\n") + 1]

    @contextmanager
    def exclusive(self, name: str, *, wait_s: float = 5) -> Iterator[FileJournal]:
        journal = self._open(name, wait_s)
        try:
            yield journal
        finally:
            journal.close()

    def _open(self, name: str, wait_s: float) -> FileJournal:
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            descriptor = os.open(self._path(name), flags, 0o600)
        except OSError as error:
            raise JournalError(
                f"journal `{name}` cannot be opened ({errno.errorcode.get(error.errno or 0, 'error')})",
                help="make the data directory writable, or set REMIT_HOME to one that is",
            ) from error
        try:
            lock(descriptor, wait_s=wait_s, what=f"journal `{name}`")
            return self._continue(descriptor, name)
        except BaseException:
            os.close(descriptor)
            raise

    def _continue(self, descriptor: int, name: str) -> FileJournal:
        """Find the last line, set aside what stands after it, and go on from there."""
        size = os.fstat(descriptor).st_size
        tail = os.pread(descriptor, 2 * LINE_MAX, max(0, size - 2 * LINE_MAX))
        torn = len(tail) - (tail.rfind(b"\n") + 1)
        if torn:
            aside = self._directory / f"{name}.torn-{size - torn}"
            aside.write_bytes(tail[-torn:])
            os.ftruncate(descriptor, size - torn)
            tail, size = tail[:-torn], size - torn
        if size == 0:
            last = first_link(name)
        else:
            begin = tail.rfind(b"\n", 0, len(tail) - 1) + 1
            last = _hash_of(tail[begin : begin + HASH_CHARS], name)
        journal = FileJournal(descriptor, size=size, last=last)
        if torn:
            now = self._clock.now()
            journal.append([Recovery(id=self._ids.new(now), at=now, bytes_set_aside=torn)])
        return journal


def _hash_of(digits: bytes, name: str) -> bytes:
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except (UnicodeDecodeError, ValueError):
        raise JournalError(
            f"the last line of journal `{name}` is not an entry",
            help="run `remit ledger verify`; do not append until it passes",
            code="journal-tampered",
        ) from None


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
