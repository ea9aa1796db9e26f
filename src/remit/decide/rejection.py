"""Rejection: why a candidate is not chosen, what it would need, and what it would displace.

What it would need is exact: what is lacking for it to be done beside all that is chosen. What it would
displace is exact as well: the choice is made again with it, for one after the other, the nearest first. When
time ends before all are done, a swap that keeps every limit says of the rest what could give way and what
that costs at most, and a bound from the relaxation, where parts can be chosen, what it costs at least.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, TypeVar

from remit.decide.clash import LINKS, clash, clash_of_needs
from remit.decide.programme import RESOURCES, Programme, Row
from remit.decide.solver import Model, Solved
from remit.decide.swap import Swaps
from remit.kernel.errors import RemitError

_T = TypeVar("_T")

Kind = Literal["unstated", "impossible", "displaces", "costs_at_least"]
"""Nobody says what it adds; it cannot be had at all; what it would displace; the least that it would cost."""

SECONDS = 10.0
"""How long making the choice again may take for all of them together."""
_BOUNDS_SHARE = 3
"""Up to a third of that brings bounds nearer first."""
_CLASHES_MAX = 10
"""How many clashes a solver is asked for; to find those that follow from needs alone takes none."""


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

    With it, the best choice would lose `displaced`, gain `joining` beside it, and be worth `lost` less. Of a
    bound `lost` is the least; `lost_at_most` is what it is worth less if `displaced` give way, None where
    nothing was found that could. `blocked_by` are those that are chosen and exclude it. `clash` are the
    limits that cannot be kept with it.
    """

    id: str
    kind: Kind
    lacking: tuple[Lacking, ...] = ()
    blocked_by: tuple[str, ...] = ()
    displaced: tuple[str, ...] = ()
    joining: tuple[str, ...] = ()
    lost: Decimal | None = None
    lost_at_most: Decimal | None = None
    proved: bool = False
    clash: tuple[Row, ...] = ()
    missing: tuple[str, ...] = ()


def rejections(
    programme: Programme,
    best: Solved,
    *,
    unstated: Mapping[str, tuple[str, ...]],
    exact: int | None = None,
    seconds: float = SECONDS,
) -> tuple[Rejection, ...]:
    """Say for every candidate that is not chosen why; the nearest to being chosen first.

    `exact` is for how many the choice is made again at most; left out, for all that time allows.
    """
    left = [at for at in range(programme.own) if at not in best.chosen]
    beside = _beside(programme, best)
    found = {
        at: Rejection(name, "unstated", missing=unstated[name])
        for at in left
        if (name := programme.names[at]) in unstated
    }
    scored = [at for at in left if at not in found]
    found |= _impossible(programme, beside, scored)
    asked = [at for at in scored if at not in found]
    floors, taken = _floors(programme, best, asked, seconds=seconds / _BOUNDS_SHARE if exact != 0 else 0.0)
    near = sorted(asked, key=lambda at: (floors[at], -programme.worth[at], programme.names[at]))
    found |= _tried(programme, best, near[:exact], seconds - taken)
    swaps = Swaps.of(programme, best.chosen)
    for at in near:
        if at not in found:
            found[at] = _swapped(programme, best, swaps, at=at, floor=floors[at], beside=beside)
    order = [*near, *(at for at in scored if at not in floors), *(at for at in left if at not in scored)]
    return tuple(_with_needs(programme, best, beside, at=at, found=found[at]) for at in order)


def _impossible(programme: Programme, beside: _Beside, asked: Sequence[int]) -> dict[int, Rejection]:
    """Find those that break a limit with what they stand on and what is mandatory, whatever else is done."""
    must = beside.closure(
        {at for row in programme.rows if row.kind == "mandatory" for at in row.coefficients}
    )
    taken = _taken(programme, beside, must)
    found: dict[int, Rejection] = {}
    for at in asked:
        needed = beside.closure({at}) | must
        if not _overfills(programme, taken, _taken(programme, beside, needed - must)):
            continue
        rows = [
            programme.rows[index]
            for index in sorted({i for each in needed for i in beside.rows.get(each, ())})
        ]
        if clashing := clash_of_needs(rows, forced=(at,)):
            found[at] = Rejection(programme.names[at], "impossible", clash=clashing, proved=True)
    return found


def _taken(programme: Programme, beside: _Beside, columns: Collection[int]) -> dict[int, Decimal]:
    """Sum up what some columns take of each limit that they touch; a share of value is none of them."""
    found: dict[int, Decimal] = {}
    for at in columns:
        for index in beside.rows.get(at, ()):
            row = programme.rows[index]
            if row.tag != "value_share":
                found[index] = found.get(index, Decimal(0)) + row.coefficients[at]
    return found


