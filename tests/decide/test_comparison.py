"""Releases beside each other, and beside what they were."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from remit.decide.comparison import contrast, earlier_of, pairs_of, rate, regressions
from remit.decide.paired import Pairs
from remit.record.dossier_entry import Evaluation, Scored
from remit.record.evaluation_detail import CaseStatus, Details, Outcome
from strategies import MOMENT

STATUS: dict[str, CaseStatus] = {"+": "passed", "-": "not_passed", "r": "refused", "f": "failed"}


def details(first: int = 1, **outcomes: str) -> Details:
    """Write what became of cases in signs, one for each case; their ids count from `first` on."""
    length = len(next(iter(outcomes.values())))
    return Details(
        tuple(f"c{number}" for number in range(first, first + length)),
        {name: tuple(Outcome(STATUS[sign]) for sign in signs) for name, signs in outcomes.items()},
    )


def scored(release: str, **fields: Any) -> Scored:
    return Scored(**{"release": release, "model": "model/a", "cases": 100, "passed": 90, **fields})


def evaluation(id: str, *results: Scored, **fields: Any) -> Evaluation:
    days = int(id.strip("e"))
    return Evaluation(
        **{
            "id": id,
            "at": MOMENT + timedelta(days=days),
            "use_case": "triage",
            "measure": "pass_rate",
            "dataset": "claims",
            "dataset_digest": "d1",
            "stage": "experiment",
            "model_version": 1,
            "began": MOMENT,
            "results": results,
            "currency": "EUR",
            "author": "a@example.com",
            **fields,
        }
    )


def test_a_release_has_its_share_interval_and_cost_for_a_case() -> None:
    (found,) = rate([scored("a", passed=81, charge=Decimal("0.50"))])
    assert (found.share, round(found.low, 4), round(found.high, 4)) == (0.81, 0.7222, 0.8749)
    assert found.charge_per_case == Decimal("0.005")
    (attacked,) = rate([scored("a", passed=95)], adverse=True)
    assert (attacked.share, round(attacked.low, 4), round(attacked.high, 4)) == (0.05, 0.0215, 0.1118)
    (none,) = rate([scored("a", cases=0, passed=0)])
    assert (none.share, none.low, none.high, none.charge_per_case) == (0.0, 0.0, 1.0, Decimal(0))


@pytest.mark.parametrize(
    ("other", "dominated"),
    [
        ({"passed": 80, "charge": Decimal(2), "latency_ms_p50": 90}, True),
        ({"passed": 90, "charge": Decimal(1), "latency_ms_p50": 51}, True),
        ({"passed": 91, "charge": Decimal(9), "latency_ms_p50": 900}, False),
        ({"passed": 80, "charge": Decimal("0.9"), "latency_ms_p50": 90}, False),
        ({"passed": 80, "charge": Decimal(2), "latency_ms_p50": 49}, False),
        ({"passed": 90, "charge": Decimal(1), "latency_ms_p50": 50}, False),
        ({"passed": 80, "charge": Decimal(2), "latency_ms_p50": 90, "simulated": True}, False),
        ({"passed": 0, "cases": 0, "charge": Decimal(2), "latency_ms_p50": 90}, False),
    ],
)
def test_what_is_better_in_nothing_is_dominated(other: dict[str, Any], dominated: bool) -> None:
    first, second = rate([scored("a", charge=Decimal(1), latency_ms_p50=50), scored("b", **other)])
    assert (first.dominated_by, second.dominated_by) == ((), ("a",) if dominated else ())


def test_releases_are_compared_case_by_case_and_refused_or_failed_is_not_passed() -> None:
    (found,) = contrast(details(a="+++-rf", b="+--+-+"))
    assert (found.first, found.second) == ("a", "b")
    assert found.pairs == Pairs(both=1, only_first=2, only_second=2, neither=1)
    assert (found.chance, found.corrected, found.differ) == (1.0, 1.0, False)
    assert contrast(details(a="++")) == ()


def test_of_several_releases_all_pairs_are_compared_and_corrected_for_their_number() -> None:
    found = contrast(details(a="+" * 9, b="-" * 9, c="+" * 9))
    assert [(each.first, each.second) for each in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [round(each.chance, 4) for each in found] == [0.0039, 1.0, 0.0039]
    assert [round(each.corrected, 4) for each in found] == [0.0117, 1.0, 0.0117]
    assert [each.differ for each in found] == [True, False, True]


def test_a_pair_that_differs_by_itself_may_not_among_many() -> None:
    good, bad = "+" * 26, "-" * 6 + "+" * 20
    assert contrast(details(a=good, b=bad))[0].differ
    assert not any(each.differ for each in contrast(details(a=good, b=bad, c=good)))


def test_the_last_run_of_the_same_release_on_the_same_data_set_is_found() -> None:
    now = evaluation("e9", scored("r1"))
    history = [
        evaluation("e1", scored("r1")),
        evaluation("e3", scored("r1", passed=88)),
        evaluation("e4", scored("r1"), dataset="other", dataset_digest="d9"),
        evaluation("e5", scored("r1"), measure="attack_success_rate"),
        evaluation("e6", scored("r1"), live=True),
        evaluation("e7", scored("r1"), use_case="letters"),
        evaluation("e8", scored("r9", model="model/b")),
        now,
        evaluation("e10", scored("r1")),
    ]
    (found,) = earlier_of(now, history)
    assert (found.release, found.evaluation.id, found.scored.passed) == ("r1", "e3", 88)
    assert earlier_of(evaluation("e9", scored("r1"), live=True), history) == ()


@pytest.mark.parametrize(
    ("then", "now", "alike"),
    [
        ({"prompt_block": "prompt/x@1"}, {"prompt_block": "prompt/x@2"}, True),
        ({"prompt_block": "prompt/x@1"}, {"prompt_block": "prompt/x@1", "model": "model/b"}, True),
        ({"prompt_block": "prompt/x@1"}, {"prompt_block": "prompt/y@1"}, False),
        ({"prompt_block": "prompt/x@1"}, {}, False),
        ({"model": "model/a@1"}, {"model": "model/a@2"}, True),
        ({"model": "model/a@1"}, {"model": "model/b@1"}, False),
    ],
)
def test_the_release_before_is_the_same_prompt_or_else_the_same_model(
    then: dict[str, Any], now: dict[str, Any], alike: bool
) -> None:
    found = earlier_of(evaluation("e2", scored("new", **now)), [evaluation("e1", scored("old", **then))])
    assert [each.scored.release for each in found] == (["old"] if alike else [])


def test_of_several_alike_the_one_is_taken_from_which_least_changed() -> None:
    prompt = {"prompt_block": "prompt/x@1"}
    before = evaluation("e1", scored("b", model="model/b", **prompt), scored("a", **prompt))
    (found,) = earlier_of(evaluation("e2", scored("new", prompt_block="prompt/x@2")), [before])
    assert found.scored.release == "a"
    (found,) = earlier_of(evaluation("e2", scored("b", prompt_block="prompt/x@1")), [before])
    assert found.scored.release == "b"


def test_two_evaluations_that_are_named_are_compared_release_by_release() -> None:
    before = evaluation("e1", scored("a"), scored("b", model="model/b"), dataset="other", dataset_digest="d9")
    (found,) = pairs_of(evaluation("e2", scored("b", model="model/b")), before)
    assert (found.release, found.scored.release) == ("b", "b")
    alone = evaluation("e1", scored("a"))
    (found,) = pairs_of(evaluation("e2", scored("c", model="model/c")), alone)
    assert (found.release, found.scored.release) == ("c", "a")
    assert pairs_of(evaluation("e2", scored("c", model="model/c")), before) == ()


def test_what_broke_and_what_was_mended_is_named_case_by_case() -> None:
    now, then = evaluation("e2", scored("a")), evaluation("e1", scored("a"))
    (found,) = regressions(
        now,
        details(a="++--+"),
        earlier_of(now, [then]),
        earlier_details={"e1": details(a="+-++-")},
    )
    assert (found.broke, found.mended) == (("c3", "c4"), ("c2", "c5"))
    assert (found.added, found.gone, found.same_dataset) == (0, 0, True)
    assert found.contrast.pairs == Pairs(both=1, only_first=2, only_second=2, neither=0)


def test_of_a_changed_data_set_the_cases_of_the_same_id_are_compared() -> None:
    now, then = evaluation("e2", scored("a"), dataset_digest="d2"), evaluation("e1", scored("a"))
    (found,) = regressions(
        now,
        details(first=3, a="----"),
        earlier_of(now, [then]),
        earlier_details={"e1": details(a="++++")},
    )
    assert (found.broke, found.added, found.gone, found.same_dataset) == (("c3", "c4"), 2, 2, False)


def test_where_no_case_is_the_same_or_no_outcome_is_left_nothing_is_compared() -> None:
    now, then = evaluation("e2", scored("a"), dataset_digest="d2"), evaluation("e1", scored("a"))
    earlier = earlier_of(now, [then])
    apart = {"e1": details(first=50, a="++")}
    assert regressions(now, details(a="++"), earlier, earlier_details=apart) == ()
    assert regressions(now, details(a="++"), earlier, earlier_details={}) == ()


def test_several_regressions_are_corrected_for_their_number() -> None:
    now, then = evaluation("e2", scored("a"), scored("b")), evaluation("e1", scored("a"), scored("b"))
    found = regressions(
        now,
        details(a="-" * 6, b="-" * 6),
        earlier_of(now, [then]),
        earlier_details={"e1": details(a="+" * 6, b="+" * 6)},
    )
    assert [each.contrast.chance for each in found] == [0.03125, 0.03125]
    assert [each.contrast.differ for each in found] == [False, False]
