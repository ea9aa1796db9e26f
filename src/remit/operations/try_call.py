"""Try a call: one governed call as an application makes it, with a key that opens nothing afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from remit.enforce.remit import resolve
from remit.enforce.request import Message, ModelRequest
from remit.kernel.errors import NotFound, RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.issue_key import issue_key, revoke_key
from remit.operations.model_in_force import model_in_force
from remit.operations.read_calls import read_call
from remit.operations.system import System
from remit.ports_evaluation import Door, Heard, Knock
from remit.record.call_entry import Refusal
from remit.report.call_trace import CallTrace

KEY_LIVES = timedelta(minutes=10)
TEXT_MAX = 4_000
OUTPUT_TOKENS = 120
"""How long an answer may be, where the remit allows so much."""
RUN = "trial"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came back, and the entry of the call; None where the gateway has not written one."""

    heard: Heard
    trace: CallTrace | Refusal | None


def try_call(
    system: System,
    use_case: str,
    *,
    model: str,
    text: str,
    open_door: Callable[[str], Door],
    author: str,
) -> Tried:
    """Ask a model by its address through the gateway, under the use case's own remit."""
    if not 1 <= len(text) <= TEXT_MAX:
        raise RemitError(
            f"write a question of 1 to {TEXT_MAX:,} characters",
            help="nothing was asked",
            code="value-too-long",
        )
    expires = system.clock.now() + KEY_LIVES
    key = issue_key(system, use_case, author=author, expires=expires)
    try:
        request = ModelRequest(
            model=model,
            messages=(Message.of("user", text),),
            output_tokens_max=_tokens_most(system, use_case),
        )
        heard = _ask(open_door(key.secret), request, reference=f"{RUN}-{key.id}")
    finally:
        revoke_key(system, key.id, author=author)
    fold_ledger(system)
    try:
        return Tried(heard, read_call(system, heard.call or heard.decision))
    except NotFound:
        return Tried(heard, None)


def _tokens_most(system: System, use_case: str) -> int:
    stage = system.store.stages(system.clock.now(), use_case)[use_case].stage
    limit = resolve(model_in_force(system)[1], use_case, stage).output_tokens_max
    return min(OUTPUT_TOKENS, limit) if isinstance(limit, int) else OUTPUT_TOKENS


def _ask(door: Door, request: ModelRequest, *, reference: str) -> Heard:
    async def ask() -> Heard:
        try:
            return await door.ask(Knock(request=request, run=RUN, reference=reference))
        finally:
            door.close()

    return asyncio.run(ask())
