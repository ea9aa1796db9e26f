"""Value as people read it: claimed, evidenced, confirmed; its full cost; what comes back; and why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from remit.decide.worth.broken_link import Diagnosis
from remit.decide.worth.by_grade import GradeSum
from remit.decide.worth.cost import PARTS, CostLine, Part
from remit.decide.worth.figure import Figure, State
from remit.decide.worth.returns import Return
from remit.decide.worth.reuse import Avoided, all_avoided
from remit.decide.worth.worth import Together, Worth
from remit.declare.grade import GRADES, Grade
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.declare.simulated import counts_simulated
from remit.declare.use_case import Link, OutcomeKind
from remit.record.projection import StageFact


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One outcome metric of a use case, and the one that it drives."""

    metric: str
    name: str
    unit: str
    link: Link | None
    kind: OutcomeKind | None
    drives: str


@dataclass(frozen=True, slots=True)
class UseCaseValue:
    """The value of one use case. Sums and returns stand by grade; there is no sum of all.

    `year` is the full cost of a year, of which `cost` names the parts; `cost_known` is False where nothing
    beside calls is declared, or charges in another currency have no rate.
    """

    use_case: str
    name: str
    unit: str
    stage: StageName
    owner: str
    currency: str
    as_of: date
    horizon_months: int
    discount_rate: Decimal | None
    chain: tuple[ChainLink, ...]
    figures: tuple[Figure, ...]
    by_grade: tuple[GradeSum, ...]
    year: Decimal
    cost: Mapping[Part, Decimal]
    cost_lines: tuple[CostLine, ...]
    cost_known: bool
    returns: tuple[Return, ...]
    diagnosis: Diagnosis | None
    counts_simulated: bool = False


@dataclass(frozen=True, slots=True)
class ValueLine:
    """A use case in the portfolio: `state` is how far its best figure has come; its values are by grade."""

    use_case: str
    name: str
    unit: str
    stage: StageName
    state: State
    grade: Grade
    by_grade: tuple[GradeSum, ...]
    refused: tuple[str, ...]
    year: Decimal
    cost_known: bool
    back: Return | None
    misses: str
    broken: str


@dataclass(frozen=True, slots=True)
class PortfolioValue:
    """The value of many use cases: a sum for each grade, and none across them that does not say so.

    `states` counts figures by how far they have come.
    """

    unit: str
    currency: str
    as_of: date
    horizon_months: int
    discount_rate: Decimal | None
    use_cases: int
    by_grade: tuple[GradeSum, ...]
    states: Mapping[State, int]
    year: Decimal
    cost: Mapping[Part, Decimal]
    cost_unknown: int
    returns: tuple[Return, ...]
    lines: tuple[ValueLine, ...]
    counts_simulated: bool = False


@dataclass(frozen=True, slots=True)
class BlocksValue:
    """What shared blocks saved; all of it is claimed."""

    currency: str
    as_of: date
    grade: Grade
    avoided: Decimal
    days_saved: int
    blocks: tuple[Avoided, ...]
    unstated: tuple[str, ...]
    counts_simulated: bool = False


FAR: tuple[State, ...] = ("unstated", "refused", "no_effect", "claimed", "evidenced", "confirmed")
"""How far a figure can come, the least first."""


def use_case_value(
    model: OperatingModel,
    found: Worth,
    stages: Mapping[str, StageFact],
    *,
    diagnosis: Diagnosis | None,
    today: date,
) -> UseCaseValue:
    """Put the value of one use case together as it is read."""
    case, economics = model.use_cases[found.use_case], model.portfolio.economics
    return UseCaseValue(
        use_case=found.use_case,
        name=case.name,
        unit=case.unit,
        stage=_stage(stages, found.use_case),
        owner=model.owner_of(found.use_case),
        currency=model.organisation.currency,
        as_of=today,
        horizon_months=economics.horizon_months,
        discount_rate=economics.discount_rate,
        chain=tuple(
            ChainLink(id, each.name, each.unit, each.link, each.kind, each.drives or "")
            for id, each in case.outcomes.items()
        ),
        figures=found.figures,
        by_grade=found.sums.sums,
        year=found.year,
        cost=found.cost.by_part(economics.horizon_months),
        cost_lines=found.cost.lines,
        cost_known=found.cost.known,
        returns=found.returns,
        diagnosis=diagnosis,
        counts_simulated=counts_simulated(model),
    )


def portfolio_value(
    model: OperatingModel,
    found: Sequence[Worth],
    whole: Together,
    *,
    stages: Mapping[str, StageFact],
    diagnoses: Mapping[str, Diagnosis],
    unit: str,
    today: date,
) -> PortfolioValue:
    """Put the value of many use cases together, what misses its return first, then the dearest."""
    economics = model.portfolio.economics
    parts: dict[Part, Decimal] = {}
    for each in found:
        for part, amount in each.cost.by_part(economics.horizon_months).items():
            parts[part] = parts.get(part, Decimal(0)) + amount
    figures = [figure for each in found for figure in each.figures]
    lines = [_line(model, each, stages, diagnoses.get(each.use_case)) for each in found]
    return PortfolioValue(
        unit=unit,
        currency=model.organisation.currency,
        as_of=today,
        horizon_months=economics.horizon_months,
        discount_rate=economics.discount_rate,
        use_cases=len(found),
        by_grade=whole.sums.sums,
        states={state: sum(each.state == state for each in figures) for state in FAR},
        year=whole.year,
        cost={part: parts[part] for part in PARTS if part in parts},
        cost_unknown=sum(not each.cost.known for each in found),
        returns=whole.returns,
        lines=tuple(sorted(lines, key=_order)),
        counts_simulated=counts_simulated(model),
    )


def _line(
    model: OperatingModel, found: Worth, stages: Mapping[str, StageFact], diagnosis: Diagnosis | None
) -> ValueLine:
    case = model.use_cases[found.use_case]
    state: State = max((each.state for each in found.figures), key=FAR.index, default="unstated")
    return ValueLine(
        use_case=found.use_case,
        name=case.name,
        unit=case.unit,
        stage=_stage(stages, found.use_case),
        state=state,
        grade=max((each.grade for each in found.sums.sums), key=GRADES.index, default="claimed"),
        by_grade=found.sums.sums,
        refused=tuple(f"{each.metric}: {each.why}" for each in found.figures if each.state == "refused"),
        year=found.year,
        cost_known=found.cost.known,
        back=found.evidenced or (found.returns[-1] if found.returns else None),
        misses=diagnosis.misses if diagnosis else "",
        broken=diagnosis.broken if diagnosis else "",
    )


def _order(line: ValueLine) -> tuple[bool, Decimal, str]:
    return not line.misses, -line.year, line.use_case


def blocks_value(
    model: OperatingModel, found: Iterable[Avoided], *, shared: Iterable[str], today: date
) -> BlocksValue:
    """Put together what reuse saved; `shared` are blocks that several use, whether their cost is declared."""
    listed = tuple(found)
    stated = {each.address for each in listed}
    return BlocksValue(
        currency=model.organisation.currency,
        as_of=today,
        grade="claimed",
        avoided=all_avoided(listed),
        days_saved=sum(each.days_saved or 0 for each in listed),
        blocks=listed,
        unstated=tuple(sorted(set(shared) - stated)),
        counts_simulated=counts_simulated(model),
    )


def _stage(stages: Mapping[str, StageFact], use_case: str) -> StageName:
    return stages[use_case].stage if use_case in stages else "envision"
