"""What evaluations show of another model's answers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from finops_house import LARGE, SMALL, house, tried, work
from remit.decide.finops.shown_quality import cases_needed, quality, token_ratios
from remit.decide.paired import Pairs, newcombe


def test_answers_are_not_worse_where_the_lower_end_of_the_paired_interval_is_within_the_margin() -> None:
    shown = quality(work([], tried=[tried("+" * 300, "+" * 300)]), LARGE, SMALL)
    assert (shown.verdict, shown.cases, shown.difference) == ("not-worse", 300, 0.0)
    assert shown.low == pytest.approx(newcombe(Pairs(300, 0, 0, 0))[0])
    assert shown.says == ("not worse by more than 0.02; 300 cases of claims-cases: +0.000 (-0.013 to +0.013)")


def test_answers_are_worse_where_the_upper_end_is_below_zero() -> None:
    shown = quality(work([], tried=[tried("+" * 60, "+" * 40 + "-" * 20)]), LARGE, SMALL)
    assert shown.verdict == "worse"
    assert shown.high < 0


def test_too_few_cases_show_nothing_and_it_is_said_how_many_would() -> None:
    shown = quality(work([], tried=[tried("+" * 50, "+" * 50)]), LARGE, SMALL)
    assert shown.verdict == "unknown"
    assert "about 189 cases like these would show it" in shown.says
    worse = quality(work([], tried=[tried("+" * 20, "+" * 19 + "-")]), LARGE, SMALL)
    assert "no number of cases like these will" in worse.says


def test_where_nothing_was_tried_the_command_is_said_with_the_size_of_the_sample() -> None:
    shown = quality(work([]), LARGE, SMALL)
    assert shown.verdict == "unknown"
    assert "`remit evaluate claims --dataset FILE --models large,small`" in shown.says
    assert "cases if none differs" in shown.says


def test_a_use_case_declares_how_much_lower_a_pass_rate_may_be() -> None:
    strict = house(economy={"pass_rate_loss_max": "0"})
    assert (
        quality(work([], of=strict, tried=[tried("+" * 300, "+" * 300)]), LARGE, SMALL).verdict == "unknown"
    )
    loose = house(economy={"pass_rate_loss_max": "0.1"})
    assert quality(work([], of=loose, tried=[tried("+" * 50, "+" * 50)]), LARGE, SMALL).verdict == "not-worse"


def test_two_evaluations_of_one_data_set_are_put_beside_each_other() -> None:
    first = tried("+" * 300, "+" * 300, other="model/third", id="e1")
    second = tried("+" * 300, "+" * 300, now="model/fourth", id="e2")
    shown = quality(work([], tried=[first, second]), LARGE, SMALL)
    assert (shown.verdict, shown.evaluation) == ("not-worse", "e2")


def test_live_samples_and_other_models_show_nothing() -> None:
    live = tried("+" * 300, "+" * 300, live=True)
    assert quality(work([], tried=[live]), LARGE, SMALL).verdict == "unknown"
    other = tried("+" * 300, "+" * 300, other="model/other")
    assert quality(work([], tried=[other]), LARGE, SMALL).verdict == "unknown"


def test_simulated_answers_show_nothing_of_real_calls() -> None:
    pretended = tried("+" * 300, "+" * 300, a={"simulated": True}, b={"simulated": True})
    assert quality(work([], tried=[pretended]), LARGE, SMALL).verdict == "unknown"
    assert quality(work([], tried=[pretended], simulated=True), LARGE, SMALL).verdict == "not-worse"


def test_attacks_that_succeed_more_often_make_it_worse() -> None:
    good = tried("+" * 300, "+" * 300)
    attacked = tried("+" * 60, "+" * 40 + "-" * 20, measure="attack_success_rate", id="e2")
    assert quality(work([], tried=[good, attacked]), LARGE, SMALL).verdict == "worse"
    fended = tried("+" * 60, "+" * 60, measure="attack_success_rate", id="e2")
    assert quality(work([], tried=[good, fended]), LARGE, SMALL).verdict == "not-worse"


def test_the_cases_needed_are_the_fewest_that_show_it() -> None:
    found = cases_needed(Pairs(100, 0, 0, 0), margin=0.02)
    assert found == 189
    assert newcombe(Pairs(189, 0, 0, 0))[0] >= -0.02 > newcombe(Pairs(188, 0, 0, 0))[0]
    assert cases_needed(Pairs(0, 0, 0, 0), margin=0.02) is None
    assert cases_needed(Pairs(90, 0, 2, 8), margin=0.02) is None
    assert cases_needed(Pairs(50_000, 0, 999, 0), margin=0.02) is None


TOKENS: dict[str, Any] = {
    "a": {"input_tokens": 400, "output_tokens": 100},
    "b": {"input_tokens": 500, "output_tokens": 80},
}


def test_tokens_are_counted_as_both_models_did_on_the_same_cases() -> None:
    measured = tried("+" * 40, "+" * 40, **TOKENS)
    assert token_ratios(work([], tried=[measured]), LARGE, SMALL) == (Fraction(5, 4), Fraction(4, 5))


def test_tokens_are_not_compared_where_they_were_not_measured() -> None:
    given = {**TOKENS, "b": {**TOKENS["b"], "given": 1}}
    for each in (
        tried("+" * 20, "+" * 20, **TOKENS),
        tried("+" * 40, "+" * 40, **given),
        tried("+" * 40, "+" * 40),
    ):
        assert token_ratios(work([], tried=[each]), LARGE, SMALL) is None
    assert token_ratios(work([]), LARGE, SMALL) is None
