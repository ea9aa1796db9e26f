"""The costs of some days: what calls were charged, and what is declared, each as one value to be split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property
from itertools import pairwise

from remit.decide.bill_sum import Span
from remit.decide.finops.accrual import accrual, monthly, once
from remit.decide.finops.allocation import Allocation, Part, Simulated, Spent, allocate
from remit.decide.finops.unused_commitment import Lapsed, unused
from remit.decide.reconcile import QUANTUM
from remit.decide.worth.cost import split, users_of_blocks
from remit.decide.worth.sharing import Key, Served, sharers
from remit.decide.worth.span import WIDE
from remit.declare.capacity import Capacity
from remit.declare.cost import Cost
from remit.declare.operating_model import OperatingModel
from remit.declare.simulated import counts
from remit.declare.version import family
from remit.enforce.remit import Resolver
from remit.kernel.money import EXACT, ZERO
from remit.record.decided import Adjustment
from remit.record.guardrail_charge import GuardrailKey, GuardrailSum
from remit.record.projection import StageFact, UsageKey, UsageSum, hour_of

Rows = Sequence[tuple[UsageKey, UsageSum]]
Guards = Sequence[tuple[GuardrailKey, GuardrailSum]]


@dataclass(frozen=True, slots=True)
class Booked:
    """How much of an adjustment belongs to some days.

    It is `prior` where it is about days that were closed before it was known; then `rows` are the calls of
    its own days, by which it is split where it is of several use cases.
    """

    entry: Adjustment
    amount: Decimal
    prior: bool = False
    rows: Rows = ()


@dataclass(frozen=True)
class Period:
    """What is known of some days.

    `start` and `end` are the instants between which they lie. `rows` are the roll-ups of calls by the hour.
    `guards` is what guardrails by others cost in them, and tools. `lapsed` are commitments' periods that
    ended in them. `late` is what was charged for calls of closed days, and for what guards them, that was
    written after these were closed, by use case and unit.
    """

    model: OperatingModel
    label: str
    days: Span
    start: datetime
    end: datetime
    rows: Rows
    stages: Mapping[str, StageFact]
    booked: Sequence[Booked] = ()
    guards: Guards = ()
    late: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    lapsed: Sequence[Lapsed] = ()

    @cached_property
    def real(self) -> Rows:
        """The calls that count, in the organisation's currency."""
        currency = self.model.organisation.currency
        return [
            (key, sums) for key, sums in self.rows if counts(self.model, key) and key.currency == currency
        ]

    @cached_property
    def served(self) -> Mapping[str, Served]:
        """What real calls came to, by use case."""
        return served_by(self.real)

    @cached_property
    def units(self) -> Mapping[str, str]:
        """Whose each use case is: as it is declared, or for one that is not, as its calls last said."""
        called = {key.use_case: key.unit for key, _ in self.rows}
        return called | {name: case.unit for name, case in self.model.use_cases.items()}

    @cached_property
    def live(self) -> Sequence[str]:
        """The use cases that are neither envisioned nor retired, and those that called."""
        found = set(self.served)
        for name in self.model.use_cases:
            fact = self.stages.get(name)
            if fact is None or fact.stage in ("envision", "retired"):
                continue
            began = fact.basis in ("declared", "adopted") and fact.since > self.days.last
            if not began:
                found.add(name)
        return sorted(found)

    @cached_property
    def guarded(self) -> Mapping[str, set[str]]:
        """Say by declared address which live use cases must pass a guardrail that costs something."""
        costly = ("cost_to_build", "cost_per_month")
        blocks = self.model.blocks.items()
        if not any(
            name.startswith("guardrail/") and any(getattr(of, each) for each in costly) for name, of in blocks
        ):
            return {}
        resolver = Resolver(self.model)
        found: dict[str, set[str]] = {}
        for name in self.live:
            if name in self.model.use_cases:
                stage = self.stages[name].stage if name in self.stages else "envision"
                for address in resolver.remit(name, stage).guardrails or ():
                    meant = self.model.meant(address, self.days.last)
                    assert meant is not None, "a layer names only what is declared"
                    found.setdefault(meant, set()).add(name)
        return found

    @property
    def horizon(self) -> int:
        return self.model.portfolio.economics.horizon_months

    def part_of(self, cost: Cost) -> Decimal | None:
        """Say how much of a declared cost falls in these days, None where that is not known."""
        starts = self.model.organisation.fiscal_year_starts
        return accrual(cost, self.days, horizon_months=self.horizon, year_starts=starts)


