"""Swaps: what could give way for one that is not chosen, found by hand rather than proved to be the least.

The choice is not made again, which takes a solver seconds in a large portfolio. What is chosen is kept, the
one is put beside it with all that it stands on, and what relieves the broken limits most for what it is worth
gives way, until no limit is broken. That is a choice that can be had, so it costs at most that much.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from remit.decide.clash import LINKS
from remit.decide.programme import RESOURCES, Programme

_LEAST_WORTH = 1e-9


@dataclass(frozen=True, slots=True)
class Swap:
    """A choice that keeps every limit: what leaves and joins the best one, and how much less it is worth."""

    leaving: frozenset[int]
    joining: frozenset[int]
    lost: Decimal


@dataclass(frozen=True, slots=True)
class Swaps:
    """The best choice as it is searched: what takes how much of each limit, and what stands on what."""

    programme: Programme
    chosen: frozenset[int]
    weights: NDArray[np.float64]
    most: NDArray[np.float64]
    falls: NDArray[np.float64]
    """What a column is worth with all that is chosen and stands on it."""
    stands_on: Mapping[int, frozenset[int]]
    held_up: Mapping[int, frozenset[int]]
    rows: Mapping[int, tuple[int, ...]]
    taken: tuple[Decimal, ...]
    over: NDArray[np.float64]
    may: NDArray[np.bool_]
    fixed: frozenset[int]
    blocks: frozenset[int]

    @classmethod
    def of(cls, programme: Programme, chosen: Collection[int]) -> Swaps:
        limits = [row for row in programme.rows if row.kind in RESOURCES]
        weights = np.zeros((len(limits), len(programme.worth)))
        for index, row in enumerate(limits):
            for at, value in row.coefficients.items():
                weights[index, at] = float(value)
        on: dict[int, set[int]] = defaultdict(set)
        up: dict[int, set[int]] = defaultdict(set)
        rows: dict[int, list[int]] = defaultdict(list)
        fixed: set[int] = set()
        for index, row in enumerate(programme.rows):
            for at in row.coefficients:
                rows[at].append(index)
            if row.kind in LINKS:
                [one] = [at for at, value in row.coefficients.items() if value > 0]
                for at in row.coefficients:
                    if at != one:
                        on[one].add(at)
                        up[at].add(one)
            elif row.kind == "mandatory":
                fixed |= set(row.coefficients)
        falls = np.array([float(each) for each in programme.worth])
        for at in chosen:
            if at in up:
                falls[at] = sum(float(programme.worth[each]) for each in _reach({at}, up) & set(chosen))
        inside = sorted(chosen)
        most = np.array([float(row.most) for row in limits])
        may = np.zeros(len(programme.worth), dtype=bool)
        may[[at for at in inside if at < programme.own]] = True
        return cls(
            programme=programme,
            chosen=frozenset(chosen),
            weights=weights,
            most=most,
            falls=falls,
            stands_on={at: frozenset(each) for at, each in on.items()},
            held_up={at: frozenset(each) for at, each in up.items()},
            rows={at: tuple(each) for at, each in rows.items()},
            taken=tuple(row.taken(chosen) for row in programme.rows),
            over=weights[:, inside].sum(axis=1) - most,
            may=may,
            fixed=frozenset(_reach(fixed, on)),
            blocks=frozenset(at for at in chosen if at >= programme.own),
        )

    def swap(self, at: int, *, rivals: Collection[int]) -> Swap | None:
        """Find a choice with one candidate; `rivals` are chosen and exclude it. None where none was found."""
        needed = _reach({at}, self.stands_on)
        kept = self.fixed | needed
        joining = needed - self.chosen
        may = self.may.copy()
        may[sorted(kept)] = False
        leaving: set[int] = set()
        more = _reach(set(rivals), self.held_up) & self.chosen
        while leaving.isdisjoint(kept):
            leaving |= more
            leaving |= self._idle(leaving, needed)
            may[sorted(leaving)] = False
            over = self.over + self.weights[:, sorted(joining)].sum(axis=1)
            over -= self.weights[:, sorted(leaving)].sum(axis=1)
            broken = over > 1e-9 * np.maximum(1.0, np.abs(self.most))
            if not broken.any():
                return self._exact(frozenset(leaving), frozenset(joining))
            leaves = self._next(may, over, broken)
            if leaves is None:
                return None
            more = _reach({leaves}, self.held_up) & self.chosen
        return None

    def _next(
        self, may: NDArray[np.bool_], over: NDArray[np.float64], broken: NDArray[np.bool_]
    ) -> int | None:
        """Choose what relieves the broken limits most, for what it is worth with all that stands on it."""
        found = np.flatnonzero(may)
        if not len(found):
            return None
        excess = over[broken][:, None]
        relief = (np.clip(self.weights[np.ix_(broken, may)], 0.0, excess) / excess).sum(axis=0)
        best = int(
            np.argmax(np.where(relief > 0, relief / np.maximum(self.falls[found], _LEAST_WORTH), -1.0))
        )
        return int(found[best]) if relief[best] > 0 else None

    def _idle(self, leaving: set[int], needed: set[int]) -> set[int]:
        """Name the blocks that nothing of what is left stands on."""
        left = self.chosen - leaving
        return {
            each
            for each in self.blocks - needed - leaving
            if not (self.held_up.get(each, frozenset()) & left)
        }

    def _exact(self, leaving: frozenset[int], joining: frozenset[int]) -> Swap | None:
        """Hold what was found in binary fractions against the limits that it touches, exactly."""
        changed: dict[int, Decimal] = {}
        for columns, sign in ((leaving, -1), (joining, 1)):
            for at in columns:
                for index in self.rows.get(at, ()):
                    taken = self.programme.rows[index].coefficients[at] * sign
                    changed[index] = changed.get(index, self.taken[index]) + taken
        if any(taken > self.programme.rows[index].most for index, taken in changed.items()):
            return None
        return Swap(leaving, joining, self.programme.total(leaving) - self.programme.total(joining))


def _reach(columns: Collection[int], to: Mapping[int, Collection[int]]) -> set[int]:
    """Take some columns together with all that they lead to."""
    found, ahead = set(columns), [*columns]
    while ahead:
        more = set(to.get(ahead.pop(), ())) - found
        found |= more
        ahead += more
    return found
