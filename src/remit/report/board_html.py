"""The board report as one page of HTML; every word of it is escaped here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from remit.report.board import Board, Cell, Sheet, Table

_STYLE = """
:root{--ink:#1b1f24;--soft:#59626c;--line:#d9dee3;--accent:#0b5cad;--act:#8a4b00}
body{font:15px/1.45 "Libertinus Serif",Georgia,serif;color:var(--ink);background:#fff;
  max-width:70rem;margin:2rem auto;padding:0 1rem}
section{border-top:1px solid var(--line);padding:1rem 0 2rem;break-after:page}
h2{font-weight:400;font-size:1.7rem;margin:.1rem 0 .8rem}h3{font-size:1rem;margin:1.2rem 0 .3rem}
.name{color:var(--accent);font-weight:700;text-transform:uppercase;font-size:.8rem}
.figure{font-size:2.8rem;color:var(--accent)}
.unfirm,.claimed span{border:1px dashed var(--soft);font-style:italic;padding:0 .3em}
.unfirm{color:var(--soft)}.soft,.from,footer{color:var(--soft)}.act,.simulated{color:var(--act);font-weight:700}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums lining-nums}
th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th{color:var(--soft);font-weight:400;border-color:var(--soft)}.right{text-align:right}svg{max-width:100%;height:auto}
@page{size:A4 landscape;margin:15mm}
"""


def board_html(board: Board, drawings: Sequence[str]) -> str:
    """Write the report as a page that asks for nothing from elsewhere; drawings are ours, and not escaped."""
    head = f"{board.organisation}: board report, {board.period}"
    simulated = f'<p class="simulated">Simulated: {escape(board.simulated)}</p>' if board.simulated else ""
    at = f"{board.as_of:%Y-%m-%d %H:%M} UTC"
    sheets = "".join(
        f"<section id={escape(sheet.id)}>{''.join(_sheet(sheet, drawing))}</section>\n"
        for sheet, drawing in zip(board.sheets, drawings, strict=True)
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(head)}</title>'
        f"<style>{_STYLE}</style></head><body>\n<h1>{escape(head)}</h1>{simulated}\n{sheets}"
        f"<footer>As of {at}, operating model version {board.model_version}</footer></body></html>\n"
    )


def _sheet(sheet: Sheet, drawing: str) -> Iterator[str]:
    yield f'<p class="name">{escape(sheet.name)}</p><h2>{escape(sheet.title)}</h2>'
    if top := sheet.headline:
        kind = "figure" if top.firm else "figure unfirm"
        yield f'<p><span class="{kind}">{escape(top.figure)}</span> {escape(top.unit)}'
        yield f'<br><span class="soft">{escape(top.says)}</span></p>'
    yield from (f"<p>{escape(each.says)}</p>" for each in sheet.says)
    if drawing:
        yield f"<h3>{escape(sheet.chart_about)}</h3>{drawing}"
    for each in sheet.tables:
        yield from _table(each)
    yield f'<p class="from">From {escape("; ".join(sheet.figures))}</p>'


def _table(found: Table) -> Iterator[str]:
    yield f"<h3>{escape(found.title)}</h3>"
    if not found.rows:
        yield f'<p class="soft">{escape(found.empty)}</p>'
        return
    right = [each.startswith(">") for each in found.columns]
    heads = (
        f"<th{' class=right' if to else ''}>{escape(name.lstrip('>'))}</th>"
        for name, to in zip(found.columns, right, strict=True)
    )
    yield f"<table><thead><tr>{''.join(heads)}</tr></thead><tbody>"
    for row in found.rows:
        yield f"<tr>{''.join(_cell(cell, to) for cell, to in zip(row, right, strict=True))}</tr>"
    yield "</tbody></table>"
    if found.more:
        yield f'<p class="soft">and {found.more:,} more; the command below lists them all</p>'


def _cell(cell: Cell, right: bool) -> str:
    kind = f"{cell.kind}{' right' if right else ''}"
    return f'<td class="{kind}"><span>{escape(cell.text)}</span></td>'
