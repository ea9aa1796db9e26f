"""A price may say what the provider lists and what was paid beforehand; budgets count the price itself."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from remit.declare.price import Price, Rates, cost_of
from remit.kernel.money import EXACT
from remit.kernel.usage import Usage
from remit.report.focus_kinds import rates_of, tokens_of
from strategies import charge_rates, model_block, prices, usages

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


TIERED = {
    "long_context": [{"above": "200_000", "input": "8", "output": "30"}],
    "tiers": {
        "flex": {"factor": "0.5"},
        "priority": {
            "input": "7",
            "output": "35",
            "long_context": [{"above": "1", "input": "9", "output": "40"}],
        },
    },
}


@pytest.mark.parametrize(
    ("size", "tier", "rate", "lacks"),
    [
        (200_000, "default", "4", ()),
        (200_001, "standard", "8", ()),
        (200_000, "flex", "2", ()),
        (200_001, "flex", "4", ()),
        (1, "priority", "7", ()),
        (2, "priority", "9", ()),
        (2, "scale", "9", ("tier",)),
        (0, "scale", "4", ()),
    ],
)
def test_a_call_is_priced_once_at_its_own_size_in_the_tier_that_served_it(
    size: int, tier: str, rate: str, lacks: tuple[str, ...]
) -> None:
    rates, lacking = price(**TIERED).rates.settle(Usage(input_tokens=size), tier)
    assert (rates.input, lacking, rates.becomes) == (Decimal(rate), lacks, ())
    assert rates.cost(Usage(input_tokens=size)) == Decimal(rate) * size / 1_000_000


def test_a_provider_that_does_not_say_served_in_the_tier_that_was_asked_for() -> None:
    rates, lacking = price(**TIERED).rates.settle(Usage(input_tokens=1), "", asked="flex")
    assert (rates.tier, rates.input, lacking) == ("flex", Decimal(2), ())


def test_sound_and_images_are_charged_as_text_and_said_to_lack_rates() -> None:
    heard = Usage(input_tokens=5, audio_input_tokens=2, image_input_tokens=1)
    rates, lacking = price().rates.settle(heard, "")
    assert (rates.cost(heard), lacking) == (price().cost(Usage(input_tokens=5)), ("audio", "image"))


def test_a_discount_stands_for_the_rates_that_it_makes() -> None:
    said = {"starts": "2026-01-01", "list": {"input": "3", "output": "15"}, "discount": "0.15"}
    discounted = Price.model_validate(said)
    assert (discounted.input, discounted.output) == (Decimal("2.55"), Decimal("12.75"))
    assert Price.model_validate(discounted.model_dump(mode="json", exclude_unset=True)) == discounted


@pytest.mark.parametrize(
    "wrong",
    [
        {"discount": "0.1"},
        {"discount": "0.1", "list": {"input": "5", "output": "25"}},
        {"discount": "1", "input": None, "output": None, "list": {"input": "5", "output": "25"}},
        {"tiers": {"flex": {}}},
        {"tiers": {"flex": {"factor": "0.5", "input": "1", "output": "1"}}},
        {"tiers": {"scale": {"factor": "0.5"}}},
        {"long_context": [{"above": "9", "input": "1", "output": "1"}] * 2},
        {"long_context": [{"above": "0", "input": "1", "output": "1"}]},
    ],
)
def test_a_price_that_says_two_things_or_too_little_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        price(**wrong)


TIERS_HEARD = st.sampled_from(("", "default", "flex", "priority", "batch", "unheard-of"))


@given(prices, usages, TIERS_HEARD)
def test_recorded_rates_price_a_call_again_to_the_last_digit(price: Price, usage: Usage, tier: str) -> None:
    rates, _ = price.rates.settle(usage, tier)
    read = msgspec.json.decode(msgspec.json.encode(rates), type=Rates)
    exact = sum(
        (Fraction(each) * tokens for tokens, each in zip(tokens_of(usage), rates_of(read), strict=True)),
        Fraction(0),
    )
    assert Fraction(read.cost(usage)) == exact / 1_000_000 == Fraction(rates.cost(usage))
    assert read.settle(usage, tier)[0] == read


@given(prices, usages, st.sampled_from(("", "flex", "unheard-of")), prices)
def test_a_new_price_never_changes_what_a_past_call_was_charged(
    old: Price, usage: Usage, tier: str, new: Price
) -> None:
    day = date(2026, 1, 1)
    before = model_block().model_copy(update={"prices": (old,)})
    after = model_block().model_copy(update={"prices": (old, new.model_copy(update={"starts": day}))})
    for when in (old.starts, day - timedelta(days=1)):
        one, other = before.price_at(when), after.price_at(when)
        assert one is not None
        assert other is not None
        assert one.rates.settle(usage, tier) == other.rates.settle(usage, tier)


@given(prices, usages)
def test_a_tier_without_rates_costs_what_the_dearest_known_one_does(price: Price, usage: Usage) -> None:
    rates, lacking = price.rates.settle(usage, "unheard-of")
    if usage.total:
        known = (price.rates.settle(usage, tier)[0] for tier in ("default", *price.tiers))
        assert rates.cost(usage) == max(each.cost(usage) for each in known)
        assert lacking[0] == "tier"


@given(
    st.lists(st.tuples(st.dates(date(2026, 1, 1), date(2026, 3, 1)), prices), unique_by=lambda each: each[0]),
    st.lists(st.tuples(st.dates(date(2026, 1, 1), date(2026, 4, 1)), usages, TIERS_HEARD), max_size=5),
)
def test_charges_of_any_calls_under_any_sequence_of_prices_are_the_exact_sum_of_their_tokens(
    rows: list[tuple[date, Price]], calls: list[tuple[date, Usage, str]]
) -> None:
    listed = tuple(
        each.model_copy(update={"starts": day}) for day, each in sorted(rows, key=lambda row: row[0])
    )
    block = model_block().model_copy(update={"prices": listed})
    total, exact = Decimal(0), Fraction(0)
    for day, usage, tier in calls:
        price = block.price_at(day)
        if price is None:
            continue
        assert price.starts == max(each.starts for each in listed if each.starts <= day)
        rates, _ = price.rates.settle(usage, tier)
        total = EXACT.add(total, rates.cost(usage))
        by_kind = zip(tokens_of(usage), rates_of(rates), strict=True)
        exact += sum((Fraction(each) * tokens for tokens, each in by_kind), Fraction(0)) / 1_000_000
    assert Fraction(total) == exact
