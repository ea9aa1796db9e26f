"""Prompt caching: what a use case's calls would have cost with the provider's prompt cache, well used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations
from typing import get_args

import numpy as np

from remit.decide.finops.cache_point_edit import edits_of, may_declare
from remit.decide.finops.cache_rule import HOUR_S, CacheLifetime, CacheRule, with_cache
from remit.decide.finops.cache_served import cacheable, rule_of
from remit.decide.finops.draft import CALLS_OF, draft, money, share
from remit.decide.finops.prefix_replay import Beginnings, Checkpoints, Places, Served
from remit.decide.finops.saving import BreakEven, Edit, Saving
from remit.decide.finops.shown_quality import SAME
from remit.decide.finops.tariff import (
    ROUNDED,
    Tariff,
    Tokens,
    as_charged,
    cost_by_day,
    near,
    tokens_of,
    total,
)
from remit.decide.finops.workload import Rows, Workload
from remit.declare.price import Rates
from remit.declare.prompt_cache import CachePlace
from remit.kernel.money import EXACT, ZERO

SHARED_MAX = 3
"""How many lengths of what calls have in common are tried as checkpoints."""

_PLACES: tuple[CachePlace, ...] = get_args(CachePlace)

DECLARED = tuple(
    Checkpoints(at) for count in range(1, len(_PLACES) + 1) for at in combinations(_PLACES, count)
)
"""All checkpoints that can be declared, the fewest first."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One way to cache: where checkpoints stand, for how long, what it serves, and what each day costs."""

    checkpoints: Checkpoints
    lifetime: CacheLifetime
    served: Served
    would: list[Decimal]

    @property
    def cost(self) -> Decimal:
        return total(self.would)


def prompt_caches(work: Workload) -> Iterator[Saving]:
    """Find for each model how its provider's cache would have served the use case's calls most cheaply.

    Where the provider caches by itself there is nothing to declare, so nothing is advised.
    """
    for name in work.found("model"):
        rule = rule_of(work, name)
        rows = cacheable(work, work.where("model", name))
        if rule is not None and not rule.by_itself and len(rows):
            yield from _savings(work, name, rule, rows)


def _savings(work: Workload, name: str, rule: CacheRule, rows: Rows) -> Iterator[Saving]:
    """Say what can be declared, if it saves; and what only callers can do, if that saves more."""
    was = cost_by_day(work, rows, as_charged(work, rows))
    tries = list(tried(work, rows, rule))
    if not tries:
        return
    replayed = _Replayed(work, name, rule, rows, was, tries)
    best = min(tries, key=lambda each: each.cost)
    declared = _declared(work, name, rule, tries)
    if declared is not None and declared[0].cost < total(was):
        one, edits = declared
        if edits:
            yield replace(replayed.saving(one), edits=edits)
        if not best.checkpoints.after or best.cost >= one.cost:
            return
        more = replayed.saving(best, apart=BY_HAND)
        yield replace(more, by_hand=_by_hand(best))
    elif best.cost < total(was):
        yield replace(replayed.saving(best), by_hand=_by_hand(best))


BY_HAND = "/by-hand"
"""What the subject of advice ends in that stands beside one of the same model which can be declared."""


def _declared(
    work: Workload, name: str, rule: CacheRule, tries: list[Tried]
) -> tuple[Tried, tuple[Edit, ...]] | None:
    """Find the cheapest of what can be declared just as it was tried, with what is to be declared still.

    What is declared holds for all calls of the model, so its cost has what it would add to the others.
    """
    if not may_declare(work, name):
        return None
    vain = {each: _written_in_vain(work, name, rule, each) for each in rule.lifetimes}
    can = [_with_vain(each, vain[each.lifetime]) for each in tries if not each.checkpoints.after]
    if not can:
        return None
    one = min(can, key=lambda each: each.cost)
    edits = edits_of(work, name, rule, at=one.checkpoints.at, lifetime=one.lifetime)
    return None if edits is None else (one, edits)


def _with_vain(one: Tried, vain: list[Decimal]) -> Tried:
    """Add what a point at the end has written in vain; points elsewhere come too early in such calls."""
    if "end" not in one.checkpoints.at:
        return one
    return replace(one, would=[EXACT.add(*both) for both in zip(one.would, vain, strict=True)])


