"""Maturity: how an organisation and its units stand on every criterion and activity, and what to do next.

It is a profile. Characteristics of several levels stand side by side and none is better than another, so
nothing here adds up, averages or ranks: there is no figure for an organisation, a unit or a pillar.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from remit.decide.gate import GateStanding
from remit.decide.maturity_answer import Answer, Scope, ids, scopes, several, share
from remit.decide.maturity_catalogue import LEVELS, PILLARS, Catalogue, Item, Move
from remit.decide.maturity_known import Known, expiry
from remit.decide.maturity_wide import answer
from remit.decide.roles import holder
from remit.declare.gate import ATTESTED, Pillar
from remit.declare.organisation import StageName
from remit.record.dossier_entry import Evidence

Answered = Mapping[str, Answer]
"""Answers by the ids of items."""

Waiting = Mapping[str, frozenset[str]]
"""The use cases that wait at a gate, by what they wait for: a measure, or the id of a criterion."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One pillar at one level: its items as they are answered, in the order of the catalogue."""

    pillar: Pillar
    level: StageName
    items: tuple[tuple[Item, Answer], ...]

    @property
    def shown(self) -> int:
        return sum(each.status == "yes" for _, each in self.items)

    @property
    def partly(self) -> int:
        return sum(each.status == "partly" for _, each in self.items)

    @property
    def open(self) -> tuple[str, ...]:
        """The ids of what is not shown, or not for all."""
        return tuple(item.id for item, each in self.items if each.status != "yes")


@dataclass(frozen=True, slots=True)
class UnitProfile:
    """The cells of a unit, or with an empty `unit` of the organisation, by pillar and then by level."""

    unit: str
    name: str
    cells: tuple[Cell, ...]

    def coexisting(self, pillar: Pillar) -> tuple[StageName, ...]:
        """List the levels of which something is shown; several at once are usual."""
        return tuple(
            each.level for each in self.cells if each.pillar == pillar and (each.shown or each.partly)
        )


@dataclass(frozen=True, slots=True)
class NextMove:
    """What can be done next, by whom, and what it would answer.

    `items` are open, all at `level`: the nearest at which the move answers anything. It helps `units`, in
    which at least one of them is open, and `waiting` use cases wait at a gate for the same thing.
    """

    id: str
    move: Move
    level: StageName
    items: tuple[Item, ...]
    units: tuple[str, ...]
    waiting: int
    contact: str

    @property
    def effect(self) -> int:
        """Weigh it: open items × (1 + use cases that wait) × units. It orders moves and measures nothing."""
        return len(self.items) * (1 + self.waiting) * len(self.units)


EFFECT = "open items at the nearest level × (1 + use cases that wait at gates for the same) × units it helps"
"""How moves are weighed, in words."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The profile of a unit or of the organisation, those of the units below it, and the next moves."""

    asked: UnitProfile
    units: tuple[UnitProfile, ...]
    moves: tuple[NextMove, ...]
    day: date


def profile(catalogue: Catalogue, known: Known, *, unit: str = "", waiting: Waiting | None = None) -> Profile:
    """Profile a unit with all below it, or the organisation; of units, those that own use cases."""
    model = known.model
    every = scopes(known)
    below = [
        name
        for name, scope in every.items()
        if name and name != unit and scope.cases and (not unit or unit in model.lineage(name))
    ]
    answered = {name: answers(catalogue, known, every[name]) for name in (unit, *below)}
    own = sorted(every[unit].units) or [unit]
    return Profile(
        asked=unit_profile(catalogue, known, unit, answered[unit]),
        units=tuple(unit_profile(catalogue, known, name, answered[name]) for name in sorted(below)),
        moves=tuple(next_moves(catalogue, known, answered, unit=unit, units=own, waiting=waiting or {})),
        day=known.today,
    )


def waiting_at(gates: Iterable[GateStanding]) -> Waiting:
    """Say which use cases wait for what: for measures, and for criteria that somebody attests or approves."""
    found: dict[str, set[str]] = defaultdict(set)
    for gate in gates:
        for each in gate.missing:
            attested = each.criterion.evidence in ATTESTED
            found[each.id if attested else each.criterion.measure].add(gate.use_case)
    return {name: frozenset(use_cases) for name, use_cases in found.items()}


