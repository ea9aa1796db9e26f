"""Calls in columns, made by hand: each says only what matters, and the rest is as plain as can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from remit.decide.finops.call_columns import CallColumns, Named
from remit.declare.price import Rates

STARTS = date(2026, 1, 1)
TOKEN_BYTES = 4
"""How long a token is here, so that a block of 2,048 bytes has 512 of them."""


def rates(input: str = "3", output: str = "15", **more: str) -> Rates:
    """Rates for a million tokens; those of the cache are left out unless they are said."""
    cache: dict[str, Any] = {name: Decimal(each) for name, each in more.items()}
    return Rates(STARTS, Decimal(input), Decimal(output), **cache)


PLAIN = rates()
CACHING = rates(cache_read="0.3", cache_write="3.75", cache_write_1h="6")


@dataclass(frozen=True, slots=True)
class MadeCall:
    """One call. `at_s` is when it began, in seconds; `prefix` has what stands for its digests."""

    at_s: float = 0.0
    input_tokens: int = 1_000
    output_tokens: int = 100
    use_case: str = "claims"
    unit: str = "insurance"
    stage: str = "launch"
    model: str = "model/large@1"
    provider: str = "there"
    prompt: str = ""
    user: str = ""
    run: str = ""
    asked: str = ""
    tier: str = ""
    rates: Rates = CACHING
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    output_tokens_max: int = 1_024
    latency_ms: int = 2_000
    first_token_ms: int = -1
    streamed: bool = False
    batch: bool = False
    cached: bool = False
    simulated: bool = False
    failed: bool = False
    prefix: Sequence[int] = ()
    prompt_bytes: int = 0
    """Left out, so many that each token has `TOKEN_BYTES`, where there is a prefix."""
    tools: tuple[int, int] = (0, 0)
    system: tuple[int, int] = (0, 0)
    before: tuple[int, int] = (0, 0)
    end: int = 0
    """What stands for the digests up to these places, each with how many bytes there are up to there."""

    @property
    def input_total(self) -> int:
        return (
            self.input_tokens + self.cache_read_tokens + self.cache_write_tokens + self.cache_write_1h_tokens
        )


_NAMED: tuple[Named, ...] = (
    *("use_case", "unit", "stage", "model", "provider"),
    *("prompt", "user", "run", "asked", "tier"),
)
_NUMBERS = (
    *("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "output_tokens"),
    *("output_tokens_max", "latency_ms", "first_token_ms"),
)
_FLAGS = ("streamed", "batch", "cached", "simulated", "failed")


def columns(made: Iterable[MadeCall]) -> CallColumns:
    """Write calls in columns, in the order in which they began."""
    calls = sorted(made, key=lambda call: call.at_s)
    rate_list = tuple(dict.fromkeys(call.rates for call in calls))
    names: dict[Named, tuple[str, ...]] = {}
    codes: dict[Named, Any] = {}
    for name in _NAMED:
        names[name] = tuple(dict.fromkeys(getattr(call, name) for call in calls))
        codes[name] = np.array([names[name].index(getattr(call, name)) for call in calls], np.int32)
    arrays: dict[str, Any] = {
        **{name: np.array([getattr(call, name) for call in calls], np.int64) for name in _NUMBERS},
        **{name: np.array([getattr(call, name) for call in calls], np.bool_) for name in _FLAGS},
    }
    prompts = [call.prompt_bytes or TOKEN_BYTES * call.input_total * bool(call.prefix) for call in calls]
    return CallColumns(
        began_ms=np.array([round(call.at_s * 1000) for call in calls], np.int64),
        codes=codes,
        names=names,
        rates=np.array([rate_list.index(call.rates) for call in calls], np.int32),
        rate_list=rate_list,
        prefix_starts=np.cumsum([0, *(len(call.prefix) for call in calls)], dtype=np.int64),
        prefix=np.array([digest for call in calls for digest in call.prefix], np.uint64),
        prompt_bytes=np.array(prompts, np.int64),
        tools_bytes=np.array([call.tools[0] for call in calls], np.int32),
        system_bytes=np.array([call.system[0] for call in calls], np.int32),
        before_bytes=np.array([call.before[0] for call in calls], np.int32),
        place_digests=np.array(
            [[call.tools[1], call.system[1], call.before[1], call.end] for call in calls], np.uint64
        ).reshape(-1, 4),
        **arrays,
    )
