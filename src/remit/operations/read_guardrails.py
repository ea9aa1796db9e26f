"""Read guardrails: all that are declared, and who must pass them."""

from __future__ import annotations

from remit.enforce.remit import Resolver
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System
from remit.report.guardrails import Guardrails, guardrails_report


def read_guardrails(system: System) -> Guardrails:
    """Build the report of all guardrails as of today."""
    fold_ledger(system)
    _, model = model_in_force(system)
    stages, resolver = system.store.stages(system.clock.now()), Resolver(model)
    today = system.clock.now().astimezone(model.organisation.zone).date()
    return guardrails_report(
        model, (resolver.remit(name, stages[name].stage) for name in model.use_cases), today
    )
