"""A comparison of those with and those without, whom nobody assigned: mostly refused, and the reason shown.

Who takes to something new differs from who does not. Standardised differences of what was known before show
that; above a quarter a regression cannot be trusted to mend it (Imbens and Rubin 2015, chapter 14).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from remit.decide.value.arm_mean import apart, mean_of
from remit.decide.value.estimate import Check, Estimate, Floats, StudyDataUnusable, require

APART_MAX = 0.25
NAMED_MAX = 3


@dataclass(frozen=True, slots=True)
class Observed:
    """Outcomes of those with the use case and without, and what was known of each before, by name.

    `cluster` says to whom each belongs, where that is not one each, and `weights` of how many results each is
    the mean.
    """

    values: Floats
    treated: NDArray[np.bool_]
    known: Mapping[str, Floats]
    cluster: NDArray[np.int64] | None = None
    weights: Floats | None = None


def estimate_comparison(observed: Observed, *, sure: float = 0.95) -> Estimate:
    """Compare those with and those without, and refuse it where they were not alike.

    The effect is the plain difference of means, as it was measured; `details` has what a regression on what
    was known makes of it, `adjusted` with its `adjusted_error`.
    """
    _require(observed)
    arms, values = observed.treated, observed.values
    cluster = np.arange(len(values)) if observed.cluster is None else observed.cluster
    weight = np.ones(len(values)) if observed.weights is None else observed.weights
    high, low = (mean_of(values, weight, cluster, chosen=each) for each in (arms, ~arms))
    effect, error, freedom = apart(high, low)
    if error == 0:
        raise StudyDataUnusable(
            "all outcomes of a group are the same, in both groups",
            help="see that each outcome was measured by itself, and is not a figure that was set",
        )
    half = float(t.ppf(0.5 + sure / 2, freedom)) * error
    details = {"standard_error": error}
    if observed.known:
        known = np.column_stack(list(observed.known.values()))
        details["adjusted"], details["adjusted_error"] = _adjusted(values, arms, known)
    return Estimate(
        estimator="comparison",
        grade="claimed",
        effect=effect,
        low=effect - half,
        high=effect + half,
        sure=sure,
        treated=int(arms.sum()),
        untreated=int((~arms).sum()),
        clusters=len(np.unique(cluster)),
        baseline=low.mean,
        checks=(_alike(observed),),
        details=details,
    )


def _alike(observed: Observed) -> Check:
    if not observed.known:
        said = "nothing is known of either group before, so nobody can say that they were alike"
        return Check("alike before", False, said)
    far_by = {name: _apart(each, observed.treated) for name, each in observed.known.items()}
    far = sorted(
        (name for name, by in far_by.items() if abs(by) > APART_MAX), key=lambda name: -abs(far_by[name])
    )
    if not far:
        return Check(
            "alike before", True, f"in none of {len(far_by)} things known before do they lie far apart"
        )
    named = ", ".join(f"`{name}` by {far_by[name]:+.2f}" for name in far[:NAMED_MAX])
    more = f" and {len(far) - NAMED_MAX} more" if len(far) > NAMED_MAX else ""
    apart_by = f"before, they differ in {named}{more} standard deviations"
    said = f"{apart_by}, and by more than {APART_MAX} nobody compares"
    return Check("alike before", False, said)


def _apart(values: Floats, arms: NDArray[np.bool_]) -> float:
    """Return the difference of means in standard deviations of both groups."""
    spread = np.sqrt((values[arms].var(ddof=1) + values[~arms].var(ddof=1)) / 2)
    return float((values[arms].mean() - values[~arms].mean()) / spread) if spread else 0.0


def _adjusted(values: Floats, arms: NDArray[np.bool_], known: Floats) -> tuple[float, float]:
    """Regress outcomes on the arm and on what was known; returns the arm's coefficient and its error."""
    design = np.column_stack([np.ones(len(values)), arms.astype(float), known])
    inverse = np.linalg.pinv(design.T @ design)
    fitted = inverse @ design.T @ values
    rest = values - design @ fitted
    variance = inverse * float(rest @ rest) / (len(values) - design.shape[1])
    return float(fitted[1]), float(np.sqrt(variance[1, 1]))


def _require(observed: Observed) -> None:
    require(observed.values, what="outcomes")
    arms = observed.treated
    for chosen, who in ((arms, "with"), (~arms, "without")):
        number = int(chosen.sum())
        if observed.cluster is not None and number > 1 and len(np.unique(observed.cluster[chosen])) < 2:
            raise StudyDataUnusable(
                f"all outcomes of those {who} the use case belong to one cluster",
                help="record outcomes of several persons, teams or cases; one does not show how they differ",
            )
        if number < 2:
            raise StudyDataUnusable(
                f"{number} outcomes are of those {who} the use case, and at least 2 are needed",
                help="record outcomes of both groups",
            )
