"""How alike two use cases are, and why: by title, wording and meaning, and by what they share."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from rapidfuzz import fuzz

from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.declare.use_case import UseCase
from remit.declare.version import family
from remit.record.projection import StageFact

TITLE_SCORE = 0.90
"""What one title counts for where the purposes differ."""

WORDING_MIN = 0.85
"""From here on two texts have nearly the same words; below, it is their meaning that is near."""

STOCK_MIN = 5
"""A purpose that stands under so many titles is a stock text, and says nothing about any of them."""

_CHARACTERS_MAX = 2_000
_SAME_UNIT = 0.02
_SAME_BLOCKS = 0.05
_SAME_OUTCOMES = 0.05
CONTEXT_MAX = _SAME_UNIT + _SAME_BLOCKS + _SAME_OUTCOMES
"""The most that what two use cases share adds to how near their texts are."""

_COMMONPLACE = 0.5
_NEAR_NAME = 90
_AIMS_MAX = 20
_WORD = re.compile(r"\w+")


def folded(text: str) -> str:
    """Write a text so that capitals, punctuation and spaces make no difference.

    >>> folded("  Generative-AI:  Usage")
    'generative ai usage'
    """
    return " ".join(_WORD.findall(text.casefold()))


@dataclass(frozen=True, slots=True)
class Aim:
    """An outcome metric as it is compared: what is measured, in what, and which way it shall go."""

    id: str
    unit: str
    direction: str
    name: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.id, self.unit.casefold(), self.direction

    def meets(self, other: Aim) -> bool:
        """Say whether two aims are one: the same id and unit, or nearly the same name, and one direction."""
        if self.key == other.key:
            return True
        return (
            self.direction == other.direction
            and fuzz.ratio(self.name, other.name, score_cutoff=_NEAR_NAME) > 0
        )


@dataclass(frozen=True, slots=True)
class Subject:
    """What is compared of a use case. `blocks` and `aims` leave out those that half of all share."""

    id: str
    name: str
    unit: str
    stage: StageName
    owner: str
    data_class: str
    blocks: frozenset[str]
    aims: tuple[Aim, ...]
    distinct_from: Mapping[str, str]
    title: str
    purpose: str
    stock: bool
    text: str
    """What its meaning is read from."""


ReasonKind = Literal["title", "purpose", "wording", "meaning", "unit", "outcomes", "blocks", "data_class"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why use cases are alike: the kind for machines, the words for people."""

    kind: ReasonKind
    words: str


def subjects(model: OperatingModel, stages: Mapping[str, StageFact]) -> tuple[Subject, ...]:
    """Read off what is compared, in the order of ids: how use cases were declared makes no difference."""
    purposes: dict[str, set[str]] = defaultdict(set)
    uses: Counter[object] = Counter()
    aims: dict[str, tuple[Aim, ...]] = {}
    for id, case in model.use_cases.items():
        purposes[folded(case.purpose)].add(folded(case.name))
        aims[id] = _aims(case)
        uses.update({*(family(block) for block in case.blocks), *(aim.key for aim in aims[id])})
    often = max(2, _COMMONPLACE * len(model.use_cases))
    found = []
    for id, case in sorted(model.use_cases.items()):
        purpose = folded(case.purpose)
        stock = len(purposes[purpose]) >= STOCK_MIN
        found.append(
            Subject(
                id=id,
                name=case.name,
                unit=case.unit,
                stage=stages[id].stage if id in stages else "envision",
                owner=model.owner_of(id),
                data_class=case.data_class,
                blocks=frozenset(name for block in case.blocks if uses[name := family(block)] <= often),
                aims=tuple(aim for aim in aims[id] if uses[aim.key] <= often)[:_AIMS_MAX],
                distinct_from=case.distinct_from,
                title=folded(case.name),
                purpose=purpose,
                stock=stock,
                text=case.name if stock else f"{case.name}. {case.purpose}"[:_CHARACTERS_MAX],
            )
        )
    return tuple(found)


