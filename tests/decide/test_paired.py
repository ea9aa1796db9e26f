"""Two releases on the same cases: published figures, and what the methods hold in the long run."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.confidence import wilson
from remit.decide.paired import Pairs, holm, mcnemar, newcombe, paired

DRAWS = 20_000

some_pairs = st.builds(Pairs, *[st.integers(0, 200)] * 4)


@pytest.mark.parametrize(
    ("pairs", "chance"),
    [
        # Two media for cultures of tubercle bacilli: Armitage and Berry (1994), page 127.
        (Pairs(20, 12, 2, 16), 0.0129),
        # Airways before and after a transplantation: Fagerland, Lydersen and Laake (2013), their table 2.
        (Pairs(1, 1, 7, 12), 0.0703),
        # Response before and after consolidation: the same, their second example.
        (Pairs(59, 6, 16, 80), 0.0525),
    ],
)
def test_the_exact_test_gives_published_figures(pairs: Pairs, chance: float) -> None:
    assert mcnemar(pairs) == pytest.approx(chance, abs=5e-5)


@pytest.mark.parametrize(
    ("pairs", "low", "high", "places"),
    [
        # The examples of Newcombe (1998), by his method 10.
        (Pairs(20, 12, 2, 16), 0.0562, 0.3292, 4),
        (Pairs(12, 9, 2, 21), 0.0112, 0.2954, 4),
        # Fagerland, Lydersen and Laake (2014), table V.
        (Pairs(1, 1, 7, 12), -0.507, -0.026, 3),
        (Pairs(7, 25, 2, 68), 0.133, 0.318, 3),
    ],
)
def test_the_interval_of_a_difference_gives_published_figures(
    pairs: Pairs, low: float, high: float, places: int
) -> None:
    assert tuple(round(bound, places) for bound in newcombe(pairs)) == (low, high)


@pytest.mark.parametrize(
    ("passed", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_of_a_share_gives_published_figures(
    passed: int, total: int, low: float, high: float
) -> None:
    # Newcombe (1998), two-sided intervals for the single proportion, table I, method 3.
    assert wilson(passed, total) == pytest.approx((low, high), abs=5e-5)


def test_holm_gives_published_figures() -> None:
    # Holm (1979) by hand: 0.005 x 4, 0.01 x 3, 0.03 x 2, and what is never below the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([]) == ()


def test_cases_that_end_alike_say_nothing_of_which_is_better() -> None:
    assert mcnemar(Pairs(500, 0, 0, 500)) == 1.0
    assert mcnemar(Pairs(500, 9, 1, 500)) == mcnemar(Pairs(0, 9, 1, 0))


def test_pairs_are_counted_case_by_case() -> None:
    found = paired([True, True, False, False, True], [True, False, True, False, True])
    assert found == Pairs(both=2, only_first=1, only_second=1, neither=1)
    assert (found.total, found.difference, Pairs(0, 0, 0, 0).difference) == (5, 0.0, 0.0)


@given(some_pairs)
def test_the_other_way_round_the_signs_turn_and_the_chance_stays(pairs: Pairs) -> None:
    turned = Pairs(pairs.both, pairs.only_second, pairs.only_first, pairs.neither)
    low, high = newcombe(pairs)
    assert newcombe(turned) == pytest.approx((-high, -low))
    assert mcnemar(turned) == mcnemar(pairs)
    assert -1 <= low <= pairs.difference <= high <= 1
    assert 0 <= mcnemar(pairs) <= 1


@given(st.lists(st.floats(0, 1), max_size=10))
def test_a_correction_lowers_no_chance_and_keeps_their_order(chances: list[float]) -> None:
    corrected = holm(chances)
    assert all(each >= chance for each, chance in zip(corrected, chances, strict=True))
    by_chance = [each for _, each in sorted(zip(chances, corrected, strict=True))]
    assert by_chance == sorted(by_chance)


@pytest.mark.parametrize("total", [20, 50, 100, 200, 400])
def test_wilsons_interval_holds_the_share_as_often_as_it_says(total: int) -> None:
    # Whole numbers of cases make it hold now more, now less, so shares are drawn as well.
    numbers = np.random.default_rng(7)
    shares = numbers.uniform(0.5, 0.98, DRAWS)
    passed = numbers.binomial(total, shares)
    low, high = np.array([wilson(each, total) for each in range(total + 1)]).T
    held = (low[passed] <= shares) & (shares <= high[passed])
    assert 0.93 <= held.mean() <= 0.97


@pytest.mark.parametrize(
    ("total", "cells"),
    [(50, (0.7, 0.1, 0.1, 0.1)), (100, (0.8, 0.08, 0.03, 0.09)), (300, (0.85, 0.05, 0.05, 0.05))],
)
def test_newcombes_interval_holds_the_difference_as_often_as_it_says(
    total: int, cells: tuple[float, float, float, float]
) -> None:
    bounds = cache(lambda each: newcombe(Pairs(*each)))
    draws = np.random.default_rng(11).multinomial(total, cells, 4_000)
    true = cells[1] - cells[2]
    held = [low <= true <= high for low, high in (bounds(tuple(map(int, each))) for each in draws)]
    assert 0.93 <= np.mean(held) <= 0.97


@pytest.mark.parametrize("total", [20, 50, 200, 1000])
@pytest.mark.parametrize("apart", [0.05, 0.2, 0.6])
def test_equals_raise_a_false_alarm_in_at_most_five_of_a_hundred_runs(total: int, apart: float) -> None:
    chance = cache(lambda one, other: mcnemar(Pairs(0, one, other, 0)))
    numbers = np.random.default_rng(13)
    discordant = numbers.binomial(total, apart, DRAWS)
    first = numbers.binomial(discordant, 0.5)
    counted, often = np.unique(np.stack([first, discordant - first]), axis=1, return_counts=True)
    alarms = [chance(int(one), int(other)) <= 0.05 for one, other in counted.T]
    assert (often * alarms).sum() / DRAWS <= 0.05


def test_any_false_alarm_among_all_pairs_of_four_equals_stays_within_five_of_a_hundred() -> None:
    chance = cache(lambda one, other: mcnemar(Pairs(0, one, other, 0)))
    passed = np.random.default_rng(17).random((2_000, 4, 120)) < 0.8
    first, second = np.triu_indices(4, 1)
    only_first = (passed[:, first] & ~passed[:, second]).sum(axis=2)
    only_second = (~passed[:, first] & passed[:, second]).sum(axis=2)
    alarms = [
        min(holm([chance(int(b), int(c)) for b, c in zip(bs, cs, strict=True)])) <= 0.05
        for bs, cs in zip(only_first, only_second, strict=True)
    ]
    assert np.mean(alarms) <= 0.05


def test_a_real_difference_is_found() -> None:
    chance = cache(lambda one, other: mcnemar(Pairs(0, one, other, 0)))
    draws = np.random.default_rng(19).multinomial(200, (0.75, 0.15, 0.05, 0.05), 2_000)
    found = [chance(int(one), int(other)) <= 0.05 for one, other in draws[:, 1:3]]
    assert np.mean(found) >= 0.80
