"""Read which sunset rules fire, from stages, calls and dossiers."""

from __future__ import annotations

from datetime import date, timedelta

from remit.decide.sunset import Seen, Sunset, has_rules, idle_days_max, sunsets
from remit.declare.operating_model import OperatingModel
from remit.declare.simulated import counts
from remit.enforce.remit import Resolver
from remit.operations.read_dossiers import read_dossiers
from remit.operations.system import System

_LOOK_BACK = timedelta(days=400)
"""How much farther back than any rule asks calls are looked for, so that the last one is mostly found."""


def read_sunsets(system: System, model: OperatingModel) -> tuple[Sunset, ...]:
    """List the sunset rules that fire now, the longest due first."""
    if not has_rules(model):
        return ()
    now = system.clock.now()
    looked_back = now - timedelta(days=idle_days_max(model)) - _LOOK_BACK
    last: dict[str, date] = {}
    zone = model.organisation.zone
    # A day in UTC is mostly the same one in the organisation's zone, and rules count in many days.
    for each in system.store.charges(since=looked_back.date()):
        if each.calls and counts(model, each):
            last[each.use_case] = max(each.day, last.get(each.use_case, each.day))
    resolver = Resolver(model)
    seen = {}
    for name, dossier in read_dossiers(system, model).items():
        cost = next(iter(dossier.facts.get("cost_per_outcome", ())), None)
        seen[name] = Seen(
            stage=dossier.stage,
            last_call=last.get(name),
            looked_back=looked_back.astimezone(zone).date(),
            calling=dossier.stage.stage != "retired"
            and bool(resolver.remit(name, dossier.stage.stage).calls),
            cost_per_outcome=cost.value if cost else None,
            simulated=bool(cost and cost.simulated),
        )
    return sunsets(model, seen, today=today_of(system, model))


def today_of(system: System, model: OperatingModel) -> date:
    return system.clock.now().astimezone(model.organisation.zone).date()