def served_by(rows: Rows) -> dict[str, Served]:
    """Sum up calls by use case."""
    found: dict[str, Served] = {}
    for key, sums in rows:
        of = found.get(key.use_case)
        if of is None:
            of = found[key.use_case] = Served()
        of.add(sums.calls, sums.input_total + sums.output_tokens, sums.charge)
    return found


def allocation_of(period: Period) -> Allocation:
    """Allocate all that is known to have been spent in some days."""
    uncounted: list[str] = []
    costs = [
        *_calls(period),
        *_guards(period),
        *(_adjustment(period, each) for each in period.booked),
        *_capacities(period, uncounted),
        *(spent for each in period.lapsed for spent in unused(period.model, each, uncounted)),
        *_blocks(period, uncounted),
        *_platform(period, uncounted),
        *_own(period, uncounted),
    ]
    currency = period.model.organisation.currency
    foreign: dict[str, Decimal] = {}
    simulated: dict[str, Simulated] = {}
    for key, sums in period.rows:
        if key.simulated:
            known = simulated.get(key.use_case, Simulated(0, ZERO))
            charge = EXACT.add(known.charge, sums.charge) if key.currency == currency else known.charge
            simulated[key.use_case] = Simulated(known.calls + sums.calls, charge)
        if counts(period.model, key) and key.currency != currency and sums.charge:
            foreign[key.currency] = EXACT.add(foreign.get(key.currency, ZERO), sums.charge)
    for each, read in period.guards:
        if each.currency != currency and read.charge:
            foreign[each.currency] = EXACT.add(foreign.get(each.currency, ZERO), read.charge)
    return allocate(
        costs,
        label=period.label,
        days=period.days,
        currency=currency,
        units=period.units,
        uncounted=uncounted,
        foreign=dict(sorted(foreign.items())),
        simulated=dict(sorted(simulated.items())),
    )


def _calls(period: Period) -> Iterator[Spent]:
    found: dict[tuple[str, str, str], Served] = {}
    for key, sums in period.real:
        of = found.setdefault((key.model, key.use_case, key.unit), Served())
        of.add(sums.calls, sums.input_total + sums.output_tokens, sums.charge)
    for (model, use_case, unit), of in found.items():
        basis = f"{of.calls:,} call{'' if of.calls == 1 else 's'}"
        yield Spent("calls", model, of.charge, basis, unit=unit, use_case=use_case)
    for (use_case, unit), charge in period.late.items():
        basis = "calls of closed periods that were settled later"
        yield Spent("calls", "late", charge, basis, unit=unit, use_case=use_case, prior=True)


def _guards(period: Period) -> Iterator[Spent]:
    """Give what guardrails by others cost whoever called, and what tools did."""
    found: dict[tuple[str, str, str], GuardrailSum] = {}
    for key, sums in period.guards:
        if key.currency == period.model.organisation.currency:
            whose = key.name, key.use_case, key.unit
            found.setdefault(whose, GuardrailSum()).add(sums.askings, sums.units, sums.charge)
    for (name, use_case, unit), of in found.items():
        asked = f"asked {'once' if of.askings == 1 else f'{of.askings:,} times'}"
        is_tool = name.startswith("tool/")
        basis = asked if is_tool else f"{of.units:,} text unit{'' if of.units == 1 else 's'}, {asked}"
        part: Part = "calls" if is_tool else "guardrails"
        yield Spent(part, name, of.charge, basis, unit=unit, use_case=use_case)


def _adjustment(period: Period, each: Booked) -> Spent:
    entry = each.entry
    rows = each.rows if each.prior else period.real
    matching = () if entry.use_case else [row for row in rows if _concerns(period.model, entry, row[0])]
    served = served_by(matching)
    return Spent(
        "adjustments",
        entry.id,
        each.amount,
        entry.reason if entry.use_case or served else f"{entry.reason}, of no use case that called",
        unit=entry.unit,
        use_case=entry.use_case,
        among=sorted(served),
        key=Key("charge", {}),
        served=served,
        prior=each.prior,
    )


