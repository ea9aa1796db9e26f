"""Prompt trimming: what the fixed words of prompts cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from finops_columns import CACHING
from finops_house import call, house, work
from remit.decide.finops.prompt_trim import fixed_tokens, prompt_trims, without
from remit.declare.block import PromptBlock

WORDS = house(
    blocks={
        "prompt/long": {"name": "Long", "text": "x" * 4_000},
        "prompt/slots": {"name": "Slots", "text": "y" * 400 + "{{a}}", "variables": {"a": {}}},
    }
)
LONG = WORDS.blocks["prompt/long"]


def prompted(at_s: int = 0, **fields: Any) -> Any:
    return call(at_s, **{"prompt": "prompt/long", "input_tokens": 1_500, **fields})


def test_each_hundred_tokens_fewer_save_their_input_rate() -> None:
    (found,) = prompt_trims(work([prompted(), prompted(1)], of=WORDS))
    assert found.charged - found.would == Decimal(200) * 3 / 1_000_000
    assert found.subject == "long"
    assert found.figures["fixed tokens"] == "1,000"
    assert found.figures["part of the input"] == "66.7 %"
    assert found.figures["cost of the fixed words"] == "0.006 EUR"
    assert found.quality.verdict == "unknown"


def test_where_a_cache_served_the_beginning_only_its_rate_is_saved() -> None:
    cached = prompted(rates=CACHING, input_tokens=500, cache_read_tokens=1_000)
    (found,) = prompt_trims(work([cached], of=WORDS))
    assert found.charged - found.would == Decimal(100) * Decimal("0.3") / 1_000_000


def test_tokens_are_taken_from_each_kind_and_never_more_than_there_are() -> None:
    made = prompted(input_tokens=10, cache_read_tokens=40, cache_write_tokens=30, cache_write_1h_tokens=20)
    workload = work([made], of=WORDS)
    left = without(workload, workload.rows, 95)
    assert (left.cache_read[0], left.cache_write[0], left.cache_write_1h[0], left.input[0]) == (0, 0, 0, 5)
    gone = without(workload, workload.rows, 1_000)
    assert gone.input[0] == 0


def test_the_shortest_input_bounds_what_is_fixed() -> None:
    assert isinstance(LONG, PromptBlock)
    workload = work([prompted(), prompted(1, input_tokens=700)], of=WORDS)
    assert fixed_tokens(workload, LONG, workload.rows) == 700
    silent = work([prompted(input_tokens=0)], of=WORDS)
    assert fixed_tokens(silent, LONG, silent.rows) == 0


def test_a_small_part_of_the_input_is_not_worth_a_readers_time() -> None:
    assert not list(prompt_trims(work([prompted(input_tokens=50_000)], of=WORDS)))
    assert not list(prompt_trims(work([prompted(prompt="prompt/slots", input_tokens=101)], of=WORDS)))
    assert not list(prompt_trims(work([prompted(prompt="prompt/gone")], of=WORDS)))
