"""Scores: what one scorer makes of one answer, and what becomes of a case by all of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from remit.decide.evaluation_case import Scorer

AT_LEAST = {
    "similarity": Decimal("0.8"),
    "grounding": Decimal("0.7"),
    "judge": Decimal(0),
    "python": Decimal("0.5"),
}
"""The least score that passes, where a scorer does not say it; a judge's word alone passes."""


class Score(msgspec.Struct, frozen=True):
    """What a scorer makes of an answer: from 0 to 1, and whether that passes."""

    label: str
    value: float
    passed: bool


def truth(scorer: Scorer, *, held: bool) -> Score:
    """Score what holds or does not."""
    return Score(scorer.label, 1.0 if held else 0.0, held)


def share(scorer: Scorer, value: float) -> Score:
    """Score what holds by a degree; what is no number from 0 to 1 is brought there, and nothing is 0."""
    value = min(1.0, max(0.0, value)) if value == value else 0.0
    least = AT_LEAST.get(scorer.scorer, Decimal(1)) if scorer.at_least is None else scorer.at_least
    return Score(scorer.label, round(value, 4), value >= float(least))


def passes(scores: Sequence[Score]) -> bool:
    """Say whether a case is passed: by all that score it, and by none if nothing does."""
    return bool(scores) and all(score.passed for score in scores)
