"""The pace of savings, and how far off a month may be."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from scipy.stats import t

from remit.decide.finops.pace import pace

ZEROS = [Decimal(0)] * 10


def test_a_month_is_thirty_days_at_the_same_pace() -> None:
    found = pace([Decimal("1.5")] * 10, ZEROS)
    assert found.a_month == found.low == found.high == 45


def test_the_interval_is_students_for_the_sum_of_thirty_further_days() -> None:
    saved = [1.0, 2.0, 4.0, 3.0, 5.0, 2.0, 6.0, 1.0, 2.0, 4.0]
    found = pace([Decimal(str(each)) for each in saved], ZEROS)
    half = t.ppf(0.975, 9) * np.std(saved, ddof=1) * np.sqrt(900 / 10 + 30)
    assert float(found.high - found.a_month) == pytest.approx(half, abs=1e-5)
    assert float(found.a_month - found.low) == pytest.approx(half, abs=1e-5)
    assert "10 days as blocks" in found.basis


def test_months_of_like_days_lie_within_the_interval_as_often_as_it_says() -> None:
    draw = np.random.default_rng(7)
    within = 0
    for _ in range(300):
        days = draw.normal(10, 3, 21)
        found = pace([Decimal(repr(float(each))) for each in days], [Decimal(0)] * 21)
        within += float(found.low) <= draw.normal(10, 3, 30).sum() <= float(found.high)
    assert 0.92 <= within / 300 <= 0.98


def test_fewer_days_than_a_week_have_no_interval_but_what_was_seen() -> None:
    few = pace([Decimal(1), Decimal(3)], ZEROS[:2])
    assert [few.a_month, few.low, few.high] == [Decimal(60), Decimal(30), Decimal(90)]
    assert few.basis.startswith("2 days, too few")
    assert pace([Decimal(1)], ZEROS[:1]).basis.startswith("one day, too few")
