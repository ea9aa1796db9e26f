"""Screen an answer: have the guardrails read what comes back from a model, before anybody has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from remit.enforce.answer import Delta, Finish, ModelEvent, Piece
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.noted import noted
from remit.enforce.guardrail.restore import Restorer, with_originals
from remit.enforce.guardrail.screen import Screen
from remit.enforce.guardrail.slice import slices
from remit.enforce.guardrail.spans import grounding_of
from remit.enforce.guardrail.watch import Watch
from remit.kernel.usage import Usage
from remit.operations.admitted import Admitted
from remit.operations.asked import Seen
from remit.operations.screen_input import mark_of


async def screened(
    admitted: Admitted, seen: Seen, events: AsyncGenerator[Sequence[ModelEvent], None]
) -> AsyncGenerator[Sequence[ModelEvent], None]:
    """Pass on what the guardrails let go of a stream; where they stop it, their message is its end.

    What they found is noted with the call. A stopped provider is not read on: what it had written is charged.
    """
    watch = _watch(admitted, seen)
    written = 0
    async with aclosing(events) as batches:
        async for batch in batches:
            last = batch[-1]
            finish = last if isinstance(last, Finish) else None
            pieces: Sequence[Piece] = [each for each in batch if not isinstance(each, Finish)]
            written += sum(piece.tokens for piece in pieces if not isinstance(piece, Finish))
            admitted.written = written
            out: list[ModelEvent] = [*await fed(watch, pieces)]
            if finish is not None:
                out += watch.close()
            admitted.found = noted(seen.screen.guards, "output", watch.findings) if watch.findings else ()
            if watch.stopped:
                yield [
                    *out,
                    Delta(seen.screen.message("output", watch.findings), 0),
                    ending(admitted, finish, written),
                ]
                return
            if finish is not None:
                yield [*out, finish]
            elif out:
                yield out


async def fed(watch: Watch, pieces: Sequence[Piece]) -> list[Piece]:
    """Have pieces read; between the slices of a long answer, what waits beside it has its turn."""
    out: list[Piece] = []
    for number, lot in enumerate(slices(pieces)):
        if number:
            await asyncio.sleep(0)
        out += watch.feed(lot)
        if watch.stopped:
            break
    return out


def _watch(admitted: Admitted, seen: Seen) -> Watch:
    mark = mark_of(admitted.worker, admitted.hold.purpose.use_case)
    sources, query = grounding_of(admitted.target.request) if seen.screen.output.scores else ((), "")
    return Watch(
        seen.screen,
        seen.vault,
        mark,
        sources=sources,
        query=query,
        least=admitted.caller.found.asked.streaming,
    )


def ending(admitted: Admitted, finish: Finish | None, written: int) -> Finish:
    """End an answer that guardrails stop; a provider that is not read on has given no count."""
    if finish is not None:
        return Finish("guardrail", finish.usage, finish.served_model, estimated=finish.estimated)
    hold = admitted.hold
    usage = Usage(input_tokens=hold.input_tokens_estimate, output_tokens=min(written, hold.output_tokens_max))
    return Finish("guardrail", usage, "", estimated=True)


def may_see(screen: Screen, vault: Vault, *, agent: str) -> bool:
    """Say whether a caller gets back what was masked on the way to the model."""
    return bool(vault) and (screen.restores == "everybody" or (screen.restores == "people" and not agent))


async def restored(
    seen: Seen, events: AsyncGenerator[Sequence[ModelEvent], None]
) -> AsyncGenerator[Sequence[ModelEvent], None]:
    """Put what was masked in the place of its tokens; it is the last thing that happens to an answer."""
    restorer = Restorer(seen.vault)
    async with aclosing(events) as batches:
        async for batch in batches:
            out: list[ModelEvent] = []
            for event in batch:
                out += with_originals(restorer, event)
            if out:
                yield out
