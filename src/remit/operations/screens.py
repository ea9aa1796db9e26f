"""Screens: what the guardrails in force look for, compiled once and kept by what they say.

To compile takes up to a second, so no call does it: a thread does, as soon as guardrails are in force. Long
texts are read by that thread as well, with detectors of its own, so that no other call waits for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TypeVar

from remit.enforce.decision import Decision
from remit.enforce.guardrail.guards import NO_GUARDS, Guards
from remit.enforce.guardrail.kit import Kit
from remit.enforce.guardrail.look import Mark, look
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.screen import Screen, Screening, compile_screen
from remit.enforce.guardrail.trust import Side, Span
from remit.operations.system import System
from remit.operations.view import View

_T = TypeVar("_T")

AT_ONCE_CHARACTERS = 8_000
"""How long the texts of a call may be together that are read where they are, and not by the thread."""

KEPT_MAX = 256
"""How many screens are kept: calls may name guardrails beside those of their remit."""


class Screens:
    """The screens of one worker."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._kits: dict[str, Kit] = {}
        self._ready: dict[str, Screen] = {}
        self._apart: dict[str, Screen] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="guardrails")

    def ready(self, guards: Guards) -> Screen | None:
        """Return the screen of these guardrails, if it is compiled."""
        return self._ready.get(guards.digest)

    async def obtain(self, guards: Guards) -> Screen:
        """Return the screen of these guardrails, and have it compiled if it is not."""
        found = self._ready.get(guards.digest)
        if found is None:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._thread, self._compiled, "calls", guards)
            if len(self._ready) >= KEPT_MAX:
                self._ready.clear()
            self._ready[guards.digest] = found
        return found

    async def look_apart(
        self, guards: Guards, side: Side, spans: Sequence[Span], vault: Vault, mark: Mark
    ) -> Screening:
        """Read long texts in the thread."""
        return await self.apart(guards, lambda screen: look(screen, side, spans, vault, mark=mark))

    async def apart(self, guards: Guards, read: Callable[[Screen], _T]) -> _T:
        """Have something read in the thread, with detectors of its own."""

        def run() -> _T:
            screen = self._apart.get(guards.digest)
            if screen is None:
                self._apart.clear()
                screen = self._apart[guards.digest] = self._compiled("thread", guards)
            return read(screen)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    async def prepare(self, view: View, day: date) -> list[Screen]:
        """Compile what the use cases of a view pass, before any call asks for it."""
        wanted: dict[str, Guards] = {}
        for use_case in view.model.use_cases:
            guards = view.guards(use_case, day) if use_case in view.stages else NO_GUARDS
            if not isinstance(guards, Decision) and guards.each:
                wanted[guards.digest] = guards
        return [await self.obtain(each) for each in wanted.values()]

    def close(self) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _compiled(self, whose: str, guards: Guards) -> Screen:
        if whose not in self._kits:
            self._kits[whose] = self._system.make_kit()
        return compile_screen(guards.each, self._kits[whose])


def length(spans: Iterable[Span]) -> int:
    return sum(len(span.text) for span in spans)
