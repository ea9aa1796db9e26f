"""The report for leaders: what was spent, on what and at which stage, beside its value by evidence grade."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from remit.decide.finops.allocation import PARTS, Allocation, AllocationLine, Part, Simulated
from remit.decide.finops.forecast import Forecast
from remit.decide.finops.governance_cost import GovernanceCost
from remit.decide.finops.proposal import Proposed
from remit.decide.finops.unlaunched import Unlaunched
from remit.decide.life import IN_USE
from remit.decide.worth.by_grade import by_grade
from remit.decide.worth.cost import YEAR_DAYS, total
from remit.decide.worth.span import WIDE, Span, linear
from remit.decide.worth.worth import Worth
from remit.declare.grade import Grade
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES, StageName
from remit.kernel.money import EXACT, ZERO, plain

LineKind = Literal["unit", "use_case", "stage", "model", "part", "idle", "unreached"]
"""What a line is about; `part` is a cost that is no model's."""

_PART = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class GradeValue:
    """What figures of one grade are worth in the days of a report, and how much of it finance confirmed."""

    grade: Grade
    figures: int
    value: Span
    confirmed: Decimal


@dataclass(frozen=True, slots=True)
class LeadersLine:
    """One line: what it cost in full, its part of the whole, and its value by grade, the strongest first.

    `depth` counts the units above; `stage` is that of a use case.
    """

    kind: LineKind
    name: str
    cost: Decimal
    share: Decimal
    depth: int = 0
    stage: str = ""
    use_cases: int = 0
    value: tuple[GradeValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Spending:
    """What some days cost, and each side of it; the lines of each side sum up to the total.

    A unit's line has what is below it as well, so of units those at depth 0 do, with what is of none. Value
    is that of as many days; of units and in all it is that of use cases in launch or scale.
    """

    total: Decimal
    parts: Mapping[Part, Decimal]
    units: tuple[LeadersLine, ...]
    use_cases: tuple[LeadersLine, ...]
    stages: tuple[LeadersLine, ...]
    models: tuple[LeadersLine, ...]
    value: tuple[GradeValue, ...]


@dataclass(frozen=True, slots=True)
class LeadersReport:
    """What leaders are told of some days. `title` is what they can decide, in a sentence.

    `unlaunched` cost `unlaunched_cost` to this day; `in_time` more experiments are open and not late.
    `forecast` is what calls come to by the end of a month that goes on. Proposals are of today, whichever
    days are shown.
    """

    title: str
    organisation: str
    unit: str
    period: str
    since: date
    until: date
    goes_on: bool
    closed: str
    currency: str
    spending: Spending
    before: Decimal
    before_period: str
    proposed: Proposed
    unlaunched: tuple[Unlaunched, ...]
    unlaunched_cost: Decimal
    in_time: int
    governance: GovernanceCost
    idle: Decimal
    commitments_idle: Mapping[str, Decimal]
    forecast: Forecast | None
    counts_simulated: bool = False
    foreign: Mapping[str, Decimal] = field(default_factory=dict)
    uncounted: tuple[str, ...] = ()
    simulated: Mapping[str, Simulated] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BoardMoney:
    """What a board is told of the money of some days; each field is what it is in the report for leaders."""

    title: str
    period: str
    goes_on: bool
    closed: str
    currency: str
    spending: Spending
    before: Decimal
    before_period: str
    proposed: Proposed
    idle: Decimal
    forecast: Forecast | None
    uncounted: tuple[str, ...]
    simulated: Mapping[str, Simulated]


@dataclass(frozen=True, slots=True)
class Basis:
    """What spending is put together from: the lines of some days, and what is known of use cases.

    `stages` are those of now. `called` is what calls were charged by use case and the stage that they were
    made at; the rest of a use case's cost counts at its stage of now.
    """

    model: OperatingModel
    allocation: Allocation
    stages: Mapping[str, StageName]
    called: Mapping[tuple[str, str], Decimal]
    worths: Mapping[str, Worth]
    unit: str = ""

    @property
    def lines(self) -> Sequence[AllocationLine]:
        lines = self.allocation.lines
        return [each for each in lines if not self.unit or self.unit in lineage(self.model, each.unit)]

    def value_in_use(self, names: Iterable[str]) -> tuple[GradeValue, ...]:
        """Add up value of what is in use: before that a figure is what would be had."""
        return self.value_of(name for name in names if self.stages.get(name) in IN_USE)

    def value_of(self, names: Iterable[str]) -> tuple[GradeValue, ...]:
        figures = [figure for name in names if name in self.worths for figure in self.worths[name].figures]
        # Of days that are still to come nothing is allocated, and nothing is worth anything yet.
        days = Decimal(max(0, (self.allocation.until - self.allocation.since).days + 1))
        return tuple(
            GradeValue(
                each.grade,
                each.figures,
                _of_days(each.value, days),
                _of_days(each.confirmed, days).point,
            )
            for each in by_grade(figures).sums
        )


def _of_days(year: Span, days: Decimal) -> Span:
    return linear(year.times(days), Decimal(YEAR_DAYS)).rounded()


def lineage(model: OperatingModel, unit: str) -> tuple[str, ...]:
    """List a unit and those above it; one that is declared no more stands alone."""
    return model.lineage(unit) if unit in model.units else ((unit,) if unit else ())


def spending(basis: Basis) -> Spending:
    """Put together what some days cost, from every side."""
    lines = basis.lines
    whole = total(each.amount for each in lines)
    names = [
        name
        for name, case in basis.model.use_cases.items()
        if not basis.unit or basis.unit in lineage(basis.model, case.unit)
    ]
    return Spending(
        total=plain(whole),
        parts={part: plain(of) for part in PARTS if (of := total(_amounts(lines, part)))},
        units=_shared(_units(basis, lines, names), whole),
        use_cases=_shared(_use_cases(basis, lines, names), whole),
        stages=_shared(_stages(basis, lines, names), whole),
        models=_shared(_models(basis.model, lines), whole),
        value=basis.value_in_use(names),
    )


def _amounts(lines: Iterable[AllocationLine], part: Part) -> Iterable[Decimal]:
    return (each.amount for each in lines if each.part == part)


def _shared(lines: Iterable[LeadersLine], whole: Decimal) -> tuple[LeadersLine, ...]:
    def share(cost: Decimal) -> Decimal:
        if not whole:
            return ZERO
        return plain(WIDE.divide(cost, whole).quantize(_PART, ROUND_HALF_EVEN, WIDE))

    return tuple(
        LeadersLine(
            each.kind,
            each.name,
            plain(each.cost),
            share(each.cost),
            each.depth,
            each.stage,
            each.use_cases,
            each.value,
        )
        for each in lines
    )


def _units(basis: Basis, lines: Sequence[AllocationLine], names: Sequence[str]) -> Iterable[LeadersLine]:
    """Give units with all below them, each before those below it, the dearest first."""
    model = basis.model
    cost: dict[str, Decimal] = {}
    inside: defaultdict[str, list[str]] = defaultdict(list)
    for line in lines:
        for above in lineage(model, line.unit):
            cost[above] = EXACT.add(cost.get(above, ZERO), line.amount)
    for name in names:
        for above in lineage(model, model.use_cases[name].unit):
            inside[above].append(name)
            cost.setdefault(above, ZERO)

    def path(unit: str) -> tuple[tuple[Decimal, str], ...]:
        return tuple((-cost.get(each, ZERO), each) for each in lineage(model, unit))

    shown = [each for each in cost if not basis.unit or basis.unit in lineage(model, each)]
    top = len(lineage(model, basis.unit)) if basis.unit else 1
    for unit in sorted(shown, key=path):
        value = basis.value_in_use(inside[unit])
        if cost[unit] or value:
            yield LeadersLine(
                "unit",
                unit,
                cost[unit],
                ZERO,
                depth=len(lineage(model, unit)) - top,
                use_cases=len(inside[unit]),
                value=value,
            )
    rest = total(each.amount for each in lines if not each.unit)
    if rest:
        yield LeadersLine("unreached", "", rest, ZERO)


def _use_cases(basis: Basis, lines: Sequence[AllocationLine], names: Sequence[str]) -> Iterable[LeadersLine]:
    cost: dict[str, Decimal] = dict.fromkeys(names, ZERO)
    for line in lines:
        if line.use_case:
            cost[line.use_case] = EXACT.add(cost.get(line.use_case, ZERO), line.amount)
    for name in sorted(cost, key=lambda name: (-cost[name], name)):
        value = basis.value_of([name])
        if cost[name] or value:
            stage = basis.stages.get(name, "")
            yield LeadersLine("use_case", name, cost[name], ZERO, stage=stage, use_cases=1, value=value)
    yield from _rest(lines)


def _rest(lines: Sequence[AllocationLine]) -> Iterable[LeadersLine]:
    kinds: tuple[Literal["idle", "unreached"], ...] = ("idle", "unreached")
    for kind in kinds:
        if amount := total(each.amount for each in lines if each.rest == kind):
            yield LeadersLine(kind, "", amount, ZERO)


def _stages(basis: Basis, lines: Sequence[AllocationLine], names: Sequence[str]) -> Iterable[LeadersLine]:
    cost: dict[str, Decimal] = {}
    for line in lines:
        if line.use_case:
            cost[line.use_case] = EXACT.add(cost.get(line.use_case, ZERO), line.amount)
    by_stage: dict[str, Decimal] = {}
    for (name, stage), charge in basis.called.items():
        if name in cost:
            cost[name] = EXACT.subtract(cost[name], charge)
            by_stage[stage] = EXACT.add(by_stage.get(stage, ZERO), charge)
    for name, left in cost.items():
        if left:
            stage = basis.stages.get(name, "retired")
            by_stage[stage] = EXACT.add(by_stage.get(stage, ZERO), left)
    for stage in STAGES:
        at = [name for name in names if basis.stages.get(name) == stage]
        value = basis.value_of(at)
        if by_stage.get(stage) or value:
            yield LeadersLine("stage", stage, by_stage.get(stage, ZERO), ZERO, use_cases=len(at), value=value)
    yield from _rest(lines)


def _models(model: OperatingModel, lines: Sequence[AllocationLine]) -> Iterable[LeadersLine]:
    """Give what models cost, by calls and by the hour, and then what is no model's, by what it is for."""
    cost: dict[tuple[LineKind, str], Decimal] = {}
    for line in lines:
        key: tuple[LineKind, str] = ("part", line.part)
        if line.part == "calls":
            key = ("part", "adjustments") if line.prior else ("model", line.name)
        elif line.part == "capacity" and line.name in model.capacity:
            key = ("model", model.capacity[line.name].model)
        cost[key] = EXACT.add(cost.get(key, ZERO), line.amount)
    for kind, name in sorted(cost, key=lambda key: (key[0] != "model", -cost[key], key[1])):
        yield LeadersLine(kind, name, cost[kind, name], ZERO)
