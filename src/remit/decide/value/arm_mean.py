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
    """The mean of one arm, its variance, its clusters, and how many of one size would say as much."""

    mean: float
    variance: float
    clusters: int
    alike: float


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
    return ArmMean(mean, variance, number, float(sizes.sum() ** 2 / (sizes**2).sum()))


def apart(high: ArmMean, low: ArmMean) -> tuple[float, float, float]:
    """Return the difference of two means, its standard error, and its degrees of freedom (Welch)."""
    both = high.variance + low.variance
    parts = high.variance**2 / max(high.alike - 1, 1) + low.variance**2 / max(low.alike - 1, 1)
    return high.mean - low.mean, sqrt(both), both**2 / parts if parts else 1.0
