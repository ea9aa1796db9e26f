"""Verify what journals have let go of: the lake's lines in their place, up to where a journal begins now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from remit.kernel.errors import StoreError
from remit.operations.sealed_lines import is_whole
from remit.operations.system import System
from remit.ports_lake import Lake, LakeLine, LakeState
from remit.record.chain import Position, leaf, link, start
from remit.record.ledgered import decode
from remit.record.projection import Row, row_of
from remit.record.seal import Parts


@dataclass(slots=True)
class LakeWalk:
    """What is found in the lake in the place of lines that journals have let go of."""

    system: System
    take: Callable[[str, int, bytes], object]
    """Takes an entry that the lake has still: its journal, its line and its bytes."""
    faults: list[str] = field(default_factory=list)
    lines: int = 0
    expired: int = 0
    missing: int = 0
    exact: bool = True
    """Whether every call is there still, so that their sums can be told."""
    state: LakeState = field(default_factory=LakeState)
    _lake: Lake | None = None
    _gaps: list[tuple[str, int, int]] = field(default_factory=list)

    def walk(self, name: str, parts: Parts, end: Position) -> Position:
        """Walk a journal's lines up to where it was let go of."""
        lake = self._opened()
        # Copies that the store shall let go of, and has not yet.
        copies = {row.line: row for row in self.system.store.copies(name, first=1, last=end.lines)}
        number = 0
        # The chain's hash so far; None after a line that is not in reach, until the next seal says it.
        hash: bytes | None = start(name).hash
        for line in self._lines(lake, name, end.lines):
            next_there = line.number if line else end.lines + 1
            if number + 1 < next_there:
                self._gap(name, number + 1, next_there - 1)
            while number + 1 < next_there:
                number += 1
                hash = parts.missing(number)
            if line is None:
                break
            if line.number <= number:
                self.faults.append(f"journal `{name}`, line {line.number}: it is in the lake more than once")
                continue
            number = line.number
            hash = self._line(name, parts, line, hash)
            if (copy := copies.pop(number, None)) is not None and not _is_copy(copy, line):
                self.faults.append(
                    f"entry `{copy.id}` (journal `{name}`, line {number}) differs in the store"
                )
        if hash is not None and hash != end.hash:
            self.faults.append(
                f"journal `{name}`, line {end.lines}: it was let go of up to here, and the lake's lines lead"
                " to another hash"
            )
        return end

    def _gap(self, name: str, first: int, last: int) -> None:
        self.missing += last - first + 1
        self.exact = False
        self._gaps.append((name, first, last))

    def _line(self, name: str, parts: Parts, line: LakeLine, hash: bytes | None) -> bytes | None:
        self.lines += 1
        if not is_whole(line):
            self.faults.append(f"journal `{name}`, line {line.number}: the entry in the lake was changed")
        if line.body is None:
            self.expired += 1
            self.exact = self.exact and line.kind != "call"
        else:
            self.take(name, line.number, line.body)
        if hash is None:
            return parts.missing(line.number)
        hash = link(hash, line.leaf)
        # From where a seal says what the hash is, so that a line that was changed does not accuse others.
        return parts.line(line.number, line.leaf, hash) or hash

    def _lines(self, lake: Lake, name: str, last: int) -> Iterator[LakeLine | None]:
        """Give the lines up to one, and None at the end."""
        try:
            yield from lake.lines(name, first=1, last=last)
        except StoreError as error:
            self.faults.append(f"journal `{name}`: {error.summary}")
        yield None

    def _opened(self) -> Lake:
        if self._lake is None:
            self._lake = self.system.make_lake()
            self.state = self._lake.state()
            self.faults += [
                f"file `{file}` of the lake is not what was written, or gone" for file in self.state.spoilt
            ]
            self.faults += [
                f"journal `{name}`, line {line}: columns in the lake do not say what the entry says"
                for name, line in self.state.unlike
            ]
        return self._lake

    def ended(self) -> None:
        """Say what is missing, but for what files that are out of reach can hold."""
        self.faults += [
            f"journal `{name}`, line {first}: {last - first + 1:,} lines from here on are not in the lake"
            for name, first, last in self._gaps
            if not self._is_elsewhere(name, first, last)
        ]

    def _is_elsewhere(self, name: str, first: int, last: int) -> bool:
        for journal, begin, end in self.state.places:
            if journal == name and begin <= first <= end:
                first = end + 1
        return first > last


def _is_copy(row: Row, line: LakeLine) -> bool:
    """Say whether a row of the store is of the entry whose leaf the lake has."""
    if leaf(row.body) != line.leaf:
        return False
    try:
        return row == row_of(decode(row.body), row.body, row.journal, row.line)
    except msgspec.DecodeError:
        return False
