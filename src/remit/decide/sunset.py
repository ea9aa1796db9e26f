"""Sunset rules that fire: what is due to be taken back or ended, since which day, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES, StageName
from remit.declare.sunset import SunsetRule
from remit.kernel.money import Money
from remit.record.projection import StageFact


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one use case that rules look at.

    `last_call` is the day of its last real call within `looked_back`, the first day that calls were looked
    for. `calling` says whether its stage allows calls. `cost_per_outcome` is as the dossier has it.
    """

    stage: StageFact
    last_call: date | None = None
    looked_back: date = date.min
    calling: bool = True
    cost_per_outcome: Decimal | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Sunset:
    """A rule that fires: `layer` is whose it is, and `due` since which day it does.

    `command` is what would follow it; a person runs that, or changes the rule. `simulated` says that its
    figure is of simulated calls.
    """

    use_case: str
    unit: str
    stage: StageName
    layer: str
    rule: str
    due: date
    says: str
    recommend: str
    command: str
    simulated: bool = False


def has_rules(model: OperatingModel) -> bool:
    """Say whether any rule is declared at all."""
    return any(True for _ in _rules(model))


def idle_days_max(model: OperatingModel) -> int:
    """Name the longest time without calls that any rule looks for; 0 where none does."""
    return max((rule.idle_days or 0 for rule in _rules(model)), default=0)


def _rules(model: OperatingModel) -> Iterator[SunsetRule]:
    yield from model.organisation.sunset.values()
    for unit in model.units.values():
        yield from unit.sunset.values()
    for case in model.use_cases.values():
        yield from case.sunset.values()


def rules_of(model: OperatingModel, use_case: str) -> Iterator[tuple[str, str, SunsetRule]]:
    """List the rules of a use case with the layer and id of each: the organisation's first, its own last."""
    case = model.use_cases[use_case]
    for id, rule in model.organisation.sunset.items():
        yield "organisation", id, rule
    for unit in model.lineage(case.unit):
        for id, rule in model.units[unit].sunset.items():
            yield f"unit/{unit}", id, rule
    for id, rule in case.sunset.items():
        yield f"use-case/{use_case}", id, rule


def sunsets(model: OperatingModel, seen: Mapping[str, Seen], *, today: date) -> tuple[Sunset, ...]:
    """List the rules that fire, the longest due first. A use case that is retired is due for nothing."""
    found = [
        each
        for name, known in seen.items()
        if name in model.use_cases and known.stage.stage != "retired"
        for each in _fired(model, name, known, today)
    ]
    return tuple(sorted(found, key=lambda each: (each.due, each.use_case, each.layer, each.rule)))


def _fired(model: OperatingModel, name: str, seen: Seen, today: date) -> Iterator[Sunset]:
    stage = seen.stage.stage
    for layer, id, rule in rules_of(model, name):
        if rule.stages and stage not in rule.stages:
            continue
        due, says = _due(rule, seen, today, model.organisation.currency)
        if due is None or due > today:
            continue
        to = STAGES[STAGES.index(stage) - 1] if rule.recommend == "demote" and stage != STAGES[0] else ""
        verb = f"demote {name} --to {to}" if to else f"retire {name}"
        yield Sunset(
            use_case=name,
            unit=model.use_cases[name].unit,
            stage=stage,
            layer=layer,
            rule=id,
            due=due,
            says=says,
            recommend=f"demote to {to}" if to else "retire",
            command=f'remit stage {verb} --reason "sunset rule {id} of {layer}"',
            simulated=seen.simulated and rule.cost_per_outcome_above is not None,
        )


def _due(rule: SunsetRule, seen: Seen, today: date, currency: str) -> tuple[date | None, str]:
    """Say since when a rule fires, or will, and why; None where it cannot be said, or never will."""
    if rule.idle_days is not None:
        if not seen.calling:
            return None, ""
        # Calls at an earlier stage say nothing of this one, and neither do the days before it.
        last = max(seen.last_call or seen.looked_back, seen.stage.since)
        least = "" if seen.last_call == last or seen.stage.since_known else "at least "
        says = f"no call for {least}{(today - last).days:,} days; {rule.idle_days:,} are enough"
        return _after(last, rule.idle_days), says
    if rule.stage_days is not None:
        there = (today - seen.stage.since).days
        least = "" if seen.stage.since_known else "at least "
        says = (
            f"at `{seen.stage.stage}` for {least}{there:,} days; more than {rule.stage_days:,} are too many"
        )
        return _after(seen.stage.since, rule.stage_days + 1), says
    if rule.ends is not None:
        return _after(rule.ends, 1), f"its last day was {rule.ends}"
    cost, limit = seen.cost_per_outcome, rule.cost_per_outcome_above
    if cost is None or limit is None or cost <= limit.amount:
        return None, ""
    return today, f"an outcome costs {Money(cost, currency).display()}; above {limit.display()} is too much"


def _after(day: date, days: int) -> date | None:
    return day + timedelta(days=days) if (date.max - day).days >= days else None
