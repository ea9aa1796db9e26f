"""Ask for a block: have its owner asked to let a use case stand on it, and say who decides."""

from __future__ import annotations

from remit.decide.approval import Standing
from remit.decide.block_request import block_request, with_block
from remit.kernel.errors import Conflict
from remit.operations.ask_approval import ask_approval
from remit.operations.ask_for_more import asking_of, remit_now, today_of
from remit.operations.lookup import require_block
from remit.operations.plan_model import plan_model
from remit.operations.system import System


def ask_for_block(system: System, use_case: str, address: str, *, author: str, reason: str = "") -> Standing:
    """Ask that a use case may stand on a block; once all agree it is in force by itself.

    The block's owner must agree, who owns the layers that would change, and whoever the rules on widening
    name as well. Raises NotFound for what is not declared.
    """
    model, remit = remit_now(system, use_case)
    if remit.stage == "retired":
        raise Conflict(f"`{use_case}` is retired", help="ask for a use case that is not")
    day = today_of(system, model)
    exact = require_block(model, address, day)
    asked = block_request(model, remit, exact, author=author, day=day)
    planned = plan_model(system, with_block(model, asked))
    system.store.put_text(planned.digest, planned.body)
    asking = asking_of(
        planned,
        remit,
        "apply",
        subject=exact,
        summary=f"`{use_case}` stands on block {exact}",
        changes=asked.changes,
        roles=asked.roles,
    )
    return ask_approval(system, asking, author=author, reason=reason)
