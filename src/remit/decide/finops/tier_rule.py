"""Rules of service tiers: what providers ask for an answer that may wait, where no price says it.

They ship as dated data. A price that declares a tier's rates always counts before them.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from remit.decide.shipped import read_shipped
from remit.declare.declared import Count, Day, Declared, Rate, Title
from remit.declare.price import Rates, Tier
from remit.kernel.money import EXACT, plain

Cached = Literal["discounted", "undiscounted", "lost"]
"""What becomes of tokens that a cache served: its rates are lowered as well, stay as they are, or there is no
cache, so that they cost what other input does."""


class TierRule(Declared):
    """What a provider asks for one tier, since a day."""

    technology: Title
    """The provider's technology, as providers declare it."""
    tier: Tier
    """The service tier."""
    starts: Day
    """The first day on which it is known to hold."""
    factor: Rate
    """What the rates are multiplied by."""
    cached: Cached
    """What becomes of tokens that a cache served."""
    answers_within_seconds: Count
    """Within how long the provider answers, or how long it advises to wait."""
    calls_min: Count = 1
    """How many calls one batch has at least."""
    source: Title
    """Where it is written."""
    verified: Day
    """When somebody last read it there."""


class TierRules(Declared):
    """All rules that ship."""

    rules: tuple[TierRule, ...] = ()
    """The rules, in any order."""

    def of(self, technology: str, tier: str, day: date) -> TierRule | None:
        """Find the rule in force on a day."""
        alike = [
            each
            for each in self.rules
            if (each.technology, each.tier) == (technology, tier) and each.starts <= day
        ]
        return max(alike, key=lambda each: each.starts, default=None)


def read_tier_rules(text: str) -> TierRules:
    """Read the rules that ship."""
    return TierRules.model_validate(read_shipped(text, "tiers.yaml"))


def at_tier(rates: Rates, rule: TierRule) -> Rates:
    """Work out a tier's rates from those of the default tier."""

    def times(rate: Decimal) -> Decimal:
        return plain(EXACT.multiply(rate, rule.factor))

    read = rates.input if rates.cache_read is None else rates.cache_read
    write = rates.input if rates.cache_write is None else rates.cache_write
    longer = write if rates.cache_write_1h is None else rates.cache_write_1h
    kinds = read, write, longer
    if rule.cached == "lost":
        kinds = times(rates.input), times(rates.input), times(rates.input)
    elif rule.cached == "discounted":
        kinds = times(read), times(write), times(longer)
    return Rates(rates.starts, times(rates.input), times(rates.output), *kinds)
