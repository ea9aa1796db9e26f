"""An account: how much of one budget is posted and pending in one window."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from remit.kernel.money import EXACT, ZERO


class Account(msgspec.Struct, frozen=True):
    """Amounts in the organisation's currency.

    INVARIANT: a hold is granted only if posted + pending + hold <= limit. Holds are worst cases, so what is
    posted later is never more than what was held, and no order of calls overspends. Only a provider that
    counts more than it was allowed can break this: its entry says so, and from then on the budget refuses.
    """

    posted: Decimal = ZERO
    pending: Decimal = ZERO

    def available(self, limit: Decimal) -> Decimal:
        """Say what may still be held; below zero if a limit was lowered under what is spent."""
        return EXACT.subtract(limit, EXACT.add(self.posted, self.pending))

    def hold(self, amount: Decimal) -> Account:
        return Account(self.posted, EXACT.add(self.pending, amount))

    def post(self, held: Decimal, charge: Decimal) -> Account:
        """Put a true cost in the place of a hold; a charge of zero voids it."""
        return Account(EXACT.add(self.posted, charge), EXACT.subtract(self.pending, held))
