"""Lines: who waits for room under a limit on rates, in the order in which they came."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

WAITING_MAX = 1_000
"""How many calls wait in one worker; those beyond are refused at once, as without waiting."""


@dataclass(slots=True, eq=False)
class Place:
    """One call's place in the line for a model, within its use case."""

    use_case: str
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

    def join(self, use_case: str, model: str) -> Place | None:
        """Take the last place; None where too many wait."""
        if self._count >= WAITING_MAX:
            return None
        self._count += 1
        place = Place(use_case, model)
        self._lines.setdefault(use_case, []).append(place)
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
        return next(each for each in self._lines[place.use_case] if each.model == place.model) is place

    def freed(self, use_case: str) -> None:
        """Call the first in each line of a use case: one of its calls has ended, or left its place."""
        called: set[str] = set()
        for place in self._lines.get(use_case, ()):
            if place.model not in called:
                called.add(place.model)
                place.called.set()
