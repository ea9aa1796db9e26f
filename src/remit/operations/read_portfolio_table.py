"""Read the portfolio as one table, from the values that ranking, gates, flow and worth are read off."""

from __future__ import annotations

from remit.decide.portfolio import Wanted, portfolio
from remit.operations.model_in_force import model_in_force
from remit.operations.rank_portfolio import rated_portfolio
from remit.operations.read_gates import read_gate_status
from remit.operations.read_portfolio_flow import PortfolioFlow
from remit.operations.read_value import weigh
from remit.operations.system import System
from remit.report.portfolio_table import Case, Known, cases, first_day, weekly


def read_portfolio_table(system: System, flow: PortfolioFlow) -> tuple[Case, ...]:
    """List every use case with what is known of it; raises NotFound before the first apply."""
    _, model = model_in_force(system)
    now = system.clock.now()
    today = now.astimezone(model.organisation.zone).date()
    charges = system.store.charges(since=first_day(today))
    return cases(
        Known(
            items=portfolio(model, system.store.stages(now), wanted=Wanted(), today=today),
            rated={each.id: each for each in rated_portfolio(system, model)},
            worths=weigh(system).worths,
            gates={each.use_case: each for each in read_gate_status(system)},
            facts=flow.facts,
            advice=flow.advice,
            urgent={each.use_case: at for at, each in enumerate(flow.next(len(flow.facts)))},
            weeks=weekly(charges, today=today, currency=model.organisation.currency),
            texts={
                name: f"{name}\n{case.name}\n{case.problem or ''}\n{case.purpose}".casefold()
                for name, case in model.use_cases.items()
            },
            lineages={name: frozenset(model.lineage(name)) for name in model.units},
        )
    )
