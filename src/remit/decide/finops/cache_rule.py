"""Rules of prompt caches: what a provider keeps of prompts, for how long, and what that costs.

They ship as dated data. Rates of the cache that a price declares always count before theirs.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase

import msgspec

from remit.decide.shipped import read_shipped
from remit.declare.declared import Count, Day, Declared, Rate, Title
from remit.declare.price import Rates
from remit.kernel.money import EXACT, plain

HOUR_S = 3_600


class CacheLifetime(Declared):
    """For how long a cache keeps the beginning of a prompt, and what it asks for that."""

    seconds: Count
    """Since when it was written, or read last."""
    write: Rate
    """What the input rate is multiplied by for tokens that are written."""

    @property
    def said(self) -> str:
        return f"{self.seconds // HOUR_S} h" if self.seconds % HOUR_S == 0 else f"{self.seconds // 60} min"


class CacheRule(Declared):
    """What is known of the prompt cache of some models at a provider, since a day."""

    technology: Title
    """The provider's technology, as providers declare it."""
    models: tuple[Title, ...]
    """The models, by their names at the provider; `*` stands for anything."""
    starts: Day
    """The first day on which it is known to hold."""
    by_itself: bool = False
    """Whether the provider keeps what it sees fit; else only what stands before a checkpoint."""
    tokens_min: Count
    """A shorter beginning is not kept, without a word of it."""
    step: Count = 1
    """Tokens are served in whole steps of so many."""
    checkpoints_max: Count = 0
    """How many checkpoints a prompt may have."""
    read: Rate
    """What the input rate is multiplied by for tokens that are read from the cache."""
    lifetimes: tuple[CacheLifetime, ...]
    """For how long it may be kept, the shortest first."""
    source: Title
    """Where it is written."""
    verified: Day
    """When somebody last read it there."""


class CacheRules(Declared):
    """All rules that ship."""

    rules: tuple[CacheRule, ...] = ()
    """The rules; the first that fits counts."""

    def of(self, technology: str, name: str, day: date) -> CacheRule | None:
        """Find the rule for a model, by its name at the provider, on a day."""
        for rule in self.rules:
            if rule.technology != technology or rule.starts > day:
                continue
            if any(fnmatchcase(name.lower(), each) for each in rule.models):
                return rule
        return None


def read_cache_rules(text: str) -> CacheRules:
    """Read the rules that ship."""
    return CacheRules.model_validate(read_shipped(text, "prompt_caches.yaml"))


def with_cache(rates: Rates, rule: CacheRule) -> Rates:
    """Put the provider's usual rates of the cache where a price declares none."""

    def times(factor: Decimal) -> Decimal:
        return plain(EXACT.multiply(rates.input, factor))

    short = next((each for each in rule.lifetimes if each.seconds < HOUR_S), None)
    long = next((each for each in rule.lifetimes if each.seconds >= HOUR_S), None)
    write, longer = rates.cache_write, rates.cache_write_1h
    return msgspec.structs.replace(
        rates,
        cache_read=times(rule.read) if rates.cache_read is None else rates.cache_read,
        cache_write=times(short.write) if write is None and short else write,
        cache_write_1h=times(long.write) if longer is None and long else longer,
    )
