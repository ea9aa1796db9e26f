"""A tariff: which rates each call of a workload is priced with, and what the calls cost so, exactly.

Charges are linear in tokens at given rates. So tokens are summed up as whole numbers, by day and rates, and
each sum is multiplied once: the result is that of pricing each call by itself, to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from remit.decide.finops.tier_rule import at_tier
from remit.decide.finops.workload import Rows, Workload
from remit.declare.block import ModelBlock
from remit.declare.price import Price, Rates, cost_of, tier_named
from remit.kernel.money import EXACT, ZERO, plain
from remit.kernel.usage import Usage

ROUNDED = Context(prec=40, rounding=ROUND_HALF_EVEN)
"""For figures that are estimates in any case, such as what a month would save; charges are never rounded."""

_MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Tariff:
    """For each of some calls the place of its rates."""

    codes: NDArray[np.int32]
    rates: tuple[Rates, ...]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of some calls by kind; kinds exclude each other."""

    input: NDArray[np.int64]
    cache_read: NDArray[np.int64]
    cache_write: NDArray[np.int64]
    cache_write_1h: NDArray[np.int64]
    output: NDArray[np.int64]


def tokens_of(work: Workload, rows: Rows) -> Tokens:
    """Take the tokens of some calls as they were counted."""
    calls = work.calls
    return Tokens(
        calls.input_tokens[rows],
        calls.cache_read_tokens[rows],
        calls.cache_write_tokens[rows],
        calls.cache_write_1h_tokens[rows],
        calls.output_tokens[rows],
    )


def only(tokens: Tokens, mask: NDArray[np.bool_]) -> Tokens:
    """Take the tokens of some of the calls."""
    return Tokens(
        tokens.input[mask],
        tokens.cache_read[mask],
        tokens.cache_write[mask],
        tokens.cache_write_1h[mask],
        tokens.output[mask],
    )


def as_charged(work: Workload, rows: Rows) -> Tariff:
    """Take the rates that calls were priced with when they were made."""
    return Tariff(work.calls.rates[rows], work.calls.rate_list)


def at_model(work: Workload, rows: Rows, block: ModelBlock, *, tier: str = "") -> Tariff | None:
    """Price calls as a model's, at the rates in force on each call's day; None where a tier has none.

    Days before its first price have that one, as no call could be made then. A call with long input has the
    rates for that. A model that is always asked for in one tier has that one's.
    """
    if not block.prices:
        return None
    tier = tier or tier_named(block.options.get("service_tier"))
    first = min(block.prices, key=lambda price: price.starts)
    found: list[Rates] = []
    codes = np.zeros(len(rows), np.int32)
    days, read = work.day[rows], work.read(rows)
    technology = work.model.providers[block.provider].technology
    of_day = [block.price_at(day) or first for day in work.dates]
    for price in {each.starts: each for each in of_day}.values():
        bands = _bands(work, price, technology, tier)
        if bands is None:
            return None
        held = np.isin(days, [place for place, each in enumerate(of_day) if each is price])
        for above, rates in bands:
            codes[held & (read > above) if above else held] = len(found)
            found.append(rates)
    return Tariff(codes, tuple(found))


def _bands(work: Workload, price: Price, technology: str, tier: str) -> list[tuple[int, Rates]] | None:
    """List the rates of a tier, each with the number of input tokens that a call has more of.

    A tier that the price has no rates of has those that its provider's published rule makes of the default
    ones.
    """
    known = (price.rates, *price.rates.becomes)
    found = [(each.above, each) for each in known if each.tier == tier]
    if not found:
        rule = work.tiers.of(technology, tier, max(work.until, price.starts))
        if rule is None:
            return None
        found = [(each.above, at_tier(each, rule)) for each in known if not each.tier]
    return sorted(found, key=lambda each: each[0])


def cost_by_day(work: Workload, rows: Rows, tariff: Tariff, tokens: Tokens | None = None) -> list[Decimal]:
    """Say what some calls cost on each day of the workload, exactly."""
    counted = tokens_of(work, rows) if tokens is None else tokens
    groups = work.day[rows].astype(np.int64) * len(tariff.rates) + tariff.codes
    found = [ZERO] * work.days
    for group, cost in grouped_cost(groups, counted, tariff.rates).items():
        found[group // len(tariff.rates)] = EXACT.add(found[group // len(tariff.rates)], cost)
    return found


def grouped_cost(groups: NDArray[np.int64], tokens: Tokens, rates: tuple[Rates, ...]) -> dict[int, Decimal]:
    """Price groups of calls; a group's rates are those at its number modulo how many there are."""
    if not len(groups):
        return {}
    size = int(groups.max()) + 1
    kinds = (tokens.input, tokens.output, tokens.cache_read, tokens.cache_write, tokens.cache_write_1h)
    sums = np.zeros((len(kinds), size), np.int64)
    for place, kind in enumerate(kinds):
        # Not `bincount` with weights, which adds binary floats.
        np.add.at(sums[place], groups, kind)
    found = {}
    used = np.flatnonzero(sums.any(axis=0))
    for group, (taken, given, read, write, longer) in zip(
        used.tolist(), sums[:, used].T.tolist(), strict=True
    ):
        usage = Usage(
            input_tokens=taken,
            output_tokens=given,
            cache_read_tokens=read,
            cache_write_tokens=write,
            cache_write_1h_tokens=longer,
        )
        found[group] = cost_of(rates[group % len(rates)], usage)
    return found


def scaled(tokens: Tokens, *, read: Fraction, write: Fraction) -> Tokens:
    """Take more or fewer tokens of each call, to the nearest whole one, as another tokenizer would count."""

    def times(counted: NDArray[np.int64], ratio: Fraction) -> NDArray[np.int64]:
        over, under = ratio.limit_denominator(FINE).as_integer_ratio()
        return (counted * (2 * over) + under) // (2 * under)

    return Tokens(
        times(tokens.input, read),
        times(tokens.cache_read, read),
        times(tokens.cache_write, read),
        times(tokens.cache_write_1h, read),
        times(tokens.output, write),
    )


FINE = 10_000
"""The largest denominator of a ratio of tokens: whole numbers stay within 64 bits."""


def total(amounts: list[Decimal]) -> Decimal:
    """Add up amounts, exactly."""
    return plain(reduce(EXACT.add, amounts, ZERO))


def near(amount: Decimal) -> Decimal:
    """Round an estimate to a millionth."""
    return plain(amount.quantize(_MILLIONTH, context=ROUNDED))
