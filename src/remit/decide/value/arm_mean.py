"""Means of arms: how sure each is, by clusters, and how far two of them lie apart.

How sure a mean is comes from leaving out one cluster after the other (the jackknife, which Bell and McCaffrey
2002 show not to be too sure where clusters are few), each arm by itself: arms need not be alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from remit.decide.value.estimate import Floats


@dataclass(frozen=True, slots=True)
class ArmMean:
    """The mean of one arm, its variance, its clusters, and how many of one size would say as much.

    `skew` is the skewness of what each cluster adds to the mean: 0 where they lie evenly about it.
    """

    mean: float
    variance: float
    clusters: int
    alike: float
    skew: float


def mean_of(
    values: Floats, weight: Floats, cluster: NDArray[np.int64], *, chosen: NDArray[np.bool_]
) -> ArmMean:
    """Take the mean of the chosen outcomes, and leave out one cluster after the other to see how it moves."""
    _, at = np.unique(cluster[chosen], return_inverse=True)
    sizes = np.bincount(at, weights=weight[chosen])
    mean = float(np.average(values[chosen], weights=weight[chosen]))
    moved = np.bincount(at, weights=weight[chosen] * (values[chosen] - mean)) / (sizes.sum() - sizes)
    number = len(sizes)
    variance = (number - 1) / number * float((moved**2).sum())
    square = float((moved**2).mean())
    skew = float((moved**3).mean()) / square**1.5 if square else 0.0
    return ArmMean(mean, variance, number, float(sizes.sum() ** 2 / (sizes**2).sum()), skew)


def apart(high: ArmMean, low: ArmMean) -> tuple[float, float, float]:
    """Return the difference of two means, its standard error, and its degrees of freedom (Welch)."""
    both = high.variance + low.variance
    parts = high.variance**2 / max(high.alike - 1, 1) + low.variance**2 / max(low.alike - 1, 1)
    return high.mean - low.mean, sqrt(both), both**2 / parts if parts else 1.0


def skew_apart(high: ArmMean, low: ArmMean) -> float:
    """Return how skewed the difference of two means is: the skewness of outcomes, and how unlike arms are.

    A small arm shows too little of its own skewness, so that of both arms together is held beside it, once
    with the spread that each arm has and once as if both had the same; the largest counts. Arms that are
    alike take out each other's.
    """
    arms = (high, low)
    number = high.clusters + low.clusters
    both = sum(each.skew * each.clusters for each in arms) / number
    alike = [1 / each.clusters for each in arms]
    own = [each.variance for each in arms]

    def beyond(spread: list[float], skews: tuple[float, float]) -> float:
        parts = [
            skew * variance**1.5 / sqrt(each.clusters)
            for skew, variance, each in zip(skews, spread, arms, strict=True)
        ]
        whole = sum(spread) ** 1.5
        return abs(parts[0] - parts[1]) / whole if whole else 0.0

    return max(beyond(own, (high.skew, low.skew)), beyond(own, (both, both)), beyond(alike, (both, both)))
