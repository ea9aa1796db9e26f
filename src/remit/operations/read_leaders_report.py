"""Read the report for leaders: what was spent against what it brings, and the decisions with most money."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from remit.decide.bill_sum import Span
from remit.decide.finops.allocation import Allocation
from remit.decide.finops.commitment_use import CommitmentUse
from remit.decide.finops.forecast import Forecast
from remit.decide.finops.governance_cost import Checked, GovernanceCost, governance_cost
from remit.decide.finops.proposal import Proposal, propose, title
from remit.decide.finops.proposals import (
    MONTH_DAYS,
    of_advice,
    of_budgets,
    of_commitments,
    of_idle,
    of_prices,
    of_savings,
    of_value,
)
from remit.decide.finops.ranked import Ranking
from remit.decide.finops.unlaunched import Unlaunched, tried, unlaunched
from remit.decide.finops.unpriced import Unpriced
from remit.decide.worth.cost import total
from remit.declare.operating_model import OperatingModel
from remit.declare.simulated import counts, counts_simulated
from remit.kernel.money import EXACT, ZERO
from remit.operations.advise_finops import Answers, advise
from remit.operations.evaluation_run import is_run
from remit.operations.find_unpriced import find_unpriced
from remit.operations.lookup import require_unit
from remit.operations.query_ledger import query_ledger
from remit.operations.read_allocation import Stated, instants, is_month, open_allocation, read_allocation
from remit.operations.read_flow import read_flow
from remit.operations.read_portfolio_flow import PortfolioFlow, read_portfolio_flow, stage_changes
from remit.operations.read_showback import before_of
from remit.operations.read_spend import (
    chosen,
    read_budget_forecasts,
    read_commitments,
    read_spend_forecasts,
)
from remit.operations.read_unit_cost import periods_upto
from remit.operations.read_value import Weighed, weigh
from remit.operations.reconcile_bill import month_of
from remit.operations.system import System
from remit.ports_lake import Bounds
from remit.record.call_entry import EVALUATION_RUN
from remit.report.leaders import Basis, BoardMoney, LeadersLine, LeadersReport, lineage, spending

WAIT_DAYS = 90
"""Over how many days up to now it is counted how long governance made others wait."""

MONTHS_MAX = 60
"""How many months back the cost of experiments is looked for."""

_BOUNDS = Bounds(rows=1_000_000, seconds=600.0, memory=2 << 30)


@dataclass(frozen=True, slots=True)
class _Read:
    """What is read once for all parts: worths, advice on use cases, and the last 30 whole days."""

    weighed: Weighed
    flow: PortfolioFlow
    month: Allocation
    unit: str
    cases: frozenset[str]

    @property
    def model(self) -> OperatingModel:
        return self.weighed.model

    def within(self, found: Allocation) -> Allocation:
        """Keep the lines of the unit that was asked for."""
        if not self.unit:
            return found
        kept = tuple(each for each in found.lines if self.unit in lineage(self.model, each.unit))
        return Allocation(found.label, found.since, found.until, found.currency, found.total, kept)


@dataclass(frozen=True, slots=True)
class CaseReport:
    """What leaders ask of one use case: what it costs and brings, what to decide, and two answers.

    There are no answers where no real call was made in the days that are replayed.
    """

    line: LeadersLine
    since: date
    until: date
    currency: str
    proposals: tuple[Proposal, ...]
    answers: Answers | None
    counts_simulated: bool = False


def read_leaders_report(system: System, days: Span | None = None, *, unit: str = "") -> LeadersReport:
    """Return the report on some days, by default this month; raises NotFound for an unknown unit."""
    weighed = weigh(system)
    if unit:
        require_unit(weighed.model, unit)
    days = days or month_of(weighed.today.year, weighed.today.month)
    read = _read(system, weighed, unit, read_portfolio_flow(system, unit=unit, known=weighed.known))
    stated = read_allocation(system, days)
    commitments = [] if unit else read_commitments(system)
    money = _money(system, read, stated, days, commitments=commitments)
    experiments = _unlaunched(system, read)
    late = tuple(each for each in experiments if each.fate != "in-time")
    return LeadersReport(
        title=money.title,
        organisation=read.model.organisation.name,
        unit=unit,
        period=money.period,
        since=stated.allocation.since,
        until=stated.allocation.until,
        goes_on=stated.goes_on,
        closed=money.closed,
        currency=money.currency,
        spending=money.spending,
        before=money.before,
        before_period=money.before_period,
        proposed=money.proposed,
        unlaunched=late,
        unlaunched_cost=total(each.amount for each in late),
        in_time=len(experiments) - len(late),
        governance=_governance(system, read, stated),
        idle=money.idle,
        commitments_idle={
            each.commitment: each.expected_idle
            for each in commitments
            if not each.over and each.expected_idle
        },
        forecast=money.forecast,
        counts_simulated=counts_simulated(read.model),
        foreign=stated.allocation.foreign,
        uncounted=money.uncounted,
        simulated=money.simulated,
    )


def read_board_money(system: System, days: Span, flow: PortfolioFlow, weighed: Weighed) -> BoardMoney:
    """Return what a board is told of money, from the same figures as the report for leaders."""
    read = _read(system, weighed, "", flow)
    return _money(system, read, read_allocation(system, days), days, commitments=read_commitments(system))


def _money(
    system: System, read: _Read, stated: Stated, days: Span, *, commitments: Sequence[CommitmentUse]
) -> BoardMoney:
    allocation, before = stated.allocation, read_allocation(system, before_of(days)).allocation
    proposed = propose(_proposals(system, read, _ranking(system, read), commitments))
    return BoardMoney(
        title=title(proposed, read.model.organisation.currency),
        period=allocation.label,
        goes_on=stated.goes_on,
        closed=stated.closed.id if stated.closed else "",
        currency=allocation.currency,
        spending=spending(_basis(system, read, allocation)),
        before=total(each.amount for each in read.within(before).lines),
        before_period=before.label,
        proposed=proposed,
        idle=total(
            each.amount
            for each in read.within(allocation).lines
            if each.rest == "idle" or each.part == "idle"
        ),
        forecast=_forecast(system, read, stated, days),
        uncounted=allocation.uncounted,
        simulated={
            name: each for name, each in allocation.simulated.items() if not read.unit or name in read.cases
        },
    )


def read_case_report(system: System, use_case: str, days: Span | None = None) -> CaseReport:
    """Return what leaders ask of one use case; raises NotFound for an unknown one."""
    weighed = weigh(system)
    cases = chosen(weighed.model, use_case=use_case)
    days = days or month_of(weighed.today.year, weighed.today.month)
    unit = weighed.model.use_cases[use_case].unit
    read = _read(system, weighed, unit, read_portfolio_flow(system, unit=unit, known=weighed.known))
    stated = read_allocation(system, days)
    spent = spending(_basis(system, read, stated.allocation))
    nothing = LeadersLine("use_case", use_case, ZERO, ZERO)
    line = next((each for each in spent.use_cases if each.name == use_case), nothing)
    advised = advise(system, use_cases=cases, answers=True)
    found = (
        each
        for each in _proposals(system, read, advised.ranking, ())
        if use_case in each.use_cases and (each.kind != "budget" or each.use_cases == (use_case,))
    )
    return CaseReport(
        line=line,
        since=stated.allocation.since,
        until=stated.allocation.until,
        currency=stated.allocation.currency,
        proposals=propose(found).top,
        answers=advised.answers,
        counts_simulated=counts_simulated(read.model),
    )


def _read(system: System, weighed: Weighed, unit: str, flow: PortfolioFlow) -> _Read:
    model, today = weighed.model, weighed.today
    month = Span(today - timedelta(days=MONTH_DAYS), today - timedelta(days=1))
    return _Read(
        weighed=weighed,
        flow=flow,
        month=open_allocation(system, model, month),
        unit=unit,
        cases=chosen(model, unit=unit),
    )


def _ranking(system: System, read: _Read) -> Ranking:
    return advise(system, use_cases=read.cases if read.unit else None).ranking


def _basis(system: System, read: _Read, found: Allocation) -> Basis:
    model = read.model
    start, end = instants(model, found.days)
    called: dict[tuple[str, str], Decimal] = {}
    for key, sums in system.store.totals(since=start, until=end):
        if counts(model, key) and key.currency == model.organisation.currency:
            place = key.use_case, key.stage
            called[place] = EXACT.add(called.get(place, ZERO), sums.charge)
    stages = {name: each.stage for name, each in read.weighed.known.stages.items()}
    return Basis(model, found, stages, called, read.weighed.worths, read.unit)


def _proposals(
    system: System, read: _Read, ranking: Ranking, commitments: Iterable[CommitmentUse]
) -> Iterator[Proposal]:
    model = read.model
    month = read.within(read.month)
    figures = {name: each.figures for name, each in sorted(read.weighed.worths.items()) if name in read.cases}
    yield from of_savings(model, ranking)
    yield from of_advice(model, read.flow.advice.values(), month, figures=figures)
    yield from of_idle(model, month)
    yield from of_commitments(model, commitments)
    yield from of_budgets(model, read_budget_forecasts(system, unit=read.unit))
    yield from of_prices(model, _lacking(system, read))
    yield from of_value(model, (each for of in figures.values() for each in of))


def _lacking(system: System, read: _Read) -> list[Unpriced]:
    """Find what calls of the last 30 days lacked a rate for; calls are gone through only if any did.

    Whoever answers for a model's price answers to all units, so none is told alone.
    """
    if read.unit:
        return []
    sql = f"""
        select count(*) from calls
        where contains(body, '"unpriced":') and {_real_between(read.model, read.month.days)}
    """  # noqa: S608 (nothing but instants and a declared currency stands in it)
    [[calls]] = query_ledger(system, sql, _BOUNDS).rows
    return find_unpriced(system, since=read.month.since)[1] if calls else []


def _governance(system: System, read: _Read, stated: Stated) -> GovernanceCost:
    """Sum up calls that checked something; a run that only calls itself one of an evaluation is none."""
    sql = f"""
        select use_case, coalesce(run, '') as run, coalesce(judges, '') <> '' as judged, count(*), sum(charge)
        from calls
        where (starts_with(coalesce(run, ''), '{EVALUATION_RUN}') or coalesce(judges, '') <> '')
            and {_real_between(read.model, stated.allocation.days)}
        group by all
    """  # noqa: S608 (nothing but instants and a declared currency stands in it)
    checked = []
    for use_case, run, judged, calls, charge in query_ledger(system, sql, _BOUNDS).rows:
        evaluates = is_run(system, use_case, run)
        if (evaluates or judged) and (not read.unit or use_case in read.cases):
            checked.append(Checked(use_case, "evaluation" if evaluates else "judge", calls, charge))
    lead = read_flow(system, days=WAIT_DAYS)
    return governance_cost(checked, read.within(stated.allocation).lines, lead, days=WAIT_DAYS)


def _real_between(model: OperatingModel, days: Span) -> str:
    since, until = (f"timestamp '{each:%Y-%m-%d %H:%M:%S}'" for each in instants(model, days))
    currency = model.organisation.currency
    whose = "true" if counts_simulated(model) else "not simulated"
    return f"{whose} and currency = '{currency}' and at_utc >= {since} and at_utc < {until}"


def _unlaunched(system: System, read: _Read) -> tuple[Unlaunched, ...]:
    model, today = read.model, read.weighed.today
    moves = [
        each
        for each in stage_changes(system)
        if not read.unit or (each.use_case in read.cases and each.use_case in model.use_cases)
    ]
    found = [*tried(read.flow.lives, moves, read.flow.advice, today=today)]
    if not found:
        return ()
    began = min((each.began for each in found if each.began), default=today)
    months = (read_allocation(system, days).allocation for days in months_since(began, today))
    return unlaunched(model, found, months, today=today)


def months_since(began: date, today: date) -> list[Span]:
    """List the months from that of a day up to that of today, the last 60 of them at most.

    >>> [str(each.first) for each in months_since(date(2026, 1, 31), date(2026, 3, 1))]
    ['2026-01-01', '2026-02-01', '2026-03-01']
    """
    months = (today.year - began.year) * 12 + today.month - began.month + 1
    return periods_upto(today, by="month", last=max(1, min(months, MONTHS_MAX)))


def _forecast(system: System, read: _Read, stated: Stated, days: Span) -> Forecast | None:
    if not (stated.goes_on and is_month(days)):
        return None
    found = read_spend_forecasts(system, "organisation", unit=read.unit)
    return found[0].forecast if found else None
