"""The overview: where the portfolio stands, what it spends against what it may, and what was refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES, StageName
from remit.declare.simulated import counts, counts_simulated
from remit.enforce.remit import Layer, Resolver, stated
from remit.enforce.spend import Spend, busiest
from remit.kernel.money import EXACT, ZERO, Money
from remit.kernel.period import Window, window
from remit.record.projection import EntryFilter, RefusalKey, Row, StageFact, UsageKey, UsageSum


@dataclass(frozen=True, slots=True)
class Figure:
    """A count or an amount, and the entries that make it."""

    name: str
    value: int | Money
    rows: EntryFilter


@dataclass(frozen=True, slots=True)
class StageCount:
    stage: StageName
    use_cases: int


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """One budget in its present window. `share` is posted over limit, in percent rounded down.

    Of a budget for each key or agent it is the account that most is posted in, and `whose` says which.
    """

    pool: str
    whose: str
    per: str
    starts: str
    posted: Money
    limit: Money
    left: Money
    share: int
    rows: EntryFilter


@dataclass(frozen=True, slots=True)
class UseCaseSpend:
    use_case: str
    unit: str
    calls: int
    failed: int
    tokens: int
    charge: Money
    saved: Money
    simulated: bool
    rows: EntryFilter


@dataclass(frozen=True, slots=True)
class Overview:
    """This month, in the organisation's time zone, as of a moment; simulated calls are counted apart, and
    where that is declared in all other figures as well.

    `cached_calls` are all that were given an answer again, simulated ones among them.
    """

    organisation: str
    model_version: int
    as_of: datetime
    month: Window
    stages: tuple[StageCount, ...]
    calls: Figure
    simulated_calls: Figure
    failed_calls: Figure
    blocked_calls: Figure
    spend: Figure
    simulated_spend: Money
    cached_calls: int
    saved: Money
    simulated_saved: Money
    refused: Figure
    refusals: tuple[Figure, ...]
    budgets: tuple[BudgetUse, ...]
    use_cases: tuple[UseCaseSpend, ...]
    last: tuple[Row, ...]
    counts_simulated: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the store holds that the overview is made of."""

    stages: Mapping[str, StageFact]
    usage: Iterable[tuple[UsageKey, UsageSum]]
    refusals: Iterable[tuple[RefusalKey, int]]
    posted: Mapping[str, Decimal]
    last: tuple[Row, ...]


def month_of(model: OperatingModel, now: datetime) -> Window:
    return window("month", at=now, zone=model.organisation.zone)


def overview(model: OperatingModel, version: int, recorded: Recorded, *, now: datetime) -> Overview:
    """Sum up the roll-ups; nothing here is typed in."""
    month = month_of(model, now)
    currency = model.organisation.currency
    usage = list(recorded.usage)
    real = [(key, total) for key, total in usage if counts(model, key)]
    simulated = [(key, total) for key, total in usage if key.simulated]
    refusals: dict[str, int] = {}
    for refusal, count in recorded.refusals:
        refusals[refusal.rule] = refusals.get(refusal.rule, 0) + count
    calls = EntryFilter(kind="call", simulated=None if counts_simulated(model) else False, since=month.start)
    staged = [
        sum(fact.stage == stage for name, fact in recorded.stages.items() if name in model.use_cases)
        for stage in STAGES
    ]
    return Overview(
        organisation=model.organisation.name,
        model_version=version,
        as_of=now,
        month=month,
        stages=tuple(StageCount(stage, count) for stage, count in zip(STAGES, staged, strict=True)),
        calls=Figure("Calls", sum(total.calls for _, total in real), calls),
        simulated_calls=Figure(
            "Simulated calls", sum(total.calls for _, total in simulated), replace(calls, simulated=True)
        ),
        failed_calls=Figure(
            "Not completed",
            sum(total.failed for _, total in real),
            replace(calls, completed=False, blocked=False),
        ),
        blocked_calls=Figure(
            "Stopped by guardrails", sum(total.blocked for _, total in real), replace(calls, blocked=True)
        ),
        spend=Figure("Spend", Money(_sum(real), currency), calls),
        simulated_spend=Money(_sum(simulated), currency),
        cached_calls=sum(total.cached for _, total in usage),
        saved=Money(_saved(real), currency),
        simulated_saved=Money(_saved(simulated), currency),
        refused=Figure(
            "Refused calls", sum(refusals.values()), EntryFilter(kind="refusal", since=month.start)
        ),
        refusals=tuple(
            Figure(rule, count, EntryFilter(kind="refusal", rule=rule, since=month.start))
            for rule, count in sorted(refusals.items(), key=lambda item: (-item[1], item[0]))
        ),
        budgets=_budgets(model, recorded, sorted({key.use_case for key, _ in usage}), now),
        use_cases=_by_use_case(usage, currency, month),
        last=recorded.last,
        counts_simulated=counts_simulated(model),
    )


