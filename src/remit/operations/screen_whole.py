"""Screen a whole answer: one that nobody has before its end is read when it is there, all of it at once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from remit.enforce.answer import Delta, Finish, ModelEvent, Piece
from remit.enforce.guardrail.look import strictest
from remit.enforce.guardrail.noted import noted
from remit.enforce.guardrail.run import rewritten, runs_of
from remit.enforce.guardrail.screen import Finding, Screen
from remit.enforce.guardrail.spans import grounding_of
from remit.enforce.guardrail.watch import scores_of, ungrounded
from remit.operations.admitted import Admitted
from remit.operations.asked import Seen
from remit.operations.screen_answer import ending
from remit.operations.screen_input import read
from remit.operations.screens import AT_ONCE_CHARACTERS


async def screened_whole(
    admitted: Admitted, seen: Seen, events: AsyncGenerator[Sequence[ModelEvent], None]
) -> AsyncGenerator[Sequence[ModelEvent], None]:
    """Give an answer as its guardrails let it pass, or their message in its place.

    An answer that breaks off gives nothing: whoever asked for it whole is told so instead.
    """
    pieces: list[Piece] = []
    async with aclosing(events) as batches:
        async for batch in batches:
            for event in batch:
                if isinstance(event, Finish):
                    yield await _passed(admitted, seen, pieces, event)
                    return
                pieces.append(event)
                admitted.written += getattr(event, "tokens", 0)


async def _passed(
    admitted: Admitted, seen: Seen, pieces: Sequence[Piece], finish: Finish
) -> list[ModelEvent]:
    worker, use_case, screen = admitted.worker, admitted.hold.purpose.use_case, seen.screen
    runs = runs_of(pieces)
    spans = [span for run in runs for span in run.spans]
    screening = await read(worker, use_case, seen.guards, screen, "output", spans, seen.vault)
    findings = [*screening.findings, *await _unsupported(admitted, seen, pieces)]
    if not findings:
        return [*pieces, finish]
    admitted.found = noted(screen.guards, "output", findings)
    if strictest(findings) == "block":
        return [Delta(screen.message("output", findings), 0), ending(admitted, finish, 0)]
    texts = iter(screening.texts)
    return [*(piece for run in runs for piece in rewritten(run, [next(texts) for _ in run.spans])), finish]


async def _unsupported(admitted: Admitted, seen: Seen, pieces: Sequence[Piece]) -> list[Finding]:
    """Weigh an answer against the sources of its request, if that is asked for; what was thought is none."""
    if not seen.screen.output.scores:
        return []
    sources, query = grounding_of(admitted.target.request)
    answer = "".join(piece.text for piece in pieces if isinstance(piece, Delta))

    def weighed(screen: Screen) -> list[Finding]:
        return ungrounded(screen, answer, scores_of(screen, answer, sources, query))

    if len(answer) + sum(map(len, sources)) > AT_ONCE_CHARACTERS:
        return await admitted.worker.screens.apart(seen.guards, weighed)
    return weighed(seen.screen)