def _written_in_vain(work: Workload, name: str, rule: CacheRule, lifetime: CacheLifetime) -> list[Decimal]:
    """Say what points add on each day to calls of which it is not known how they begin.

    They are taken to be written and never read. Their words are fewer than a block, and pictures among them
    may be enough for the provider to keep.
    """
    calls, rows = work.calls, work.where("model", name)
    rows = rows[(calls.prompt_bytes[rows] == 0) & ~calls.batch[rows]]
    rows = rows[work.read(rows) >= rule.tokens_min]
    charged, whole = as_charged(work, rows), work.read(rows)
    tariff = Tariff(charged.codes, tuple(with_cache(each, rule) for each in charged.rates))
    served = Served(np.zeros_like(whole), whole)
    tokens = tokens_with(tokens_of(work, rows), served, long=lifetime.seconds >= HOUR_S)
    written, was = cost_by_day(work, rows, tariff, tokens), cost_by_day(work, rows, charged)
    return [EXACT.subtract(*both) for both in zip(written, was, strict=True)]


@dataclass(frozen=True, slots=True)
class _Replayed:
    """Calls of one model, what they were charged on each day, and what was tried on them."""

    work: Workload
    name: str
    rule: CacheRule
    rows: Rows
    was: list[Decimal]
    tries: list[Tried]

    def saving(self, one: Tried, *, apart: str = "") -> Saving:
        """Say what one of the ways tried would have saved; what is to be done for it is not said yet."""
        work, name, rule, rows = self.work, self.name, self.rule, self.rows
        subject = name.partition("/")[2] + apart
        begun = draft(work, "prompt-cache", subject=subject, calls=len(rows), was=self.was, would=one.would)
        return replace(
            begun,
            summary=f"let the prompt cache serve `{name}`: {money(work, begun.would)}"
            f" instead of {money(work, begun.charged)}",
            quality=SAME,
            risks=_RISKS,
            break_even=_break_even(work, rows, rule, one),
            basis=f"how {len(rows):,} prompts begin; tokens by bytes; {begun.basis}",
            figures={CALLS_OF: name, **_figures(work, rows, rule, best=one, tries=self.tries)},
        )


def tried(work: Workload, rows: Rows, rule: CacheRule) -> Iterator[Tried]:
    """Replay some calls with each lifetime, and with checkpoints at each of some places.

    These are all that can be declared, and where what calls have in common ends most often.
    """
    calls, least = work.calls, rule.tokens_min
    beginnings = Beginnings(calls, rows, tokens_min=least)
    shared = {each: _shared(beginnings, rule, each) for each in rule.lifetimes}
    del beginnings
    after = sorted({n for each in shared.values() for place in each for n in place.after})
    places = Places(calls, rows, tokens_min=least, after=tuple(after))
    charged = as_charged(work, rows)
    tariff = Tariff(charged.codes, tuple(with_cache(each, rule) for each in charged.rates))
    there = [each for each in DECLARED if places.has(each)]
    for lifetime in rule.lifetimes:
        for checkpoints in (*there, *shared[lifetime]):
            served = places.serve(checkpoints, lifetime_s=lifetime.seconds)
            tokens = tokens_with(tokens_of(work, rows), served, long=lifetime.seconds >= HOUR_S)
            yield Tried(checkpoints, lifetime, served, cost_by_day(work, rows, tariff, tokens))


def _shared(beginnings: Beginnings, rule: CacheRule, lifetime: CacheLifetime) -> list[Checkpoints]:
    """Place checkpoints where what calls have in common ends most often, and at their end as well."""
    served = beginnings.serve(lifetime_s=lifetime.seconds)
    most = min(SHARED_MAX, rule.checkpoints_max)
    often, shared, with_end = (
        beginnings.often_shared(served, most=each)
        for each in (1, most, min(SHARED_MAX, rule.checkpoints_max - 1))
    )
    if not shared:
        return []
    placed = Checkpoints(after=often), Checkpoints(after=shared), Checkpoints(("end",), after=with_end)
    return list(dict.fromkeys(placed))


