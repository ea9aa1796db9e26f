"""Effect: what a change of the operating model does to the remits of use cases that are there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.declare.plan import Change, Plan
from remit.declare.remit_layer import RATE_FIELDS, UNLIMITED, Breach
from remit.enforce.guardrail.guardrail_effect import guardrail_effects
from remit.enforce.issuer_effect import issuer_effects
from remit.enforce.policy_effect import policy_effects
from remit.enforce.reach import Turns, changed_models
from remit.enforce.remit import FIELDS, Remit, Resolver, show
from remit.enforce.route_effect import Leads, changed_routes, route_effects
from remit.enforce.spend import Spend, busiest
from remit.enforce.standing import USED_DAYS, Effect, Moment, Standing, Use, count

MUST_BE_STATED = frozenset({"calls", "models", "spend"})
"""Fields that allow nothing while no layer states them; of the others, all but
`training` and `cache_minutes` set no limit then."""


def effects(
    before: OperatingModel,
    after: OperatingModel,
    planned: Plan,
    *,
    standings: Mapping[str, Standing],
    posted: Mapping[str, Decimal],
    now: datetime,
) -> tuple[Effect, ...]:
    """Say what a plan does to every use case that has a standing, in the order of their ids.

    `posted` is what is posted in every account. Only those use cases are resolved that a change concerns.
    """
    at = Moment(after, posted, busiest(posted), now)
    olds, news = Resolver(before), Resolver(after)
    turns = Turns(before, after, changed_models(before, after, planned), at.today)
    near = concerned(before, after, planned, standings)
    # Whom only the content of models concerns has the same remit on both sides.
    rest = standings.keys() & before.use_cases.keys() & after.use_cases.keys() if turns.changed else set()
    found: list[Effect] = []
    for name in sorted(near | rest):
        standing = standings[name]
        if name in before.use_cases and name in after.use_cases:
            other = news.remit(name, standing.stage)
            one = olds.remit(name, standing.stage) if name in near else other
            if name in near:
                found += _compare(one, other, standing, at)
            found += turns.effects(one, other, standing, at)
        elif name in before.use_cases:
            found.append(_removed(name, standing))
        elif standing.keys:
            what = f"is declared again, at `{standing.stage}`; {count(standing.keys, 'key')} open it again"
            found.append(Effect(name, "calls", what, widens=True))
    if guarded := _guarded(near, before, after, planned, standings):
        remits = {
            name: (olds.remit(name, standings[name].stage), news.remit(name, standings[name].stage))
            for name in guarded
        }
        found += guardrail_effects((before, after), planned, remits, standings, at.today)
    if any(change.section == "policies" for change in planned.changes):
        found += _of_policies(before, after, planned, standings, news)
    if routes := changed_routes(planned):
        old, new = Leads(before, at.today), Leads(after, at.today)
        for name in sorted(standings.keys() & before.use_cases.keys() & after.use_cases.keys()):
            standing = standings[name]
            one, other = olds.remit(name, standing.stage), news.remit(name, standing.stage)
            if one.calls or other.calls:
                found += route_effects((old, one), (new, other), routes, standing)
    found += (each for each in issuer_effects(before, after) if each.use_case in standings)
    return tuple(sorted(found, key=lambda effect: effect.use_case))


def stage_effects(
    model: OperatingModel,
    use_case: str,
    standing: Standing,
    *,
    into: StageName,
    posted: Mapping[str, Decimal],
    now: datetime,
) -> tuple[Effect, ...]:
    """Say how the remit of a use case at another stage differs from that where it stands."""
    resolver, at = Resolver(model), Moment(model, posted, busiest(posted), now)
    here, there = resolver.remit(use_case, standing.stage), resolver.remit(use_case, into)
    return (*_compare(here, there, standing, at), *_other_models(here, there))


def _other_models(here: Remit, there: Remit) -> Iterator[Effect]:
    before, after = (each.models if each.models is not None else frozenset() for each in (here, there))
    if isinstance(before, frozenset) and isinstance(after, frozenset):
        for names, widens_, word in ((after - before, True, "may"), (before - after, False, "may no longer")):
            if names:
                what = f"{word} call {', '.join(f'`{name}`' for name in sorted(names))}"
                yield Effect(here.use_case, "models", what, widens=widens_)


def _guarded(
    near: set[str],
    before: OperatingModel,
    after: OperatingModel,
    planned: Plan,
    standings: Mapping[str, Standing],
) -> list[str]:
    """List whose guardrails a change may concern: all, if a guardrail is another one now."""
    both = standings.keys() & before.use_cases.keys() & after.use_cases.keys()
    said = any(change.name.startswith("guardrail/") for change in planned.changes)
    return sorted(both if said else both & near)


def _of_policies(
    before: OperatingModel,
    after: OperatingModel,
    planned: Plan,
    standings: Mapping[str, Standing],
    news: Resolver,
) -> Iterator[Effect]:
    remits = {
        name: news.remit(name, standing.stage)
        for name, standing in standings.items()
        if name in before.use_cases and name in after.use_cases
    }
    for name, what, wider, ends in policy_effects(before, after, planned, remits=remits):
        breaks = ends and standings[name].keys > 0
        yield Effect(name, "policies", what, widens=wider, breaks=breaks)


def concerned(
    before: OperatingModel, after: OperatingModel, planned: Plan, standings: Mapping[str, Standing]
) -> set[str]:
    """Find the use cases whose remit, or whose data, the changes of a plan can reach."""
    found: set[str] = set()
    stages: set[str] = set()
    units: set[str] = set()
    for change in planned.changes:
        if change.section == "use_cases":
            found.add(change.name)
        elif change.section == "stages":
            stages.add(change.name)
        elif change.section == "units":
            units.add(change.name)
        elif not _spares_remits(change):
            return set(standings) & (before.use_cases.keys() | after.use_cases.keys())
    found |= {name for name, standing in standings.items() if standing.stage in stages}
    if units:
        for model in (before, after):
            under = {unit for unit in model.units if not units.isdisjoint(model.lineage(unit))}
            found |= {name for name, case in model.use_cases.items() if case.unit in under}
    return {
        name for name in found if name in standings and (name in before.use_cases or name in after.use_cases)
    }


_SPARING = ("providers", "governance", "policies", "gates", "controls", "risks", "issuers", "webhooks")


def _spares_remits(change: Change) -> bool:
    """Say whether a change is of what remits do not hold: they name models and tools, not what they are."""
    if change.section == "blocks":
        # A model that comes or goes is one more or less for whoever may call any.
        return change.action == "change" or not change.name.startswith("model/")
    return change.section in _SPARING


def widens(name: str, before: Any, after: Any) -> bool:
    """Say whether a field allows anything that it did not allow: after is not the meet of both."""
    if name == "cache_minutes":
        return (after or 0) > (before or 0)
    if name in (*MUST_BE_STATED, "training") and (before is None or after is None):
        return before is None and after not in (None, False, frozenset())
    if before is None or after is None:
        return before not in (None, UNLIMITED, ()) and after is None
    before, after = _value(before), _value(after)
    return bool(FIELDS[name].meet(before, after) != after)


def _value(value: Any) -> Any:
    """Leave out who owns a limit, and in which order limits stand: neither allows more or less."""
    if isinstance(value, tuple):
        return tuple(sorted(replace(each, owner="") for each in value))
    return value


def _compare(before: Remit, after: Remit, standing: Standing, at: Moment) -> Iterator[Effect]:
    for name in FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        # Which models come and go is said by `Turns`, with whether they can be called.
        if name == "models" or old == new or (old := _value(old)) == (new := _value(new)):
            continue
        if name == "spend" and old is not None and new is not None:
            yield from _spend(after.use_case, old, new, standing, at)
        else:
            yield _field(name, after, old, new, standing, at)
    if before.data_class != after.data_class:
        what = f"handles `{after.data_class}` data instead of `{before.data_class}`"
        yield Effect(after.use_case, "data_class", what, widens=False, neutral=True)


def _field(name: str, after: Remit, old: Any, new: Any, standing: Standing, at: Moment) -> Effect:
    """Say how a field changed; a running use case breaks if it may make no call at all any more."""
    wider = widens(name, old, new)
    ended = name in MUST_BE_STATED and not new and not wider
    ended |= name in RATE_FIELDS and any(each.limit == 0 for each in new or ())
    ended |= name == "expires" and new is not None and new < at.today
    if name == "time_box_days" and isinstance(new, int):
        ended |= (at.today - standing.since).days > new
    what = f"has `{name}` {show(new)} instead of {show(old)}"
    if name == "calls":
        what = "may call models" if new else "may no longer call models"
    if ended and not wider:
        what += f"; {Use(standing.keys, standing.calls).words}"
    return Effect(after.use_case, name, what, widens=wider, breaks=ended and not wider and standing.keys > 0)


def _spend(
    name: str, old: tuple[Spend, ...], new: tuple[Spend, ...], standing: Standing, at: Moment
) -> Iterator[Effect]:
    limits = {spend.id: spend for spend in old}
    for spend in new:
        was = limits.pop(spend.id, None)
        if was == spend:
            continue
        wider = was is not None and widens("spend", (was,), (spend,))
        instead = f"instead of {at.money(was.limit)} " if was and was.limit != spend.limit else ""
        what = f"may spend {at.money(spend.limit)} {instead}{_window(spend)}"
        if was and was.on_breach != spend.on_breach:
            what += f"; beyond it a call {_BEYOND[spend.on_breach]}"
        posted = at.posted_in(spend)
        over = not wider and posted > spend.limit
        if over:
            what += f"; {at.money(posted)} is spent already"
        stops = over and spend.on_breach != "warn"
        yield Effect(name, "spend", what, widens=wider, breaks=stops and standing.keys > 0)
    for spend in limits.values():
        what = f"is no longer held to {at.money(spend.limit)} {_window(spend)}"
        yield Effect(name, "spend", what, widens=True)


_BEYOND: Mapping[Breach, str] = {
    "deny": "is refused",
    "downgrade": "goes to a cheaper model",
    "warn": "goes on",
}


def _window(spend: Spend) -> str:
    return f"per {spend.per}{spend.each_said} ({spend.pool})"


def _removed(name: str, standing: Standing) -> Effect:
    what = f"is retired; {Use(standing.keys, standing.calls).words}"
    if standing.keys:
        keys, calls = count(standing.keys, "live key"), count(standing.calls, "call")
        what = f"is retired and loses {keys}; {calls} in the last {USED_DAYS} days"
    return Effect(name, "calls", what, widens=False, breaks=standing.keys > 0)
