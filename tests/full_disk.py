"""A disk without space, as a worker's journal meets it."""

from __future__ import annotations

from collections.abc import Sequence

from remit.kernel.errors import JournalError
from remit.record.entry import Entry


class FullDisk:
    """A journal on a disk that has no space."""

    size = 0

    def append(self, entries: Sequence[Entry]) -> None:
        raise JournalError("the disk is full", help="free space")

    def sync(self) -> None: ...

    def close(self) -> None: ...
