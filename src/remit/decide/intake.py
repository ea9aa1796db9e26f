"""Intake: whether a use case that comes in does a job that another does already: join it, or explain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from remit.decide.duplicate import FLOOR, NEIGHBOURS_MAX, SCORE_MIN, Member, Vectors, member_of, near_rows
from remit.decide.likeness import CONTEXT_MAX, TITLE_SCORE, Reason, Subject, explained, reasons, score

NEAREST_MAX = 3
"""How many of those that are nearest to a newcomer are named."""


@dataclass(frozen=True, slots=True)
class Match:
    """A use case that seems to do the newcomer's job, and why it seems so."""

    member: Member
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A use case that comes in, or is worded anew, with those it resembles and is not explained against.

    The nearest come first; `more` counts the others that were found.
    """

    member: Member
    nearest: tuple[Match, ...]
    more: int


def newcomers(
    found: Sequence[Subject], vectors: Vectors, *, new: AbstractSet[str], score_min: float = SCORE_MIN
) -> tuple[Newcomer, ...]:
    """Hold those that are new against all, by title and by text; the most alike come first.

    `found` is in the order of ids, `vectors` beside it. Of each at most the 50 nearest texts and 50 of the
    same title are looked at.
    """
    titles: dict[str, list[int]] = defaultdict(list)
    for at, subject in enumerate(found):
        titles[subject.title].append(at)
    rows = np.array([at for at, subject in enumerate(found) if subject.id in new], dtype=np.intp)
    near = dict(near_rows(vectors, rows, floor=max(FLOOR, score_min - CONTEXT_MAX)))
    listed = []
    for at in map(int, rows):
        same = [other for other in titles[found[at].title][: NEIGHBOURS_MAX + 1] if other != at]
        others = sorted({*same, *map(int, near.get(at, ()))})
        matches = sorted(
            _matches(found, vectors, at, others, score_min), key=lambda match: (-match.score, match.member.id)
        )
        if matches:
            more = len(matches) - NEAREST_MAX
            listed.append(Newcomer(member_of(found[at]), tuple(matches[:NEAREST_MAX]), max(0, more)))
    return tuple(sorted(listed, key=lambda each: (-each.nearest[0].score, each.member.id)))


def _matches(
    found: Sequence[Subject], vectors: Vectors, at: int, others: Sequence[int], score_min: float
) -> Iterator[Match]:
    here = found[at]
    for other in others:
        there = found[other]
        if explained(here, there):
            continue
        nearness = float(vectors[at] @ vectors[other])
        by_text = score(here, there, nearness=nearness)
        if by_text < score_min:
            # The texts are apart, so that only the title can be what both have.
            nearness = 0
        likeness = max(by_text, TITLE_SCORE if here.title == there.title else 0)
        if likeness >= score_min:
            yield Match(member_of(there), round(likeness, 2), reasons((here, there), nearness=nearness))
