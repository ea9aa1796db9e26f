"""Candidates: the use cases that can be chosen, what each takes and adds, and what they must fit into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from remit.decide.programme import Programme, Row
from remit.decide.reuse_credit import shared_by
from remit.decide.risk import tier_of
from remit.decide.score import Judged, Rated, worth
from remit.declare.dependence import Exclusive, exclusives
from remit.declare.gate import RiskTier
from remit.declare.needs import Needs, UseCaseNeeds
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.declare.portfolio import Portfolio, RiskAppetite
from remit.kernel.money import Money
from remit.record.projection import StageFact

IN_USE: tuple[StageName, ...] = ("launch", "scale")
"""At these stages a use case is there for others to stand on."""

UNDER_WAY: tuple[StageName, ...] = ("experiment", "launch")
"""At these stages it is worked on, chosen here or not."""

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A use case that states what it needs. `worth` is what choosing it adds, None where that is not stated;
    `blocks` are those that are still to be built, and that it stands on."""

    judged: Judged
    tier: RiskTier
    worth: Decimal | None
    needs: UseCaseNeeds
    blocks: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.judged.id

    @property
    def works_at(self) -> StageName:
        """The stage that it is worked on at: what is only envisioned is tried next."""
        return "experiment" if self.judged.stage == "envision" else self.judged.stage


@dataclass(frozen=True, slots=True)
class Room:
    """What there is to choose within, in exact figures and the organisation's currency.

    `held` counts by stage what is under way and not a candidate, and so takes a place whatever is chosen.
    `there` are use cases that others may stand on without their being chosen. `periods` is how far is looked
    ahead; None is as far as anything is listed.
    """

    currency: str
    budgets: tuple[Decimal, ...] = ()
    capacity: Mapping[str, tuple[Decimal, ...]] = field(default_factory=dict)
    work_in_progress_max: Mapping[StageName, int] = field(default_factory=dict)
    held: Mapping[StageName, int] = field(default_factory=dict)
    risk: Mapping[RiskTier, RiskAppetite] = field(default_factory=dict)
    shared: Mapping[str, Needs] = field(default_factory=dict)
    exclusives: tuple[Exclusive, ...] = ()
    there: frozenset[str] = frozenset()
    periods: int | None = None


def candidates(model: OperatingModel, rated: Iterable[Rated]) -> tuple[Candidate, ...]:
    """List the use cases that state what they need, in the order of ids."""
    portfolio = model.portfolio
    found = []
    for each in sorted(rated, key=lambda each: each.id):
        case = model.use_cases[each.id]
        if case.needs is None:
            continue
        value = worth(each, portfolio, portfolio.objective)
        missing = each.missing if portfolio.objective == "score" else ("money",)
        blocks = shared_by(portfolio.shared, case.blocks)
        found.append(
            Candidate(
                *(each.judged, tier_of(case), value, case.needs, blocks),
                missing=missing if value is None else (),
            )
        )
    return tuple(found)


def room(model: OperatingModel, stages: Mapping[str, StageFact], found: Iterable[Candidate]) -> Room:
    """Gather what the organisation declares to choose within; work that is under way keeps its place."""
    portfolio: Portfolio = model.portfolio
    asked = {each.id for each in found}
    held: dict[StageName, int] = {}
    for name in model.use_cases.keys() - asked:
        stage = stages[name].stage if name in stages else "envision"
        if stage in UNDER_WAY:
            held[stage] = held.get(stage, 0) + 1
    in_use = {name for name in model.use_cases if name in stages and stages[name].stage in IN_USE}
    needs = {name: case.needs for name, case in model.use_cases.items() if case.needs is not None}
    return Room(
        currency=model.organisation.currency,
        budgets=_amounts(portfolio.budgets),
        capacity=portfolio.capacity,
        work_in_progress_max=portfolio.work_in_progress_max,
        held=held,
        risk=portfolio.risk_appetite,
        shared=portfolio.shared,
        exclusives=exclusives(needs),
        there=frozenset(in_use - asked),
    )


