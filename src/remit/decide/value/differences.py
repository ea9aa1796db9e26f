"""Difference in differences: units that began compared with units that had not, by how each changed.

Where all begin at once, each unit is one change, from its mean before to its mean after, and the two groups
of changes are compared (Bertrand, Duflo and Mullainathan 2004): periods of one unit are then never taken for
independent. Where units begin at different times the estimator is that of Callaway and Sant'Anna (2021), by
the library diff-diff, because a plain regression then compares units with some that had begun before.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd
from diff_diff import CallawaySantAnna
from numpy.typing import NDArray
from scipy.stats import t, ttest_ind

from remit.decide.value.estimate import Check, Estimate, Floats, StudyDataUnusable, require

UNITS_MIN = 5
"""Fewer units in a group say too little of how units differ."""
BEFORE_MIN = 3
TREND_P = 0.05
NEVER = -1


@dataclass(frozen=True, slots=True)
class Panel:
    """Outcomes of units, as rows, by period, as columns; `begins` is each one's first period with the use
    case, or `NEVER`."""

    values: Floats
    begins: NDArray[np.int64]


def estimate_differences(panel: Panel, *, sure: float = 0.95) -> Estimate:
    """Estimate the mean effect on those that began, over the periods since they did."""
    _require(panel)
    starts = np.unique(panel.begins[panel.begins != NEVER])
    found = _at_once(panel, int(starts[0]), sure) if len(starts) == 1 else _staggered(panel, sure)
    effect, low, high, p, checks = found
    treated = panel.begins != NEVER
    size = _sizes(panel)
    checks.append(
        Check(
            "units",
            min(size) >= UNITS_MIN,
            f"{size[0]} units began and {size[1]} did not; at least {UNITS_MIN} of each are needed",
        )
    )
    return Estimate(
        estimator="differences",
        grade="quasi_experiment",
        effect=effect,
        low=low,
        high=high,
        sure=sure,
        treated=int(treated.sum()),
        untreated=int((~treated).sum()),
        clusters=len(panel.begins),
        baseline=float(panel.values[treated, : int(starts[0])].mean()),
        checks=tuple(checks),
        p=p,
    )


def _sizes(panel: Panel) -> tuple[int, int]:
    treated = int((panel.begins != NEVER).sum())
    return treated, len(panel.begins) - treated


def _at_once(panel: Panel, start: int, sure: float) -> tuple[float, float, float, float, list[Check]]:
    effect, low, high, p = _compare(panel, before=slice(0, start), after=slice(start, None), sure=sure)
    middle = start // 2
    placebo, _, _, placebo_p = _compare(panel, before=slice(0, middle), after=slice(middle, start), sure=sure)
    slopes = _slopes(panel.values[:, :start])
    treated = panel.begins != NEVER
    trend_p = float(ttest_ind(slopes[treated], slopes[~treated], equal_var=False).pvalue)
    apart = float(slopes[treated].mean() - slopes[~treated].mean())
    checks = [
        Check(
            "same trend before",
            trend_p >= TREND_P,
            f"before, the trends differ by {apart:.3g} a period (p = {trend_p:.2g})",
        ),
        Check(
            "placebo before",
            placebo_p >= TREND_P,
            f"a beginning that was none, halfway before, shows {placebo:.3g} (p = {placebo_p:.2g})",
        ),
    ]
    return effect, low, high, p, checks


def _compare(panel: Panel, *, before: slice, after: slice, sure: float) -> tuple[float, float, float, float]:
    """Compare the changes of both groups; variances may differ (Welch)."""
    change = panel.values[:, after].mean(axis=1) - panel.values[:, before].mean(axis=1)
    treated = panel.begins != NEVER
    ours, theirs = change[treated], change[~treated]
    effect = float(ours.mean() - theirs.mean())
    parts = ours.var(ddof=1) / len(ours), theirs.var(ddof=1) / len(theirs)
    error = sqrt(parts[0] + parts[1])
    if error == 0:
        raise StudyDataUnusable(
            "all units of a group changed by the same amount",
            help="see that each unit has outcomes of its own and not those of its group",
        )
    freedom = (parts[0] + parts[1]) ** 2 / (
        parts[0] ** 2 / (len(ours) - 1) + parts[1] ** 2 / (len(theirs) - 1)
    )
    half = float(t.ppf(0.5 + sure / 2, freedom)) * error
    return effect, effect - half, effect + half, 2 * float(t.sf(abs(effect) / error, freedom))


def _slopes(values: Floats) -> Floats:
    """Return each unit's change a period, by least squares."""
    time = np.arange(values.shape[1]) - (values.shape[1] - 1) / 2
    return np.asarray((values - values.mean(axis=1, keepdims=True)) @ time / (time @ time))


def _staggered(panel: Panel, sure: float) -> tuple[float, float, float, float, list[Check]]:
    units, periods = panel.values.shape
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(units), periods),
            "period": np.tile(np.arange(periods) + 1, units),
            "value": panel.values.ravel(),
            # Periods count from 1, because 0 means to the library that a unit never begins.
            "begins": np.repeat(panel.begins + 1, periods),
        }
    )
    fitted = CallawaySantAnna(alpha=1 - sure, base_period="universal").fit(
        frame, "value", "unit", "period", "begins"
    )
    events = fitted.aggregate("event_study")
    early = [
        float(p) for at, p in zip(events.event_time, events.p_value, strict=True) if at < 0 and np.isfinite(p)
    ]
    # Bonferroni: of many periods before, some differ by chance.
    p_before = min(1.0, min(early) * len(early)) if early else 0.0
    said = f"of {len(early)} periods before, the most unlike has p = {p_before:.2g} among them all"
    checks = [Check("same trend before", p_before >= TREND_P if early else None, said)]
    error = float(fitted.se)
    # Student's with a unit's freedom, and not the normal one: with some dozens of units that is too narrow.
    freedom = units - len(np.unique(panel.begins))
    half = float(t.ppf(0.5 + sure / 2, freedom)) * error
    effect = float(fitted.att)
    return effect, effect - half, effect + half, 2 * float(t.sf(abs(effect) / error, freedom)), checks


def _require(panel: Panel) -> None:
    require(panel.values.ravel(), what="outcomes")
    treated, untreated = _sizes(panel)
    for number, who in ((treated, "began"), (untreated, "never began")):
        if number < 2:
            raise StudyDataUnusable(
                f"{number} of the units {who}, and at least 2 are needed",
                help="record outcomes of units without the use case as well, or by smaller ones",
            )
    first = int(panel.begins[panel.begins != NEVER].min())
    if first < BEFORE_MIN:
        raise StudyDataUnusable(
            f"{first} periods lie before the first unit began, and at least {BEFORE_MIN} are needed",
            help="record outcomes of earlier periods, or cut time into shorter ones",
        )
    if int(panel.begins.max()) >= panel.values.shape[1]:
        raise StudyDataUnusable(
            "a unit begins after the last period",
            help="wait until outcomes are recorded, or leave the unit out",
        )
