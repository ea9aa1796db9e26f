"""The priority tier, where latency pays."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from finops_house import LARGE, call, house, model, work
from remit.decide.finops.priority import priority
from remit.decide.finops.ranked import standing
from remit.decide.finops.saving import Saving
from remit.declare.operating_model import OperatingModel


def hasty(**economy: str) -> OperatingModel:
    price = {"starts": "2026-01-01", "input": "3", "output": "15", "tiers": {"priority": {"factor": "2"}}}
    return house(economy=economy, blocks={LARGE: model("Large", "3", "15", prices=[price])})


def found(made: list[Any], of: OperatingModel) -> Saving:
    (saving,) = priority(work(made, of=of))
    return saving


LATE = [call(place, latency_ms=9_000 if place % 4 == 0 else 1_000) for place in range(200)]


def test_without_a_declared_wait_or_a_late_answer_there_is_nothing_to_spare() -> None:
    assert not list(priority(work(LATE, of=hasty())))
    assert not list(priority(work(LATE, of=hasty(answers_within_seconds="10"))))
    unpriced = house(economy={"answers_within_seconds": "5"})
    assert not list(priority(work(LATE, of=unpriced)))
    assert not list(
        priority(work([call(model="model/gone", latency_ms=9_000)], of=hasty(answers_within_seconds="5")))
    )


def test_where_no_late_answer_is_worth_anything_it_only_costs() -> None:
    saving = found(LATE, hasty(answers_within_seconds="5"))
    assert (saving.charged, saving.would) == (Decimal("0.9"), Decimal("1.8"))
    assert saving.a_month == saving.low == saving.high == Decimal(-27)
    assert standing(saving)[0] == "no-gain"
    assert any("not declared" in each for each in saving.risks)


def test_where_nothing_was_served_so_it_may_spare_nothing_or_all() -> None:
    saving = found(LATE, hasty(answers_within_seconds="5", late_answer_costs="0.10 EUR"))
    assert saving.low == saving.a_month == Decimal(-27)
    assert saving.high == 50 * Decimal("0.10") * 30 - 27
    assert saving.break_even is not None
    assert (saving.break_even.at, saving.break_even.now) == (Decimal("0.018"), Decimal("0.1"))
    assert standing(saving)[0] == "no-gain"
    assert saving.figures["late answers"] == "50 of 200 (25 %)"


def test_where_calls_were_served_in_both_tiers_the_difference_is_measured() -> None:
    fast = [call(1_000 + place, tier="priority", latency_ms=1_000) for place in range(200)]
    saving = found(LATE + fast, hasty(answers_within_seconds="5", late_answer_costs="0.10 EUR"))
    assert saving.a_month == 50 * Decimal("0.10") * 30 - 27
    assert 0 < saving.low < saving.a_month < saving.high
    assert standing(saving)[0] == "recommended"
    assert "calls in both tiers" in saving.basis


def test_batches_and_failures_are_late_for_other_reasons() -> None:
    other = [
        call(1, latency_ms=10**6, batch=True),
        call(2, latency_ms=10**6, failed=True),
    ]
    assert found(LATE + other, hasty(answers_within_seconds="5")).calls == 200
