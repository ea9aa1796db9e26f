"""The entry of what somebody else's guardrail costs, and what such entries are summed up by."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import msgspec

from remit.declare.guardrail_price import UnitRate
from remit.enforce.guardrail.trust import Side
from remit.kernel.money import EXACT, ZERO
from remit.record.call_entry import Purpose
from remit.record.entry import Entry


class GuardrailCharge(Entry, frozen=True, kw_only=True, tag="guardrail_charge"):
    """That a guardrail by somebody else was asked, and what that costs: `units` at `rate`.

    `custom` is what the block `guardrail` calls it. `purpose` names no model. `judges` is the call whose
    text it read, or the check that an application asked for. `accounts` are the budgets' windows that it is
    posted in; entries of before it was posted have none.
    """

    purpose: Purpose
    guardrail: str
    custom: str
    side: Side
    characters: int
    units: int
    rate: UnitRate
    charge: Decimal
    currency: str
    judges: str
    accounts: tuple[str, ...] = ()


class GuardrailKey(msgspec.Struct, frozen=True):
    """What charges of guardrails are rolled up by; `hour` is the start of a UTC hour.

    `commitment` is what they are drawn from, if from any that was paid beforehand.
    """

    hour: str
    use_case: str
    unit: str
    guardrail: str
    custom: str
    currency: str
    key: str = ""
    commitment: str = ""

    @classmethod
    def of(cls, entry: GuardrailCharge, hour: str) -> GuardrailKey:
        """Name the row of the hour that an entry is in."""
        purpose = entry.purpose
        whose = purpose.use_case, purpose.unit
        what = entry.guardrail, entry.custom, entry.currency
        return cls(hour, *whose, *what, purpose.key, entry.rate.commitment)

    @property
    def name(self) -> str:
        """Name the guardrail by its block and what that calls it."""
        return f"{self.guardrail}/{self.custom}"


@dataclass(slots=True)
class GuardrailSum:
    """How often guardrails were asked, what they read in text units, and what that costs."""

    askings: int = 0
    units: int = 0
    charge: Decimal = ZERO

    def add(self, askings: int, units: int, charge: Decimal) -> None:
        self.askings += askings
        self.units += units
        self.charge = EXACT.add(self.charge, charge)
