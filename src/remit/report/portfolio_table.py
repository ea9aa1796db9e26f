"""The portfolio as one table: what is known of every use case, in a row, and which rows are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from remit.decide.advice import Advice, Advised, CaseFacts
from remit.decide.next_best import NO_DECISION
from remit.decide.portfolio import Item
from remit.decide.score import Rated
from remit.decide.worth.by_grade import GradeSum
from remit.decide.worth.worth import Worth
from remit.declare.grade import GRADES, Grade
from remit.declare.organisation import STAGES, StageName
from remit.kernel.money import EXACT, ZERO
from remit.record.rolled import DayCharge
from remit.report.gate import GateStatus

WEEKS = 12
"""How many whole weeks of calls a row shows, the last one up to today."""
ROWS = 100
"""How many rows are on one page."""
STEP = Decimal("0.5")
"""How wide a place of the plot of value against feasibility is."""


@dataclass(frozen=True, slots=True)
class Weeks:
    """Calls and their charge by week, the oldest first. `simulated` is that none of them was a real one."""

    calls: tuple[int, ...] = (0,) * WEEKS
    charged: Decimal = ZERO
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One use case of the portfolio.

    `score`, `value` and `feasibility` are those that it is ranked by; None where too little is stated. `cost`
    is its full cost of a year, `worth` the sum of its best supported grade in a year. `urgent` is its place
    among what is to be decided, the first is 0; None where nothing is.
    """

    id: str
    name: str
    unit: str
    stage: StageName
    owner: str
    age_days: int
    age_known: bool
    score: Decimal | None
    value: Decimal | None
    feasibility: Decimal | None
    weeks: Weeks
    cost: Decimal
    cost_known: bool
    worth: GradeSum | None
    into: StageName | None
    ready: bool
    lacks: tuple[str, ...]
    advice: Advice | None
    waits: tuple[str, ...]
    twin: str
    urgent: int | None
    text: str
    lineage: frozenset[str]

    @property
    def grade(self) -> Grade | None:
        return self.worth.grade if self.worth else None

    @property
    def advised(self) -> Advised | None:
        """Say what is advised, where it leaves something to decide."""
        return self.advice.advised if self.advice and self.advice.rule not in NO_DECISION else None


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are put together from, by use case; what is retired has no gate, facts or worth."""

    items: Sequence[Item]
    rated: Mapping[str, Rated]
    worths: Mapping[str, Worth]
    gates: Mapping[str, GateStatus]
    facts: Mapping[str, CaseFacts]
    advice: Mapping[str, Advice]
    urgent: Mapping[str, int]
    weeks: Mapping[str, Weeks]
    texts: Mapping[str, str]
    lineages: Mapping[str, frozenset[str]]


def weekly(charges: Iterable[DayCharge], *, today: date, currency: str) -> dict[str, Weeks]:
    """Sum up calls by use case and week; simulated ones only of who made no others."""
    calls: dict[tuple[str, bool], list[int]] = {}
    charged: dict[str, Decimal] = {}
    for each in charges:
        week = WEEKS - 1 - (today - each.day).days // 7
        if not 0 <= week < WEEKS:
            continue
        calls.setdefault((each.use_case, each.simulated), [0] * WEEKS)[week] += each.calls
        if not each.simulated and each.currency == currency:
            charged[each.use_case] = EXACT.add(charged.get(each.use_case, ZERO), each.charge)
    return {
        name: Weeks(tuple(counts), charged.get(name, ZERO), simulated)
        for (name, simulated), counts in sorted(calls.items(), key=lambda item: not item[0][1])
    }


def first_day(today: date) -> date:
    """Name the first day of what a row shows."""
    return today - timedelta(days=7 * WEEKS - 1)


def cases(known: Known) -> tuple[Case, ...]:
    """Put every row together, in the order of ids."""
    return tuple(_case(known, item) for item in sorted(known.items, key=lambda item: item.id))


def _case(known: Known, item: Item) -> Case:
    rated, worth = known.rated.get(item.id), known.worths.get(item.id)
    gate, facts = known.gates.get(item.id), known.facts.get(item.id)
    return Case(
        id=item.id,
        name=item.name,
        unit=item.unit,
        stage=item.stage,
        owner=item.owner,
        age_days=item.age_days,
        age_known=item.age_known,
        score=rated.score if rated else None,
        value=rated.value if rated else None,
        feasibility=rated.feasibility if rated else None,
        weeks=known.weeks.get(item.id, Weeks()),
        cost=worth.year if worth else ZERO,
        cost_known=worth is not None and worth.cost.declared,
        worth=worth.sums.sums[0] if worth and worth.sums.sums else None,
        into=gate.into if gate else None,
        ready=gate is not None and gate.ready,
        lacks=gate.lacks if gate else (),
        advice=known.advice.get(item.id),
        waits=facts.waits if facts else (),
        twin=facts.twin if facts else "",
        urgent=known.urgent.get(item.id),
        text=known.texts[item.id],
        lineage=known.lineages[item.unit],
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which rows: empty fields leave all. `advised` may be `any`, `gate` is `ready`, `value` and
    `feasibility` name a place of the plot, and `none` those that have none."""

    text: str = ""
    unit: str = ""
    stage: str = ""
    grade: str = ""
    advised: str = ""
    gate: str = ""
    value: str = ""
    feasibility: str = ""


