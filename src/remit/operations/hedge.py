"""Hedge: ask a model a second time when its answer is slow to begin, and take the answer that begins first.

Both are paid for: the second is a call like the first, with its own hold, entry and place under the rates.
The one that is not taken is stopped, and charged by an estimate of what it was asked. Where rules, rates or
budgets have no room for it, there is no second one, and nobody is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress

from remit.enforce.answer import ModelEvent
from remit.operations.authorize import Admitted, beside

Batches = AsyncGenerator[Sequence[ModelEvent], None]
Beginning = asyncio.Task[Sequence[ModelEvent]]


async def hedged(
    admitted: Admitted,
    first: Batches,
    *,
    after_s: float,
    ask: Callable[[Admitted], Batches],
    lose: Callable[[Admitted], None],
) -> Batches:
    """Give out the events of `first`, or of a second asking if that one begins sooner.

    `ask` asks the provider for another call, `lose` settles the one that was not taken. A fault of one is
    passed over while the other may still answer.
    """
    rival: Admitted | None = None
    beginnings: dict[Beginning, Batches] = {_begin(first): first}
    taken: Beginning | None = None
    try:
        done, _ = await asyncio.wait(beginnings, timeout=after_s)
        if not done and (rival := beside(admitted)) is not None:
            second = ask(rival)
            beginnings[_begin(second)] = second
        taken = await _earliest(beginnings)
        for beginning, batches in beginnings.items():
            if beginning is not taken:
                await _stop(beginning, batches)
        if rival is not None:
            lose(rival)
            rival = None
        with suppress(StopAsyncIteration):
            yield taken.result()
            async for batch in beginnings[taken]:
                yield batch
    finally:
        for beginning, batches in beginnings.items():
            await _stop(beginning, batches)
        if rival is not None:
            lose(rival)


def _begin(batches: Batches) -> Beginning:
    async def begin() -> Sequence[ModelEvent]:
        return await anext(batches)

    return asyncio.create_task(begin())


async def _earliest(beginnings: dict[Beginning, Batches]) -> Beginning:
    """Wait for the first that begins; where none does, it is the one whose fault is told, the first's."""
    waiting = set(beginnings)
    while waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for beginning in beginnings:
            if beginning in done and beginning.exception() is None:
                return beginning
    return next(iter(beginnings))


async def _stop(beginning: Beginning, batches: Batches) -> None:
    """End one asking, whatever it is doing."""
    if not beginning.done():
        beginning.cancel()
        await asyncio.wait([beginning])
    if not beginning.cancelled():
        # Its fault, if it has one, was told or passed over.
        beginning.exception()
    await batches.aclose()
