"""Fill the lake: bring what is sealed of the journals into columns, and a day that is over into one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC

from remit.operations.fold_ledger import broken
from remit.operations.system import System
from remit.ports_lake import Lake, Part
from remit.record.chain import Broken, Position, start, walk

_BYTES = 32 << 20


def fill_lake(system: System, lake: Lake) -> int:
    """Take in what is sealed and not in the lake yet; returns how many lines that was."""
    taken = lake.taken()
    return sum(
        take_until(system, lake, name, sealed.offset)
        for name, sealed in system.store.sealed().items()
        if _reached(taken, name).offset < sealed.offset
    )


def take_until(system: System, lake: Lake, journal: str, end: int) -> int:
    """Take a journal's lines up to an offset into the lake; returns how many of them were new there.

    Raises JournalTampered at a line that does not follow from those before it.
    """
    at = _reached(lake.taken(), journal)
    before = at.lines
    while at.offset < end:
        data = _whole_lines(system.journals.read(journal, at.offset, bytes_max=_BYTES), end - at.offset)
        after = _followed(journal, data, at)
        if after == at or not lake.take(Part(journal, at.lines + 1, at.offset, data)):
            break
        at = after
    return at.lines - before


def _followed(journal: str, data: bytes, at: Position) -> Position:
    for step in walk(data, at):
        if isinstance(step, Broken):
            raise broken(journal, step)
        at, _ = step
    return at


def _whole_lines(data: bytes, bytes_max: int) -> bytes:
    return data if len(data) <= bytes_max else data[: data.rfind(b"\n", 0, bytes_max) + 1]


def compact_lake(system: System, lake: Lake) -> int:
    """Make one file of each day that is over; returns how many days."""
    return lake.compact(before=system.clock.now().astimezone(UTC).date())


def beyond(system: System, taken: Mapping[str, Position]) -> Iterator[Part]:
    """Give what the journals have beyond what lies in the lake."""
    for name in system.journals.names():
        at = _reached(taken, name)
        first, offset = at.lines + 1, at.offset
        while data := system.journals.read(name, offset, bytes_max=_BYTES):
            yield Part(name, first, offset, data)
            first, offset = first + data.count(b"\n"), offset + len(data)


def _reached(taken: Mapping[str, Position], journal: str) -> Position:
    return taken.get(journal, start(journal))
