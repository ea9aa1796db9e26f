"""What runs of agents have done, as protocols: what they know, how far they reached, and each effect, once.

Texts of runs are sealed wherever they are kept.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from remit.enforce.tool.bound import Bound, Full
from remit.enforce.tool.reach import Reached
from remit.record.tool_effect import Effect, EffectState, KeptRun, Taken, Waiting


class Runs(Protocol):
    """Runs, and what each has learned, sealed."""

    def open_run(self, run: KeptRun, learned: bytes) -> None:
        """Keep a run that begins, with what it knows from the beginning."""
        ...

    def run(self, id: str) -> KeptRun | None: ...

    def runs(self, *, limit: int) -> list[KeptRun]:
        """List runs, the youngest first."""
        ...

    def learned(self, run: str, *, after: int = 0) -> list[bytes]:
        """Return what a run has learned beyond its first steps, in their order."""
        ...

    def learn(self, run: str, learned: bytes) -> None:
        """Add what a run has learned."""
        ...

    def end_run(self, id: str, at: datetime) -> None:
        """End a run and all within it, and forget every text of them; their effects and counts stay."""
        ...


class Effects(Runs, Protocol):
    """The ledger of effects with the counts that bound them, so that one step changes both.

    INVARIANT: whatever comes at the same time, no scope reaches more than its bounds, no step and no consent
    has two effects, and what `claim` returned None for is on disk if it is `durable`.
    """

    def reached(
        self, tool: str, scopes: Collection[str], *, targets: Collection[str], records: Collection[str]
    ) -> dict[str, Reached]:
        """Say how far calls of a tool have reached in scopes; of marks only the asked ones are named."""
        ...

    def claim(self, effect: Effect, taken: Taken, bounds: Sequence[Bound]) -> Effect | Full | None:
        """Begin an effect and count it. Returns what stands in the way, and then nothing was changed.

        That is an effect of the same step or the same consent, the same deed if it was done more often by
        now than its `times`, or a bound that it would pass. Raises Conflict
        with the code `run-over` where its run has ended.
        """
        ...

    def finish(
        self,
        claim: str,
        state: EffectState,
        *,
        entry: bytes,
        at: datetime,
        brought: bytes = b"",
        learned: bytes = b"",
        undone: bool = False,
    ) -> None:
        """Say what came of an effect, and what its run learned from it, in one step.

        With `undone` it is certain that its target was not asked: its call and its money are given back.
        """
        ...

    def tell(self, claims: Collection[str]) -> None:
        """Note that the ledger has the entries of these effects."""
        ...

    def effect(self, claim: str) -> Effect | None: ...

    def of_step(self, run: str, step: str) -> Effect | None:
        """Find the effect of a step; a step without a name has none."""
        ...

    def of_approval(self, request: str) -> Effect | None:
        """Find the effect that has used up a consent."""
        ...

    def same(self, same: str, *, runs: Collection[str], use_case: str, reference: str) -> list[Effect]:
        """List what was done, or may have been, that is the same deed: in runs, or for a reference.

        What certainly was not done is none, and neither is anything for an empty reference.
        """
        ...

    def brought(self, claim: str) -> bytes:
        """Return what a tool gave; empty where nothing is kept of it any more."""
        ...

    def effects(
        self,
        *,
        states: Collection[EffectState] = (),
        run: str = "",
        holder: str = "",
        untold: bool = False,
        limit: int = 500,
    ) -> list[Effect]:
        """List effects, the youngest first; `untold` are those whose entry the ledger does not have yet."""
        ...

    def wait(self, waiting: Waiting) -> None:
        """Keep what a call that waits for a person would be given, sealed."""
        ...

    def waiting(self, request: str) -> Waiting | None: ...

    def waits(self, run: str, meant: str) -> list[Waiting]:
        """List what waits of just this call in a run, the youngest first."""
        ...

    def forget(self, before: datetime) -> None:
        """Forget counts and ended runs of before a time, but no effect that is open."""
        ...

    def close(self) -> None: ...
