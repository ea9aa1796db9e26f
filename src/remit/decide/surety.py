"""Surety: whether a fact meets a threshold, and how sure one can be of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist

from remit.decide.confidence import sure_at_least, sure_at_most
from remit.decide.dossier import Fact
from remit.declare.gate import Criterion

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Bound:
    """A threshold and its side: what is measured has to be at least as much, or at most."""

    value: Decimal
    at_least: bool

    def holds(self, value: Decimal) -> bool:
        return value >= self.value if self.at_least else value <= self.value


def bound_of(criterion: Criterion) -> Bound:
    if criterion.at_least is not None:
        return Bound(criterion.at_least, at_least=True)
    assert criterion.at_most is not None, "a measured criterion has a threshold"
    return Bound(criterion.at_most, at_least=False)


def meets(fact: Fact, bound: Bound) -> bool:
    """Say whether the value itself meets a threshold; what was counted is compared without division."""
    if fact.passed is not None and fact.total:
        return Bound(bound.value * fact.total, bound.at_least).holds(Decimal(fact.passed))
    return bound.holds(fact.value)


def sure(fact: Fact, bound: Bound) -> Decimal | None:
    """Say how sure one can be that a threshold is met; None where the fact carries nothing to tell it by.

    What was counted is judged by the exact binomial. Of a value between `low` and `high`, both bounds that
    meet the threshold make it as sure as the interval is. Beyond that it is taken as normal around the value:
    one standard deviation is the way from the value to the bound on the threshold's side over the quantile
    z of (1 + sure) / 2, and it is Φ((value - threshold) / deviation) sure that the value is at least the
    threshold. The greater of the two counts.
    """
    if fact.passed is not None and fact.total:
        how = sure_at_least if bound.at_least else sure_at_most
        return _rounded(how(fact.passed, fact.total, float(bound.value)))
    spread = deviation(fact, bound)
    if spread is None or fact.low is None or fact.high is None or fact.sure is None:
        return None
    lead = float(fact.value - bound.value) * (1 if bound.at_least else -1)
    normal = _rounded(_NORMAL.cdf(lead / spread))
    held = bound.holds(fact.low) and bound.holds(fact.high)
    return max(normal, fact.sure) if held else normal


def deviation(fact: Fact, bound: Bound) -> float | None:
    """Return one standard deviation towards a threshold, as an interval has it; None without a sound one."""
    if fact.low is None or fact.high is None or fact.sure is None:
        return None
    half = float(fact.value - fact.low) if bound.at_least else float(fact.high - fact.value)
    if half <= 0 or not 0 < fact.sure < 1:
        return None
    return half / _NORMAL.inv_cdf(0.5 + float(fact.sure) / 2)


def _rounded(probability: float) -> Decimal:
    """Round down to four places, so that nobody is called surer than they can be."""
    return Decimal(int(probability * 10_000)) / 10_000
