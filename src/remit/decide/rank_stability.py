"""Stability: how firm a rank is when the weights are moved.

Weights are judgements. So each rank is tried under many others, drawn from a Dirichlet distribution around
the declared ones (Butler, Jia and Dyer 1997): its mean is what is declared, and its concentration says how
far the drawn ones stray. For quotients the exponents of the factors are moved, around 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.decide.score import Judged, trusted, weights_of
from remit.declare.portfolio import Portfolio
from remit.declare.ranking import CRITERIA, METHODS, Factor

Matrix = NDArray[np.float64]

DRAWS = 2_000
INTERVAL = (5, 95)
"""Percentiles between which nine of ten ranks lie."""
_NOTHING = -1e6
"""The logarithm of nothing, near enough: below that of any number that is stated."""
_DIGITS = 10
"""Digits that every machine agrees on; what differs behind them is a tie."""


@dataclass(frozen=True, slots=True)
class Stability:
    """How a rank moves: between which ranks it is in nine of ten draws, and in which share of the draws it is
    among the first `top`."""

    rank_low: int
    rank_high: int
    top: int
    top_share: float


def draw_weights(declared: Sequence[float], *, concentration: int, draws: int, seed: int) -> Matrix:
    """Draw weights around the declared ones, each row with the sum 1; a weight of 0 stays 0."""
    weights = np.asarray(declared, dtype=np.float64)
    counts = weights > 0
    found = np.zeros((draws, len(weights)))
    if counts.any():
        alpha = max(concentration, 1) * weights[counts] / weights[counts].sum()
        found[:, counts] = np.random.default_rng(seed).dirichlet(alpha, size=draws)
    return found


def drawn_scores(
    judged: Sequence[Judged], portfolio: Portfolio, *, draws: int, seed: int, above_only: bool = False
) -> Matrix:
    """Score use cases under drawn weights, a row for each draw; all must have a score to begin with.

    `above_only` leaves out what a quotient divides by, as the worth in a selection does.
    """
    formula = METHODS[portfolio.method]
    concentration = portfolio.concentration
    if formula.factors:
        factors = formula.above if above_only else formula.factors
        rows = np.array([[_logarithm(each, name) for name in factors] for each in judged])
        signs = np.array([-1.0 if name in formula.below else 1.0 for name in factors])
        drawn = draw_weights([1.0] * len(factors), concentration=concentration, draws=draws, seed=seed)
        found: Matrix = (drawn * len(factors) * signs) @ rows.reshape(-1, len(factors)).T
        return np.exp(np.maximum(found, _NOTHING)) if above_only else found
    declared = [float(weight) for weight in weights_of(portfolio).values()]
    drawn = draw_weights(declared, concentration=concentration, draws=draws, seed=seed)
    rated = np.array(
        [
            [np.nan if value is None else float(value) for value in criteria.values()]
            for each in judged
            for criteria in [trusted(each.criteria, portfolio.confidences.of(each.grade))]
        ]
    ).reshape(-1, len(CRITERIA))
    stated = ~np.isnan(rated)
    whole = np.maximum(drawn @ stated.T.astype(np.float64), 1e-12)
    return np.asarray((drawn @ np.where(stated, rated, 0.0).T) / whole, dtype=np.float64)


def _logarithm(judged: Judged, name: Factor) -> float:
    value = judged.factors[name]
    return float(np.log(float(value))) if value else _NOTHING


def ranks(scores: Matrix) -> NDArray[np.int32]:
    """Rank each row, the highest score first; equal scores share the better rank."""
    rounded = np.round(scores, _DIGITS)
    order = np.argsort(-rounded, axis=1, kind="stable")
    inline = np.take_along_axis(rounded, order, axis=1)
    places = np.broadcast_to(np.arange(scores.shape[1], dtype=np.int32), scores.shape)
    fresh = np.ones(scores.shape, dtype=bool)
    fresh[:, 1:] = inline[:, 1:] != inline[:, :-1]
    firsts = np.maximum.accumulate(np.where(fresh, places, 0), axis=1)
    found = np.empty(scores.shape, dtype=np.int32)
    np.put_along_axis(found, order, firsts + 1, axis=1)
    return found


def stability(
    judged: Sequence[Judged], portfolio: Portfolio, *, top: int, draws: int, seed: int
) -> dict[str, Stability]:
    """Say for each use case how firm its rank is, when all of these are ranked against each other."""
    if not judged:
        return {}
    found = ranks(drawn_scores(judged, portfolio, draws=draws, seed=seed))
    low, high = np.percentile(found, INTERVAL, axis=0, method="nearest")
    share = np.mean(found <= top, axis=0)
    return {
        each.id: Stability(int(low[at]), int(high[at]), top, float(share[at]))
        for at, each in enumerate(judged)
    }