def _concerns(model: OperatingModel, entry: Adjustment, key: UsageKey) -> bool:
    """Say whether calls are of those that an adjustment is about."""
    called = model.model(key.model)
    return (
        (not entry.model or entry.model in (key.model, family(key.model)))
        and (not entry.key or entry.key == key.key)
        and (not entry.provider or (called is not None and called.provider == entry.provider))
        and (not entry.unit or entry.unit in (model.lineage(key.unit) if key.unit in model.units else ()))
    )


def _capacities(period: Period, unknown: list[str]) -> Iterator[Spent]:
    model = period.model
    zone = model.organisation.zone
    for id, capacity in model.capacity.items():
        if capacity.starts is None:
            continue
        first = max(capacity.starts, period.days.first)
        last = min(capacity.ends or period.days.last, period.days.last)
        months = capacity.term_months or period.horizon
        setup = model.exchanged(capacity.once, capacity.starts) if capacity.once else None
        amount = once(setup.amount, capacity.starts, period.days, months) if setup else ZERO
        if capacity.once and setup is None:
            unknown.append(f"capacity/{id}/once")
        hours, rows = ZERO, []
        if first <= last:
            start = datetime.combine(first, time(tzinfo=zone))
            end = datetime.combine(last + timedelta(days=1), time(tzinfo=zone))
            hours = _hours(start, end)
            between = hour_of(start), hour_of(end)
            rows = [row for row in period.real if _is_served(capacity, row[0], between)]
            paid = _paid_by_the_hour(model, capacity, Span(first, last))
            if paid is None:
                unknown.append(f"capacity/{id}")
                continue
            amount = EXACT.add(amount, paid)
        yield _capacity(id, capacity, amount, hours, rows)


def _hours(start: datetime, end: datetime) -> Decimal:
    seconds = Decimal(int(end.timestamp() - start.timestamp()))
    return WIDE.divide(seconds, Decimal(3_600)).quantize(QUANTUM, ROUND_HALF_EVEN, WIDE)


def _paid_by_the_hour(model: OperatingModel, capacity: Capacity, days: Span) -> Decimal | None:
    """Say what capacity costs on some days, each hour at the exchange rate of its day; None without one."""
    known = model.exchange_rates.get(capacity.per_hour.currency)
    turns = [each.starts for each in known.rates if days.first < each.starts <= days.last] if known else []
    after = days.last + timedelta(days=1)
    zone, amount = model.organisation.zone, ZERO
    for first, end in pairwise([days.first, *turns, after]):
        per_hour = model.exchanged(capacity.per_hour, first)
        if per_hour is None:
            return None
        start, until = (datetime.combine(day, time(tzinfo=zone)) for day in (first, end))
        rate = EXACT.multiply(per_hour.amount, Decimal(capacity.units))
        amount = EXACT.add(amount, EXACT.multiply(rate, _hours(start, until)))
    return amount


def _is_served(capacity: Capacity, key: UsageKey, between: tuple[str, str]) -> bool:
    model = capacity.model in (key.model, family(key.model))
    return model and between[0] <= key.hour < between[1]


def _capacity(id: str, capacity: Capacity, amount: Decimal, hours: Decimal, rows: Rows) -> Spent:
    """Say what capacity cost, and how much of that stood idle, where it is said how much it could serve."""
    units = f"{capacity.units:,} unit{'' if capacity.units == 1 else 's'}"
    basis = f"{units} for {hours.normalize():f} hours"
    served, could, what = _busiest(capacity, hours, rows)
    idle, why = ZERO, ""
    if could:
        part = WIDE.divide(Decimal(100 * served), could).quantize(Decimal("0.1"), ROUND_HALF_EVEN, WIDE)
        why = f"{part} % of {could.quantize(Decimal(1), ROUND_HALF_EVEN, WIDE):,} {what} tokens were served"
        used = min(Decimal(served), could)
        idle = split(amount, {"idle": could - used, "used": used})["idle"]
    elif not rows and not sharers(Key(capacity.shared_by, capacity.weights), {}):
        basis += ", which served no use case"
    by = served_by(rows)
    key = Key(capacity.shared_by, capacity.weights)
    return Spent(
        "capacity",
        id,
        amount,
        basis,
        unit=capacity.unit or "",
        among=sharers(key, by),
        key=key,
        served=by,
        idle=idle,
        shares_idle=capacity.idle == "shared",
        why=why,
    )


