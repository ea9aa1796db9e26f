"""A price may say what the provider lists and what was paid beforehand; budgets count the price itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from pydantic import ValidationError

from remit.declare.price import Price, Rates, cost_of
from remit.kernel.usage import Usage
from remit.report.focus_kinds import rates_of, tokens_of
from strategies import charge_rates, usages

USAGE = Usage(input_tokens=1_000_000, output_tokens=500_000, cache_read_tokens=100_000)


def price(**fields: Any) -> Price:
    return Price.model_validate({"starts": "2026-01-01", "input": "4", "output": "20", **fields})


def test_list_rates_price_a_call_beside_the_contracted_ones() -> None:
    both = price(cache_read="1", list={"input": "5", "output": "25", "cache_read": "2"})
    assert both.cost(USAGE) == both.rates.cost(USAGE) == Decimal("14.1")
    assert both.rates.list_cost(USAGE) == Decimal("17.7")
    assert both.most(input_tokens=1_000_000, output_tokens=0) == Decimal(4)


def test_a_price_without_a_list_price_has_no_list_cost() -> None:
    assert price().rates.list_cost(USAGE) is None


def test_what_is_not_stated_is_not_written_into_entries() -> None:
    assert msgspec.json.encode(price().rates) == b'{"starts":"2026-01-01","input":"4","output":"20"}'
    committed = price(commitment="c-1").rates
    assert msgspec.json.decode(msgspec.json.encode(committed), type=Rates) == committed
    assert committed.commitment == "c-1"


@pytest.mark.parametrize("wrong", [{"list": {"input": "5"}}, {"list": {"input": "5", "output": "-1"}}])
def test_a_list_price_names_both_sides_and_no_amount_below_zero(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        price(**wrong)


@given(charge_rates, usages)
def test_the_kinds_of_token_sum_up_to_what_a_call_costs(rates: Rates, usage: Usage) -> None:
    by_kind = zip(tokens_of(usage), rates_of(rates), strict=True)
    assert sum(tokens * rate for tokens, rate in by_kind) / 1_000_000 == pytest.approx(cost_of(rates, usage))
    assert sum(tokens_of(usage)) == usage.total
