"""The first page of executives: the decision asked for, evidenced value against full cost, how it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from remit.decide.advice import Advice, Advised
from remit.decide.bill_sum import Span as Days
from remit.decide.finops.budget_forecast import BudgetForecast
from remit.decide.finops.forecast import Forecast
from remit.decide.finops.proposal import Proposed, counted
from remit.decide.finops.proposal import title as money_title
from remit.decide.flow import Flow
from remit.decide.next_best import NO_DECISION, Next
from remit.decide.worth.span import Span, added
from remit.declare.grade import GRADES, Grade
from remit.declare.operating_model import OperatingModel
from remit.kernel.money import ZERO
from remit.report.approvals import RequestView
from remit.report.controls import ControlSummary
from remit.report.leaders import GradeValue
from remit.report.maturity import PillarView
from remit.report.overview import StageCount
from remit.report.risks import RiskLine

WAITING_MAX = 6
"""How many decisions are listed."""
REQUESTS_MAX = 3
PROPOSALS_MAX = 2
STANDING_MAX = 7
"""How many lines on risk and controls are listed."""
BUDGETS_MAX = 4
SOON = timedelta(days=2)
"""A request that is due within this comes before all that is about money."""


@dataclass(frozen=True, slots=True)
class Quarter:
    """Some days of a quarter: value by grade of what is in use, and full cost.

    `value` and `weakest` are of what studies support, across grades; both None where none does. `cost` is
    what the same days cost in full.
    """

    label: str
    since: date
    until: date
    goes_on: bool
    by_grade: tuple[GradeValue, ...]
    cost: Decimal

    @property
    def evidenced(self) -> tuple[GradeValue, ...]:
        return tuple(each for each in self.by_grade if each.grade != "claimed")

    @property
    def value(self) -> Span | None:
        found = self.evidenced
        return added(each.value for each in found).rounded() if found else None

    @property
    def weakest(self) -> Grade | None:
        return min((each.grade for each in self.evidenced), key=GRADES.index, default=None)

    @property
    def times(self) -> Decimal | None:
        """Say how many times its cost the evidenced value is; None without either."""
        value = self.value
        return None if value is None or not self.cost else (value.point / self.cost).quantize(Decimal("0.01"))


@dataclass(frozen=True, slots=True)
class Waits:
    """A decision that waits: what to do, whose it is, when it is due, and where it is made.

    `money` is of a month, with what it is about.
    """

    says: str
    whose: str
    link: str
    due: datetime | None = None
    money: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Stands:
    """How a risk, a control or a duty stands, with its date; `act` where somebody must act."""

    what: str
    status: str
    link: str
    on: date | None = None
    act: bool = False


@dataclass(frozen=True, slots=True)
class LawDate:
    """A day from which on an obligation holds, and how many use cases it concerns."""

    on: date
    article: str
    title: str
    use_cases: int


@dataclass(frozen=True, slots=True)
class Budget:
    """One budget with its forecast, as far as one can be made; `share` is what is used, in percent."""

    name: str
    per: str
    ends: date
    spent: Decimal
    limit: Decimal
    forecast: Forecast
    exceeds: bool
    used_up: date | None

    @property
    def share(self) -> int:
        return int(self.spent * 100 / self.limit) if self.limit else 100


@dataclass(frozen=True, slots=True)
class Executive:
    """The first page, whole. What is not there yet is None or empty, and the page says what to do."""

    title: str
    link: str
    organisation: str
    currency: str
    model_version: int
    as_of: datetime
    now: Quarter
    before: Quarter
    stages: tuple[StageCount, ...]
    flow: Flow
    ready: int
    advised: Mapping[str, int]
    month: Forecast | None
    budgets: tuple[Budget, ...]
    budgets_more: int
    standing: tuple[Stands, ...]
    maturity: tuple[PillarView, ...]
    maturity_since: date
    waiting: tuple[Waits, ...]
    waiting_more: int
    simulated_calls: int


@dataclass(frozen=True, slots=True)
class Decisions:
    """What can be decided now, of every kind, each what is most urgent first."""

    requests: Sequence[RequestView]
    proposed: Proposed
    next: Sequence[Next]
    advice: Mapping[str, Advice]

    @property
    def advised(self) -> dict[str, int]:
        """Count the use cases on which something other than going on is advised, by what it is."""
        kinds: tuple[Advised, ...] = ("stop", "park", "merge")
        found = Counter(each.advised for each in self.advice.values() if each.rule not in NO_DECISION)
        return {kind: found[kind] for kind in kinds if found[kind]}


def quarter_of(day: date) -> Days:
    """Name the calendar quarter around a day.

    >>> quarter_of(date(2026, 11, 24)).first
    datetime.date(2026, 10, 1)
    """
    first = date(day.year, day.month - (day.month - 1) % 3, 1)
    following = date(first.year + 1, 1, 1) if first.month == 10 else first.replace(month=first.month + 3)
    return Days(first, following - timedelta(days=1))


def quarter_before(days: Days) -> Days:
    return quarter_of(days.first - timedelta(days=1))


def quarter_label(days: Days) -> str:
    """Name a quarter.

    >>> quarter_label(quarter_of(date(2026, 11, 24)))
    '2026-Q4'
    """
    return f"{days.first.year}-Q{(days.first.month + 2) // 3}"


def title(found: Decisions, *, now: datetime, currency: str) -> tuple[str, str]:
    """Say in a sentence what most needs a decision now, and where it is made.

    What people wait for and is due comes first, then money, then the pilots on which something is advised.
    """
    requests = found.requests
    urgent = [each for each in requests if each.deadline - now <= SOON]
    if urgent:
        first = urgent[0]
        many = counted(len(requests), "request")
        which = "" if len(requests) == 1 else ", the first"
        return f"Answer {many}{which} {_due(first.deadline, now)}: {first.summary}", f"/inbox#{first.id}"
    if found.proposed.top:
        return money_title(found.proposed, currency), "#waiting"
    if requests:
        many = counted(len(requests), "request")
        return f"Answer {many}, due on {requests[0].deadline:%Y-%m-%d}: {requests[0].summary}", "/inbox"
    if sum((advised := found.advised).values()) == 1 and found.next:
        first_next = found.next[0]
        said = f"Decide whether to {first_next.advice.advised} {first_next.name}: {first_next.advice.why}"
        return said, f"/use-cases/{first_next.use_case}"
    if advised:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in advised.items())
        return f"Decide on {counted(sum(advised.values()), 'use case')}: {kinds}", "/portfolio?advised=any"
    if found.next:
        return f"Decide on {found.next[0].name}: {found.next[0].advice.why}", "#waiting"
    return "Nothing waits for a decision now", "#waiting"


def _due(deadline: datetime, now: datetime) -> str:
    hours = int((deadline - now).total_seconds() // 3600)
    if hours < 0:
        return "overdue"
    return f"due in {counted(hours, 'hour')}" if hours else "due within the hour"


def waiting(found: Decisions, *, now: datetime, currency: str) -> tuple[tuple[Waits, ...], int]:
    """List decisions of every kind: requests by their deadline, proposals by money, then what is next."""
    listed = [
        Waits(
            each.summary,
            ", ".join(dict.fromkeys(seat.holder or seat.role for seat in each.waits_for)),
            f"/inbox#{each.id}",
            due=each.deadline,
            late=each.deadline < now or each.escalated,
        )
        for each in found.requests[:REQUESTS_MAX]
    ]
    listed += [
        Waits(each.says, each.whose, _place(each.use_cases), money=f"{each.a_month:,.0f} {currency}")
        for each in found.proposed.top[:PROPOSALS_MAX]
    ]
    said = {name for each in found.proposed.top for name in each.use_cases}
    said |= {each.use_case for each in found.requests}
    listed += [
        Waits(f"{each.advice.advised} {each.name}: {each.advice.why}", "", f"/use-cases/{each.use_case}")
        for each in found.next
        if each.use_case not in said
    ][: max(0, WAITING_MAX - len(listed))]
    whole = len(found.requests) + len(found.proposed.top) + found.proposed.further
    whole += sum(each.rule not in NO_DECISION for each in found.advice.values())
    return tuple(listed), max(0, whole - len(listed))


def _place(use_cases: Sequence[str]) -> str:
    return f"/use-cases/{use_cases[0]}" if len(use_cases) == 1 else "/spend"


def budgets(found: Iterable[BudgetForecast], model: OperatingModel) -> tuple[tuple[Budget, ...], int]:
    """List the budgets that are likeliest to be exceeded, and count the others."""
    every = [
        Budget(
            name=_whose(each, model),
            per=each.per,
            ends=each.ends,
            spent=each.forecast.spent,
            limit=each.limit,
            forecast=each.forecast,
            exceeds=each.exceeds,
            used_up=each.used_up,
        )
        for each in found
    ]
    return tuple(every[:BUDGETS_MAX]), max(0, len(every) - BUDGETS_MAX)


def _whose(each: BudgetForecast, model: OperatingModel) -> str:
    if each.use_case:
        name = model.use_cases[each.use_case].name if each.use_case in model.use_cases else each.use_case
    elif each.unit:
        name = model.units[each.unit].name if each.unit in model.units else each.unit
    else:
        name = model.organisation.name
    return f"{name}, {each.whose}" if each.whose else name


def standing(
    controls: ControlSummary, risks: Sequence[RiskLine], dates: Sequence[LawDate]
) -> tuple[Stands, ...]:
    """List what a board asks of risk: whether controls hold, which risks are kept, and what comes when."""
    whole = f"{controls.whole:,} of {controls.use_cases:,} use cases hold all that is asked"
    listed = [Stands("Controls", whole, "/risk", act=controls.whole < controls.use_cases)]
    worst = sorted(controls.controls, key=lambda each: (-(each.does_not_hold + each.stale), each.id))
    for control in worst[:2]:
        if broken := control.does_not_hold + control.stale:
            said = f"{broken:,} of {control.asked:,} do not hold it"
            listed.append(Stands(control.title, said, f"/risk?control={control.id}", act=True))
    grave = sorted(risks, key=lambda each: (each.overdue_days <= 0, each.kept, -each.now.score, each.review))
    for risk in grave[:3]:
        late = f"; review {risk.overdue_days:,} days late" if risk.overdue_days > 0 else ""
        kept = risk.now.words if risk.kept else f"{risk.now.words}, not kept small"
        act = risk.overdue_days > 0 or not risk.kept
        listed.append(Stands(risk.title, f"{kept}{late}", "/risk", on=risk.review, act=act))
    if not risks:
        listed.append(Stands("Risk register", "no risk is declared: add `risks:`", "/risk"))
    for day in dates[: max(1, STANDING_MAX - len(listed))]:
        about = f"{day.title} ({day.article})"
        listed.append(Stands(about, f"concerns {counted(day.use_cases, 'use case')}", "/risk", on=day.on))
    return tuple(listed[:STANDING_MAX])


def quarter(
    days: Days, found: tuple[GradeValue, ...], cost: Decimal, *, until: date | None = None
) -> Quarter:
    """Put a quarter together, or the part of it that has passed."""
    return Quarter(
        label=quarter_label(days),
        since=days.first,
        until=until or days.last,
        goes_on=until is not None and until < days.last,
        by_grade=tuple(each for each in found if each.figures),
        cost=cost,
    )


def end_of(days: Days) -> datetime:
    """Say the instant, in UTC, after which nothing belongs to some days any more."""
    return datetime.combine(days.last + timedelta(days=1), time(), UTC)


def confirmed(found: Quarter) -> Decimal:
    """Say how much of the value finance confirmed."""
    return sum((each.confirmed for each in found.evidenced), ZERO)
