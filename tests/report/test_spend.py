"""Spend sums up exactly, whatever it is asked by."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.money import Money
from remit.report.spend import STEPS, Slice, Step, spending

FIRST = date(2026, 9, 3)
LAST = date(2026, 11, 20)

slices = st.lists(
    st.builds(
        Slice,
        day=st.dates(FIRST - timedelta(days=9), LAST + timedelta(days=9)),
        name=st.sampled_from(["a", "b", "c"]),
        calls=st.integers(0, 9),
        tokens=st.integers(0, 99),
        charge=st.decimals(0, 1000, places=9),
        currency=st.sampled_from(["EUR", "USD"]),
        simulated=st.booleans(),
    ),
    max_size=40,
)


@given(slices, st.sampled_from(STEPS))
def test_rows_and_their_courses_add_up_to_the_whole(found: list[Slice], step: Step) -> None:
    shown = spending(found, since=FIRST, until=LAST, step=step)
    within = [each for each in found if FIRST <= each.day <= LAST]
    for row in shown.rows:
        assert sum(row.course, Decimal(0)) == row.charge.amount
        assert len(row.course) == len(shown.starts)
    for money in shown.totals:
        real = [each.charge for each in within if each.currency == money.currency and not each.simulated]
        assert money.amount == sum(real, Decimal(0))
    assert sum(row.calls for row in shown.rows) == sum(each.calls for each in within)


def test_what_is_simulated_stands_apart_and_last() -> None:
    rows = [
        Slice(LAST, "a", 1, 0, Decimal(1), "EUR", simulated=False),
        Slice(LAST, "a", 9, 0, Decimal(90), "EUR", simulated=True),
    ]
    shown = spending(rows, since=FIRST, until=LAST, step="week")
    assert [(row.simulated, row.share) for row in shown.rows] == [(False, Decimal(100)), (True, Decimal(0))]
    assert shown.totals == (Money(Decimal(1), "EUR"),)
