"""What providers' prompt caches did serve, and what that saved: a figure, whoever brought it about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

import numpy as np

from remit.decide.finops.cache_rule import CacheRule
from remit.decide.finops.prefix_replay import Beginnings
from remit.decide.finops.tariff import Tokens, as_charged, cost_by_day, tokens_of, total
from remit.decide.finops.workload import Rows, Workload
from remit.kernel.money import EXACT


@dataclass(frozen=True, slots=True)
class CacheServed:
    """Of one use case's calls of one model: how many tokens they read, and how many of them from a cache.

    `saved` is what the calls would have been charged with all tokens at the input rate, less what they were;
    it is below zero where writing to the cache cost more than reading saved. Where the provider caches
    `by_itself`, `most` is how many tokens such a cache could have served at the most.
    """

    use_case: str
    model: str
    calls: int
    input_tokens: int
    read: int
    written: int
    saved: Decimal
    currency: str
    by_itself: bool = False
    most: int | None = None


def caches_served(work: Workload) -> Iterator[CacheServed]:
    """Say for each model what its provider's cache served, if it served anything or could have by itself.

    Simulated calls are passed over: nothing was served to them.
    """
    if work.simulated:
        return
    for name in work.found("model"):
        rows, rule = work.where("model", name), rule_of(work, name)
        tokens = tokens_of(work, rows)
        read = int(tokens.cache_read.sum())
        written = int(tokens.cache_write.sum() + tokens.cache_write_1h.sum())
        by_itself = rule is not None and rule.by_itself
        most = _most(work, rows, rule) if rule is not None and by_itself else None
        if not (read or written or most):
            continue
        charged, without = cost_by_day(work, rows, as_charged(work, rows)), without_cache(work, rows)
        yield CacheServed(
            use_case=work.use_case,
            model=name,
            calls=len(rows),
            input_tokens=int(work.read(rows).sum()),
            read=read,
            written=written,
            saved=EXACT.subtract(total(without), total(charged)),
            currency=work.currency,
            by_itself=by_itself,
            most=most,
        )


def without_cache(work: Workload, rows: Rows) -> list[Decimal]:
    """Price all tokens that some calls read at the full rate, day by day, as if no cache had been asked."""
    counted = tokens_of(work, rows)
    none = np.zeros_like(counted.input)
    read = reduce(np.add, (counted.cache_read, counted.cache_write, counted.cache_write_1h), counted.input)
    without = Tokens(
        input=read, cache_read=none, cache_write=none, cache_write_1h=none, output=counted.output
    )
    return cost_by_day(work, rows, as_charged(work, rows), without)


def cacheable(work: Workload, rows: Rows) -> Rows:
    """Keep the calls of which it is known how they begin; those of batches have no cache to count on."""
    calls = work.calls
    return rows[(calls.prompt_bytes[rows] > 0) & ~calls.batch[rows]]


def rule_of(work: Workload, name: str) -> CacheRule | None:
    """Find what is known of the prompt cache that a model has at its provider, if anything."""
    block = work.model.model(name)
    if block is None:
        return None
    technology = work.model.providers[block.provider].technology
    called = block.options.get("model") or name.partition("/")[2].partition("@")[0]
    return work.caches.of(technology, called, work.until)


def _most(work: Workload, rows: Rows, rule: CacheRule) -> int:
    """Say how many tokens a cache that keeps every block could have served, for its shortest lifetime."""
    known = cacheable(work, rows)
    if not len(known):
        return 0
    beginnings = Beginnings(work.calls, known, tokens_min=rule.tokens_min, step=rule.step)
    return int(beginnings.serve(lifetime_s=rule.lifetimes[0].seconds).read.sum())
