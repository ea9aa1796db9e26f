"""Wait for room: calls whose callers can wait until a limit on rates lets them through.

Only what time alone opens again is waited for. Where nobody waits, none of this is asked.
"""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from remit.enforce.key import Key
from remit.enforce.sender import NOWHERE
from remit.operations.admitted import Admitted, Busy
from remit.operations.asked import Asked
from remit.operations.authenticate import opens
from remit.operations.refused import Refused
from remit.operations.wait_for_lease import authorize_or_wait
from remit.operations.worker import Worker

WAIT_S_MAX = 600


async def authorize_in_turn(worker: Worker, key: Key, asked: Asked, *, wait_s: float) -> Admitted | Refused:
    """Decide on a call as `authorize_or_wait` does, and wait so long where a limit on rates has no room.

    What is refused at the end, or for another reason, is refused as any call is.
    """
    until = monotonic() + wait_s
    place = worker.lines.join(key.use_case, key.id, asked.request.model)
    if place is None:
        return await authorize_or_wait(worker, key, asked)
    try:
        while (left_s := until - monotonic()) > 0:
            after_s = left_s
            if worker.lines.is_first(place):
                found = await authorize_or_wait(worker, key, asked, patient=True)
                if not isinstance(found, Busy):
                    return found
                after_s = min(found.retry_after_s, left_s)
            await place.wait(after_s)
            # Meanwhile people may have revoked the key, or taken its use case away; its network is known.
            opened = opens(worker, replace(worker.view.key(key.id) or key, networks=()), NOWHERE)
            if isinstance(opened, Refused):
                return opened
        return await authorize_or_wait(worker, key, asked)
    finally:
        worker.lines.leave(place)
