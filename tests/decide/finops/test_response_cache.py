"""How many calls ask exactly what was asked before, and what the answer cache would have saved."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching_house import call, house, work
from finops_columns import CACHING, MadeCall
from remit.decide.finops.response_cache import asked_rows, given_again, response_caches
from remit.decide.finops.saving import Edit
from remit.kernel.usage import Usage

EACH = CACHING.cost(Usage(1_000, 100))


def simulated(calls: Sequence[MadeCall], within_s: int) -> list[bool]:
    """Keep answers in a list, and look for the newest whole one to the same request."""
    answers: list[tuple[str, str, int]] = []
    again = []
    for each in calls:
        now = round(each.at_s * 1_000)
        found = [ended for asked, model, ended in answers if (asked, model) == (each.asked, each.model)]
        whole = [ended for ended in found if ended <= now]
        again.append(bool(whole) and now - max(whole) < within_s * 1_000)
        if not again[-1]:
            answers.append((each.asked, each.model, now + each.latency_ms))
    return again


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 0.5, 1, 59, 60, 298, 300, 301]),
            st.sampled_from("abc"),
            st.sampled_from(["model/large@1", "model/other@1"]),
            st.sampled_from([0, 1_000, 2_000, 90_000]),
        ),
        max_size=20,
    ),
    st.sampled_from([60, 300]),
)
def test_calls_are_given_answers_again_as_a_plain_simulation_says(
    made: list[tuple[float, str, str, int]], within_s: int
) -> None:
    calls, at = [], 0.0
    for gap, asked, model, took in made:
        at += gap
        calls.append(call(at, asked=asked, model=model, latency_ms=took))
    workload = work(calls)
    found = given_again(workload, np.arange(len(calls)), within_s=within_s)
    assert found.tolist() == simulated(calls, within_s)


def test_the_shortest_time_that_saves_nearly_all_is_proposed_for_the_use_case() -> None:
    calls = [call(at, asked="a") for at in (0, 100, 200, 1_000, 1_100)]
    [saving] = response_caches(work(calls))
    assert saving.edits == (Edit("use-case/claims", "remit.cache_minutes", 60),)
    assert (saving.charged, saving.would) == (5 * EACH, EACH)
    assert saving.figures == {
        "given again within 5 min": "3 of 5 (60 %), 0.0135 USD",
        "given again within 60 min": "4 of 5 (80 %), 0.018 USD",
        "given again within 1,440 min": "4 of 5 (80 %), 0.018 USD",
    }
    assert (saving.id, saving.quality.verdict) == ("response-cache:claims", "same")


def test_where_nobody_asks_the_same_again_nothing_is_proposed() -> None:
    assert not list(response_caches(work([call(at, asked=str(at)) for at in range(5)])))
    assert not list(response_caches(work([call(at) for at in range(5)])))
    assert not list(response_caches(work([])))


def test_calls_that_failed_or_came_in_batches_are_given_nothing() -> None:
    calls = [call(at, asked="a", failed=at == 1, batch=at == 2) for at in range(5)]
    assert asked_rows(work(calls)).tolist() == [0, 3, 4]


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"remit": {"capture_max": "masked"}}, "`capture_max: masked` lets no answer be kept"),
        ({"remit": {"cache_minutes": "7"}}, ""),
    ],
)
def test_what_stands_in_the_way_is_said(case: dict[str, object], said: str) -> None:
    calls = [call(at, asked="a") for at in (0, 1_000, 2_000)]
    [saving] = response_caches(work(calls, of=house(**case)))
    assert saving.by_hand.startswith(said)
    assert bool(saving.edits) == (not said)
    assert saving.charged - saving.would == Decimal(2) * EACH