def _amounts(found: Iterable[Money]) -> tuple[Decimal, ...]:
    return tuple(each.amount for each in found)


def programme(found: tuple[Candidate, ...], room: Room) -> Programme:
    """Write the choice down in exact figures: a column for each candidate, then one for each block."""
    used = sorted({block for each in found for block in each.blocks})
    names = (*(each.id for each in found), *used)
    at = {name: index for index, name in enumerate(names)}
    needs: dict[int, Needs] = {at[each.id]: each.needs for each in found}
    needs |= {at[address]: room.shared[address] for address in used}
    rows = (
        *_money(needs, room),
        *_capacity(needs, room),
        *_places(found, room),
        *_risks(found, room),
        *_links(found, room, at),
    )
    worths = [each.worth or Decimal(0) for each in found] + [Decimal(0)] * len(used)
    return Programme(names, tuple(worths), tuple(row for row in rows if row.coefficients), len(found))


def _money(needs: Mapping[int, Needs], room: Room) -> Iterable[Row]:
    costs = {at: _amounts(each.cost) for at, each in needs.items()}
    for period, budget in enumerate(room.budgets[: room.periods]):
        yield Row("money", _in_period(costs, period), budget, period=period + 1)


def _capacity(needs: Mapping[int, Needs], room: Room) -> Iterable[Row]:
    for skill, periods in sorted(room.capacity.items()):
        taken = {at: each.capacity.get(skill, ()) for at, each in needs.items()}
        # A skill has nothing to give in a period that is not listed for it.
        listed = max([len(periods), *(len(each) for each in taken.values())])
        for period in range(listed if room.periods is None else room.periods):
            most = periods[period] if period < len(periods) else Decimal(0)
            yield Row("capacity", _in_period(taken, period), most, (skill,), period=period + 1)


def _in_period(taken: Mapping[int, tuple[Decimal, ...]], period: int) -> dict[int, Decimal]:
    return {at: each[period] for at, each in taken.items() if period < len(each) and each[period]}


def _places(found: tuple[Candidate, ...], room: Room) -> Iterable[Row]:
    for stage, most in sorted(room.work_in_progress_max.items()):
        places = {at: ONE for at, each in enumerate(found) if each.works_at == stage}
        yield Row("work_in_progress", places, Decimal(most - room.held.get(stage, 0)), (stage,))


def _risks(found: tuple[Candidate, ...], room: Room) -> Iterable[Row]:
    for tier, appetite in sorted(room.risk.items()):
        inside = {at: ONE for at, each in enumerate(found) if each.tier == tier}
        if appetite.count_max is not None:
            yield Row("risk", inside, Decimal(appetite.count_max), (tier,), tag="count")
        if appetite.value_share_max is not None:
            share = appetite.value_share_max
            values = {
                at: each.worth * ((at in inside) - share) for at, each in enumerate(found) if each.worth
            }
            yield Row("risk", values, Decimal(0), (tier,), tag="value_share")


def _links(found: tuple[Candidate, ...], room: Room, at: Mapping[str, int]) -> Iterable[Row]:
    for each in found:
        for other in sorted(set(each.needs.depends_on)):
            if other in at:
                yield Row("depends_on", {at[each.id]: ONE, at[other]: -ONE}, Decimal(0), (each.id, other))
            elif other not in room.there:
                yield Row("depends_on", {at[each.id]: ONE}, Decimal(0), (each.id, other))
        for block in each.blocks:
            yield Row("block", {at[each.id]: ONE, at[block]: -ONE}, Decimal(0), (each.id, block))
        if each.needs.mandatory:
            yield Row("mandatory", {at[each.id]: -ONE}, -ONE, (each.id,))
    for group in room.exclusives:
        members = {at[name]: ONE for name in group.members if name in at}
        if len(members) > 1:
            yield Row("exclusive", members, ONE, group.members, tag=group.variants_of)
