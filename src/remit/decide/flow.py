"""Flow: what is in work, how old it is, how fast it gets into use, and whether more comes in than goes out.

Work in progress are the pilots: use cases at `envision` and `experiment`. One arrives when work on it begins,
and departs when it goes into use or is dropped.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from remit.decide.life import Life
from remit.decide.quantile import Spans, spans
from remit.declare.organisation import STAGES, StageName

HOLDS_WITHIN = 0.10
"""How far the two sides of Little's law may lie apart for a flow to count as steady."""

DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Little:
    """Little's law over a time: L, in work on average, is λ, arrivals a day, times W, the days each takes.

    It is about those whose dates are known. W is the mean over those that departed, `of` them. The law holds
    in a steady flow; `gap` is how far L and λW are apart, as a share of the larger. Where it does not hold,
    the flow is not steady, and no past cycle time says when a pilot of today will be done.
    """

    mean_in_work: float
    arrivals_per_day: float
    mean_days: float | None
    of: int
    expected_in_work: float | None
    gap: float | None
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Congestion:
    """The pilot-congestion index, 0 to 100, with its three parts, each a share from 0 to 1.

    index = 100 × (1 − (1 − excess) × (1 − late) × (1 − blocked)). `excess` is the share of the pilots of
    known age that is beyond what the throughput carries, max(0, 1 − departures a day × mean cycle time ÷
    pilots). `late` is the share of them that are older than 85 of 100 were when they went into use.
    `blocked` is the share that waits for governance alone. A part that cannot be said is None and counts
    nothing, so that the index is then the least that it can be: `at_least`.
    """

    index: float | None
    excess: float | None
    late: float | None
    blocked: float | None
    at_least: bool


@dataclass(frozen=True, slots=True)
class Ages:
    """How old pilots are, in days: of how many it is known, and what 50 and 85 of 100 are below."""

    known: int
    unknown: int
    p50: int | None
    p85: int | None
    oldest: int | None


@dataclass(frozen=True, slots=True)
class Flow:
    """The flow over the days after `since`, up to and including `today`.

    `arrived` and `departed` count in that time: `used` went into use and `dropped` ended before. `undated`
    have departed and are not dated on both sides; they are in no figure here. `cycle` is from the beginning
    of work to use, over all that is known; `cycle_reported` is that of dates as they were reported, of which
    `doubtful` cannot be true. `waiting` counts pilots that wait for governance alone.
    """

    since: date
    today: date
    use_cases: int
    in_work: int
    by_stage: Mapping[StageName, int]
    ages: Ages
    arrived: int
    departed: int
    used: int
    dropped: int
    undated: int
    cycle: Spans
    cycle_reported: Spans
    doubtful: int
    stage_cycles: Mapping[StageName, Spans]
    little: Little
    waiting: int
    congestion: Congestion

    @property
    def days(self) -> int:
        return (self.today - self.since).days

    @property
    def overflows(self) -> bool:
        """Say whether more came in than went out, so that pilots only grow older."""
        return self.arrived > self.departed

    def per_month(self, number: int) -> float:
        return round(number / self.days * DAYS_PER_MONTH, 1)


def flow(
    lives: Iterable[Life],
    *,
    blocked: Collection[str],
    today: date,
    days: int,
    usual: Spans | None = None,
) -> Flow:
    """Measure the flow of use cases over the last days; `blocked` names those that governance alone holds.

    What is late or too much goes by the `usual` cycle times, of a larger whole; left out, by their own.
    """
    every = list(lives)
    since = today - timedelta(days=days)
    pilots = [each for each in every if each.in_work]
    arrived = [each for each in every if each.begun and since < each.begun <= today]
    departed = [each for each in every if each.left and since < each.left <= today and _known(each)]
    dropped = sum(each.dropped for each in departed)
    cycle = spans(each.span for each in every if each.span is not None)
    ages = sorted(age for each in pilots if (age := each.age(today)) is not None)
    waiting = sum(each.id in blocked for each in pilots)
    usual = usual or cycle
    late = _late(ages, usual)
    excess = _excess(len(ages), len(departed), days, mean=usual.mean if usual.p85 is not None else None)
    return Flow(
        since=since,
        today=today,
        use_cases=len(every),
        in_work=len(pilots),
        by_stage=_counted(every),
        ages=_ages(ages, len(pilots)),
        arrived=len(arrived),
        departed=len(departed),
        used=len(departed) - dropped,
        dropped=dropped,
        undated=sum(not each.in_work and not (each.begun and each.left) for each in every),
        cycle=cycle,
        cycle_reported=spans(each.span_reported for each in every if each.span_reported is not None),
        doubtful=sum(each.doubtful for each in every),
        stage_cycles=_by_stage(every),
        little=little(every, since=since, today=today),
        waiting=waiting,
        congestion=congestion(excess=excess, late=late, blocked=waiting / len(pilots) if pilots else None),
    )


