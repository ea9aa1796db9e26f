"""Read one's own remit: tell a key what it may do and what is left, as far as its worker knows."""

from __future__ import annotations

from remit.enforce.grant import accounts_of
from remit.enforce.key import Key
from remit.operations.users import month_of
from remit.operations.worker import Worker
from remit.report.own_remit import Now, OwnRemit, own_remit


async def read_own_remit(worker: Worker, key: Key) -> OwnRemit:
    """Tell what a live key may do now; nothing is asked of any model, and nothing is held.

    Where workers share budgets, the store says first what the others have posted.
    """
    view, at = worker.view, worker.system.clock.now()
    if worker.escrow is not None:
        year_starts = view.model.organisation.fiscal_year_starts
        remit, zone = view.remit(key.use_case), view.zone
        held = accounts_of(remit, key=key.id, agent=key.agent, now=at, zone=zone, year_starts=year_starts)
        await worker.escrow.read(each.account for each in held)
    users = worker.users.of(key.use_case, month_of(at, view.zone))
    now = Now(at, view.stages[key.use_case].since, worker.accounts, len(users), view.version)
    return own_remit(view.model, view.remit(key.use_case), key, now)
