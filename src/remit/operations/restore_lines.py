"""Restore lines: a store that is made again takes from the lake what the journals have let go of."""

from __future__ import annotations

from collections.abc import Iterator

from remit.kernel.errors import RemitError
from remit.operations.sealed_lines import is_whole, seals_over, unsound
from remit.operations.system import System
from remit.ports_lake import Lake, LakeLine
from remit.record.chain import Position, link
from remit.record.keeping import Seal
from remit.record.ledgered import decode
from remit.record.projection import project

_NEEDLESS = ("hold", "mark")
"""What a store can do without where the call that it ended in is there."""


def restore_lines(system: System, name: str, at: Position) -> Position:
    """Fold what a journal has let go of, a seal at a time; `record` must be folded. Returns where that ends.

    Raises RemitError where an entry's time is over that sums are made of: then they would not be what they
    were.
    """
    end = system.store.let_go().get(name)
    if end is None or end.offset <= at.offset:
        return at
    lake = system.make_lake()
    for seal in seals_over(system, name, first=at.lines + 1, last=end.lines):
        last = Position(seal.first - 1 + seal.lines, seal.offset + seal.bytes, bytes.fromhex(seal.hash))
        after = min(last, end, key=lambda each: each.lines)
        # INVARIANT: a line counts only with all before it, up to a hash that was sealed or let go of.
        lines = _followed(lake, seal, at, after)
        entries = ((decode(body), body) for body in lines)
        changes = project(entries, journal=name, first=at.lines + 1, listed=False)
        if not system.store.fold(name, before=at, after=after, changes=changes):
            return system.store.positions().get(name, at)
        at = after
    return at


def _followed(lake: Lake, seal: Seal, at: Position, after: Position) -> Iterator[bytes]:
    """Give the entries of a seal's lines up to a position, and see at its end that they lead to it."""
    number, hash = at.lines, at.hash
    for line in lake.lines(seal.journal, first=at.lines + 1, last=after.lines):
        number += 1
        if line.number != number or not is_whole(line):
            raise unsound(seal.journal, number)
        hash = link(hash, line.leaf)
        if (body := _needed(seal.journal, line)) is not None:
            yield body
    if (number, hash) != (after.lines, after.hash):
        raise unsound(seal.journal, at.lines + 1, f" to {after.lines:,}")


def _needed(journal: str, line: LakeLine) -> bytes | None:
    if line.body is None and line.kind not in _NEEDLESS:
        raise RemitError(
            f"the store cannot be made again: the time of the {line.kind} on line {line.number:,} of journal"
            f" `{journal}` was over, and sums were made of it",
            help="restore `store.sqlite` from a copy: what came after it is folded into it",
            code="entries-expired",
        )
    return line.body
