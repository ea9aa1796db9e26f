"""Spans: a figure with the bounds that it lies between, and arithmetic that keeps it within them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import Literal

CENT = Decimal("0.01")
WIDE = Context(prec=90)
"""Room for any effect times any declared amount and volume, before it is rounded to the cent."""

Bounds = Literal["interval", "cases", "none"]
"""What bounds are: an interval that outcomes support, cases that somebody declared, or nothing."""


@dataclass(frozen=True, slots=True)
class Span:
    """A figure and its bounds; a bound that is not there is open.

    `sure` is how probable it is that an interval holds what is so; cases that were declared have none.

    INVARIANT: the bounds contain the point.
    """

    point: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    sure: Decimal | None = None
    bounds: Bounds = "none"

    def __post_init__(self) -> None:
        assert self.low is None or self.low <= self.point, "the low bound is above the point"
        assert self.high is None or self.high >= self.point, "the high bound is below the point"

    @property
    def shows(self) -> bool:
        """Say whether what is so differs from nothing, whichever way: 0 does not lie between the bounds."""
        return (self.low is not None and self.low > 0) or (self.high is not None and self.high < 0)

    def times(self, factor: Decimal) -> Span:
        """Multiply by what is known exactly; a negative factor turns the bounds round.

        >>> Span(Decimal(2), Decimal(1), None).times(Decimal(-3))
        Span(point=Decimal('-6'), low=None, high=Decimal('-3'), sure=None, bounds='none')
        """
        low, high = (None if each is None else WIDE.multiply(each, factor) for each in (self.low, self.high))
        if factor < 0:
            low, high = high, low
        return Span(WIDE.multiply(self.point, factor), low, high, self.sure, self.bounds)

    def less(self, known: Decimal) -> Span:
        """Take off what is known exactly."""
        low, high = (None if each is None else WIDE.subtract(each, known) for each in (self.low, self.high))
        return Span(WIDE.subtract(self.point, known), low, high, self.sure, self.bounds)

    def rounded(self, step: Decimal = CENT) -> Span:
        """Round the point to the nearest step, and the bounds outward."""
        return Span(
            self.point.quantize(step, ROUND_HALF_EVEN, WIDE),
            None if self.low is None else self.low.quantize(step, ROUND_FLOOR, WIDE),
            None if self.high is None else self.high.quantize(step, ROUND_CEILING, WIDE),
            self.sure,
            self.bounds,
        )


NOTHING = Span(Decimal(0), Decimal(0), Decimal(0))


def added(spans: Iterable[Span]) -> Span:
    """Add spans by interval arithmetic: all low bounds, and all high ones.

    The sum of intervals holds what is so at least where every one of them does, so of what the single ones
    may miss the parts add up (Bonferroni); of more than that nothing is assumed, whether or not they move
    together.

    >>> half = Span(Decimal(1), Decimal(0), Decimal(2), Decimal("0.95"), "interval")
    >>> added([half, half])
    Span(point=Decimal('2'), low=Decimal('0'), high=Decimal('4'), sure=Decimal('0.90'), bounds='interval')
    """
    listed = [*spans]
    if len(listed) < 2:
        return listed[0] if listed else NOTHING
    point, low, high = Decimal(0), Decimal(0), Decimal(0)
    closed_low = closed_high = True
    for each in listed:
        point = WIDE.add(point, each.point)
        closed_low &= each.low is not None
        closed_high &= each.high is not None
        low, high = WIDE.add(low, each.low or Decimal(0)), WIDE.add(high, each.high or Decimal(0))
    bounds: Bounds = next(
        (kind for kind in ("none", "cases") if any(e.bounds == kind for e in listed)), "interval"
    )
    missed = [1 - each.sure for each in listed if each.sure is not None]
    sure = max(Decimal(0), 1 - sum(missed, Decimal(0))) if len(missed) == len(listed) else None
    return Span(point, low if closed_low else None, high if closed_high else None, sure, bounds)


_STEP = Decimal("0.0001")


def linear(value: Span, cost: Decimal) -> Span:
    """Divide by a cost above zero, the bounds as well, rounded outward."""
    low, high = (None if each is None else WIDE.divide(each, cost) for each in (value.low, value.high))
    return Span(WIDE.divide(value.point, cost), low, high, value.sure, value.bounds).rounded(_STEP)


def ratio(value: Span, cost: Decimal) -> Span:
    """Say what each unit of money that is spent brings back.

    What does harm is a cost: a value below zero brings nothing and adds to what is spent. So a cost more
    never makes the ratio larger.

    >>> ratio(Span(Decimal(300)), Decimal(200)).point, ratio(Span(Decimal(-300)), Decimal(200)).point
    (Decimal('1.5000'), Decimal('0.0000'))
    """

    def at(amount: Decimal | None) -> Decimal | None:
        return (
            None if amount is None else WIDE.divide(max(amount, Decimal(0)), cost + max(-amount, Decimal(0)))
        )

    point = at(value.point)
    assert point is not None, "there is a point"
    # Nothing brings back less than nothing, so a low bound that is open is zero here.
    low = Decimal(0) if value.low is None and value.bounds != "none" else at(value.low)
    return Span(point, low, at(value.high), value.sure, value.bounds).rounded(_STEP)
