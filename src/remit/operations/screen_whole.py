"""Screen a whole answer: one that nobody has before its end is read when it is there, all of it at once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from remit.enforce.answer import Delta, Finish, ModelEvent, Piece
from remit.enforce.guardrail.look import strictest
from remit.enforce.guardrail.noted import noted
from remit.enforce.guardrail.run import rewritten, runs_of
from remit.enforce.guardrail.screen import Finding
from remit.enforce.guardrail.spans import grounding_of
from remit.enforce.guardrail.trust import Span
from remit.enforce.guardrail.watch import scores_of, ungrounded
from remit.operations.admitted import Admitted
from remit.operations.asked import Seen
from remit.operations.screen_answer import ending
from remit.operations.screen_input import read


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
    findings = [*screening.findings, *_unsupported(admitted, seen, spans)]
    if not findings:
        return [*pieces, finish]
    admitted.found = noted(screen.guards, "output", findings)
    if strictest(findings) == "block":
        return [Delta(screen.message("output", findings), 0), ending(admitted, finish, 0)]
    texts = iter(screening.texts)
    return [*(piece for run in runs for piece in rewritten(run, [next(texts) for _ in run.spans])), finish]


def _unsupported(admitted: Admitted, seen: Seen, spans: Sequence[Span]) -> list[Finding]:
    """Weigh an answer against the sources of its request, where that is asked for."""
    if not seen.screen.output.scores:
        return []
    sources, query = grounding_of(admitted.target.request)
    answer = "".join(span.text for span in spans if span.trust == "answer")
    return ungrounded(seen.screen, answer, scores_of(seen.screen, answer, sources, query))
