"""Let go: of what lies in the lake, provably, journals and store keep no copies for good.

`control` and `record` stay whole: what people decided, and the seals by which all the rest is checked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import zip_longest

import msgspec

from remit.operations.fill_lake import fill_lake
from remit.operations.fold_ledger import broken, fold_ledger
from remit.operations.sealed_lines import is_whole, require_sealed, seals_over, unsound
from remit.operations.system import CONTROL, RECORD, System
from remit.ports_lake import Lake
from remit.record.chain import HASH_CHARS, Broken, Position, leaf, start, walk
from remit.record.keeping import LetGo

_BYTES = 8 << 20
ROWS = 2_000
"""How many of the store's copies are deleted in one transaction; calls do not wait for longer than that."""


class _Head(msgspec.Struct, frozen=True):
    at: datetime


_HEAD = msgspec.json.Decoder(_Head)


def tidy_ledger(system: System, *, author: str) -> list[LetGo]:
    """Fill the lake with what is sealed, and let go of what is old."""
    fold_ledger(system)
    if not system.store.sealed():
        return []
    lake = system.make_lake()
    fill_lake(system, lake)
    return let_go(system, lake, author=author)


def let_go(system: System, lake: Lake, *, author: str) -> list[LetGo]:
    """Remove old parts of journals and the store's copies of them; returns what was let go of now.

    A part is old if all of its entries are sealed, lie in the lake, and are older than the hot days. Before
    it goes, the lake's lines are read back, compared with the journal's and held against the seals; raises
    StoreError if they do not hold, and JournalTampered if the journal does not. The end of this process at
    any point leaves nothing that the next time does not finish.
    """
    done = []
    for name in system.journals.names():
        if name in (CONTROL, RECORD):
            continue
        _finish(system, name)
        while (entry := _next(system, lake, name, author)) is not None:
            _finish(system, name)
            done.append(entry)
    return done


def _finish(system: System, name: str) -> None:
    """Remove what the ledger says was let go of."""
    gone = system.store.let_go().get(name)
    if gone is None:
        return
    system.journals.let_go(name, gone.offset)
    while system.store.forget(name, last=gone.lines, limit=ROWS):
        pass


def _next(system: System, lake: Lake, name: str, author: str) -> LetGo | None:
    """Say in the ledger that the oldest part of a journal is let go of, if that can be."""
    before = system.store.let_go().get(name, start(name))
    end = next((each for each in system.journals.segments(name)[1:] if each > before.offset), 0)
    sealed, taken = (each.get(name, start(name)) for each in (system.store.sealed(), lake.taken()))
    oldest = system.clock.now() - timedelta(days=system.hot_days)
    if not 0 < end <= min(sealed.offset, taken.offset) or not _ended_before(system, name, end, oldest):
        return None
    after, leaves = _walked(system, name, before, end, oldest)
    if after is None or not _is_in(system, lake, name, before, after, leaves, taken):
        return None
    now = system.clock.now()
    entry = LetGo(
        id=system.ids.new(now),
        at=now,
        journal=name,
        lines=after.lines,
        bytes=after.offset,
        hash=after.hash.hex(),
        author=author,
    )
    with system.journals.exclusive(RECORD) as journal:
        fold_ledger(system, (RECORD,))
        if system.store.let_go().get(name, start(name)) != before:
            return None
        journal.append([entry])
        # INVARIANT: that a part is gone is on the disk before it is gone.
        journal.sync()
    fold_ledger(system, (RECORD,))
    return entry


def _ended_before(system: System, name: str, end: int, oldest: datetime) -> bool:
    """Say whether the part after the one that ends here was begun long ago."""
    line = system.journals.read(name, end, bytes_max=1).partition(b"\n")[0]
    return bool(line) and _HEAD.decode(line[HASH_CHARS + 1 :]).at <= oldest


def _walked(
    system: System, name: str, at: Position, end: int, oldest: datetime
) -> tuple[Position | None, list[bytes]]:
    """Follow a part of a journal; gives where it ends and its leaves, None if an entry in it is too new."""
    leaves: list[bytes] = []
    while at.offset < end:
        data = system.journals.read(name, at.offset, bytes_max=_BYTES)[: end - at.offset]
        if not data:
            raise broken(name, Broken(at.lines, at.offset, "the journal ends before what was taken in"))
        for step in walk(data, at):
            if isinstance(step, Broken):
                raise broken(name, step)
            at, body = step
            if _HEAD.decode(body).at > oldest:
                return None, []
            leaves.append(leaf(body))
    return at, leaves


def _is_in(
    system: System,
    lake: Lake,
    name: str,
    before: Position,
    after: Position,
    leaves: list[bytes],
    taken: Position,
) -> bool:
    """Compare a part of a journal with the lake, line by line, and the lake with every seal over it.

    False if the lake has not all of the last of these seals yet.
    """
    seals = list(seals_over(system, name, first=before.lines + 1, last=after.lines))
    if not seals or seals[-1].first - 1 + seals[-1].lines > taken.lines:
        return False
    found = lake.lines(name, first=before.lines + 1, last=after.lines)
    for number, (expected, line) in enumerate(zip_longest(leaves, found), before.lines + 1):
        if line is None or (line.number, line.leaf) != (number, expected) or not is_whole(line):
            raise unsound(name, number)
    for seal in seals:
        require_sealed(seal, lake.leaves(name, first=seal.first, last=seal.first + seal.lines - 1))
    return True
