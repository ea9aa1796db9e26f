"""Realised savings: what advice that was taken has saved since, beside what it was to save.

Where calls can be priced as they would have been without it, they are: at the rates of the model that served
them before, without a cache, in the default tier, or as if no answer had been given again. Elsewhere a call
is taken to cost what one did before, so that calls that have become longer or shorter count as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from typing import Literal

import numpy as np

from remit.decide.finops.pace import DAYS_LEAST, pace
from remit.decide.finops.tariff import ROUNDED, Tokens, as_charged, at_model, cost_by_day, tokens_of, total
from remit.decide.finops.workload import Workload
from remit.kernel.money import EXACT, ZERO
from remit.record.advice_entry import AdviceTaken

Verdict = Literal["not-in-force", "too-early", "no-calls", "as-predicted", "less", "more"]
"""Whether a saving has come about: what was advised is not in force, or for too few days; nobody called
since; or the month's interval overlaps the predicted one, or is below or above it."""

By = Literal["price", "per-call"]
"""Whether calls were priced as they would have been, or counted at what one cost before."""


@dataclass(frozen=True, slots=True)
class Realised:
    """One piece of advice that was taken: what it was to save in 30 days, and what it has saved.

    It is in force since `since`, None where it is not, and was looked at up to `until`. `saved` is what it
    saved in these days, and `a_month` what 30 of them do, within `low` to `high`.
    """

    taken: AdviceTaken
    verdict: Verdict
    since: date | None = None
    until: date | None = None
    calls: int = 0
    saved: Decimal = ZERO
    a_month: Decimal = ZERO
    low: Decimal = ZERO
    high: Decimal = ZERO
    by: By = "price"
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Since:
    """What has happened since advice is in force: a use case's calls, what kept answers saved on each day,
    and what capacity that the advice bought cost on each day."""

    work: Workload
    kept: Sequence[Decimal]
    capacity: Decimal = ZERO


def realised(taken: AdviceTaken, since: Since | None, *, in_force: date | None) -> Realised:
    """Hold advice against what happened since."""
    if in_force is None:
        return Realised(taken, "not-in-force")
    if since is None or not (len(since.work.calls) or any(since.kept)):
        return Realised(taken, "no-calls", in_force)
    work = since.work
    now = _now(taken, since)
    before, by = _before(taken, since)
    month = pace(before, now)
    found = Realised(
        taken=taken,
        verdict="too-early",
        since=in_force,
        until=work.until,
        calls=len(work.calls),
        saved=total([EXACT.subtract(was, costs) for was, costs in zip(before, now, strict=True)]),
        a_month=month.a_month,
        low=month.low,
        high=month.high,
        by=by,
        basis=month.basis,
    )
    return _judged(found, work.days)


def _judged(found: Realised, days: int) -> Realised:
    if days < DAYS_LEAST:
        return found
    taken = found.taken
    verdict: Verdict = "as-predicted"
    if found.high < taken.low:
        verdict = "less"
    elif found.low > taken.high:
        verdict = "more"
    return Realised(
        **{name: getattr(found, name) for name in Realised.__dataclass_fields__ if name != "verdict"},
        verdict=verdict,
    )


def _now(taken: AdviceTaken, since: Since) -> list[Decimal]:
    """Say what the calls cost on each day, with the capacity that serves them."""
    work = since.work
    charged = cost_by_day(work, work.rows, as_charged(work, work.rows))
    return [EXACT.add(each, since.capacity) for each in charged] if taken.way in CAPACITY else charged


CAPACITY = frozenset({"provisioned", "self-host", "fine-tune", "distil"})
"""Advice that buys what is paid by the hour."""


def _before(taken: AdviceTaken, since: Since) -> tuple[list[Decimal], By]:
    way = _WITHOUT.get(taken.way)
    found = way(taken, since) if way else None
    return (found, "price") if found is not None else (_per_call(taken, since), "per-call")


def _per_call(taken: AdviceTaken, since: Since) -> list[Decimal]:
    """Charge every call what one cost on average before the advice was taken."""
    work = since.work
    one = ROUNDED.divide(taken.charged, Decimal(max(1, taken.calls)))
    counts = np.bincount(work.day, minlength=work.days)
    return [ROUNDED.multiply(one, Decimal(int(count))) for count in counts]


def _other_model(taken: AdviceTaken, since: Since) -> list[Decimal] | None:
    """Price all calls as the model's that served them before."""
    work = since.work
    block = work.model.model(taken.about)
    tariff = None if block is None else at_model(work, work.rows, block)
    return None if tariff is None else cost_by_day(work, work.rows, tariff)


def _without_cache(taken: AdviceTaken, since: Since) -> list[Decimal]:
    """Price all tokens that the model read at the full rate, as if no cache had been asked."""
    work = since.work
    rows = work.where("model", taken.about) if taken.about else work.rows
    counted = tokens_of(work, rows)
    none = np.zeros_like(counted.input)
    read = reduce(np.add, (counted.cache_read, counted.cache_write, counted.cache_write_1h), counted.input)
    without = Tokens(
        input=read, cache_read=none, cache_write=none, cache_write_1h=none, output=counted.output
    )
    charged = as_charged(work, rows)
    served, unserved = cost_by_day(work, rows, charged), cost_by_day(work, rows, charged, without)
    now = _now(taken, since)
    return [
        EXACT.add(cost, EXACT.subtract(much, little))
        for cost, much, little in zip(now, unserved, served, strict=True)
    ]


def _not_given_again(taken: AdviceTaken, since: Since) -> list[Decimal]:
    """Add what answers that were given again would have cost."""
    now = _now(taken, since)
    return [EXACT.add(cost, saved) for cost, saved in zip(now, since.kept, strict=True)]


def _default_tier(taken: AdviceTaken, since: Since) -> list[Decimal] | None:
    """Price each model's calls in the tier that is asked for without a word."""
    work = since.work
    found = [ZERO] * work.days
    for name in work.found("model"):
        block, rows = work.model.model(name), work.where("model", name)
        tariff = None if block is None else at_model(work, rows, block)
        if tariff is None:
            return None
        for day, cost in enumerate(cost_by_day(work, rows, tariff)):
            found[day] = EXACT.add(found[day], cost)
    return found


_WITHOUT: Mapping[str, Callable[[AdviceTaken, Since], list[Decimal] | None]] = {
    "model": _other_model,
    "route": _other_model,
    "prompt-cache": _without_cache,
    "response-cache": _not_given_again,
    "batch": _default_tier,
    "flex": _default_tier,
}
"""How calls are priced as they would have been; of other kinds a call costs what one did before."""


def looked_from(in_force: date) -> date:
    """Say from which day on is looked: the first whole one."""
    return in_force + timedelta(days=1)