def unit_profile(catalogue: Catalogue, known: Known, unit: str, answered: Answered) -> UnitProfile:
    cells: dict[tuple[Pillar, StageName], list[tuple[Item, Answer]]] = defaultdict(list)
    for item in catalogue.items:
        cells[item.pillar, item.level].append((item, answered[item.id]))
    name = known.model.units[unit].name if unit else known.model.organisation.name
    return UnitProfile(
        unit,
        name,
        tuple(Cell(pillar, level, tuple(cells[pillar, level])) for pillar in PILLARS for level in LEVELS),
    )


def answers(catalogue: Catalogue, known: Known, scope: Scope) -> dict[str, Answer]:
    """Answer every item for one scope; what several items rest on is looked at once."""
    by_evidence: dict[str, Answer] = {}
    found = {}
    for item in catalogue.items:
        if item.attested_by:
            found[item.id] = attested(item.address, known, scope)
            continue
        if item.evidence not in by_evidence:
            by_evidence[item.evidence] = answer(item.evidence, known, scope)
        found[item.id] = by_evidence[item.evidence]
    return found


def attested(address: str, known: Known, scope: Scope) -> Answer:
    """Answer by what was attested of a unit, of one above it, or of the organisation.

    Where none of these says so, it is shown for those of the units below of which it was attested.
    """
    lineage = known.model.lineage(scope.unit) if scope.unit else ()
    above = next(
        (
            (name, found)
            for name in (*reversed(lineage), "")
            if (found := known.attested.get((name, address))) is not None
        ),
        None,
    )
    if above is not None:
        name, said = above
        whose = f"unit `{name}`" if name else "the organisation"
        return _said(
            (said,), "yes", f"attested of {whose} until {expiry(said)}", inherited=name != scope.unit
        )
    said_of = {unit: found for unit in scope.units if (found := _of_unit(address, known, unit)) is not None}
    if not said_of:
        return Answer("no", "not attested", of=len(scope.units))
    basis = f"attested of {len(said_of):,} of {several(len(scope.units), 'unit')} with use cases"
    status = share(len(said_of), len(scope.units))
    answered = _said(tuple(said_of.values()), status, basis, inherited=False)
    return replace(answered, shown=len(said_of), of=len(scope.units))


def _of_unit(address: str, known: Known, unit: str) -> Evidence | None:
    lineage = known.model.lineage(unit)
    return next(
        (e for name in reversed(lineage) if (e := known.attested.get((name, address))) is not None), None
    )


def _said(said: Sequence[Evidence], status: str, basis: str, *, inherited: bool) -> Answer:
    return Answer(
        status,  # type: ignore[arg-type]  # `yes`, or what `share` says
        basis,
        shown=1,
        of=1,
        at=max(each.shown for each in said),
        entries=ids(each.id for each in said),
        inherited=inherited,
        simulated=all(each.simulated for each in said),
    )


def next_moves(
    catalogue: Catalogue,
    known: Known,
    answered: Mapping[str, Answered],
    *,
    unit: str,
    units: Iterable[str],
    waiting: Waiting,
) -> Iterator[NextMove]:
    """List what can be done next, the most effective first and, of equal effect, by name."""
    helped = tuple(units)
    within = {case.id for case in known.cases if not unit or unit in known.model.lineage(case.unit)}
    found = []
    for id, move in catalogue.moves.items():
        open_items = [
            item for item in catalogue.items if item.move == id and answered[unit][item.id].status != "yes"
        ]
        if not open_items:
            continue
        level = min((item.level for item in open_items), key=LEVELS.index)
        items = tuple(item for item in open_items if item.level == level)
        helps = tuple(
            name for name in helped if any(answered[name][item.id].status != "yes" for item in items)
        )
        wait = frozenset[str]().union(*(waiting.get(name, frozenset()) for name in move.waits)) & within
        found.append(
            NextMove(
                id=id,
                move=move,
                level=level,
                items=items,
                units=helps or helped[:1],
                waiting=len(wait),
                contact=holder(known.model, move.by, unit=unit),
            )
        )
    yield from sorted(found, key=lambda each: (-each.effect, each.id))
