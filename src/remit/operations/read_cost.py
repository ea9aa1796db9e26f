"""Read cost: what a month cost by use case and model, as it is known now or was known then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from remit.decide.bill_sum import Span
from remit.declare.simulated import counts, counts_simulated
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System
from remit.record.decided import AdjustmentFilter
from remit.report.cost import CostReport, cost_report


def read_cost(system: System, month: Span, *, as_of: date | None = None) -> CostReport:
    """Sum charges and adjustments of a month's days in UTC, of those known at the end of the day `as_of`."""
    _, model = model_in_force(system)
    first = datetime.combine(month.first, time(tzinfo=UTC))
    after = datetime.combine(month.last, time(tzinfo=UTC)) + timedelta(days=1)
    known = datetime.combine(as_of, time(tzinfo=UTC)) + timedelta(days=1) if as_of else None
    until = after if known is None else max(first, min(after, known))
    usage = system.store.usage(since=first, until=until)
    found = cost_report(
        (row for row in usage if counts(model, row[0])),
        system.store.adjustments(AdjustmentFilter(month.first, month.last, known)),
        system.store.guarded(since=first, until=until),
        month=month,
        as_of=as_of,
        currency=model.organisation.currency,
    )
    return replace(found, counts_simulated=counts_simulated(model))
