"""Resolve an effect: a person says whether what nobody could tell was done."""

from __future__ import annotations

from typing import Literal

import msgspec

from remit.kernel.errors import Conflict, NotFound, RemitError
from remit.kernel.money import ZERO
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import REASON_MAX
from remit.operations.system import CONTROL, System
from remit.ports_effects import Effects
from remit.record.tool_effect import Effect
from remit.record.tool_entry import ToolCalled

NO_FAULT = ""

_ENTRY = msgspec.json.Decoder(ToolCalled)


def resolve_effect(
    system: System, effects: Effects, claim: str, *, done: bool, author: str, reason: str
) -> ToolCalled:
    """Write down what a person found out about an unknown effect; its step gives that from then on.

    What was charged stays charged. Raises NotFound where there is no such effect, and Conflict where it is
    known already or a worker may still be at it.
    """
    assert reason.strip(), "the door asks for one"
    if len(reason) > REASON_MAX:
        raise RemitError(
            f"the reason has {len(reason):,} characters; at most {REASON_MAX:,} are kept",
            help="say it in fewer words",
            code="value-too-long",
        )
    effect = _unknown(effects, claim)
    before, now = _ENTRY.decode(effect.entry), system.clock.now()
    state: Literal["completed", "failed"] = "completed" if done else "failed"
    entry = msgspec.structs.replace(
        before,
        id=system.ids.new(now),
        at=now,
        status=state,
        fault=NO_FAULT,
        charge=ZERO,
        accounts=(),
        resolves=before.id,
        author=author,
        reason=reason,
    )
    with system.journals.exclusive(CONTROL) as journal:
        # Once it is alone it is looked at again: of two who resolve it one is the first.
        _unknown(effects, claim)
        journal.append([entry])
        effects.finish(claim, state, entry=msgspec.json.encode(entry), at=now)
        effects.tell((claim,))
    fold_ledger(system)
    return entry


def _unknown(effects: Effects, claim: str) -> Effect:
    found = effects.effect(claim[:64])
    if found is None:
        raise NotFound(
            f"no effect `{claim[:40]}` was begun", help="`remit tool effects` shows those that are not known"
        )
    if found.state == "begun":
        raise Conflict(
            f"effect {found.claim} is under way at `{found.holder}`, or its worker has ended",
            help="start that worker again: it asks the target what became of it, and says so",
            code="effect-under-way",
        )
    if found.state != "unknown":
        raise Conflict(
            f"effect {found.claim} is {found.state} already",
            help="`remit ledger list --kind tool_call` shows who said so",
            code="effect-known",
        )
    return found
