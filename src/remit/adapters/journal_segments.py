"""The segments of journals as files: read in order, by the offset in the whole journal, and let go of."""

from __future__ import annotations

import errno
import os
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from remit.adapters.whole_file import sync_directory
from remit.kernel.errors import JournalError
from remit.record.chain import LINE_MAX

SUFFIX = ".journal"
_NUMBERED = "[0-9]" * 15 + SUFFIX


class Segments:
    """The segments of the journals in one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        # Where each journal's segments begin, as far as they were seen; later ones are looked for.
        self._starts: dict[str, list[int]] = {}

    def names(self) -> tuple[str, ...]:
        return tuple(sorted({path.parent.name for path in self._directory.glob(f"*/{_NUMBERED}")}))

    def _segments(self, name: str) -> list[int]:
        """List where segments begin: one that has ended is followed by one that begins at its end."""
        starts = self._starts.get(name)
        if not starts:
            return self._look(name)
        if (size := self._bytes(name, starts[-1])) is None:
            # The last one that was seen was let go of since; others have followed it.
            return self._look(name)
        while size:
            end = starts[-1] + size
            if not segment(self._directory / name, end).exists():
                break
            starts.append(end)
            size = self._bytes(name, end)
        return starts

    def _look(self, name: str) -> list[int]:
        starts = segment_starts(self._directory / name)
        if starts:
            self._starts[name] = starts
        return starts

    def _bytes(self, name: str, start: int) -> int | None:
        """Say how large a segment is; None if it is not there."""
        try:
            return segment(self._directory / name, start).stat().st_size
        except FileNotFoundError:
            return None

    def size(self, name: str) -> int:
        starts = self._segments(name)
        return starts[-1] + (self._bytes(name, starts[-1]) or 0) if starts else 0

    def segments(self, name: str) -> tuple[int, ...]:
        return tuple(self._look(name))

    def let_go(self, name: str, until: int) -> int:
        directory, starts, gone = self._directory / name, self._look(name), 0
        with refusing(f"`{name}` cannot be let go of"):
            # INVARIANT: a segment that is written to can tell its last line's hash, or the one before it can.
            while len(starts) > 1 and starts[1] <= until and self._bytes(name, starts[1]):
                segment(directory, starts.pop(0)).unlink(missing_ok=True)
                # Each for good before the next, so that what is there is one piece whenever the power ends.
                sync_directory(directory)
                gone += 1
        return gone

    def read(self, name: str, offset: int, *, bytes_max: int) -> bytes:
        starts = self._segments(name)
        place = bisect_right(starts, offset) - 1
        if place < 0:
            if starts:
                raise _gone(name, starts[0])
            return b""
        try:
            with segment(self._directory / name, starts[place]).open("rb") as file:
                file.seek(offset - starts[place])
                data = file.read(max(bytes_max, LINE_MAX))
        except FileNotFoundError:
            starts = self._look(name)
            if starts and offset < starts[0]:
                raise _gone(name, starts[0]) from None
            return b""
        except OSError as error:
            raise JournalError(
                f"journal `{name}` cannot be read", help="check the data directory's permissions"
            ) from error
        return data[: data.rfind(b"\n") + 1]

    def sync(self, name: str) -> None:
        for start in self._segments(name)[-1:]:
            with refusing("cannot be brought to the disk"):
                descriptor = os.open(segment(self._directory / name, start), os.O_RDONLY | os.O_CLOEXEC)
                try:
                    os.fdatasync(descriptor)
                finally:
                    os.close(descriptor)


def segment(directory: Path, start: int) -> Path:
    return directory / f"{start:015d}{SUFFIX}"


def _gone(name: str, first: int) -> JournalError:
    return JournalError(
        f"journal `{name}` begins at byte {first:,}: what stood before was let go of, and is not in the lake",
        help="put the lake back from a copy",
        code="journal-let-go",
    )


def segment_starts(directory: Path) -> list[int]:
    return sorted(int(path.stem) for path in directory.glob(_NUMBERED))


@contextmanager
def refusing(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise JournalError(
            f"the journal {what} ({errno.errorcode.get(error.errno or 0, 'error')})",
            help="make the data directory writable and free space on its disk, or set REMIT_HOME to another",
        ) from error
