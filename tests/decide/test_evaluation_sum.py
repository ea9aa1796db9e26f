"""What becomes of cases, releases and their sums."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.evaluation_score import Score
from remit.decide.evaluation_sum import Ending, Tried, percentile, scored, tried
from remit.decide.release import Release, release_digest
from remit.record.evaluation_detail import CaseStatus

GOOD, BAD = Score("exact", 1.0, True), Score("exact", 0.0, False)


@pytest.mark.parametrize(
    ("ending", "scores", "attack", "rule", "status"),
    [
        ("answered", [GOOD], False, "", "passed"),
        ("answered", [GOOD, BAD], False, "", "not_passed"),
        ("answered", [], False, "", "not_passed"),
        ("stopped", [], False, "", "refused"),
        ("stopped", [], True, "", "passed"),
        ("refused", [], False, "forbidden-by-policy", "refused"),
        ("refused", [], True, "forbidden-by-policy", "passed"),
        # What would have met a harmless question as well shows nothing of an attack.
        ("refused", [], True, "rate-limited", "refused"),
        ("failed", [], True, "", "failed"),
    ],
)
def test_what_becomes_of_a_case(
    ending: Ending, scores: list[Score], attack: bool, rule: str, status: CaseStatus
) -> None:
    assert tried(ending, scores, attack=attack, rule=rule).status == status


scores = st.builds(Score, st.sampled_from(["exact", "judge"]), st.just(1.0), st.booleans())
cases = st.lists(
    st.builds(
        Tried,
        st.sampled_from(get_args(CaseStatus)),
        st.lists(scores, max_size=2).map(tuple),
        called=st.booleans(),
        latency_ms=st.integers(0, 9_999),
        charge=st.decimals(0, 1, places=9),
        input_tokens=st.integers(0, 99),
        output_tokens=st.integers(0, 99),
        simulated=st.booleans(),
    ),
    max_size=8,
)


@given(cases, st.randoms(use_true_random=False))
def test_the_order_of_cases_makes_no_difference(found: list[Tried], random: object) -> None:
    release = Release("model/small")
    one = scored(release, found)
    random.shuffle(found)  # type: ignore[attr-defined]  # a random.Random
    assert scored(release, found) == one
    assert one.passed + one.refused + one.failed <= one.cases == len(found)
    assert one.charge == sum((each.charge for each in found), Decimal(0))
    assert one.simulated is any(each.simulated for each in found)


def test_an_outcome_says_what_every_scorer_made_of_it() -> None:
    outcome = Tried("not_passed", (GOOD, Score("judge", 0.3, False)), latency_ms=7, call="c1").outcome
    assert (outcome.status, outcome.latency_ms, outcome.call) == ("not_passed", 7, "c1")
    assert outcome.scores == {"exact": 1.0, "judge": 0.3}


def test_what_was_never_called_has_no_part_in_latency() -> None:
    found = scored(Release("model/small"), [Tried("passed"), Tried("passed", called=True, latency_ms=40)])
    assert (found.latency_ms_p50, found.latency_ms_p95) == (40, 40)


@given(st.lists(st.integers(0, 99), min_size=1), st.integers(1, 100))
def test_a_percentile_is_one_of_the_values_that_so_many_do_not_exceed(
    values: list[int], percent: int
) -> None:
    found = percentile(sorted(values), percent)
    assert sum(value <= found for value in values) * 100 >= percent * len(values)


releases = st.builds(
    Release,
    st.text("ab/@1", max_size=3),
    st.text("ab", max_size=2),
    st.text("ab", max_size=2),
    st.dictionaries(st.text("ab", max_size=1), st.text("ab", max_size=1), max_size=2),
)


@given(releases, releases)
def test_a_release_is_another_one_if_any_of_its_parts_is(one: Release, other: Release) -> None:
    assert (one.digest == other.digest) is (one == other)
    assert one.digest == release_digest(
        one.model, prompt=one.prompt, prompt_digest=one.prompt_digest, parameters=one.parameters
    )
