"""Read one's own remit: tell a key what it may do and what is left, from the worker's memory."""

from __future__ import annotations

from remit.enforce.key import Key
from remit.operations.users import month_of
from remit.operations.worker import Worker
from remit.report.own_remit import Now, OwnRemit, own_remit


def read_own_remit(worker: Worker, key: Key) -> OwnRemit:
    """Tell what a live key may do now; nothing is asked of any model, and nothing is held."""
    view, at = worker.view, worker.system.clock.now()
    users = worker.users.of(key.use_case, month_of(at, view.zone))
    now = Now(at, view.stages[key.use_case].since, worker.accounts, len(users), view.version)
    return own_remit(view.model, view.remit(key.use_case), key, now)
