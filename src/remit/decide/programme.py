"""Programme: a choice as exact numbers, what is chosen from and what limits it.

Every column is chosen or not. Every row says that a sum over columns is at most a bound. All figures are
exact decimals, so that what a solver returns, which works in binary floats, can be held against them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

RowKind = Literal[
    "money", "capacity", "work_in_progress", "risk", "depends_on", "exclusive", "block", "mandatory"
]
"""What a row is about."""

RESOURCES: tuple[RowKind, ...] = ("money", "capacity", "work_in_progress", "risk")
"""Kinds of rows of which there can be more; the others are either kept or broken."""


@dataclass(frozen=True, slots=True)
class Row:
    """One limit. `about` are the words that name it: a skill, a stage, use cases; `period` counts from 1, and
    is 0 where time plays no part. `tag` tells two limits on the same thing apart."""

    kind: RowKind
    coefficients: Mapping[int, Decimal]
    most: Decimal
    about: tuple[str, ...] = ()
    period: int = 0
    tag: str = ""

    def taken(self, chosen: Collection[int]) -> Decimal:
        """Sum up what is taken of it."""
        found = self.coefficients
        if len(chosen) < len(found):
            return sum((found[at] for at in chosen if at in found), Decimal(0))
        return sum((value for at, value in found.items() if at in chosen), Decimal(0))


@dataclass(frozen=True, slots=True)
class Programme:
    """What can be chosen, what each adds, and every limit. The first `own` columns are what is asked about;
    the others (blocks to be built) are chosen if one of these needs them, and add nothing."""

    names: tuple[str, ...]
    worth: tuple[Decimal, ...]
    rows: tuple[Row, ...]
    own: int

    def total(self, chosen: Collection[int]) -> Decimal:
        return sum((self.worth[at] for at in chosen), Decimal(0))

    def broken(self, chosen: Collection[int]) -> Iterator[Row]:
        """List the limits that a choice breaks, by exact arithmetic."""
        return (row for row in self.rows if row.taken(chosen) > row.most)
