"""What the prompt cache of a provider would have saved, by its rules and to the last digit."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from caching_house import RULES, call, work
from finops_columns import CACHING, PLAIN, MadeCall, rates
from remit.decide.finops.cache_rule import with_cache
from remit.decide.finops.prompt_cache import prompt_caches, reads_needed
from remit.decide.finops.saving import Saving

FOCUS = Path(__file__).parents[2] / "data" / "focus" / "ai_prompt_caching_a.csv"


def conversation(turns: int, *, gap_s: float = 60, blocks: int = 20, **more: object) -> list[MadeCall]:
    """Calls of one conversation, in which each repeats the ones before it and is two blocks longer."""
    return [
        call(
            turn * gap_s,
            input_tokens=512 * (blocks + 2 * turn),
            prefix=range(1, blocks + 2 * turn + 1),
            **more,
        )
        for turn in range(turns)
    ]


def only(calls: Sequence[MadeCall]) -> Saving:
    [saving] = prompt_caches(work(calls))
    return saving


def billed() -> dict[str, tuple[int, Decimal, Decimal]]:
    """Read what the example bills: tokens, the rate for a million, and the cost, by what the cache did."""
    with FOCUS.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if "Input" in row["SkuMeter"]]
    return {
        json.loads(row["SkuPriceDetails"])["TokenCacheAction"]: (
            int(Decimal(row["ConsumedQuantity"])),
            Decimal(row["ListUnitPrice"]),
            Decimal(row["BilledCost"]),
        )
        for row in rows
    }


def test_the_example_of_focus_is_11_40_with_the_cache_and_31_50_without() -> None:
    tokens = {action: each for action, (each, _, _) in billed().items()}
    price = {action: each for action, (_, each, _) in billed().items()}
    # 100 documents of 20,000 tokens, each asked five questions of 1,000 tokens within minutes.
    calls = [
        call(
            document * 240 + question,
            input_tokens=21_000,
            output_tokens=3_000,
            prefix=[
                *range(document * 100, document * 100 + 40),
                10**6 + document * 10 + question,
                10**7 + document * 10 + question,
            ],
            prompt_bytes=42 * 2_048,
            rates=rates("3", "15", cache_read="0.3", cache_write="3.75"),
        )
        for document in range(100)
        for question in range(5)
    ]
    saving = only(calls)
    output = Decimal("22.50")
    assert saving.figures["written to it"].startswith(f"{tokens['Write']:,} tokens")
    assert saving.figures["read from the cache"].startswith(f"{tokens['Read']:,} tokens")
    assert saving.figures["neither"] == f"{tokens['Uncached']:,} tokens"
    assert saving.charged - output == Decimal("31.50") == sum(tokens.values()) * price["Uncached"] / 10**6
    assert saving.would - output == Decimal("11.40") == sum(cost for _, _, cost in billed().values())
    assert saving.figures["checkpoints"] == "after the first 81,920 bytes"


def test_a_conversation_is_kept_at_its_end_and_reads_all_that_was_said_before() -> None:
    saving = only(conversation(5))
    read = 512 * (20 + 22 + 24 + 26)
    assert saving.figures["read from the cache"].startswith(f"{read:,} tokens")
    assert saving.figures["written to it"].startswith(f"{512 * 28:,} tokens")
    assert (saving.kind, saving.quality.verdict, saving.calls, saving.edits) == (
        "prompt-cache",
        "same",
        5,
        (),
    )
    assert saving.figures["kept for"] == "5 min"
    assert saving.break_even is not None
    assert saving.break_even.at < saving.break_even.now


def test_a_conversation_with_long_pauses_is_kept_for_an_hour_where_that_pays() -> None:
    saving = only(conversation(5, gap_s=1_200))
    assert saving.figures["kept for"] == "1 h"
    assert '"ttl": "1h"' in saving.by_hand
    premium = Decimal(512 * 28) * (6 - 3)
    gain = Decimal(512 * (20 + 22 + 24 + 26)) * (3 - Decimal("0.3"))
    assert saving.charged - saving.would == (gain - premium) / 10**6


def test_prompts_that_begin_differently_save_nothing() -> None:
    assert not list(prompt_caches(work([call(at, input_tokens=5_120, prefix=[at] * 10) for at in range(9)])))


def test_a_beginning_that_is_too_short_is_not_kept() -> None:
    short = [call(at, input_tokens=1_000, prefix=[1]) for at in range(9)]
    assert not list(prompt_caches(work(short)))


@pytest.mark.parametrize(
    "more", [{"batch": True}, {"prefix": ()}, {"model": "model/own@1"}, {"model": "model/gone@1"}]
)
def test_calls_that_no_cache_is_known_for_are_left_as_they_are(more: dict[str, object]) -> None:
    calls = [call(at, **({"input_tokens": 5_120, "prefix": range(1, 11)} | more)) for at in range(9)]
    assert not list(prompt_caches(work(calls)))


def test_what_a_cache_serves_already_is_not_saved_again() -> None:
    calls = conversation(5)
    served = [
        call(
            turn * 60,
            input_tokens=0,
            cache_read_tokens=512 * (18 + 2 * turn) if turn else 0,
            cache_write_tokens=1_024 if turn else 512 * 20,
            prefix=each.prefix,
        )
        for turn, each in enumerate(calls)
    ]
    assert list(prompt_caches(work(calls)))
    assert not list(prompt_caches(work(served)))


def test_a_provider_that_caches_by_itself_is_advised_on_and_not_switched_on() -> None:
    saving = only(conversation(3, model="model/other@1", provider="elsewhere", rates=rates(cache_read="0.3")))
    assert saving.figures["checkpoints"] == "the provider's own"
    assert "put what stays the same first" in saving.by_hand
    assert saving.break_even is not None
    assert saving.break_even.at == 0


def test_where_a_price_says_nothing_of_the_cache_the_providers_multiples_count() -> None:
    rule = RULES.of("anthropic", "claude-sonnet-5", date(2026, 6, 1))
    assert rule is not None
    assert with_cache(PLAIN, rule) == CACHING
    assert with_cache(CACHING, rule) == CACHING
    assert only(conversation(5, rates=PLAIN)).would == only(conversation(5)).would


def test_what_costs_no_less_when_read_never_pays() -> None:
    assert reads_needed(PLAIN, long=False) is None


def test_every_rule_says_where_it_is_written_and_fits_some_model() -> None:
    names = Counter(
        name for rule in RULES.rules for name in ((rule.technology, each) for each in rule.models)
    )
    assert max(names.values()) == 1
    for rule in RULES.rules:
        assert rule.source.startswith("https://")
        assert rule.lifetimes == tuple(sorted(rule.lifetimes, key=lambda each: each.seconds))
        assert rule.by_itself == (rule.checkpoints_max == 0)
        for pattern in rule.models:
            assert RULES.of(rule.technology, pattern.replace("*", ""), date(2026, 11, 30)) is not None
    assert RULES.of("anthropic", "claude-haiku-4-5-20251001", date(2026, 6, 1)).tokens_min == 4_096  # type: ignore[union-attr]  # there is one
    assert RULES.of("bedrock", "eu.anthropic.claude-haiku-4-5-v1:0", date(2026, 6, 1)).tokens_min == 4_096  # type: ignore[union-attr]  # there is one
    assert RULES.of("anthropic", "claude-sonnet-5", date(2023, 1, 1)) is None
    assert RULES.of("openai", "llama-4", date(2026, 6, 1)) is None
