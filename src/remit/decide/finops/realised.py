"""Realised savings: what advice that was taken has saved since, beside what it was to save.

Where calls can be priced as they would have been without it, they are: at the rates of the model that served
them before, without a cache, in the default tier, or as if no answer had been given again. Of that counts the
part that earlier calls were charged, on which the advice rests, as some of them may have saved already.
Elsewhere a call is taken to cost what one did before, so that calls that have become longer or shorter count
as well. Only calls of the models that the advice names are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import numpy as np

from remit.decide.finops.cache_served import without_cache
from remit.decide.finops.call_columns import Named
from remit.decide.finops.pace import DAYS_LEAST, pace
from remit.decide.finops.tariff import ROUNDED, as_charged, at_model, cost_by_day, total
from remit.decide.finops.workload import Rows, Workload
from remit.declare.version import family
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
class Looked:
    """A use case's calls, and what kept answers saved on each of their days."""

    work: Workload
    kept: Sequence[Decimal]


@dataclass(frozen=True, slots=True)
class Since(Looked):
    """What has happened since advice is in force, with what capacity that it bought cost on each day, and the
    calls of `earlier` days that it rests on, where they are still known."""

    capacity: Decimal = ZERO
    earlier: Looked | None = None


def realised(taken: AdviceTaken, since: Since | None, *, in_force: date | None) -> Realised:
    """Hold advice against what happened since."""
    if in_force is None:
        return Realised(taken, "not-in-force")
    if since is None:
        return Realised(taken, "no-calls", in_force)
    work, rows = since.work, concerned(taken, since.work)
    if not (len(rows) or (taken.way == "response-cache" and any(since.kept))):
        return Realised(taken, "no-calls", in_force)
    now = _now(taken, since, rows)
    before, by = _before(taken, since, rows)
    month = pace(before, now)
    found = Realised(
        taken=taken,
        verdict="too-early",
        since=in_force,
        until=work.until,
        calls=len(rows),
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


def subject_of(taken: AdviceTaken) -> str:
    """Say what tells advice from others of its way, from its name."""
    said = taken.advice.removeprefix(f"{taken.way}:")
    return said.removeprefix(f"{taken.use_case}:") if said != taken.use_case else ""


def capacity_of(taken: AdviceTaken) -> str:
    """Name the capacity that advice is to buy."""
    return subject_of(taken).removesuffix(f"-for-{taken.about.partition('/')[2]}")


def concerned(taken: AdviceTaken, work: Workload) -> Rows:
    """Find the calls that advice is about, of whichever version of its models or its prompt they are."""
    column: Named = "prompt" if taken.way == "prompt-trim" else "model"
    names = {family(name) for name in _about(taken, work)}
    if not names:
        return work.rows
    found = [work.where(column, name) for name in work.found(column) if family(name) in names]
    return np.sort(np.concatenate(found)) if found else work.rows[:0]


def _about(taken: AdviceTaken, work: Workload) -> tuple[str, ...]:
    """Name the models whose calls advice is about, before and after; nothing where it is about all."""
    subject, now = subject_of(taken), taken.about.partition("/")[2]
    if taken.way == "prompt-trim":
        return (f"prompt/{subject}",) if subject else ()
    if taken.way in CAPACITY:
        capacity = work.model.capacity.get(capacity_of(taken))
        return (taken.about, capacity.model) if capacity is not None and now else ()
    if taken.way in ("model", "route"):
        for begins, ends in ((f"short-{now}-to-", ""), (f"{now}-to-", ""), ("hard-", f"-then-{now}")):
            if now and subject.startswith(begins) and subject.endswith(ends):
                return taken.about, f"model/{subject.removeprefix(begins).removesuffix(ends)}"
        return ()
    return (taken.about,) if now else ()


def _now(taken: AdviceTaken, since: Since, rows: Rows) -> list[Decimal]:
    """Say what the calls cost on each day, with the capacity that serves them."""
    charged = _charged(since, rows)
    return [EXACT.add(each, since.capacity) for each in charged] if taken.way in CAPACITY else charged


def _charged(looked: Looked, rows: Rows) -> list[Decimal]:
    return cost_by_day(looked.work, rows, as_charged(looked.work, rows))


CAPACITY = frozenset({"provisioned", "self-host", "fine-tune", "distil"})
"""Advice that buys what is paid by the hour."""


def _before(taken: AdviceTaken, since: Since, rows: Rows) -> tuple[list[Decimal], By]:
    way = _WITHOUT.get(taken.way)
    found = way(taken, since, rows) if way else None
    if way is None or found is None:
        return _per_call(taken, since, rows), "per-call"
    paid, whole = _earlier(taken, since, way)
    if paid == whole or not whole:
        return found, "price"
    return [ROUNDED.divide(ROUNDED.multiply(each, paid), whole) for each in found], "price"


def _earlier(taken: AdviceTaken, since: Since, way: Without) -> tuple[Decimal, Decimal]:
    """Say what earlier calls were charged, and what they would have been without what was advised.

    Where the one is less than the other, some of them did already what was advised.
    """
    if since.earlier is None:
        return ZERO, ZERO
    rows = concerned(taken, since.earlier.work)
    whole = way(taken, since.earlier, rows)
    return total(_charged(since.earlier, rows)), ZERO if whole is None else total(whole)


def _per_call(taken: AdviceTaken, since: Since, rows: Rows) -> list[Decimal]:
    """Charge every call what one cost on average before the advice was taken."""
    work = since.work
    one = ROUNDED.divide(taken.charged, Decimal(max(1, taken.calls)))
    counts = np.bincount(work.day[rows], minlength=work.days)
    return [ROUNDED.multiply(one, Decimal(int(count))) for count in counts]


def _other_model(taken: AdviceTaken, looked: Looked, rows: Rows) -> list[Decimal] | None:
    """Price all calls as the model's that served them before."""
    work = looked.work
    block = work.model.model(taken.about)
    tariff = None if block is None else at_model(work, rows, block)
    return None if tariff is None else cost_by_day(work, rows, tariff)


def _without_cache(taken: AdviceTaken, looked: Looked, rows: Rows) -> list[Decimal]:
    """Price all tokens that were read at the full rate, as if no cache had been asked."""
    return without_cache(looked.work, rows)


def _not_given_again(taken: AdviceTaken, looked: Looked, rows: Rows) -> list[Decimal]:
    """Add what answers that were given again would have cost."""
    charged = _charged(looked, rows)
    return [EXACT.add(cost, saved) for cost, saved in zip(charged, looked.kept, strict=True)]


def _default_tier(taken: AdviceTaken, looked: Looked, rows: Rows) -> list[Decimal] | None:
    """Price each model's calls in the tier that is asked for without a word."""
    work = looked.work
    found = [ZERO] * work.days
    for name in work.found("model"):
        block, mine = work.model.model(name), np.intersect1d(work.where("model", name), rows)
        if not len(mine):
            continue
        tariff = None if block is None else at_model(work, mine, block)
        if tariff is None:
            return None
        for day, cost in enumerate(cost_by_day(work, mine, tariff)):
            found[day] = EXACT.add(found[day], cost)
    return found


Without = Callable[[AdviceTaken, Looked, Rows], list[Decimal] | None]

_WITHOUT: Mapping[str, Without] = {
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
