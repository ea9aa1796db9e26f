"""Dependence: what use cases stand on, and which of them exclude each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from remit.declare.needs import UseCaseNeeds

NeedsById = Mapping[str, UseCaseNeeds]


@dataclass(frozen=True, slots=True)
class Exclusive:
    """Use cases of which at most one is done. `variants_of` is the one that they are ways of doing, or empty
    where one says of another that it excludes it."""

    members: tuple[str, ...]
    variants_of: str = ""


def exclusives(needs: NeedsById) -> tuple[Exclusive, ...]:
    """List all groups of which at most one is done, each once, in the order of their members."""
    ways: dict[str, set[str]] = defaultdict(set)
    for name in needs:
        if (root := _root(needs, name)) != name:
            ways[root] |= {root, name}
    groups = [Exclusive(tuple(sorted(members)), root) for root, members in ways.items()]
    pairs = {(min(a, b), max(a, b)) for a, each in needs.items() for b in each.excludes if a != b}
    groups += [Exclusive(pair) for pair in pairs]
    return tuple(sorted(groups, key=lambda each: (each.members, each.variants_of)))


def _root(needs: NeedsById, name: str) -> str:
    """Follow a variant to what it is a way of doing; a circle ends where it closes."""
    seen = {name}
    while name in needs and (above := needs[name].variant_of) is not None and above not in seen:
        seen.add(above)
        name = above
    return name


def stands_on(needs: NeedsById, name: str) -> frozenset[str]:
    """List everything that a use case depends on, directly or through others; itself only in a circle."""
    found: set[str] = set()
    ahead = list(needs[name].depends_on) if name in needs else []
    while ahead:
        at = ahead.pop()
        if at not in found:
            found.add(at)
            ahead += needs[at].depends_on if at in needs else ()
    return frozenset(found)


def circles(needs: NeedsById) -> Iterator[tuple[str, ...]]:
    """Find circles of dependence and of variants, each once, from its first name on.

    What excludes itself is one as well.
    """
    seen = {name for name, each in needs.items() if name in each.excludes}
    yield from ((name,) for name in sorted(seen))
    for name in sorted(needs):
        if name in seen:
            continue
        if (found := _way_back(needs, name)) is not None:
            seen |= set(found)
            yield found
    for name in sorted(needs):
        around = [name]
        while (above := needs[around[-1]].variant_of if around[-1] in needs else None) not in (None, *around):
            around.append(str(above))
        if above == name and name == min(around):
            yield tuple(around)


def _way_back(needs: NeedsById, name: str) -> tuple[str, ...] | None:
    """Find the shortest way from a name along what it depends on back to itself."""
    ways: dict[str, tuple[str, ...]] = {name: (name,)}
    ahead = [name]
    for at in ahead:
        for other in needs[at].depends_on if at in needs else ():
            if other == name:
                return ways[at]
            if other not in ways:
                ways[other] = (*ways[at], other)
                ahead.append(other)
    return None


def contradictions(needs: NeedsById) -> Iterator[tuple[str, str, str]]:
    """Find use cases that cannot be done: as (the one, and the two of what it needs that exclude each other).

    A mandatory one stands also on all others that are mandatory: then the first name is empty.
    """
    groups = [set(each.members) for each in exclusives(needs)]
    if not groups:
        return
    grouped = set().union(*groups)
    whole: set[str] = set()
    for name in sorted(needs):
        closure = {name, *stands_on(needs, name)}
        whole |= closure if needs[name].mandatory else set()
        if pair := _pair(groups, closure & grouped):
            yield (name, *pair)
    if pair := _pair(groups, whole & grouped):
        yield ("", *pair)


def _pair(groups: list[set[str]], chosen: set[str]) -> tuple[str, str] | None:
    if len(chosen) < 2:
        return None
    both = (sorted(group & chosen) for group in groups if len(group & chosen) > 1)
    return next((pair for group in both for pair in pairwise(group)), None)
