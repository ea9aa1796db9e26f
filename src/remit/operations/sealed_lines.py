"""Sealed lines: what of a journal lies in the lake, held against the seals over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from remit.kernel.errors import StoreError
from remit.operations.system import System
from remit.ports_lake import LakeLine
from remit.record.chain import HASH_CHARS, Position, leaf, link
from remit.record.keeping import Seal
from remit.record.ledgered import Ledgered, decode
from remit.record.merkle import Tree


def seals_over(system: System, journal: str, *, first: int, last: int) -> Iterator[Seal]:
    """Give the seals that close lines of a journal, in order, as far as there are any."""
    while first <= last and (seal := system.store.seal_of(journal, first)) is not None:
        yield seal
        first = seal.first + seal.lines


def is_whole(line: LakeLine) -> bool:
    """Say whether a line of the lake says what its leaf says, if it says anything still."""
    return line.body is None or leaf(line.body) == line.leaf


def require_sealed(seal: Seal, leaves: Iterable[bytes]) -> None:
    """See that leaves of the lake are those that a seal closed; raises StoreError."""
    tree = Tree()
    for each in leaves:
        tree.add(each)
    if tree.size != seal.lines or tree.root().hex() != seal.root:
        raise unsound(seal.journal, seal.first, f" to {seal.first + seal.lines - 1:,}")


def read_let_go(
    system: System, journal: str, at: Position, end: Position, *, limit: int
) -> tuple[list[Ledgered], Position]:
    """Read entries that a journal has let go of, in their order, up to `end`; what has expired is left out.

    Until there, the position's byte may be too small: of what has expired nobody knows how long it was.
    """
    entries: list[Ledgered] = []
    lake = system.make_lake()
    while at.lines < end.lines and not entries:
        last = min(end.lines, at.lines + limit)
        for line in lake.lines(journal, first=at.lines + 1, last=last):
            if line.number != at.lines + 1 or not is_whole(line):
                raise unsound(journal, at.lines + 1)
            size = 0
            if line.body is not None:
                entries.append(decode(line.body))
                size = len(line.body)
            at = Position(line.number, at.offset + HASH_CHARS + size + 2, link(at.hash, line.leaf))
        if at.lines != last:
            raise unsound(journal, at.lines + 1)
    return entries, at if at.lines < end.lines else end


def unsound(journal: str, line: int, more: str = "") -> StoreError:
    return StoreError(
        f"line {line:,}{more} of journal `{journal}` is not in the lake as it was sealed",
        help="run `remit ledger verify`, and put the lake's file back from a copy",
        code="lake-unsound",
    )
