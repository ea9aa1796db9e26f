"""Speed against economy."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from finops_columns import rates
from finops_house import LARGE, OTHER, SMALL, call, house, tried, work
from remit.decide.finops.speed_economy import SpeedEconomy, Way, dominates, speed_economy

TWO = house(remit={"models": [LARGE, SMALL]})


def of(found: SpeedEconomy) -> dict[str, Way]:
    return {each.name: each for each in found.ways}


def timed(latency_ms: int, **fields: Any) -> list[Any]:
    return [call(place, latency_ms=latency_ms + place, **fields) for place in range(100)]


def test_calls_are_timed_and_priced_by_model_and_tier() -> None:
    found = of(speed_economy(work([*timed(1_000), *timed(500, tier="priority")], of=TWO)))
    assert set(found) == {LARGE, f"{LARGE} (priority)", SMALL}
    assert (found[LARGE].latency_ms_p50, found[LARGE].latency_ms_p95) == (1_050, 1_095)
    assert found[LARGE].per_call == Decimal("0.0045")
    assert found[LARGE].latency_from == "calls"


def test_models_that_were_not_called_are_priced_and_not_timed() -> None:
    small = of(speed_economy(work(timed(1_000), of=TWO)))[SMALL]
    assert (small.called, small.per_call, small.latency_ms_p95) == (False, Decimal("0.0007"), None)


def test_an_evaluation_says_how_good_and_how_fast_a_model_is() -> None:
    shown = tried(
        "+" * 90 + "-" * 10,
        "+" * 80 + "-" * 20,
        b={"latency_ms_p50": 300, "latency_ms_p95": 700},
    )
    found = of(speed_economy(work(timed(1_000), of=TWO, tried=[shown])))
    assert (found[LARGE].share, found[SMALL].share) == (0.9, 0.8)
    assert (found[SMALL].latency_ms_p95, found[SMALL].latency_from) == (700, "evaluation")
    assert found[LARGE].latency_from == "calls"
    pretended = tried("+", "+", a={"simulated": True})
    assert of(speed_economy(work(timed(1_000), of=TWO, tried=[pretended])))[LARGE].share is None


def test_few_calls_and_those_of_batches_and_failures_are_not_timed() -> None:
    made = [call(), call(1, batch=True, latency_ms=10**6), call(2, failed=True, latency_ms=10**6)]
    found = of(speed_economy(work(made, of=TWO)))[LARGE]
    assert (found.calls, found.latency_ms_p95) == (1, None)


def test_it_is_said_what_speed_costs() -> None:
    dear = timed(1_000)
    cheap = timed(3_000, model=SMALL, rates=rates("0.5", "2"))
    found = speed_economy(work([*dear, *cheap], of=TWO))
    assert found.says == (
        "`model/large` answers 95 of 100 calls 2,000 ms sooner than `model/small`,"
        " for 0.0038 EUR more for each call"
    )
    assert [way.name for way in found.ways] == [SMALL, LARGE]
    assert "fewer than two ways" in speed_economy(work(dear, of=TWO)).says
    quick = timed(500, model=SMALL, rates=rates("0.5", "2"))
    assert (
        speed_economy(work([*dear, *quick], of=TWO)).says
        == "`model/small` is both the fastest and the cheapest way"
    )


def test_a_way_is_dominated_only_by_one_that_was_measured_to_be_at_least_as_good_in_all() -> None:
    def way(per_call: str, p95: int | None, share: float | None) -> Way:
        return Way(
            "model/a", "", 100, called=True, per_call=Decimal(per_call), latency_ms_p95=p95, share=share
        )

    assert dominates(way("1", 100, 0.9), way("2", 100, 0.9))
    assert not dominates(way("1", 100, 0.8), way("2", 100, 0.9))
    assert not dominates(way("1", 100, 0.9), way("1", 100, 0.9))
    assert not dominates(way("1", 100, None), way("2", 100, 0.9))
    assert not dominates(way("1", 100, 0.9), way("2", None, 0.9))


def test_dominated_ways_name_what_dominates_them() -> None:
    shown = tried("+" * 90 + "-" * 10, "+" * 90 + "-" * 10)
    made = [*timed(1_000), *timed(500, model=SMALL, rates=rates("0.5", "2"))]
    found = of(speed_economy(work(made, of=TWO, tried=[shown])))
    assert found[LARGE].dominated_by == (SMALL,)
    assert found[SMALL].dominated_by == ()
    assert OTHER not in found
