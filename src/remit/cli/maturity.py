"""The command on maturity: the profile by pillar and unit, the next moves, and the last twelve months."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import click

from remit.bootstrap import open_system
from remit.cli.context import count, json_option, note, say, say_json
from remit.cli.days import DAY
from remit.cli.table import shorten, table
from remit.decide.maturity_catalogue import LEVELS, PILLARS
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_maturity import read_maturity, read_maturity_history
from remit.report.maturity import (
    ItemView,
    Maturity,
    MaturityHistory,
    MoveView,
    PillarView,
    SourceView,
    UnitView,
    mark_of,
)
from remit.settings import Settings

MOVES = 8
"""How many moves are shown unless all are asked for."""

UNITS = 12
"""Up to so many units have a line each, even where they stand alike."""

LEGEND = "■ shown  ◧ for some  □ not shown  · nothing to judge it by  s rests on simulated calls alone"
WHO = {"centre": "the centre", "unit-lead": "each unit's lead", "use-case-owner": "each use case's owner"}

SHADED = "each pillar at envision, experiment, launch, scale: █ all shown  ▓ half or more  ░ some  · nothing"


@click.command()
@click.option("--unit", default="", metavar="UNIT", help="Of this unit with all below it, not of all.")
@click.option("--as-of", type=DAY, metavar="DATE", help="With what was known at the end of this day.")
@click.option("--history", is_flag=True, help="Show the last twelve months by pillar.")
@click.option(
    "--items", is_flag=True, help="Show every criterion and activity with what its answer rests on."
)
@click.option(
    "--all", "everything", is_flag=True, help="Show every unit on a line of its own, and every next move."
)
@json_option
@click.pass_obj
def maturity(
    settings: Settings,
    unit: str,
    as_of: date | None,
    history: bool,
    items: bool,
    everything: bool,
    as_json: bool,
) -> None:
    """Profile six pillars at four levels, by unit, with what is open and what to do next.

    There is no score: characteristics of several levels stand side by side, and none is better than another.
    """
    with open_system(settings) as system:
        fold_ledger(system)
        if history:
            past = read_maturity_history(system, unit=unit, as_of=as_of)
        else:
            found = read_maturity(system, unit=unit, as_of=as_of)
    if as_json:
        say_json(past if history else found)
        return
    say(render_history(past) if history else render(found, items=items, everything=everything))
    for each in (past if history else found).notes:
        note(each)
    note(_source((past if history else found).source))


def render(found: Maturity, *, items: bool, everything: bool) -> str:
    """Lay out a profile: the cells, the units below, and the next moves or every item."""
    whose = f"unit {found.profile.unit} ({found.profile.name})" if found.profile.unit else found.profile.name
    parts = [f"{whose} on {found.day}", _cells(found.profile.pillars)]
    if items:
        return "\n\n".join([*parts, *_items(found.items)])
    if found.units:
        parts.append(_units(found.units, everything=everything))
    return "\n\n".join([*parts, _moves(found, everything=everything)])


def _cells(pillars: Iterable[PillarView]) -> str:
    rows = [
        (each.pillar, *(cell.marks or "–" for cell in each.cells), ", ".join(each.coexisting) or "none")
        for each in pillars
    ]
    return f"{table(['', *LEVELS, 'side by side'], rows)}\n{LEGEND}"


def _shades(pillars: Iterable[PillarView]) -> tuple[str, ...]:
    """Write a word of four characters for each pillar, and after them what rests on simulated calls alone."""
    cells = [each.cells for each in pillars]
    simulated = ", ".join(id for each in cells for cell in each for id in cell.simulated)
    return (*("".join(cell.shade for cell in each) for each in cells), shorten(simulated, 40))


def _shaded(before: Sequence[str], rows: Sequence[tuple[str, ...]], after: Sequence[str] = ()) -> str:
    """Lay out rows of shades; the column of what is simulated is there only if something is."""
    place = len(before) + len(PILLARS)
    headings = [*before, *PILLARS, "simulated alone", *after]
    if not any(row[place] for row in rows):
        headings.pop(place)
        rows = [row[:place] + row[place + 1 :] for row in rows]
    return f"{table(headings, rows)}\n{SHADED}"


def _units(units: Sequence[UnitView], *, everything: bool) -> str:
    """Lay out units, those that stand alike on one line if there are many."""
    if everything or len(units) <= UNITS:
        return _shaded(["unit"], [(each.unit, *_shades(each.pillars)) for each in units])
    alike: dict[tuple[str, ...], list[str]] = {}
    for each in units:
        alike.setdefault(_shades(each.pillars), []).append(each.unit)
    most = sorted(alike.items(), key=lambda each: (-len(each[1]), each[1]))
    return _shaded([], [(*shades, _named(names)) for shades, names in most], ["units"])


def _named(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return f"{count(len(names), 'unit')}: {shorten(', '.join(names), 60)}"


def _moves(found: Maturity, *, everything: bool) -> str:
    if not found.moves:
        return "nothing is open"
    shown = found.moves if everything else found.moves[:MOVES]
    lines = [f"next moves, by {found.formula}"]
    for number, each in enumerate(shown, 1):
        lines += _move(each, number)
    if more := len(found.moves) - len(shown):
        lines.append(f"... and {count(more, 'more move')}; `--all` shows them")
    return "\n".join(lines)


def _move(move: MoveView, number: int) -> Iterator[str]:
    who = WHO[move.by] + (f" ({move.contact})" if move.contact else "")
    waits = f"; {count(move.waiting, 'use case')} {'waits' if move.waiting == 1 else 'wait'} for the same"
    yield f"{number:>3}. {move.title}: {who}"
    yield (
        f"     {', '.join(move.items)} at {move.level} in {count(len(move.units), 'unit')}"
        f"{waits if move.waiting else ''} = {move.effect:,}"
    )
    yield f"     {move.command}"


def _items(items: Iterable[ItemView]) -> Iterator[str]:
    """Lay out every item under its pillar and level."""
    place = ("", "")
    lines: list[str] = []
    for each in items:
        if (each.pillar, each.level) != place:
            if lines:
                yield "\n".join(lines)
            place, lines = (each.pillar, each.level), [f"{each.pillar}, {each.level}"]
        lines += _item(each)
    if lines:
        yield "\n".join(lines)


def _item(item: ItemView) -> Iterator[str]:
    remarks = [item.basis]
    if item.at:
        remarks.append(str(item.at))
    if item.simulated:
        remarks.append("simulated")
    if item.inherited:
        remarks.append("the organisation's" if item.answered_by.startswith("evidence") else "from above")
    yield f"  {mark_of(item)} {item.id}  {item.title}"
    yield f"      {'; '.join(remarks)}"
    if item.status != "yes":
        yield f"      {item.next}"


def render_history(found: MaturityHistory) -> str:
    """Lay out months, the oldest first."""
    whose = f"unit {found.unit} ({found.name})" if found.unit else found.name
    rows = [(each.month, f"{each.model_version}", *_shades(each.pillars)) for each in found.months]
    return f"{whose}, at the end of each month\n\n{_shaded(['month', 'version'], rows)}"


def _source(source: SourceView) -> str:
    return f"after {source.name}, as read on {source.read}; {source.words}"
