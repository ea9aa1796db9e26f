"""Clash: which limits cannot all be kept, as few of them as explain it.

QuickXplain (Junker 2004): a set of limits that clash, of which none can be left out. So who reads it can give
way at any one of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal

from remit.decide.programme import Programme, Row
from remit.decide.solver import Model

SECONDS_EACH = 5.0


def clash(programme: Programme, *, forced: Collection[int] = ()) -> tuple[Row, ...]:
    """Find limits that cannot be kept together, with some columns chosen; none if all can be kept."""
    idle = replace(programme, worth=(Decimal(0),) * len(programme.worth))
    if _possible(idle, programme.rows, forced):
        return ()
    # What others stand on and what must be done is named last, so that it is left out where it can be.
    order = sorted(programme.rows, key=lambda row: row.kind in ("mandatory", "depends_on", "block"))
    return tuple(_smallest(idle, [], order, forced, fresh=False))


def _smallest(
    programme: Programme, kept: list[Row], rows: Sequence[Row], forced: Collection[int], *, fresh: bool
) -> list[Row]:
    """Find of some rows the fewest that clash with those that are kept."""
    if fresh and not _possible(programme, kept, forced):
        return []
    if len(rows) == 1:
        return [*rows]
    middle = len(rows) // 2
    first, second = rows[:middle], rows[middle:]
    late = _smallest(programme, [*kept, *first], second, forced, fresh=bool(first))
    early = _smallest(programme, [*kept, *late], first, forced, fresh=bool(late))
    return [*early, *late]


def _possible(programme: Programme, rows: Sequence[Row], forced: Collection[int]) -> bool:
    return Model(replace(programme, rows=tuple(rows))).possible(forced=forced, seconds=SECONDS_EACH)
