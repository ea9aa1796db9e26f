"""Judge later: have guardrails that no call waits for say their word on a text that has gone on.

Whatever they say stops nothing. What they find has an entry of its own, which names the call.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from time import monotonic

from remit.enforce.answer import Finish, ModelEvent, Piece
from remit.enforce.guardrail.assess import UNIT_CHARACTERS, Units
from remit.enforce.guardrail.look import Mark
from remit.enforce.guardrail.noted import noted
from remit.enforce.guardrail.remark import asked_about, unheard
from remit.enforce.guardrail.run import runs_of
from remit.enforce.guardrail.screen import Question, Screen
from remit.enforce.guardrail.trust import Side, Span
from remit.kernel.errors import JournalError
from remit.operations.admitted import Admitted
from remit.operations.ask_judges import ask
from remit.operations.asked import Seen
from remit.operations.judged_call import JudgedCall, answered
from remit.operations.refused import purpose_of
from remit.operations.screens import length
from remit.operations.worker import Worker
from remit.record.call_entry import GuardrailCheck, Purpose

AT_ONCE_MAX = 200
"""How many texts one worker has judged beside its calls; of those beyond nobody is asked, which is noted."""


async def overheard(
    admitted: Admitted, seen: Seen, events: AsyncGenerator[Sequence[ModelEvent], None], mark: Mark
) -> AsyncGenerator[Sequence[ModelEvent], None]:
    """Pass an answer on as it is; when it was given and its call is settled, have it judged."""
    pieces: list[Piece] = []
    async with aclosing(events) as batches:
        async for batch in batches:
            pieces += [each for each in batch if not isinstance(each, Finish)]
            if isinstance(batch[-1], Finish) and admitted.settled is not None:
                caller, given = admitted.caller, admitted.settled.call
                if given.status == "completed":
                    asked = caller.found.asked
                    call = JudgedCall(caller.key, given.id, asked.user, origin=asked.origin)
                    call = answered(call, admitted.target.request)
                    spans = [span for run in runs_of(pieces) for span in run.spans]
                    judge_later(admitted.worker, call, seen.screen, "output", spans, mark)
            yield batch


def judge_later(
    worker: Worker, call: JudgedCall, screen: Screen, side: Side, spans: Sequence[Span], mark: Mark
) -> None:
    """Have a text judged beside the call; what is found is written down."""
    questions = screen.side(side).later
    asked = asked_about(spans)
    if not questions or not asked:
        return
    purpose = purpose_of(worker, call.key, worker.view.remit(call.use_case), "", call.user)
    worker.judges.apart(_judge(worker, call, purpose, screen, side, [span for _, span in asked], mark))


async def _judge(
    worker: Worker,
    call: JudgedCall,
    purpose: Purpose,
    screen: Screen,
    side: Side,
    spans: Sequence[Span],
    mark: Mark,
) -> None:
    began, questions = monotonic(), screen.side(side).later
    if worker.judges.asked_apart > AT_ONCE_MAX:
        found = [unheard(each, asked_about(spans)) for each in questions]
    else:
        found = await ask(worker, call, questions, side, spans, mark)
    if not found:
        return
    at, characters = worker.system.clock.now(), length(spans)
    entry = GuardrailCheck(
        id=worker.system.ids.new(at),
        at=at,
        purpose=purpose,
        side=side,
        action="none",
        guardrails=_origins(screen, questions),
        findings=noted(screen.guards, side, found),
        units=Units(custom=len(_origins(screen, questions)) * -(-characters // UNIT_CHARACTERS)),
        characters=characters,
        latency_ms=int((monotonic() - began) * 1000),
        judges=call.id,
    )
    # What the journal refuses now is written before any later entry.
    with suppress(JournalError):
        worker.record(entry)


def _origins(screen: Screen, questions: Sequence[Question]) -> dict[str, str]:
    return {each.address: screen.guards[each.guard].origin for each in questions}
