"""Speed against economy: how fast, how dear and how good each model and tier is for one use case's calls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

import numpy as np

from remit.decide.confidence import wilson
from remit.decide.finops.draft import money
from remit.decide.finops.tariff import ROUNDED, as_charged, at_model, cost_by_day, near, total
from remit.decide.finops.workload import Rows, Workload
from remit.declare.price import DEFAULT_TIERS
from remit.kernel.money import EXACT
from remit.record.dossier_entry import Scored

CALLS_LEAST = 20
"""Of fewer calls no quantile of latency is given."""


@dataclass(frozen=True, slots=True)
class Way:
    """One model in one tier: what it is measured to take and to cost for a call, and how good it is.

    `called` says whether calls were made so; else the cost is that of the other calls at its prices. Latency
    is that of calls, or of the newest evaluation, or None. `share` is the pass rate of the newest evaluation
    with its interval `low` to `high`, or None. `dominated_by` are ways that are at least as fast, cheap and
    good, and better in one of it.
    """

    model: str
    tier: str
    calls: int
    called: bool
    per_call: Decimal
    latency_ms_p50: int | None = None
    latency_ms_p95: int | None = None
    latency_from: Literal["calls", "evaluation", ""] = ""
    share: float | None = None
    low: float | None = None
    high: float | None = None
    dominated_by: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.model} ({self.tier})" if self.tier else self.model


@dataclass(frozen=True, slots=True)
class SpeedEconomy:
    """All ways, the cheapest first, and in a sentence what follows from them."""

    ways: tuple[Way, ...]
    says: str


def speed_economy(work: Workload) -> SpeedEconomy:
    """Put the ways in which a use case calls models, and those in which it may, beside each other."""
    found = [*_called(work), *_possible(work)]
    ways = [
        replace(each, dominated_by=tuple(other.name for other in found if dominates(other, each)))
        for each in found
    ]
    ordered = sorted(ways, key=lambda way: (way.per_call, way.name))
    return SpeedEconomy(tuple(ordered), _says(work, ordered))


def dominates(one: Way, other: Way) -> bool:
    """Say whether one way is at least as fast, cheap and good as another, and better in one of it.

    What was not measured of either is beside nothing, so then neither dominates.
    """
    mine, theirs = _merits(one), _merits(other)
    if None in mine or None in theirs or mine == theirs:
        return False
    return all(a >= b for a, b in zip(mine, theirs, strict=True) if a is not None and b is not None)


def _merits(way: Way) -> tuple[float | Decimal | None, ...]:
    fast = None if way.latency_ms_p95 is None else -way.latency_ms_p95
    return fast, -way.per_call, way.share


def _called(work: Workload) -> list[Way]:
    calls, found = work.calls, []
    usual = np.array([name in DEFAULT_TIERS for name in calls.names["tier"]], np.bool_)
    for model in work.found("model"):
        rows = work.where("model", model)
        rows = rows[~calls.failed[rows] & ~calls.batch[rows]]
        tiers = np.where(usual[calls.codes["tier"][rows]], -1, calls.codes["tier"][rows])
        for code in np.unique(tiers):
            some = rows[tiers == code]
            cost = total(cost_by_day(work, some, as_charged(work, some)))
            tier = "" if code < 0 else calls.names["tier"][code]
            way = Way(model, tier, len(some), called=True, per_call=_mean(cost, len(some)))
            found.append(_measured(work, _timed(work, way, some)))
    return found


def _possible(work: Workload) -> list[Way]:
    """Price all calls as those of models that are allowed and were not called."""
    found, called = [], set(work.found("model"))
    for address, block in work.allowed.items():
        rows = work.fitting(work.rows, block)
        tariff = at_model(work, rows, block) if address not in called and block.output_tokens_max else None
        if tariff is not None and len(rows):
            cost = total(cost_by_day(work, rows, tariff))
            found.append(
                _measured(work, Way(address, "", len(rows), called=False, per_call=_mean(cost, len(rows))))
            )
    return found


def _timed(work: Workload, way: Way, rows: Rows) -> Way:
    if len(rows) < CALLS_LEAST:
        return way
    p50, p95 = np.quantile(work.calls.latency_ms[rows], (0.5, 0.95), method="higher").astype(int)
    return replace(way, latency_ms_p50=int(p50), latency_ms_p95=int(p95), latency_from="calls")


def _measured(work: Workload, way: Way) -> Way:
    """Add what the newest evaluation of the model says, of quality and where no call was timed of latency."""
    scored = _newest(work, way.model)
    if scored is None:
        return way
    low, high = wilson(scored.passed, scored.cases)
    way = replace(way, share=scored.passed / scored.cases, low=low, high=high)
    if way.latency_ms_p95 is None and scored.latency_ms_p95 and not way.tier:
        return replace(
            way,
            latency_ms_p50=scored.latency_ms_p50,
            latency_ms_p95=scored.latency_ms_p95,
            latency_from="evaluation",
        )
    return way


def _newest(work: Workload, model: str) -> Scored | None:
    shown = [
        (tried.evaluation.at, tried.evaluation.id, scored)
        for tried in work.tried
        for scored in tried.evaluation.results
        if tried.evaluation.measure == "pass_rate" and scored.model == model and scored.cases
        if work.simulated or not scored.simulated
    ]
    return max(shown, key=lambda each: each[:2])[2] if shown else None


def _mean(cost: Decimal, calls: int) -> Decimal:
    return near(ROUNDED.divide(cost, Decimal(max(1, calls))))


def _says(work: Workload, ways: list[Way]) -> str:
    """Say in a sentence what speed costs: from the cheapest to the fastest of those that none dominates."""
    timed = [way for way in ways if way.latency_ms_p95 is not None and not way.dominated_by]
    if len(timed) < 2:
        return "fewer than two ways were timed, so nothing is known of what speed costs"
    fastest = min(timed, key=lambda way: (way.latency_ms_p95 or 0, way.per_call))
    cheapest = min(timed, key=lambda way: (way.per_call, way.latency_ms_p95 or 0))
    if fastest == cheapest:
        return f"`{fastest.name}` is both the fastest and the cheapest way"
    faster = (cheapest.latency_ms_p95 or 0) - (fastest.latency_ms_p95 or 0)
    return (
        f"`{fastest.name}` answers 95 of 100 calls {faster:,} ms sooner than `{cheapest.name}`, for"
        f" {money(work, EXACT.subtract(fastest.per_call, cheapest.per_call))} more for each call"
    )
