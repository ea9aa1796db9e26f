"""Numbers as people read them, the same on every surface."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from remit.decide.finops.unit_cost import OF, Of, UnitCost
from remit.decide.worth.span import CENT, WIDE, Span
from remit.kernel.money import canonical


def cents(amount: Decimal) -> str:
    """Write an amount to the cent; one that is smaller than half a cent is said to be so.

    >>> cents(Decimal("1234.565")), cents(Decimal("0.001"))
    ('1,234.56', '<0.01')
    """
    rounded = amount.quantize(CENT, ROUND_HALF_EVEN, WIDE)
    if amount and not rounded:
        return "<0.01" if amount > 0 else ">-0.01"
    return f"{rounded:,}"


def small(amount: Decimal) -> str:
    """Show four digits of a small amount, cents of a large one.

    >>> small(Decimal("0.0012345")), small(Decimal("12.3456"))
    ('0.001234', '12.35')
    """
    return cents(amount) if abs(amount) >= 1 or not amount else f"{amount:.4g}"


def four(value: Decimal) -> str:
    """Write a number with four places at most.

    >>> four(Decimal("0.123456")), four(Decimal("7.000"))
    ('0.1235', '7')
    """
    return canonical(round(value, 4))


def short(amount: Decimal) -> str:
    """Write an amount to the cent, or what is less than a cent to a few places.

    >>> short(Decimal("1234.567")), short(Decimal("0.00012345")), short(Decimal("0"))
    ('1,234.57', '0.00012', '0.00')
    """
    if amount and abs(amount) < Decimal("0.01"):
        return f"{float(amount):.2g}" if abs(amount) < Decimal("0.00001") else f"{amount:.5f}"
    return f"{amount.quantize(Decimal('0.01'), ROUND_HALF_EVEN):,}"


def signed(amount: Decimal) -> str:
    return ("+" if amount > 0 else "−" if amount < 0 else "") + short(abs(amount))


def percent(chance: float) -> str:
    """Write a chance; what is nearly sure is not called sure."""
    return "under 1 %" if 0 < chance < 0.01 else "over 99 %" if 0.99 < chance < 1 else f"{chance:.0%}"


def between(span: Span | None) -> str:
    """Write the bounds of a figure, and how sure they are where that is known."""
    if span is None or (span.low is None and span.high is None):
        return "–"
    low, high = ("open" if each is None else cents(each) for each in (span.low, span.high))
    return f"{low} – {high}" + (f" at {four(span.sure * 100)} %" if span.sure is not None else "")


def kinds(found: UnitCost) -> tuple[Of, ...]:
    """List what a use case's cost can be held against, in the order in which it is shown."""
    seen: list[Mapping[Of, object]] = [each.each for each in found.periods]
    return tuple(of for of in OF if any(of in each for each in seen))
