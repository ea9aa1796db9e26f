"""Read the first page of executives, from the same values that the reports behind it are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

from remit.decide.ai_act import act_on
from remit.decide.bill_sum import Span
from remit.decide.life import IN_USE, Life
from remit.decide.worth.confirmed import asked_of
from remit.decide.worth.cost import total
from remit.decide.worth.worth import results_of, worth
from remit.declare.operating_model import OperatingModel
from remit.operations.model_in_force import model_in_force
from remit.operations.read_allocation import read_allocation
from remit.operations.read_controls import read_control_summary
from remit.operations.read_inbox import read_inbox
from remit.operations.read_leaders_report import read_board_money
from remit.operations.read_maturity import read_maturity
from remit.operations.read_overview import read_overview
from remit.operations.read_portfolio_flow import PortfolioFlow, read_portfolio_flow
from remit.operations.read_risks import eu_ai_act, read_register
from remit.operations.read_spend import read_budget_forecasts, read_spend_forecasts
from remit.operations.read_value import Weighed, weigh
from remit.operations.system import System
from remit.record.approval_entry import Approval, ApprovalRequest
from remit.record.outcome_entry import StudyResult
from remit.report.executive import (
    Decisions,
    Executive,
    LawDate,
    Quarter,
    budgets,
    end_of,
    quarter,
    quarter_before,
    quarter_of,
    standing,
    title,
    waiting,
)
from remit.report.leaders import Basis

NEXT = 40
"""How many next decisions are looked at."""


def read_executive(system: System) -> Executive:
    """Compose the first page; raises NotFound before the first apply."""
    version, model = model_in_force(system)
    now = system.clock.now()
    today = now.astimezone(model.organisation.zone).date()
    days = quarter_of(today)
    weighed = weigh(system)
    flow = read_portfolio_flow(system, known=weighed.known)
    leaders = read_board_money(system, days, flow, weighed)
    seen = read_overview(system)
    decisions = Decisions(
        requests=read_inbox(system, reader=""),
        proposed=leaders.proposed,
        next=flow.next(NEXT),
        advice=flow.advice,
    )
    said, link = title(decisions, now=now, currency=leaders.currency)
    listed, more = waiting(decisions, now=now, currency=leaders.currency)
    shown, others = budgets(read_budget_forecasts(system), model)
    month = read_spend_forecasts(system, "organisation")
    maturity = read_maturity(system, gates=flow.gates.values())
    return Executive(
        title=said,
        link=link,
        organisation=model.organisation.name,
        currency=leaders.currency,
        model_version=version,
        as_of=now,
        now=quarter(days, leaders.spending.value, leaders.spending.total, until=min(today, days.last)),
        before=_before(system, weighed, flow.lives, quarter_before(days)),
        stages=seen.stages,
        flow=flow.flow,
        ready=sum(each.ready for each in flow.facts.values()),
        advised=decisions.advised,
        month=month[0].forecast if month else None,
        budgets=shown,
        budgets_more=others,
        standing=standing(
            read_control_summary(system, flow.dossiers), read_register(system), _dates(model, flow, today)
        ),
        maturity=maturity.profile.pillars,
        maturity_since=maturity.day,
        waiting=listed,
        waiting_more=more,
        simulated_calls=int(seen.simulated_calls.value) if isinstance(seen.simulated_calls.value, int) else 0,
    )


def _before(system: System, weighed: Weighed, lives: Mapping[str, Life], days: Span) -> Quarter:
    """Put the quarter before together: what was in use by its end, by what studies had found by then."""
    model, then = weighed.model, end_of(days)
    filed = [each for each in weighed.known.filed if each.at < then]
    requests = (each for each in filed if isinstance(each, ApprovalRequest))
    approvals = (each for each in filed if isinstance(each, Approval))
    asked = asked_of(requests, approvals, then)
    results = results_of(each for each in filed if isinstance(each, StudyResult))
    worths = {
        name: worth(model, name, results.get(name, ()), cost=each.cost, asked=asked)
        for name, each in weighed.worths.items()
    }
    in_use = {
        name: life.reached
        for name, life in lives.items()
        if life.reached in IN_USE and not life.dropped and (life.left is None or life.left <= days.last)
    }
    allocation = read_allocation(system, days).allocation
    basis = Basis(model, allocation, in_use, {}, worths)
    cost = total(each.amount for each in allocation.lines)
    return quarter(days, basis.value_in_use(model.use_cases), cost)


def _dates(model: OperatingModel, flow: PortfolioFlow, today: date) -> tuple[LawDate, ...]:
    """List the days from which on obligations hold that do not hold yet, the next first."""
    law = eu_ai_act()
    coming = Counter(
        (due.applies_from, due.article, due.title)
        for name in flow.facts
        for due in act_on(model.use_cases[name], law, today).coming
    )
    return tuple(LawDate(on, article, said, number) for (on, article, said), number in sorted(coming.items()))
