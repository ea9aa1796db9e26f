"""Leases of one worker: what it may spend without asking, and how it asks when that is not enough.

Calls never wait while their lease lasts; it is filled up again beforehand. Those that do not fit wait
together for one question to the store. Where the store has nothing left, the other workers give back what
they do not use, and the calls that still do not fit are refused.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from remit.enforce.account import Account
from remit.enforce.escrow import Grant, Need, Retained, Want, is_short
from remit.kernel.errors import RemitError, StoreError
from remit.kernel.money import EXACT, ZERO
from remit.operations.purse import Purse
from remit.operations.purses import Purses
from remit.operations.rates import Rates
from remit.ports import Leases

TICK_S = 0.05
"""How often a worker that has something to give looks whether others want it."""

READ_S = 1.0
"""How old what is known of others may be, for budgets that calls here draw from."""

REST_S = 5.0
"""After how long without a call a worker gives everything back, and has nothing to look after."""

WAIT_S = 0.5
"""How long a call waits for what other workers may give back."""

LATE_S = 2.0
"""After how long a call that finds no lease ends, though nothing says that there is none."""

RETRY_AFTER_S = 1

SAY_AGAIN_S = 10.0
"""How often a log says that the store does not answer, while that goes on."""

_POLL_S = 0.01
_LOG = logging.getLogger("remit.gateway")
_T = TypeVar("_T")


@dataclass(slots=True)
class _Waiter:
    """A call that waits. `marks` are those under which others were asked to give back, by account."""

    needs: Sequence[Need]
    hopes: bool
    until: float
    done: asyncio.Future[bool]
    marks: dict[str, int] = field(default_factory=dict)


class Escrow:
    """The leases of one worker. Only its event loop's thread touches it; the store is asked in another."""

    def __init__(
        self,
        leases: Leases,
        worker: str,
        *,
        accounts: dict[str, Account],
        elsewhere: Mapping[str, Decimal],
        rates: Rates,
        rest_s: float = REST_S,
    ) -> None:
        self._leases, self._worker, self._rest_s = leases, worker, rest_s
        self._wake = asyncio.Event()
        self.purses = Purses(accounts, elsewhere, rates, self._wake.set)
        self._readers: list[asyncio.Future[None]] = []
        # What was used of each account at the last contact, for those that calls draw from.
        self._told: dict[str, Decimal] = {}
        self._read_at = self._used_at = 0.0
        self._resting = False
        self._waiters: list[_Waiter] = []
        self._releasing = False
        # What was let go of here and the store has not taken yet, and the last mark that it was told of.
        self._kept: dict[str, Retained] = {}
        self._answered = 0
        self._has_leases = False
        self._closed = False
        self._ended = asyncio.Event()
        self._ended.set()
        self._said_at = -SAY_AGAIN_S
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="remit-leases")

    async def obtain(self, needs: Sequence[Need], *, hopes: bool, until: float) -> bool:
        """Wait until a call's needs are leased; False if they cannot be had.

        With `hopes`, others are waited for to give back what they do not use, `until` then. Raises
        StoreError, also where the store has not answered a while after that.
        """
        if self._closed:
            raise _closing()
        waiter = _Waiter(needs, hopes, until, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        self._wake.set()
        async with _answered_by(until + LATE_S - WAIT_S):
            return await waiter.done

    async def read(self, accounts: Iterable[str]) -> None:
        """Find out what others claim of budgets now; where the store is out of reach, it stays as it was."""
        if self._closed:
            return
        self.purses.reading |= dict.fromkeys(self.purses.money(name) for name in accounts)
        read = asyncio.get_running_loop().create_future()
        self._readers.append(read)
        self._wake.set()
        with suppress(StoreError):
            async with _answered_by(asyncio.get_running_loop().time() + LATE_S):
                await read

    async def claim_user(
        self, use_case: str, user: str, *, since: datetime, limit: int, until: float
    ) -> frozenset[str]:
        """Count a user for all workers, if there may be one more; raises StoreError as `obtain` does."""
        async with _answered_by(until + LATE_S - WAIT_S):
            return await self._ask(lambda: self._leases.claim_user(use_case, user, since=since, limit=limit))

    def release_all(self) -> None:
        """Give back whatever is not used, because limits may have changed."""
        self._releasing = True
        self._wake.set()

    async def run(self) -> None:
        """Ask for what is needed and give back what others want, until closed."""
        self._ended.clear()
        try:
            while not self._closed:
                self._wake.clear()
                try:
                    await self._turn()
                except RemitError as error:
                    self._fail(error)
                pause_s = _POLL_S if self._waiters else TICK_S if self._has_leases else READ_S
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), pause_s)
        finally:
            self._ended.set()

    async def close(self) -> None:
        """Ask nothing any more; whoever waits still is turned away."""
        self._closed = True
        self._wake.set()
        self._fail(_closing())
        await self._ended.wait()
        for reader in self._readers:
            if not reader.done():
                reader.set_result(None)
        self._thread.shutdown()

    async def _ask(self, question: Callable[[], _T]) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, question)
        except RemitError as error:
            now = asyncio.get_running_loop().time()
            if now - self._said_at >= SAY_AGAIN_S:
                self._said_at = now
                _LOG.error("nothing can be leased: %s (%s)", error.summary, error.code)
            raise unavailable() from error

    def _fail(self, error: RemitError) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done.done():
                waiter.done.set_exception(error)

    def _read_again(self) -> None:
        """Look from time to time at what others claim of the accounts that calls draw from here."""
        now = asyncio.get_running_loop().time()
        if now - self._read_at >= READ_S:
            self._read_at = now
            purses = self.purses.by_account
            # Those of minutes that are over are gone.
            self._told = {name: used for name, used in self._told.items() if name in purses}
            changed = [purses[name] for name, used in self._told.items() if purses[name].used() != used]
            self.purses.reading |= dict.fromkeys(changed)
            if changed or not self._is_at_rest():
                self._used_at = now
            elif self._has_leases and now - self._used_at >= self._rest_s:
                self._releasing = self._resting = True

    def _is_at_rest(self) -> bool:
        purses = self.purses.by_account
        return all(purses[name].is_at_rest() for name in self._told if name in purses)

    async def _turn(self) -> None:
        readers, self._readers = self._readers, []
        try:
            await self._give()
            self._read_again()
            await self._lease()
        finally:
            # Whoever wanted to know what is left is told what is known, also where nothing could be asked.
            for reader in readers:
                if not reader.done():
                    reader.set_result(None)

    async def _lease(self) -> None:
        filling, self.purses.filling = self.purses.filling, {}
        reading, self.purses.reading = self.purses.reading, {}
        self._waiters = [waiter for waiter in self._waiters if not waiter.done.done()]
        wants = self._wants(filling, reading)
        if not wants:
            return
        # Also where nobody learns that it was granted there is something to give back.
        self._has_leases = True
        try:
            grants = await self._ask(lambda: self._leases.lease(self._worker, wants))
        except RemitError:
            self.purses.filling = filling | self.purses.filling
            self.purses.reading = reading | self.purses.reading
            raise
        told = {want.account: (want, grant) for want, grant in zip(wants, grants, strict=True)}
        for want, grant in told.values():
            purse = self.purses.by_account[want.account]
            purse.take(grant)
            self._told[want.account] = want.used
        self._resolve(told)

    async def _give(self) -> None:
        """Give back what others want, what is left of minutes that are over, and all if limits changed.

        What cannot be given back now stays let go of, and is given back the next time: before that nothing is
        leased, so what is kept of it still covers what is used.
        """
        kept, answered = self._kept, self._answered
        kept |= self.purses.close_minutes(answered)
        if self._releasing:
            self._releasing = False
            for each in self.purses.by_account.values():
                if each.room() > 0:
                    kept[each.account] = each.release(answered)
        if self._has_leases:
            after = answered
            for account, mark in (await self._ask(lambda: self._leases.wanted(after=after))).items():
                answered = max(answered, mark)
                # Also where it is wanted here: the calls that wait ask for it anew, and so does everybody.
                purse = self.purses.by_account.get(account)
                if purse is not None:
                    kept[account] = purse.release(mark)
                    purse.modest_until = asyncio.get_running_loop().time() + WAIT_S
        if kept:
            await self._ask(lambda: self._leases.give_back(self._worker, list(kept.values())))
            kept.clear()
        self._answered = answered
        if self._resting:
            # A call that began meanwhile may still give something back.
            self._resting, self._has_leases = False, not self._is_at_rest()

    def _wants(self, filling: Mapping[Purse, Decimal], reading: Iterable[Purse]) -> list[Want]:
        """Put what all calls wait for together, one want for each account, and what runs low."""
        wants = {
            purse.account: Want(purse.account, ZERO, purse.used(), ZERO, ZERO, grain=purse.book.grain)
            for purse in reading
            if purse.account in self.purses.by_account
        }
        now = asyncio.get_running_loop().time()
        for purse, amount in filling.items():
            if purse.account in self.purses.by_account and now >= purse.modest_until:
                limit, grain = purse.limit, purse.book.grain
                wants[purse.account] = Want(purse.account, limit, purse.used(), ZERO, amount, grain=grain)
        for waiter in self._waiters:
            for need in waiter.needs:
                purse = self.purses.money(need.account)
                purse.limit = need.limit
                before = wants.get(need.account)
                least = need.amount if before is None or not before.least else min(before.least, need.amount)
                most = need.amount if before is None else max(before.most, need.amount)
                marks = waiter.hopes and need.account not in waiter.marks
                marks = marks or (before is not None and before.marks)
                exactly = now < purse.modest_until
                wants[need.account] = Want(
                    need.account, need.limit, purse.used(), least, most, marks, need.grain, exactly
                )
        return list(wants.values())

    def _resolve(self, told: Mapping[str, tuple[Want, Grant]]) -> None:
        """Let those go on that fit now, in the order in which they came, and those that never will."""
        now = asyncio.get_running_loop().time()
        left = {account: self.purses.by_account[account].room() for account in told}
        waiting = []
        for waiter in self._waiters:
            if waiter.done.done():
                continue
            if any(need.account not in told for need in waiter.needs):
                # It came while the store was asked.
                waiting.append(waiter)
                self._wake.set()
            elif all(left[need.account] >= need.amount for need in waiter.needs):
                for need in waiter.needs:
                    left[need.account] = EXACT.subtract(left[need.account], need.amount)
                waiter.done.set_result(True)
            elif now >= waiter.until or (lacks := _lacks(waiter, told, left)) is None:
                waiter.done.set_result(False)
            else:
                waiting.append(waiter)
                if not lacks:
                    self._wake.set()
        self._waiters = waiting


@asynccontextmanager
async def _answered_by(deadline: float) -> AsyncIterator[None]:
    """Wait for the store no longer than until an instant of the loop's clock."""
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError as error:
        raise unavailable() from error


def unavailable(summary: str = "the store that the workers share does not answer now") -> StoreError:
    """Say when to come back, and no more: what is wrong with the store is for its operator alone."""
    return StoreError(
        summary, help=f"send the request again in {RETRY_AFTER_S} s", retry_after_s=RETRY_AFTER_S
    )


def _closing() -> StoreError:
    return StoreError("this server is about to end", help="send the request again")


def _lacks(
    waiter: _Waiter, told: Mapping[str, tuple[Want, Grant]], left: Mapping[str, Decimal]
) -> bool | None:
    """Say whether others must give something back before a call fits; None if they cannot.

    Where that is not so, other calls went before this one, and it may ask again at once.
    """
    lacks = False
    for need in waiter.needs:
        want, grant = told[need.account]
        if left[need.account] >= need.amount or not is_short(want, grant):
            continue
        lacks = True
        if not waiter.hopes or not grant.may_come(waiter.marks.setdefault(need.account, grant.mark)):
            return None
    return lacks
