"""Amounts in another currency are in no sum of a month's cost, and stand beside it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from remit.decide.bill_sum import Span
from remit.kernel.money import Money
from remit.record.decided import Adjustment
from remit.report.cost import cost_report
from strategies import MOMENT


def test_an_amount_in_another_currency_is_shown_and_not_summed() -> None:
    day = MOMENT.date()
    entries = [
        Adjustment(
            id=f"a{at}",
            at=MOMENT,
            reason="purchase",
            note="n",
            since=day,
            until=day,
            amount=Decimal(2),
            currency=currency,
            author="finance@example.com",
        )
        for at, currency in enumerate(("EUR", "USD", "USD"))
    ]
    month = Span(date(2026, 11, 1), date(2026, 11, 30))
    found = cost_report([], entries, month=month, as_of=None, currency="EUR")
    assert (found.total.billed, found.adjustments) == (Money(Decimal(2), "EUR"), 1)
    assert found.elsewhere == (Money(Decimal(4), "USD"),)
