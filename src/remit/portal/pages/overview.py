"""The overview: the first page of whoever decides, and what calls did this month."""

from __future__ import annotations

from starlette.responses import Response

from remit.operations.read_executive import read_executive
from remit.operations.read_overview import read_overview
from remit.operations.system import System
from remit.portal.asked import Asked, Page
from remit.portal.kept import Kept
from remit.portal.pages.board import offered


def warm(system: System, kept: Kept) -> None:
    """Have the first page made before anybody asks for it; what fails then is told to whoever asks."""
    kept.soon("executive", lambda: read_executive(system), patience_s=0)


def show(asked: Asked) -> Response:
    """Show what most needs a decision, evidenced value against full cost, and how everything stands."""
    seen = asked.kept.soon("executive", lambda: read_executive(asked.system))
    if seen is None:
        return asked.page("making.html", what="The overview")
    return asked.page("overview.html", seen=seen, found=seen.value, periods=offered(seen.value.now.until))


def show_month(asked: Asked) -> Response:
    """Show what calls did this month: what they spent, what was refused, and by whom, as `remit status`."""
    seen = asked.kept.get("month", lambda: read_overview(asked.system))
    return asked.page("month.html", seen=seen, found=seen.value)


PAGES = (Page("/", show, label="Overview", letter="o"), Page("/month", show_month))
