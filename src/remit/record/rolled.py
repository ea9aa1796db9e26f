"""What roll-ups tell in fewer figures: of days, and of how models are used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple


class DayCharge(NamedTuple):
    """What one use case called of one model on one UTC day, and what it was charged."""

    day: date
    use_case: str
    unit: str
    model: str
    currency: str
    simulated: bool
    calls: int
    charge: Decimal
    committed: Decimal
    list_charge: Decimal
    saved: Decimal


@dataclass(frozen=True, slots=True)
class Called:
    """How one use case used one model over some time: keys, calls, and the tokens of all of them."""

    use_case: str
    model: str
    keys: int
    calls: int
    input_tokens: int
    output_tokens: int
