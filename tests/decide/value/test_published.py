"""Estimators give the answers that were published, and refuse what was shown to mislead."""

from __future__ import annotations

import pytest

from remit.decide.value.comparison import estimate_comparison
from remit.decide.value.series import estimate_series
from remit.decide.value.synthetic import estimate_synthetic
from value_studies import basque, causal_impact, lalonde


def test_the_basque_country_is_cataluna_and_madrid() -> None:
    found = estimate_synthetic(basque(with_spain=True))
    assert {name: round(weight, 4) for name, weight in found.details.items()} == {
        "weight Cataluna": 0.8508,
        "weight Madrid (Comunidad De)": 0.1492,
    }
    assert found.effect == pytest.approx(-0.6996, abs=1e-4)
    assert found.p == pytest.approx(3 / 18)
    assert [each.name for each in found.refused_by] == ["placebos"]


def test_a_comparison_of_people_who_were_not_alike_is_refused_as_it_was_measured() -> None:
    found = estimate_comparison(lalonde())
    assert found.effect == pytest.approx(-635.03, abs=0.01)
    assert found.details["adjusted"] == pytest.approx(1548.24, abs=0.01)
    assert found.details["adjusted_error"] == pytest.approx(781.28, abs=0.01)
    assert found.grade == "claimed"
    [refused] = found.refused_by
    assert refused.said == (
        "before, they differ in `white` by -1.41, `married` by -0.72, `re74` by -0.60 and 2 more standard"
        " deviations, and by more than 0.25 nobody compares"
    )


@pytest.mark.parametrize("name", ["basic", "covariates"])
def test_an_interrupted_series_agrees_with_the_r_package(name: str) -> None:
    series, theirs = causal_impact(name)
    ours = estimate_series(series)
    assert ours.effect == pytest.approx(theirs["point_effect_mean"], rel=0.02)
    assert ours.high - ours.low == pytest.approx(theirs["ci_upper"] - theirs["ci_lower"], rel=0.05)
    assert not ours.refused_by


def test_a_series_that_nothing_touched_shows_no_effect() -> None:
    series, _ = causal_impact("no_effect")
    ours = estimate_series(series)
    assert ours.low < 0 < ours.high
