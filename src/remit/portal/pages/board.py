"""The board report as a file: of a quarter or a month, for print, for a browser, or as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from starlette.responses import Response

from remit.adapters.press_typst import TypstPress
from remit.decide.bill_sum import Span
from remit.kernel.errors import NotFound
from remit.operations.model_in_force import model_in_force
from remit.operations.read_board import quarter, read_board
from remit.operations.reconcile_bill import month_of
from remit.portal.asked import Asked, Page
from remit.portal.page import HEADERS
from remit.report.board import Board
from remit.report.board_html import board_html
from remit.report.board_markdown import board_markdown

QUARTERS, MONTHS = 4, 3
"""How many quarters and months are offered, the current one first."""

PRESSES: Mapping[str, tuple[str, Callable[[Board, Sequence[str]], bytes]]] = {
    "pdf": ("application/pdf", TypstPress().pdf),
    "html": ("text/html; charset=utf-8", lambda board, drawings: board_html(board, drawings).encode()),
    "md": ("text/markdown; charset=utf-8", lambda board, drawings: board_markdown(board).encode()),
}


def give(asked: Asked) -> Response:
    """Give the board report on a period as a file, as `remit report board` writes it."""
    system = asked.system
    _, model = model_in_force(system)
    period, kind = asked.text("period"), asked.text("as", "pdf")
    days = offered(system.clock.now().astimezone(model.organisation.zone).date()).get(period)
    if days is None or kind not in PRESSES:
        raise NotFound(
            f"there is no board report on that period as {kind[:8] or 'nothing'}",
            help="choose one on the overview, or write it by `remit report board`",
        )
    media_type, press = PRESSES[kind]
    # The same bytes for as long as the ledger stands where it does.
    place = tuple(sorted(system.store.positions().items()))

    def made() -> bytes:
        found = read_board(system, days, period=period)
        drawings = [
            asked.draw(each.chart).svg if each.chart and kind != "md" else "" for each in found.sheets
        ]
        return press(found, drawings)

    body = asked.kept.get(("board", period, kind, place), made).value
    headers = {**HEADERS, "content-disposition": f'attachment; filename="board-{period}.{kind}"'}
    return Response(body, media_type=media_type, headers=headers)


def offered(today: date) -> dict[str, Span]:
    """Name the periods that are offered, the current quarter first.

    >>> list(offered(date(2026, 2, 3)))
    ['2026-Q1', '2025-Q4', '2025-Q3', '2025-Q2', '2026-02', '2026-01', '2025-12']
    """
    return dict([*_quarters(today), *_months(today)])


def _quarters(today: date) -> Iterator[tuple[str, Span]]:
    last = today.year * 4 + (today.month - 1) // 3
    for each in range(last, last - QUARTERS, -1):
        year, number = each // 4, each % 4 + 1
        yield f"{year}-Q{number}", quarter(year, number)


def _months(today: date) -> Iterator[tuple[str, Span]]:
    last = today.year * 12 + today.month - 1
    for each in range(last, last - MONTHS, -1):
        year, month = each // 12, each % 12 + 1
        yield f"{year}-{month:02}", month_of(year, month)


PAGES = (Page("/reports/board", give),)
