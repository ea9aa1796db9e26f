"""Study data: outcomes as an estimator takes them, by arm, or by unit and period.

Each outcome is looked at once and let go of, so that millions of them take no more room than their figures.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from decimal import Decimal

import numpy as np

from remit.decide.value.comparison import Observed
from remit.decide.value.differences import NEVER, Panel
from remit.decide.value.estimate import OUTCOMES_MAX, Floats, StudyDataUnusable
from remit.decide.value.experiment import Sample
from remit.decide.value.series import Series
from remit.decide.value.synthetic import Compared
from remit.declare.study import Study
from remit.record.outcome_entry import Outcome

STEPS = {"day": 1, "week": 7}
NAMED_MAX = 3

ArmOf = Callable[[Outcome], bool | None]
"""Says whether an outcome is of the treated arm; None where nobody can say."""


@dataclass(slots=True)
class Seen:
    """What was read of the outcomes: how many, and a digest of their ids in order.

    `used` happened within the windows, of which there can be `most`. `early` are those that happened before
    all windows, `without` those whose arm or unit nobody knows, and `changed` those of references that
    changed arms.
    """

    most: int = OUTCOMES_MAX
    count: int = 0
    used: int = 0
    early: int = 0
    without: int = 0
    changed: int = 0
    simulated: bool = False
    ids: hashlib._Hash = field(default_factory=hashlib.sha256)

    def of(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        """Pass outcomes on and note them."""
        for each in outcomes:
            self.count += 1
            self.ids.update(each.id.encode())
            self.simulated = self.simulated or each.simulated
            yield each

    def use(self) -> None:
        """Note that one lies within the windows; raises StudyDataUnusable once they are too many."""
        self.used += 1
        if self.used > self.most:
            raise StudyDataUnusable(
                f"there are more than {self.most:,} outcomes in its days, and no more are read at once",
                help="record them summed up, by day, arm and cluster, or limit the study to fewer days",
            )


@dataclass(frozen=True, slots=True)
class Windows:
    """The days that a study compares, up to the last that is over, cut into periods."""

    study: Study
    zone: tzinfo
    last: date

    @property
    def step(self) -> int:
        return STEPS[self.study.every]

    @property
    def before(self) -> int:
        """How many whole periods lie in the baseline."""
        window = self.study.baseline
        return ((window.until - window.since).days + 1) // self.step if window else 0

    @property
    def after(self) -> int:
        """How many whole periods are over since the study started."""
        return max(0, (self.last - self.study.starts).days + 1) // self.step

    @property
    def first(self) -> date:
        return self.study.baseline.since if self.study.baseline else self.study.starts

    def day(self, outcome: Outcome) -> date:
        return outcome.happened.astimezone(self.zone).date()

    def period(self, day: date) -> int | None:
        """Number the period that a day lies in; None between the windows, and in one that is not whole."""
        window, study = self.study.baseline, self.study
        if study.starts <= day <= self.last:
            at = (day - study.starts).days // self.step
            return self.before + at if at < self.after else None
        if window is not None and window.since <= day <= window.until:
            at = self.before - 1 - (window.until - day).days // self.step
            return at if at >= 0 else None
        return None


@dataclass(slots=True)
class _Arms:
    values: array[float] = field(default_factory=lambda: array("d"))
    treated: bytearray = field(default_factory=bytearray)
    clusters: array[int] = field(default_factory=lambda: array("q"))
    before: array[float] = field(default_factory=lambda: array("d"))
    counts: array[int] = field(default_factory=lambda: array("q"))
    known: dict[str, int] = field(default_factory=dict)


def sampled(
    outcomes: Iterable[Outcome], windows: Windows, seen: Seen, *, arm_of: ArmOf, by_reference: bool
) -> Sample:
    """Put outcomes in their arms. Whoever was assigned is a cluster: by reference, or as the outcome says.

    What was measured before counts only where it was for all. Raises StudyDataUnusable for outcomes that sum
    up results of nobody knows whom: how clusters differ is then lost.
    """
    found = _Arms()
    for each in seen.of(outcomes):
        day = windows.day(each)
        if day < windows.first:
            seen.early += 1
        if not windows.study.starts <= day <= windows.last:
            continue
        seen.use()
        arm = arm_of(each)
        if arm is None:
            seen.without += 1
            continue
        whose = each.reference if by_reference else each.cluster or each.reference or each.id
        if each.count > 1 and whose == each.id:
            raise StudyDataUnusable(
                f"an outcome sums up {each.count:,} results and names no cluster",
                help="sum up by day, arm and cluster, with the person, team or case as `cluster`",
            )
        found.values.append(float(each.value))
        found.treated.append(arm)
        found.counts.append(each.count)
        found.clusters.append(found.known.setdefault(whose, len(found.known)))
        if each.before is not None:
            found.before.append(float(each.before))
    _require_some(found.values, windows, seen)
    return Sample(
        values=np.array(found.values, dtype=np.float64),
        treated=np.frombuffer(bytes(found.treated), dtype=np.bool_),
        cluster=np.array(found.clusters, dtype=np.int64),
        before=np.array(found.before) if len(found.before) == len(found.values) else None,
        weights=np.array(found.counts, dtype=np.float64),
    )


def observed(sample: Sample) -> Observed:
    """Take arms for groups that nobody assigned."""
    known = {} if sample.before is None else {"before": sample.before}
    return Observed(sample.values, sample.treated, known, sample.cluster, sample.weights)


Means = dict[str, Floats]
"""The mean of each unit in each period."""


def means(
    outcomes: Iterable[Outcome], windows: Windows, seen: Seen, *, unit_of: Callable[[Outcome], str]
) -> Means:
    """Take the mean of each unit in each period; `unit_of` says nothing where nobody knows the unit."""
    periods = windows.before + windows.after
    sums: dict[str, Floats] = defaultdict(lambda: np.zeros((2, periods)))
    for each in seen.of(outcomes):
        day = windows.day(each)
        if day < windows.first:
            seen.early += 1
        at = windows.period(day)
        if at is None:
            continue
        seen.use()
        unit = unit_of(each)
        if not unit:
            seen.without += 1
            continue
        sums[unit][0, at] += float(each.value) * each.count
        sums[unit][1, at] += each.count
    _require_some(sums, windows, seen)
    _require_whole(sums, windows)
    return {unit: both[0] / both[1] for unit, both in sorted(sums.items())}


def _require_some(found: object, windows: Windows, seen: Seen) -> None:
    if found:
        return
    if seen.early and seen.early == seen.count:
        raise StudyDataUnusable(
            f"all {seen.count:,} outcomes happened before {windows.first}, the first day that counts",
            help="see that `happened` is when it was so, or declare a baseline that reaches back to them",
        )
    if seen.without:
        raise StudyDataUnusable(
            f"of none of {seen.without:,} outcomes is it known which arm or unit it is of",
            help="record outcomes with the reference of their calls, or with `arm` or `cluster`",
        )
    raise StudyDataUnusable(
        f"no outcome of `{windows.study.metric}` happened from {windows.first} to {windows.last}",
        help="record outcomes of these days; `remit study show` says which metric it is",
    )


def _require_whole(sums: Mapping[str, Floats], windows: Windows) -> None:
    gaps = {unit: int((both[1] == 0).sum()) for unit, both in sorted(sums.items()) if (both[1] == 0).any()}
    if not gaps:
        return
    unit, missing = next(iter(gaps.items()))
    whose = f"`{unit}` has" if len(sums) > 1 else "there are"
    more = f", and so it is with {len(gaps) - 1} more units" if len(gaps) > 1 else ""
    periods = windows.before + windows.after
    raise StudyDataUnusable(
        f"{whose} no outcomes in {missing} of {periods} periods{more}",
        help="record what is missing, or compare by weeks (`every: week`)",
    )


def panel(found: Means, windows: Windows, names: Mapping[str, str]) -> Panel:
    """Say when each unit begins; `names` are the declared ones by what outcomes call them."""
    study = windows.study
    declared = _require_units(found, study, names)
    begins = []
    for unit in found:
        name = declared.get(unit)
        if name is None:
            begins.append(NEVER)
            continue
        days = (study.since.get(name, study.starts) - study.starts).days
        begins.append(windows.before + -(-days // windows.step))
    return Panel(np.vstack(list(found.values())), np.array(begins, dtype=np.int64))


def compared(found: Means, windows: Windows, names: Mapping[str, str]) -> Compared:
    """Set one unit against all others, by their outcomes before."""
    [treated] = _require_units(found, windows.study, names)
    others = [unit for unit in found if unit != treated]
    donors = (
        np.column_stack([found[unit] for unit in others]) if others else np.empty((len(found[treated]), 0))
    )
    begins = windows.before
    return Compared(
        treated=found[treated],
        donors=donors,
        begins=begins,
        fit=slice(0, begins),
        treated_predictors=found[treated][:begins],
        donor_predictors=donors[:begins],
        names=tuple(others),
    )


def _require_units(found: Means, study: Study, names: Mapping[str, str]) -> dict[str, str]:
    """Find the declared units among those that have outcomes."""
    declared = {unit: names[unit] for unit in found if unit in names}
    missing = [unit for unit in study.units if unit not in declared.values()]
    if missing:
        listed = ", ".join(f"`{each}`" for each in missing[:NAMED_MAX])
        more = f" and {len(missing) - NAMED_MAX} more" if len(missing) > NAMED_MAX else ""
        raise StudyDataUnusable(
            f"no outcome is of {listed}{more}, which the study declares under `units`",
            help="record outcomes with the unit as their `cluster`, or correct the names",
        )
    return declared


def series(values: Floats, windows: Windows, others: Mapping[str, Floats]) -> Series:
    return Series(values, windows.before, others)


def before_means(found: Means, windows: Windows) -> float:
    """The mean of the baseline, over all units."""
    return float(np.mean([each[: windows.before].mean() for each in found.values()]))


def days_over(study: Study, today: date) -> date:
    """Say which is the last day that counts: the last one that is over."""
    return min(study.ends, today - timedelta(days=1))


def factor(measured: float, declared: Decimal) -> float:
    """Say by which factor two figures lie apart; of nothing, or of two sides of it, none can be told.

    >>> factor(1200.0, Decimal(20)), factor(2.0, Decimal(20)), factor(3.0, Decimal(0))
    (60.0, 10.0, 1.0)
    """
    said = float(declared)
    if said * measured <= 0:
        return 1.0
    return max(measured / said, said / measured)
