"""Confidence: how sure one can be of a share that was counted on a sample.

Whether a threshold is met is decided by the exact binomial (Clopper and Pearson 1934): what it calls 95 %
sure is at least that. Intervals that people read are Wilson's (1927), which lie closer to the truth on small
samples.
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import numpy as np
from scipy.special import bdtr, bdtrc

SAMPLE_MAX = 100_000
"""More cases than anybody takes."""


def wilson(passed: int, total: int, *, sure: float = 0.95) -> tuple[float, float]:
    """Return the two-sided interval of a share.

    >>> [round(bound, 4) for bound in wilson(81, 100)]
    [0.7222, 0.8749]
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if total == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + sure / 2)
    share = passed / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def sure_at_least(passed: int, total: int, threshold: float) -> float:
    """Say how sure one can be that a share is at least a threshold, having counted so many of so many.

    It is one less the probability of as many or more, were the share just the threshold.

    >>> round(sure_at_least(29, 29, 0.90), 4), round(sure_at_least(28, 28, 0.90), 4)
    (0.9529, 0.9477)
    """
    if total == 0:
        return 0.0
    return 1.0 if threshold <= 0 else float(bdtr(passed - 1, total, threshold)) if passed else 0.0


def sure_at_most(passed: int, total: int, threshold: float) -> float:
    """Say how sure one can be that a share is at most a threshold.

    >>> round(sure_at_most(0, 59, 0.05), 4), round(sure_at_most(0, 58, 0.05), 4)
    (0.9515, 0.949)
    """
    if total == 0:
        return 0.0
    return 1.0 if threshold >= 1 else float(bdtrc(passed, total, threshold))


def sample_for(threshold: float, *, sure: float, expected: float, at_least: bool = True) -> int | None:
    """Say how many cases are the fewest that would do, if the share turns out as expected.

    None where no number does: what is expected does not meet the threshold, or only a sample that nobody
    takes would show it.

    >>> sample_for(0.90, sure=0.95, expected=1.0), sample_for(0.90, sure=0.95, expected=0.95)
    (29, 116)
    >>> sample_for(0.05, sure=0.95, expected=0.0, at_least=False)
    59
    """
    if not (expected > threshold if at_least else expected < threshold):
        return None

    totals = np.arange(1, SAMPLE_MAX + 1)
    # What stands in binary floats just below a whole number is that number.
    if at_least:
        sures = bdtr(np.floor(totals * expected + 1e-9) - 1, totals, threshold)
    else:
        sures = bdtrc(np.ceil(totals * expected - 1e-9), totals, threshold)
    enough = np.flatnonzero(sures >= sure)
    return int(totals[enough[0]]) if enough.size else None
