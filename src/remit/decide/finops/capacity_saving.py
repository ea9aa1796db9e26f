"""Capacity on offer: provisioned units, machines of your own or a customised model, against paying by use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import numpy as np

from remit.decide.finops.capacity_size import (
    MINUTE_MS,
    UNITS_MAX,
    Demand,
    Size,
    best_size,
    hours,
    size_by_day,
    units_needed,
)
from remit.decide.finops.draft import CALLS_OF, draft, money, of_all
from remit.decide.finops.pace import MONTH_DAYS
from remit.decide.finops.prompt_trim import fixed_tokens, without
from remit.decide.finops.saving import BreakEven, Edit, QualityShown, Saving, SavingKind
from remit.decide.finops.shown_quality import SAME, quality
from remit.decide.finops.tariff import (
    ROUNDED,
    Tariff,
    as_charged,
    at_model,
    cost_by_day,
    near,
    tokens_of,
    total,
)
from remit.decide.finops.workload import Rows, Workload
from remit.declare.block import ModelBlock, PromptBlock
from remit.declare.capacity import Capacity
from remit.declare.price import Rates
from remit.declare.version import covers, family
from remit.kernel.money import EXACT, ZERO

HOURS_A_MONTH = Decimal(24 * MONTH_DAYS)


@dataclass(frozen=True, slots=True)
class Offer:
    """A capacity on offer for the calls of one model: the model that it serves, and if its answers are the
    same ones."""

    id: str
    capacity: Capacity
    now: str
    model: str
    block: ModelBlock
    same: bool

    @property
    def kind(self) -> SavingKind:
        """A hosted model of the family that is called now is fine-tuned; one of another is distilled."""
        if self.capacity.kind != "hosting":
            return "self-host" if self.capacity.kind == "self_hosted" else "provisioned"
        return "fine-tune" if self.same else "distil"


def capacity_savings(work: Workload) -> Iterator[Saving]:
    """Find for each capacity on offer the size that costs least, and what it would have saved or lost."""
    for offer in offers(work):
        rows = work.fitting(work.where("model", offer.now), offer.block)
        demand = demand_for(work, offer, rows)
        if demand is not None and len(rows):
            yield _saving(work, offer, demand)


def offers(work: Workload) -> Iterator[Offer]:
    """Match what is on offer with the models that are called.

    Provisioned units serve the very model, or one that its maker names alike. Machines of one's own and
    customised models can serve the calls of any model of the same sort.
    """
    for id, capacity in sorted(work.offers.items()):
        address = work.model.meant(capacity.model, work.until)
        block = work.model.model(address) if address else None
        if address is None or block is None:
            continue
        for now in work.found("model"):
            present = work.model.model(now)
            if present is None or bool(present.output_tokens_max) != bool(block.output_tokens_max):
                continue
            very = covers({capacity.model}, now) or family(now) == family(address)
            if capacity.kind == "hosting":
                if not very:
                    yield Offer(id, capacity, now, address, block, same=_same_maker(present, block))
            elif very or _alike(present, block) or capacity.kind == "self_hosted":
                yield Offer(id, capacity, now, address, block, same=very or _alike(present, block))


def _alike(one: ModelBlock, other: ModelBlock) -> bool:
    """Say whether two blocks are one model by their maker's own name and version of it."""
    return one.maker.version is not None and one.maker == other.maker and one.maker.family is not None


def _same_maker(one: ModelBlock, other: ModelBlock) -> bool:
    a, b = one.maker, other.maker
    return a.family is not None and (a.developer, a.family) == (b.developer, b.family)


def demand_for(work: Workload, offer: Offer, rows: Rows) -> Demand | None:
    """Price calls beside a capacity: at its model's own rates; at none where it is the model called now."""
    if covers({offer.capacity.model}, offer.now) or family(offer.model) == family(offer.now):
        free = Rates(work.since, ZERO, ZERO)
        served: Tariff | None = Tariff(np.zeros(len(rows), np.int32), (free,))
    else:
        served = at_model(work, rows, offer.block)
    if served is None:
        return None
    needed = units_needed(work, rows, offer.capacity)
    return Demand(rows, tokens_of(work, rows), as_charged(work, rows), served, needed)


def _saving(work: Workload, offer: Offer, demand: Demand) -> Saving:
    capacity = offer.capacity
    free = best_size(work, demand, capacity)
    size = free if free.units else best_size(work, demand, capacity, least=1)
    was = cost_by_day(work, demand.rows, demand.now)
    begun = draft(
        work,
        offer.kind,
        subject=offer.id if offer.same and offer.kind == "provisioned" else f"{offer.id}-for-{offer.now[6:]}",
        calls=len(demand.rows),
        was=was,
        would=size_by_day(work, demand, capacity, units=size.units),
    )
    once = ZERO if capacity.once is None else capacity.once.amount
    shown = _quality(work, offer)
    unit = "unit" if size.units == 1 else "units"
    what = f"{size.units:,} {unit} of `{capacity.name}` for the calls of `{offer.now}`"
    return replace(
        begun,
        summary=f"{what}: {money(work, begun.would)} instead of {money(work, begun.charged)}"
        + ("" if free.units else "; none of it would have paid"),
        quality=shown,
        once=once,
        break_even=_break_even(work, offer, demand, a_month=begun.a_month),
        risks=_risks(work, offer, size, shown),
        edits=_edits(work, offer, size) if free.units else (),
        by_hand=_by_hand(offer),
        basis=f"arrivals replayed minute by minute, spilling over at what was charged; {begun.basis}",
        figures={CALLS_OF: offer.now, **_figures(work, offer, demand, size=size, free=free)},
    )