def place_of(each: Case) -> tuple[Decimal, Decimal] | None:
    """Say in which place of the plot a use case lies; None where it has none."""
    if each.value is None or each.feasibility is None:
        return None
    return each.value // STEP * STEP, each.feasibility // STEP * STEP


def choose(found: Iterable[Case], chosen: Chosen) -> list[Case]:
    """Keep the rows that are asked for."""
    words = chosen.text.casefold().split()
    place = _place(chosen)
    return [
        each
        for each in found
        if (not chosen.stage or each.stage == chosen.stage)
        and (not chosen.unit or chosen.unit in each.lineage)
        and (not chosen.grade or (each.grade or "none") == chosen.grade)
        and (chosen.advised in ("", each.advised) or (chosen.advised == "any" and each.advised is not None))
        and (chosen.gate != "ready" or each.ready)
        and (not chosen.value or place_of(each) == place)
        and all(word in each.text for word in words)
    ]


def _place(chosen: Chosen) -> tuple[Decimal, Decimal] | None:
    try:
        return Decimal(chosen.value), Decimal(chosen.feasibility)
    except ArithmeticError:
        return None


_Key = Callable[[Case], tuple[bool, object]]


def _known(of: Callable[[Case], object | None]) -> _Key:
    """Order by a value, and what has none last."""

    def key(each: Case) -> tuple[bool, object]:
        value = of(each)
        return value is None, 0 if value is None else value

    return key


ORDERS: Mapping[str, _Key] = {
    "urgent": _known(lambda each: each.urgent),
    "name": _known(lambda each: each.name.casefold()),
    "unit": _known(lambda each: each.unit),
    "stage": _known(lambda each: STAGES.index(each.stage)),
    "age": _known(lambda each: each.age_days if each.stage != "retired" else None),
    "score": _known(lambda each: each.score),
    "calls": _known(lambda each: sum(each.weeks.calls) or None),
    "charged": _known(lambda each: each.weeks.charged or None),
    "cost": _known(lambda each: each.cost or None),
    "worth": _known(lambda each: each.worth.value.point if each.worth else None),
    "grade": _known(lambda each: GRADES.index(each.grade) if each.grade else None),
    "missing": _known(lambda each: len(each.lacks) if each.into else None),
}
"""What rows can be put in order by; a minus before it turns it round."""


def in_order(found: Iterable[Case], by: str) -> list[Case]:
    """Put rows in order; what has no value comes last either way, and equal ones stay as they were."""
    key = ORDERS.get(by.removeprefix("-"), ORDERS["urgent"])
    keyed = [(*key(each), each) for each in found]
    have = [(value, each) for none, value, each in keyed if not none]
    have.sort(key=lambda pair: pair[0], reverse=by.startswith("-"))  # type: ignore[arg-type, return-value]  # each order gives values of one kind
    return [each for _, each in have] + [each for none, _, each in keyed if none]


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the plot: its corner, how many use cases lie there, and the names of a few."""

    value: Decimal
    feasibility: Decimal
    use_cases: int
    names: tuple[str, ...]

    @property
    def across(self) -> float:
        """Say how far right its middle is, from 0 to 5."""
        return min(5.0, float(self.feasibility + STEP / 2))

    @property
    def up(self) -> float:
        """Say how far up its middle is, from 0 to 5."""
        return min(5.0, float(self.value + STEP / 2))


@dataclass(frozen=True, slots=True)
class Panel:
    """The plot of one stage."""

    stage: StageName
    places: tuple[Place, ...]
    use_cases: int


def panels(found: Iterable[Case]) -> tuple[Panel, ...]:
    """Lay use cases out by value and feasibility, a panel for each stage on the same axes."""
    by_stage: dict[StageName, dict[tuple[Decimal, Decimal], list[Case]]] = {
        stage: {} for stage in STAGES[:-1]
    }
    for each in found:
        place = place_of(each)
        if place is not None and each.stage in by_stage:
            by_stage[each.stage].setdefault(place, []).append(each)
    return tuple(
        Panel(
            stage,
            tuple(
                Place(value, feasibility, len(of), tuple(each.name for each in of[:3]))
                for (value, feasibility), of in sorted(places.items())
            ),
            sum(map(len, places.values())),
        )
        for stage, places in by_stage.items()
    )
