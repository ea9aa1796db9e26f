"""The cells of a FOCUS row that is a share of a cost: which cost, whose share, and by what it was split."""

from __future__ import annotations

import json
from typing import Any

from remit.decide.finops.allocation import AllocationLine, Part
from remit.report.focus_charge import words
from remit.report.focus_shape import Cells

ENTERED: frozenset[Part] = frozenset({"calls", "adjustments"})
"""What entries of the ledger say, so that it has rows of its own."""


def allocated_cells(line: AllocationLine, name: str) -> Cells:
    """Say what a share is of, and whose; what was not split is not said to be allocated."""
    cells: Cells = {
        "ChargeCategory": "Adjustment",
        "ChargeDescription": words(f"{line.part}: {line.name}, {line.basis}"),
        "ChargeFrequency": "Recurring",
        "BilledCost": line.amount,
        "EffectiveCost": line.amount,
        "ListCost": line.amount,
        "ContractedCost": line.amount,
        "ResourceId": f"{line.part}/{line.name}",
        "x_CostPart": line.rest or line.part,
    }
    if line.by is not None:
        # A number, as the specification has it; text would lose none of its digits, and is no number.
        elements: list[dict[str, Any]] = [{"AllocatedRatio": float(line.share)}]
        cells |= {
            "AllocatedMethodId": f"remit-by-{line.by}",
            "AllocatedMethodDetails": json.dumps({"Elements": elements}, sort_keys=True),
            "AllocatedResourceId": line.use_case,
            "AllocatedResourceName": words(name),
            "AllocatedTags": json.dumps({"unit": line.unit, "use_case": line.use_case}, sort_keys=True),
        }
    return cells