def _known(life: Life) -> bool:
    """Leave out of departures what never arrived: whose beginning nobody knows, it is in no other figure."""
    return life.begun is not None


def _counted(every: Iterable[Life]) -> dict[StageName, int]:
    found = Counter(each.at for each in every)
    return {stage: found[stage] for stage in STAGES}


def _by_stage(every: Iterable[Life]) -> dict[StageName, Spans]:
    found: dict[StageName, list[int]] = defaultdict(list)
    for each in every:
        for stage, took in each.took:
            found[stage].append(took)
    return {stage: spans(found[stage]) for stage in STAGES[:-1]}


def _ages(ages: list[int], pilots: int) -> Ages:
    # An age beyond what a project can take is still an age: nothing is left out here.
    def share(percent: int) -> int | None:
        return ages[min(len(ages) - 1, len(ages) * percent // 100)] if ages else None

    return Ages(len(ages), pilots - len(ages), share(50), share(85), ages[-1] if ages else None)


def _late(ages: list[int], cycle: Spans) -> float | None:
    """Say which share of the pilots is older than 85 of 100 were when they went into use."""
    if cycle.p85 is None or not ages:
        return None
    return sum(age > cycle.p85 for age in ages) / len(ages)


def _excess(pilots: int, departed: int, days: int, *, mean: float | None) -> float | None:
    """Say which share of the pilots is beyond what the throughput carries at the usual cycle time."""
    if not pilots:
        return None
    # Where nothing was ever finished, nobody can say what is usual.
    return None if mean is None else max(0.0, 1 - departed / days * mean / pilots)


def congestion(*, excess: float | None, late: float | None, blocked: float | None) -> Congestion:
    """Work the index out of its parts.

    >>> congestion(excess=0.5, late=0.2, blocked=0.0).index
    60.0
    """
    parts = (excess, late, blocked)
    if all(each is None for each in parts):
        return Congestion(None, None, None, None, at_least=False)
    free = 1.0
    for each in parts:
        free *= 1 - (each or 0.0)
    return Congestion(
        index=round(100 * (1 - free), 1),
        excess=_rounded(excess),
        late=_rounded(late),
        blocked=_rounded(blocked),
        at_least=None in parts,
    )


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 3)


def little(lives: Iterable[Life], *, since: date, today: date) -> Little:
    """Hold Little's law against what happened in the days after `since`, up to `today`.

    L is exact: the days that each spent in work within that time, summed up, over its length.
    """
    days = (today - since).days
    spent = arrived = 0
    took: list[int] = []
    for each in lives:
        if each.begun is None or (each.left is None and not each.in_work):
            continue
        until = min(each.left or today, today)
        spent += max(0, (until - max(each.begun, since)).days)
        arrived += since < each.begun <= today
        if each.left and since < each.left <= today and each.left >= each.begun:
            took.append((each.left - each.begun).days)
    mean_in_work, rate = spent / days, arrived / days
    mean = sum(took) / len(took) if took else None
    expected = None if mean is None else rate * mean
    most = max(mean_in_work, expected or 0.0)
    gap = abs(mean_in_work - expected) / most if expected is not None and most else None
    return Little(
        mean_in_work=round(mean_in_work, 1),
        arrivals_per_day=round(rate, 4),
        mean_days=None if mean is None else round(mean, 1),
        of=len(took),
        expected_in_work=None if expected is None else round(expected, 1),
        gap=None if gap is None else round(gap, 3),
        holds=None if gap is None else gap <= HOLDS_WITHIN,
    )
