"""Several studies of one metric: whoever looks often enough finds something, and the bounds allow for it.

By Bonferroni, each of so many intervals must be as sure as one, less what all of them may miss together. The
bounds are drawn apart as a normal distribution has it, which is nearly so for all but the smallest studies.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from statistics import NormalDist

from remit.decide.worth.span import WIDE, Span


def among(span: Span, studies: int) -> Span:
    """Draw the bounds of an interval apart, since it is one of so many that were looked at.

    >>> found = Span(Decimal(4), Decimal(1), Decimal(7), Decimal("0.95"), "interval")
    >>> one, of_three = among(found, 1), among(found, 3)
    >>> one == found, of_three.low
    (True, Decimal('0.3358'))
    """
    if studies < 2 or span.sure is None:
        return span
    missed = 1 - float(span.sure)
    ratio = NormalDist().inv_cdf(1 - missed / (2 * studies)) / NormalDist().inv_cdf(1 - missed / 2)
    factor = Decimal(f"{ratio:.4f}")
    low, high = (
        None if each is None else WIDE.add(span.point, WIDE.multiply(WIDE.subtract(each, span.point), factor))
        for each in (span.low, span.high)
    )
    return replace(span, low=low, high=high)
