"""Data that shows nothing is refused with what to do, and assumptions that do not hold refuse the claim."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from remit.decide.value.before_after import estimate_before_after
from remit.decide.value.comparison import Observed, estimate_comparison
from remit.decide.value.differences import NEVER, Panel, estimate_differences
from remit.decide.value.estimate import OUTCOMES_MAX, Estimate, StudyDataUnusable
from remit.decide.value.experiment import Sample, estimate_experiment
from remit.decide.value.series import Series, estimate_series
from remit.decide.value.synthetic import Compared, estimate_synthetic

DRAWS = np.random.default_rng(11)
NOISE = DRAWS.normal(size=400)
HALF = np.arange(400) % 2 == 0
EACH = np.arange(400)


def compared(rows: int = 20, donors: int = 6, begins: int = 10) -> Compared:
    values = np.random.default_rng(3).normal(size=(rows, donors + 1)).cumsum(axis=0)
    before = slice(0, begins)
    return Compared(
        values[:, 0],
        values[:, 1:],
        begins,
        before,
        values[before, 0],
        values[before, 1:],
        tuple("abcdef"[:donors]),
    )


@pytest.mark.parametrize(
    ("estimate", "summary"),
    [
        (lambda: estimate_experiment(Sample(NOISE, HALF | True, EACH)), "no outcome is of the control arm"),
        (lambda: estimate_experiment(Sample(NOISE, HALF & False, EACH)), "no outcome is of the treated arm"),
        (
            lambda: estimate_experiment(Sample(NOISE, HALF, HALF.astype(np.int64))),
            "all outcomes of the treated arm belong to one cluster",
        ),
        (lambda: estimate_experiment(Sample(NOISE * 0 + 3, HALF, EACH)), "all 400 outcomes are 3"),
        (
            lambda: estimate_experiment(Sample(np.where(HALF, np.nan, 1), HALF, EACH)),
            "some of the outcomes are not numbers",
        ),
        (
            lambda: estimate_experiment(
                Sample(np.zeros(OUTCOMES_MAX + 1), np.zeros(1, dtype=np.bool_), np.zeros(1, dtype=np.int64))
            ),
            f"{OUTCOMES_MAX + 1:,} outcomes are more than the {OUTCOMES_MAX:,} that are read at once",
        ),
        (
            lambda: estimate_differences(Panel(NOISE.reshape(40, 10), np.full(40, 5))),
            "0 of the units never began, and at least 2 are needed",
        ),
        (
            lambda: estimate_differences(Panel(NOISE.reshape(40, 10), np.where(np.arange(40) < 9, 2, NEVER))),
            "2 periods lie before the first unit began, and at least 3 are needed",
        ),
        (
            lambda: estimate_differences(
                Panel(NOISE.reshape(40, 10), np.where(np.arange(40) < 9, 10, NEVER))
            ),
            "a unit begins after the last period",
        ),
        (
            lambda: estimate_differences(
                Panel(np.tile([1.0, 2, 1, 2, 1, 2], (8, 1)), np.where(np.arange(8) < 4, 3, NEVER))
            ),
            "all units of a group changed by the same amount",
        ),
        (
            lambda: estimate_synthetic(compared(donors=4)),
            "4 units are there to compare with; at least 5 are needed",
        ),
        (
            lambda: estimate_synthetic(compared(begins=4)),
            "4 periods lie before the treatment, and at least 5 are needed",
        ),
        (lambda: estimate_synthetic(compared(begins=20)), "no period lies after the treatment began"),
        (
            lambda: estimate_series(Series(NOISE[:60], 19)),
            "19 periods lie before the interruption, and at least 20 are needed",
        ),
        (lambda: estimate_series(Series(NOISE[:60], 60)), "no period lies after the interruption"),
        (
            lambda: estimate_series(Series(NOISE[:60], 30, {"visits": NOISE[:59]})),
            "`visits` has 59 periods and the outcome 60",
        ),
        (
            lambda: estimate_series(Series(np.append(np.ones(30), NOISE[:30]), 30)),
            "the outcome never changed before the interruption",
        ),
        (
            lambda: estimate_before_after(NOISE[:20], begins=15),
            "5 periods lie after the beginning, and at least 8 are needed",
        ),
        (
            lambda: estimate_comparison(Observed(NOISE, EACH == 0, {})),
            "1 outcomes are of those with the use case, and at least 2 are needed",
        ),
    ],
)
def test_data_that_shows_nothing_is_refused_with_what_to_do(
    estimate: Callable[[], Estimate], summary: str
) -> None:
    with pytest.raises(StudyDataUnusable) as refused:
        estimate()
    assert refused.value.summary == summary
    assert refused.value.help


def refusals(found: Estimate) -> list[str]:
    return [each.name for each in found.refused_by]


def test_an_assignment_that_did_not_work_refuses_the_claim() -> None:
    assert refusals(estimate_experiment(Sample(NOISE, EACH % 3 == 0, EACH))) == ["split as declared"]
    assert refusals(estimate_experiment(Sample(NOISE, EACH % 3 == 0, EACH), share=1 / 3)) == []


def test_arms_that_differed_before_refuse_the_claim() -> None:
    before = NOISE + 2 * HALF
    assert refusals(estimate_experiment(Sample(NOISE, HALF, EACH, before))) == ["alike before"]


def test_people_who_were_in_both_arms_refuse_the_claim() -> None:
    assert refusals(estimate_experiment(Sample(NOISE, HALF, EACH // 4))) == ["one arm each"]


def test_few_clusters_refuse_the_claim() -> None:
    few = EACH % 16
    assert refusals(estimate_experiment(Sample(NOISE, few % 2 == 0, few))) == ["clusters"]


def test_before_enough_clusters_a_look_at_any_time_says_nothing() -> None:
    found = estimate_experiment(Sample(NOISE[:24], HALF[:24], EACH[:24]), looks="any")
    assert (found.low, found.high) == (-np.inf, np.inf)


def test_figures_that_were_set_and_not_measured_are_no_certainty() -> None:
    """Each arm constant: an interval without width would call sure what nobody measured."""
    set_values = np.where(HALF, 1.0, 0.0)
    estimates: tuple[Callable[[], Estimate], ...] = (
        lambda: estimate_experiment(Sample(set_values, HALF, EACH)),
        lambda: estimate_comparison(Observed(set_values, HALF, {"before": NOISE})),
        lambda: estimate_before_after(np.sort(set_values), begins=len(set_values) // 2),
    )
    for estimate in estimates:
        with pytest.raises(StudyDataUnusable, match=r"the same|never changed") as refused:
            estimate()
        assert refused.value.help


def test_a_comparison_counts_people_and_not_what_was_measured_on_them() -> None:
    alone = estimate_comparison(Observed(NOISE, HALF, {}))
    again = np.tile(NOISE, 4), np.tile(HALF, 4)
    of = estimate_comparison(Observed(*again, {}, cluster=np.tile(EACH, 4)))
    assert of.high - of.low == pytest.approx(alone.high - alone.low, rel=0.01)
    assert (of.clusters, of.treated) == (len(NOISE), 4 * int(HALF.sum()))


def test_outcomes_that_are_means_count_for_as_many_as_they_are_of() -> None:
    """A row for each of three results, or one for them all: the same effect, just as sure."""
    values = NOISE.round(3)
    means = np.array([values[each == EACH % 40].mean() for each in range(40)])
    weights = np.bincount(EACH % 40).astype(float)
    whole = estimate_experiment(Sample(values, EACH % 2 == 0, EACH % 40))
    summed = estimate_experiment(Sample(means, np.arange(40) % 2 == 0, np.arange(40), weights=weights))
    assert summed.effect == pytest.approx(whole.effect)
    assert summed.low == pytest.approx(whole.low)


def test_trends_that_differed_before_refuse_the_claim() -> None:
    begins = np.where(np.arange(40) % 2 == 0, 6, NEVER)
    drift = np.where(begins == 6, 1.0, 0.0)[:, None] * np.arange(10)
    found = estimate_differences(Panel(NOISE.reshape(40, 10) + drift, begins))
    assert refusals(found) == ["same trend before", "placebo before"]


def test_before_and_after_is_weak_and_a_drift_before_refuses_it() -> None:
    calm = estimate_before_after(NOISE[100:160] + (np.arange(60) >= 30), begins=30)
    assert calm.grade == "before_after"
    assert refusals(calm) == []
    assert refusals(estimate_before_after(NOISE[:60] + 0.2 * np.arange(60), begins=30)) == ["no drift before"]


def test_those_who_are_alike_are_compared_and_still_only_claim() -> None:
    found = estimate_comparison(Observed(NOISE + HALF, HALF, {"age": np.roll(NOISE, 7)}))
    assert refusals(found) == []
    assert found.grade == "claimed"
    assert refusals(estimate_comparison(Observed(NOISE, HALF, {}))) == ["alike before"]
