"""Cost: what a use case costs in full, its calls, what is declared, and its share of what all have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Literal

from remit.decide.called_facts import Rolled
from remit.decide.finops.own_currency import guards_in_own_currency, in_own_currency
from remit.decide.worth.sharing import Key, Served
from remit.decide.worth.span import CENT, WIDE
from remit.declare.block import GuardrailBlock
from remit.declare.cost import Cost, CostKind
from remit.declare.measure import WINDOW_DAYS
from remit.declare.operating_model import OperatingModel
from remit.declare.simulated import counts
from remit.kernel.money import EXACT, ZERO, Money
from remit.record.projection import StageFact

Part = Literal["calls", "platform", "blocks"] | CostKind
"""What a cost is for: calls, judges among them, a share of what all have, or what is declared."""

PARTS: tuple[Part, ...] = ("calls", "people", "change", "tools", "other", "platform", "blocks")

DAYS_MIN = 7
"""Calls of fewer days are counted as if they were of so many: one busy day is not a year."""

YEAR_DAYS, YEAR_MONTHS = 365, 12
_TIMES = {"once": 0, "month": 12, "quarter": 4, "year": 1}


@dataclass(frozen=True, slots=True)
class CostLine:
    """One cost: what is paid once, and what is paid in a year. `basis` says where it comes from."""

    part: Part
    name: str
    once: Decimal
    yearly: Decimal
    basis: str


@dataclass(frozen=True, slots=True)
class FullCost:
    """All that a use case costs. `declared` says whether anything beside its calls is, without which its cost
    is not known in full, as it is not where charges are `left_out` because no rate of their currency is
    declared; `charged` is what its calls have cost in the days that were looked at, and `cases` are the
    different references that they carried."""

    lines: tuple[CostLine, ...] = ()
    declared: bool = False
    charged: Decimal = ZERO
    days: int = WINDOW_DAYS
    calls: int = 0
    cases: int = 0
    left_out: tuple[Money, ...] = ()

    @property
    def known(self) -> bool:
        """Say whether nothing is missing, as far as anybody declared it."""
        return self.declared and not self.left_out

    @property
    def once(self) -> Decimal:
        return total(each.once for each in self.lines)

    @property
    def yearly(self) -> Decimal:
        return total(each.yearly for each in self.lines)

    def of_a_year(self, months: int) -> Decimal:
        """Return what a year costs, when what is paid once is spread over so many months."""
        return EXACT.add(self.yearly, spread(self.once, months))

    def by_part(self, months: int) -> dict[Part, Decimal]:
        """Split what a year costs by what it is for; the parts add up to the year, to the cent."""
        onces: dict[str, Decimal] = {
            part: total(each.once for each in self.lines if each.part == part) for part in PARTS
        }
        shares = split(spread(self.once, months), onces) if self.once else dict.fromkeys(onces, ZERO)
        sums = {
            part: EXACT.add(total(each.yearly for each in self.lines if each.part == part), shares[part])
            for part in PARTS
        }
        return {part: amount for part, amount in sums.items() if amount}


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Add amounts exactly."""
    found = ZERO
    for each in amounts:
        found = EXACT.add(found, each)
    return found


def spread(once: Decimal, months: int) -> Decimal:
    """Return the part of what is paid once that falls on a year, up to the cent."""
    return _up(WIDE.divide(WIDE.multiply(once, Decimal(YEAR_MONTHS)), Decimal(months)))


