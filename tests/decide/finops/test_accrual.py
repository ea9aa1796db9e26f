"""Accrual: what is declared to be paid falls in days, and nothing of it between them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remit.decide.bill_sum import Span
from remit.decide.finops.accrual import accrual
from remit.decide.worth.cost import total
from remit.declare.cost import Cost


def cost(amount: str = "310.00 EUR", every: str = "month", **fields: Any) -> Cost:
    return Cost.model_validate({"name": "Team", "kind": "people", "amount": amount, "every": every, **fields})


def of(each: Cost, first: date, last: date, *, horizon: int = 36, starts: int = 1) -> Decimal | None:
    return accrual(each, Span(first, last), horizon_months=horizon, year_starts=starts)


def test_a_month_has_the_whole_of_what_is_paid_each_month_and_a_day_its_part() -> None:
    assert of(cost(), date(2026, 10, 1), date(2026, 10, 31)) == 310
    assert of(cost(), date(2026, 10, 5), date(2026, 10, 6)) == 20
    assert of(cost("280.00 EUR"), date(2026, 2, 28), date(2026, 3, 1)) == Decimal("10") + of_march()


def of_march() -> Decimal:
    found = of(cost("280.00 EUR"), date(2026, 3, 1), date(2026, 3, 1))
    assert found is not None
    return found


def test_a_cost_is_paid_from_its_first_day_to_its_last() -> None:
    part = cost(since="2026-10-22", until="2026-11-03")
    assert of(part, date(2026, 10, 1), date(2026, 10, 31)) == 100
    assert of(part, date(2026, 11, 1), date(2026, 11, 30)) == Decimal(31), "three days of thirty"
    assert of(part, date(2026, 12, 1), date(2026, 12, 31)) == 0


def test_quarters_and_years_are_fiscal_ones() -> None:
    quarter = cost("92.00 EUR", "quarter")
    assert of(quarter, date(2026, 10, 1), date(2026, 10, 31)) == 31
    february = of(quarter, date(2026, 10, 31), date(2026, 11, 1), starts=2)
    assert february == Decimal(2), "with a year from February on, a quarter ends with October"
    assert of(cost("365.00 EUR", "year"), date(2026, 1, 1), date(2026, 1, 31)) == 31
    assert of(cost("365.00 EUR", "year"), date(2026, 4, 1), date(2026, 4, 30), starts=4) == 30


def test_what_is_paid_once_is_spread_from_its_first_day_and_without_one_nothing_is_said() -> None:
    once = cost("730.00 EUR", "once", since="2026-01-31")
    assert of(once, date(2026, 1, 1), date(2026, 1, 30), horizon=24) == 0
    assert of(once, date(2026, 2, 1), date(2026, 2, 28), horizon=24) == 28
    assert of(once, date(2026, 1, 1), date(2030, 1, 1), horizon=24) == 730
    assert of(once, date(2029, 1, 1), date(2029, 1, 31), horizon=24) == 0
    assert of(cost(every="once"), date(2026, 1, 1), date(2026, 12, 31)) is None


@given(
    st.sampled_from(("month", "quarter", "year", "once")),
    st.decimals(0, 10**6, places=2),
    st.lists(st.integers(1, 60), min_size=1, max_size=8),
    st.integers(1, 12),
)
def test_days_that_follow_one_another_have_parts_that_sum_to_the_whole(
    every: Any, amount: Decimal, lengths: list[int], starts: int
) -> None:
    each = cost(f"{amount} EUR", every, since="2026-01-15")
    at = first = date(2026, 1, 1)
    parts = []
    for length in lengths:
        parts.append(of(each, at, at + timedelta(days=length - 1), starts=starts) or Decimal(0))
        at += timedelta(days=length)
    assert total(parts) == of(each, first, at - timedelta(days=1), starts=starts)
