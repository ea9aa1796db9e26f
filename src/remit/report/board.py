"""The board report as a value: eight sheets, each with its answer, a table, and what made its figures.

Whatever renders it, print, page or plain text, shows the same sheets, cell by cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from textwrap import shorten
from typing import Literal

from remit.decide.worth.span import Span
from remit.kernel.money import ZERO
from remit.report.chart.theme import Spec, label
from remit.report.leaders import GradeValue

Kind = Literal["text", "number", "claimed", "act", "soft"]
"""How a cell is set: `claimed` rests on nothing but a claim, and `act` asks somebody to do something."""

TEXT_MAX, ROWS_SHOWN, POINT_MAX = 160, 12, 40


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under `columns`, of which `>` sets one to the right. `more` rows are left out."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    made_by: str
    more: int = 0
    empty: str = "nothing"


@dataclass(frozen=True, slots=True)
class Headline:
    """The one figure of a sheet, with its interval, grade and comparison; `firm` if a study supports it."""

    figure: str
    unit: str
    says: str
    made_by: str
    firm: bool = True


@dataclass(frozen=True, slots=True)
class Point:
    """A sentence with figures, and the command that makes them."""

    says: str
    made_by: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its title is what can be decided or is so, in a sentence.

    Whatever holds a figure says by which command it is made: `made_by` of the title and of each part, and
    `chart_by` of the chart.
    """

    id: str
    name: str
    title: str
    made_by: str
    headline: Headline | None = None
    says: tuple[Point, ...] = ()
    tables: tuple[Table, ...] = ()
    chart: Spec | None = None
    chart_about: str = ""
    chart_by: str = ""

    @property
    def figures(self) -> dict[str, tuple[str, ...]]:
        """Say by command which parts of the sheet it makes, in the order of the sheet."""
        found: dict[str, list[str]] = {}
        for what, command in self._made():
            found.setdefault(command, []).append(what)
        return {command: tuple(dict.fromkeys(parts)) for command, parts in found.items()}

    def _made(self) -> Iterator[tuple[str, str]]:
        yield "title", self.made_by
        if self.headline:
            yield "headline", self.headline.made_by
        yield from (
            (f"“{shorten(each.says, POINT_MAX, placeholder=' …')}”", each.made_by) for each in self.says
        )
        if self.chart:
            yield "chart", self.chart_by or self.made_by
        yield from ((each.title.partition(",")[0], each.made_by) for each in self.tables)


@dataclass(frozen=True, slots=True)
class Board:
    """What a board is told of a period, as of an instant.

    `simulated` says which part of the record was not real, and is empty where all of it was.
    """

    organisation: str
    period: str
    days: str
    as_of: datetime
    model_version: int
    simulated: str
    sheets: tuple[Sheet, ...]


def text(said: str, kind: Kind = "text") -> Cell:
    """Set words that somebody wrote: on one line, of what can be seen, and cut."""
    return Cell(label(said, TEXT_MAX), kind)


def number(value: int | str) -> Cell:
    return Cell(f"{value:,}" if isinstance(value, int) else value, "number")


def amount(value: Decimal) -> str:
    """Write an amount as a board reads it, in three or four digits.

    >>> amount(Decimal("1234567")), amount(Decimal("12345")), amount(Decimal("12.3")), amount(Decimal(0))
    ('1.23 M', '12,345', '12.30', '0')
    """
    size = abs(value)
    if not size:
        return "0"
    for least, step, sign in _STEPS:
        if size >= least:
            return f"{value / step:.2f}{sign}"
    return f"{value:,.0f}" if size >= 1000 else f"{value:,.2f}"


_STEPS = ((Decimal("1e9"), Decimal("1e9"), " bn"), (Decimal("1e6"), Decimal("1e6"), " M"))


def between(value: Span) -> str:
    """Write the bounds of a figure, and how sure they are.

    >>> between(Span(Decimal(20), Decimal(10), Decimal(30), Decimal("0.95"), "interval"))
    '10.00 to 30.00, 95 % sure'
    """
    if value.low is None and value.high is None:
        return "no bounds"
    low = "open" if value.low is None else amount(value.low)
    high = "open" if value.high is None else amount(value.high)
    if value.bounds == "cases":
        return f"{low} to {high}, declared cases"
    sure = "" if value.sure is None else f", {value.sure * 100:.0f} % sure"
    return f"{low} to {high}{sure}"


def percent(share: Decimal | float | None) -> str:
    return "" if share is None else f"{float(share) * 100:.0f} %"


def money(value: Decimal, *, claimed: bool = False) -> Cell:
    return Cell(amount(value), "claimed" if claimed else "number")


def table(
    title: str,
    columns: Iterable[str],
    rows: Iterable[tuple[Cell, ...]],
    *,
    made_by: str,
    empty: str,
    most: int = ROWS_SHOWN,
) -> Table:
    """Make a table of the first rows, and count the others."""
    listed = [*rows]
    return Table(title, (*columns,), tuple(listed[:most]), made_by, max(0, len(listed) - most), empty)


def evidenced(value: Iterable[GradeValue]) -> tuple[GradeValue, ...]:
    """Choose the figures that a study supports, and not those that somebody only claims."""
    return tuple(each for each in value if each.grade != "claimed")


def claimed(value: Iterable[GradeValue]) -> Decimal:
    return sum((each.value.point for each in value if each.grade == "claimed"), ZERO)


def counts(at: Mapping[str, int]) -> str:
    """Write counts in a row.

    >>> counts({"launch": 2, "scale": 1})
    '2 launch, 1 scale'
    """
    return ", ".join(f"{number:,} {name}" for name, number in at.items())
