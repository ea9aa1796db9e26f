"""Tables for the terminal: aligned columns that read without colour and fit on the screen."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection, Iterable, Sequence
from textwrap import wrap

WIDTH = 120
"""How wide a table is at most where no terminal says how wide it is."""
ANY_WIDTH = 1 << 20
"""For what a program may read line by line."""
_PROSE_LEAST, _WORD_MOST = 24, 48
"""How narrow sentences may become, and up to which length words stay whole: ids and addresses are copied."""
_BETWEEN = 2


def screen_width() -> int:
    """Say how wide the terminal is. What is written into a file or a pipe has every row on one line."""
    return shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else ANY_WIDTH


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Collection[int] = (),
    least: Sequence[str] = (),
    width: int | None = None,
) -> str:
    """Lay out rows under headings; columns named in `right` are aligned to the right.

    Where that is wider than the screen, columns under `least` are left out, one after the other, and words
    are wrapped, of the widest columns first. Figures are neither cut nor wrapped, and
    words only where they are long; what does not fit then is wider.

    >>> print(table(["name", "calls"], [["triage", "12"]], right={1}))
    name    calls
    triage     12
    """
    width = screen_width() if width is None else width
    lines = [list(headings), *([cell.replace("\n", " ") for cell in row] for row in rows)]
    shown = _shown(lines, right, least, width)
    at_right = {new for new, old in enumerate(shown) if old in right}
    lines = [[line[column] for column in shown] for line in lines]
    widths = _fitted(lines, at_right, width)
    return "\n".join(
        "  ".join(
            cell.rjust(size) if column in at_right else cell.ljust(size)
            for column, (cell, size) in enumerate(zip(cells, widths, strict=True))
        ).rstrip()
        for line in lines
        for cells in _wrapped(line, widths)
    )


def shorten(text: str, width: int) -> str:
    """Cut a text for a column, showing that it was cut."""
    flat = " ".join(text.split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"


def _widths(lines: Sequence[Sequence[str]]) -> list[int]:
    return [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]


def _whole(widths: Collection[int]) -> int:
    return sum(widths) + _BETWEEN * (len(widths) - 1)


def _narrowest(lines: Sequence[Sequence[str]], column: int) -> int:
    """Say how narrow a column may become: its words stay whole, unless they are very long."""
    longest = max((len(word) for line in lines for word in line[column].split()), default=0)
    return max(_PROSE_LEAST, min(longest, _WORD_MOST))


def _shown(
    lines: Sequence[Sequence[str]], right: Collection[int], least: Iterable[str], width: int
) -> list[int]:
    """Say which columns are shown: of those that are needed least, as many as fit with the rest wrapped."""
    widths = _widths(lines)
    for column in range(len(widths)):
        if column not in right:
            widths[column] = min(widths[column], _narrowest(lines, column))
    shown = list(range(len(widths)))
    for name in least:
        if _whole([widths[column] for column in shown]) <= width:
            break
        shown = [column for column in shown if lines[0][column] != name]
    return shown


def _fitted(lines: Sequence[Sequence[str]], right: Collection[int], width: int) -> list[int]:
    """Make columns narrower, the widest first, until all fit or none may become narrower."""
    widths = _widths(lines)
    narrowest = {column: _narrowest(lines, column) for column in range(len(widths)) if column not in right}
    while _whole(widths) > width:
        wide = [column for column, least in narrowest.items() if widths[column] > least]
        if not wide:
            break
        widths[max(wide, key=lambda column: widths[column])] -= 1
    return widths


def _wrapped(line: Sequence[str], widths: Sequence[int]) -> Iterable[list[str]]:
    """Write a row in as many lines as its longest cell takes."""
    cells = [
        [cell] if len(cell) <= size else _folded(cell, size) for cell, size in zip(line, widths, strict=True)
    ]
    for at in range(max(map(len, cells))):
        yield [cell[at] if at < len(cell) else "" for cell in cells]


def _folded(cell: str, size: int) -> list[str]:
    too_long = any(len(word) > size for word in cell.split())
    indent = cell[: len(cell) - len(cell.lstrip())]
    return wrap(cell, size, subsequent_indent=indent, break_on_hyphens=too_long)
