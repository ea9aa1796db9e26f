"""A randomised experiment: two arms compared, by clusters, with less noise by CUPED, and valid at any look.

The interval at a look that was planned is Student's, over clusters. The one that holds at every look is the
asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024, Annals of Statistics
52, theorem 2.2), tuned to be narrowest at the size that was planned. CUPED is Deng, Xu, Kohavi and Walker
(2013).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, t

from remit.decide.value.arm_mean import ArmMean, apart, mean_of, skew_apart
from remit.decide.value.estimate import Check, Estimate, Floats, StudyDataUnusable, require

CLUSTERS_MIN = 10
"""Fewer clusters in an arm say too little of how clusters differ."""

SPLIT_P = 0.001
"""An assignment that is as unlikely as this under the declared shares did not work as declared."""

BALANCE_P = 0.001
LOOK_MIN = 30
"""Before the smaller arm has so many clusters the sequence says nothing: it is valid for large samples."""
LOOK_SKEW_MAX = 0.25
"""While the difference of the arms is more skewed than this the sequence says nothing either.

A mean is near enough to normal only where its skewness is small (Edgeworth); simulation found the bound.
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """Outcomes of an experiment, in the order in which they came.

    `treated` says which arm each is of, `cluster` to whom it belongs: the person, team or case that was
    assigned. `before` is the same metric, or another, measured on it before the assignment. An outcome that
    is the mean of several results has their number as its `weight`.
    """

    values: Floats
    treated: NDArray[np.bool_]
    cluster: NDArray[np.int64]
    before: Floats | None = None
    weights: Floats | None = None

    @property
    def weight(self) -> Floats:
        return np.ones(len(self.values)) if self.weights is None else self.weights


def estimate_experiment(
    sample: Sample, *, share: float = 0.5, sure: float = 0.95, looks: str = "any", planned: int = 1000
) -> Estimate:
    """Estimate the effect of being in the treated arm.

    `share` is the part that was to be treated. With `looks` `any` the interval holds at every look, at the
    price of being wider; with `one` it holds at the one look that was planned. `planned` is how many clusters
    there were to be.
    """
    _require_arms(sample)
    values = sample.values
    adjusted, removed = (values, 0.0) if sample.before is None else _adjusted(sample, sample.before)
    arms, clusters = sample.treated, len(np.unique(sample.cluster))
    high, low = (mean_of(adjusted, sample.weight, sample.cluster, chosen=each) for each in (arms, ~arms))
    effect, error, freedom = apart(high, low)
    if error == 0:
        raise StudyDataUnusable(
            "all outcomes of an arm are the same, in both arms",
            help="see that each outcome was measured by itself, and is not a figure that was set",
        )
    checks = _checks(sample, share, clusters)
    if looks == "any":
        ready = _ready(high, low)
        half = _sequence(error, clusters, sure=sure, planned=planned) if ready.holds else float("inf")
        checks.append(ready)
    else:
        half = float(t.ppf(0.5 + sure / 2, freedom)) * error
    return Estimate(
        estimator="experiment",
        grade="experiment",
        effect=effect,
        low=effect - half,
        high=effect + half,
        sure=sure,
        treated=int(arms.sum()),
        untreated=int((~arms).sum()),
        clusters=clusters,
        baseline=float(np.average(values[~arms], weights=sample.weight[~arms])),
        checks=tuple(checks),
        details={"standard_error": error, "variance_removed": removed},
    )


def _require_arms(sample: Sample) -> None:
    require(sample.values, what="outcomes")
    arms = sample.treated
    for there, name in ((arms.any(), "treated"), ((~arms).any(), "control")):
        if not there:
            raise StudyDataUnusable(
                f"no outcome is of the {name} arm",
                help="see that outcomes carry the reference of their calls, or the arm itself",
            )
    for chosen, name in ((arms, "treated"), (~arms, "control")):
        if len(np.unique(sample.cluster[chosen])) < 2:
            raise StudyDataUnusable(
                f"all outcomes of the {name} arm belong to one cluster",
                help="assign several persons, teams or cases to each arm; one does not show how they differ",
            )


