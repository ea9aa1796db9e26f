"""Wait for a lease: the slow way to be admitted, for a call that its worker's leases do not cover.

Most wait for one question to the store, some until the other workers have given back what they do not use.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar, overload

from remit.enforce.key import Key
from remit.enforce.patience import DEADLINE_S
from remit.enforce.sender import NOWHERE
from remit.kernel.period import window
from remit.operations.admitted import Admitted, Busy, Short, Unseen
from remit.operations.asked import Asked, Understood
from remit.operations.authenticate import opens
from remit.operations.authorize import authorize, fall_back
from remit.operations.leases import LATE_S, WAIT_S, unavailable
from remit.operations.refused import Refused
from remit.operations.screen_input import see
from remit.operations.users import month_of
from remit.operations.worker import Worker

_T = TypeVar("_T")


@overload
async def authorize_or_wait(
    worker: Worker, key: Key, asked: Asked, *, within_s: float = DEADLINE_S
) -> Admitted | Refused: ...


@overload
async def authorize_or_wait(
    worker: Worker, key: Key, asked: Asked, *, within_s: float = DEADLINE_S, patient: bool
) -> Admitted | Refused | Busy: ...


async def authorize_or_wait(
    worker: Worker, key: Key, asked: Asked, *, within_s: float = DEADLINE_S, patient: bool = False
) -> Admitted | Refused | Busy:
    """Decide on a call as `authorize` does, and wait for its guardrails and for what is not leased."""
    now: Asked | Understood = asked
    while True:
        first = authorize(worker, key, now, within_s=within_s, patient=patient)
        found: Admitted | Refused | Busy | Unseen
        if isinstance(first, Short):
            again = partial(_again, worker, key, now, within_s, patient)
            found = await until_leased(worker, key, first, again)
        else:
            found = first
        if not isinstance(found, Unseen):
            return found
        now = await see(worker, key, found)
        opened = still_opens(worker, key)
        if opened is not None:
            return opened


def _again(
    worker: Worker, key: Key, asked: Asked | Understood, within_s: float, patient: bool, hopes: bool
) -> Admitted | Refused | Short | Busy | Unseen:
    return still_opens(worker, key) or authorize(
        worker, key, asked, within_s=within_s, hopes=hopes, patient=patient
    )


def still_opens(worker: Worker, key: Key) -> Refused | None:
    """Refuse a key that people have revoked meanwhile, or whose use case they have taken away."""
    # Where it is used was looked at.
    opened = opens(worker, replace(worker.view.key(key.id) or key, networks=()), NOWHERE)
    return opened if isinstance(opened, Refused) else None


async def fall_back_or_wait(admitted: Admitted) -> bool:
    """Lead a call to its next model as `fall_back` does, and wait for what this worker has not leased."""
    found = fall_back(admitted)
    if not isinstance(found, Short):
        return found
    return await until_leased(
        admitted.worker, admitted.caller.key, found, lambda hopes: fall_back(admitted, hopes=hopes)
    )


async def until_leased(worker: Worker, key: Key, short: Short, again: Callable[[bool], _T | Short]) -> _T:
    """Obtain what something is short of and try again, until it is not; `again` is told if there is hope."""
    escrow = worker.escrow
    assert escrow is not None, "only workers that share are short of leases"
    began = asyncio.get_running_loop().time()
    until = began + WAIT_S
    hopes = True
    while asyncio.get_running_loop().time() - began < LATE_S:
        if short.user:
            await _claim(worker, key, short.user, until)
        elif not await escrow.obtain(short.needs, hopes=short.hopes, until=until):
            # Where others were waited for, they have said what they can spare: what is known now decides.
            hopes = hopes and not short.hopes
        found = again(hopes)
        if not isinstance(found, Short):
            return found
        short = found
    raise unavailable("other calls took what was leased for this one, again and again")


async def _claim(worker: Worker, key: Key, user: str, until: float) -> None:
    """Count a new user for all workers; who is counted is known here then, this one or as many others."""
    escrow, limit = worker.escrow, worker.view.remit(key.use_case).users_max
    assert escrow is not None
    if not isinstance(limit, int):
        return
    now, zone = worker.system.clock.now(), worker.view.zone
    since = window("month", at=now, zone=zone).start
    known = await escrow.claim_user(key.use_case, user, since=since, limit=limit, until=until)
    worker.users.know(key.use_case, known, month_of(now, zone))