def explained(one: Subject, other: Subject) -> bool:
    """Say whether either of two use cases declares why they are not the same job."""
    return other.id in one.distinct_from or one.id in other.distinct_from


def _aims(case: UseCase) -> tuple[Aim, ...]:
    return tuple(
        Aim(id, metric.unit, metric.direction, folded(metric.name))
        for id, metric in sorted(case.outcomes.items())
    )


def wording(one: Subject, other: Subject) -> float:
    """Say how much of two texts is the same words, from 0 to 1; a stock purpose is left out."""
    texts = (each.title if each.stock else f"{each.title} {each.purpose}" for each in (one, other))
    first, second = (text[:_CHARACTERS_MAX] for text in texts)
    return float(fuzz.token_sort_ratio(first, second, score_cutoff=100 * WORDING_MIN)) / 100


def context(one: Subject, other: Subject) -> float:
    """Say how much nearer two use cases are for what they share: the unit, blocks, and outcomes."""
    either = one.blocks | other.blocks
    blocks = len(one.blocks & other.blocks) / len(either) if either else 0
    aims = len(one.aims) + len(other.aims)
    outcomes = (_met(one, other) + _met(other, one)) / aims if aims else 0
    return _SAME_UNIT * (one.unit == other.unit) + _SAME_BLOCKS * blocks + _SAME_OUTCOMES * outcomes


def _met(one: Subject, other: Subject) -> int:
    """Count the aims of one that the other has as well."""
    return sum(any(aim.meets(each) for each in other.aims) for aim in one.aims)


def score(one: Subject, other: Subject, *, nearness: float) -> float:
    """Say how alike two use cases are, from 0 to 1, given how near their meanings are. Symmetric."""
    return min(1.0, max(nearness, wording(one, other)) + context(one, other))


def reasons(members: Sequence[Subject], *, nearness: float) -> tuple[Reason, ...]:
    """Say in words what holds for every pair of several use cases, the text first, then what they share."""
    return (*_text_reasons(members, nearness), *_shared_reasons(members))


def _text_reasons(members: Sequence[Subject], nearness: float) -> Iterable[Reason]:
    """Name the strongest likeness of the texts: equal title and purpose, else words, else meaning."""
    first = members[0]
    one_title = all(each.title == first.title for each in members)
    one_purpose = not first.stock and all(each.purpose == first.purpose for each in members)
    if one_title:
        yield Reason("title", f"one title: “{first.name}”")
    if one_purpose:
        yield Reason("purpose", "word for word the same purpose")
    if one_purpose or (one_title and nearness == 0):
        return
    if all(wording(first, each) >= WORDING_MIN for each in members[1:]):
        yield Reason("wording", "nearly the same words")
    else:
        yield Reason("meaning", f"near in meaning ({nearness:.2f}), in other words")


def _shared_reasons(members: Sequence[Subject]) -> Iterable[Reason]:
    first = members[0]
    if all(each.unit == first.unit for each in members):
        yield Reason("unit", f"in one unit: `{first.unit}`")
    aims = [found for aim in first.aims if (found := _of_all(aim, members))]
    if aims:
        yield Reason("outcomes", f"{'both' if len(members) == 2 else 'all'} aim at {', '.join(aims)}")
    blocks = frozenset.intersection(*(each.blocks for each in members))
    if blocks:
        yield Reason("blocks", "share " + ", ".join(f"`{block}`" for block in sorted(blocks)))
    if first.data_class != "internal" and all(each.data_class == first.data_class for each in members):
        yield Reason("data_class", f"all handle {first.data_class} data")


def _of_all(aim: Aim, members: Sequence[Subject]) -> str:
    """Write an aim of the first that all have, of which every two are one; empty if it is not so."""
    same = [next((each for each in member.aims if aim.meets(each)), None) for member in members]
    met = [each for each in dict.fromkeys(same) if each is not None]
    if None in same or not all(one.meets(other) for one, other in combinations(met, 2)):
        return ""
    ids = " or ".join(f"`{id}`" for id in dict.fromkeys(each.id for each in met))
    return f"{ids} ({aim.unit}, {aim.direction})"
