"""Referred: what the calls that carry one reference of their caller's are summed up by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec

from remit.kernel.money import ZERO


class ReferenceKey(msgspec.Struct, frozen=True):
    """What calls with a reference of their caller's are summed up by."""

    use_case: str
    reference: str
    model: str
    currency: str
    simulated: bool


@dataclass(slots=True)
class ReferenceSum:
    """How many calls carry a reference, what they were charged, and when the last of them was."""

    last: datetime
    calls: int = 0
    charge: Decimal = ZERO
