"""Clash: which limits cannot all be kept, as few of them as explain it.

QuickXplain (Junker 2004): a set of limits that clash, of which none can be left out. So who reads it can give
way at any one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from remit.decide.programme import Programme, Row
from remit.decide.solver import Model

Oracle = Callable[[Sequence[Row]], bool]
"""Says of some limits whether they can be kept together."""

SECONDS_EACH = 5.0
LINKS = ("depends_on", "block")
"""Kinds of rows that say what stands on what."""


def clash(programme: Programme, *, forced: Collection[int] = ()) -> tuple[Row, ...]:
    """Find limits that cannot be kept together, with some columns chosen; none if all can be kept."""
    idle = replace(programme, worth=(Decimal(0),) * len(programme.worth))

    def possible(rows: Sequence[Row]) -> bool:
        return Model(replace(idle, rows=tuple(rows))).possible(forced=forced, seconds=SECONDS_EACH)

    return _clashing(programme.rows, possible)


def clash_of_needs(rows: Iterable[Row], *, forced: Collection[int]) -> tuple[Row, ...]:
    """Find limits that what is forced, what is mandatory and what these stand on break by themselves.

    Nobody else is asked, so it needs no solver; a share of value, to which others add, is left out.
    """
    asked = [row for row in rows if row.tag != "value_share"]
    return _clashing(asked, lambda some: not _breaks(some, forced))


def _breaks(rows: Sequence[Row], forced: Collection[int]) -> bool:
    needed = set(forced) | {at for row in rows if row.kind == "mandatory" for at in row.coefficients}
    links = [row for row in rows if row.kind in LINKS]
    while more := {at for row in links if row.taken(needed) > row.most for at in row.coefficients} - needed:
        needed |= more
    return any(row.taken(needed) > row.most for row in rows)


def _clashing(rows: Sequence[Row], possible: Oracle) -> tuple[Row, ...]:
    if possible(rows):
        return ()
    # What others stand on and what must be done is named last, so that it is left out where it can be.
    order = sorted(rows, key=lambda row: row.kind in ("mandatory", *LINKS))
    return tuple(_smallest([], order, possible, fresh=False))


def _smallest(kept: list[Row], rows: Sequence[Row], possible: Oracle, *, fresh: bool) -> list[Row]:
    """Find of some rows the fewest that clash with those that are kept."""
    if fresh and not possible(kept):
        return []
    if len(rows) == 1:
        return [*rows]
    middle = len(rows) // 2
    first, second = rows[:middle], rows[middle:]
    late = _smallest([*kept, *first], second, possible, fresh=bool(first))
    early = _smallest([*kept, *late], first, possible, fresh=bool(late))
    return [*early, *late]
