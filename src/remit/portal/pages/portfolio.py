"""The portfolio: all use cases in one table."""

from __future__ import annotations

from starlette.responses import Response

from remit.decide.portfolio import Wanted
from remit.operations.read_overview import read_portfolio
from remit.portal.asked import Asked, Page


def show(asked: Asked) -> Response:
    """Show use cases in one table; `unit`, `stage` and `text` narrow it."""
    wanted = Wanted(asked.text("unit"), asked.text("stage"), asked.text("text"))
    items = read_portfolio(asked.system, wanted)
    return asked.page("portfolio.html", items=items, wanted=wanted)


PAGES = (Page("/portfolio", show, label="Portfolio", letter="p"),)
