"""Duplicates: use cases that seem to do one job, so that their owners join them or explain why not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from remit.decide.likeness import CONTEXT_MAX, TITLE_SCORE, Reason, Subject, explained, folded, reasons, score
from remit.declare.organisation import StageName

Vectors = NDArray[np.float32]
"""A row of length one for each text: the product of two says how near their meanings are."""

Places = NDArray[np.intp]
"""Which rows."""

SCORE_MIN = 0.80
"""From here on a pair is offered as a duplicate, unless the asker says otherwise."""

FLOOR = 0.50
"""Below this nearness of meaning no pair is looked at."""

NEIGHBOURS_MAX = 50
_ROWS = 1_024


@dataclass(frozen=True, slots=True)
class Member:
    id: str
    name: str
    unit: str
    stage: StageName
    owner: str


@dataclass(frozen=True, slots=True)
class Explained:
    """What a use case declares on why it does another job than one that it resembles."""

    use_case: str
    other: str
    why: str


@dataclass(frozen=True, slots=True)
class Group:
    """Use cases of which every two are alike. `score` is that of the two that are least so.

    `kind` says what was looked at: a title that several have, or texts that are near. `explained` are the
    pairs among them of which somebody said that they are not the same job.
    """

    kind: Literal["title", "text"]
    members: tuple[Member, ...]
    score: float
    reasons: tuple[Reason, ...]
    explained: tuple[Explained, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """A use case that a text is near to, and the words that both have."""

    member: Member
    score: float
    reasons: tuple[Reason, ...]


Pair = tuple[int, int]


def duplicates(
    found: Sequence[Subject], vectors: Vectors, *, score_min: float = SCORE_MIN
) -> tuple[Group, ...]:
    """Group the use cases that seem to do one job; `found` is in the order of ids, `vectors` beside it.

    One use case can stand in two groups: by its title and by its text. Within each kind it stands once at
    most, with those to which it is nearest. One that is explained against all others of a group is left out.
    """
    texts = _by_text(found, vectors, score_min)
    titles: dict[str, list[int]] = defaultdict(list)
    for at, subject in enumerate(found):
        titles[subject.title].append(at)
    groups = [
        _group("title", [found[at] for at in group], TITLE_SCORE, nearness=0)
        for each in titles.values()
        if len(each) > 1 and each not in texts.values() and score_min <= TITLE_SCORE
        if (group := _unexplained(found, each))
    ]
    scores = _Scores(found, vectors)
    for group in filter(None, (_unexplained(found, each) for each in texts.values())):
        pairs = [(one, other) for place, one in enumerate(group) for other in group[place + 1 :]]
        nearness = min(scores.nearness(*pair) for pair in pairs)
        least = min(scores.of(*pair) for pair in pairs)
        groups.append(_group("text", [found[at] for at in group], round(least, 2), nearness=nearness))
    return tuple(sorted(groups, key=lambda each: (-len(each.members), -each.score, each.members[0].id)))


def _unexplained(found: Sequence[Subject], group: Sequence[int]) -> list[int]:
    """Leave out of a group who is explained against all others of it."""
    return [
        at for at in group if any(other != at and not explained(found[at], found[other]) for other in group)
    ]


def _group(
    kind: Literal["title", "text"], members: Sequence[Subject], least: float, *, nearness: float
) -> Group:
    ids = {each.id for each in members}
    said = tuple(
        Explained(each.id, other, why)
        for each in members
        for other, why in sorted(each.distinct_from.items())
        if other in ids
    )
    listed = tuple(member_of(each) for each in members)
    return Group(kind, listed, least, reasons(members, nearness=nearness), said)


def member_of(subject: Subject) -> Member:
    """Name a use case with what its owners are found by."""
    return Member(subject.id, subject.name, subject.unit, subject.stage, subject.owner)


@dataclass(frozen=True, slots=True)
class _Scores:
    """How alike any two of the use cases are."""

    found: Sequence[Subject]
    vectors: Vectors

    def nearness(self, one: int, other: int) -> float:
        return float(self.vectors[one] @ self.vectors[other])

    def of(self, one: int, other: int) -> float:
        return score(self.found[one], self.found[other], nearness=self.nearness(one, other))


def _by_text(found: Sequence[Subject], vectors: Vectors, score_min: float) -> dict[int, list[int]]:
    """Gather texts of which every two are alike, the most alike first.

    Equal texts are one from the start. No chain of likenesses joins two that are not alike themselves.
    """
    same: dict[str, list[int]] = defaultdict(list)
    for at, subject in enumerate(found):
        same[f"{subject.title}\n{'' if subject.stock else subject.purpose}"].append(at)
    firsts = [group[0] for group in same.values()]
    scores = _Scores(found, vectors)
    alike: dict[Pair, float] = {}
    floor = max(FLOOR, score_min - CONTEXT_MAX)
    for one, other in near_pairs(vectors[firsts], floor=floor):
        pair = (firsts[one], firsts[other])
        if (likeness := scores.of(*pair)) >= score_min:
            alike[pair] = likeness
    clusters = {group[0]: [group[0]] for group in same.values()}
    home = {at: at for at in clusters}
    for one, other in sorted(alike, key=lambda pair: (-alike[pair], pair)):
        a, b = sorted((home[one], home[other]))
        if a != b and all((min(p), max(p)) in alike for p in _across(clusters[a], clusters[b])):
            for at in clusters[b]:
                home[at] = a
            clusters[a] += clusters.pop(b)
    members = {group[0]: group for group in same.values()}
    grown = {at: sorted(m for first in cluster for m in members[first]) for at, cluster in clusters.items()}
    return {at: group for at, group in grown.items() if len(group) > 1}


def _across(some: Iterable[int], others: Sequence[int]) -> Iterator[Pair]:
    return ((one, other) for one in some for other in others)


def near_pairs(vectors: Vectors, *, floor: float) -> set[Pair]:
    """Find the pairs whose product is at least `floor`, each once, the smaller index first.

    Of each row at most its 50 nearest are kept, so that many use cases that say the same cannot make more
    pairs than memory holds. The products are taken in blocks, all of them: at 10,000 rows this takes less
    than a second, and misses nothing as hashing would.
    """
    rows = np.arange(len(vectors))
    return {
        (min(at, int(other)), max(at, int(other)))
        for at, near in near_rows(vectors, rows, floor=floor)
        for other in near
    }


def near_rows(vectors: Vectors, rows: Places, *, floor: float) -> Iterator[tuple[int, Places]]:
    """Find for some rows which others are near, at most the 50 nearest; rows with none are left out."""
    for start in range(0, len(rows), _ROWS):
        chosen = rows[start : start + _ROWS]
        products = vectors[chosen] @ vectors.T
        products[np.arange(len(chosen)), chosen] = -1
        for row in np.flatnonzero((products >= floor).any(axis=1)):
            near = np.flatnonzero(products[row] >= floor)
            if len(near) > NEIGHBOURS_MAX:
                order = np.argsort(-products[row, near], kind="stable")
                near = near[order[:NEIGHBOURS_MAX]]
            yield int(chosen[row]), near


def similar(
    text: str, found: Sequence[Subject], vectors: Vectors, *, meaning: Vectors, limit: int
) -> tuple[Near, ...]:
    """List the use cases that are nearest to a text, with the words that both have.

    `meaning` is the vector of the text. A title that is typed as it stands comes first.
    """
    wanted = folded(text)
    products = vectors @ meaning
    marks = [
        max(float(products[at]), fuzz.token_sort_ratio(wanted, subject.title, score_cutoff=80) / 100)
        for at, subject in enumerate(found)
    ]
    nearest = sorted(range(len(found)), key=lambda at: (-marks[at], found[at].id))[:limit]
    return tuple(
        Near(member_of(found[at]), round(min(1.0, marks[at]), 2), tuple(_why(wanted, found[at])))
        for at in nearest
        if marks[at] > 0
    )


def _why(wanted: str, subject: Subject) -> Iterator[Reason]:
    if wanted == subject.title:
        yield Reason("title", "the same title")
    elif wanted == subject.purpose:
        yield Reason("purpose", "word for word the same purpose")
    own = {*subject.title.split(), *subject.purpose.split()}
    both = [word for word in dict.fromkeys(wanted.split()) if word in own and len(word) > 3]
    if both:
        yield Reason("wording", "words in common: " + ", ".join(both[:8]))
    else:
        yield Reason("meaning", "near in meaning, with no word in common")
