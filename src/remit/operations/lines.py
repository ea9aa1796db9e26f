"""Lines: who waits for room under a limit on rates, in the order in which they came."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

WAITING_MAX = 1_000
OF_ONE_USE_CASE_MAX = 200
"""How many calls wait in one worker, and of one use case; those beyond are refused as without waiting."""


@dataclass(slots=True, eq=False)
class Place:
    """One call's place in its line: that of its key for the model that it asks for."""

    use_case: str
    key: str
    model: str
    called: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, within_s: float) -> None:
        """Wait until it may be this call's turn, or until so many seconds have gone."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self.called.wait()
        self.called.clear()


class Lines:
    """The calls that wait in one worker."""

    def __init__(self) -> None:
        self._lines: dict[str, list[Place]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def join(self, use_case: str, key: str, model: str) -> Place | None:
        """Take the last place; None where too many wait.

        A limit can be a key's alone, or a model's: who waits for one of those keeps nobody else waiting.
        """
        line = self._lines.get(use_case, [])
        if self._count >= WAITING_MAX or len(line) >= OF_ONE_USE_CASE_MAX:
            return None
        self._count += 1
        place = Place(use_case, key, model)
        line.append(place)
        self._lines[use_case] = line
        return place

    def leave(self, place: Place) -> None:
        """Give a place up, and call the one behind it."""
        line = self._lines[place.use_case]
        line.remove(place)
        self._count -= 1
        if not line:
            del self._lines[place.use_case]
        self.freed(place.use_case)

    def is_first(self, place: Place) -> bool:
        same = place.key, place.model
        return next(each for each in self._lines[place.use_case] if (each.key, each.model) == same) is place

    def freed(self, use_case: str) -> None:
        """Call the first in each line of a use case: one of its calls has ended, or left its place."""
        called: set[tuple[str, str]] = set()
        for place in self._lines.get(use_case, ()):
            if (place.key, place.model) not in called:
                called.add((place.key, place.model))
                place.called.set()
