"""Of things found that overlap, which one stands: the rules, in one place.

From left to right: the first that begins is held against all that overlap it. It stands unless one of them
has a higher rank, or the same rank and more characters. What stands pushes out whatever overlaps it. So
whether something stands is known as soon as everything is known that begins before it ends, which is what
lets a stream be decided piece by piece.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from remit.enforce.guardrail.rule import Candidate


class Source(Protocol):
    """Candidates of one origin."""

    def first(self, start: int) -> Candidate | None:
        """Give the leftmost that begins here or later. It is never asked to go back."""
        ...

    def rivals(self, held: Candidate) -> Sequence[Candidate]:
        """Give those that begin within this one; the held one may be among them."""
        ...


class Listed:
    """Candidates that are all known, sorted by where they begin."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._candidates = sorted(candidates, key=lambda one: (one.start, -one.rank, -one.end, one.type))
        self._at = 0

    def first(self, start: int) -> Candidate | None:
        candidates = self._candidates
        while self._at < len(candidates) and candidates[self._at].start < start:
            self._at += 1
        return candidates[self._at] if self._at < len(candidates) else None

    def rivals(self, held: Candidate) -> Sequence[Candidate]:
        end = self._at
        while end < len(self._candidates) and self._candidates[end].start < held.end:
            end += 1
        return self._candidates[self._at : end]

    def shifted(self, shifts: Mapping[str, int]) -> Listed:
        """Give the same with other ranks, by type."""
        return Listed([_shifted(one, shifts) for one in self._candidates])


class Shifted:
    """Candidates of one type, with another rank."""

    def __init__(self, source: Source, shifts: Mapping[str, int]) -> None:
        self._source, self._shifts = source, shifts

    def first(self, start: int) -> Candidate | None:
        found = self._source.first(start)
        return None if found is None else _shifted(found, self._shifts)

    def rivals(self, held: Candidate) -> Sequence[Candidate]:
        return [_shifted(one, self._shifts) for one in self._source.rivals(held)]


def shifted(source: Source, shifts: Mapping[str, int]) -> Source:
    """Give a source's candidates other ranks, by type."""
    return source.shifted(shifts) if isinstance(source, Listed) else Shifted(source, shifts)


def _shifted(one: Candidate, shifts: Mapping[str, int]) -> Candidate:
    # A word can be on several lists, and has the types of all.
    shift = max(shifts.get(type, 0) for type in one.type.split())
    return one._replace(rank=one.rank + shift) if shift else one


def weigh(sources: Sequence[Source], *, start: int, limit: int | None = None) -> tuple[list[Candidate], int]:
    """Give what stands, and the place up to which that is decided.

    With a limit, nothing is decided that reaches beyond it.
    """
    standing: list[Candidate] = []
    while True:
        held: Candidate | None = None
        for source in sources:
            first = source.first(start)
            if first is not None and (held is None or _before(first, held)):
                held = first
        if held is None:
            return standing, start if limit is None else max(start, limit)
        if limit is not None and held.end > limit:
            return standing, max(start, min(limit, held.start))
        if any(_outranks(rival, held) for source in sources for rival in source.rivals(held)):
            start = held.start + 1
        else:
            standing.append(held)
            start = held.end


def _before(one: Candidate, other: Candidate) -> bool:
    return (one.start, -one.rank, -one.end, one.type) < (other.start, -other.rank, -other.end, other.type)


def _outranks(one: Candidate, other: Candidate) -> bool:
    return (one.rank, one.end - one.start) > (other.rank, other.end - other.start)
