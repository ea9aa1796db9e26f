"""Batches as values: how many lines may run, when one waits, and how a batch goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.batch import (
    AT_ONCE_MAX,
    INTERACTIVE_MAX,
    WINDOW,
    Batch,
    over,
    room,
    wait_of,
    waits,
)
from remit.enforce.decision import deny
from remit.kernel.usage import Usage

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
COUNT = st.integers(0, 100)


def batch() -> Batch:
    return Batch(
        id="batch_1",
        use_case="pilot",
        key="k",
        endpoint="/v1/embeddings",
        input_file="file-1",
        output_file="file-2",
        error_file="file-3",
        created=NOW,
        deadline=NOW + WINDOW,
        since="01",
    )


@given(interactive=COUNT, lines=COUNT)
def test_lines_never_take_more_places_than_theirs_and_none_while_callers_fill_the_worker(
    interactive: int, lines: int
) -> None:
    found = room(interactive=interactive, lines=lines)
    assert found >= 0
    assert found == 0 or (interactive < INTERACTIVE_MAX and found + lines == AT_ONCE_MAX)
    assert room(interactive=interactive + 1, lines=lines) <= found
    assert room(interactive=interactive, lines=lines + 1) <= found


def test_with_nobody_waiting_there_is_room() -> None:
    assert room(interactive=0, lines=0) == AT_ONCE_MAX > 0


@pytest.mark.parametrize(
    "fault", [None, "internal-fault", "worker-ended", "provider-failed", "usage-above-hold"]
)
def test_only_a_provider_without_a_place_is_asked_again(fault: str | None) -> None:
    assert not waits(fault, Decimal(0))
    assert waits("provider-busy", Decimal(0))


def test_what_cost_money_is_not_asked_again_whatever_it_ended_in() -> None:
    assert not waits("provider-busy", Decimal("0.000001"))


def test_a_refusal_that_says_when_is_waited_for() -> None:
    limited = deny("rate-limited", "", help="", layer="", owner="", retry_after=7)
    assert wait_of(limited, others=0) == 7
    assert wait_of(deny("model-outside-remit", "", help="", layer="", owner=""), others=3) is None


def test_a_budget_that_other_lines_hold_is_waited_for_and_one_that_is_spent_is_not() -> None:
    spent = deny("budget-exhausted", "", help="", layer="", owner="")
    assert wait_of(spent, others=1) == 0
    assert wait_of(spent, others=0) is None


def test_a_batch_is_over_at_its_deadline_and_not_before() -> None:
    assert over(batch(), NOW + WINDOW - timedelta(microseconds=1)) is None
    assert over(batch(), NOW + WINDOW) == "expired"


def test_a_cancelled_batch_is_cancelled_whatever_the_time() -> None:
    cancelled = batch().turned("cancelling", NOW).turned("finalizing", NOW)
    assert over(cancelled, NOW) == over(cancelled, NOW + 2 * WINDOW) == "cancelled"


def test_each_status_keeps_the_time_at_which_it_began() -> None:
    later = NOW + timedelta(hours=1)
    ended = batch().turned("in_progress", NOW).turned("completed", later)
    assert (ended.status, ended.at) == ("completed", {"in_progress": NOW, "completed": later})
    assert ended.ended
    assert not batch().ended


@given(st.lists(st.tuples(st.booleans(), COUNT, COUNT, st.decimals(0, 9, places=9))))
def test_counts_and_costs_of_a_batch_are_the_sums_of_its_lines(
    lines: list[tuple[bool, int, int, Decimal]],
) -> None:
    found = batch()
    for well, read, wrote, charge in lines:
        found = found.counted(completed=int(well), failed=int(not well), since="02")
        found = found.charged(Usage(input_tokens=read, output_tokens=wrote), charge)
    assert (found.completed, found.failed) == (
        sum(well for well, *_ in lines),
        sum(not well for well, *_ in lines),
    )
    assert found.charge == sum((charge for *_, charge in lines), Decimal(0))
    assert found.usage.total == sum(read + wrote for _, read, wrote, _ in lines)
