"""Facts of calls: what those of the last days left behind, by use case, from roll-ups alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from itertools import accumulate
from typing import get_args

from remit.decide.dossier import Fact
from remit.decide.reuse import SHARED_MIN
from remit.declare.measure import WINDOW_DAYS
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import SimulatedIn
from remit.declare.version import family
from remit.enforce.remit import Remit
from remit.enforce.spend import busiest
from remit.kernel.money import EXACT, ZERO
from remit.kernel.period import Per, window
from remit.record.called_blocks import CalledBlocks
from remit.record.guardrail_charge import GuardrailKey, GuardrailSum
from remit.record.projection import RefusalKey, StageFact, UsageKey, UsageSum
from remit.record.tally import BOUNDS, LatencyKey, LatencySum

BASIS = f"calls of the last {WINDOW_DAYS} days"
Counted = tuple[int | None, int | None]
PERS: tuple[Per, ...] = get_args(Per)
_MICRO = Decimal("0.000001")


@dataclass(slots=True)
class CallSums:
    """Sums over one use case's calls, real or simulated ones; `charge` is in the organisation's currency."""

    calls: int = 0
    failed: int = 0
    blocked: int = 0
    unguarded: int = 0
    charged: int = 0
    on_shared: int = 0
    charge: Decimal = ZERO

    def plus(self, other: CallSums) -> CallSums:
        """Add up two sums, field by field."""
        return CallSums(
            calls=self.calls + other.calls,
            failed=self.failed + other.failed,
            blocked=self.blocked + other.blocked,
            unguarded=self.unguarded + other.unguarded,
            charged=self.charged + other.charged,
            on_shared=self.on_shared + other.on_shared,
            charge=EXACT.add(self.charge, other.charge),
        )


@dataclass(frozen=True, slots=True)
class Results:
    """How many results of a use case happened over some time, by the metric that has most of them.

    One result can be measured in several ways, so that to add up metrics would count it several times.
    """

    metric: str
    real: int = 0
    simulated: int = 0


@dataclass(slots=True)
class Left:
    """What the calls of one use case left behind; `users` are those of this month."""

    real: CallSums = field(default_factory=CallSums)
    simulated: CallSums = field(default_factory=CallSums)
    refused: int = 0
    users: int = 0
    buckets: dict[int, LatencySum] = field(default_factory=dict)
    results: Results | None = None
    counted: SimulatedIn = "apart"


def since(now: datetime) -> datetime:
    """Say from when on calls are looked at."""
    return now - timedelta(days=WINDOW_DAYS)


@dataclass(frozen=True, slots=True)
class Rolled:
    """What the roll-ups say of all use cases."""

    totals: Iterable[tuple[UsageKey, UsageSum]] = ()
    blocks: Iterable[CalledBlocks] = ()
    refusals: Iterable[tuple[RefusalKey, int]] = ()
    latency: Mapping[LatencyKey, LatencySum] = field(default_factory=dict)
    users: Mapping[str, int] = field(default_factory=dict)
    posted: Mapping[str, Decimal] = field(default_factory=dict)
    outcomes: Mapping[str, Results] = field(default_factory=dict)
    references: Mapping[str, int] = field(default_factory=dict)
    beside: Iterable[tuple[GuardrailKey, GuardrailSum]] = ()
    """What guardrails by others and tools cost, beside the models."""


def left_behind(model: OperatingModel, stages: Mapping[str, StageFact], rolled: Rolled) -> dict[str, Left]:
    """Sum up by use case what the roll-ups say."""
    counted = model.organisation.simulated
    found: dict[str, Left] = defaultdict(lambda: Left(counted=counted))
    for key, total in rolled.totals:
        sums = found[key.use_case].simulated if key.simulated else found[key.use_case].real
        sums.calls += total.calls
        sums.failed += total.failed
        sums.blocked += total.blocked
        sums.unguarded += total.unguarded
        if key.currency == model.organisation.currency:
            sums.charged += total.calls
            sums.charge = EXACT.add(sums.charge, total.charge)
    blocks = list(rolled.blocks)
    shared = shared_families(model, stages, blocks)
    for each in blocks:
        if family(each.model) in shared or (each.block and family(each.block) in shared):
            sums = found[each.use_case].simulated if each.simulated else found[each.use_case].real
            sums.on_shared += each.calls
    for refusal, count in rolled.refusals:
        found[refusal.use_case].refused += count
    for bucket, took in rolled.latency.items():
        found[bucket.use_case].buckets[bucket.bucket] = took
    for name, users in rolled.users.items():
        found[name].users = users
    for name, results in rolled.outcomes.items():
        found[name].results = results
    return found


def most_results(counted: Mapping[str, Mapping[bool, int]]) -> Results | None:
    """Choose the metric that has most results, of how many there are by whether they are simulated.

    >>> most_results({"minutes": {False: 3}, "solved": {False: 9, True: 2}})
    Results(metric='solved', real=9, simulated=2)
    """
    found = [Results(name, of.get(False, 0), of.get(True, 0)) for name, of in counted.items()]
    return max(found, key=lambda each: (each.real, each.simulated), default=None)


def shared_families(
    model: OperatingModel, stages: Mapping[str, StageFact], blocks: Iterable[CalledBlocks]
) -> frozenset[str]:
    """Name the blocks, without their versions, that several units call or list for use cases of theirs."""
    units: dict[str, set[str]] = defaultdict(set)
    for name, case in model.use_cases.items():
        if case.blocks and (name not in stages or stages[name].stage != "retired"):
            for address in case.blocks:
                units[family(address)].add(case.unit)
    for each in blocks:
        for address in (each.model, each.block):
            units[family(address)].add(each.unit)
    return frozenset(name for name, using in units.items() if name and len(using) >= SHARED_MIN)


def called_facts(left: Left, *, now: datetime) -> Iterator[Fact]:
    """Say what calls left behind.

    As long as there is one real call, simulated ones count for nothing, unless such are `counted`: then both
    are summed up, and all of it is simulated. Of no calls nothing can be said but
    that there were none.
    """
    both = left.counted == "counted" and left.simulated.calls > 0
    simulated = both or (not left.real.calls and left.simulated.calls > 0)
    sums = left.real.plus(left.simulated) if both else left.simulated if simulated else left.real
    start = since(now)

    # How long calls took, and for whom they were, is not told apart by whether they were simulated.
    mixed = f"{BASIS}, simulated ones among them" if left.real.calls and left.simulated.calls else BASIS

    def fact(measure: str, value: Decimal, *, basis: str = BASIS, counted: Counted = (None, None)) -> Fact:
        passed, total = counted
        return Fact(
            measure=measure,
            value=value,
            at=now,
            evidence="ledger",
            basis=basis,
            since=start,
            passed=passed,
            total=total,
            simulated=simulated,
        )

    yield fact("calls", Decimal(sums.calls - sums.failed - sums.blocked))
    yield fact("users", Decimal(left.users), basis=mixed)
    attempts = sums.calls + left.refused
    for measure, part, whole in (
        ("refusal_rate", left.refused, attempts),
        ("failure_rate", sums.failed, sums.calls),
        ("blocked_rate", sums.blocked, sums.calls),
        ("guardrail_coverage", sums.calls - sums.unguarded, sums.calls),
        ("share_on_shared_blocks", min(sums.on_shared, sums.calls), sums.calls),
    ):
        if whole:
            yield fact(measure, Decimal(part) / whole, counted=(part, whole))
    if sums.charged:
        yield fact("cost_per_call", (sums.charge / sums.charged).quantize(_MICRO, ROUND_CEILING))
    results = left.results
    counted = 0 if results is None else results.real + (results.simulated if simulated else 0)
    if sums.charged and results is not None and counted:
        cost = (sums.charge / counted).quantize(_MICRO, ROUND_CEILING)
        yield fact("cost_per_outcome", cost, basis=f"{BASIS}, and {counted:,} results of `{results.metric}`")
    if left.buckets:
        yield fact("latency_ms_p95", Decimal(latency_at(left.buckets, 0.95)), basis=mixed)


def latency_at(buckets: Mapping[int, LatencySum], share: float) -> int:
    """Say within how many milliseconds this share of calls ended, at the most.

    Within its bucket it is the upper bound, or what the slowest call in it can have taken at the most if all
    others took the least that the bucket holds; the last bucket has no other bound.

    >>> latency_at({3: LatencySum(95, 6000), 9: LatencySum(5, 10_000)}, 0.95)
    80
    >>> latency_at({14: LatencySum(1, 90_000)}, 0.95)
    90000
    """
    bounds = BOUNDS["duration"]
    wanted = share * sum(took.count for took in buckets.values())
    reached = accumulate(buckets[at].count for at in sorted(buckets))
    at = next(at for at, count in zip(sorted(buckets), reached, strict=True) if count >= wanted)
    took = buckets[at]
    least = round(bounds[at - 1] * 1000) if at else 0
    most = took.total_ms - (took.count - 1) * least
    return min(most, round(bounds[at] * 1000)) if at < len(bounds) else most


@dataclass(slots=True)
class BudgetWindows:
    """The present windows of budgets, each worked out once, and what is posted in them."""

    model: OperatingModel
    posted: Mapping[str, Decimal]
    now: datetime
    labels: Mapping[Per, str] = field(init=False)
    first: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        organisation = self.model.organisation
        starts = organisation.fiscal_year_starts
        self.labels = {
            per: window(per, at=self.now, zone=organisation.zone, year_starts=starts).label for per in PERS
        }
        # Past windows stay in the store for good; only the present ones are looked through.
        present = tuple(f":{label}" for label in set(self.labels.values()))
        self.first = busiest({name: amount for name, amount in self.posted.items() if name.endswith(present)})

    def share(self, remit: Remit) -> Decimal | None:
        """Say how much is spent of the budget that most is spent of; None if it has none.

        Budgets of its own are looked at, and where it has none, those that it shares with others.
        """
        budgets = remit.spend or ()
        own = [
            each
            for each in budgets
            if each.pool == f"use-case/{remit.use_case}" or is_of(each.pool, remit.use_case)
        ]
        shares = []
        for spend in own or budgets:
            name = f"{spend.id}:{self.labels[spend.per]}"
            posted = self.posted.get(self.first.get(name, name), ZERO)
            shares.append(
                (posted / spend.limit).quantize(_MICRO, ROUND_CEILING) if spend.limit else Decimal(1)
            )
        return max(shares, default=None)


def is_of(pool: str, use_case: str) -> bool:
    """Say whether a layer above has this pool for one use case alone.

    >>> is_of("unit/claims:use-case/triage", "triage"), is_of("unit/claims", "triage")
    (True, False)
    """
    return pool.endswith(f":use-case/{use_case}")
