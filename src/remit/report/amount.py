"""Amounts and chances as people read them; what is exact stands in `--json` and in the ledger."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal


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
