"""Sharing: what each use case weighs when a cost is split among several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from remit.declare.shared import SharedBy
from remit.kernel.money import EXACT, ZERO

SAID: Mapping[SharedBy, str] = {
    "calls": "by calls",
    "tokens": "by tokens",
    "charge": "by what calls cost",
    "equally": "equally",
    "weighted": "by declared weights",
}


@dataclass(slots=True)
class Served:
    """What real calls came to: how many, their tokens, and what they were charged."""

    calls: int = 0
    tokens: int = 0
    charge: Decimal = ZERO

    def add(self, calls: int, tokens: int, charge: Decimal) -> None:
        self.calls += calls
        self.tokens += tokens
        self.charge = EXACT.add(self.charge, charge)


@dataclass(frozen=True, slots=True)
class Key:
    """By what a cost is split, and the weights where they are declared."""

    by: SharedBy
    weights: Mapping[str, Decimal]

    def weigh(self, among: Iterable[str], served: Mapping[str, Served]) -> dict[str, Decimal]:
        """Say what each weighs; all zero where nobody called, or no weight is above zero."""
        none = Served()
        return {name: self._weight(name, served.get(name, none)) for name in among}

    def _weight(self, name: str, served: Served) -> Decimal:
        if self.by == "weighted":
            return self.weights.get(name, ZERO)
        if self.by == "calls":
            return Decimal(served.calls)
        if self.by == "tokens":
            return Decimal(served.tokens)
        return max(served.charge, ZERO) if self.by == "charge" else ZERO

    def taken(self, weights: Mapping[str, Decimal]) -> SharedBy:
        """Say by what it is split in fact: equally, where nothing else tells them apart."""
        return self.by if any(weights.values()) else "equally"

    def said(self, weights: Mapping[str, Decimal]) -> str:
        """Say the same in words."""
        return SAID[self.taken(weights)]


def sharers(key: Key, served: Mapping[str, Served]) -> list[str]:
    """Name those who share a cost: who was served, and where nobody was, who has a declared weight."""
    weighed = (name for name, weight in key.weights.items() if weight) if key.by == "weighted" else ()
    return sorted(served or weighed)
