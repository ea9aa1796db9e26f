"""Followers: whatever is to be told of every entry is told once it stands in a journal, off the call path.

A follower is given every entry at least once, in the order of its journal, from the time when it was first
set up. Where it has come to is kept in the store after it took what it was given, so the end of this process
at any moment costs only that it is given some entries again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from remit.kernel.errors import JournalTampered, RemitError, where
from remit.operations.fold_ledger import broken, fold_ledger
from remit.operations.sealed_lines import read_let_go
from remit.operations.system import CONTROL, System
from remit.ports_record import Follower
from remit.record.chain import Broken, Position, start, walk
from remit.record.following import Fault
from remit.record.ledgered import Ledgered, decode

INTERVAL_S = 0.2
ENTRIES_MAX = 500
"""How many entries a follower is given at once."""
PAUSE_MAX_S = 60.0
_BYTES = 1 << 20
_LOG = logging.getLogger("remit.followers")

Pause = Callable[[float], Awaitable[object]]


@runtime_checkable
class Seldom(Protocol):
    """A follower that looks for what is new only so often."""

    interval_s: float


@runtime_checkable
class Closing(Protocol):
    """A follower that holds something outside the process."""

    async def close(self) -> None: ...


async def keep_following(system: System, followers: Sequence[Follower], stop: asyncio.Event) -> None:
    """Run every follower until told to stop, each by itself: one that cannot go on holds up no other."""
    tasks = [asyncio.create_task(follow(system, each)) for each in followers]
    await stop.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for each in followers:
        if isinstance(each, Closing):
            await each.close()


async def follow(system: System, follower: Follower, *, pause: Pause = asyncio.sleep) -> None:
    """Give a follower what is new, for good; what fails is tried again, after longer and longer pauses."""
    positions: dict[str, Position] = {}
    failed = 0
    noted = True
    while True:
        try:
            if not positions:
                positions = await asyncio.to_thread(begin, system, follower.name)
            await take_new(system, follower, positions)
            if noted:
                await asyncio.to_thread(system.store.note_fault, follower.name, None)
                noted = False
        except Exception as error:  # noqa: BLE001 (a door: the fault of one follower is no other's)
            failed += 1
            noted = True
            await note(system, follower.name, error, first=failed == 1)
            await pause(pause_s(failed, system.ids.draw(), at_least_s=getattr(error, "retry_after_s", None)))
        else:
            failed = 0
            await pause(follower.interval_s if isinstance(follower, Seldom) else INTERVAL_S)


def pause_s(failed: int, draw: float, *, at_least_s: float | None = None) -> float:
    """Say how long to wait after so many failures on end, spread by `draw`, which is from 0 up to 1.

    >>> [pause_s(failed, 0) for failed in (1, 2, 3, 9, 1000)]
    [0.25, 0.5, 1.0, 30.0, 30.0]
    >>> pause_s(1, 0, at_least_s=7)
    7.0
    """
    longest = min(PAUSE_MAX_S, 0.25 * 2.0 ** min(failed, 10))
    wanted = 0.0 if at_least_s is None else min(float(at_least_s), PAUSE_MAX_S)
    return max(wanted, longest * (0.5 + draw / 2))


def begin(system: System, name: str) -> dict[str, Position]:
    """Return how far a follower has come in each journal; a new one begins where the ledger ends now.

    A journal that it has no position in was made later, and is taken from its first line.
    """
    found = system.store.follower(name)
    if CONTROL in found:
        return found
    fold_ledger(system)
    ends = {CONTROL: start(CONTROL), **system.store.positions()}
    # INVARIANT: the position in `control` is written last, so that who is ended meanwhile begins anew.
    for journal in sorted(ends, key=lambda each: each == CONTROL):
        system.store.follow(name, journal, ends[journal])
    return ends


async def take_new(system: System, follower: Follower, positions: dict[str, Position]) -> int:
    """Give a follower whatever is new, and move its positions; returns how many entries it was given.

    A journal that was tampered with stops where it was, and the others go on; raises JournalTampered then.
    """
    taken = 0
    tampered: JournalTampered | None = None
    for journal in await asyncio.to_thread(behind, system, positions):
        try:
            taken += await _take_journal(system, follower, journal, positions)
        except JournalTampered as error:
            tampered = error
    if tampered is not None:
        await asyncio.to_thread(system.store.halt, tampered.summary)
        raise tampered
    return taken


async def _take_journal(
    system: System, follower: Follower, journal: str, positions: dict[str, Position]
) -> int:
    taken = 0
    while True:
        at = positions.get(journal, start(journal))
        entries, after = await asyncio.to_thread(read_next, system, journal, at)
        if not entries:
            return taken
        await follower.take(entries)
        await asyncio.to_thread(system.store.follow, follower.name, journal, after)
        positions[journal] = after
        taken += len(entries)


def behind(system: System, positions: dict[str, Position]) -> list[str]:
    """Name the journals that do not end where the follower is."""
    names = {**dict.fromkeys(system.journals.names()), **positions}
    return [name for name in names if system.journals.size(name) != _offset(positions, name)]


def _offset(positions: dict[str, Position], name: str) -> int:
    return positions[name].offset if name in positions else 0


def read_next(system: System, journal: str, at: Position) -> tuple[list[Ledgered], Position]:
    """Read the next entries, as many as are given at once; a broken line is told of when it is the next."""
    if system.journals.size(journal) < at.offset:
        raise broken(journal, Broken(at.lines, at.offset, "the journal ends before what was taken in"))
    entries: list[Ledgered] = []
    gone = system.store.let_go().get(journal)
    if gone is not None and at.lines < gone.lines:
        # A follower that was away for long: what has expired meanwhile it is not told.
        entries, at = read_let_go(system, journal, at, gone, limit=ENTRIES_MAX)
        if entries:
            return entries, at
    for step in walk(system.journals.read(journal, at.offset, bytes_max=_BYTES), at):
        fault = step if isinstance(step, Broken) else None
        if not isinstance(step, Broken):
            try:
                entry = decode(step[1])
            except msgspec.DecodeError:
                fault = Broken(step[0].lines, at.offset, "the line is not an entry")
            else:
                entries.append(entry)
                at = step[0]
        if fault is not None and not entries:
            raise broken(journal, fault)
        if fault is not None or len(entries) == ENTRIES_MAX:
            break
    return entries, at


async def note(system: System, name: str, error: Exception, *, first: bool) -> None:
    """Say what keeps a follower, in the log once and in the store where others see it."""
    code, summary = (
        (error.code, error.summary) if isinstance(error, RemitError) else ("internal-fault", where(error))
    )
    if first:
        _LOG.warning("follower `%s` cannot go on and tries again: %s", name, summary)
    fault = Fault(system.clock.now(), code, summary)
    try:
        await asyncio.to_thread(system.store.note_fault, name, fault)
    except RemitError:
        # The store is what fails; whoever looks cannot read it either.
        return
