"""Pairs: what two releases made of the same cases, and whether they differ by more than chance.

The same cases tell more than two shares do: those that both passed, or neither, say nothing on which is the
better one. Only the others count, and under equals each of them falls to either side like a coin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from scipy.special import bdtr

from remit.decide.confidence import wilson


@dataclass(frozen=True, slots=True)
class Pairs:
    """On how many cases both passed, only the first did, only the second, or neither."""

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def total(self) -> int:
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def difference(self) -> float:
        """How much greater the share of the first one is."""
        return (self.only_first - self.only_second) / self.total if self.total else 0.0


def paired(first: Sequence[bool], second: Sequence[bool]) -> Pairs:
    """Count what became of the same cases under two releases.

    >>> paired([True, True, False], [True, False, False])
    Pairs(both=1, only_first=1, only_second=0, neither=1)
    """
    seen = list(zip(first, second, strict=True))
    return Pairs(
        both=seen.count((True, True)),
        only_first=seen.count((True, False)),
        only_second=seen.count((False, True)),
        neither=seen.count((False, False)),
    )


def mcnemar(pairs: Pairs) -> float:
    """Return the two-sided probability of so uneven a split, were the two as good as each other.

    It is the exact form of McNemar's test (1947), a sign test on the cases that one of them passed. It raises
    no more false alarms than it says, whatever the number of cases.

    >>> round(mcnemar(Pairs(20, 12, 2, 16)), 4), mcnemar(Pairs(9, 0, 0, 1))
    (0.0129, 1.0)
    """
    fewer, apart = min(pairs.only_first, pairs.only_second), pairs.only_first + pairs.only_second
    return min(1.0, 2 * float(bdtr(fewer, apart, 0.5))) if apart else 1.0


def newcombe(pairs: Pairs, *, sure: float = 0.95) -> tuple[float, float]:
    """Return the interval of the difference: method 10 of Newcombe (1998) for paired shares.

    It puts Wilson's intervals of the two shares together, and allows for how far they go together.

    >>> [round(bound, 4) for bound in newcombe(Pairs(20, 12, 2, 16))]
    [0.0562, 0.3292]
    >>> newcombe(Pairs(0, 0, 0, 0))
    (-1.0, 1.0)
    """
    total = pairs.total
    if total == 0:
        return -1.0, 1.0

    first, second = pairs.both + pairs.only_first, pairs.both + pairs.only_second
    (low1, high1), (low2, high2) = wilson(first, total, sure=sure), wilson(second, total, sure=sure)
    down1, up1 = first / total - low1, high1 - first / total
    down2, up2 = second / total - low2, high2 - second / total

    together = _together(pairs)
    below = sqrt(max(0.0, down1**2 - 2 * together * down1 * up2 + up2**2))
    above = sqrt(max(0.0, up1**2 - 2 * together * up1 * down2 + down2**2))
    return max(-1.0, pairs.difference - below), min(1.0, pairs.difference + above)


def _together(pairs: Pairs) -> float:
    """Say how far two shares go together, from -1 to 1, with Newcombe's correction where they do."""
    first, second = pairs.both + pairs.only_first, pairs.both + pairs.only_second
    spread = first * (pairs.total - first) * second * (pairs.total - second)
    if spread == 0:
        return 0.0
    product = float(pairs.both * pairs.neither - pairs.only_first * pairs.only_second)
    if product > 0:
        product = max(0.0, product - pairs.total / 2)
    return product / sqrt(spread)


def holm(chances: Sequence[float]) -> tuple[float, ...]:
    """Correct the probabilities of several tests for their number (Holm 1979), in the order given.

    With that, the chance that any of them is a false alarm is what one of them says.

    >>> [round(chance, 3) for chance in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    corrected = [0.0] * len(chances)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(chances)), key=lambda each: chances[each])):
        highest = max(highest, min(1.0, chances[place] * (len(chances) - rank)))
        corrected[place] = highest
    return tuple(corrected)
