"""Judge by a model: ask one that is declared for its word, by a governed call of its own.

It is asked with the key of the call that it judges, so the same remit, budgets and rates hold. It has its
own hold and its own entry, which names that call.
"""

from __future__ import annotations

from remit.enforce.answer import Delta
from remit.enforce.request import ModelRequest
from remit.kernel.errors import JudgeFailed
from remit.operations.asked import Asked
from remit.operations.call_model import whole
from remit.operations.judged_call import JudgedCall
from remit.operations.refused import Refused
from remit.operations.wait_for_lease import authorize_or_wait, still_opens
from remit.operations.worker import Worker
from remit.record.call_entry import Origin


async def judge_by_model(worker: Worker, call: JudgedCall, request: ModelRequest, timeout_s: float) -> str:
    """Return a model's words on a text; raises RemitError if it may not be asked, or fails."""
    # It belongs to the same run and trace as the call that it judges.
    origin = Origin("judge", run=call.origin.run, trace=call.origin.trace)
    asked = Asked(request, streamed=False, user=call.user, judges=call.id, origin=origin)
    admitted = still_opens(worker, call.key) or await authorize_or_wait(
        worker, call.key, asked, within_s=timeout_s
    )
    if isinstance(admitted, Refused):
        decision = admitted.decision
        raise JudgeFailed(f"the model that judges is not asked: {decision.summary}", help=decision.help)
    pieces, _ = await whole(admitted)
    return "".join(piece.text for piece in pieces if isinstance(piece, Delta))
