"""Guardrail prices: what somebody else's guardrail costs for what it reads, from a day on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from remit.declare.declared import Day, Declared, Id, Rate, Title
from remit.kernel.money import EXACT, plain

_THOUSANDTH = Decimal("0.001")


class UnitRate(msgspec.Struct, frozen=True, omit_defaults=True):
    """The rate that an asking is priced with, in currency for a thousand text units, and where it is from.

    `commitment` is what was paid beforehand and these units are drawn from.
    """

    starts: date
    per_1000_units: Decimal
    source: str = ""
    commitment: str = ""

    def cost(self, units: int) -> Decimal:
        """Price so many text units exactly."""
        return plain(EXACT.multiply(EXACT.multiply(Decimal(units), self.per_1000_units), _THOUSANDTH))


class GuardrailPrice(Declared):
    """What one guardrail by somebody else costs from a day on, in the organisation's currency.

    Rates are added, never changed, so that a past charge can always be computed again.
    """

    custom: Id
    """Which of the block's `custom` guardrails it is for; one that asks a model is paid for by its calls."""
    starts: Day
    """The first day on which it holds."""
    per_1000_units: Rate
    """For a thousand text units. A unit is a thousand characters of what is sent at once, or the rest."""
    commitment: Title | None = None
    """The provider's id of a commitment that was paid beforehand and that these units are drawn from. They
    count in budgets, and are on no bill."""
    source: Title | None = None
    """Where the rate was taken from; each charge keeps it."""

    @property
    def rate(self) -> UnitRate:
        """The rate as a plain value, for the ledger."""
        return UnitRate(self.starts, self.per_1000_units, self.source or "", self.commitment or "")
