"""Leases of one worker: what it may spend without asking, and how it asks when that is not enough.

Calls never wait while their lease lasts; it is filled up again beforehand. Those that do not fit wait
together for one question to the store. Where the store has nothing left, the other workers give back what
they do not use, and the calls that still do not fit are refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from remit.enforce.account import Account
from remit.enforce.escrow import GRAIN, Grant, Need, Retained, Want, is_short
from remit.enforce.facts import Held
from remit.enforce.rate import Counts, Meter, room
from remit.kernel.errors import RemitError, StoreError
from remit.kernel.money import EXACT, ZERO
from remit.operations.purse import Hopeful, MinuteBook, MoneyBook, Purse, RunningBook
from remit.operations.rates import Rates
from remit.ports import Leases
from remit.record.entry import Hold

TICK_S = 0.05
"""How often a worker that has something to give looks whether others want it."""

READ_S = 1.0
"""How old what is known of others may be, for budgets that calls here draw from."""

WAIT_S = 0.5
"""How long a call waits for what other workers may give back."""

_POLL_S = 0.01
_add = EXACT.add
_UNUSED = Account()
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
    ) -> None:
        self._leases, self._worker = leases, worker
        self._accounts, self._rates = accounts, rates
        self._purses = {
            name: Purse(name, MoneyBook(accounts, name), elsewhere.get(name, ZERO)) for name in accounts
        }
        # By the meter's name: those of this minute, and those of calls at once.
        self._minute: dict[str, Purse] = {}
        self._running: dict[str, Purse] = {}
        self._minute_of: Mapping[str, int] = rates.counts.now
        self._past: list[dict[str, Purse]] = []
        self._turned = False
        self._reading: list[Purse] = []
        self._readers: list[asyncio.Future[None]] = []
        # What was used of each account at the last contact, for those that calls draw from.
        self._told: dict[Purse, Decimal] = {}
        self._read_at = 0.0
        self._waiters: list[_Waiter] = []
        self._filling: dict[Purse, Decimal] = {}
        self._releasing = False
        self._answered = 0
        self._has_leases = False
        self._wake = asyncio.Event()
        self._closed = False
        self._ended = asyncio.Event()
        self._ended.set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="remit-leases")

    # What calls ask, in the event loop.

    def short(self, held: Sequence[Held], amount: Decimal, freed: Hold | None = None) -> list[Need]:
        """List the budgets of which a call needs more than is leased; begin to fill up what runs low.

        `freed` is a hold that this one takes the place of.
        """
        if freed is not None:
            return self._short_beyond(held, amount, freed)
        needs: list[Need] = []
        purses, accounts = self._purses, self._accounts
        for each in held:
            name = each.account
            purse = purses.get(name)
            if purse is not None:
                account = accounts.get(name, _UNUSED)
                used = _add(_add(account.posted, account.pending), amount)
                if used <= purse.soft:
                    continue
                if used <= purse.ceiling:
                    self._fill(purse, each.spend.limit, amount)
                    continue
            if each.spend.on_breach != "warn":
                needs.append(Need(name, each.spend.limit, amount))
        return needs

    def short_of_rates(self, meters: Sequence[Meter], tokens: int, now: datetime) -> list[Need]:
        """List the limits on rates of which a call needs more than is leased."""
        needs = []
        counts = self._rates.at(now)
        self._turn_minute(counts)
        for meter in meters:
            at_once, of_tokens, name, *_ = meter
            purses, counted = (self._running, counts.running) if at_once else (self._minute, counts.now)
            amount = tokens if of_tokens else 1
            purse = purses.get(name)
            used = counted.get(name, 0) + amount
            if purse is not None and used <= purse.soft:
                continue
            limit = Decimal(room(meter, counts, at=now))
            if purse is None:
                purse = self._meter_purse(meter, counts)
            if used > purse.ceiling:
                needs.append(Need(purse.account, limit, Decimal(amount), purse.book.grain))
            else:
                self._fill(purse, limit, Decimal(amount))
        return needs

    def _short_beyond(self, held: Sequence[Held], amount: Decimal, freed: Hold) -> list[Need]:
        """List what a hold needs beyond what another one of the same call holds already."""
        needs = []
        for each in held:
            already = freed.amount if each.account in freed.accounts else ZERO
            more = EXACT.subtract(amount, already)
            if more > 0:
                needs += self.short((each,), more)
        return needs

    def unknown(self, held: Sequence[Held]) -> list[Need]:
        """List the budgets of which others may have leased more than they use, though it is too little.

        What is needed is more than can be had: only the others' answers are waited for.
        """
        needs = []
        for each in held:
            purse, limit = self._purses.get(each.account), each.spend.limit
            if each.spend.on_breach != "warn" and (purse is None or purse.elsewhere > purse.gone):
                needs.append(Need(each.account, limit, EXACT.add(limit, GRAIN)))
        return needs

    def hopeful(self, freed: Hold | None = None) -> Mapping[str, Account]:
        """Return the accounts as they would be if all others gave back what they have not spent."""
        return Hopeful(self._accounts, self._purses, freed)

    def hopeful_counts(self, meters: Iterable[Meter], now: datetime) -> Counts:
        """Return the counts of rates as they would be then."""
        counts = self._rates.at(now)
        self._turn_minute(counts)
        here, running = dict(counts.now), dict(counts.running)
        for meter in meters:
            purse = (self._running if meter.at_once else self._minute).get(meter.name)
            if purse is not None:
                (running if meter.at_once else here)[meter.name] = int(purse.used())
        return Counts(here, counts.before, running)

    async def obtain(self, needs: Sequence[Need], *, hopes: bool, until: float) -> bool:
        """Wait until a call's needs are leased; False if they cannot be had.

        With `hopes`, others are waited for to give back what they do not use. Raises StoreError.
        """
        if self._closed:
            raise _closing()
        waiter = _Waiter(needs, hopes, until, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        self._wake.set()
        return await waiter.done

    async def read(self, held: Iterable[Held]) -> None:
        """Find out what others claim of budgets now; where the store cannot be reached, it stays as it was."""
        if self._closed:
            return
        self._reading += [self._purses.get(each.account) or self._money_purse(each.account) for each in held]
        read = asyncio.get_running_loop().create_future()
        self._readers.append(read)
        self._wake.set()
        await read

    async def claim_user(self, use_case: str, user: str, *, since: datetime, limit: int) -> frozenset[str]:
        """Count a user for all workers, if there may be one more."""
        return await self._ask(lambda: self._leases.claim_user(use_case, user, since=since, limit=limit))

    def release_all(self) -> None:
        """Give back whatever is not used, because limits may have changed."""
        self._releasing = True
        self._wake.set()

    def _fill(self, purse: Purse, limit: Decimal, amount: Decimal) -> None:
        purse.limit = limit
        self._filling[purse] = amount
        self._wake.set()

    def _turn_minute(self, counts: Counts) -> None:
        """Begin anew with a new minute; what was leased for the last one and not used is given back."""
        if counts.now is not self._minute_of:
            self._past.append(self._minute)
            self._minute, self._minute_of, self._turned = {}, counts.now, True
            self._wake.set()

    def _meter_purse(self, meter: Meter, counts: Counts) -> Purse:
        name = meter.name
        if meter.at_once:
            found = self._running[name] = Purse(name, RunningBook(self._rates, name))
        else:
            account = f"{name}@{self._rates.minute}"
            found = self._minute[name] = Purse(
                account, MinuteBook(self._rates, counts.now, name, meter.of_tokens)
            )
            # What others had in the minute before counts for a while, and is known best now.
            if not self._past:
                self._past.append({})
            before = self._past[-1].get(name)
            if before is None:
                account = f"{name}@{self._rates.minute_before}"
                before = Purse(account, MinuteBook(self._rates, counts.before, name, meter.of_tokens))
                self._past[-1][name] = self._purses[account] = before
            self._reading.append(before)
        self._purses[found.account] = found
        return found

    # What goes on beside them.

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
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), _POLL_S if self._waiters else TICK_S)
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
        return await asyncio.get_running_loop().run_in_executor(self._thread, question)

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
            self._reading += [purse for purse, used in self._told.items() if purse.used() != used]

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
        filling, self._filling = self._filling, {}
        reading, self._reading = self._reading, []
        self._waiters = [waiter for waiter in self._waiters if not waiter.done.done()]
        wants = self._wants(filling, reading)
        if not wants:
            return
        grants = await self._ask(lambda: self._leases.lease(self._worker, wants))
        self._has_leases = True
        told = {want.account: (want, grant) for want, grant in zip(wants, grants, strict=True)}
        for want, grant in told.values():
            purse = self._purses[want.account]
            purse.take(grant)
            self._told[purse] = want.used
        self._resolve(told)

    async def _give(self) -> None:
        """Give back what others want, what is left of minutes that are over, and all if limits changed."""
        kept = self._close_minutes()
        if self._releasing:
            self._releasing = False
            for purse in self._purses.values():
                if purse.room() > 0:
                    kept[purse.account] = purse.release(self._answered)
        if self._has_leases:
            after = self._answered
            for account, mark in (await self._ask(lambda: self._leases.wanted(after=after))).items():
                self._answered = max(self._answered, mark)
                # Also where it is wanted here: the calls that wait ask for it anew, and so does everybody.
                if account in self._purses:
                    kept[account] = self._purses[account].release(mark)
        if kept:
            await self._ask(lambda: self._leases.give_back(self._worker, list(kept.values())))

    def _close_minutes(self) -> dict[str, Retained]:
        """Say what is kept of minutes that are over: what was used of the last one, which still counts."""
        kept: dict[str, Retained] = {}
        if self._turned:
            self._turned = False
            *gone, last = self._past
            self._past = [last]
            for purse in last.values():
                kept[purse.account] = purse.release(self._answered)
            for purse in (purse for minute in gone for purse in minute.values()):
                kept[purse.account] = Retained(purse.account, ZERO, 0)
                del self._purses[purse.account]
                self._told.pop(purse, None)
        return kept

    def _wants(self, filling: Mapping[Purse, Decimal], reading: Sequence[Purse]) -> list[Want]:
        """Put what all calls wait for together, one want for each account, and what runs low."""
        wants = {
            purse.account: Want(purse.account, ZERO, purse.used(), ZERO, ZERO, grain=purse.book.grain)
            for purse in reading
            if purse.account in self._purses
        }
        wants |= {
            purse.account: Want(
                purse.account, purse.limit, purse.used(), ZERO, amount, grain=purse.book.grain
            )
            for purse, amount in filling.items()
            if purse.account in self._purses
        }
        for waiter in self._waiters:
            for need in waiter.needs:
                purse = self._purses.get(need.account) or self._money_purse(need.account)
                purse.limit = need.limit
                before = wants.get(need.account)
                least = need.amount if before is None or not before.least else min(before.least, need.amount)
                most = need.amount if before is None else max(before.most, need.amount)
                marks = waiter.hopes and need.account not in waiter.marks
                marks = marks or (before is not None and before.marks)
                wants[need.account] = Want(
                    need.account, need.limit, purse.used(), least, most, marks, need.grain
                )
        return list(wants.values())

    def _money_purse(self, account: str) -> Purse:
        found = self._purses[account] = Purse(account, MoneyBook(self._accounts, account))
        return found

    def _resolve(self, told: Mapping[str, tuple[Want, Grant]]) -> None:
        """Let those go on that fit now, in the order in which they came, and those that never will."""
        now = asyncio.get_running_loop().time()
        left = {account: self._purses[account].room() for account in told}
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
            elif now >= waiter.until or not _may_come(waiter, told, left):
                waiter.done.set_result(False)
            else:
                waiting.append(waiter)
        # Where some was had, those who wait need not wait for others before they ask again.
        if waiting and any(want.least and not is_short(want, grant) for want, grant in told.values()):
            self._wake.set()
        self._waiters = waiting


def _closing() -> StoreError:
    return StoreError("this server is about to end", help="send the request again")


def _may_come(waiter: _Waiter, told: Mapping[str, tuple[Want, Grant]], left: Mapping[str, Decimal]) -> bool:
    """Say whether what a call lacks may be had yet: smaller calls get some, or others may give some back."""
    for need in waiter.needs:
        want, grant = told[need.account]
        if left[need.account] >= need.amount or not is_short(want, grant):
            continue
        if not waiter.hopes or not grant.may_come(waiter.marks.setdefault(need.account, grant.mark)):
            return False
    return True