def _quality(work: Workload, offer: Offer) -> QualityShown:
    if offer.same and offer.capacity.kind != "hosting":
        return SAME
    if not work.use_case:
        return QualityShown("unknown", says="quality is shown for one use case at a time; ask for each")
    return quality(work, offer.now, offer.model)


def _break_even(work: Workload, offer: Offer, demand: Demand, *, a_month: Decimal) -> BreakEven | None:
    """Say how many tokens a minute pay one unit, if they are like those that were replayed.

    What is paid once comes back after so many months as it takes the monthly saving to reach it.
    """
    tokens = int(work.read(demand.rows).sum() + work.calls.output_tokens[demand.rows].sum())
    before, after = (total(cost_by_day(work, demand.rows, each)) for each in (demand.now, demand.served))
    spared = EXACT.subtract(before, after)
    if not tokens or spared <= 0:
        return None
    a_minute = ROUNDED.divide(offer.capacity.per_hour.amount, Decimal(60))
    at = ROUNDED.divide(ROUNDED.multiply(a_minute, Decimal(tokens)), spared)
    now = ROUNDED.divide(Decimal(tokens), ROUNDED.multiply(hours(work), Decimal(60)))
    once = offer.capacity.once
    months = None
    if once is not None and once.amount and a_month > 0:
        months = ROUNDED.divide(once.amount, a_month).quantize(Decimal("0.1"))
    return BreakEven(near(at), near(now), "tokens a minute", months)


def _figures(work: Workload, offer: Offer, demand: Demand, *, size: Size, free: Size) -> dict[str, str]:
    capacity = offer.capacity
    month = EXACT.multiply(EXACT.multiply(capacity.per_hour.amount, Decimal(size.units)), HOURS_A_MONTH)
    minutes = np.unique(work.calls.began_ms[demand.rows] // MINUTE_MS, return_inverse=True)[1]
    read = np.zeros(int(minutes.max(initial=-1)) + 1, np.int64)
    np.add.at(read, minutes, work.read(demand.rows))
    found = {
        "recommended size": f"{free.units:,}",
        "units for the greatest minute": f"{size.peak:,}"
        if size.peak <= UNITS_MAX
        else "more than anybody rents",
        "calls served": of_all(size.calls_served, len(demand.rows)),
        "used": f"{size.utilisation * 100:.3g} %",
        "idle": f"{max(0.0, 1 - size.utilisation) * 100:.3g} %",
        "input tokens in the greatest minute": f"{int(read.max(initial=0)):,}",
        "paid in 30 days": money(work, month),
    }
    if capacity.term_months:
        found["taken for at least"] = f"{capacity.term_months} months"
        found["paid over that time"] = money(work, EXACT.multiply(month, Decimal(capacity.term_months)))
    if capacity.kind == "hosting":
        found["with the fixed words left out"] = money(work, _shorter(work, offer, demand, size=size))
    return found


def _shorter(work: Workload, offer: Offer, demand: Demand, *, size: Size) -> Decimal:
    """Say what it would cost if a customised model needed none of the fixed words of its prompts."""
    costs = [EXACT.multiply(EXACT.multiply(offer.capacity.per_hour.amount, Decimal(size.units)), hours(work))]
    prompts = work.calls.codes["prompt"][demand.rows]
    for code in np.unique(prompts):
        mask = prompts == code
        rows = demand.rows[mask]
        block = work.model.blocks.get(work.calls.names["prompt"][code])
        fixed = fixed_tokens(work, block, rows) if isinstance(block, PromptBlock) else 0
        for served, tariff in ((True, demand.served), (False, demand.now)):
            some = (demand.units[mask] <= size.units) == served
            tokens = without(work, rows[some], fixed if served else 0)
            rates = Tariff(tariff.codes[mask][some], tariff.rates)
            costs.append(total(cost_by_day(work, rows[some], rates, tokens)))
    return total(costs)


def _risks(work: Workload, offer: Offer, size: Size, shown: QualityShown) -> tuple[str, ...]:
    capacity = offer.capacity
    risks = ["it is paid whether or not a call is made: fewer calls make each dearer"]
    if capacity.term_months:
        risks.append(
            f"it is taken for at least {capacity.term_months} months, and prices by token have only fallen"
        )
    if shown.verdict not in ("same", "not-worse"):
        risks.append(f"quality: {shown.says}")
    if not offer.same:
        risks.append("another model may count and write more tokens for the same text")
    if capacity.input_tokens_per_minute is None and capacity.output_tokens_per_minute is None:
        risks.append("no throughput is declared, so one unit was taken to serve every call")
    if size.calls_served < len(work.calls) and capacity.kind == "self_hosted":
        risks.append(
            "what the machines have no room for goes on to the present model, which must stay allowed"
        )
    if work.use_case and offer.model not in work.allowed:
        risks.append(f"`{offer.model}` is not in the use case's remit yet")
    return tuple(risks)


def _edits(work: Workload, offer: Offer, size: Size) -> tuple[Edit, ...]:
    address = f"capacity/{offer.id}"
    starts = (work.until + timedelta(days=1)).isoformat()
    return Edit(address, "starts", starts), Edit(address, "units", size.units)


def _by_hand(offer: Offer) -> str:
    names = {
        "provisioned": "order the units from the provider, let a model block with rates of 0 name them, and a"
        f" route lead to it first and to `{offer.now}` where it is busy",
        "self_hosted": f"set up the machines, then let a route lead to `{offer.model}` first and to"
        f" `{offer.now}` where it is busy",
        "hosting": "export a training set, have the provider train on it, evaluate the model beside"
        f" `{offer.now}`, then let a route lead to it",
    }
    return names[offer.capacity.kind]
