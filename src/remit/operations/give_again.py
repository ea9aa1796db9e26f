"""Give an answer again, or pass it on and keep it for the next who asks the same."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from remit.enforce.answer import Finish, ModelEvent
from remit.operations.admitted import Admitted
from remit.operations.answer_cache import keep


async def given_again(
    admitted: Admitted, asked: AsyncGenerator[Sequence[ModelEvent], None]
) -> AsyncGenerator[Sequence[ModelEvent], None]:
    """Give out what is kept; where nothing is, what is `asked` of the provider, and keep that."""
    async with aclosing(asked) as batches:
        if admitted.kept is not None:
            yield admitted.kept
            return
        events: list[ModelEvent] = []
        async for batch in batches:
            events += batch
            if isinstance(batch[-1], Finish):
                _keep(admitted, events)
            yield batch


def _keep(admitted: Admitted, events: Sequence[ModelEvent]) -> None:
    assert admitted.settled is not None, "a call is settled before the last of its answer is given out"
    assert admitted.place is not None, "asked only where answers are kept"
    keep(admitted.worker, admitted.place, admitted.settled.call, events)
