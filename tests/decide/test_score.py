"""Scores keep value and feasibility apart, count what is supported, and take nothing missing for zero."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.grade import grades
from remit.decide.rank_stability import draw_weights, drawn_scores, ranks, stability
from remit.decide.reuse import BlockUse, Use
from remit.decide.reuse_credit import reuse_credits, shared_by
from remit.decide.score import Judged, Rated, judge, rate, worth, yearly_money
from remit.declare.grade import GRADES
from remit.declare.portfolio import Portfolio
from remit.declare.ranking import CRITERIA
from remit.declare.use_case import UseCase
from remit.kernel.money import Money
from remit.record.dossier_entry import Evidence
from strategies import A_DAY, MOMENT, model_block, operating_model

OUTCOME = {
    "name": "Minutes",
    "unit": "minute",
    "direction": "down",
    "baseline": "42",
    "target": "10",
    "value_of_one": "0.35 EUR",
    "volume_per_year": "18000",
}
JUDGED = ("value", "feasibility", "data_maturity", "process_disruption", "strategic_fit", "readiness")
ALL = dict.fromkeys(JUDGED, "4")


def case(**changes: Any) -> dict[str, Any]:
    return {"name": "Triage", "unit": "motor", "purpose": "P.", **changes}


def rated(portfolio: dict[str, Any] | None = None, *, grades: Any = None, **cases: Any) -> dict[str, Rated]:
    model = operating_model(use_cases=cases, portfolio=portfolio or {})
    judged = judge(model, {}, credits={}, grades=grades or {})
    return {each.id: each for each in rate(judged, model.portfolio)}


def test_money_is_value_of_one_by_volume_by_the_way_from_baseline_to_target() -> None:
    found = UseCase.model_validate(case(outcomes={"minutes": OUTCOME}))
    assert yearly_money(found, "EUR") == Money(Decimal("201600.00"), "EUR")


def test_an_outcome_that_does_not_say_all_says_nothing_about_money() -> None:
    part = {name: value for name, value in OUTCOME.items() if name != "baseline"}
    assert yearly_money(UseCase.model_validate(case(outcomes={"minutes": part})), "EUR") is None


def test_a_score_is_the_weighted_mean_and_value_counts_as_far_as_it_is_supported() -> None:
    weights = {**dict.fromkeys(CRITERIA, "0"), "value": "1", "feasibility": "1"}
    one = rated({"weights": weights}, a=case(scores=ALL))["a"]
    assert (one.value, one.feasibility, one.score) == (Decimal(2), Decimal(4), Decimal(3))
    shown = rated({"weights": weights}, grades={"a": "experiment"}, a=case(scores=ALL))["a"]
    assert (shown.value, shown.score) == (Decimal(4), Decimal(4))


def test_what_upsets_people_most_counts_least() -> None:
    weights = {**dict.fromkeys(CRITERIA, "0"), "value": "1", "process_disruption": "1"}
    found = rated(
        {"weights": weights},
        calm=case(scores={"value": "3", "process_disruption": "0"}),
        wild=case(scores={"value": "3", "process_disruption": "5"}),
    )
    assert found["calm"].feasibility == 5
    assert found["wild"].feasibility == 0


def test_what_is_missing_is_named_and_is_not_counted_as_nothing() -> None:
    partly = {name: value for name, value in ALL.items() if name != "readiness"}
    found = rated(whole=case(scores=ALL), part=case(scores=partly))
    assert found["part"].missing == ("money", "readiness")
    assert found["part"].stated == Decimal("0.82")
    score = found["part"].score
    assert score is not None
    zero = rated(part=case(scores={**partly, "readiness": "0"}))["part"].score
    assert zero is not None
    assert score > zero


def test_who_states_too_little_is_ranked_apart_and_last() -> None:
    found = rated(bare=case(), good=case(scores=ALL), half=case(scores={"value": "5"}))
    assert [each.id for each in found.values()] == ["good", "bare", "half"]
    assert found["bare"].score is None
    assert found["bare"].value is None, "that nobody shares its blocks is counted, and says nothing alone"
    assert "value" in found["bare"].missing


@pytest.mark.parametrize(
    ("method", "score"),
    [("rice", "18000.0000"), ("wsjf", "4200.0000")],  # 18,000 × 4 × 0.5 ÷ 2, and 201,600 ÷ 12 × 0.5 ÷ 2
)
def test_quotients_divide_by_the_effort(method: str, score: str) -> None:
    found = case(scores=ALL, outcomes={"minutes": OUTCOME}, needs={"capacity": {"data": ["1.5", "0.5"]}})
    one = rated({"method": method}, a=found)["a"]
    assert one.score == Decimal(score)


def test_a_quotient_without_a_factor_is_no_score() -> None:
    one = rated({"method": "wsjf"}, a=case(scores=ALL))["a"]
    assert one.score is None
    assert one.missing == ("cost_of_delay", "effort")


def test_a_selection_adds_up_what_stands_above_the_line() -> None:
    found = case(scores=ALL, outcomes={"minutes": OUTCOME}, needs={"capacity": {"data": ["4"]}})
    for method, objective, expected in (
        ("rice", "score", "36000"),
        ("wsjf", "score", "8400"),
        ("rice", "money", "100800"),
    ):
        portfolio = {"method": method, "objective": objective}
        one = rated(portfolio, a=found)["a"]
        assert worth(one, Portfolio.model_validate(portfolio), objective) == Decimal(expected)  # type: ignore[arg-type]


@given(st.sampled_from(GRADES), st.sampled_from(GRADES))
def test_better_evidence_never_lowers_a_score(one: Any, other: Any) -> None:
    low, high = sorted((one, other), key=GRADES.index)
    found = case(scores=ALL, outcomes={"minutes": OUTCOME})
    before, after = (rated(grades={"a": grade}, a=found)["a"].score for grade in (low, high))
    assert before is not None
    assert after is not None
    assert before <= after


def study(**changes: Any) -> Evidence:
    fields = {"id": "e1", "at": MOMENT, "use_case": "a", "source": "value_study", "shown": MOMENT.date()}
    return Evidence(**{**fields, "owner": "o@example.com", "author": "a@example.com", **changes})


def test_a_study_that_is_filed_raises_the_grade_until_it_expires_or_is_taken_back() -> None:
    today = MOMENT.date()
    assert grades([study()], today=today) == {"a": "before_after"}
    assert grades([study(expires=today)], today=today) == {"a": "before_after"}
    for nothing in (
        study(simulated=True),
        study(source="attestation"),
        study(use_case="", unit="motor"),
        study(expires=today - A_DAY),
    ):
        assert grades([nothing], today=today) == {}
    assert grades([study(), study(id="e2", withdraws="e1")], today=today) == {}


# ── reuse ──


def used(address: str, *names: str) -> BlockUse:
    uses = tuple(Use(name, "motor", "launch", "o@example.com", True, True, False, 0, 0, ()) for name in names)
    return BlockUse(address, model_block(), uses, (), None)


def test_credit_counts_the_others_on_ones_blocks_and_leaves_out_what_everybody_uses() -> None:
    blocks = [used("model/all", "a", "b", "c", "d"), used("prompt/p@1", "a"), used("prompt/p@2", "b")]
    assert reuse_credits(blocks, use_cases=4) == {"a": 1, "b": 1}


def test_a_use_case_stands_on_what_it_lists_by_name_or_by_version() -> None:
    shared = {"tool/lookup": None, "prompt/p@2": None}
    assert shared_by(shared, ["tool/lookup@3", "prompt/p"]) == ("prompt/p@2", "tool/lookup")
    assert shared_by(shared, ["model/a"]) == ()


# ── stability ──


def judged(name: str, *scores: int) -> Judged:
    criteria = {each: Decimal(score) for each, score in zip(CRITERIA, scores, strict=True)}
    return Judged(name, name, "motor", "envision", "claimed", None, criteria, {})


def test_drawn_weights_sum_to_one_lie_around_the_declared_ones_and_keep_zero() -> None:
    drawn = draw_weights([3, 0, 1], concentration=200, draws=4_000, seed=3)
    assert np.allclose(drawn.sum(axis=1), 1)
    assert (drawn[:, 1] == 0).all()
    assert np.allclose(drawn.mean(axis=0), [0.75, 0, 0.25], atol=0.005)


def test_who_is_better_in_everything_is_first_under_all_weights() -> None:
    found = stability(
        [judged("good", *[5] * 8), judged("bad", *[1] * 8)], Portfolio(), top=1, draws=200, seed=1
    )
    assert (found["good"].top_share, found["good"].rank_low, found["good"].rank_high) == (1.0, 1, 1)
    assert found["bad"].top_share == 0.0


def test_who_are_good_at_different_things_change_places() -> None:
    cases = [judged("bold", 5, 5, 5, 5, 0, 0, 0, 0), judged("easy", 0, 0, 0, 0, 4, 4, 4, 4)]
    loose = Portfolio.model_validate({"concentration": 4, "confidences": {"claimed": "0.8"}})
    found = stability(cases, loose, top=1, draws=500, seed=1)
    assert 0.1 < found["bold"].top_share < 0.9
    assert (found["bold"].rank_low, found["bold"].rank_high) == (1, 2)


def test_the_seed_decides_and_nothing_else() -> None:
    cases = [
        judged(f"c{at}", *(int(each) for each in np.random.default_rng(at).integers(0, 6, 8)))
        for at in range(9)
    ]
    one, same, other = (stability(cases, Portfolio(), top=3, draws=300, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one != other
    turned = stability(cases[::-1], Portfolio(), top=3, draws=300, seed=1)
    assert turned == one


def test_without_straying_the_drawn_scores_are_the_declared_ones() -> None:
    firm = Portfolio.model_validate({"concentration": 10_000_000})
    cases = [judged("a", 5, 1, 2, 3, 4, 5, 1, 2), judged("b", 1, 1, 1, 5, 5, 0, 0, 3)]
    drawn = drawn_scores(cases, firm, draws=100, seed=1).mean(axis=0)
    declared = {each.id: each.score for each in rate(cases, firm)}
    assert np.allclose(drawn, [float(declared[each.id] or 0) for each in cases], atol=0.01)


def test_of_a_quotient_the_exponents_move() -> None:
    def of(name: str, reach: int, effort: int) -> Judged:
        factors = {"reach": reach, "impact": 3, "confidence": 1, "effort": effort}
        decimals = {factor: Decimal(value) for factor, value in factors.items()}
        return Judged(name, name, "motor", "envision", "claimed", None, {}, decimals)  # type: ignore[arg-type]

    rice = Portfolio.model_validate({"method": "rice", "concentration": 20})
    wide, quick, none = of("wide", 1000, 10), of("quick", 150, 1), of("none", 0, 1)
    found = stability([wide, quick, none], rice, top=1, draws=500, seed=1)
    assert 0.05 < found["wide"].top_share < 0.95
    assert (found["none"].rank_low, found["none"].rank_high) == (3, 3)
    firm = Portfolio.model_validate({"method": "rice", "concentration": 10_000_000})
    [worths] = drawn_scores([wide, quick, none], firm, draws=1, seed=1, above_only=True).round()
    assert [round(each / 10) * 10 for each in worths] == [3000, 450, 0]


def test_nobody_to_rank_has_no_ranks_and_no_weights_draw_nothing() -> None:
    assert stability([], Portfolio(), top=1, draws=100, seed=1) == {}
    assert draw_weights([0, 0], concentration=5, draws=2, seed=1).tolist() == [[0, 0], [0, 0]]


def test_where_no_outcome_is_worth_anything_money_counts_nothing() -> None:
    worse = {**OUTCOME, "value_of_one": "0.00 EUR"}
    weights = {**dict.fromkeys(CRITERIA, "0"), "money": "1", "feasibility": "1"}
    assert rated({"weights": weights}, a=case(scores=ALL, outcomes={"m": worse}))["a"].value == 0


def test_a_quotient_that_lacks_a_factor_adds_nothing_known_to_a_selection() -> None:
    one = rated({"method": "rice"}, a=case(scores=ALL))["a"]
    assert worth(one, Portfolio.model_validate({"method": "rice"}), "score") is None


def test_equal_scores_share_the_better_rank() -> None:
    assert ranks(np.array([[3.0, 1.0, 3.0, 2.0]])).tolist() == [[1, 4, 1, 3]]
