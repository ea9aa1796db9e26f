"""Read one's own remit: tell a key what it may do and what is left, as far as its worker knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from remit.enforce.arm import lot_of, running
from remit.enforce.grant import accounts_of
from remit.enforce.key import Key
from remit.operations.users import month_of
from remit.operations.worker import Worker
from remit.report.own_remit import Now, OwnRemit, OwnStudy, own_remit


async def read_own_remit(worker: Worker, key: Key, *, reference: str = "") -> OwnRemit:
    """Tell what a live key may do now; nothing is asked of any model, and nothing is held.

    Where workers share budgets, the store says first what the others have posted. Under a study that assigns
    arms, it tells in which one a reference is.
    """
    view, at = worker.view, worker.system.clock.now()
    if worker.escrow is not None:
        year_starts = view.model.organisation.fiscal_year_starts
        remit, zone = view.remit(key.use_case), view.zone
        held = accounts_of(remit, key=key.id, agent=key.agent, now=at, zone=zone, year_starts=year_starts)
        await worker.escrow.read(each.account for each in held)
    users = worker.users.of(key.use_case, month_of(at, view.zone))
    now = Now(at, view.stages[key.use_case].since, worker.accounts, len(users), view.version)
    found = own_remit(view.model, view.remit(key.use_case), key, now)
    return replace(found, study=_study(worker, key, reference, at))


def _study(worker: Worker, key: Key, reference: str, at: datetime) -> OwnStudy | None:
    day = worker.view.day(at)
    trial = running(worker.view.trials.get(key.use_case, ()), day)
    if trial is None:
        return None
    lot = lot_of(worker.system.arms, trial.study, reference)
    return OwnStudy(trial.study, trial.side(lot, day) if reference else None, trial.ends, trial.control)
