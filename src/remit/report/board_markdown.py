"""The board report as Markdown; every word of it is escaped here, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.report.board import Board, Cell, Sheet, Table

_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&^$:@])")


def marked(text: str) -> str:
    """Write words so that none of them is markup.

    >>> print(marked("a|b <i>"))
    a\\|b \\<i\\>
    """
    return _MARKUP.sub(r"\\\1", text)


def board_markdown(board: Board) -> str:
    """Write the report as text; what is claimed is in brackets and says so."""
    at = f"{board.as_of:%Y-%m-%d %H:%M} UTC"
    lines = [f"# {marked(board.organisation)}: board report, {marked(board.period)}", ""]
    if board.simulated:
        lines += [f"**Simulated: {marked(board.simulated)}**", ""]
    for sheet in board.sheets:
        lines += [*_sheet(sheet), ""]
    return "\n".join([*lines, f"As of {at}, operating model version {board.model_version}", ""])


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield from (f"## {marked(sheet.name)}", "", f"**{marked(sheet.title)}**", "")
    if top := sheet.headline:
        yield from (f"{marked(f'{top.figure} {top.unit}'.strip())}: {marked(top.says)}", "")
    yield from (f"- {marked(each.says)}" for each in sheet.says)
    for each in sheet.tables:
        yield from ("", f"### {marked(each.title)}", "", *_table(each))
    yield from ("", f"From {marked('; '.join(sheet.figures))}")


def _table(found: Table) -> Iterator[str]:
    if not found.rows:
        yield marked(found.empty)
        return
    yield f"| {' | '.join(marked(each.lstrip('>')) for each in found.columns)} |"
    yield f"|{'|'.join('---:' if each.startswith('>') else '---' for each in found.columns)}|"
    for row in found.rows:
        yield f"| {' | '.join(map(_cell, row))} |"
    if found.more:
        yield from ("", f"and {found.more:,} more")


def _cell(cell: Cell) -> str:
    return marked(f"[claimed {cell.text}]" if cell.kind == "claimed" else cell.text)
