"""Read what an installation is set to, and what would change between two versions of the operating model."""

from __future__ import annotations

from itertools import islice

from remit.declare.plan import plan
from remit.operations.fold_ledger import fold_ledger
from remit.operations.kill_switch import read_stops
from remit.operations.model_in_force import model_in_force
from remit.operations.read_history import find_version, model_of, versions
from remit.operations.read_inbox import read_delegations
from remit.operations.system import System
from remit.operations.webhooks import read_webhooks
from remit.record.apply_diff import every_change
from remit.report.installation import (
    Installation,
    Member,
    hook_lines,
    issuer_lines,
    members_of,
    price_lines,
    provider_lines,
    unpriced_models,
)
from remit.report.plan_view import PlanView

VERSIONS_SHOWN = 50


def read_installation(system: System) -> Installation:
    """Read it as it is now."""
    fold_ledger(system)
    model = model_in_force(system)[1]
    today = system.clock.now().astimezone(model.organisation.zone).date()
    return Installation(
        providers=provider_lines(model, system.credentials.names()),
        issuers=issuer_lines(model),
        webhooks=hook_lines(read_webhooks(system)),
        prices=price_lines(model, today),
        unpriced=unpriced_models(model, today),
        stops=tuple(read_stops(system)),
        delegations=tuple(read_delegations(system)),
        versions=tuple(islice(versions(system.store), VERSIONS_SHOWN)),
    )


def read_members(system: System) -> tuple[Member, ...]:
    """List who holds which role in the operating model in force, and over what."""
    return members_of(model_in_force(system)[1])


def plan_between(system: System, before: int, after: int) -> PlanView:
    """Say what is different from one version to another; raises NotFound where one was never applied."""
    first, last = find_version(system, before), find_version(system, after)
    changes = every_change(plan(model_of(system, first), model_of(system, last)))
    return PlanView(before, changes, ())