def _sum(usage: Iterable[tuple[UsageKey, UsageSum]]) -> Decimal:
    total = ZERO
    for _, each in usage:
        total = EXACT.add(total, each.charge)
    return total


def _saved(usage: Iterable[tuple[UsageKey, UsageSum]]) -> Decimal:
    total = ZERO
    for _, each in usage:
        total = EXACT.add(total, each.saved)
    return total


def _by_use_case(
    usage: Iterable[tuple[UsageKey, UsageSum]], currency: str, month: Window
) -> tuple[UseCaseSpend, ...]:
    sums: dict[tuple[str, str, bool], UsageSum] = {}
    for key, each in usage:
        total = sums.setdefault((key.use_case, key.unit, key.simulated), UsageSum())
        total.merge(each)
    found = [
        UseCaseSpend(
            use_case,
            unit,
            total.calls,
            total.failed,
            total.input_total + total.output_tokens,
            Money(total.charge, currency),
            Money(total.saved, currency),
            simulated,
            EntryFilter(kind="call", use_case=use_case, simulated=simulated, since=month.start),
        )
        for (use_case, unit, simulated), total in sums.items()
    ]
    found.sort(key=lambda each: (each.use_case, each.unit, each.simulated))
    return tuple(sorted(found, key=lambda each: each.charge.amount, reverse=True))


def _budgets(
    model: OperatingModel, recorded: Recorded, use_cases: Iterable[str], now: datetime
) -> tuple[BudgetUse, ...]:
    """List the organisation's and the units' budgets, and those of the use cases that made calls."""
    organisation = model.organisation
    shared = [Layer("organisation", organisation.contact, organisation.remit)]
    shared += (Layer(f"unit/{name}", model.lead_of(name), unit.remit) for name, unit in model.units.items())
    budgets: dict[str, Spend] = {}
    for layer in shared:
        # A budget for each use case comes with those that made calls.
        pools = (spend for spend in stated(layer, "").get("spend", ()) if spend.pool == layer.address)
        budgets |= {spend.id: spend for spend in pools}
    resolver = Resolver(model)
    for name in use_cases:
        if name in model.use_cases and name in recorded.stages:
            remit = resolver.remit(name, recorded.stages[name].stage)
            budgets |= {spend.id: spend for spend in remit.spend or ()}
    first = busiest(recorded.posted)
    found = [_budget_use(spend, model, recorded.posted, first, now) for spend in budgets.values()]
    return tuple(sorted(found, key=lambda use: (-use.share, use.pool, use.per)))


def _budget_use(
    spend: Spend,
    model: OperatingModel,
    posted: Mapping[str, Decimal],
    first: Mapping[str, str],
    now: datetime,
) -> BudgetUse:
    organisation = model.organisation
    label = window(
        spend.per, at=now, zone=organisation.zone, year_starts=organisation.fiscal_year_starts
    ).label
    window_name = f"{spend.id}:{label}"
    account = first.get(window_name, window_name)
    amount = posted.get(account, ZERO)
    holder = account.split(":")[-2] if account != window_name else ""
    return BudgetUse(
        pool=spend.pool,
        whose=(f"{spend.each} {holder}" if holder else f"each {spend.each}") if spend.each else "",
        per=spend.per,
        starts=label,
        posted=Money(amount, organisation.currency),
        limit=Money(spend.limit, organisation.currency),
        left=Money(EXACT.subtract(spend.limit, amount), organisation.currency),
        share=int(EXACT.divide_int(EXACT.multiply(amount, 100), spend.limit)) if spend.limit else 100,
        rows=EntryFilter(kind="call", account=account),
    )
