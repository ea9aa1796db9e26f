"""Read value: what a use case, a unit or the whole portfolio is worth, and what shared blocks saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from remit.decide.called_facts import since
from remit.decide.dossier import Dossier
from remit.decide.dossiers import Known, dossiers
from remit.decide.risk import tier_of
from remit.decide.worth.broken_link import Diagnosis, diagnose, misses
from remit.decide.worth.broken_link import Known as LinkKnown
from remit.decide.worth.confirmed import asked_of
from remit.decide.worth.cost import full_costs, users_of_blocks
from remit.decide.worth.reuse import avoided
from remit.decide.worth.worth import Results, Worth, results_of, together, worths
from remit.declare.gate import Criterion, RiskTier
from remit.declare.operating_model import OperatingModel
from remit.declare.simulated import counts
from remit.kernel.errors import NotFound
from remit.operations.lookup import require_unit, require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.read_dossiers import known
from remit.operations.system import System
from remit.record.approval_entry import Approval, ApprovalRequest
from remit.record.filed import Filed
from remit.report.value import (
    BlocksValue,
    PortfolioValue,
    UseCaseValue,
    blocks_value,
    portfolio_value,
    use_case_value,
)

SHARED_MIN = 2


@dataclass(frozen=True, slots=True)
class Weighed:
    """Every use case that is not retired with its worth, and what that rests on."""

    model: OperatingModel
    now: datetime
    today: date
    known: Known
    results: Results
    worths: Mapping[str, Worth]


def weigh(system: System) -> Weighed:
    """Work out what every use case is worth as of now; shares of common cost want all of them."""
    _, model = model_in_force(system)
    now = system.clock.now()
    found = known(system, model, now)
    filed: list[Filed] = [*found.filed]
    requests = (each for each in filed if isinstance(each, ApprovalRequest))
    approvals = (each for each in filed if isinstance(each, Approval))
    results = results_of(filed)
    costs = full_costs(model, found.stages, found.rolled, now=now)
    weighed = worths(model, results, costs, asked_of(requests, approvals, now))
    today = now.astimezone(model.organisation.zone).date()
    return Weighed(model, now, today, found, results, {each.use_case: each for each in weighed})


def read_value(system: System, use_case: str) -> UseCaseValue:
    """Return the value of one use case; raises NotFound for one that is not declared, or retired."""
    found = weigh(system)
    worth = require_worth(found, use_case)
    diagnosed = _diagnoses(found, [worth]).get(use_case)
    return use_case_value(found.model, worth, found.known.stages, diagnosis=diagnosed, today=found.today)


def require_worth(found: Weighed, use_case: str) -> Worth:
    """Return the worth of one use case; raises NotFound for one that is not declared, or retired."""
    require_use_case(found.model, use_case)
    if use_case not in found.worths:
        raise NotFound(
            f"`{use_case}` is retired, and has no value any more",
            help="`remit ledger list` still has what its studies found",
            code="use-case-retired",
        )
    return found.worths[use_case]


def read_portfolio_value(system: System, unit: str = "", *, weighed: Weighed | None = None) -> PortfolioValue:
    """Return the value of all use cases that are not retired, or of a unit and those below it."""
    found = weighed or weigh(system)
    model = found.model
    if unit:
        require_unit(model, unit)
    below = {name for name in model.units if not unit or unit in model.lineage(name)}
    listed = [each for name, each in found.worths.items() if model.use_cases[name].unit in below]
    return portfolio_value(
        model,
        listed,
        together(listed, model.portfolio.economics),
        stages=found.known.stages,
        diagnoses=_diagnoses(found, listed),
        unit=unit,
        today=found.today,
    )


def read_blocks_value(system: System) -> BlocksValue:
    """Return what shared blocks saved, as it is claimed."""
    _, model = model_in_force(system)
    now = system.clock.now()
    today = now.astimezone(model.organisation.zone).date()
    stages = system.store.stages(now)
    live = [name for name in model.use_cases if name not in stages or stages[name].stage != "retired"]
    rows = system.store.called_blocks(since=since(now))
    called = [
        (each.use_case, address)
        for each in rows
        if counts(model, each)
        for address in (each.model, each.block)
        if address
    ]
    users = users_of_blocks(model, live, today, called)
    shared = [address for address, using in users.items() if len(using) >= SHARED_MIN]
    return blocks_value(model, avoided(model, live, today=today, called=called), shared=shared, today=today)


def _diagnoses(found: Weighed, worths: Iterable[Worth]) -> dict[str, Diagnosis]:
    """Find the broken link of every use case whose return misses; facts are gathered for these alone."""
    model = found.model
    missing = {each.use_case: each for each in worths if misses(each.returns, each.figures)}
    if not missing:
        return {}
    facts: Mapping[str, Dossier] = dossiers(model, found.known, now=found.now, use_cases=missing)
    looked = {
        name: diagnose(
            each.returns,
            LinkKnown(
                case=model.use_cases[name],
                facts=facts[name].facts,
                cost=each.cost,
                figures=each.figures,
                results=found.results.get(name, ()),
                economics=model.portfolio.economics,
                year=each.year,
                criterion=_good_enough(model, tier_of(model.use_cases[name])),
                simulated=model.organisation.simulated,
            ),
        )
        for name, each in missing.items()
    }
    return {name: each for name, each in looked.items() if each is not None}


def _good_enough(model: OperatingModel, tier: RiskTier) -> Criterion | None:
    """Find what the gate into launch asks of answers at a risk tier."""
    gate = model.gates.get("launch")
    listed = gate.criteria.values() if gate else ()
    return next((each for each in listed if each.measure == "pass_rate" and each.asked_at(tier)), None)
