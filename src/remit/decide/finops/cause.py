"""Causes: what made the cost of one time different from that of another, down to the last millionth.

Cost is calls × share of each model × tokens a call × part of the input that a cache served × rate. Each of
the five is moved from what it was to what it is, in every order, and has the mean of what it changed: the
Shapley value, which leaves nothing over and depends on no order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import combinations
from math import factorial
from typing import Literal, get_args

from remit.record.projection import UsageKey, UsageSum

CallFactor = Literal["volume", "model mix", "length", "cache misses", "price"]
"""How many calls, by which models, of how many tokens, how much input no cache served, at which rates."""

Factor = CallFactor | Literal["guardrails"]
"""What makes calls dearer, or what guardrails by others cost beside them."""

FACTORS: tuple[CallFactor, ...] = get_args(CallFactor)

Kind = Literal["input", "cache_read", "cache_write", "cache_write_1h", "output"]

ListedRates = Mapping[Kind, float]
"""Rates for a token of each kind, in whatever unit: only their proportions count."""

_FINE = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class ModelUse:
    """How one model was used in a time: calls, tokens by kind, and what they were charged."""

    calls: float
    tokens: Mapping[Kind, float]
    charge: float


Uses = Mapping[str, ModelUse]


def uses(rows: Iterable[tuple[UsageKey, UsageSum]], *, days: float) -> dict[str, ModelUse]:
    """Sum up by model what an average of so many days used."""
    sums: dict[str, UsageSum] = {}
    for key, each in rows:
        sums.setdefault(key.model, UsageSum()).merge(each)
    return {
        model: ModelUse(
            calls=each.calls / days,
            tokens={
                "input": each.input_tokens / days,
                "cache_read": each.cache_read_tokens / days,
                "cache_write": each.cache_write_tokens / days,
                "cache_write_1h": each.cache_write_1h_tokens / days,
                "output": each.output_tokens / days,
            },
            charge=float(each.charge) / days,
        )
        for model, each in sums.items()
    }


def causes(before: Uses, after: Uses, rates: Mapping[str, ListedRates]) -> dict[CallFactor, Decimal]:
    """Split the difference in cost between two times among the factors; the parts add up to all of it.

    `rates` are the relative rates of each model, by which a model's charge is split among kinds of tokens.
    """
    models = sorted({*before, *after})
    was = _Looked.at(before, models, rates)
    became = _Looked.at(after, models, rates)
    was, became = was.filled(became), became.filled(was)
    worth: dict[frozenset[CallFactor], float] = {}
    for size in range(len(FACTORS) + 1):
        for moved in combinations(FACTORS, size):
            worth[frozenset(moved)] = _cost(was, became, frozenset(moved))
    found = {each: _shapley(each, worth) for each in FACTORS}
    return _exactly(found, worth[frozenset(FACTORS)] - worth[frozenset()])


@dataclass(frozen=True, slots=True)
class _Looked:
    """One time, factor by factor: each model's share of the calls, tokens a call, their split, the rate.

    `length` is input and output tokens a call, `split` the parts of the input by kind, `price` what a unit of
    relative rates was charged.
    """

    calls: float
    share: list[float]
    length: list[tuple[float, float]]
    split: list[tuple[float, ...]]
    price: list[float]
    rates: list[ListedRates]

    @classmethod
    def at(cls, found: Uses, models: list[str], rates: Mapping[str, ListedRates]) -> _Looked:
        calls = sum(each.calls for each in found.values())
        share: list[float] = []
        length: list[tuple[float, float]] = []
        split: list[tuple[float, ...]] = []
        price: list[float] = []
        for model in models:
            each = found.get(model)
            if each is None or not each.calls:
                share.append(0.0)
                length.append((-1.0, -1.0))
                split.append(())
                price.append(-1.0)
                continue
            read = sum(each.tokens[kind] for kind in _INPUT)
            share.append(each.calls / calls)
            length.append((read / each.calls, each.tokens["output"] / each.calls))
            split.append(tuple(each.tokens[kind] / read for kind in _INPUT) if read else ())
            listed = sum(rates[model][kind] * tokens for kind, tokens in each.tokens.items())
            # What is charged without tokens of a known rate is all price.
            price.append(each.charge / listed if listed else -1.0)
        return cls(calls, share, length, split, price, [rates[model] for model in models])

    def filled(self, other: _Looked) -> _Looked:
        """Take from the other time what says nothing of a model here, so that only its share differs."""
        return _Looked(
            self.calls,
            self.share if self.calls else other.share,
            [
                mine if mine[0] >= 0 else theirs
                for mine, theirs in zip(self.length, other.length, strict=True)
            ],
            [mine or theirs for mine, theirs in zip(self.split, other.split, strict=True)],
            [mine if mine >= 0 else theirs for mine, theirs in zip(self.price, other.price, strict=True)],
            self.rates,
        )


_INPUT: tuple[Kind, ...] = ("input", "cache_read", "cache_write", "cache_write_1h")


def _cost(was: _Looked, became: _Looked, moved: frozenset[CallFactor]) -> float:
    def of(factor: CallFactor) -> _Looked:
        return became if factor in moved else was

    total = 0.0
    length, split, price = of("length").length, of("cache misses").split, of("price").price
    for index, share in enumerate(of("model mix").share):
        if not share:
            continue
        rates = was.rates[index]
        read, written = length[index]
        parts = split[index] or (1.0, 0.0, 0.0, 0.0)
        a_token = sum(part * rates[kind] for part, kind in zip(parts, _INPUT, strict=True))
        total += (
            share * max(price[index], 0.0) * (max(read, 0.0) * a_token + max(written, 0.0) * rates["output"])
        )
    return of("volume").calls * total


def _shapley(factor: CallFactor, worth: Mapping[frozenset[CallFactor], float]) -> float:
    others = [each for each in FACTORS if each != factor]
    number = len(FACTORS)
    total = 0.0
    for size in range(number):
        weight = factorial(size) * factorial(number - size - 1) / factorial(number)
        for moved in combinations(others, size):
            before = frozenset(moved)
            total += weight * (worth[before | {factor}] - worth[before])
    return total


def _exactly(found: Mapping[CallFactor, float], total: float) -> dict[CallFactor, Decimal]:
    """Round to millionths, and give what rounding leaves over to the greatest part."""
    rounded = {each: Decimal(repr(value)).quantize(_FINE, ROUND_HALF_EVEN) for each, value in found.items()}
    rest = Decimal(repr(total)).quantize(_FINE, ROUND_HALF_EVEN) - sum(rounded.values(), Decimal(0))
    greatest = max(rounded, key=lambda each: abs(rounded[each]))
    return rounded | {greatest: rounded[greatest] + rest}
