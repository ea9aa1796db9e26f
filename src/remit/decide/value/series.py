"""An interrupted series: what one series would have been, by a structural model of it and of others.

The model is a Bayesian structural time series (Brodersen, Gallusser, Koehler, Remy and Scott 2015), sampled
by the library bsts-causalimpact; the seed is an argument, so that the same outcomes always give the same
figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from causal_impact import CausalImpact, ModelOptions

from remit.decide.value.estimate import Check, Estimate, Floats, StudyDataUnusable, require

BEFORE_MIN = 20
"""Fewer periods before do not show what the series does by itself."""
DRAWS, WARM_UP = 5_000, 500


@dataclass(frozen=True, slots=True)
class Series:
    """Outcomes by period; `begins` is the first period with the use case. `others` are series that the use
    case does not touch, by name."""

    values: Floats
    begins: int
    others: Mapping[str, Floats] = field(default_factory=dict)


def estimate_series(series: Series, *, sure: float = 0.95, seed: int = 1) -> Estimate:
    """Estimate the mean effect a period since the series was interrupted."""
    _require(series)
    low, high, effect, p = _impact(series, sure=sure, seed=seed)
    placebo_low, placebo_high, placebo, _ = _impact(_placebo(series), sure=sure, seed=seed)
    checks = (
        Check(
            "placebo before",
            placebo_low <= 0 <= placebo_high,
            f"an interruption that was none shows {placebo:.3g} [{placebo_low:.3g}, {placebo_high:.3g}]",
        ),
        Check(
            "others",
            True if series.others else None,
            f"{len(series.others)} series that the use case does not touch are held beside it",
            blocks=False,
        ),
    )
    before, after = series.values[: series.begins], series.values[series.begins :]
    return Estimate(
        estimator="interrupted_series",
        grade="quasi_experiment",
        effect=effect,
        low=low,
        high=high,
        sure=sure,
        treated=len(after),
        untreated=len(before),
        clusters=1,
        baseline=float(after.mean()) - effect,
        checks=checks,
        p=p,
    )


def _impact(series: Series, *, sure: float, seed: int) -> tuple[float, float, float, float]:
    frame = pd.DataFrame({"value": series.values, **series.others})
    last = len(frame) - 1
    options = ModelOptions(niter=DRAWS, nwarmup=WARM_UP, seed=seed)
    found = CausalImpact(
        frame, [0, series.begins - 1], [series.begins, last], model_args=options, alpha=1 - sure
    ).summary_stats
    return (
        float(found["ci_lower"]),
        float(found["ci_upper"]),
        float(found["point_effect_mean"]),
        float(found["p_value"]),
    )


def _placebo(series: Series) -> Series:
    """Let the last third of what was before be after an interruption that never was."""
    cut = series.begins - series.begins // 3
    return Series(
        series.values[: series.begins],
        cut,
        {name: values[: series.begins] for name, values in series.others.items()},
    )


def _require(series: Series) -> None:
    require(series.values, what="outcomes")
    for name, values in series.others.items():
        require(values, what=f"values of `{name}`")
        if len(values) != len(series.values):
            raise StudyDataUnusable(
                f"`{name}` has {len(values)} periods and the outcome {len(series.values)}",
                help="record both for the same periods",
            )
    if series.begins < BEFORE_MIN:
        raise StudyDataUnusable(
            f"{series.begins} periods lie before the interruption, and at least {BEFORE_MIN} are needed",
            help="record outcomes of earlier periods, or cut time into shorter ones",
        )
    if series.begins >= len(series.values):
        raise StudyDataUnusable(
            "no period lies after the interruption", help="wait until outcomes of a period are recorded"
        )
    if np.ptp(series.values[: series.begins]) == 0:
        raise StudyDataUnusable(
            "the outcome never changed before the interruption",
            help="see that it is measured at all, and in the unit that is declared",
        )
