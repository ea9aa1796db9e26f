"""Shares and their intervals, against figures that are known, and what must hold for all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.guardrail.confusion import auc, f1, measure, quantile, share

counts = st.integers(0, 10_000)
scores = st.lists(st.integers(0, 5).map(float), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("part", "whole", "bounds"),
    # Newcombe 1998, table I: Wilson's interval without correction for continuity.
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_intervals_are_those_that_were_published(part: int, whole: int, bounds: tuple[float, float]) -> None:
    found = share(part, whole)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(bounds, abs=1e-4)


@given(counts, counts)
def test_an_interval_holds_its_share_and_is_mirrored(part: int, rest: int) -> None:
    found, other = share(part, part + rest), share(rest, part + rest)
    if found is None or other is None:
        assert part + rest == 0
        return
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert (other.low, other.high) == pytest.approx((1 - found.high, 1 - found.low), abs=2e-4)


@given(counts, counts, counts)
def test_f1_is_the_harmonic_mean_and_lies_within_its_interval(found: int, missed: int, false: int) -> None:
    figure, measured = f1(found, missed, false), measure(found, missed, false)
    if figure is None:
        assert found + missed + false == 0
        return
    assert figure.low <= figure.value + 1e-4
    assert figure.value <= figure.high + 1e-4
    if found:
        assert measured.precision is not None
        assert measured.recall is not None
        p, r = measured.precision.value, measured.recall.value
        assert figure.value == pytest.approx(2 * p * r / (p + r), abs=2e-3)
    else:
        assert figure.value == 0


def test_what_nobody_could_find_has_no_share() -> None:
    nothing = measure(0, 0, 0, 5)
    assert (nothing.precision, nothing.recall, nothing.f1) == (None, None, None)
    assert nothing.false_alarm_rate is not None
    assert nothing.false_alarm_rate.value == 0
    assert measure(3, 1, 0).false_alarm_rate is None


@given(scores, scores)
def test_auc_counts_the_pairs_in_which_the_good_one_is_above(below: list[float], above: list[float]) -> None:
    pairs = [(good > bad) + (good == bad) / 2 for good in above for bad in below]
    assert auc(below, above) == pytest.approx(sum(pairs) / len(pairs))


@given(st.lists(st.floats(0, 9), min_size=1, max_size=30), st.floats(0.01, 1))
def test_a_quantile_is_the_least_value_that_enough_are_at_most(values: list[float], at: float) -> None:
    ordered = sorted(values)
    found = quantile(ordered, at)
    assert sum(value <= found for value in ordered) >= at * len(ordered) - 1e-9
    assert sum(value < found for value in ordered) < at * len(ordered) + 1e-9
