"""Read unit economics: what one call, session, outcome and user of a use case cost, by month or week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from remit.decide.bill_sum import Span
from remit.decide.finops.unit_cost import Counted, UnitCost, metric_of, period_cost, unit_cost
from remit.declare.operating_model import OperatingModel
from remit.declare.simulated import counts_simulated
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.query_ledger import query_ledger
from remit.operations.read_allocation import instants, read_allocation
from remit.operations.reconcile_bill import month_of
from remit.operations.system import System
from remit.ports_lake import Bounds
from remit.record.outcome_filter import OutcomeFilter

By = Literal["month", "week"]

_BOUNDS = Bounds(rows=1_000_000, seconds=600.0, memory=2 << 30)


def read_unit_cost(system: System, use_case: str = "", *, by: By = "month", last: int = 6) -> list[UnitCost]:
    """Return the unit economics of a use case, or of all that cost anything, over the `last` periods.

    The period that goes on is among them. Raises NotFound for an unknown use case.
    """
    _, model = model_in_force(system)
    if use_case:
        require_use_case(model, use_case)
    today = system.clock.now().astimezone(model.organisation.zone).date()
    periods = periods_upto(today, by=by, last=last)
    stated = [read_allocation(system, days) for days in periods]
    counted = _counted(system, model, periods)
    found = []
    for name in [use_case] if use_case else model.use_cases:
        metric = metric_of(model.use_cases[name].outcomes)
        costs = []
        for at, (days, each) in enumerate(zip(periods, stated, strict=True)):
            of = counted.get((at, name), Counted())
            if metric:
                of = replace(of, outcomes=_outcomes(system, model, name, metric=metric, days=days))
            costs.append(period_cost(each.allocation, name, of, goes_on=each.goes_on))
        made = unit_cost(
            name,
            model.use_cases[name].unit,
            metric=metric,
            currency=model.organisation.currency,
            periods=costs,
        )
        if made.periods or use_case:
            found.append(replace(made, counts_simulated=counts_simulated(model)))
    return found


def periods_upto(today: date, *, by: By, last: int) -> list[Span]:
    """List the last months, or weeks from Monday on, up to that of a day.

    >>> [str(each.first) for each in periods_upto(date(2026, 3, 4), by="week", last=2)]
    ['2026-02-23', '2026-03-02']
    """
    if by == "week":
        monday = today - timedelta(days=today.weekday())
        starts = [monday - timedelta(days=7 * back) for back in range(last)]
        return [Span(first, first + timedelta(days=6)) for first in reversed(starts)]
    found = [month_of(today.year, today.month)]
    while len(found) < last:
        before = found[0].first - timedelta(days=1)
        found.insert(0, month_of(before.year, before.month))
    return found


def _outcomes(system: System, model: OperatingModel, use_case: str, *, metric: str, days: Span) -> int:
    since, until = instants(model, days)
    joined = system.store.joined_results(OutcomeFilter(use_case, metric, since, until))
    return joined.get(False, 0) + (joined.get(True, 0) if counts_simulated(model) else 0)


def _counted(
    system: System, model: OperatingModel, periods: Sequence[Span]
) -> Mapping[tuple[int, str], Counted]:
    """Count real calls, their sessions and their users, by period and use case."""
    windows = ", ".join(
        f"({at}, timestamp '{_utc(since)}', timestamp '{_utc(until)}')"
        for at, (since, until) in enumerate(instants(model, days) for days in periods)
    )
    whose = "true" if counts_simulated(model) else "not simulated"
    sql = f"""
        with span(place, since, until) as (values {windows})
        select place, use_case, count(*), count(distinct nullif(run, '')), count(nullif(run, '')),
            count(distinct nullif("user", '')), count(nullif("user", ''))
        from calls join span on at_utc >= since and at_utc < until
        where {whose} and coalesce(judges, '') = '' and coalesce(hedge_of, '') = ''
        group by all
    """  # noqa: S608 (nothing but instants of ours stands in it)
    rows = query_ledger(system, sql, _BOUNDS).rows
    return {(at, use_case): Counted(*counts) for at, use_case, *counts in rows}


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
