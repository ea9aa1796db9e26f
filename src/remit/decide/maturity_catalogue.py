"""What maturity is profiled by: criteria and activities by level and pillar, and moves that answer them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from remit.declare.declared import Day, Declared, Id, Title, Word
from remit.declare.gate import Pillar
from remit.declare.organisation import STAGES, StageName
from remit.declare.text import read

LEVELS: tuple[StageName, ...] = STAGES[:-1]
"""The levels of the source: an organisation's, though named as the stages of a use case's life."""

PILLARS: tuple[Pillar, ...] = get_args(Pillar)

PREFIX = "maturity/"
"""What the address of an item begins with, where somebody attests it."""


class Source(Declared):
    """Where criteria and activities are from; they are told in words of our own."""

    name: Title
    link: Title
    read: Day


class Written(Declared):
    """A criterion or activity as it is written: `evidence` or `attested_by` says how it is answered."""

    title: Title
    pillar: Pillar | None = None
    evidence: Word | None = None
    attested_by: Id | None = None
    next: Title
    move: Id


class Move(Declared):
    """What can be done next, by whom and how, and what of it use cases wait for at gates."""

    title: Title
    by: Id
    command: Title | None = None
    waits: tuple[Title, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A criterion or an activity. It is answered by a function of evidence, or by what `attested_by` says."""

    id: str
    kind: Literal["criterion", "activity"]
    level: StageName
    pillar: Pillar
    title: str
    evidence: str
    attested_by: str
    next: str
    move: str

    @property
    def address(self) -> str:
        """What an attestation of it is about."""
        return PREFIX + self.id


@dataclass(frozen=True)
class Catalogue:
    """Every item, criteria first, and every move by its id."""

    source: Source
    items: tuple[Item, ...]
    moves: Mapping[str, Move]

    @cached_property
    def attested(self) -> frozenset[str]:
        """The ids of items that are answered by attestation."""
        return frozenset(item.id for item in self.items if item.attested_by)


def read_catalogue(texts: Mapping[str, str]) -> Catalogue:
    """Read the files that ship, by their names; what is wrong with one is a fault of ours."""
    trees: dict[str, Any] = {}
    for file, text in texts.items():
        tree, diagnostics = read(text, file)
        assert not diagnostics, f"{file} is sound"
        trees[file] = tree
    criteria, moves = trees.pop("criteria.yaml"), trees.pop("moves.yaml")
    items = list(_items(criteria["criteria"], "criterion", None))
    for pillar in PILLARS:
        items += _items(trees[f"{pillar}.yaml"]["activities"], "activity", pillar)
    return Catalogue(
        Source.model_validate(criteria["source"]),
        tuple(items),
        {id: Move.model_validate(each) for id, each in moves["moves"].items()},
    )


def _items(
    levels: Mapping[str, Any], kind: Literal["criterion", "activity"], pillar: Pillar | None
) -> Iterator[Item]:
    for level in LEVELS:
        for id, body in levels[level].items():
            written = Written.model_validate(body)
            of = written.pillar or pillar
            assert of is not None, f"{id} belongs to a pillar"
            assert (written.evidence is None) != (written.attested_by is None), f"{id} is answered in one way"
            yield Item(
                id=id,
                kind=kind,
                level=level,
                pillar=of,
                title=written.title,
                evidence=written.evidence or "",
                attested_by=written.attested_by or "",
                next=written.next,
                move=written.move,
            )
