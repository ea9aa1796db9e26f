"""The overview: the first page of whoever decides."""

from __future__ import annotations

from starlette.responses import Response

from remit.operations.read_overview import read_overview
from remit.portal.asked import Asked, Page


def show(asked: Asked) -> Response:
    """Show where the portfolio stands, what it spends, and what was refused."""
    seen = asked.kept.get("overview", lambda: read_overview(asked.system))
    return asked.page("overview.html", seen=seen, found=seen.value)


PAGES = (Page("/", show, label="Overview", letter="o"),)
