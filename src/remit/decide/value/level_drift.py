"""Drift of a level: how far a series may have wandered by itself, of which a structural model allows little.

The priors of the published model (Brodersen and others 2015) hold the level almost still, and its interval is
too narrow where the level wanders. Here the level is a random walk, its step against the noise of a day is
averaged over by how likely the time before makes it (restricted likelihood), and the forecast is the best
linear one (Harville 1976).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.stats import t

from remit.decide.value.estimate import Check, Estimate, Floats
from remit.decide.value.series import Series

STEPS = np.geomspace(1e-4, 100, 19)
"""Variances of a step of the level, beside that of a period's noise, which are averaged over."""

LONG_BEFORE = 10
"""From so many times the periods after on, the time before says well enough how far the level wanders."""

LONG, SHORT = 0.05, 0.3
"""How much less likely a stiller level is taken to be beforehand, as an exponent of its step.

A short time before cannot tell a level that wanders a little from one that is still, and whoever takes it for
still is wrong too often. Each is the least with which simulated intervals hold as often as they say.
"""


def with_drift(estimate: Estimate, series: Series) -> Estimate:
    """Widen an interval so that it holds as well what the level may have done by itself."""
    mean, half = forecast(series.values, series.others, begins=series.begins, sure=estimate.sure)
    estimate = replace(estimate, checks=(*estimate.checks, _long_before(series)))
    effect = float(series.values[series.begins :].mean()) - mean
    low, high = min(estimate.low, effect - half), max(estimate.high, effect + half)
    if (low, high) == (estimate.low, estimate.high):
        return estimate
    held = {"model_low": estimate.low, "model_high": estimate.high}
    return replace(estimate, low=low, high=high, p=None, details={**estimate.details, **held})


def _long_before(series: Series) -> Check:
    """Hold the time before against the time after, over which the level may have gone on wandering."""
    before, after = series.begins, len(series.values) - series.begins
    said = f"{before:,} periods lie before and {after:,} after"
    if before < after:
        return Check("long before", False, f"{said}; nobody saw the level go so far by itself")
    if before < LONG_BEFORE * after:
        said += (
            ", which is short: where the level hardly moves by itself the interval is wider than it need be"
        )
        return Check("long before", None, said, blocks=False)
    return Check("long before", True, said, blocks=False)


def forecast(
    values: Floats, others: Mapping[str, Floats], *, begins: int, sure: float
) -> tuple[float, float]:
    """Say what the mean of a series would have been since it was interrupted, and how far that may be off."""
    columns = [np.ones(len(values)), *others.values()]
    known = np.column_stack([each / max(float(np.abs(each).max()), 1e-12) for each in columns])
    found = [_at(values[:begins], known, step=step) for step in STEPS]
    likely, mean, variance = np.array(found).T
    exponent = LONG if begins >= LONG_BEFORE * (len(values) - begins) else SHORT
    likely = likely + exponent * np.log(STEPS / (1 + STEPS))
    weights = np.exp(likely - likely.max())
    weights /= weights.sum()
    middle = float(weights @ mean)
    spread = float(weights @ (variance + (mean - middle) ** 2))
    freedom = max(begins - known.shape[1], 1)
    return middle, float(t.ppf(0.5 + sure / 2, freedom) * np.sqrt(spread))


def _at(before: Floats, known: Floats, *, step: float) -> tuple[float, float, float]:
    """Return how likely a step is, and with it the mean ahead and its variance."""
    number, ahead = len(before), len(known) - len(before)
    here, there = known[:number], known[number:].mean(axis=0)
    periods = np.arange(1.0, number + 1)
    factor = cho_factor(np.eye(number) + step * np.minimum.outer(periods, periods))
    solved = cho_solve(factor, here)
    normal = here.T @ solved
    inverse = np.linalg.pinv(normal)
    fitted = inverse @ solved.T @ before
    rest = cho_solve(factor, before - here @ fitted)
    freedom = max(number - here.shape[1], 1)
    scale = float((before - here @ fitted) @ rest) / freedom
    size = 2 * float(np.log(np.diag(factor[0])).sum()) + float(np.linalg.slogdet(normal)[1])
    likely = -0.5 * (size + freedom * float(np.log(max(scale, 1e-300))))
    carried = step * periods
    apart = there - solved.T @ carried
    wandered = step * (number + (ahead + 1) * (2 * ahead + 1) / (6 * ahead)) + 1 / ahead
    unsure = wandered - float(carried @ cho_solve(factor, carried)) + float(apart @ inverse @ apart)
    return likely, float(there @ fitted + carried @ rest), scale * unsure
