"""An account: how much of one budget is posted and pending in one window."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from remit.kernel.money import EXACT, ZERO


class Account(msgspec.Struct, frozen=True):
    """Amounts in the organisation's currency.

    What other workers have posted is posted; `elsewhere` is what they have leased beyond that, which is left
    but not to be had here until they give it back.

    INVARIANT: a hold is granted only if posted + pending + elsewhere + hold <= limit. Holds are worst cases,
    so what is posted later is never more than what was held, and no order of calls overspends. Two things
    can break this, and from then on the budget refuses: a provider that counts more than it was allowed, as
    its entry says, and what guardrails by others cost for calls that were let in before, for which nothing
    is held.
    """

    posted: Decimal = ZERO
    pending: Decimal = ZERO
    elsewhere: Decimal = ZERO

    @property
    def used(self) -> Decimal:
        """Return all that is not to be had here."""
        return EXACT.add(EXACT.add(self.posted, self.pending), self.elsewhere)

    def available(self, limit: Decimal) -> Decimal:
        """Say what is neither posted nor held; below zero if a limit was lowered under what is spent."""
        return EXACT.subtract(limit, EXACT.add(self.posted, self.pending))

    def room(self, limit: Decimal) -> Decimal:
        """Say what may still be held here."""
        return EXACT.subtract(limit, self.used)

    def hold(self, amount: Decimal) -> Account:
        return Account(self.posted, EXACT.add(self.pending, amount), self.elsewhere)

    def post(self, held: Decimal, charge: Decimal) -> Account:
        """Put a true cost in the place of a hold; a charge of zero voids it."""
        return Account(EXACT.add(self.posted, charge), EXACT.subtract(self.pending, held), self.elsewhere)
