"""The entry of what somebody else's guardrail costs, and what is charged beside models is summed up by."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import msgspec

from remit.declare.guardrail_price import UnitRate
from remit.enforce.guardrail.trust import Side
from remit.kernel.money import EXACT, ZERO
from remit.record.call_entry import Purpose
from remit.record.entry import Entry
from remit.record.tool_entry import ToolCalled


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
    """What charges beside those of models are rolled up by; `hour` is the start of a UTC hour.

    Of a tool, `guardrail` is its address and `custom` is empty. `commitment` is what they are drawn from, if
    from any that was paid beforehand.
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

    @classmethod
    def of_tool(cls, entry: ToolCalled, hour: str) -> GuardrailKey:
        """Name the row of the hour that a charged call of a tool is in."""
        purpose = entry.purpose
        return cls(hour, purpose.use_case, purpose.unit, entry.tool, "", entry.currency, purpose.key)

    @property
    def is_tool(self) -> bool:
        return not self.custom

    @property
    def name(self) -> str:
        """Name the guardrail by its block and what that calls it, or the tool by its address."""
        return f"{self.guardrail}/{self.custom}" if self.custom else self.guardrail


@dataclass(slots=True)
class GuardrailSum:
    """How often guardrails or tools were asked, what they read in text units, and what that costs."""

    askings: int = 0
    units: int = 0
    charge: Decimal = ZERO

    def add(self, askings: int, units: int, charge: Decimal) -> None:
        self.askings += askings
        self.units += units
        self.charge = EXACT.add(self.charge, charge)
