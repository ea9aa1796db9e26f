"""Poll an approval: whoever asked for a call of a tool learns how people have answered, and nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from remit.enforce.key import Key
from remit.kernel.errors import NotFound
from remit.operations.fold_ledger import fold_ledger
from remit.operations.keep_run import own_run
from remit.operations.read_approvals import find_request
from remit.operations.tool_gate import ToolGate


@dataclass(frozen=True, slots=True)
class Polled:
    """How a request stands: what is at stake, which roles decide, how many more persons must, until when.

    `used` says that a call has used the consent up.
    """

    id: str
    tool: str
    state: str
    summary: str
    stakes: tuple[str, ...]
    roles: tuple[str, ...]
    people: int
    expires: datetime
    used: bool


async def poll_approval(gate: ToolGate, caller: Key, run: str, request: str) -> Polled:
    """Say how a request of a run stands; raises NotFound for one that is not the caller's own."""
    kept = own_run(gate, caller, run)
    waiting = gate.effects.waiting(request[:64])
    if waiting is None or waiting.run != kept.id:
        raise NotFound(
            f"this run has asked for no approval `{request[:40]}`", help="use the id that the answer named"
        )
    system = gate.worker.system
    await asyncio.to_thread(fold_ledger, system)
    found = await asyncio.to_thread(find_request, system, waiting.request, system.clock.now())
    state = (
        "expired" if found.state == "open" and found.request.expires <= system.clock.now() else found.state
    )
    return Polled(
        found.request.id,
        waiting.tool,
        state,
        found.request.summary,
        found.request.stakes,
        found.waits_for,
        found.people,
        found.request.expires,
        gate.effects.of_approval(waiting.request) is not None,
    )
