"""The portfolio: all use cases in one table, in a plot, by stage and unit, and those that are alike."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from remit.decide.funnel import WORKING
from remit.operations.find_duplicates import find_duplicates
from remit.operations.read_portfolio_flow import PortfolioFlow, read_portfolio_flow
from remit.operations.read_portfolio_table import read_portfolio_table
from remit.operations.system import System
from remit.portal.asked import Asked, Page
from remit.portal.kept import Seen
from remit.report.merge import Merge, merges
from remit.report.portfolio_table import ROWS, Case, Chosen, choose, in_order, panels

PATIENCE_S = 4.0
"""How long the first reader of a large portfolio waits for it."""
GROUPS = 40
"""How many groups of duplicates are on one page."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the pages of the portfolio share."""

    flow: PortfolioFlow
    cases: tuple[Case, ...]


def _read(system: System) -> Held:
    flow = read_portfolio_flow(system)
    return Held(flow, read_portfolio_table(system, flow))


def _merges(system: System, held: Held) -> tuple[Merge, ...]:
    return merges(find_duplicates(system), {each.id: each for each in held.cases})


def _held(asked: Asked) -> Seen[Held] | None:
    return asked.kept.soon("portfolio", lambda: _read(asked.system), patience_s=PATIENCE_S)


def _page_of(asked: Asked, last: int) -> int:
    text = asked.text("page", "1")
    return min(max(1, int(text) if text.isascii() and text.isdigit() else 1), max(1, last))


def show(asked: Asked) -> Response:
    """List use cases; `text`, `unit`, `stage`, `grade`, `advised` and `gate` narrow it, `by` orders it."""
    seen = _held(asked)
    if seen is None:
        return asked.page("making.html", what="The portfolio")
    fields = ("text", "unit", "stage", "grade", "advised", "gate", "value", "feasibility")
    chosen = Chosen(**{name: asked.text(name) for name in fields})
    by = asked.text("by", "urgent")
    found = in_order(choose(seen.value.cases, chosen), by)
    last = -(-len(found) // ROWS)
    page = _page_of(asked, last)
    rows = found[(page - 1) * ROWS : page * ROWS]
    return asked.page(
        "portfolio.html",
        seen=seen,
        model=seen.value.flow.model,
        found=found,
        rows=rows,
        most=max((max(each.weeks.calls) for each in rows), default=0),
        advised=_advised(found),
        every=len(seen.value.cases),
        chosen=chosen,
        by=by,
        page=page,
        last=last,
    )


def _advised(found: list[Case]) -> dict[str, int]:
    counts = {kind: sum(each.advised == kind for each in found) for kind in ("go", "stop", "park", "merge")}
    return {kind: count for kind, count in counts.items() if count}


def show_plot(asked: Asked) -> Response:
    """Show value against feasibility, a panel for each stage on the same axes."""
    seen = _held(asked)
    if seen is None:
        return asked.page("making.html", what="The portfolio")
    unit = asked.text("unit")
    found = choose(seen.value.cases, Chosen(unit=unit))
    live = [each for each in found if each.stage != "retired"]
    best = [each for each in in_order(live, "-score") if each.score is not None][:10]
    drawn = panels(live)
    return asked.page(
        "portfolio_plot.html",
        seen=seen,
        model=seen.value.flow.model,
        unit=unit,
        panels=drawn,
        most=max((place.use_cases for panel in drawn for place in panel.places), default=1),
        placed=sum(panel.use_cases for panel in drawn),
        live=len(live),
        best=best,
    )


def show_funnel(asked: Asked) -> Response:
    """Show how many use cases are at each stage by unit, how many come on, and who waits at which gate."""
    seen = _held(asked)
    if seen is None:
        return asked.page("making.html", what="The portfolio")
    return asked.page("portfolio_funnel.html", seen=seen, flow=seen.value.flow, working=WORKING)


def show_duplicates(asked: Asked) -> Response:
    """Show use cases that seem to do one job, how alike they are, and what merging them would mean."""
    held = _held(asked)
    if held is None:
        return asked.page("making.html", what="The portfolio")
    seen = asked.kept.soon("merges", lambda: _merges(asked.system, held.value), patience_s=PATIENCE_S)
    if seen is None:
        return asked.page("making.html", what="Which use cases are alike")
    unit = asked.text("unit")
    found = [each for each in seen.value if not unit or unit in each.units]
    last = -(-len(found) // GROUPS)
    page = _page_of(asked, last)
    return asked.page(
        "portfolio_duplicates.html",
        seen=seen,
        model=held.value.flow.model,
        unit=unit,
        found=found,
        groups=found[(page - 1) * GROUPS : page * GROUPS],
        page=page,
        last=last,
    )


PAGES = (
    Page("/portfolio", show, label="Portfolio", letter="p"),
    Page("/portfolio/plot", show_plot),
    Page("/portfolio/funnel", show_funnel),
    Page("/portfolio/duplicates", show_duplicates),
)
