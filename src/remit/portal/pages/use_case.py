"""One use case: what it may do and why, and what was recorded of it."""

from __future__ import annotations

from starlette.responses import Response

from remit.enforce.model_name import names_under
from remit.enforce.remit import resolve
from remit.kernel.errors import NotFound
from remit.operations.model_in_force import model_in_force
from remit.portal.asked import Asked, Page
from remit.record.projection import EntryFilter
from remit.report.explanation import explanation
from remit.report.policies import policies_of

LAST = 15


def show(asked: Asked) -> Response:
    """Show one use case: what it may do and why."""
    system, name = asked.system, asked.names["id"]
    version, model = model_in_force(system)
    if name not in model.use_cases:
        raise NotFound(f"no use case `{name[:80]}` is declared", help="the portfolio lists all")
    now = system.clock.now()
    fact = system.store.stages(now)[name]
    remit = resolve(model, name, fact.stage)
    today = now.astimezone(model.organisation.zone).date()
    names, policies = names_under(model, remit, today), policies_of(model, remit)
    return asked.page(
        "use_case.html",
        id=name,
        case=model.use_cases[name],
        owner=model.owner_of(name),
        fact=fact,
        remit=remit,
        explained=explanation(model, remit, names=names, policies=policies),
        rows=system.store.entries(EntryFilter(use_case=name), limit=LAST),
        version=version,
    )


PAGES = (Page("/use-cases/{id}", show),)
