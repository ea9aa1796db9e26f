"""Read spend: what budgets and months come to, which days were off and why, and how commitments are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from remit.decide.finops.anomaly import BASE_DAYS, Anomaly, GuardCost, Guarded, explained, odd_days
from remit.decide.finops.budget_forecast import BudgetForecast, Caller, budget_forecasts, days_to
from remit.decide.finops.commitment_use import (
    CommitmentUse,
    Drawn,
    commitment_uses,
    drawn_from,
    drawn_in_own_currency,
)
from remit.decide.finops.daily import daily, first_day
from remit.decide.finops.forecast import Forecast, ahead, forecasts
from remit.decide.finops.own_currency import in_own_currency
from remit.decide.finops.uncounted import Counting, Uncounted
from remit.declare.operating_model import OperatingModel
from remit.declare.simulated import counts, counts_simulated
from remit.enforce.remit import Resolver
from remit.enforce.spend import Spend
from remit.kernel.money import EXACT, ZERO
from remit.kernel.period import window
from remit.operations.lookup import require_unit, require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System
from remit.record.projection import UsageKey, UsageSum
from remit.record.rolled import DayCharge

By = Literal["use-case", "unit", "model", "organisation"]
ANOMALIES_MAX = 200
"""How many odd days are explained; the greatest are."""
LEAST_SHARE = Decimal("0.005")
"""A day is odd only if it is off by this part of what the whole organisation costs on an average day."""


@dataclass(frozen=True, slots=True)
class SpendForecast:
    """What this month will have cost by name, in UTC days; `counts_simulated` is a stamp.

    What is `uncounted` is in no figure: these are too low by it.
    """

    name: str
    unit: str
    starts: date
    ends: date
    currency: str
    forecast: Forecast
    uncounted: tuple[Uncounted, ...] = ()
    counts_simulated: bool = False


class Cost(NamedTuple):
    """What was charged on one UTC day, by calls of a model or by a guardrail of others, its `name`."""

    day: date
    use_case: str
    unit: str
    name: str
    charge: Decimal
    currency: str
    key: str = ""


def read_budget_forecasts(system: System, *, unit: str = "", use_case: str = "") -> list[BudgetForecast]:
    """Look ahead for every budget in force that covers a use case of a unit, or one use case."""
    _, model = model_in_force(system)
    cases = chosen(model, unit=unit, use_case=use_case)
    return [
        each
        for each in _budget_forecasts(system, model)
        if _covers(model, each, cases, unit=unit, use_case=use_case)
    ]


def _covers(
    model: OperatingModel, each: BudgetForecast, cases: frozenset[str], *, unit: str, use_case: str
) -> bool:
    if not (unit or use_case):
        return True
    if each.use_case:
        return each.use_case in cases
    if not each.unit:
        return True
    near = model.lineage(model.use_cases[use_case].unit) if use_case else model.lineage(unit)
    return each.unit in near or (bool(unit) and unit in model.lineage(each.unit))


def watched_budgets(system: System, model: OperatingModel) -> list[BudgetForecast]:
    """Look ahead for the budgets of a model in force that are expected to be exceeded."""
    return [each for each in _budget_forecasts(system, model) if each.exceeds]


def _budget_forecasts(system: System, model: OperatingModel) -> list[BudgetForecast]:
    now = system.clock.now()
    resolver, spends = Resolver(model), dict[str, tuple[Spend, ...]]()
    for name, fact in system.store.stages(now).items():
        if name in model.use_cases and fact.stage != "retired":
            spends[name] = resolver.remit(name, fact.stage).spend or ()
    singly = any(spend.each for each in spends.values() for spend in each)
    today = now.astimezone(UTC).date()
    since = first_day(today)
    counting = Counting(model)
    costs = daily(_by_caller(system, counting, since, singly=singly), today)
    callers = {Caller(name) for name in spends}
    if singly:
        keyed = {Caller(each.use_case, each.id, each.agent) for each in system.store.keys().values()}
        # What was called by a key that is not known any more is spent all the same.
        unknown = set(costs.names) - {each.name for each in callers | keyed}
        callers |= keyed | {Caller(*name.split("\0", 1)) for name in unknown}
    ordered = sorted(callers, key=lambda each: each.name)
    return budget_forecasts(
        model, spends, ordered, costs=costs, posted=system.store.posted(), now=now, uncounted=counting.of
    )


def _by_caller(
    system: System, counting: Counting, since: date, *, singly: bool
) -> Iterator[tuple[str, date, Decimal]]:
    """Give costs by who draws from budgets.

    Only where a key or an agent has a limit for itself is it asked who called: that is far more rows.
    """
    called: Iterable[Cost] = (
        (
            Cost(_day(key.hour), key.use_case, key.unit, key.model, sums.charge, key.currency, key.key)
            for key, sums in system.store.usage(since=_midnight(since))
        )
        if singly
        else (_cost(each) for each in system.store.charges(since=since))
    )
    for each in chain(called, _guarded(system, since)):
        name = Caller(each.use_case, each.key if singly else "").name
        yield name, each.day, counting.worth(name, each.day, each.charge, each.currency)


def _cost(each: DayCharge) -> Cost:
    return Cost(each.day, each.use_case, each.unit, each.model, each.charge, each.currency)


def _guarded(system: System, since: date) -> Iterator[Cost]:
    """Give what guardrails by others cost."""
    until = system.clock.now() + timedelta(hours=1)
    for key, sums in system.store.guarded(since=_midnight(since), until=until):
        yield Cost(_day(key.hour), key.use_case, key.unit, key.name, sums.charge, key.currency, key.key)


def read_spend_forecasts(system: System, by: By, *, unit: str = "") -> list[SpendForecast]:
    """Say what this month will have cost, by use case, unit, model, or in all; the most costly first."""
    _, model = model_in_force(system)
    cases = chosen(model, unit=unit)
    now = system.clock.now()
    today = now.astimezone(UTC).date()
    organisation = model.organisation
    # A month of UTC, as its days are: elsewhere one may begin while UTC's goes on.
    span = window("month", at=now, zone=ZoneInfo("UTC"))
    spent: dict[str, Decimal] = {}
    rows: list[tuple[str, date, Decimal]] = []
    counting = Counting(model)
    for each in _real(system, model, today=today):
        if each.use_case in cases or not unit:
            name = _name(by, each)
            charge = counting.worth(name, each.day, each.charge, each.currency)
            rows.append((name, each.day, charge))
            if each.day >= today.replace(day=1):
                spent[name] = EXACT.add(spent.get(name, ZERO), charge)
    costs = daily(rows, today)
    horizon = days_to(span, now)
    looked = ahead(costs.days, weekday=today.weekday(), horizon=horizon)
    made = forecasts(
        looked, [spent.get(each, ZERO) for each in costs.names], list(costs.today), horizon=horizon
    )
    found = [
        SpendForecast(
            name=name,
            unit=model.use_cases[name].unit if by == "use-case" and name in model.use_cases else "",
            starts=span.start.date(),
            ends=(span.end - timedelta(seconds=1)).date(),
            currency=organisation.currency,
            forecast=forecast,
            uncounted=counting.of([name]),
            counts_simulated=counts_simulated(model),
        )
        for name, forecast in zip(costs.names, made, strict=True)
    ]
    return sorted(found, key=lambda each: (-(each.forecast.expected or each.forecast.spent), each.name))


def _real(system: System, model: OperatingModel, *, today: date) -> Iterator[Cost]:
    """Give costs as far back as they are looked at, of calls that count."""
    since = first_day(today)
    yield from (_cost(each) for each in system.store.charges(since=since) if counts(model, each))
    yield from _guarded(system, since)


def _name(by: By, each: Cost) -> str:
    return {"use-case": each.use_case, "unit": each.unit, "model": each.name, "organisation": ""}[by]


def read_anomalies(
    system: System, model: OperatingModel, *, cases: frozenset[str] | None = None
) -> list[Anomaly]:
    """Explain the days of the last week that were off, the greatest difference first.

    A day whose cost is not wholly known is not judged; `read_uncounted` names what it lacks.
    """
    today = system.clock.now().astimezone(UTC).date()
    counting = Counting(model)
    costs = daily(_by_use_case(system, counting, today), today)
    least = float(LEAST_SHARE) * float(costs.days[:, -BASE_DAYS:].sum()) / BASE_DAYS if costs.names else 0.0
    odd = [
        each
        for each in odd_days(costs, today, least=least)
        if (cases is None or each.name in cases) and (each.name, each.day) not in counting.days
    ]
    if not odd[:ANOMALIES_MAX]:
        return []
    named = frozenset(each.name for each in odd[:ANOMALIES_MAX])
    detailed = _detailed(system, model, named, today=today)
    guards: dict[str, list[tuple[date, GuardCost]]] = {}
    for cost in _guarded(system, today - timedelta(days=BASE_DAYS + 8)):
        if cost.use_case in named:
            charge = counting.worth(cost.use_case, cost.day, cost.charge, cost.currency)
            guards.setdefault(cost.use_case, []).append((cost.day, GuardCost(cost.name, cost.key, charge)))
    found = []
    for each in odd[:ANOMALIES_MAX]:
        mine, asked = detailed.get(each.name, ()), guards.get(each.name, ())
        begin = each.day - timedelta(days=BASE_DAYS)
        found.append(
            explained(
                each,
                [row for row in mine if _day(row[0].hour) == each.day],
                [row for row in mine if begin <= _day(row[0].hour) < each.day],
                guards=Guarded(
                    [cost for day, cost in asked if day == each.day],
                    [cost for day, cost in asked if begin <= day < each.day],
                ),
                model=model,
            )
        )
    return sorted(found, key=lambda each: (-abs(each.change), each.use_case, each.day))


def _by_use_case(system: System, counting: Counting, today: date) -> Iterator[tuple[str, date, Decimal]]:
    for each in _real(system, counting.model, today=today):
        yield each.use_case, each.day, counting.worth(each.use_case, each.day, each.charge, each.currency)


def read_uncounted(system: System, model: OperatingModel) -> tuple[Uncounted, ...]:
    """Name what was charged on the days that are looked at, and is in no figure for want of a rate."""
    counting = Counting(model)
    for _ in _by_use_case(system, counting, system.clock.now().astimezone(UTC).date()):
        pass
    return counting.everything()


def _detailed(
    system: System, model: OperatingModel, names: frozenset[str], *, today: date
) -> Mapping[str, list[tuple[UsageKey, UsageSum]]]:
    """Read roll-ups of some use cases by key and prompt, as far back as odd days are held against."""
    found: dict[str, list[tuple[UsageKey, UsageSum]]] = {}
    since = _midnight(today - timedelta(days=BASE_DAYS + 8))
    rows = system.store.usage(since=since, use_cases=names)
    for key, sums in in_own_currency(rows, model, zone=ZoneInfo("UTC")):
        if counts(model, key) and key.currency == model.organisation.currency:
            found.setdefault(key.use_case, []).append((key, sums))
    return found


def read_commitments(system: System) -> list[CommitmentUse]:
    """Say how every period of every declared commitment stands."""
    _, model = model_in_force(system)
    if not model.commitments:
        return []
    now = system.clock.now()
    names = drawn_from(model)
    first = min(each.starts for each in model.commitments.values())
    drawn = []
    for each in system.store.charges(since=first):
        id = names.get(each.model)
        if id and each.committed and counts(model, each):
            drawn.append(Drawn(id, each.day, each.committed, each.list_charge, each.currency))
    for key, sums in system.store.guarded(since=_midnight(first), until=now + timedelta(hours=1)):
        if key.commitment:
            # A guardrail's price has no list rates, so it costs as much at them.
            charge = sums.charge
            drawn.append(Drawn(key.commitment, _day(key.hour), charge, charge, key.currency))
    drawn, lacking = drawn_in_own_currency(drawn, model)
    costs = daily(((each.commitment, each.day, each.charge) for each in drawn), now.astimezone(UTC).date())
    return commitment_uses(model.commitments, drawn, model=model, costs=costs, now=now, lacking=lacking)


def chosen(model: OperatingModel, *, unit: str = "", use_case: str = "") -> frozenset[str]:
    """Name the use cases of a unit and those below it, or one, or all; raises NotFound."""
    if use_case:
        require_use_case(model, use_case)
        return frozenset({use_case})
    if not unit:
        return frozenset(model.use_cases)
    require_unit(model, unit)
    return frozenset(name for name, each in model.use_cases.items() if unit in model.lineage(each.unit))


def _day(hour: str) -> date:
    return date.fromisoformat(hour[:10])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(tzinfo=UTC))
