"""The price book: names that mean one model, and rows as the package dates them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from genai_prices import Usage, calc_price

from remit.adapters.prices_genai import GenaiPrices
from remit.kernel.errors import NotFound

BOOK = GenaiPrices()


def test_the_book_says_its_version_with_every_model() -> None:
    assert BOOK.version.startswith("genai-prices 0.")
    assert BOOK.find("openai/gpt-4o-mini").book == BOOK.version


def test_a_model_is_found_by_its_id_and_by_the_names_that_its_provider_gives_its_versions() -> None:
    assert BOOK.find("openai/gpt-4o-mini-2024-07-18").name == "openai/gpt-4o-mini"
    assert BOOK.find("OpenAI/GPT-4o-mini").name == "openai/gpt-4o-mini"


@pytest.mark.parametrize(
    ("name", "says", "help"),
    [
        ("opanai/gpt-4o-mini", "no provider `opanai`", "did you mean `openai`?"),
        ("openai/gpt-4o-minx", "no model `gpt-4o-minx` of openai", "`openai/gpt-4o-mini`"),
        ("openai/", "no model `` of openai", "declare its prices yourself"),
        (
            "aws/anthropic.claude-haiku-4-5-20251001-v1:0",
            "depends on where it runs",
            "`aws/regional.anthropic.claude-haiku-4-5-20251001-v1:0` or `aws/global.",
        ),
    ],
)
def test_a_name_that_means_none_or_several_is_refused(name: str, says: str, help: str) -> None:
    with pytest.raises(NotFound) as caught:
        BOOK.find(name)
    assert caught.value.code == "not-in-price-book"
    assert says in caught.value.summary
    assert help in caught.value.help


def test_a_region_costs_more_than_the_world() -> None:
    name = "anthropic.claude-haiku-4-5-20251001-v1:0"
    regional, world = (BOOK.find(f"aws/{place}.{name}") for place in ("regional", "global"))
    assert regional.rows[0].default[0].rates["input"] > world.rows[0].default[0].rates["input"]
    assert BOOK.find(f"aws/eu.{name}").name == regional.name


@pytest.mark.parametrize("tokens", [1_000, 272_000, 272_001])
@pytest.mark.parametrize(("tier", "context"), [("", {}), ("flex", {"service_tier": "flex"})])
def test_rows_price_a_call_as_the_package_itself_does(
    tokens: int, tier: str, context: dict[str, str]
) -> None:
    usage = Usage(input_tokens=tokens, cache_read_tokens=400, output_tokens=100)
    whole = calc_price(usage, "gpt-5.4", provider_id="openai", price_context=context).total_price
    row = BOOK.find("openai/gpt-5.4").at(date(2030, 1, 1))
    bands = row.variants[tier] if tier else row.default
    rates = max((each for each in bands if each.above < tokens), key=lambda each: each.above).rates
    sums = (tokens - 400) * rates["input"] + 400 * rates["cache_read"] + 100 * rates["output"]
    assert sums / 1_000_000 == whole


def test_what_is_not_charged_by_tokens_or_by_the_hour_of_the_day_says_so() -> None:
    assert not BOOK.find("openai/whisper-1").rows[0].by_tokens
    assert BOOK.find("deepseek/deepseek-chat").rows[0].by_hour
    assert BOOK.find("openai/text-embedding-3-small").rows[0].default[0].rates["output"] == Decimal(0)
