"""Maturity as people read it: cells by pillar and level, the answers behind them, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from remit.decide.maturity import EFFECT, Cell, NextMove, Profile, UnitProfile
from remit.decide.maturity_answer import Answer, Status
from remit.decide.maturity_catalogue import PILLARS, Catalogue, Item

MARKS: dict[Status, str] = {"yes": "■", "partly": "◧", "no": "□", "unknown": "·"}
SIMULATED = "s"
"""How an item is marked: shown, shown for some, not shown, nothing to judge by; and what rests on simulated
calls alone, whichever of the first two it is."""

SHADES = "·░▓█"
"""How a whole cell is marked: nothing of it is shown, something, at least half, all."""


@dataclass(frozen=True, slots=True)
class CellView:
    """One pillar at one level: how many of its items are shown, or for some, and which are open.

    `simulated` are those that rest on nothing but simulated calls or evaluations.
    """

    pillar: str
    level: str
    marks: str
    shade: str
    shown: int
    partly: int
    of: int
    open: tuple[str, ...]
    simulated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PillarView:
    """One pillar; `coexisting` are the levels of which something is shown."""

    pillar: str
    coexisting: tuple[str, ...]
    cells: tuple[CellView, ...]


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit, or the organisation where `unit` is empty."""

    unit: str
    name: str
    pillars: tuple[PillarView, ...]


@dataclass(frozen=True, slots=True)
class ItemView:
    """One criterion or activity, how it is answered and how it stands; `next` is the shortest next move."""

    id: str
    kind: str
    level: str
    pillar: str
    title: str
    answered_by: str
    status: Status
    basis: str
    shown: int
    of: int
    at: date | None
    entries: tuple[str, ...]
    inherited: bool
    simulated: bool
    next: str
    move: str


@dataclass(frozen=True, slots=True)
class MoveView:
    """What can be done next. `effect` is worked out as `formula` says, and only puts moves in order."""

    id: str
    title: str
    by: str
    contact: str
    command: str
    level: str
    items: tuple[str, ...]
    units: tuple[str, ...]
    waiting: int
    effect: int


@dataclass(frozen=True, slots=True)
class SourceView:
    name: str
    link: str
    read: date
    words: str = "criteria and activities are told in words of our own"


@dataclass(frozen=True, slots=True)
class Maturity:
    """The profile on a day. There is no figure for the whole, on purpose."""

    day: date
    model_version: int
    profile: UnitView
    units: tuple[UnitView, ...]
    items: tuple[ItemView, ...]
    moves: tuple[MoveView, ...]
    formula: str
    notes: tuple[str, ...]
    source: SourceView


@dataclass(frozen=True, slots=True)
class MonthView:
    """How it stood at the end of a month, or of the part that has passed."""

    month: str
    day: date
    model_version: int
    pillars: tuple[PillarView, ...]


@dataclass(frozen=True, slots=True)
class MaturityHistory:
    """The last months, the oldest first; those that cannot be told are left out, and `notes` say why."""

    unit: str
    name: str
    months: tuple[MonthView, ...]
    notes: tuple[str, ...]
    source: SourceView


def maturity_report(catalogue: Catalogue, found: Profile, version: int, notes: Iterable[str]) -> Maturity:
    """Lay out a profile."""
    return Maturity(
        day=found.day,
        model_version=version,
        profile=unit_view(found.asked),
        units=tuple(map(unit_view, found.units)),
        items=tuple(_item(item, each) for cell in found.asked.cells for item, each in cell.items),
        moves=tuple(_move(each, found.asked.unit) for each in found.moves),
        formula=EFFECT,
        notes=tuple(notes),
        source=source_view(catalogue),
    )


def source_view(catalogue: Catalogue) -> SourceView:
    return SourceView(catalogue.source.name, catalogue.source.link, catalogue.source.read)


def unit_view(found: UnitProfile) -> UnitView:
    return UnitView(
        found.unit,
        found.name,
        tuple(
            PillarView(
                pillar,
                found.coexisting(pillar),
                tuple(_cell(each) for each in found.cells if each.pillar == pillar),
            )
            for pillar in PILLARS
        ),
    )


def _cell(cell: Cell) -> CellView:
    return CellView(
        pillar=cell.pillar,
        level=cell.level,
        marks="".join(mark_of(each) for _, each in cell.items),
        shade=_shade(cell),
        shown=cell.shown,
        partly=cell.partly,
        of=len(cell.items),
        open=cell.open,
        simulated=tuple(item.id for item, each in cell.items if mark_of(each) == SIMULATED),
    )


def mark_of(answer: Answer | ItemView) -> str:
    """Mark one answer by a character."""
    if answer.simulated and answer.status in ("yes", "partly"):
        return SIMULATED
    return MARKS[answer.status]


def _shade(cell: Cell) -> str:
    if not cell.items or not (cell.shown or cell.partly):
        return SHADES[0]
    if cell.shown == len(cell.items):
        return SHADES[3]
    return SHADES[2] if 2 * cell.shown >= len(cell.items) else SHADES[1]


def _item(item: Item, answer: Answer) -> ItemView:
    return ItemView(
        id=item.id,
        kind=item.kind,
        level=item.level,
        pillar=item.pillar,
        title=item.title,
        answered_by=f"evidence {item.evidence}" if item.evidence else f"attestation {item.address}",
        status=answer.status,
        basis=answer.basis,
        shown=answer.shown,
        of=answer.of,
        at=answer.at,
        entries=answer.entries,
        inherited=answer.inherited,
        simulated=answer.simulated,
        next=item.next,
        move=item.move,
    )


def _move(found: NextMove, unit: str) -> MoveView:
    return MoveView(
        id=found.id,
        title=found.move.title,
        by=found.move.by,
        contact=found.contact,
        command=_command(found, unit),
        level=found.level,
        items=tuple(item.id for item in found.items),
        units=found.units,
        waiting=found.waiting,
        effect=found.effect,
    )


def _command(found: NextMove, unit: str) -> str:
    """Write what to type: the move's own command, or where words alone are open the attestation of them all.

    What is attested of use cases, their gates say.
    """
    if any(item.evidence for item in found.items):
        return found.move.command or "remit gate show USE_CASE"
    whose = "--organisation" if found.move.by == "centre" and not unit else f"--unit {unit or 'UNIT'}"
    return f"remit attest {' '.join(item.address for item in found.items)} {whose} --statement WORDS"