def _busiest(capacity: Capacity, hours: Decimal, rows: Rows) -> tuple[int, Decimal, str]:
    """Say how many tokens were served of how many that could be, of the kind of which less was left."""
    minutes = EXACT.multiply(hours, Decimal(60 * capacity.units))
    kinds = (
        (sum(sums.input_total for _, sums in rows), capacity.input_tokens_per_minute, "input"),
        (sum(sums.output_tokens for _, sums in rows), capacity.output_tokens_per_minute, "output"),
    )
    found = [(served, EXACT.multiply(minutes, Decimal(most)), what) for served, most, what in kinds if most]
    known = [each for each in found if each[1]]
    return max(known, key=lambda each: WIDE.divide(Decimal(each[0]), each[1]), default=(0, ZERO, ""))


def _blocks(period: Period, uncounted: list[str]) -> Iterator[Spent]:
    model = period.model
    costly = {
        address: block
        for address, block in model.blocks.items()
        if block.cost_to_build is not None or block.cost_per_month is not None
    }
    if not costly:
        return
    called = {(key.use_case, address) for key, _ in period.real for address in {key.model, key.block} - {""}}
    retired = {name for name, fact in period.stages.items() if fact.stage == "retired"}
    living = sorted({*period.served, *(name for name in model.use_cases if name not in retired)})
    declared = [name for name in living if name in model.use_cases]
    users = users_of_blocks(model, declared, period.days.last, called)
    for address, block in costly.items():
        amount = ZERO
        days = period.days
        if block.last_day is not None and block.status == "deprecated":
            days = Span(days.first, min(days.last, block.last_day))
        if block.cost_per_month is not None and days.first <= days.last:
            amount = monthly(block.cost_per_month.amount, days)
        if block.cost_to_build is not None and block.built is None:
            uncounted.append(address)
        elif block.cost_to_build is not None and block.built is not None:
            built = once(block.cost_to_build.amount, block.built, period.days, period.horizon)
            amount = EXACT.add(amount, built)
        using = sorted({*users.get(address, ()), *period.guarded.get(address, ())})
        # Every call of whoever must pass a guardrail passes it.
        guards = address.startswith("guardrail/")
        rows = [row for row in period.real if address in (row[0].model, row[0].block)]
        on = period.served if guards else served_by(rows)
        basis = f"shared by {len(using):,}" if using else "no use case stands on it"
        key = Key(block.cost_shared_by, block.cost_weights)
        yield Spent("blocks", address, amount, basis, among=using, key=key, served=on)


def _platform(period: Period, uncounted: list[str]) -> Iterator[Spent]:
    for id, cost in period.model.portfolio.economics.platform.items():
        amount = period.part_of(cost)
        if amount is None:
            uncounted.append(f"portfolio/economics/platform/{id}")
            continue
        yield Spent(
            "people" if cost.kind == "people" else "platform",
            id,
            amount,
            cost.name if period.live else f"{cost.name}, and no use case is live",
            among=period.live,
            key=Key(cost.shared_by, cost.weights),
            served=period.served,
        )


def _own(period: Period, uncounted: list[str]) -> Iterator[Spent]:
    """Give what use cases cost beside their calls; one that was retired before costs nothing more."""
    for name, case in period.model.use_cases.items():
        fact = period.stages.get(name)
        if fact is not None and fact.stage == "retired" and fact.since <= period.days.first:
            continue
        for id, cost in case.costs.items():
            amount = period.part_of(cost)
            if amount is None:
                uncounted.append(f"use-case/{name}/costs/{id}")
                continue
            yield Spent(cost.kind, f"{name}/{id}", amount, cost.name, unit=case.unit, use_case=name)
