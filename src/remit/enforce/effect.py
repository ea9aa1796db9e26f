"""Effect: what a change of the operating model does to the remits of use cases that are there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.declare.plan import ACTIONS, Change, Plan
from remit.declare.remit_layer import UNLIMITED, Breach
from remit.declare.version import covers
from remit.enforce.model_name import model_names, usable
from remit.enforce.policy_effect import policy_effects
from remit.enforce.remit import FIELDS, Names, Remit, resolve, show
from remit.enforce.spend import Spend, busiest
from remit.kernel.money import ZERO, Money
from remit.kernel.period import window

USED_DAYS = 31
"""How far back calls count as use."""

MUST_BE_STATED = frozenset({"calls", "models", "spend"})
"""Fields that allow nothing while no layer states them; every other one then sets no limit."""

# Changes of these reach no remit of a use case that is there already.
_UNRELATED = frozenset(
    {("units", "create"), ("use_cases", "create")}
    | {(section, action) for section in ("providers", "policies", "gates") for action in ACTIONS}
)
_LIFE = frozenset({"status", "last_day"})
"""Fields of a block that say whether it may be used; of all others a remit takes no notice."""


@dataclass(frozen=True, slots=True)
class Use:
    """How many keys called a model in the last days, and how often."""

    keys: int
    calls: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a use case stands: its stage, how many of its keys are live, and which models it called."""

    stage: StageName
    since: date
    keys: int = 0
    used: Mapping[str, Use] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        return sum(use.calls for use in self.used.values())


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of one use case, as a sentence whose subject is the use case.

    `breaks` is set where a use case with live keys would miss something that it uses or has spent.
    """

    use_case: str
    field: str
    what: str
    widens: bool
    breaks: bool = False

    @property
    def summary(self) -> str:
        return f"`{self.use_case}` {self.what}"


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
    at = _Moment(before, after, posted, busiest(posted), now)
    found: list[Effect] = []
    blocks = any(_reaches_models(change) for change in planned.changes)
    for name in sorted(concerned(before, after, planned, standings)):
        standing = standings[name]
        if name in before.use_cases and name in after.use_cases:
            one, other = (resolve(model, name, standing.stage) for model in (before, after))
            if blocks or one.digest != other.digest:
                found += _compare(one, other, standing, at)
        elif name in before.use_cases:
            found.append(_removed(name, standing))
        elif standing.keys:
            what = f"is declared again, at `{standing.stage}`; {_count(standing.keys, 'key')} open it again"
            found.append(Effect(name, "calls", what, widens=True))
    if any(change.section == "policies" for change in planned.changes):
        found += _of_policies(before, after, planned, standings)
    return tuple(sorted(found, key=lambda effect: effect.use_case))


def _of_policies(
    before: OperatingModel, after: OperatingModel, planned: Plan, standings: Mapping[str, Standing]
) -> Iterator[Effect]:
    remits = {
        name: resolve(after, name, standing.stage)
        for name, standing in standings.items()
        if name in before.use_cases and name in after.use_cases
    }
    for name, what, wider, ends in policy_effects(before, after, planned, remits=remits):
        breaks = ends and standings[name].keys > 0
        yield Effect(name, "policies", what, widens=wider, breaks=breaks)


def concerned(
    before: OperatingModel, after: OperatingModel, planned: Plan, standings: Mapping[str, Standing]
) -> set[str]:
    """Find the use cases whose remit the changes of a plan can reach."""
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
        elif change.section == "blocks" and not _reaches_models(change):
            continue
        elif (change.section, change.action) not in _UNRELATED:
            return set(standings) & (before.use_cases.keys() | after.use_cases.keys())
    found |= {name for name, standing in standings.items() if standing.stage in stages}
    if units:
        for model in (before, after):
            under = {unit for unit in model.units if not units.isdisjoint(model.lineage(unit))}
            found |= {name for name, case in model.use_cases.items() if case.unit in under}
    return {
        name for name in found if name in standings and (name in before.use_cases or name in after.use_cases)
    }


def _reaches_models(change: Change) -> bool:
    """Say whether a change decides on which models may be called, by which name."""
    if change.section != "blocks" or not change.name.startswith("model/"):
        return False
    return change.action != "change" or any(field.path[0] in _LIFE for field in change.fields)


@dataclass(frozen=True, slots=True)
class _Moment:
    """What is known at the moment of planning, and under which calendar."""

    before: OperatingModel
    model: OperatingModel
    posted: Mapping[str, Decimal]
    busiest: Mapping[str, str]
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(self.model.organisation.zone).date()

    def posted_in(self, spend: Spend) -> Decimal:
        """Say what is posted in a budget, or by the key or agent that comes first to its limit."""
        organisation = self.model.organisation
        label = window(
            spend.per, at=self.now, zone=organisation.zone, year_starts=organisation.fiscal_year_starts
        ).label
        return self.posted.get(self.busiest.get(f"{spend.id}:{label}", ""), ZERO)

    def money(self, amount: Decimal) -> str:
        return Money(amount, self.model.organisation.currency).display()


def widens(name: str, before: Any, after: Any) -> bool:
    """Say whether a field allows anything that it did not allow: after is not the meet of both."""
    if name in MUST_BE_STATED and (before is None or after is None):
        return before is None and after not in (None, False, frozenset())
    if before is None or after is None:
        return before not in (None, UNLIMITED) and after is None
    before, after = _value(before), _value(after)
    return bool(FIELDS[name].meet(before, after) != after)


def _value(value: Any) -> Any:
    """Leave out who owns a budget, and in which order budgets stand: neither allows more or less."""
    if isinstance(value, tuple) and any(isinstance(each, Spend) for each in value):
        return tuple(sorted(replace(each, owner="") for each in value))
    return value


def _compare(before: Remit, after: Remit, standing: Standing, at: _Moment) -> Iterator[Effect]:
    for name in FIELDS:
        old, new = _value(getattr(before, name)), _value(getattr(after, name))
        if name == "models":
            was, becomes = _Callable.of(at.before, old, at.today), _Callable.of(at.model, new, at.today)
            yield from _models(after.use_case, was, becomes, standing)
        elif old == new:
            continue
        elif name == "spend" and old is not None and new is not None:
            yield from _spend(after.use_case, old, new, standing, at)
        else:
            yield _field(name, after, old, new, standing, at)
    if before.data_class != after.data_class:
        what = f"handles `{after.data_class}` data instead of `{before.data_class}`"
        yield Effect(after.use_case, "data_class", what, widens=False)


def _field(name: str, after: Remit, old: Any, new: Any, standing: Standing, at: _Moment) -> Effect:
    """Say how a field changed; a running use case breaks if it may make no call at all any more."""
    wider = widens(name, old, new)
    ended = name in MUST_BE_STATED and not new and not wider
    ended |= name == "expires" and new is not None and new < at.today
    if name == "time_box_days" and isinstance(new, int):
        ended |= (at.today - standing.since).days > new
    what = f"has `{name}` {show(new)} instead of {show(old)}"
    if name == "calls":
        what = "may call models" if new else "may no longer call models"
    if ended and not wider:
        what += f"; {_use(Use(standing.keys, standing.calls))}"
    return Effect(after.use_case, name, what, widens=wider, breaks=ended and not wider and standing.keys > 0)


@dataclass(frozen=True, slots=True)
class _Callable:
    """The models that a remit names, and what each name means that can be called today."""

    model: OperatingModel
    allowed: frozenset[str]
    names: Mapping[str, str]

    @classmethod
    def of(cls, model: OperatingModel, allowed: Names | None, day: date) -> _Callable:
        named = allowed if isinstance(allowed, frozenset) else frozenset[str]()
        return cls(model, named, usable(model, model_names(model, named, day), day))

    def beyond(self, other: _Callable) -> set[str]:
        """List what can be called here and not there, or else the names that are covered here alone."""
        more = set(self.names.values()) - set(other.names.values())
        names = {name for name in self.allowed if not covers(other.allowed, name)}
        return more | {name for name in names if more.isdisjoint(self.model.versions(name))}


def _models(name: str, old: _Callable, new: _Callable, standing: Standing) -> Iterator[Effect]:
    for model in sorted(old.beyond(new)):
        use = standing.used.get(model, Use(0, 0))
        what = f"loses `{model}`; {_use(use)}"
        yield Effect(name, "models", what, widens=False, breaks=standing.keys > 0 and use.calls > 0)
    for model in sorted(new.beyond(old)):
        yield Effect(name, "models", f"gains `{model}`", widens=True)
    for said in sorted(old.names.keys() & new.names.keys()):
        was, becomes = old.names[said], new.names[said]
        if was != becomes:
            what = f"calls `{becomes}` by the name `{said}`, and no longer `{was}`"
            yield Effect(name, "models", what, widens=False)


def _spend(
    name: str, old: tuple[Spend, ...], new: tuple[Spend, ...], standing: Standing, at: _Moment
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
    what = f"is retired; {_use(Use(standing.keys, standing.calls))}"
    if standing.keys:
        keys, calls = _count(standing.keys, "live key"), _count(standing.calls, "call")
        what = f"is retired and loses {keys}; {calls} in the last {USED_DAYS} days"
    return Effect(name, "calls", what, widens=False, breaks=standing.keys > 0)


def _use(use: Use) -> str:
    if not use.calls:
        return f"no call used it in the last {USED_DAYS} days"
    return f"{_count(use.keys, 'key')} and {_count(use.calls, 'call')} used it in the last {USED_DAYS} days"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
