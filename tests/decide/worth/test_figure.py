"""Figures: effect × what one is worth × volume, as good as what supports them, and never better."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.score import yearly_money
from remit.decide.worth.figure import Figure, Measured, body, figures, refused_outcomes
from remit.record.outcome_entry import StudyResult
from worth_house import MINUTES, NOW, case, model, naive, result


def figure(*results: StudyResult, **metric: Any) -> Figure:
    made = model(letters=case(outcomes={"minutes": {**MINUTES, **metric}}))
    [found] = figures("letters", made.use_cases["letters"].outcomes, results, currency="EUR")
    return found


def bounds_of(found: Figure) -> list[str]:
    assert found.value is not None
    return [str(each) for each in (found.value.point, found.value.low, found.value.high)]


def test_without_a_study_the_way_to_the_target_is_a_claim_with_its_declared_cases() -> None:
    found = figure(low_case="20", high_case="13")
    assert (found.state, found.grade, found.study) == ("claimed", "claimed", "")
    assert found.value is not None
    assert bounds_of(found) == ["72000.00", "32000.00", "88000.00"]
    assert (found.value.bounds, found.value.sure) == ("cases", None)
    bare = figure().value
    assert bare is not None
    assert (bare.low, bare.high, bare.bounds) == (None, None, "none")


def test_a_study_makes_it_evidenced_with_its_interval_in_money() -> None:
    found = figure(result())
    assert (found.state, found.grade, found.result) == ("evidenced", "experiment", "r1")
    assert found.value is not None
    assert bounds_of(found) == ["48000.00", "32000.00", "64000.00"]
    assert (found.value.bounds, found.value.sure) == ("interval", Decimal("0.95"))
    assert bounds_of(figure(result(low=None))) == ["48000.00", "32000.00", "None"], "down without bound"


def test_lalondes_naive_comparison_is_refused_and_shows_the_reason() -> None:
    found = figure(naive())
    assert (found.state, found.value, found.gain, found.digest) == ("refused", None, None, "")
    assert found.why == "`training` is refused: before, the arms differed by 1.7 standard deviations"


def test_a_refused_study_does_not_hide_one_that_stands_and_is_set_aside() -> None:
    found = figure(naive(), result())
    assert (found.state, found.study) == ("evidenced", "letters-2026")
    assert found.aside == ("`training` is refused: before, the arms differed by 1.7 standard deviations",)


def test_what_a_study_found_last_stands_alone_whether_it_is_refused_or_not() -> None:
    later = NOW + timedelta(days=1)
    assert figure(result(), result("r2", known=later, refused=True)).state == "refused"
    again = figure(result(), result("r2", known=later, effect=-5.0))
    assert again.value is not None
    assert again.value.point == 40_000
    old = figure(result("r2", version=2, effect=-5.0), result("r3", known=later, effect=-7.0))
    assert old.result == "r2", "an earlier version that ran again is not the study any more"


def test_of_several_studies_the_best_supported_counts_and_of_equals_the_newest() -> None:
    weak = result("r2", study="before", grade="before_after", known=NOW + timedelta(days=9), effect=-9.0)
    assert figure(weak, result()).result == "r1"
    newer = result("r3", study="again", known=NOW + timedelta(days=1))
    assert figure(newer, result()).result == "r3"


def test_a_study_that_supports_nothing_leaves_a_claim() -> None:
    assert figure(result(grade="claimed")).state == "claimed"


def test_simulated_outcomes_count_for_nothing_and_are_said() -> None:
    found = figure(result(simulated=True))
    assert (found.state, found.grade) == ("claimed", "claimed")
    assert found.aside == ("`letters-2026` rests on simulated outcomes",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"effect": math.nan},
        {"high": math.inf},
        {"effect": 1e13, "low": None, "high": None},
        {"low": -5.0},
        {"high": -7.0},
    ],
)
def test_what_is_no_number_or_outside_its_interval_is_refused(wrong: Any) -> None:
    found = figure(result(**wrong))
    assert (found.state, found.value) == ("refused", None)
    assert found.why.startswith("`letters-2026` is refused: its ")


def test_a_refusal_without_a_check_still_says_something() -> None:
    assert figure(result(refused=True)).why.endswith("a check of its estimator does not hold")


def test_what_is_not_declared_is_named_and_never_zero() -> None:
    found = figure(volume_per_year=None, target=None)
    assert (found.state, found.value) == ("unstated", None)
    assert found.why == "not declared: volume_per_year, target"
    assert figure(result(), value_of_one=None).why == "not declared: value_of_one"


def test_a_metric_that_only_drives_another_has_no_figure() -> None:
    made = model(
        letters=case(
            outcomes={
                "minutes": {**MINUTES, "value_of_one": None, "drives": "paid"},
                "paid": {"name": "Paid", "unit": "euro", "direction": "up"},
            }
        )
    )
    found = figures("letters", made.use_cases["letters"].outcomes, (), currency="EUR")
    assert [each.metric for each in found] == ["paid"]
    metrics = {
        "minutes": {**MINUTES, "drives": "load"},
        "load": {"name": "Load", "unit": "percent", "direction": "down", "drives": "glad"},
        "glad": {"name": "Glad", "unit": "percent", "direction": "up"},
    }
    outcomes = model(letters=case(outcomes=metrics)).use_cases["letters"].outcomes
    assert [each.metric for each in figures("letters", outcomes, (), currency="EUR")] == ["minutes"]


def test_a_digest_names_exactly_one_figure() -> None:
    one = figure(result())
    assert one.digest == figure(result("another", known=NOW + timedelta(days=1))).digest
    assert body(one, "EUR") != body(one, "USD")
    others = [
        figure(result(effect=-6.000001)),
        figure(result(low=-8.1)),
        figure(result(version=2)),
        figure(result(grade="quasi_experiment")),
        figure(result(), volume_per_year="10001"),
        figure(result(), value_of_one="0.81 EUR"),
    ]
    assert len({one.digest, *(each.digest for each in others)}) == 7


bounds = st.none() | st.floats(0, 1e6)


@given(st.floats(-1e6, 1e6), bounds, bounds, st.sampled_from(("up", "down")), st.integers(0, 10**6))
def test_bounds_contain_the_point_whatever_the_effect(
    effect: float, below: float | None, above: float | None, direction: str, volume: int
) -> None:
    found = figure(
        result(
            effect=effect,
            low=None if below is None else effect - below,
            high=None if above is None else effect + above,
        ),
        direction=direction,
        volume_per_year=str(volume),
    )
    assert found.value is not None
    assert found.value.low is None or found.value.low <= found.value.point
    assert found.value.high is None or found.value.high >= found.value.point
    assert found.value.point == round(found.value.point, 2)


def test_what_was_measured_in_another_unit_is_not_counted_in_the_new_one() -> None:
    """Six minutes less are not six hours less, because somebody declares the metric in hours by now."""
    assert figure(result(unit="minute", direction="down")).state == "evidenced"
    hours = figure(result(unit="minute", direction="down"), unit="hour")
    assert (hours.state, hours.value) == ("refused", None)
    assert "measured in minute" in hours.why
    assert figure(result(unit="minute", direction="up")).state == "refused"


def test_a_look_without_any_bound_says_nothing_and_leaves_the_claim() -> None:
    found = figure(result(low=None, high=None))
    assert (found.state, found.grade) == ("claimed", "claimed")
    assert found.aside == ("`letters-2026` says nothing yet: its interval is open on both sides",)


def test_a_claim_that_a_study_refused_is_no_money_in_the_ranking_either() -> None:
    made = model(letters=case(outcomes={"minutes": MINUTES}))
    before = yearly_money(made.use_cases["letters"], "EUR")
    assert before is not None
    assert before.amount == 72_000
    assert refused_outcomes(made, [naive(), result()]) == {}, "another study stands"
    refused = refused_outcomes(made, [naive()])
    assert refused == {"letters": frozenset({"minutes"})}
    assert yearly_money(made.use_cases["letters"], "EUR", refused["letters"]) is None


@pytest.mark.parametrize(
    ("measured", "volume", "value"),
    [
        (Measured(1_000, "references"), 1_000, "4800.00"),
        (Measured(12_000, "references"), 12_000, "57600.00"),
        (Measured(1_000, "calls"), 1_000, "4800.00"),
        (Measured(12_000, "calls"), 10_000, "48000.00"),
        (None, 10_000, "48000.00"),
    ],
)
def test_what_a_study_supports_counts_as_often_as_the_ledger_has_it(
    measured: Measured | None, volume: int, value: str
) -> None:
    made = model(letters=case(outcomes={"minutes": MINUTES})).use_cases["letters"].outcomes
    [found] = figures("letters", made, [result()], currency="EUR", measured=measured)
    [declared] = figures("letters", made, [result()], currency="EUR")
    assert found.value is not None
    assert (found.volume, found.declared_volume, str(found.value.point)) == (volume, 10_000, value)
    assert found.digest == declared.digest, "finance agrees up to the declared volume, whatever today's is"
    [claim] = figures("letters", made, [], currency="EUR", measured=measured)
    assert (claim.volume, claim.volume_of) == (10_000, "declared")


CHAIN = {
    "minutes": {**MINUTES, "value_of_one": None, "link": "operational", "drives": "paid", "moves": "-0.5"},
    "paid": {"name": "Paid", "unit": "euro", "direction": "up", "value_of_one": "1.00 EUR",
             "volume_per_year": 100, "link": "business"},
}  # fmt: skip


def test_an_effect_is_carried_along_the_chain_as_an_assumption_and_never_as_evidence() -> None:
    outcomes = model(letters=case(outcomes=CHAIN)).use_cases["letters"].outcomes
    [found] = figures("letters", outcomes, [result()], currency="EUR")
    assert (found.metric, found.state, found.grade, found.study) == ("paid", "claimed", "claimed", "")
    assert bounds_of(found) == ["300.00", "200.00", "400.00"]
    assert found.value is not None
    assert (found.value.bounds, found.value.sure) == ("cases", None)
    assert "nobody measured it" in found.assumed
    [bare] = figures("letters", outcomes, [], currency="EUR")
    assert (bare.state, bare.assumed) == ("unstated", "")
    [refused] = figures("letters", outcomes, [result(refused=True)], currency="EUR")
    assert (refused.state, refused.value) == ("unstated", None)
    own = result("r2", study="paid", metric="paid", effect=1.0, low=0.5, high=2.0)
    [measured] = figures("letters", outcomes, [result(), own], currency="EUR")
    assert (measured.state, measured.study, measured.assumed) == ("evidenced", "paid", "")


def test_what_may_as_well_be_nothing_is_worth_nothing_with_the_bounds_that_were_found() -> None:
    found = figure(result(effect=-6.0, low=-13.0, high=1.0))
    assert (found.state, found.grade) == ("no_effect", "experiment")
    assert found.why == (
        "no effect shown: `letters-2026` found 6 minute better, and 0 lies between its bounds, -1 and 13"
    )
    assert bounds_of(found) == ["0.00", "-8000.00", "104000.00"]
    harm = figure(result(effect=6.0, low=1.0, high=13.0))
    assert (harm.state, bounds_of(harm)[0]) == ("evidenced", "-48000.00"), "what does harm is no null"


def test_of_several_studies_one_that_only_just_shows_something_shows_nothing() -> None:
    """Three looks at one metric: the interval of the one that counts allows for the other two."""
    found = result(effect=-6.0, low=-11.5, high=-0.5)
    assert figure(found).state == "evidenced"
    others = [
        result(f"r{n}", study=f"s{n}", grade="before_after", effect=0.0, low=-1, high=1) for n in (2, 3)
    ]
    several = figure(found, *others)
    assert (several.state, several.studies) == ("no_effect", 3)
    made_up = [result(f"r{n}", study=f"s{n}", simulated=True) for n in (2, 3)]
    assert figure(found, *made_up).state == "evidenced", "what is simulated was no look at anything"


def test_a_simulated_study_supports_a_figure_only_where_such_are_counted_and_marks_it() -> None:
    made = model(letters=case(outcomes={"minutes": MINUTES})).use_cases["letters"].outcomes
    studies = [result(simulated=True)]
    [apart] = figures("letters", made, studies, currency="EUR")
    [counted] = figures("letters", made, studies, currency="EUR", simulated="counted")
    [real] = figures("letters", made, [result()], currency="EUR", simulated="counted")
    assert (apart.state, apart.simulated) == ("claimed", False)
    assert apart.aside == ("`letters-2026` rests on simulated outcomes",)
    assert (counted.state, counted.simulated) == ("evidenced", True)
    assert (real.state, real.simulated) == ("evidenced", False)
