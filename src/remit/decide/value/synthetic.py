"""Synthetic control: one treated unit held against a weighted mean of others (Abadie and Gardeazabal 2003).

Own code, because the libraries that have it take a minute for the placebos or do not come to the published
weights: the inner problem is solved exactly as non-negative least squares, and the weights of predictors are
searched from equal ones by the simplex method, in logarithms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, nnls

from remit.decide.value.estimate import Check, Estimate, Floats, StudyDataUnusable, require

DONORS_MIN = 5
BEFORE_MIN = 5
FIT_SHARE = 0.25
"""How large the gap before may be, beside how much the unit itself moved."""
PLACEBO_P = 0.10
DONORS_ENOUGH = 9
"""With fewer, no p is small enough, whatever the effect."""
STEPS_MAX = 4_000


@dataclass(frozen=True, slots=True)
class Compared:
    """Outcomes by period, as rows, of the treated unit and of donors, as columns.

    `begins` is the row at which the treatment begins, and `fit` the rows before it that the weights are
    fitted on. `predictors` are rows of what is known of each unit before, the treated one's apart; without
    any, the outcomes before themselves predict.
    """

    treated: Floats
    donors: Floats
    begins: int
    fit: slice
    treated_predictors: Floats
    donor_predictors: Floats
    names: tuple[str, ...]


def estimate_synthetic(compared: Compared) -> Estimate:
    """Estimate the mean gap since the treatment began.

    The interval is of the gaps that the donors show when each is taken for the treated one, each in units of
    how far it was off before, and so holds only as far as the unit is like them. Its probability is bounded
    by their number.
    """
    _require(compared)
    begins = compared.begins
    weights = fit_weights(compared)
    gaps = compared.treated - compared.donors @ weights
    placebos = _placebos(compared)
    above = sum(_ratio(each, begins) >= _ratio(gaps, begins) for each in placebos)
    p = (1 + above) / (1 + len(placebos))
    effect = float(gaps[begins:].mean())
    fitted = _misfit(gaps, begins)
    half = max(abs(float(each[begins:].mean())) / _misfit(each, begins) for each in placebos) * fitted
    named = {f"weight {name}": float(w) for name, w in zip(compared.names, weights, strict=True) if w > 5e-5}
    return Estimate(
        estimator="synthetic_control",
        grade="quasi_experiment",
        effect=effect,
        low=effect - half,
        high=effect + half,
        sure=len(placebos) / (len(placebos) + 1),
        treated=len(gaps) - begins,
        untreated=begins,
        clusters=len(placebos) + 1,
        baseline=float((compared.donors @ weights)[begins:].mean()),
        checks=_checks(fitted, float(compared.treated[:begins].std()), above=above, donors=len(placebos)),
        p=p,
        details=named,
    )


def _checks(fitted: float, moved: float, *, above: int, donors: int) -> tuple[Check, ...]:
    p = (1 + above) / (1 + donors)
    off = f"before, it is off by {fitted:.3g} where the unit moved by {moved:.3g}"
    as_large = f"{above} of {donors} donors show as large a change (p = {p:.3f})"
    bound = f"{donors} donors: no p below {1 / (donors + 1):.3f} can be had"
    return (
        Check("fits before", fitted <= FIT_SHARE * moved, off),
        Check("placebos", p <= PLACEBO_P, as_large),
        Check("donors", donors >= DONORS_ENOUGH, bound, blocks=False),
    )


def fit_weights(compared: Compared) -> Floats:
    """Return the donors' weights, none below zero, which sum to one."""
    every = np.column_stack([compared.treated_predictors, compared.donor_predictors])
    scale = every.std(axis=1, ddof=1)
    kept = scale > 0
    apart = (compared.donor_predictors - compared.treated_predictors[:, None])[kept] / scale[kept, None]
    ours, theirs = compared.treated[compared.fit], compared.donors[compared.fit]

    def loss(logs: Floats) -> float:
        return float(((ours - theirs @ _inner(apart, logs)) ** 2).mean())

    start = np.zeros(len(apart))
    simplex = np.vstack([start, 2 * np.eye(len(start))])
    found = minimize(
        loss,
        start,
        method="Nelder-Mead",
        options={"maxiter": STEPS_MAX, "adaptive": True, "initial_simplex": simplex},
    )
    return _inner(apart, found.x)


def _inner(apart: Floats, logs: Floats) -> Floats:
    """Solve for the donors' weights under given weights of predictors.

    With `w = s u` and the sum of `u` one, the extra row of the least squares makes the optimum over `s` a
    rising function of the misfit of `u` alone, so that the scaled solution is the exact one.
    """
    shares = np.exp(logs - logs.max())
    rows = apart * np.sqrt(shares / shares.sum())[:, None]
    size = max(float(np.abs(rows).max()), 1e-12)
    weights, _ = nnls(np.vstack([rows, np.full(rows.shape[1], size)]), np.append(np.zeros(len(rows)), size))
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _placebos(compared: Compared) -> list[Floats]:
    """Take each donor for the treated unit, held against the other donors."""
    found = []
    for at in range(compared.donors.shape[1]):
        others = np.delete(compared.donors, at, axis=1)
        as_if = Compared(
            treated=compared.donors[:, at],
            donors=others,
            begins=compared.begins,
            fit=compared.fit,
            treated_predictors=compared.donor_predictors[:, at],
            donor_predictors=np.delete(compared.donor_predictors, at, axis=1),
            names=(),
        )
        found.append(as_if.treated - others @ fit_weights(as_if))
    return found


def _ratio(gaps: Floats, begins: int) -> float:
    """Compare the gap after with the gap before, so that a unit that never fitted does not look treated."""
    return float(np.sqrt((gaps[begins:] ** 2).mean())) / _misfit(gaps, begins)


def _misfit(gaps: Floats, begins: int) -> float:
    """Return by how much a unit was off before, as the root of the mean square."""
    return max(float(np.sqrt((gaps[:begins] ** 2).mean())), 1e-9)


def _require(compared: Compared) -> None:
    require(compared.treated, what="outcomes of the treated unit")
    if compared.donors.shape[1] < DONORS_MIN:
        raise StudyDataUnusable(
            f"{compared.donors.shape[1]} units are there to compare with; at least {DONORS_MIN} are needed",
            help="add units that go on without the use case, or compare before and after and call it weak",
        )
    if compared.begins < BEFORE_MIN:
        raise StudyDataUnusable(
            f"{compared.begins} periods lie before the treatment, and at least {BEFORE_MIN} are needed",
            help="record outcomes of earlier periods, or cut time into shorter ones",
        )
    if not len(compared.treated) > compared.begins:
        raise StudyDataUnusable(
            "no period lies after the treatment began", help="wait until outcomes of a period are recorded"
        )