def tokens_with(tokens: Tokens, served: Served, *, long: bool) -> Tokens:
    """Say what kinds of tokens calls would have had of which a cache served some and took in others."""
    read = tokens.input + tokens.cache_read + tokens.cache_write + tokens.cache_write_1h
    none = np.zeros_like(read)
    return Tokens(
        input=read - served.read - served.written,
        cache_read=served.read,
        cache_write=none if long else served.written,
        cache_write_1h=served.written if long else none,
        output=tokens.output,
    )


def reads_needed(rates: Rates, *, long: bool) -> Decimal | None:
    """Say how often each token written must be read for the cache to pay; None where it never does.

    Writing costs more than reading without a cache by the premium, and each read saves what it is cheaper.

    >>> from datetime import date
    >>> three = Rates(date(2026, 1, 1), Decimal(3), Decimal(15), Decimal("0.3"), Decimal("3.75"), Decimal(6))
    >>> reads_needed(three, long=False), reads_needed(three, long=True)
    (Decimal('0.277778'), Decimal('1.111111'))
    """
    write = rates.cache_write_1h if long else rates.cache_write
    premium = EXACT.subtract(rates.input if write is None else write, rates.input)
    gain = EXACT.subtract(rates.input, rates.input if rates.cache_read is None else rates.cache_read)
    return near(ROUNDED.divide(max(premium, ZERO), gain)) if gain > 0 else None


def _break_even(work: Workload, rows: Rows, rule: CacheRule, best: Tried) -> BreakEven | None:
    often = int(np.bincount(work.calls.rates[rows]).argmax())
    rates = with_cache(work.calls.rate_list[often], rule)
    at = reads_needed(rates, long=best.lifetime.seconds >= HOUR_S)
    read, written = int(best.served.read.sum()), int(best.served.written.sum())
    if at is None or not written:
        return None
    now = near(ROUNDED.divide(Decimal(read), Decimal(written)))
    return BreakEven(at, now, "reads of each token written")


def _figures(
    work: Workload, rows: Rows, rule: CacheRule, *, best: Tried, tries: list[Tried]
) -> dict[str, str]:
    read, written = int(best.served.read.sum()), int(best.served.written.sum())
    whole = int(work.read(rows).sum())
    cheapest = {
        each.said: min((one for one in tries if one.lifetime == each), key=lambda one: one.cost)
        for each in rule.lifetimes
    }
    recorded = int(work.calls.cache_read_tokens[rows].sum())
    return {
        "kept for": best.lifetime.said,
        "checkpoints": _said(best.checkpoints),
        "read from the cache": f"{read:,} tokens, {share(read, whole)}",
        "written to it": f"{written:,} tokens, {share(written, whole)}",
        "neither": f"{whole - read - written:,} tokens",
        "read from it until now": f"{recorded:,} tokens, {share(recorded, whole)}",
        **{f"cost, kept for {said}": money(work, each.cost) for said, each in cheapest.items()},
        "least beginning": f"{rule.tokens_min:,} tokens",
        "rules by": f"{rule.source}, read {rule.verified}",
    }


def _said(checkpoints: Checkpoints) -> str:
    """Say where checkpoints stand.

    >>> _said(Checkpoints(("end",), after=(2, 10)))
    'after the first 4,096 and 20,480 bytes and at the end'
    >>> _said(Checkpoints(("tools", "system", "end")))
    'after the tools, after the system message and at the end'
    """
    after = " and ".join(f"{blocks * 2_048:,}" for blocks in checkpoints.after)
    places = [f"after the first {after} bytes"] if after else []
    *most, last = (*places, *(_SAID[each] for each in checkpoints.at))
    return " and ".join((", ".join(most), last)) if most else last


_SAID: Mapping[CachePlace, str] = {
    "tools": "after the tools",
    "system": "after the system message",
    "end": "at the end",
}

_RISKS = (
    "a word that differs early in a prompt, such as a date, keeps all that follows it from being served",
    "calls that come before the answer to the first of them has begun are not served, and count here as if",
)


def _by_hand(best: Tried) -> str:
    ttl = ', "ttl": "1h"' if best.lifetime.seconds >= HOUR_S else ""
    return f'have callers put `"cache_control": {{"type": "ephemeral"{ttl}}}` {_said(best.checkpoints)}'