def split(amount: Decimal, weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Split an amount by weights, or into equal parts where all are zero, and lose nothing of it.

    The smallest part is a cent, or the smallest digit of the amount. What is left over after rounding down
    goes, one each, to those who lost most by it (largest remainder), and of these to the first by name.

    >>> split(Decimal("1.00"), {"a": Decimal(1), "b": Decimal(1), "c": Decimal(1)})
    {'a': Decimal('0.34'), 'b': Decimal('0.33'), 'c': Decimal('0.33')}
    """
    if not weights:
        return {}
    whole = sum(weights.values(), ZERO)
    if not whole:
        weights, whole = dict.fromkeys(weights, Decimal(1)), Decimal(len(weights))
    step = min(CENT, Decimal(1).scaleb(int(amount.as_tuple().exponent)))
    units = int(WIDE.divide_int(amount, step))
    # Whole numbers from here on: floor division of them is exact, whatever the weights are.
    scale = Decimal(10) ** max(0, *(-int(each.as_tuple().exponent) for each in weights.values()))
    counts = {name: int(weight * scale) for name, weight in weights.items()}
    all_counts = sum(counts.values())
    parts = {name: divmod(units * count, all_counts) for name, count in counts.items()}
    left = units - sum(part for part, _ in parts.values())
    first = sorted(parts, key=lambda name: (-parts[name][1], name))[:left]
    return {name: (part + (name in first)) * step for name, (part, _) in parts.items()}


def _up(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_CEILING, WIDE)


@dataclass(slots=True)
class _Called(Served):
    """What the calls of one use case came to that count, and the first day on which there were any."""

    first: str = ""
    blocks: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, Decimal] = field(default_factory=dict)
    beside: Decimal = ZERO


def full_costs(
    model: OperatingModel, stages: Mapping[str, StageFact], rolled: Rolled, *, now: datetime
) -> dict[str, FullCost]:
    """Work out what every use case that is not retired costs in full; simulated calls cost nothing
    unless the organisation has them counted.

    What all share is split among those that there are, so it is worked out for all of them at once.
    """
    today = now.astimezone(model.organisation.zone).date()
    called = _called(model, rolled)
    at = {name: stages[name].stage if name in stages else "envision" for name in model.use_cases}
    lines: dict[str, list[CostLine]] = {name: [] for name in model.use_cases if at[name] != "retired"}
    found: dict[str, FullCost] = {}
    for name in lines:
        calls, days = called.get(name), WINDOW_DAYS
        if calls is not None and (calls.calls or calls.beside):
            days = _days(calls.first, now)
            basis = f"{calls.calls:,} calls in {days} days"
            if calls.beside:
                basis += ", with guardrails by others and tools"
            for currency, amount in sorted(calls.left_out.items()):
                basis += f"; without {amount:f} {currency}, of which no rate is declared"
            lines[name].append(CostLine("calls", "calls", ZERO, a_year_of(calls.charge, days), basis))
        lines[name] += _declared(model, name, today)
        found[name] = FullCost(
            declared=bool(model.use_cases[name].costs),
            charged=calls.charge if calls else ZERO,
            days=days,
            calls=calls.calls if calls else 0,
            cases=rolled.references.get(name, 0),
            left_out=tuple(Money(amount, of) for of, amount in sorted(calls.left_out.items()))
            if calls
            else (),
        )
    live = [name for name in lines if at[name] != "envision"]
    for name, line in (*_platform(model, live, called, today), *_blocks(model, lines, called, today)):
        lines[name].append(line)
    return {name: replace(each, lines=tuple(lines[name])) for name, each in found.items()}


def a_year_of(amount: Decimal, days: int) -> Decimal:
    """Say what a year costs at the rate of so many days, up to the cent."""
    return _up(WIDE.divide(WIDE.multiply(amount, Decimal(YEAR_DAYS)), Decimal(days)))


def _days(first: str, now: datetime) -> int:
    """Count the days since the first call that was looked at, this one included."""
    if not first:
        return WINDOW_DAYS
    since = (now.date() - date.fromisoformat(first)).days + 1
    return min(max(since, DAYS_MIN), WINDOW_DAYS)


def _called(model: OperatingModel, rolled: Rolled) -> dict[str, _Called]:
    found: dict[str, _Called] = defaultdict(_Called)
    for key, sums in in_own_currency(rolled.totals, model):
        if not counts(model, key):
            continue
        of = found[key.use_case]
        known = key.currency == model.organisation.currency
        of.add(sums.calls, sums.input_total + sums.output_tokens, sums.charge if known else ZERO)
        if sums.charge and not known:
            of.left_out[key.currency] = EXACT.add(of.left_out.get(key.currency, ZERO), sums.charge)
        day = key.hour[:10]
        of.first = min(of.first or day, day)
    for beside, asked in guards_in_own_currency(rolled.beside, model):
        of = found[beside.use_case]
        if beside.currency == model.organisation.currency:
            of.add(0, 0, asked.charge)
            of.beside = EXACT.add(of.beside, asked.charge)
        else:
            of.left_out[beside.currency] = EXACT.add(of.left_out.get(beside.currency, ZERO), asked.charge)
        of.first = min(of.first or beside.hour[:10], beside.hour[:10])
    for each in rolled.blocks:
        if counts(model, each):
            for address in {each.model, each.block} - {""}:
                blocks = found[each.use_case].blocks
                blocks[address] = blocks.get(address, 0) + each.calls
    return found


def _declared(model: OperatingModel, name: str, today: date) -> Iterator[CostLine]:
    months = model.portfolio.economics.horizon_months
    for id, cost in model.use_cases[name].costs.items():
        once, yearly, basis = _rates(cost, today, months)
        yield CostLine(cost.kind, cost.name, once, yearly, f"costs/{id}, {basis}")


def _rates(cost: Cost, today: date, months: int) -> tuple[Decimal, Decimal, str]:
    """Say what a cost is once and in a year; one that is paid for a part of the time, in that part."""
    if cost.every == "once":
        return cost.amount.amount, ZERO, "once"
    yearly = EXACT.multiply(cost.amount.amount, Decimal(_TIMES[cost.every]))
    end = today + timedelta(days=months * YEAR_DAYS // YEAR_MONTHS)
    begins, ends = max(cost.since or today, today), min(cost.until or end, end)
    whole, paid = (end - today).days + 1, max(0, (ends - begins).days + 1)
    if paid < whole:
        yearly = _up(WIDE.divide(WIDE.multiply(yearly, Decimal(paid)), Decimal(whole)))
    return ZERO, yearly, f"each {cost.every}" + (f", {paid:,} of {whole:,} days" if paid < whole else "")


def _platform(
    model: OperatingModel, live: list[str], called: Mapping[str, _Called], today: date
) -> Iterator[tuple[str, CostLine]]:
    economics = model.portfolio.economics
    for cost in economics.platform.values():
        once, yearly, basis = _rates(cost, today, economics.horizon_months)
        key = Key(cost.shared_by, cost.weights)
        weights = key.weigh(live, called)
        said = f"{basis}, split {key.said(weights)}"
        shares = split(once, weights), split(yearly, weights)
        for name in live:
            if shares[0][name] or shares[1][name]:
                yield name, CostLine("platform", cost.name, shares[0][name], shares[1][name], said)


def users_of_blocks(
    model: OperatingModel, live: Iterable[str], today: date, called: Iterable[tuple[str, str]] = ()
) -> dict[str, set[str]]:
    """Say by declared address who lists a block, or called it; a name means what it means today."""
    users: dict[str, set[str]] = defaultdict(set)
    names = set(live)
    for name in names:
        for address in model.use_cases[name].blocks:
            if (meant := model.meant(address, today)) is not None:
                users[meant].add(name)
    for name, address in called:
        if name in names and address in model.blocks:
            users[address].add(name)
    return users


def _on(address: str, called: Mapping[str, _Called]) -> dict[str, Served]:
    """Say what calls of a block came to; tokens and charges are known of all calls of a use case alone."""
    return {
        name: Served(calls, each.tokens, each.charge)
        for name, each in called.items()
        if (calls := each.blocks.get(address, 0))
    }


def _blocks(
    model: OperatingModel, live: Iterable[str], called: Mapping[str, _Called], today: date
) -> Iterator[tuple[str, CostLine]]:
    costly = {
        address: block
        for address, block in model.blocks.items()
        if block.cost_to_build is not None or block.cost_per_month is not None
    }
    if not costly:
        return
    calls = [(name, address) for name, each in called.items() for address in each.blocks]
    names = set(live)
    users = users_of_blocks(model, names, today, calls)
    for address, block in costly.items():
        # Policies put guardrails on calls of use cases that do not list them, and somebody pays for those.
        put_on = called.keys() & names if isinstance(block, GuardrailBlock) else set()
        using = sorted(users.get(address) or put_on)
        key = Key(block.cost_shared_by, block.cost_weights)
        weights = key.weigh(using, _on(address, called))
        once = block.cost_to_build.amount if block.cost_to_build else ZERO
        yearly = EXACT.multiply(block.cost_per_month.amount, Decimal(12)) if block.cost_per_month else ZERO
        basis = f"shared by {len(using):,}, split {key.said(weights)}"
        onces, yearlies = split(once, weights), split(yearly, weights)
        for name in using:
            if onces[name] or yearlies[name]:
                yield name, CostLine("blocks", address, onces[name], yearlies[name], basis)
