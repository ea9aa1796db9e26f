"""Returns: by the unit of cost, over time, and from when on; a cost more never makes them better."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.worth.by_grade import by_grade
from remit.decide.worth.figure import Figure
from remit.decide.worth.returns import MONTHS_SHOWN, Payback, annuity, npv, payback, returns
from remit.decide.worth.span import Span, added, ratio
from remit.declare.cost import Economics


def span(point: Any, low: Any, high: Any) -> Span:
    low, high = (None if each is None else Decimal(each) for each in (low, high))
    return Span(Decimal(point), low, high, Decimal("0.95"), "interval")


def test_a_return_is_shown_for_each_grade_and_counts_what_is_better_too() -> None:
    strong = Figure("a", "m", "M", "u", "evidenced", "experiment", value=span(300, 200, 400))
    weak = Figure("a", "n", "N", "u", "claimed", "claimed", value=Span(Decimal(600)))
    found = returns(
        by_grade([weak, strong]),
        once=Decimal(0),
        yearly=Decimal(200),
        year=Decimal(200),
        economics=Economics(),
    )
    assert [(each.at_least, each.weakest, each.grades) for each in found] == [
        ("experiment", "experiment", ("experiment",)),
        ("claimed", "claimed", ("experiment", "claimed")),
    ]
    first, second = found
    assert first.return_on_cost is not None
    assert first.roi is not None
    assert (first.return_on_cost.point, first.return_on_cost.low) == (Decimal("1.5"), Decimal(1))
    assert (first.roi.point, first.roi.low, first.roi.high) == (Decimal("0.5"), Decimal(0), Decimal(1))
    assert first.npv is None, "no rate is declared"
    assert second.return_on_cost is not None
    assert (second.return_on_cost.point, second.return_on_cost.low) == (Decimal("4.5"), None)


def test_what_costs_nothing_has_no_return_on_cost() -> None:
    sums = by_grade([Figure("a", "m", "M", "u", "claimed", "claimed", value=Span(Decimal(1)))])
    nothing = Decimal(0)
    [found] = returns(sums, once=nothing, yearly=nothing, year=nothing, economics=Economics())
    assert (found.return_on_cost, found.roi) == (None, None)


def test_net_present_value_by_hand() -> None:
    """At 21 % a year, two months of 100 net are worth 100/1.21^(1/12) + 100/1.21^(2/12), less 50."""
    value = span(2400, 2400, 2400)
    by_hand = 100 / 1.21 ** (1 / 12) + 100 / 1.21 ** (2 / 12) - 50
    found = npv(value, once=Decimal(50), yearly=Decimal(1200), rate=Decimal("0.21"), months=2)
    assert float(found.point) == pytest.approx(by_hand, abs=0.006)
    undiscounted = npv(value, once=Decimal(50), yearly=Decimal(1200), rate=Decimal(0), months=2)
    assert undiscounted.point == 150
    year = annuity(Decimal("0.1"), 12)
    assert float(year) == pytest.approx(sum(1.1 ** (-month / 12) for month in range(1, 13)), abs=1e-12)


def test_paid_back_in_whole_months_or_never() -> None:
    once, yearly = Decimal(1000), Decimal(1200)
    assert payback(span(2400, 1200, 13200), once=once, yearly=yearly) == Payback(10, 1, None)
    assert payback(Span(Decimal(1200)), once=Decimal(0), yearly=yearly) == Payback(0, 0, 0)
    assert payback(Span(Decimal(1199)), once=Decimal(0), yearly=yearly) == Payback(None, None, None)
    assert payback(span(2400, None, None), once=once, yearly=yearly) == Payback(10, 0, None)
    late = Decimal(MONTHS_SHOWN + 1) / 12
    assert payback(Span(Decimal(1)), once=late, yearly=Decimal(0)).months is None


money = st.decimals(0, 10**9, places=2)
signed = st.decimals(-(10**9), 10**9, places=2)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    point = draw(signed)
    low, high = draw(st.none() | money), draw(st.none() | money)
    return Span(
        point,
        None if low is None else point - low,
        None if high is None else point + high,
        Decimal("0.9"),
        "interval",
    )


@given(spans(), money, money, money)
def test_a_cost_more_never_makes_a_return_better(
    value: Span, once: Decimal, yearly: Decimal, more: Decimal
) -> None:
    year = once + yearly
    if year:
        before, after = ratio(value, year), ratio(value, year + more)
        assert after.point <= before.point
        assert before.low is not None
        assert after.low is not None
        assert after.low <= before.low
        assert after.low <= after.point
    rate = Decimal("0.08")
    first = npv(value, once=once, yearly=yearly, rate=rate, months=36)
    assert npv(value, once=once + more, yearly=yearly, rate=rate, months=36).point <= first.point
    assert npv(value, once=once, yearly=yearly + more, rate=rate, months=36).point <= first.point
    assert first.low is None or first.low <= first.point


@given(st.lists(spans(), max_size=5))
def test_a_sum_of_intervals_contains_the_sum_of_points(listed: list[Span]) -> None:
    found = added(listed)
    assert found.point == sum(each.point for each in listed)
    assert found.low is None or found.low <= found.point
    assert found.high is None or found.high >= found.point
    assert (found.low is None) == any(each.low is None for each in listed)


def test_a_sum_with_a_part_that_has_no_bounds_has_none_that_are_sure() -> None:
    both = added([span(1, 0, 2), Span(Decimal(1))])
    assert (both.low, both.sure, both.bounds) == (None, None, "none")
    cases = added([span(1, 0, 2), Span(Decimal(1), Decimal(0), Decimal(2), None, "cases")])
    assert (cases.low, cases.sure, cases.bounds) == (Decimal(0), None, "cases")
