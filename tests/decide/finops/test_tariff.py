"""Tariffs: summing tokens first and pricing once costs what pricing each call does, to the last digit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from finops_columns import MadeCall, rates
from finops_house import LARGE, START_S, call, house, model, work
from remit.decide.finops.tariff import as_charged, at_model, cost_by_day, scaled, tokens_of, total
from remit.decide.finops.tier_rule import TierRule, TierRules, at_tier
from remit.decide.finops.workload import Workload
from remit.kernel.money import EXACT, ZERO
from remit.kernel.usage import Usage
from strategies import COSTLY

SECONDS_OF_A_DAY = 86_400

counts = st.integers(0, 400_000)
decimals = st.decimals("0", "100", places=9, allow_nan=False)
some_rates = st.builds(
    lambda *each: rates(str(each[0]), str(each[1]), cache_read=str(each[2]), cache_write=str(each[3])),
    *(decimals,) * 4,
)


@st.composite
def some_calls(draw: st.DrawFn) -> list[MadeCall]:
    known = draw(st.lists(some_rates, min_size=1, max_size=3))
    return draw(
        st.lists(
            st.builds(
                call,
                st.integers(0, 5 * SECONDS_OF_A_DAY - 1),
                rates=st.sampled_from(known),
                input_tokens=counts,
                output_tokens=counts,
                cache_read_tokens=counts,
                cache_write_tokens=counts,
                cache_write_1h_tokens=counts,
            ),
            max_size=30,
        )
    )


def usage(made: MadeCall) -> Usage:
    return Usage(
        input_tokens=made.input_tokens,
        output_tokens=made.output_tokens,
        cache_read_tokens=made.cache_read_tokens,
        cache_write_tokens=made.cache_write_tokens,
        cache_write_1h_tokens=made.cache_write_1h_tokens,
    )


def day_of(made: MadeCall) -> int:
    return int(made.at_s - START_S) // SECONDS_OF_A_DAY


@COSTLY
@given(some_calls())
def test_what_calls_cost_on_each_day_is_the_sum_of_what_each_was_charged(made: list[MadeCall]) -> None:
    workload = work(made, days=5)
    expected = [ZERO] * 5
    for each in made:
        expected[day_of(each)] = EXACT.add(expected[day_of(each)], each.rates.cost(usage(each)))
    assert cost_by_day(workload, workload.rows, as_charged(workload, workload.rows)) == expected


@COSTLY
@given(some_calls(), st.sampled_from(["", "flex"]))
def test_another_model_costs_what_its_price_of_the_day_makes_of_each_call(
    made: list[MadeCall], tier: str
) -> None:
    prices: list[dict[str, Any]] = [
        {"starts": "2026-01-01", "input": "1.25", "output": "10", "cache_read": "0.125"},
        {
            "starts": "2026-06-03",
            "input": "1",
            "output": "9",
            "long_context": [{"above": 200_000, "input": "2", "output": "12"}],
            "tiers": {"flex": {"factor": "0.5"}},
        },
    ]
    prices[0]["tiers"] = {"flex": {"input": "0.7", "output": "5"}}
    priced = house(blocks={"model/dated": model("Dated", "1", "1", prices=prices)})
    workload = work(made, days=5, of=priced)
    block = priced.model("model/dated")
    assert block is not None
    tariff = at_model(workload, workload.rows, block, tier=tier)
    assert tariff is not None
    expected = ZERO
    for each in made:
        price = block.price_at(workload.dates[day_of(each)])
        assert price is not None
        settled, _ = price.rates.settle(usage(each), tier)
        expected = EXACT.add(expected, settled.cost(usage(each)))
    assert total(cost_by_day(workload, workload.rows, tariff)) == expected


def test_days_before_the_first_price_have_that_one() -> None:
    late = house(
        blocks={
            "model/new": model(
                "New", "1", "2", prices=[{"starts": "2026-06-02", "input": "1", "output": "2"}]
            )
        }
    )
    workload = work([call(), call(SECONDS_OF_A_DAY)], days=2, of=late)
    costs = costs_at(workload, "model/new")
    assert costs == [Decimal("0.0012"), Decimal("0.0012")]


def costs_at(workload: Workload, address: str, *, tier: str = "") -> list[Decimal] | None:
    block = workload.model.model(address)
    assert block is not None
    tariff = at_model(workload, workload.rows, block, tier=tier)
    return None if tariff is None else cost_by_day(workload, workload.rows, tariff)


RULE = {
    "technology": "openai",
    "tier": "flex",
    "starts": "2026-01-01",
    "factor": "0.5",
    "cached": "discounted",
    "answers_within_seconds": "900",
    "source": "a price list",
    "verified": "2026-01-01",
}


def test_a_tier_that_no_price_has_rates_of_has_those_of_its_providers_rule_or_none() -> None:
    assert costs_at(work([call()]), LARGE, tier="flex") is None
    ruled = work([call()], tiers=TierRules.model_validate({"rules": [RULE]}))
    assert costs_at(ruled, LARGE, tier="flex") == [Decimal("0.00225")]
    assert costs_at(ruled, "model/other", tier="flex") is None


def test_a_model_that_is_always_asked_for_in_a_tier_has_its_rates() -> None:
    always = house(
        blocks={
            LARGE: model(
                "Large",
                "3",
                "15",
                options={"service_tier": "flex"},
                prices=[
                    {
                        "starts": "2026-01-01",
                        "input": "3",
                        "output": "15",
                        "tiers": {"flex": {"factor": "0.5"}},
                    }
                ],
            )
        }
    )
    assert costs_at(work([call()], of=always), LARGE) == [Decimal("0.00225")]


def test_what_a_cache_served_is_lowered_too_or_not_or_there_is_no_cache() -> None:
    full = rates("4", "8", cache_read="0.4", cache_write="5")
    made = {
        cached: at_tier(full, TierRule.model_validate({**RULE, "cached": cached}))
        for cached in ("discounted", "undiscounted", "lost")
    }
    assert [each.input for each in made.values()] == [2] * 3
    assert [each.output for each in made.values()] == [4] * 3
    assert [each.cache_read for each in made.values()] == [Decimal("0.2"), Decimal("0.4"), 2]
    assert [each.cache_write for each in made.values()] == [Decimal("2.5"), 5, 2]
    assert [each.cache_write_1h for each in made.values()] == [Decimal("2.5"), 5, 2]


def test_the_newest_rule_in_force_counts() -> None:
    later = {**RULE, "starts": "2026-05-01", "factor": "0.6"}
    rules = TierRules.model_validate({"rules": [later, RULE]})
    found = rules.of("openai", "flex", work([]).since)
    assert found is not None
    assert found.factor == Decimal("0.6")


def test_tokens_are_scaled_to_the_nearest_whole_one() -> None:
    workload = work([call(input_tokens=10, output_tokens=3)])
    more = scaled(tokens_of(workload, workload.rows), read=Fraction(5, 4), write=Fraction(1, 2))
    assert (more.input.tolist(), more.output.tolist()) == ([13], [2])


def test_no_calls_cost_nothing() -> None:
    workload = work([])
    assert cost_by_day(workload, np.empty(0, np.int64), as_charged(workload, workload.rows)) == [ZERO]