def _adjusted(sample: Sample, before: Floats) -> tuple[Floats, float]:
    """Take out of outcomes what was known beforehand; returns how much of the variance that was."""
    values, weight = sample.values, sample.weight
    known = before - np.average(before, weights=weight)
    rest = values - np.average(values, weights=weight)
    spread, whole = float(weight @ known**2), float(weight @ rest**2)
    if spread == 0:
        return values, 0.0
    theta = float(weight @ (known * rest)) / spread
    return values - theta * known, 1 - float(weight @ (rest - theta * known) ** 2) / whole


def _sequence(error: float, clusters: int, *, sure: float, planned: int) -> float:
    """Return half the width of the interval that holds at every look."""
    deviation = error * sqrt(clusters)
    alpha = 1 - sure
    rho2 = (-2 * log(alpha) + log(-2 * log(alpha) + 1)) / max(planned, LOOK_MIN)
    grown = clusters * rho2 + 1
    return deviation * sqrt(2 * grown / (clusters**2 * rho2) * log(sqrt(grown) / alpha))


def _ready(high: ArmMean, low: ArmMean) -> Check:
    """Say whether there is enough to look at any time; until then the interval is open."""
    fewest, skew = min(high.clusters, low.clusters), skew_apart(high, low)
    if fewest < LOOK_MIN:
        said = f"the smaller arm has {fewest:,} clusters, and the interval is open before it has {LOOK_MIN}"
        return Check("enough for a look", None, said, blocks=False)
    if skew > LOOK_SKEW_MAX:
        more = ceil((high.clusters + low.clusters) * (skew / LOOK_SKEW_MAX) ** 2)
        said = (
            f"the difference of the arms has a skewness of {skew:.2g}, and the interval is open while that is"
            f" above {LOOK_SKEW_MAX:g}: about {more:,} clusters, or arms of like sizes"
        )
        return Check("enough for a look", None, said, blocks=False)
    return Check("enough for a look", True, f"the smaller arm has {fewest:,} clusters", blocks=False)


def _checks(sample: Sample, share: float, clusters: int) -> list[Check]:
    arms, of = sample.treated, sample.cluster
    treated, control = set(of[arms].tolist()), set(of[~arms].tolist())
    both = len(treated & control)
    checks = [_split(len(treated), len(control), share)]
    fewest = min(len(treated), len(control))
    checks.append(
        Check(
            "clusters",
            fewest >= CLUSTERS_MIN,
            f"the smaller arm has {fewest:,} clusters; at least {CLUSTERS_MIN} are needed",
        )
    )
    checks.append(
        Check(
            "one arm each",
            both == 0,
            f"{both:,} of {clusters:,} clusters have outcomes in both arms"
            if both
            else "no cluster is in both arms",
        )
    )
    if sample.before is not None:
        checks.append(_balance(sample))
    return checks


def _split(treated: int, control: int, share: float) -> Check:
    """Hold the sizes of the arms against the declared shares, by a chi-square test."""
    total = treated + control
    wanted = total * share
    statistic = (treated - wanted) ** 2 / wanted + (control - (total - wanted)) ** 2 / (total - wanted)
    p = float(chi2.sf(statistic, 1))
    said = f"{treated:,} of {total:,} clusters are treated where {share:.0%} were to be (p = {p:.2g})"
    return Check("split as declared", p >= SPLIT_P, said)


def _balance(sample: Sample) -> Check:
    """See that the arms were alike before, but for what chance leaves."""
    assert sample.before is not None, "asked for only where it is there"
    before = sample.before
    if np.ptp(before) == 0:
        return Check("alike before", None, "what was measured before is the same for all", blocks=False)
    arms = sample.treated
    high, low = (mean_of(before, sample.weight, sample.cluster, chosen=each) for each in (arms, ~arms))
    difference, error, freedom = apart(high, low)
    p = 2 * float(t.sf(abs(difference) / error, freedom)) if error else 0.0
    return Check(
        "alike before", p >= BALANCE_P, f"before, the arms differed by {difference:.3g} (p = {p:.2g})"
    )
