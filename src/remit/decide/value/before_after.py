"""Before and after: one series compared with itself, which is always weak evidence.

Whatever else changed at the same time is in the difference as well. What was so one day is much the same the
next, so that periods count for fewer than they are: by an autoregression of the first order, with the bias of
its coefficient on short series taken out (Marriott and Pope 1954).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import t

from remit.decide.value.estimate import Check, Estimate, Floats, StudyDataUnusable, require

PERIODS_MIN = 8
LIKENESS_MAX = 0.95


def estimate_before_after(values: Floats, *, begins: int, sure: float = 0.95) -> Estimate:
    """Estimate the difference of the means after and before; `begins` is the first period after."""
    require(values, what="outcomes")
    before, after = values[:begins], values[begins:]
    for part, which in ((before, "before"), (after, "after")):
        if len(part) < PERIODS_MIN:
            raise StudyDataUnusable(
                f"{len(part)} periods lie {which} the beginning, and at least {PERIODS_MIN} are needed",
                help="record outcomes of more periods, or cut time into shorter ones",
            )
    effect = float(after.mean() - before.mean())
    likeness = _likeness((before, after))
    error = float(np.sqrt(_variance(before, likeness) + _variance(after, likeness)))
    freedom = max(2.0, (len(values) - 2) * (1 - likeness) / (1 + likeness))
    if error == 0:
        raise StudyDataUnusable(
            "the outcome never changed before, nor after",
            help="see that it was measured in each period, and is not a figure that was set",
        )
    half = float(t.ppf(0.5 + sure / 2, freedom)) * error
    drift = _drift(before)
    checks = (
        Check(
            "nothing else changed", None, "no group was without the use case, so nobody can say", blocks=False
        ),
        Check(
            "no drift before",
            abs(drift) < 2.5,
            f"before, the outcome moved by itself (t = {drift:.1f})"
            if abs(drift) >= 2.5
            else "it did not move by itself before",
        ),
    )
    return Estimate(
        estimator="before_after",
        grade="before_after",
        effect=effect,
        low=effect - half,
        high=effect + half,
        sure=sure,
        treated=len(after),
        untreated=len(before),
        clusters=1,
        baseline=float(before.mean()),
        checks=checks,
        p=2 * float(t.sf(abs(effect) / error, freedom)),
    )


def _likeness(parts: Sequence[Floats]) -> float:
    """Return how like a period is to the one before it, from nothing to almost wholly."""
    apart = [part - part.mean() for part in parts]
    whole = sum(float(each @ each) for each in apart)
    if not whole:
        return 0.0
    found = sum(float(each[1:] @ each[:-1]) for each in apart) / whole
    fewest = min(len(part) for part in parts)
    return min(max(found + (1 + 3 * found) / fewest, 0.0), LIKENESS_MAX)


def _variance(values: Floats, likeness: float) -> float:
    """Return the variance of a mean over periods that are so like the ones before them."""
    return float(values.var(ddof=1)) / len(values) * (1 + likeness) / (1 - likeness)


def _drift(values: Floats) -> float:
    """Return Student's t of a straight line through what was before."""
    time = np.arange(len(values)) - (len(values) - 1) / 2
    slope = float(time @ values / (time @ time))
    rest = values - values.mean() - slope * time
    error = float(np.sqrt((rest @ rest) / (len(values) - 2) / (time @ time)))
    return slope / error if error else 0.0
