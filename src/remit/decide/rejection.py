"""Rejection: why a candidate is not chosen, what it would need, and what it would displace.

What it would need is exact: what is lacking for it to be done beside all that is chosen. What it would
displace is exact where the choice was made again with it; for the rest a bound from the relaxation, where
parts can be chosen, says the least that it would cost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, TypeVar

from remit.decide.clash import clash
from remit.decide.programme import RESOURCES, Programme, Row
from remit.decide.solver import Model, Solved
from remit.kernel.errors import RemitError

_T = TypeVar("_T")

Kind = Literal["unstated", "impossible", "displaces", "costs_at_least"]
"""Nobody says what it adds; it cannot be had at all; what it would displace; the least that it would cost."""

EXACT = 10
"""For how many of the nearest the choice is made again with each of them."""
SECONDS = 6.0
"""How long that may take for all of them together."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """How much more there would have to be of something, for it to be done beside all that is chosen."""

    kind: str
    about: tuple[str, ...]
    period: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why one is not chosen.

    With it, the best choice would lose `displaced`, gain `joining` beside it, and be worth `lost` less; of a
    bound `lost` is the least. `blocked_by` are those that are chosen and exclude it. `clash` are the limits
    that cannot be kept with it.
    """

    id: str
    kind: Kind
    lacking: tuple[Lacking, ...] = ()
    blocked_by: tuple[str, ...] = ()
    displaced: tuple[str, ...] = ()
    joining: tuple[str, ...] = ()
    lost: Decimal | None = None
    proved: bool = False
    clash: tuple[Row, ...] = ()
    missing: tuple[str, ...] = ()


def rejections(
    programme: Programme,
    best: Solved,
    *,
    unstated: Mapping[str, tuple[str, ...]],
    exact: int = EXACT,
    seconds: float = SECONDS,
) -> tuple[Rejection, ...]:
    """Say for every candidate that is not chosen why; the nearest to being chosen first."""
    left = [at for at in range(programme.own) if at not in best.chosen]
    ceilings = Model(programme, relaxed=True).ceilings() if left else ()
    scored = [at for at in left if programme.names[at] not in unstated]
    floors = {at: max(Decimal(0), best.worth - ceilings[at]) for at in scored}
    near = sorted(scored, key=lambda at: (floors[at], -programme.worth[at], programme.names[at]))
    found = _tried(programme, best, near[:exact], seconds)
    for at in near:
        if at not in found:
            found[at] = Rejection(programme.names[at], "costs_at_least", lost=floors[at])
    for at in left:
        name = programme.names[at]
        if name in unstated:
            found[at] = Rejection(name, "unstated", missing=unstated[name])
    beside = _beside(programme, best)
    order = [*near, *(at for at in left if at not in floors)]
    return tuple(_with_needs(programme, best, beside, at=at, found=found[at]) for at in order)


def _tried(programme: Programme, best: Solved, near: Sequence[int], seconds: float) -> dict[int, Rejection]:
    """Make the choice again with each of the nearest, as long as there is time."""
    model = Model(programme)
    found: dict[int, Rejection] = {}
    for at in near:
        if seconds <= 0:
            break
        try:
            again = model.solve(forced=(at,), seconds=seconds)
        except RemitError:
            break
        seconds -= again.seconds
        name = programme.names[at]
        if again.status == "infeasible":
            found[at] = Rejection(name, "impossible", clash=clash(programme, forced=(at,)), proved=True)
        elif again.status == "optimal":
            found[at] = Rejection(
                name,
                "displaces",
                displaced=_named(programme, best.chosen - again.chosen),
                joining=_named(programme, again.chosen - best.chosen - {at}),
                lost=best.worth - again.worth,
                proved=best.status == "optimal",
            )
    return found


def _named(programme: Programme, columns: Iterable[int]) -> tuple[str, ...]:
    return tuple(programme.names[at] for at in sorted(columns) if at < programme.own)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What each column stands on, the groups of which at most one is chosen, the limits that there can be
    more of, by column, and how much of each is taken."""

    on: Mapping[int, tuple[int, ...]]
    groups: Mapping[int, tuple[Row, ...]]
    limits: Mapping[int, tuple[int, ...]]
    taken: Mapping[int, Decimal]


def _beside(programme: Programme, best: Solved) -> _Beside:
    on: dict[int, list[int]] = defaultdict(list)
    groups: dict[int, list[Row]] = defaultdict(list)
    limits: dict[int, list[int]] = defaultdict(list)
    taken: dict[int, Decimal] = {}
    for index, row in enumerate(programme.rows):
        if row.kind in ("depends_on", "block"):
            [one] = [at for at, value in row.coefficients.items() if value > 0]
            on[one] += [at for at in row.coefficients if at != one]
        elif row.kind == "exclusive":
            for at in row.coefficients:
                groups[at].append(row)
        elif row.kind in RESOURCES and row.tag != "value_share":
            taken[index] = row.taken(best.chosen)
            for at in row.coefficients:
                limits[at].append(index)
    return _Beside(_frozen(on), _frozen(groups), _frozen(limits), taken)


def _frozen(found: Mapping[int, list[_T]]) -> dict[int, tuple[_T, ...]]:
    return {at: tuple(each) for at, each in found.items()}


def _with_needs(
    programme: Programme, best: Solved, beside: _Beside, *, at: int, found: Rejection
) -> Rejection:
    """Add what would be lacking, were it and all that it stands on done beside what is chosen."""
    closure = {at}
    ahead = [at]
    while ahead:
        more = [each for each in beside.on.get(ahead.pop(), ()) if each not in closure]
        closure |= set(more)
        ahead += more
    added = closure - best.chosen
    rivals = {
        other
        for each in added
        for row in beside.groups.get(each, ())
        for other in row.coefficients
        if other in best.chosen and other not in closure
    }
    lacking = []
    for index in sorted({index for each in added for index in beside.limits.get(each, ())}):
        row = programme.rows[index]
        over = beside.taken[index] + row.taken(added) - row.taken(rivals) - row.most
        if over > 0:
            lacking.append(Lacking(row.kind, row.about, row.period, over))
    return replace(
        found,
        lacking=tuple(lacking),
        blocked_by=_named(programme, rivals),
        joining=found.joining if found.kind == "displaces" else _named(programme, added - {at}),
    )
