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
from remit.kernel.errors import RemitError
from remit.operations.system import System
from remit.operations.view import View

_T = TypeVar("_T")

AT_ONCE_CHARACTERS = 2_000
"""How long the texts of a call may be together that are read where they are, and not by the thread."""

KEPT_MAX = 64
"""How many screens are kept of guardrails that calls name beside those of their remit."""

APART_MAX = 16
"""How many screens the thread keeps for itself."""


class Screens:
    """The screens of one worker. The thread alone adds to what is kept, so that none is compiled twice."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._kits: dict[str, Kit] = {}
        # What use cases pass stays, however many others calls name.
        self._prepared: dict[str, Screen] = {}
        self._named: dict[str, Screen] = {}
        self._apart: dict[str, Screen] = {}
        # To find out again and again that something is missing would take the thread from those that wait.
        self._failed: dict[str, RemitError] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="guardrails")

    def ready(self, guards: Guards) -> Screen | None:
        """Return the screen of these guardrails, if it is compiled."""
        return self._prepared.get(guards.digest) or self._named.get(guards.digest)

    async def obtain(self, guards: Guards) -> Screen:
        """Return the screen of these guardrails, and have it compiled if it is not."""

        def compiled() -> Screen:
            return self.ready(guards) or self._kept(self._named, "calls", guards, most=KEPT_MAX)

        found = self.ready(guards)
        return found if found is not None else await self._in_thread(compiled)

    async def look_apart(
        self, guards: Guards, side: Side, spans: Sequence[Span], vault: Vault, mark: Mark
    ) -> Screening:
        """Read long texts in the thread."""
        return await self.apart(guards, lambda screen: look(screen, side, spans, vault, mark=mark))

    async def apart(self, guards: Guards, read: Callable[[Screen], _T]) -> _T:
        """Have something read in the thread, with detectors of its own."""

        return await self._in_thread(lambda: read(self._kept(self._apart, "thread", guards, most=APART_MAX)))

    async def prepare(self, view: View, day: date) -> list[Screen]:
        """Compile what the use cases of a view pass, before any call asks for it."""
        wanted: dict[str, Guards] = {}
        for use_case in view.model.use_cases:
            guards = view.guards(use_case, day) if use_case in view.stages else NO_GUARDS
            if not isinstance(guards, Decision) and guards.each:
                wanted[guards.digest] = guards
        self._failed.clear()
        found = {digest: await self.obtain(guards) for digest, guards in wanted.items()}
        self._prepared = found
        return list(found.values())

    def close(self) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _kept(self, kept: dict[str, Screen], whose: str, guards: Guards, *, most: int) -> Screen:
        """Compile a screen, or return the one that is kept; of those that are too many the oldest goes."""
        found = kept.pop(guards.digest, None)
        if found is None:
            found = self._compiled(whose, guards)
            while len(kept) >= most:
                del kept[next(iter(kept))]
        kept[guards.digest] = found
        return found

    def _compiled(self, whose: str, guards: Guards) -> Screen:
        """Compile a screen; one that could not be is not tried again before the view is another one."""
        if (failed := self._failed.get(guards.digest)) is not None:
            raise failed
        try:
            if whose not in self._kits:
                self._kits[whose] = self._system.make_kit()
            return compile_screen(guards.each, self._kits[whose])
        except (RemitError, ValueError) as error:
            self._failed[guards.digest] = failed = _said(error)
            raise failed from None


def _said(error: RemitError | ValueError) -> RemitError:
    """Say as a fault of what was declared that a detector cannot be made of it."""
    if isinstance(error, RemitError):
        return error
    help = "ask the guardrail's owner to declare it otherwise"
    return RemitError(
        f"the guardrails of this call cannot be made: {error}", help=help, code="guardrail-unusable"
    )


def length(spans: Iterable[Span]) -> int:
    return sum(len(span.text) for span in spans)
