"""The FOCUS rows of calls of tools that cost something: so many calls at a price for each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from remit.kernel.money import EXACT, plain
from remit.record.tool_entry import ToolCalled
from remit.report.focus_charge import drawn, purpose_cells, words
from remit.report.focus_shape import Cells


class ToolKey(NamedTuple):
    """What calls of a tool have in common that stand in the same row."""

    start: datetime
    use_case: str
    unit: str
    stage: str
    key: str
    agent: str
    tool: str
    currency: str
    price: Decimal


class ToolCharges:
    """Charged calls of tools, counted by their rows."""

    def __init__(self) -> None:
        self._found: dict[ToolKey, int] = {}

    def add(self, entry: ToolCalled, start: datetime) -> None:
        purpose = entry.purpose
        whose = purpose.use_case, purpose.unit, purpose.stage, purpose.key, purpose.agent
        key = ToolKey(start, *whose, entry.tool, entry.currency, entry.charge)
        self._found[key] = self._found.get(key, 0) + 1

    def rows(self) -> Iterator[tuple[ToolKey, Cells]]:
        """Give the cells that say what each row is and costs; whose service it is, is left to the export."""
        for key in sorted(self._found):
            yield key, _cells(key, Decimal(self._found[key]))


def _cells(key: ToolKey, calls: Decimal) -> Cells:
    cost, sku = plain(EXACT.multiply(calls, key.price)), key.tool.partition("/")[2]
    return {
        "BillingCurrency": key.currency,
        "ChargeCategory": "Usage",
        "ChargeDescription": f"Calls of the tool {sku}",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodStart": key.start,
        "ConsumedQuantity": calls,
        "ConsumedUnit": "Calls",
        "PricingQuantity": calls,
        "PricingUnit": "Calls",
        "ContractedUnitPrice": plain(key.price),
        "ContractedCost": cost,
        "ListUnitPrice": plain(key.price),
        "ListCost": cost,
        **drawn("", cost, key.currency),
        "SkuId": f"tool-{sku}",
        "SkuMeter": "Tool Calls",
        "SkuPriceId": f"tool-{sku}-call",
        "PrincipalId": words(key.agent),
        "CredentialId": key.key or None,
        **purpose_cells(key.use_case, key.unit, key.stage),
        "x_KeyId": key.key or None,
        "x_ModelAddress": key.tool,
    }
