"""Named guards: guardrails that somebody tries or measures, whether calls may pass them or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from remit.declare.block import GuardrailBlock
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.enforce.decision import Decision
from remit.enforce.guardrail.guards import REQUEST, guards_of
from remit.enforce.guardrail.screen import Guard
from remit.enforce.remit import resolve
from remit.kernel.errors import NotFound, RemitError
from remit.operations.lookup import require_block, require_use_case
from remit.operations.system import System


def today(system: System, model: OperatingModel) -> date:
    return system.clock.now().astimezone(model.organisation.zone).date()


def named_guard(model: OperatingModel, address: str, day: date) -> Guard:
    """Return a declared guardrail; one that is not approved can be tried as well. Raises NotFound."""
    exact = require_block(model, address, day)
    block = model.blocks[exact]
    if not isinstance(block, GuardrailBlock):
        raise NotFound(
            f"`{address[:80]}` is not a guardrail", help="name a block whose address begins with `guardrail/`"
        )
    return Guard(exact, REQUEST, block.owner or model.organisation.contact, block)


def guards_under(
    system: System, model: OperatingModel, use_case: str, addresses: Sequence[str], day: date
) -> tuple[Guard, ...]:
    """Return the guardrails that a use case's calls pass, with others beside them, as requests ask for them.

    One that is not in the ledger yet is at the first stage. Raises RemitError where no call would be let
    through.
    """
    require_use_case(model, use_case)
    fact = system.store.stages(system.clock.now(), use_case).get(use_case)
    stage: StageName = fact.stage if fact else "envision"
    found = guards_of(model, resolve(model, use_case, stage), day, addresses)
    if isinstance(found, Decision):
        raise RemitError(found.summary, help=found.help, code=found.rule)
    return found.each
