"""Read entries of the past by when they were written: days from the lake, the rest from the journals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from remit.operations.fold_ledger import broken
from remit.operations.system import System
from remit.record.chain import Broken, Position, start, walk
from remit.record.entry import Entry
from remit.record.ledgered import Ledgered, decode

_BYTES = 4 << 20


class _Head(msgspec.Struct, frozen=True):
    """What says of a line whether it is wanted, without reading the rest of it."""

    kind: str
    at: datetime


_HEAD = msgspec.json.Decoder(_Head)


def read_entries(
    system: System, *, since: datetime, until: datetime, kinds: Sequence[type[Entry]] = ()
) -> Iterator[Ledgered]:
    """Give the entries whose `at` lies in [since, until), of some kinds or of all.

    They come in no order. Raises JournalTampered at a line of a journal that does not follow from those
    before it.
    """
    wanted = tuple(str(kind.__struct_config__.tag) for kind in kinds)
    taken, bodies = system.make_lake().read(since=since, until=until, kinds=wanted)
    yield from map(decode, bodies)
    for name in system.journals.names():
        at = taken.get(name, start(name))
        while system.journals.size(name) > at.offset:
            before = at
            for step in walk(system.journals.read(name, at.offset, bytes_max=_BYTES), at):
                if isinstance(step, Broken):
                    raise broken(name, step)
                at, body = step
                entry = _read(name, at, body, wanted, since, until)
                if entry is not None:
                    yield entry
            if at == before:
                break


def _read(
    name: str, at: Position, body: bytes, wanted: tuple[str, ...], since: datetime, until: datetime
) -> Ledgered | None:
    try:
        head = _HEAD.decode(body)
        if (wanted and head.kind not in wanted) or not since <= head.at < until:
            return None
        return decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise broken(name, Broken(at.lines, at.offset, "the line is not an entry")) from None
