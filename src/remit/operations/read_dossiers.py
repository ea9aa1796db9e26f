"""Read dossiers: what the record knows of one use case, or of all, by as many queries for all as for one.

Only outcomes are counted metric by metric: to look through all of them would take longer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from remit.decide.called_facts import Results, Rolled, most_results, since
from remit.decide.dossier import Dossier
from remit.decide.dossiers import Known, dossiers
from remit.declare.operating_model import OperatingModel
from remit.operations.lookup import require_use_case
from remit.operations.system import System
from remit.record.filed import FiledFilter
from remit.report.overview import month_of


def read_dossiers(system: System, model: OperatingModel, found: Known | None = None) -> Mapping[str, Dossier]:
    """Return the dossier of every declared use case, as of now; `found` is what was read already."""
    now = system.clock.now()
    return dossiers(model, found or known(system, model, now), now=now)


def read_dossier(system: System, model: OperatingModel, use_case: str) -> Dossier:
    """Return the dossier of one use case, as of now; raises NotFound for one that is not declared."""
    require_use_case(model, use_case)
    now = system.clock.now()
    return dossiers(model, known(system, model, now, use_case), now=now, use_cases=(use_case,))[use_case]


def known(system: System, model: OperatingModel, now: datetime, use_case: str | None = None) -> Known:
    """Read what dossiers are made of; whether a block is shared follows from the calls of all use cases."""
    store, start = system.store, since(now)
    filed = store.filed(FiledFilter(use_case=use_case))
    if use_case is not None:
        filed += store.filed(FiledFilter(use_case=""))
    return Known(
        stages=store.stages(now),
        keys=store.keys().values(),
        rolled=Rolled(
            totals=store.totals(since=start),
            blocks=store.called_blocks(since=start),
            refusals=store.refusal_totals(since=start),
            latency=store.latency("duration", since=start),
            users=store.user_counts(since=month_of(model, now).start),
            posted=store.posted(),
            outcomes=_results(system, model, start, use_case),
            references=store.reference_counts(since=start),
            beside=store.guarded(since=start, until=now + timedelta(hours=1)),
        ),
        filed=filed,
    )


def _results(
    system: System, model: OperatingModel, start: datetime, use_case: str | None
) -> dict[str, Results]:
    """Count the results of each use case's metrics since a time."""
    found = {}
    for name in model.use_cases if use_case is None else (use_case,):
        counted = {
            metric: system.store.results_of(name, metric, since=start)
            for metric in model.use_cases[name].outcomes
        }
        if (results := most_results({metric: of for metric, of in counted.items() if of})) is not None:
            found[name] = results
    return found
