"""Read showback: what a period cost by unit and use case, beside the period before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from remit.decide.bill_sum import Span
from remit.operations.lookup import require_unit
from remit.operations.model_in_force import model_in_force
from remit.operations.read_allocation import is_month, read_allocation
from remit.operations.reconcile_bill import month_of
from remit.operations.system import System
from remit.report.showback import Showback, csv_rows, showback


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a period, and its lines as rows of a file."""

    report: Showback
    rows: Iterable[tuple[str, ...]]


def read_showback(system: System, days: Span | None = None, *, unit: str = "") -> Shown:
    """Return what a period cost, by default the month that goes on; raises NotFound for an unknown unit."""
    _, model = model_in_force(system)
    if unit:
        require_unit(model, unit)
    if days is None:
        today = system.clock.now().astimezone(model.organisation.zone).date()
        days = month_of(today.year, today.month)
    found = read_allocation(system, days)
    before = read_allocation(system, before_of(days))
    report = showback(
        model,
        found.allocation,
        before=before.allocation,
        closed=found.closed.id if found.closed else "",
        goes_on=found.goes_on,
        unit=unit,
    )
    return Shown(report, csv_rows(model, report, found.allocation.lines))


def before_of(days: Span) -> Span:
    """Name the month before a month, or as many days before some days.

    >>> from datetime import date
    >>> before_of(Span(date(2026, 3, 1), date(2026, 3, 31))).first
    datetime.date(2026, 2, 1)
    """
    last = days.first - timedelta(days=1)
    if is_month(days):
        return month_of(last.year, last.month)
    return Span(last - (days.last - days.first), last)
