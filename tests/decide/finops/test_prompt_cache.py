"""What the prompt cache of a provider would have saved, by its rules and to the last digit."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from caching_house import RULES, START_S, call, house, work
from finops_columns import CACHING, PLAIN, MadeCall, rates
from remit.decide.finops.cache_rule import with_cache
from remit.decide.finops.edited import edited, holds
from remit.decide.finops.prompt_cache import prompt_caches, reads_needed
from remit.decide.finops.saving import Saving

FOCUS = Path(__file__).parents[2] / "data" / "focus" / "ai_prompt_caching_a.csv"


def conversation(turns: int, *, gap_s: float = 60, blocks: int = 20, **more: object) -> list[MadeCall]:
    """Calls of one conversation, in which each repeats the ones before it and is two blocks longer."""
    long = [blocks + 2 * turn for turn in range(-1, turns)]
    return [
        call(
            turn * gap_s,
            input_tokens=512 * now,
            prefix=range(1, now + 1),
            before=(2_048 * before, before) if turn else (0, 0),
            end=now,
            **more,
        )
        for turn, (before, now) in enumerate(pairwise(long))
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
            system=(40 * 2_048, document * 100 + 39),
            end=10**7 + document * 10 + question,
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
    assert saving.figures["checkpoints"] == "after the system message"
    assert saving.edits[0].value == {"at": ["system"], "keep": "5m"}
    assert saving.by_hand == ""


def test_a_conversation_is_kept_at_its_end_and_reads_all_that_was_said_before() -> None:
    saving = only(conversation(5))
    read = 512 * (20 + 22 + 24 + 26)
    assert saving.figures["read from the cache"].startswith(f"{read:,} tokens")
    assert saving.figures["written to it"].startswith(f"{512 * 28:,} tokens")
    assert (saving.kind, saving.quality.verdict, saving.calls) == ("prompt-cache", "same", 5)
    assert saving.figures["kept for"] == "5 min"
    assert saving.break_even is not None
    assert saving.break_even.at < saving.break_even.now


def test_a_conversation_with_long_pauses_is_kept_for_an_hour_where_that_pays() -> None:
    saving = only(conversation(5, gap_s=1_200))
    assert saving.figures["kept for"] == "1 h"
    assert saving.edits[0].value == {"at": ["end"], "keep": "1h"}
    premium = Decimal(512 * 28) * (6 - 3)
    gain = Decimal(512 * (20 + 22 + 24 + 26)) * (3 - Decimal("0.3"))
    assert saving.charged - saving.would == (gain - premium) / 10**6


def test_a_point_at_the_end_is_declared_with_what_the_cache_costs_and_then_not_advised_again() -> None:
    saving = only(conversation(5))
    points, price = saving.edits
    assert (points.address, points.path) == ("use-case/claims", "prompt_cache.model/large@1")
    assert saving.by_hand == ""
    after = edited(house(), saving.edits)
    assert holds(after, saving.edits)
    assert not holds(house(), [points])
    assert after.use_cases["claims"].prompt_cache["model/large@1"].at == ("end",)
    large = after.model("model/large@1")
    assert large is not None
    assert large.price_at(date(2026, 6, 1)) == large.prices[0]
    assert large.prices[1].rates == msgspec.structs.replace(CACHING, starts=date(2026, 6, 2))
    assert price.path == "prices"
    assert not list(prompt_caches(work(conversation(5), of=after)))
    [longer] = prompt_caches(work(conversation(5, gap_s=1_200), of=after))
    assert [each.value for each in longer.edits] == [{"at": ["end"], "keep": "1h"}], "rates are there"


def test_where_callers_set_points_of_their_own_only_they_can_set_better_ones() -> None:
    written = [
        replace(each, input_tokens=0, cache_write_tokens=each.input_tokens) for each in conversation(5)
    ]
    saving = only(written)
    assert saving.edits == ()
    assert saving.by_hand == 'have callers put `"cache_control": {"type": "ephemeral"}` at the end'
    own = house(prompt_cache={"model/large": {"at": ["system"]}})
    [declared] = prompt_caches(work(written, of=own))
    assert declared.edits[0].value == {"at": ["end"], "keep": "5m"}, "they are the gateway's"


def test_what_saves_more_than_can_be_declared_stands_beside_it() -> None:
    # Conversations that share how they begin: after that, each repeats only itself.
    calls = [
        call(
            60 * (turn + 4 * talk),
            input_tokens=512 * (20 + 4 * turn),
            prefix=[*range(10), *(1_000 * (talk + 1) + each for each in range(10 + 4 * turn))],
            before=(2_048 * (16 + 4 * turn), 1_000 * (talk + 1) + 5 + 4 * turn) if turn else (0, 0),
            end=1_000 * (talk + 1) + 9 + 4 * turn,
        )
        for talk in range(6)
        for turn in range(3)
    ]
    declared, by_hand = prompt_caches(work(calls))
    assert (declared.subject, by_hand.subject) == ("large@1", "large@1/by-hand")
    assert declared.figures["checkpoints"] == "at the end"
    assert by_hand.would < declared.would < declared.charged
    assert (by_hand.edits, declared.by_hand) == ((), "")
    assert by_hand.by_hand.startswith("have callers put"), "more points than there are places to declare"


def test_calls_whose_beginning_is_unknown_would_be_written_too_and_that_is_counted() -> None:
    pictures = [call(5_000 + at, input_tokens=2_000) for at in range(4)]
    short = [call(6_000 + at, input_tokens=900) for at in range(4)]
    alone, beside = only(conversation(5)), only([*conversation(5), *pictures, *short])
    # 8,000 tokens written at 3.75 in place of 3.00 a million; what is too short is not kept.
    assert beside.would - alone.would == Decimal("0.006")
    assert (beside.charged, beside.calls) == (alone.charged, alone.calls)
    many = [call(5_000 + at, input_tokens=50_000) for at in range(9)]
    [by_hand] = prompt_caches(work([*conversation(5), *many]))
    assert by_hand.edits == ()


def test_a_price_that_is_a_discount_gets_no_rates_of_the_cache_written_beside_it() -> None:
    of = house()
    block = of.blocks["model/large@1"].model_dump(mode="json", exclude_unset=True)
    block["prices"] = [
        {"starts": "2026-01-01", "discount": "0.5", "list": {"input": "6", "output": "30"}},
    ]
    blocks = {**of.blocks, "model/large@1": type(of.blocks["model/large@1"]).model_validate(block)}
    [saving] = prompt_caches(work(conversation(5), of=of.model_copy(update={"blocks": blocks})))
    assert saving.edits == ()
    assert saving.by_hand.startswith("have callers put")


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
            before=each.before,
            end=each.end,
        )
        for turn, each in enumerate(calls)
    ]
    assert list(prompt_caches(work(calls)))
    assert not list(prompt_caches(work(served)))


def test_where_a_provider_caches_by_itself_there_is_nothing_to_do() -> None:
    calls = conversation(3, model="model/other@1", provider="elsewhere", rates=rates(cache_read="0.3"))
    assert not list(prompt_caches(work(calls)))


def agent(turns: int, *, tools: int, system: int, start: int = 0, gap_s: float = 60) -> list[MadeCall]:
    """Calls with as many blocks of tools and of a system message as is said, from a number of digests on."""
    return [
        call(
            turn * gap_s,
            input_tokens=512 * (tools + system + 2),
            prefix=[
                *range(1, tools + 1),
                *range(start + 100, start + 100 + system),
                *(start + 10_000 + 10 * turn + each for each in range(2)),
            ],
            tools=(2_048 * tools, tools),
            system=(2_048 * (tools + system), start + 99 + system),
            end=start + 10_001 + 10 * turn,
        )
        for turn in range(turns)
    ]


def test_points_are_declared_after_what_stays_the_same() -> None:
    # Always the same tools and the same system message, then another question: none at the end.
    assert only(agent(5, tools=8, system=8)).edits[0].value == {"at": ["system"], "keep": "5m"}
    # The system message is another one each time.
    others = [each for turn in range(5) for each in agent(1, tools=8, system=8, start=1_000_000 * (turn + 1))]
    apart = [replace(each, at_s=START_S + 60 * turn) for turn, each in enumerate(others)]
    saving = only(apart)
    assert saving.edits[0].value == {"at": ["tools"], "keep": "5m"}
    assert saving.figures["read from the cache"].startswith(f"{4 * 8 * 512:,} tokens")
    # Two system messages, each of which comes again.
    two = [
        replace(each, at_s=START_S + 60 * turn)
        for turn, each in enumerate(
            each for of in (0, 1_000_000) for each in agent(4, tools=8, system=8, start=of)
        )
    ]
    both = only(two)
    assert both.edits[0].value == {"at": ["tools", "system"], "keep": "5m"}
    assert both.figures["checkpoints"] == "after the tools and after the system message"
    assert both.figures["read from the cache"].startswith(f"{(6 * 16 + 8) * 512:,} tokens")
    assert both.figures["written to it"].startswith(f"{(16 + 8) * 512:,} tokens")


def test_calls_whose_places_were_not_kept_are_taken_to_be_written_in_vain() -> None:
    known, before = (
        agent(5, tools=8, system=8),
        [replace(each, end=0) for each in agent(2, tools=8, system=8)],
    )
    old = [replace(each, at_s=each.at_s + 4_000, tools=(0, 0), system=(0, 0)) for each in before]
    alone, (beside, by_hand) = only(known), prompt_caches(work([*known, *old]))
    assert (bool(beside.edits), by_hand.edits) == (True, ())
    more = Decimal(2 * 18 * 512) * Decimal("3.75") / 10**6
    assert beside.would - alone.would == more + 2 * Decimal(100) * 15 / 10**6
    # Where no place of any call is known there is nothing to declare, and what is shared is still seen.
    [by_hand] = prompt_caches(work([replace(each, tools=(0, 0), system=(0, 0), end=0) for each in known]))
    assert (by_hand.edits, by_hand.figures["checkpoints"]) == ((), "after the first 32,768 bytes")


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
