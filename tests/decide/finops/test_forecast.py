"""Forecasts: exact where nothing is uncertain, honest where little is known, as sure as they say."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from remit.decide.finops.forecast import (
    FEWEST_DAYS,
    HISTORY_DAYS,
    SURE,
    Forecast,
    ahead,
    day_by_day,
    forecasts,
)

WEEK = np.array([1.2, 1.3, 1.2, 1.1, 1.0, 0.4, 0.3])


def made(days: NDArray[np.float64], *, horizon: int, weekday: int = 0, spent: str = "0") -> Forecast:
    found = ahead(days[None, :], weekday=weekday, horizon=horizon)
    return forecasts(found, [Decimal(spent)], [Decimal(0)], horizon=horizon)[0]


def test_what_never_changes_goes_on_as_it_is_without_a_doubt() -> None:
    found = made(np.full(60, 5.0), horizon=10, spent="7.25")
    assert (found.expected, found.low, found.high) == (Decimal("57.25"),) * 3
    assert found.seasonal


def test_a_week_that_repeats_is_learnt() -> None:
    days = np.tile(WEEK, 16) * 10
    found = made(days, horizon=5, weekday=0)
    assert found.expected is not None
    assert abs(float(found.expected) - 58) < 1.5
    weekend = made(days[:-2], horizon=2, weekday=5)
    assert weekend.expected is not None
    assert abs(float(weekend.expected) - 7) < 1.5


@pytest.mark.parametrize(
    ("days", "expected", "within"), [(2, False, False), (3, True, False), (8, True, True)]
)
def test_with_little_history_less_is_said(days: int, expected: bool, within: bool) -> None:
    found = made(np.concatenate([np.zeros(30), np.linspace(1, 2, days)]), horizon=6)
    assert (found.expected is not None, found.low is not None) == (expected, within)
    assert found.history == days
    assert (found.chance_over(Decimal(20)) is not None) == within


def test_nothing_is_expected_to_cost_less_than_it_has() -> None:
    noisy = np.random.default_rng(3).lognormal(0, 1, 40)
    found = made(noisy, horizon=1, spent="500")
    assert found.low is not None
    assert found.low >= 500
    assert found.chance_over(Decimal(499)) == 1.0


def test_a_day_that_has_cost_more_than_was_expected_of_it_takes_nothing_from_the_others() -> None:
    looked = ahead(np.full((1, 30), 2.0), weekday=0, horizon=3)
    [found] = forecasts(looked, [Decimal(100)], [Decimal(50)], horizon=3)
    assert found.expected == Decimal(104)


def test_a_period_that_is_over_is_settled() -> None:
    found = made(np.full(30, 2.0), horizon=0, spent="12.5")
    assert found.expected == found.low == found.high == Decimal("12.5")


@given(
    st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=HISTORY_DAYS),
    st.integers(0, 366),
    st.integers(0, 6),
)
def test_whatever_the_history_an_interval_holds_what_is_expected(
    history: list[float], horizon: int, weekday: int
) -> None:
    found = made(np.array(history), horizon=horizon, weekday=weekday, spent="1")
    if found.expected is None:
        assert found.history < FEWEST_DAYS
        return
    assert found.expected >= found.spent
    if found.low is not None and found.high is not None:
        assert found.spent <= found.low <= found.expected <= found.high


@pytest.mark.parametrize("history", [10, 40, HISTORY_DAYS])
@pytest.mark.parametrize("horizon", [5, 15, 30])
def test_nine_of_ten_sums_come_out_within_their_intervals(history: int, horizon: int) -> None:
    """Hold intervals against simulated spend: weeks that repeat, levels that drift, noise of a fifth."""
    random = np.random.default_rng(history * 100 + horizon)
    whole = history + horizon
    level = np.exp(np.cumsum(random.normal(0, 0.02, (400, whole)), axis=1))
    days = 10 * level * WEEK[np.arange(whole) % 7] * random.lognormal(-0.02, 0.2, (400, whole))
    looked = ahead(days[:, :history], weekday=history % 7, horizon=horizon)
    zero = [Decimal(0)] * 400
    came = days[:, history:].sum(axis=1)
    within = [
        float(each.low or 0) <= total <= float(each.high or 0)
        for each, total in zip(forecasts(looked, zero, zero, horizon=horizon), came, strict=True)
    ]
    assert np.mean(within) >= SURE - 0.06


def test_every_past_day_is_forecast_from_what_came_before_it_alone() -> None:
    random = np.random.default_rng(5)
    days = random.lognormal(0, 0.3, (2, 60))
    expected, known = day_by_day(days, weekday=2)
    changed = days.copy()
    changed[:, 40:] *= 7
    again, _ = day_by_day(changed, weekday=2)
    assert np.array_equal(expected[:, :41], again[:, :41])
    assert not known[:, :14].any()
