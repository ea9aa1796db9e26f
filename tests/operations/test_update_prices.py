"""New rows are written into the texts below those that are there, and nothing else of the texts changes."""

from __future__ import annotations

from datetime import date

import pytest

from remit.adapters.prices_genai import GenaiPrices
from remit.declare.load import load
from remit.kernel.errors import NotFound
from remit.operations.update_prices import Updated, update_prices

TEXT = """
organisation: {name: Harbour, contact: head@example.com, currency: EUR}
providers:
  cloud: {technology: openai, base_url: https://api.example.com/v1}
exchange_rates:
  USD: {rates: [{starts: 2026-01-01, rate: 0.5}]}
blocks:
  model/mini:
    name: Mini
    provider: cloud
    context_tokens: 128_000
    output_tokens_max: 8192
    book: openai/gpt-4o-mini
    prices:
      # what the contract said
      - {starts: 2026-01-01, input: 0.14, output: 0.552}  # agreed
  model/own:
    name: Own
    provider: cloud
    context_tokens: 128_000
    output_tokens_max: 8192
    prices: [{starts: 2026-01-01, input: 1, output: 2}]
  model/gone:
    name: Gone
    provider: cloud
    context_tokens: 128_000
    output_tokens_max: 8192
    book: openai/gone
    prices: [{starts: 2026-01-01, input: 1, output: 2}]
"""


def updated(text: str, *names: str) -> Updated:
    model = load({"all.yaml": text}).operating_model
    assert model is not None
    return update_prices(GenaiPrices(), {"all.yaml": text}, model, today=date(2026, 6, 1), names=names)


def test_rows_are_added_and_a_second_time_there_are_none_to_add() -> None:
    found = updated(TEXT)
    assert {each.model: each.finding for each in found.checked if each.day == date(2026, 6, 1)} == {
        "model/gone": "unknown",
        "model/mini": "differs",
    }
    assert found.without_book == ("model/own",)
    text = found.files["all.yaml"].text
    assert all(line in text.splitlines() for line in TEXT.splitlines())
    assert "source: genai-prices" in text
    assert "openai/gpt-4o-mini, USD at 0.5" in text
    again = updated(text, "mini")
    assert {each.finding for each in again.checked} == {"same"}
    assert again.files == {}


def test_a_model_that_nobody_declares_is_an_error() -> None:
    with pytest.raises(NotFound, match="model/mine"):
        updated(TEXT, "mine")
