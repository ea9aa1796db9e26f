"""Hedge: ask a model a second time when its answer is slow to begin, and take the answer that begins first.

Both are paid for: the second is a call like the first, with its own hold, entry and place under the rates.
The one that is not taken is stopped, and charged by an estimate of what it was asked; one that failed by
itself is an attempt that failed like any other. Where rules, rates or budgets have no room for a second one,
there is none, and nobody is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import suppress

from remit.enforce.answer import ModelEvent
from remit.operations.admitted import Admitted
from remit.operations.authorize import beside

Batches = AsyncGenerator[Sequence[ModelEvent], None]
Beginning = asyncio.Task[Sequence[ModelEvent]]


async def hedged(
    admitted: Admitted,
    first: Batches,
    *,
    after_s: float,
    ask: Callable[[Admitted], Batches],
    lose: Callable[[Admitted, BaseException | None], None],
) -> Batches:
    """Give out the events of `first`, or of a second asking if that one begins sooner.

    `ask` asks the provider for another call, `lose` settles the one that was not taken and is told the fault
    by which it ended, if it did. A fault of one is passed over while the other may still answer. The entry of
    the second call stands for the asking that was not taken, whichever of the two that was.
    """
    rival: Admitted | None = None
    fault: BaseException | None = None
    beginnings: dict[Beginning, Batches] = {_begin(first): first}
    taken: Beginning | None = None
    try:
        done, _ = await asyncio.wait(beginnings, timeout=after_s)
        if not done and (rival := beside(admitted)) is not None:
            second = ask(rival)
            beginnings[_begin(second)] = second
        taken = await _earliest(beginnings)
        fault = _fault(beginnings, taken)
        for beginning, batches in beginnings.items():
            if beginning is not taken:
                await _stop(beginning, batches)
        if rival is not None:
            lost, rival = rival, None
            lose(lost, fault)
        with suppress(StopAsyncIteration):
            yield taken.result()
            async for batch in beginnings[taken]:
                yield batch
    finally:
        fault = fault or _fault(beginnings, taken)
        try:
            # Cancelling may strike again while one is waited for: each is told to end before that.
            for beginning in beginnings:
                beginning.cancel()
            for beginning, batches in beginnings.items():
                await _stop(beginning, batches)
        finally:
            if rival is not None:
                lose(rival, fault)


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


def _fault(beginnings: Iterable[Beginning], taken: Beginning | None) -> BaseException | None:
    """Return the fault of one that is not taken; None where none has failed."""
    for beginning in beginnings:
        if beginning is not taken and beginning.done() and not beginning.cancelled():
            fault = beginning.exception()
            if fault is not None:
                return fault
    return None


async def _stop(beginning: Beginning, batches: Batches) -> None:
    """End one asking, whatever it is doing."""
    if not beginning.done():
        beginning.cancel()
        await asyncio.wait([beginning])
    if not beginning.cancelled():
        # Its fault, if it has one, was told or passed over.
        beginning.exception()
    await batches.aclose()
