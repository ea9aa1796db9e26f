"""Read the board report: every sheet from what its own command reports, at one instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from remit.decide.bill_sum import Span
from remit.decide.worth.cost import total
from remit.declare.block import ModelBlock
from remit.declare.operating_model import OperatingModel
from remit.declare.simulated import counts_simulated
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_approvals import standings
from remit.operations.read_controls import read_control_summary
from remit.operations.read_leaders_report import read_board_money
from remit.operations.read_portfolio_flow import PortfolioFlow, read_portfolio_flow
from remit.operations.read_risk_status import read_law_dates
from remit.operations.read_risks import read_register
from remit.operations.read_unit_cost import read_unit_cost
from remit.operations.read_value import read_portfolio_value, weigh
from remit.operations.reconcile_bill import month_of
from remit.operations.system import System
from remit.report.board import Board, Point, amount
from remit.report.board_sheets import answer, cost, decisions, report_command, value
from remit.report.board_standing import CONTROLS, FLOW, flow, method, portfolio, risk
from remit.report.controls import ControlSummary
from remit.report.leaders import BoardMoney

PERIODS = 3
"""Of how many months up to now unit costs are looked for."""

WAITS_MAX = 50


def read_board(system: System, days: Span, *, period: str) -> Board:
    """Put the board report on some days together; raises NotFound before the first apply."""
    fold_ledger(system)
    version, model = model_in_force(system)
    now = system.clock.now()
    today = now.astimezone(model.organisation.zone).date()
    weighed = weigh(system)
    flowing = read_portfolio_flow(system, known=weighed.known)
    leaders = read_board_money(system, days, flowing, weighed)
    controls = read_control_summary(system, flowing.dossiers)
    advised = (each.advised for each in flowing.advice.values() if each.advised != "go")
    urgent = flowing.next(WAITS_MAX)
    sheets = [
        answer(leaders, period, points=_points(leaders, flowing, controls)),
        portfolio(flowing.funnel, advised=Counter(advised)),
        value(read_portfolio_value(system, weighed=weighed)),
        cost(leaders, read_unit_cost(system, last=PERIODS), period=period),
        risk(read_register(system), controls, read_law_dates(system, flowing.dossiers), today=today),
        flow(flowing.flow, flowing.lives.values(), waiting=flowing.funnel),
        decisions(
            leaders,
            next_=[(each.name, each.advice.advised, each.advice.why, each.do) for each in urgent],
            waits=sorted(_waits(system), key=lambda each: each[2]),
        ),
    ]
    facts = (
        ("ledger and states as of", f"{now:%Y-%m-%d %H:%M} UTC"),
        ("money of", f"{days.first} to {min(days.last, today)}, {model.organisation.zone.key}"),
        ("period", _closed(leaders)),
        ("operating model", f"version {version}"),
        ("price book", _prices(model)),
    )
    return Board(
        organisation=model.organisation.name,
        period=period,
        days=f"{days.first} to {days.last}",
        as_of=now,
        model_version=version,
        simulated=_simulated(leaders, counted=counts_simulated(model)),
        sheets=(*sheets, method(sheets, facts=facts)),
    )


def quarter(year: int, number: int) -> Span:
    """Name the days of a quarter.

    >>> quarter(2026, 4).last
    datetime.date(2026, 12, 31)
    """
    month = number * 3
    return Span(month_of(year, month - 2).first, month_of(year, month).last)


def _points(leaders: BoardMoney, flowing: PortfolioFlow, controls: ControlSummary) -> tuple[Point, ...]:
    found, index = flowing.flow, flowing.flow.congestion.index
    jam = "not known" if index is None else f"{index:.0f} of 100"
    pilots = (
        f"pilots in work: {found.in_work:,}, held by governance alone: {found.waiting:,}; congestion {jam}"
    )
    hold = f"{controls.whole:,} of {controls.use_cases:,} use cases hold every control that is asked of them"
    return (Point(leaders.title, report_command(leaders)), Point(pilots, FLOW), Point(hold, CONTROLS))


def _waits(system: System) -> Iterator[tuple[str, str, str]]:
    for each in standings(system, system.clock.now()):
        if each.state == "open":
            request = each.request
            whom = ", ".join(each.waits_for) or "one more person"
            what = f"{request.about} of {request.use_case or request.subject}"
            yield what, whom, f"{request.deadline:%Y-%m-%d}"


def _closed(leaders: BoardMoney) -> str:
    if leaders.closed:
        return f"closed by entry {leaders.closed}"
    return "goes on, and its sums can still change" if leaders.goes_on else "over, and not closed"


def _simulated(leaders: BoardMoney, *, counted: bool) -> str:
    calls = sum(each.calls for each in leaders.simulated.values())
    charge = total(each.charge for each in leaders.simulated.values())
    if not calls:
        return ""
    if counted:
        sums = f"{amount(charge)} {leaders.currency}"
        return (
            f"{calls:,} calls of this period are simulated, and these sums count {sums} of them, as declared"
        )
    said = f"{calls:,} calls of this period are simulated; they cost nothing and are in no sum"
    return f"{said} (they would have cost {amount(charge)} {leaders.currency})" if charge else said


def _prices(model: OperatingModel) -> str:
    """Name where prices of models come from, and the newest day that one of them holds from."""
    blocks = [block for block in model.blocks.values() if isinstance(block, ModelBlock)]
    prices = [price for block in blocks for price in block.prices]
    if not prices:
        return "no price of a model is declared"
    newest = max(price.starts for price in prices)
    books = sorted({price.source for price in prices if price.source})
    return (
        f"{len(prices):,} declared prices, the newest from {newest}; {'; '.join(books) or 'no source named'}"
    )
