"""A purse: what this worker has leased of one account, over what it counts of it.

The worker's own counts hold what others claim as well, as it was told last. So decisions see the truth as far
as it is known here, and what may be spent without asking ends at the `ceiling`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from remit.enforce.account import Account
from remit.enforce.escrow import FINAL, GRAIN, ONE, Grant, Retained, low_water
from remit.kernel.money import EXACT, ZERO
from remit.operations.rates import Rates
from remit.record.call_entry import Hold


class Book(Protocol):
    """Where a worker counts what it uses of an account."""

    grain: Decimal

    def used(self) -> Decimal:
        """Return what is used, here and by others."""
        ...

    def add(self, claimed: Decimal, posted: Decimal) -> None:
        """Count what others claim beyond what was known, and what they posted of it."""
        ...

    def is_final(self) -> bool:
        """Say whether what is used stays used, whatever becomes of the calls that run."""
        ...


@dataclass(frozen=True, slots=True)
class MoneyBook:
    accounts: dict[str, Account]
    name: str
    grain = GRAIN

    def used(self) -> Decimal:
        account = self.accounts.get(self.name)
        return ZERO if account is None else account.used

    def add(self, claimed: Decimal, posted: Decimal) -> None:
        account = self.accounts.get(self.name, Account())
        elsewhere = EXACT.subtract(EXACT.add(account.elsewhere, claimed), posted)
        self.accounts[self.name] = Account(EXACT.add(account.posted, posted), account.pending, elsewhere)

    def is_final(self) -> bool:
        account = self.accounts.get(self.name)
        return account is None or not account.pending


@dataclass(frozen=True, slots=True)
class MinuteBook:
    """Calls or tokens of one minute, which stays the same when it has become the one before."""

    rates: Rates
    counts: Mapping[str, int]
    name: str
    of_tokens: bool
    grain = ONE

    def used(self) -> Decimal:
        return Decimal(self.counts.get(self.name, 0))

    def add(self, claimed: Decimal, posted: Decimal) -> None:
        self.rates.add(self.counts, self.name, int(claimed))

    def is_final(self) -> bool:
        # A call may use fewer tokens than were counted for it, but it stays a call.
        return not self.of_tokens


@dataclass(frozen=True, slots=True)
class RunningBook:
    rates: Rates
    name: str
    grain = ONE

    def used(self) -> Decimal:
        return Decimal(self.rates.counts.running.get(self.name, 0))

    def add(self, claimed: Decimal, posted: Decimal) -> None:
        self.rates.add(self.rates.counts.running, self.name, int(claimed))

    def is_final(self) -> bool:
        return False


class Purse:
    """INVARIANT: the worker uses no more than `granted`, but for what a provider counts beyond its bounds."""

    __slots__ = (
        "account",
        "book",
        "ceiling",
        "elsewhere",
        "gone",
        "granted",
        "limit",
        "modest_until",
        "soft",
    )

    def __init__(self, account: str, book: Book, elsewhere: Decimal = ZERO) -> None:
        self.account = account
        self.book = book
        self.elsewhere = self.gone = elsewhere
        self.limit = ZERO
        # Others lack what this worker could take, so until then it takes no more than its calls need.
        self.modest_until = 0.0
        self._grant(self.used())

    def _grant(self, granted: Decimal, spare: Decimal = ZERO) -> None:
        """Set what is leased. Calls look at two figures alone, both with what others claim in them.

        Up to `soft` nothing is to be done; up to `ceiling` the lease is filled up while the call goes on.
        """
        self.granted = granted
        self.ceiling = EXACT.add(granted, self.elsewhere)
        self.soft = EXACT.subtract(self.ceiling, spare)

    def used(self) -> Decimal:
        """Return what this worker itself has posted and held."""
        return EXACT.subtract(self.book.used(), self.elsewhere)

    def room(self) -> Decimal:
        return EXACT.subtract(self.granted, self.used())

    def is_at_rest(self) -> bool:
        """Say whether no call runs that could still give something back."""
        return self.book.is_final() or not self.used()

    def take(self, grant: Grant) -> None:
        """Take in what was granted, and what others claim now."""
        room = EXACT.subtract(grant.granted, self.used())
        self.book.add(EXACT.subtract(grant.elsewhere, self.elsewhere), EXACT.subtract(grant.gone, self.gone))
        self.elsewhere, self.gone = grant.elsewhere, grant.gone
        # Where nothing more could be had, it is asked again when a call needs it.
        self._grant(grant.granted, low_water(room) if grant.granted > self.granted else ZERO)

    def release(self, answers: int) -> Retained:
        """Let go of what is not used, before anybody is told; returns what is kept."""
        self._grant(max(self.used(), ZERO))
        return Retained(self.account, self.granted, FINAL if self.book.is_final() else answers)


class Hopeful(Mapping[str, Account]):
    """Accounts as they would be without a hold, if all other workers gave back what they have not posted."""

    def __init__(self, accounts: Mapping[str, Account], freed: Hold | None) -> None:
        self._accounts = accounts
        self._freed = freed

    def __getitem__(self, name: str) -> Account:
        account = self._accounts[name]
        if self._freed is not None and name in self._freed.accounts:
            account = account.post(self._freed.amount, ZERO)
        return Account(account.posted, account.pending)

    def __iter__(self) -> Iterator[str]:
        return iter(self._accounts)

    def __len__(self) -> int:
        return len(self._accounts)
