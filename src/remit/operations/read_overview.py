"""Read what people look at: the overview, the portfolio, and entries of the ledger."""

from __future__ import annotations

from remit.decide.portfolio import Item, Wanted, portfolio
from remit.operations.lookup import require_unit
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System
from remit.record.projection import EntryFilter
from remit.report.overview import Overview, Recorded, month_of, overview

LAST = 12


def read_overview(system: System) -> Overview:
    """Build the overview of this month from roll-ups; raises NotFound before the first apply."""
    version, model = model_in_force(system)
    now = system.clock.now()
    since = month_of(model, now).start
    store = system.store
    recorded = Recorded(
        stages=store.stages(now),
        usage=store.totals(since=since),
        refusals=store.refusal_totals(since=since),
        posted=store.posted(),
        last=tuple(store.entries(EntryFilter(), limit=LAST)),
    )
    return overview(model, version, recorded, now=now)


def read_portfolio(system: System, wanted: Wanted) -> tuple[Item, ...]:
    _, model = model_in_force(system)
    if wanted.unit:
        require_unit(model, wanted.unit)
    today = system.clock.now().astimezone(model.organisation.zone).date()
    return portfolio(model, system.store.stages(system.clock.now()), wanted=wanted, today=today)
