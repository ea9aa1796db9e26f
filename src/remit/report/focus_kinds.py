"""The kinds of token that a FOCUS export has rows for; each token is of one kind."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from remit.declare.price import ListRates, Rates
from remit.kernel.usage import Usage


@dataclass(frozen=True, slots=True)
class TokenKind:
    """A meter of a SKU. `cache` is left out where a token cannot have to do with a cache."""

    suffix: str
    meter: str
    direction: str
    cache: str = ""
    custom: tuple[tuple[str, str], ...] = ()


KINDS = (
    TokenKind("input", "Input Tokens", "Input", "Uncached"),
    TokenKind("cache-read", "Cache Read Input Tokens", "Input", "Read"),
    TokenKind("cache-write", "Cache Write Input Tokens", "Input", "Write"),
    TokenKind(
        "cache-write-1h", "Cache Write Input Tokens for an Hour", "Input", "Write", (("x_CacheHours", "1"),)
    ),
    TokenKind("output", "Output Tokens", "Output"),
)


def tokens_of(usage: Usage) -> tuple[int, ...]:
    """Say how many tokens of each kind a call used, in the order of `KINDS`."""
    return (
        usage.input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.cache_write_1h_tokens,
        usage.output_tokens,
    )


def rates_of(rates: Rates | ListRates) -> tuple[Decimal, ...]:
    """Say what a million tokens of each kind cost, in the order of `KINDS`, as `cost_of` has it."""
    write = rates.input if rates.cache_write is None else rates.cache_write
    return (
        rates.input,
        rates.input if rates.cache_read is None else rates.cache_read,
        write,
        write if rates.cache_write_1h is None else rates.cache_write_1h,
        rates.output,
    )
