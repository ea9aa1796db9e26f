"""Standing: how the store stands at one moment, to be held against the entries up to there."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from remit.record.chain import Position


class Whose(NamedTuple):
    """Whose calls are summed up, and in what."""

    use_case: str
    currency: str
    simulated: bool


class Charged(NamedTuple):
    calls: int
    charge: Decimal


class Standing(NamedTuple):
    """How far each journal is taken in, what accounts have posted, and what each set of roll-ups sums to."""

    positions: Mapping[str, Position]
    posted: Mapping[str, Decimal]
    charged: Mapping[str, Mapping[Whose, Charged]]
