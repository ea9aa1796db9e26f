"""A worker: what one gateway process keeps in memory, so that a call waits for no store.

What people decide (the model in force, keys, stages) is a `View`, replaced as a whole when it changes. What
calls do (money pending and posted, and how many there are) is this worker's own; the money is made again from
the ledger when it starts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from remit.declare.block import ModelBlock
from remit.declare.issuer import Issuer
from remit.declare.provider import Provider as DeclaredProvider
from remit.enforce.account import Account
from remit.enforce.breaker import Breaker
from remit.enforce.rate import Meter
from remit.enforce.request import Request
from remit.kernel.errors import JournalError, RemitError, StoreError
from remit.kernel.money import EXACT, ZERO
from remit.kernel.period import window
from remit.operations.capture_queue import CaptureQueue
from remit.operations.fold_ledger import fold_ledger
from remit.operations.group_commit import GroupCommit
from remit.operations.judges import Judges
from remit.operations.leases import Escrow
from remit.operations.lines import Lines
from remit.operations.rates import Rates
from remit.operations.recover import recover, recover_others, with_providers
from remit.operations.screens import Screens
from remit.operations.system import CONTROL, GATEWAY, System
from remit.operations.users import Users, count_user, month_of
from remit.operations.view import View, read_view
from remit.ports import Journal, Provider, Tokens
from remit.record.call_entry import Call, Hold
from remit.record.entry import Entry
from remit.record.guardrail_charge import GuardrailCharge
from remit.record.tool_entry import ToolCalled


class Worker:
    """One gateway's memory and its journal. Only its event loop's thread touches it."""

    def __init__(
        self, system: System, journal: Journal, *, name: str = GATEWAY, shares: bool = False
    ) -> None:
        """Take up work with a journal of one's own, `name`; with `shares` other workers have others."""
        self.system = system
        self.journal = journal
        self.name = name
        # Without one, answers do not wait for the disk, and the end of the power may lose the last moments.
        self.commit = GroupCommit(journal) if system.power_safe else None
        # All journals are sound if this passes, whatever was found before.
        fold_ledger(system)
        system.store.lift_halt()
        self.view = read_view(system)
        self._providers: dict[tuple[str, DeclaredProvider], Provider] = {}
        # Those of the view, by name alone: a call asks for one several times.
        self._current: dict[str, Provider] = {}
        self._tokens: dict[tuple[str | None, ...], Tokens] = {}
        self._owed: list[Entry] = []
        # INVARIANT: while this is set, no call is admitted; what the gateway rests on is in doubt.
        self.fault: RemitError | None = None
        self.unknown_keys = Burst()
        # Told whenever people have decided something, so that what is under way is looked at again.
        self.watchers: set[Callable[[], None]] = set()
        # By the exact address of a model; one that answers well has none.
        self.breakers: dict[str, Breaker] = {}
        self.recovered = recover(system, journal, name)
        recover_others(system, name, alone=not shares)
        self.accounts = {name: Account(posted) for name, posted in system.store.posted().items()}
        # Calls that lie with their providers since before this worker began, and what is held for them.
        self.left_apart = self._left_apart()
        # Binds a line of a batch to its provider's batch service; whoever runs batches says how.
        self.apart: Callable[[Provider, ModelBlock, Hold], Provider] = _nobody_runs_batches
        self.rates = Rates()
        self.screens = Screens(system)
        self.judges = Judges(system)
        self.captures = CaptureQueue(system)
        self.lines = Lines()
        # Without one, whatever is left of a budget is this worker's.
        self.escrow = self._share() if shares else None
        # Calls under way that somebody waits for; those of batches are not.
        self.interactive = 0
        self.users = self._users()

    def _left_apart(self) -> dict[str, Hold]:
        apart = with_providers(self.system)
        if not apart:
            return {}
        found = {hold.id: hold for hold, _ in self.system.store.open_holds(self.name) if hold.id in apart}
        for hold in found.values():
            for name in hold.accounts:
                self.accounts[name] = self.accounts.get(name, Account()).hold(hold.amount)
        return found

    def _share(self) -> Escrow:
        """Begin with no lease: what others have, the store says when there is something to ask."""
        self.system.leases.begin(self.name)
        own = self.system.store.posted(self.name)
        elsewhere = {
            name: EXACT.subtract(account.posted, own.get(name, ZERO))
            for name, account in self.accounts.items()
        }
        return Escrow(
            self.system.leases, self.name, accounts=self.accounts, elsewhere=elsewhere, rates=self.rates
        )

    def _users(self) -> Users:
        now, zone = self.system.clock.now(), self.view.zone
        since = window("month", at=now, zone=zone).start
        return Users(month_of(now, zone), self.system.store.users(since=since))

    def provider(self, name: str) -> Provider:
        """Return the adapter for a provider as it is declared now, made on first use."""
        found = self._current.get(name)
        if found is None:
            key = name, self.view.model.providers[name]
            if key not in self._providers:
                self._providers[key] = self.system.make_provider(*key)
            found = self._current[name] = self._providers[key]
        return found

    def tokens(self, issuer: Issuer) -> Tokens:
        """Return the adapter for an issuer's tokens; what its rules say makes no difference to it."""
        key = issuer.url, issuer.audience, issuer.keys_url, issuer.keys
        if key not in self._tokens:
            self._tokens[key] = self.system.make_tokens(issuer)
        return self._tokens[key]

    def unsaid(self, block: ModelBlock, request: Request) -> str:
        """Say what a model's provider cannot be told of a request; empty if it can be told all of it."""
        return self.provider(block.provider).refuses(request, options=block.options)

    def record(self, *entries: Entry) -> None:
        """Append entries, after those that a full disk refused earlier; raises JournalError."""
        self._owed += entries
        try:
            self.journal.append(self._owed)
        except JournalError as error:
            del self._owed[: error.written]
            raise
        self._owed = []

    def record_unless_owed(self, *entries: Entry) -> None:
        """Append entries that must stand before something happens; if they cannot, forget them."""
        if self._owed:
            self.record()
        self.journal.append(entries)

    def hold(self, hold: Hold, meters: tuple[Meter, ...] = (), tokens: int = 0) -> None:
        """Write a hold down, then reserve it and count the call; if it cannot be written, nothing is held."""
        self.record_unless_owed(hold)
        self.rates.take(hold.id, meters, tokens=tokens)
        self.interactive += not (hold.batch or hold.judges)
        for name in hold.accounts:
            self.accounts[name] = self.accounts.get(name, Account()).hold(hold.amount)
        if hold.purpose.user:
            count_user(self.users, hold, self.view.remit(hold.purpose.use_case), self.view.zone)

    def rehold(self, old: Hold, new: Hold, meters: tuple[Meter, ...], tokens: int) -> None:
        """Put another hold of the same call in a hold's place; if it cannot be written, the old one stays."""
        assert old.id == new.id, "a call has one hold at a time"
        self.record_unless_owed(new)
        self.rates.take(new.id, meters, tokens=tokens)
        for name in old.accounts:
            self.accounts[name] = self.accounts[name].post(old.amount, ZERO)
        for name in new.accounts:
            self.accounts[name] = self.accounts.get(name, Account()).hold(new.amount)

    def resting(self, now: float) -> frozenset[str]:
        """Name the models that are left alone after faults."""
        return frozenset(name for name, breaker in self.breakers.items() if not breaker.lets_through(now))

    def began(self, model: str, now: float) -> None:
        """Note that a model is asked; after a rest, this is the call that finds out how it is."""
        breaker = self.breakers.get(model)
        if breaker is not None and breaker.lets_through(now):
            self.breakers[model] = breaker.begun(now)

    def ended(self, model: str, *, well: bool, began: float, now: float, advice_s: float = 0.0) -> None:
        """Note whether a model did its part."""
        breaker = self.breakers.get(model)
        if breaker is None and well:
            return
        self.breakers[model] = (breaker or Breaker()).ended(
            well=well, began=began, now=now, advice_s=advice_s
        )

    def settle(self, call: Call) -> None:
        """Put a call's true cost in the place of its hold.

        If the journal refuses, the entry is kept and written before any later one, and no new call is
        admitted until it is.
        """
        self.rates.settle(call.id, tokens=call.usage.total, now=call.at)
        self.interactive -= not (call.batch or call.judges)
        if self.lines:
            self.lines.freed(call.purpose.use_case)
        for name in call.accounts:
            self.accounts[name] = self.accounts[name].post(call.held, call.charge)
        try:
            self.record(call)
        except JournalError as error:
            if self._owed and self._owed[-1] is call and call.status == "completed":
                # Its answer cannot be given now, though it is paid for.
                self._owed[-1] = msgspec.structs.replace(call, status="failed", fault=error.code)
            raise

    def hold_price(self, accounts: Iterable[str], amount: Decimal) -> None:
        """Reserve what one call of a tool costs; what was begun of it is written down by whoever calls it."""
        for name in accounts:
            self.accounts[name] = self.accounts.get(name, Account()).hold(amount)

    def free_price(self, accounts: Iterable[str], amount: Decimal) -> None:
        """Free what was reserved for a call of a tool that was not made."""
        for name in accounts:
            self.accounts[name] = self.accounts[name].post(amount, ZERO)

    def post(self, charge: GuardrailCharge | ToolCalled, *, held: Decimal = ZERO) -> None:
        """Post what a guardrail by others or a tool costs, in the place of what was `held` for it.

        If the journal refuses, the entry is kept and written before any later one.
        """
        for name in charge.accounts:
            self.accounts[name] = self.accounts.get(name, Account()).post(held, charge.charge)
        self.record(charge)

    def see(self, view: View) -> None:
        """Let a newer view take the place of this one; of two that were read at once the older is dropped.

        One of the same decisions is newer where time alone has made this one untrue.
        """
        newer = view.control_offset > self.view.control_offset
        same = view.control_offset == self.view.control_offset
        if newer or (same and self.view.is_past(self.system.clock.now())):
            if self.escrow is not None and view.version != self.view.version:
                self.escrow.release_all()
            self.view, self._current = view, {}
            for watcher in tuple(self.watchers):
                watcher()

    def is_behind(self) -> bool:
        """Say whether people decided something that the view does not show yet, or a time ran out."""
        return self.system.journals.size(CONTROL) > self.view.control_offset or self.view.is_past(
            self.system.clock.now()
        )

    def warm(self) -> None:
        """Make the adapters of all declared providers, so that what loads slowly begins to."""
        for name in self.view.model.providers:
            self.provider(name)

    async def keep_leases(self) -> None:
        """Ask for leases and give back what others want, until closed, where budgets are shared."""
        if self.escrow is not None:
            await self.escrow.run()

    async def close(self) -> None:
        self.screens.close()
        await asyncio.to_thread(self.captures.close)
        await self.judges.close()
        for provider in self._providers.values():
            await provider.close()
        for tokens in self._tokens.values():
            await tokens.close()
        if self.escrow is not None:
            await self.escrow.close()
        # If it fails, the holds of these calls are on disk; the next start settles them from their marks.
        with suppress(JournalError, StoreError):
            self.record()
            if self.commit is not None:
                self.journal.sync()
            if self.escrow is not None:
                # In this order: until it is folded, what was posted is claimed by the lease.
                fold_ledger(self.system, (self.name,))
                self.system.leases.end(self.name)
        if self.commit is not None:
            self.commit.close()
        self.journal.close()


def _nobody_runs_batches(provider: Provider, block: ModelBlock, hold: Hold) -> Provider:
    raise AssertionError("a line of a batch is asked by whoever runs batches")


@dataclass(slots=True)
class Burst:
    """Bounds what a flood of unknown keys writes: one entry a second, with a count of the rest."""

    second: int = -1
    unwritten: int = 0

    def take(self, second: int) -> int | None:
        """Return how many went unwritten before this one, or None if this one is not to be written."""
        if second == self.second:
            self.unwritten += 1
            return None
        count, self.second, self.unwritten = self.unwritten, second, 0
        return count
