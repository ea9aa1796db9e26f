"""The purses of one worker: what calls look at before they go ahead, without waiting for anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from remit.enforce.account import Account
from remit.enforce.escrow import GRAIN, Need, Retained
from remit.enforce.rate import Counts, Meter, room
from remit.kernel.money import EXACT, ZERO
from remit.operations.purse import Hopeful, MinuteBook, MoneyBook, Purse, RunningBook
from remit.operations.rates import Rates
from remit.record.call_entry import Hold

_add, _less = EXACT.add, EXACT.subtract
_UNUSED = Account()


class Purses:
    """Purses by account, and what is to be asked about them next: `filling` run low, `reading` are in doubt.

    `wake` is called when there is something to ask or to give back.
    """

    def __init__(
        self,
        accounts: dict[str, Account],
        elsewhere: Mapping[str, Decimal],
        rates: Rates,
        wake: Callable[[], None],
    ) -> None:
        self._accounts, self._rates, self._wake = accounts, rates, wake
        self.by_account = {
            name: Purse(name, MoneyBook(accounts, name), elsewhere.get(name, ZERO)) for name in accounts
        }
        self.filling: dict[Purse, Decimal] = {}
        self.reading: dict[Purse, None] = {}
        # By the meter's name: those of this minute, and those of calls at once.
        self._minute: dict[str, Purse] = {}
        self._running: dict[str, Purse] = {}
        self._minute_of: Mapping[str, int] = rates.counts.now
        # Those of minutes that are over, the last of which counts still.
        self._past: list[dict[str, Purse]] = [{}]
        self._turned = False

    def short(self, limits: Mapping[str, Decimal], amount: Decimal, freed: Hold | None = None) -> list[Need]:
        """List the budgets of which a call needs more than is leased; begin to fill up what runs low.

        `freed` is a hold that this one takes the place of.
        """
        needs: list[Need] = []
        purses, accounts = self.by_account, self._accounts
        for name, limit in limits.items():
            more = amount if freed is None or name not in freed.accounts else _less(amount, freed.amount)
            purse = purses.get(name)
            if purse is not None:
                account = accounts.get(name, _UNUSED)
                used = _add(account.used, more)
                if used <= purse.soft:
                    continue
                if used <= purse.ceiling:
                    self._fill(purse, limit, amount)
                    continue
            if more > 0:
                needs.append(Need(name, limit, more))
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

    def unknown(self, limits: Mapping[str, Decimal]) -> list[Need]:
        """List the budgets of which others may have leased more than they use, though it is too little.

        What is needed is more than can be had: only the others' answers are waited for.
        """
        purses = self.by_account
        return [
            Need(name, limit, EXACT.add(limit, GRAIN))
            for name, limit in limits.items()
            if name not in purses or purses[name].elsewhere > purses[name].gone
        ]

    def hopeful(self, freed: Hold | None = None) -> Mapping[str, Account]:
        """Return the accounts as they would be if all others gave back what they have not spent."""
        return Hopeful(self._accounts, freed)

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

    def _fill(self, purse: Purse, limit: Decimal, amount: Decimal) -> None:
        purse.limit = limit
        self.filling[purse] = amount
        self._wake()

    def _turn_minute(self, counts: Counts) -> None:
        """Begin anew with a new minute; what was leased for the last one and not used is given back."""
        if counts.now is not self._minute_of:
            self._past.append(self._minute)
            if counts.before is not self._minute_of:
                # A minute or more went by without a call.
                self._past.append({})
            self._minute, self._minute_of, self._turned = {}, counts.now, True
            self._wake()

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
            before = self._past[-1].get(name)
            if before is None:
                account = f"{name}@{self._rates.minute_before}"
                before = Purse(account, MinuteBook(self._rates, counts.before, name, meter.of_tokens))
                self._past[-1][name] = self.by_account[account] = before
            self.reading[before] = None
        self.by_account[found.account] = found
        return found

    def money(self, account: str) -> Purse:
        """Return the purse of a budget's window, made on first use."""
        found = self.by_account.get(account)
        if found is None:
            found = self.by_account[account] = Purse(account, MoneyBook(self._accounts, account))
        return found

    def close_minutes(self, answers: int) -> dict[str, Retained]:
        """Say what is kept of minutes that are over: what was used of the last one, which still counts."""
        kept: dict[str, Retained] = {}
        if self._turned:
            self._turned = False
            *gone, last = self._past
            self._past = [last]
            for purse in last.values():
                kept[purse.account] = purse.release(answers)
            for purse in (purse for minute in gone for purse in minute.values()):
                kept[purse.account] = Retained(purse.account, ZERO, 0)
                del self.by_account[purse.account]
        return kept