def _overfills(programme: Programme, taken: Mapping[int, Decimal], more: Mapping[int, Decimal]) -> bool:
    rows = programme.rows
    return any(taken.get(index, Decimal(0)) + each > rows[index].most for index, each in more.items())


def _floors(
    programme: Programme, best: Solved, asked: Sequence[int], *, seconds: float
) -> tuple[dict[int, Decimal], float]:
    """Say of each the least that it would cost, as near as time allows, and how long that took."""
    if not asked:
        return {}, 0.0
    model = Model(programme, relaxed=True)
    ceilings = dict(enumerate(model.ceilings()))
    for at in sorted(asked, key=lambda at: -ceilings[at]):
        if model.seconds >= seconds:
            break
        # Where nothing keeps every limit, that is found out, and explained, when the choice is made with it.
        nearer = model.ceiling((at,))
        ceilings[at] = ceilings[at] if nearer is None else min(ceilings[at], nearer)
    return {at: max(Decimal(0), best.worth - ceilings[at]) for at in asked}, model.seconds


def _tried(programme: Programme, best: Solved, near: Sequence[int], seconds: float) -> dict[int, Rejection]:
    """Make the choice again with each, as long as there is time."""
    model = Model(programme)
    found: dict[int, Rejection] = {}
    clashes = 0
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
            clashes += 1
            explained = clash(programme, forced=(at,)) if clashes <= _CLASHES_MAX else ()
            found[at] = Rejection(name, "impossible", clash=explained, proved=True)
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


def _swapped(
    programme: Programme, best: Solved, swaps: Swaps, *, at: int, floor: Decimal, beside: _Beside
) -> Rejection:
    """Say what could give way for one, and within which bounds the best choice with it is."""
    name = programme.names[at]
    swap = swaps.swap(at, rivals=beside.rivals(beside.closure({at}), best.chosen))
    if swap is None:
        return Rejection(name, "costs_at_least", lost=floor)
    return Rejection(
        name,
        "costs_at_least",
        displaced=_named(programme, swap.leaving),
        joining=_named(programme, swap.joining - {at}),
        lost=min(floor, swap.lost),
        lost_at_most=swap.lost,
    )


def _named(programme: Programme, columns: Iterable[int]) -> tuple[str, ...]:
    return tuple(programme.names[at] for at in sorted(columns) if at < programme.own)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What each column stands on, the groups of which at most one is chosen, the limits that there can be
    more of and all rows, by column, and how much of each is taken."""

    on: Mapping[int, tuple[int, ...]]
    groups: Mapping[int, tuple[Row, ...]]
    limits: Mapping[int, tuple[int, ...]]
    rows: Mapping[int, tuple[int, ...]]
    taken: Mapping[int, Decimal]

    def rivals(self, columns: Collection[int], chosen: Collection[int]) -> set[int]:
        """Name what is chosen and excluded by some columns."""
        return {
            other
            for each in columns
            for row in self.groups.get(each, ())
            for other in row.coefficients
            if other in chosen and other not in columns
        }

    def closure(self, columns: Collection[int]) -> set[int]:
        """Take some columns together with all that they stand on."""
        found = set(columns)
        ahead = [*found]
        while ahead:
            more = [each for each in self.on.get(ahead.pop(), ()) if each not in found]
            found |= set(more)
            ahead += more
        return found


def _beside(programme: Programme, best: Solved) -> _Beside:
    on: dict[int, list[int]] = defaultdict(list)
    groups: dict[int, list[Row]] = defaultdict(list)
    limits: dict[int, list[int]] = defaultdict(list)
    rows: dict[int, list[int]] = defaultdict(list)
    taken: dict[int, Decimal] = {}
    for index, row in enumerate(programme.rows):
        for at in row.coefficients:
            rows[at].append(index)
        if row.kind in LINKS:
            [one] = [at for at, value in row.coefficients.items() if value > 0]
            on[one] += [at for at in row.coefficients if at != one]
        elif row.kind == "exclusive":
            for at in row.coefficients:
                groups[at].append(row)
        elif row.kind in RESOURCES and row.tag != "value_share":
            taken[index] = row.taken(best.chosen)
            for at in row.coefficients:
                limits[at].append(index)
    return _Beside(_frozen(on), _frozen(groups), _frozen(limits), _frozen(rows), taken)


def _frozen(found: Mapping[int, list[_T]]) -> dict[int, tuple[_T, ...]]:
    return {at: tuple(each) for at, each in found.items()}


def _with_needs(
    programme: Programme, best: Solved, beside: _Beside, *, at: int, found: Rejection
) -> Rejection:
    """Add what would be lacking, were it and all that it stands on done beside what is chosen."""
    closure = beside.closure({at})
    added = closure - best.chosen
    rivals = beside.rivals(closure, best.chosen)
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
        joining=found.joining if found.displaced else _named(programme, added - {at}),
    )
